package platforms

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// Person is one of the values' users.
type Person struct {
	Email, First, Last, Password string
	Groups                       []string
}

// KeycloakTool is the platform's own tool for Keycloak, without an external
// provider.
type KeycloakTool struct {
	KeycloakRelease
	URL, Username, Password string
	Secret, Hostname        string // of the client, and the public address
	Redirects, Teams        []string
	Users                   []Person
}

const realmName = "otomi"

// keycloakRound is one round of the tool.
type keycloakRound struct {
	KeycloakTool
	client
}

// Round does what the tool does each time.
func (k KeycloakTool) Round(t testing.TB) {
	t.Helper()
	r := k.login(t)
	r.realm()
	r.scope()
	r.profile()
	r.roles()
	r.platformClient()
	r.do(http.MethodPut, "/admin/realms/master", object{"loginTheme": k.Theme})
	r.groups()
	r.rights()
	admin := Person{Email: "admin@oto.mi", First: k.First, Last: k.Last, Password: k.Password, Groups: []string{k.Groups[0].Name}}
	r.person(k.Username, admin, false)
	if k.People {
		r.people()
	}
}

func (k KeycloakTool) login(t testing.TB) keycloakRound {
	t.Helper()
	form := url.Values{"grant_type": {"password"}, "client_id": {"admin-cli"}, "username": {k.Username}, "password": {k.Password}}
	resp, err := http.PostForm(k.URL+"/realms/master/protocol/openid-connect/token", form) //nolint:noctx // a test
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	answer := make([]byte, 1<<16)
	n, _ := resp.Body.Read(answer)
	token := decoded[struct {
		Token string `json:"access_token"`
	}](t, answer[:n]).Token
	return keycloakRound{k, client{t, k.URL, func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+token) }}}
}

func (r *keycloakRound) realm() {
	wanted := object{
		"id": realmName, "realm": realmName, "displayName": realmName, "displayNameHtml": `<div class="kc-logo-text"><span>` + r.Product + `</span></div>`,
		"enabled": true, "sslRequired": "external", "loginTheme": r.Theme, "registrationAllowed": false, "loginWithEmailAllowed": true,
		"duplicateEmailsAllowed": false, "resetPasswordAllowed": true, "editUsernameAllowed": false, "bruteForceProtected": true,
		"ssoSessionIdleTimeout": r.Lives[0], "ssoSessionMaxLifespan": r.Lives[1], "accessTokenLifespan": r.Lives[2],
		"accessTokenLifespanForImplicitFlow": r.Lives[3], "offlineSessionMaxLifespanEnabled": true, "offlineSessionIdleTimeout": r.Lives[4],
		"offlineSessionMaxLifespan": r.Lives[5],
	}
	if find(r.list("/admin/realms"), "realm", realmName) != nil {
		r.do(http.MethodPut, "/admin/realms/"+realmName, wanted)
		return
	}
	r.do(http.MethodPost, "/admin/realms", wanted)
	*r = r.login(r.t) // the token knows no realm that is younger
}

func (r *keycloakRound) path(parts ...string) string {
	return strings.Join(append([]string{"/admin/realms", realmName}, parts...), "/")
}

// upsert updates the object of a list whose name is that of the wanted one, or
// makes it.
func (r *keycloakRound) upsert(kind, field string, wanted object) {
	found := find(r.list(r.path(kind)), field, wanted[field])
	switch {
	case found == nil:
		r.do(http.MethodPost, r.path(kind), wanted)
	case kind == "roles":
		r.do(http.MethodPut, r.path("roles-by-id", id(found)), wanted)
	default:
		r.do(http.MethodPut, r.path(kind, id(found)), wanted)
	}
}

// scope updates an existing scope without its mappers.
func (r *keycloakRound) scope() {
	mapper := func(name, kind, claim, attribute string, everywhere, several bool) object {
		config := object{"claim.name": claim, "jsonType.label": "String", "access.token.claim": "true", "user.attribute": attribute}
		if everywhere {
			config["id.token.claim"], config["userinfo.token.claim"] = "true", "true"
		}
		if several {
			config["multivalued"] = "true"
		}
		return object{"name": name, "protocol": "openid-connect", "protocolMapper": kind, "consentRequired": false, "config": config}
	}
	const realmRole, property = "oidc-usermodel-realm-role-mapper", "oidc-usermodel-property-mapper"
	r.upsert("client-scopes", "name", object{
		"name": "openid", "protocol": "openid-connect", "attributes": object{"include.in.token.scope": "true", "display.on.consent.screen": "true"},
		"protocolMappers": list{
			mapper("groups", realmRole, "groups", "", true, true), mapper("email", property, "email", "email", true, false),
			mapper("realm roles", realmRole, "realm_access.roles", "", false, true),
			mapper("client roles", "oidc-usermodel-client-role-mapper", "resource_access.${client_id}.roles", "", false, true),
			mapper("username", property, "preferred_username", "username", true, false),
		}})
}

func (r *keycloakRound) profile() {
	if r.Policy == "" {
		return
	}
	profile := r.get(r.path("users/profile"))
	profile["unmanagedAttributePolicy"] = r.Policy
	r.do(http.MethodPut, r.path("users/profile"), profile)
}

// roles empties the attributes of each.
func (r *keycloakRound) roles() {
	for _, g := range r.allGroups() {
		r.upsert("roles", "name", object{"name": g.Role, "description": "Created by " + r.Product, "composite": false, "clientRole": false, "attributes": object{}})
	}
}

