package keycloak

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"strings"
)

// admin answers the admin API.
type admin struct{ *memory }

// realm is one realm with all that is in it.
type realm struct {
	rep        RealmRepresentation // without attributes
	attributes map[string]string   // those that are not a field of the representation
	born       int                 // in the order of memory.born

	roles                         table[*role]     // of the realm itself
	rolesByID                     map[string]*role // also those of clients
	defaultRole                   *role
	scopes                        table[*scope]
	defaultScopes, optionalScopes map[string]*scope // by name, for new clients
	clients                       table[*client]
	groups                        map[string]*group
	topGroups                     map[string]*group // by name
	users                         table[*user]
	emails                        map[string]map[*user]struct{} // in lower case
	userProfile                   *UserProfileMetadata
	profile                       UPConfig
	providers                     table[*provider]
	providerMappers               table[*IdentityProviderMapperRepresentation] // by alias and name
}

// realm finds a realm for the admin API.
func (m *memory) realm(name string) (*realm, error) {
	if r, exists := m.realms[name]; exists {
		return r, nil
	}
	return nil, notFound("Realm not found.")
}

// addRealm makes a realm that begins with b, changed by rep.
func (m *memory) addRealm(b builtin, rep RealmRepresentation) *realm {
	m.born++
	r := &realm{
		rep: b.Realm, born: m.born,
		roles: newTable[*role](), rolesByID: map[string]*role{},
		scopes: newTable[*scope](), defaultScopes: map[string]*scope{}, optionalScopes: map[string]*scope{},
		clients: newTable[*client](), groups: map[string]*group{}, topGroups: map[string]*group{}, users: newTable[*user](), emails: map[string]map[*user]struct{}{},
		providers: newTable[*provider](), providerMappers: newTable[*IdentityProviderMapperRepresentation](),
	}
	r.rep.Attributes = nil
	r.attributes = value(b.Realm.Attributes)
	maps.Copy(r.attributes, value(rep.Attributes))
	rep.Attributes = nil
	r.update(rep)
	r.rep.ID = new(orNew(rep.ID))
	r.fill(b)
	m.realms[value(r.rep.Realm)] = r
	return r
}

func (a admin) ListRealms(_ context.Context, request ListRealmsRequestObject) (ListRealmsResponseObject, error) {
	shown := (*realm).shown
	if value(request.Params.BriefRepresentation) {
		shown = func(r *realm) RealmRepresentation {
			return RealmRepresentation{ID: r.rep.ID, Realm: r.rep.Realm, DisplayName: r.rep.DisplayName, Enabled: r.rep.Enabled}
		}
	}
	return ListRealms200JSONResponse(each(inOrder(a.realms), shown)), nil
}

// CreateRealm makes an empty realm; it is disabled unless the body says otherwise.
func (a admin) CreateRealm(ctx context.Context, request CreateRealmRequestObject) (CreateRealmResponseObject, error) {
	rep := *request.Body
	name := value(rep.Realm)
	if err := a.checkNewRealm(rep); err != nil {
		return nil, err
	}
	b, err := a.builtinOf(name)
	if err != nil {
		return nil, err
	}
	b.Realm.Enabled = new(false)
	created := a.addRealm(b, rep)
	a.addManagementClient(name, created)
	location := callOf(ctx).base + "/admin/realms/" + url.PathEscape(name)
	return CreateRealm201Response{CreateRealm201ResponseHeaders{Location: location}}, nil
}

// forbidden are the characters that the name of a realm must not have.
const forbidden = `:/?#[]@!$&()*+,;=\`

func (a admin) checkNewRealm(rep RealmRepresentation) error {
	name := value(rep.Realm)
	if strings.TrimSpace(name) == "" {
		return invalid("Realm name cannot be empty")
	}
	if i := strings.IndexAny(name, forbidden); i >= 0 {
		return refusal{http.StatusBadRequest, failure{Error: "Character '" + name[i:i+1] + "' not allowed."}}
	}
	if _, exists := a.realms[name]; exists {
		return conflict("Realm %s already exists", name)
	}
	for _, other := range a.realms {
		if rep.ID != nil && *rep.ID == value(other.rep.ID) {
			return conflict("Duplicate resource error")
		}
	}
	if strings.Contains(name, `"`) {
		return crash()
	}
	if nested(rep) {
		return refusal{http.StatusNotImplemented, failure{Error: "simulator: a realm with objects inside is not simulated"}}
	}
	if !knownSettings(rep) {
		return crash()
	}
	return checkMail(rep)
}

// addManagementClient is how realm master learns of a new realm.
func (m *memory) addManagementClient(name string, created *realm) {
	master := m.realms[masterName]
	c := master.addClient(ClientRepresentation{
		ClientID: new(name + "-realm"), Name: new(name + " Realm"), BearerOnly: new(true), FullScopeAllowed: new(false),
		NodeReRegistrationTimeout: new(int32(0)), Attributes: &map[string]string{"realm_client": "true"},
		DefaultClientScopes: &[]string{}, OptionalClientScopes: &[]string{},
	})
	c.builtin, c.rep.Protocol = true, nil
	for _, role := range created.clients.byName["realm-management"].roles.sorted() {
		if value(role.rep.Name) != "realm-admin" {
			master.addRole(c, RoleRepresentation{Name: role.rep.Name, Description: role.rep.Description, Composite: role.rep.Composite})
		}
	}
}

func (a admin) GetRealm(_ context.Context, request GetRealmRequestObject) (GetRealmResponseObject, error) {
	r, err := a.realm(request.Realm)
	if err != nil {
		return nil, err
	}
	return GetRealm200JSONResponse(r.shown()), nil
}

func (a admin) DeleteRealm(_ context.Context, request DeleteRealmRequestObject) (DeleteRealmResponseObject, error) {
	if _, err := a.realm(request.Realm); err != nil {
		return nil, err
	}
	if request.Realm == masterName {
		return nil, invalid("Can't remove master realm")
	}
	delete(a.realms, request.Realm)
	master := a.realms[masterName]
	master.removeClient(master.clients.byName[request.Realm+"-realm"])
	return DeleteRealm204Response{}, nil
}

func (a admin) ListRealmDefaultScopes(_ context.Context, request ListRealmDefaultScopesRequestObject) (ListRealmDefaultScopesResponseObject, error) {
	r, err := a.realm(request.Realm)
	if err != nil {
		return nil, err
	}
	return ListRealmDefaultScopes200JSONResponse(each(inOrder(r.defaultScopes), func(s *scope) ClientScopeRepresentation {
		return ClientScopeRepresentation{ID: s.rep.ID, Name: s.rep.Name, Protocol: s.rep.Protocol}
	})), nil
}
