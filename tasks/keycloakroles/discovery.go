package keycloakroles

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"otomi.io/tasks/clients/transport"
	"otomi.io/tasks/tasks/task"
	"otomi.io/tasks/tasks/values"
)

// Discovery is what the external issuer says of itself.
type Discovery struct {
	Issuer                string `json:"issuer"`
	AuthorizationEndpoint string `json:"authorization_endpoint"`
	TokenEndpoint         string `json:"token_endpoint"`
	UserinfoEndpoint      string `json:"userinfo_endpoint"`
	JWKSURI               string `json:"jwks_uri"`
	EndSessionEndpoint    string `json:"end_session_endpoint"`
	// Claims are those that the issuer may send; nil where it does not say.
	Claims []string `json:"claims_supported"`
}

// IssuerError is an external provider that cannot be used. It hides what an
// answer of that provider would mean if Keycloak had given it.
type IssuerError struct {
	Reason string
	// Temporary says that a retry may help.
	Temporary bool
}

func (e *IssuerError) Error() string { return "discovering the issuer: " + e.Reason }

// ErrorClass takes a document that cannot be used for a matter of the values: no retry
// changes it.
func (e *IssuerError) ErrorClass() task.Class {
	if e.Temporary {
		return task.ClassFailed
	}
	return task.ClassInvalid
}

// discover asks the external issuer about itself, where the values name one.
func (a *Application) discover(ctx context.Context) (d Discovery, err error) {
	if !a.values.Otomi.HasExternalIDP {
		return d, nil
	}
	if err := checkTemplate(a.values.OIDC.UsernameClaimMapper); err != nil {
		return d, err
	}
	if a.setting.Verb == task.VerbRender {
		return undiscovered(a.values.OIDC.Issuer), nil
	}
	if err := getJSON(ctx, a.issuer, discoveryAddress(a.values.OIDC.Issuer), &d); err != nil {
		return d, &IssuerError{Reason: err.Error(), Temporary: transport.Temporary(err)}
	}
	return d, d.check(a.values.OIDC.Issuer)
}

// undiscovered stands for what only the issuer can say.
func undiscovered(issuer string) Discovery {
	const says = "(what the issuer says)"
	return Discovery{Issuer: issuer, AuthorizationEndpoint: says, TokenEndpoint: says, UserinfoEndpoint: says, JWKSURI: says, EndSessionEndpoint: says}
}

// checkTemplate refuses a template that names every person the same.
func checkTemplate(template string) error {
	if strings.Contains(template, "${") {
		return nil
	}
	return values.Problems{{Path: "oidc.usernameClaimMapper", Message: fmt.Sprintf(
		"invalid template %q: every person would be the same user; name a claim, as in ${CLAIM.preferred_username}", template)}}
}

// unsupportedClaims are the claims of our mappers that the issuer does not list.
func (d Discovery) unsupportedClaims(o values.OIDC) []string {
	if d.Claims == nil {
		return nil
	}
	wanted := []string{o.SubClaimMapper}
	for _, part := range strings.Split(o.UsernameClaimMapper, "${CLAIM.")[1:] {
		name, _, _ := strings.Cut(part, "}")
		wanted = append(wanted, name)
	}
	return slices.DeleteFunc(wanted, func(name string) bool { return slices.Contains(d.Claims, name) })
}

// check refuses a document that speaks for another issuer: our client's secret
// will be sent to the addresses in it.
func (d Discovery) check(issuer string) error {
	if strings.TrimSuffix(d.Issuer, "/") != strings.TrimSuffix(issuer, "/") && !azure(issuer) {
		return &IssuerError{Reason: fmt.Sprintf("%s names itself %q: oidc.issuer must be that name", issuer, d.Issuer)}
	}
	for name, address := range map[string]string{"authorization_endpoint": d.AuthorizationEndpoint, "token_endpoint": d.TokenEndpoint, "jwks_uri": d.JWKSURI} {
		if u, err := url.Parse(address); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
			return &IssuerError{Reason: fmt.Sprintf("%s is not a valid address: %q", name, address)}
		}
	}
	return nil
}

func azure(issuer string) bool { return strings.HasPrefix(issuer, "https://login.microsoftonline.") }

// discoveryAddress is the standard one, but for Azure: there the values name
// the tenant, whose own document describes an older protocol.
func discoveryAddress(issuer string) string {
	issuer = strings.TrimSuffix(issuer, "/")
	if azure(issuer) && !strings.HasSuffix(issuer, "/v2.0") {
		issuer += "/v2.0"
	}
	return issuer + "/.well-known/openid-configuration"
}

// maxDocument bounds what is read of an answer without a known client.
const maxDocument = 1 << 20

func getJSON(ctx context.Context, client *http.Client, address string, into any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	resp, err := client.Do(req)
	if err != nil {
		return transport.RedactError(err)
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(io.LimitReader(resp.Body, maxDocument)).Decode(into); err != nil {
		return fmt.Errorf("reading the answer of %s: %w", transport.Redact(address), err)
	}
	return nil
}