func (r *keycloakRound) allGroups() []Group {
	all := slices.Clone(r.Groups)
	for _, team := range r.Teams {
		all = append(all, Group{"team-" + team, "team-" + team, []string{"view-users"}})
	}
	return all
}

// platformClient takes the first client without a name for the platform's.
func (r *keycloakRound) platformClient() {
	wanted := object{
		"id": "otomi", "secret": r.Secret, "defaultClientScopes": []string{"openid", "email", "profile"}, "redirectUris": r.Redirects,
		"standardFlowEnabled": true, "implicitFlowEnabled": true, "directAccessGrantsEnabled": true, "serviceAccountsEnabled": true,
		"authorizationServicesEnabled": true, "webOrigins": []string{r.Hostname},
	}
	if found := find(r.list(r.path("clients")), "name", nil); found != nil {
		r.do(http.MethodPut, r.path("clients", id(found)), wanted)
	} else {
		r.do(http.MethodPost, r.path("clients"), wanted)
	}
	mappers := r.path("clients/otomi/protocol-mappers/models")
	present := r.list(mappers)
	for _, name := range r.Mappers {
		if find(present, "name", name) == nil {
			r.do(http.MethodPost, mappers, clientMapper(name))
		}
	}
}

func clientMapper(name string) object {
	const property = "oidc-usermodel-property-mapper"
	yes := func(config object, tokens ...string) object {
		for _, token := range tokens {
			config[token] = "true"
		}
		return config
	}
	all := []string{"access.token.claim", "id.token.claim", "userinfo.token.claim", "introspection.token.claim", "lightweight.claim"}
	kind, config := property, object{}
	switch name {
	case "email":
		config = yes(object{"user.attribute": "email", "claim.name": "email", "jsonType.label": "String"}, all[:3]...)
	case "sub":
		config = yes(object{"user.attribute": "id", "claim.name": "sub", "jsonType.label": "String"}, all...)
	case "aud-mapper-otomi":
		kind, config = "oidc-audience-mapper", yes(object{"included.client.audience": "otomi"}, all[0], all[1], all[3], all[4])
	case "nickname":
		kind, config = "oidc-usermodel-attribute-mapper", yes(object{"user.attribute": "nickname", "claim.name": "nickname", "jsonType.label": "String"}, all...)
	case "name":
		kind, config = "oidc-full-name-mapper", yes(object{}, all[:4]...)
	}
	return object{"name": name, "protocol": "openid-connect", "protocolMapper": kind, "consentRequired": false, "config": config}
}

func (r *keycloakRound) groups() {
	for _, g := range r.allGroups() {
		r.upsert("groups", "name", object{"name": g.Name})
	}
}

// rights gives every group of the realm its namesake role and rights at
// realm-management; none is taken away.
func (r *keycloakRound) rights() {
	roles, management := r.list(r.path("roles")), id(find(r.list(r.path("clients")), "clientId", "realm-management"))
	managing := r.list(r.path("clients", management, "roles"))
	for _, group := range r.list(r.path("groups")) {
		name := fmt.Sprint(group["name"])
		wanted := Group{name, name, []string{"view-users"}}
		for _, g := range r.Groups {
			if g.Name == name {
				wanted = g
			}
		}
		if role := find(roles, "name", wanted.Role); role != nil {
			r.do(http.MethodPost, r.path("groups", id(group), "role-mappings/realm"), list{role})
		}
		var rights list
		for _, right := range wanted.Management {
			rights = append(rights, find(managing, "name", right))
		}
		r.do(http.MethodPost, r.path("groups", id(group), "role-mappings/clients", management), rights)
	}
}

// person makes or updates an account, and makes its groups equal.
func (r *keycloakRound) person(username string, p Person, temporary bool) {
	wanted := object{"username": username, "email": p.Email, "firstName": p.First, "lastName": p.Last, "emailVerified": true, "enabled": true}
	if r.Nickname && temporary {
		wanted["attributes"] = object{"nickname": []string{strings.NewReplacer("@", "-", ".", "-").Replace(p.Email)}}
	}
	found := find(r.list(r.path("users?search="+url.QueryEscape(p.Email))), "email", p.Email)
	if found == nil {
		wanted["credentials"] = list{{"type": "password", "value": p.Password, "temporary": temporary}}
		r.do(http.MethodPost, r.path("users"), wanted)
		found = find(r.list(r.path("users?search="+url.QueryEscape(p.Email))), "email", p.Email)
	} else {
		r.do(http.MethodPut, r.path("users", id(found)), wanted)
	}
	joined := r.list(r.path("users", id(found), "groups"))
	for _, group := range r.list(r.path("groups")) {
		name := fmt.Sprint(group["name"])
		wants, has := slices.Contains(p.Groups, name), find(joined, "name", name) != nil
		switch path := r.path("users", id(found), "groups", id(group)); {
		case wants && !has:
			r.do(http.MethodPut, path, nil)
		case has && !wants:
			r.do(http.MethodDelete, path, nil)
		}
	}
}

// people are made equal to the values; everybody else goes, but for one name.
func (r *keycloakRound) people() {
	known := map[any]bool{}
	for _, p := range r.Users {
		r.person(p.Email, p, true)
		known[p.Email] = true
	}
	for _, user := range r.list(r.path("users")) {
		if user["username"] != "otomi-admin" && !known[user["email"]] {
			r.do(http.MethodDelete, r.path("users", id(user)), nil)
		}
	}
}

// Drift is a person who changes the theme by hand.
func (k KeycloakTool) Drift(t testing.TB) {
	t.Helper()
	r := k.login(t)
	r.do(http.MethodPut, r.path(), object{"loginTheme": "keycloak"})
}
