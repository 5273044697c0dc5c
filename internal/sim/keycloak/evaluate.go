package keycloak

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
)

// EvaluateAccessToken shows the access token that a user would get: what the
// mappers of the client and of its scopes put into it.
func (a admin) EvaluateAccessToken(_ context.Context, request EvaluateAccessTokenRequestObject) (EvaluateAccessTokenResponseObject, error) {
	r, c, err := a.client(request.Realm, request.ClientUUID)
	if err != nil {
		return nil, err
	}
	u, exists := r.users.byID[value(request.Params.UserID)]
	if !exists {
		return nil, notFound("No user found")
	}
	return evaluated(a.exampleToken(r, c, u, strings.Fields(value(request.Params.Scope)))), nil
}

// evaluated is the token as it is: the generated type knows the claims of the
// standard only.
type evaluated map[string]any

// VisitEvaluateAccessTokenResponse writes the token.
func (e evaluated) VisitEvaluateAccessTokenResponse(w http.ResponseWriter) error {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusOK)
	return json.NewEncoder(w).Encode(e)
}

// subSince is the first version in which a mapper of the scope basic gives sub.
const subSince = 25

func (m *memory) exampleToken(r *realm, c *client, u *user, asked []string) map[string]any {
	token := map[string]any{"typ": "Bearer", "azp": value(c.rep.ClientID)}
	if m.version < subSince && !c.isLightweight() {
		token["sub"] = value(u.rep.ID)
	}
	apply := func(all mappers) {
		for _, mapper := range all.sorted() {
			addClaim(token, *mapper, r, c, u)
		}
	}
	apply(c.mappers)
	for _, s := range c.defaultScopes {
		if r.permits(s, u) {
			apply(s.mappers)
		}
	}
	for name, s := range c.optionalScopes {
		if slices.Contains(asked, name) && r.permits(s, u) {
			apply(s.mappers)
		}
	}
	return token
}

// addClaim is what one mapper does. Types that no check looks at do nothing.
func addClaim(token map[string]any, mapper ProtocolMapperRepresentation, r *realm, c *client, u *user) {
	config := value(mapper.Config)
	if config["access.token.claim"] == "false" || c.isLightweight() && config["lightweight.claim"] != "true" {
		return
	}
	name := strings.ReplaceAll(config["claim.name"], "${client_id}", value(c.rep.ClientID))
	switch value(mapper.ProtocolMapper) {
	case "oidc-usermodel-property-mapper", "oidc-usermodel-attribute-mapper":
		if text := u.property(config["user.attribute"]); text != "" {
			setClaim(token, name, text)
		}
	case "oidc-usermodel-realm-role-mapper":
		setClaim(token, name, r.rolesInToken(c, u))
	case "oidc-sub-mapper":
		token["sub"] = value(u.rep.ID)
	case "oidc-audience-mapper":
		token["aud"] = config["included.client.audience"]
	case "oidc-full-name-mapper":
		token["name"] = strings.TrimSpace(value(u.rep.FirstName) + " " + value(u.rep.LastName))
	}
}

// setClaim puts a value at a path of keys.
func setClaim(token map[string]any, path string, v any) {
	key, rest, nested := strings.Cut(path, ".")
	if !nested {
		token[key] = v
		return
	}
	inner, _ := token[key].(map[string]any)
	if inner == nil {
		inner = map[string]any{}
		token[key] = inner
	}
	setClaim(inner, rest, v)
}

func (u *user) property(name string) string {
	switch name {
	case "id":
		return value(u.rep.ID)
	case "username":
		return value(u.rep.Username)
	case "email":
		return value(u.rep.Email)
	default:
		return strings.Join(value(u.rep.Attributes)[name], "")
	}
}

// rolesInToken are those of the user and of its groups; without full scope a
// client sees only what it was given, which is nothing.
func (r *realm) rolesInToken(c *client, u *user) []string {
	if !value(c.rep.FullScopeAllowed) {
		return []string{}
	}
	return r.rolesOfUser(u)
}

func (r *realm) rolesOfUser(u *user) []string {
	names := []string{}
	holders := []*grants{u.grants}
	for _, g := range u.groups {
		for ; g != nil; g = g.parent {
			holders = append(holders, g.grants)
		}
	}
	for _, holder := range holders {
		for _, given := range holder.of(nil) {
			for _, one := range given.all() {
				if one.client == nil {
					names = append(names, roleName(one))
				}
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// permits tells whether a user gets a scope that may be limited to some roles.
func (r *realm) permits(s *scope, u *user) bool {
	has := r.rolesOfUser(u)
	return len(s.limited) == 0 || slices.ContainsFunc(s.limited, func(role *role) bool { return slices.Contains(has, roleName(role)) })
}

// limitScope limits a client scope to roles of the realm.
func (m *memory) limitScope(w http.ResponseWriter, r *http.Request) {
	realm, s, err := admin{m}.scope(r.PathValue("realm"), r.PathValue("scope"))
	if err != nil {
		refuse(w, r, err)
		return
	}
	var reps []RoleRepresentation
	if err := json.Unmarshal(callOf(r.Context()).body, &reps); err != nil {
		refuseBody(w, r, err)
		return
	}
	for _, rep := range reps {
		if found := realm.rolesByID[value(rep.ID)]; found != nil {
			s.limited = append(s.limited, found)
		}
	}
	w.WriteHeader(http.StatusNoContent)
}
