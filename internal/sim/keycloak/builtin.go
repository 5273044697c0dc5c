package keycloak

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

//go:embed builtin.json
var builtinJSON string

const masterName = "master"

// builtin is what a new realm of Keycloak 26.4.0 holds, as a real one showed it.
type builtin struct {
	Realm          RealmRepresentation         `json:"realm"`
	Master         RealmRepresentation         `json:"master"` // what realm master has besides
	Scopes         []ClientScopeRepresentation `json:"scopes"`
	DefaultScopes  []string                    `json:"defaultScopes"`
	OptionalScopes []string                    `json:"optionalScopes"`
	Roles          []RoleRepresentation        `json:"roles"`
	MasterRoles    []RoleRepresentation        `json:"masterRoles"`
	Clients        []struct {
		Client ClientRepresentation `json:"client"`
		Roles  []RoleRepresentation `json:"roles"`
	} `json:"clients"`
	UserProfile UserProfileMetadata `json:"userProfile"`
}

// scopesSince are the scopes that came with later versions.
func scopesSince() map[string]int {
	return map[string]int{"basic": subSince, "organization": 26, "saml_organization": 26, "service_account": 26}
}

// builtinOf is what the realm of that name begins with.
func (m *memory) builtinOf(name string) (builtin, error) {
	var b builtin
	quoted, err := json.Marshal(name)
	if err != nil {
		return b, err
	}
	filled := strings.ReplaceAll(builtinJSON, "{realm}", string(quoted[1:len(quoted)-1]))
	if err := json.Unmarshal([]byte(filled), &b); err != nil {
		return b, fmt.Errorf("reading the built-in objects: %w", err)
	}
	later := func(name string) bool { return scopesSince()[name] > m.version }
	b.Scopes = slices.DeleteFunc(b.Scopes, func(s ClientScopeRepresentation) bool { return later(value(s.Name)) })
	b.DefaultScopes, b.OptionalScopes = slices.DeleteFunc(b.DefaultScopes, later), slices.DeleteFunc(b.OptionalScopes, later)
	for _, scope := range b.Scopes {
		for i := range value(scope.ProtocolMappers) {
			m.older(&(*scope.ProtocolMappers)[i])
		}
	}
	return b, nil
}

// older makes a built-in mapper what it was: 20 read those of a user's attributes
// that are columns of the database as properties, and no mapper before 23 spoke of
// introspection.
func (m *memory) older(mapper *ProtocolMapperRepresentation) {
	config := value(mapper.Config)
	columns := []string{"username", "email", "firstName", "lastName"}
	if m.version <= 20 && slices.Contains(columns, config["user.attribute"]) {
		mapper.ProtocolMapper = new("oidc-usermodel-property-mapper")
	}
	if m.version < 23 {
		delete(config, "introspection.token.claim")
	}
}

// fill gives a new realm all that it is born with.
func (r *realm) fill(b builtin) {
	r.userProfile, r.profile = &b.UserProfile, defaultProfile(b)
	for _, rep := range b.Scopes {
		r.addScope(rep)
	}
	for _, name := range b.DefaultScopes {
		r.defaultScopes[name] = r.scopes.byName[name]
	}
	for _, name := range b.OptionalScopes {
		r.optionalScopes[name] = r.scopes.byName[name]
	}
	for _, rep := range b.Roles {
		r.addRole(nil, rep)
	}
	for _, c := range b.Clients {
		client := r.addClient(c.Client)
		client.builtin, client.rep.Attributes = true, c.Client.Attributes
		for _, rep := range c.Roles {
			r.addRole(client, rep)
		}
	}
	r.defaultRole = r.roles.byName["default-roles-"+value(r.rep.Realm)]
	for _, name := range []string{"offline_access", "uma_authorization"} {
		r.defaultRole.include(r.roles.byName[name])
	}
}

// addMaster makes realm master with the administrator. Its client of the
// management roles is called after the realm, as those of the other realms are.
func (m *memory) addMaster(o Options) {
	b, err := m.builtinOf(masterName)
	if err != nil {
		return // it is a part of the program: the tests would tell
	}
	merge(&b.Realm, b.Master)
	if o.TokenLife > 0 {
		b.Realm.AccessTokenLifespan = new(int32(o.TokenLife.Seconds()))
	}
	b.Realm.Realm = new(masterName)
	r := m.addRealm(b, RealmRepresentation{})
	r.renameClient(r.clients.byName["realm-management"], masterName+"-realm")
	for _, rep := range b.MasterRoles {
		r.addRole(nil, rep)
	}
	if o.FullTokens {
		r.clients.byName["admin-cli"].setAttribute(lightweight, "false")
	}
	admin := r.addUser(UserRepresentation{Username: new(orAdmin(o.Username)), Enabled: new(true)})
	admin.password = orAdmin(o.Password)
	admin.grants.add(r.roles.byName["admin"])
}

func orAdmin(s string) string {
	if s == "" {
		return "admin"
	}
	return s
}
