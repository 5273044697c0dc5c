package harbor

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// configuration.json has the values of a fresh Harbor 2.15.2.
//
//go:embed configuration.json
var freshConfiguration []byte

const (
	dbAuth   = "db_auth"
	oidcAuth = "oidc_auth"
)

// configuration is every key with its value: a text, a flag or a number.
type configuration struct {
	values map[string]any
	locked bool // overridden by the environment
}

func newConfiguration() configuration {
	c := configuration{values: map[string]any{}}
	_ = json.Unmarshal(freshConfiguration, &c.values) // it is a part of the program: the tests would tell
	return c
}

// overwrite locks the configuration, with values that are not looked at.
func (c *configuration) overwrite(values map[string]any) {
	maps.Copy(c.values, values)
	c.locked = true
}

func (c *configuration) text(key string) string {
	text, _ := c.values[key].(string)
	return text
}

func (c *configuration) flag(key string) bool {
	flag, _ := c.values[key].(bool)
	return flag
}

func (c *configuration) number(key string) int64 {
	switch number := c.values[key].(type) {
	case float64:
		return int64(number)
	case int:
		return int64(number)
	}
	return 0
}

// isWriteOnly: these are never told.
func isWriteOnly(key string) bool {
	return key == "oidc_client_secret" || key == "ldap_search_password"
}

// shownConfiguration has every key, while the generated type would have only those with a type.
type shownConfiguration map[string]any

// VisitGetConfigurationResponse writes the answer.
func (s shownConfiguration) VisitGetConfigurationResponse(w http.ResponseWriter) error {
	answerJSON(w, http.StatusOK, s)
	return nil
}

type configurationItem struct {
	Value    any  `json:"value"`
	Editable bool `json:"editable"`
}

func (a api) GetConfiguration(ctx context.Context, _ GetConfigurationRequestObject) (GetConfigurationResponseObject, error) {
	if err := a.requireSystem(ctx, right{"configuration", "read"}); err != nil {
		return nil, err
	}
	shown := shownConfiguration{"scan_all_policy": struct{}{}}
	for key, v := range a.configuration.values {
		if !isWriteOnly(key) {
			shown[key] = configurationItem{v, !a.configuration.locked && (key != "auth_mode" || a.mayChangeMode())}
		}
	}
	return shown, nil
}

// mayChangeMode: only as long as there are no people.
func (m *memory) mayChangeMode() bool { return len(m.people()) == 0 }

// UpdateConfiguration takes the keys that it knows and drops the others.
func (a api) UpdateConfiguration(ctx context.Context, request UpdateConfigurationRequestObject) (UpdateConfigurationResponseObject, error) {
	if err := a.requireSystem(ctx, right{"configuration", "update"}); err != nil {
		return nil, err
	}
	if a.configuration.locked {
		return nil, forbidden("current config is init by env variable: CONFIG_OVERWRITE_JSON, it cannot be updated")
	}
	changes := map[string]any{}
	text, err := json.Marshal(request.Body)
	if err == nil {
		err = json.Unmarshal(text, &changes)
	}
	if err != nil {
		return nil, fmt.Errorf("reading the keys: %w", err)
	}
	if mode, given := changes["auth_mode"]; given && mode != a.configuration.text("auth_mode") && !a.mayChangeMode() {
		return nil, badRequest("the auth mode cannot be modified as new users have been inserted into database")
	}
	for _, key := range slices.Sorted(maps.Keys(changes)) {
		if err := checkItem(key, changes[key]); err != nil {
			return nil, err
		}
	}
	maps.Copy(a.configuration.values, changes)
	return UpdateConfiguration200Response{}, nil
}

// checkItem is what Harbor checks of a value besides its type.
func checkItem(key string, v any) error {
	text, _ := v.(string)
	number, _ := v.(float64)
	switch key {
	case "auth_mode":
		modes := []string{dbAuth, "ldap_auth", "uaa_auth", "http_auth", oidcAuth}
		if !slices.Contains(modes, text) {
			return badRequest("bad request: item name auth_mode: invalid auth_mode, shoud be one of %s", strings.Join(modes, ", "))
		}
	case "project_creation_restriction":
		if text != "adminonly" && text != "everyone" {
			return badRequest("bad request: item name %s: invalid %s, should be adminonly or everyone", key, key)
		}
	case "storage_per_project":
		return checkStorage(int64(number))
	case "token_expiration", "robot_token_duration", "session_timeout":
		if number <= 0 {
			return badRequest("the %s value must be positive", key)
		}
	case "ldap_base_dn", "ldap_uid", "ldap_url":
		if strings.TrimSpace(text) == "" {
			return badRequest("bad request: item name %s: the configure value can not be empty", key)
		}
	case "oidc_extra_redirect_parms":
		if err := json.Unmarshal([]byte(text), &map[string]string{}); err != nil {
			return badRequest("bad request: item name %s: %v", key, err)
		}
	}
	return nil
}

// PingOIDC asks the issuer at an address as a login would. The simulator knows no
// network: whether the issuer answers is an option.
func (a api) PingOIDC(ctx context.Context, request PingOIDCRequestObject) (PingOIDCResponseObject, error) {
	if err := a.requireSystem(ctx, right{"configuration", "update"}); err != nil {
		return nil, err
	}
	if err := a.issuer(value(request.Body.URL)); err != nil {
		return nil, badRequest("failed to ping OIDC server: %v", err)
	}
	return PingOIDC200Response{}, nil
}
