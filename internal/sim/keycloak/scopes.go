package keycloak

import (
	"context"
	"maps"
	"strings"
)

// scope is a client scope.
type scope struct {
	rep     ClientScopeRepresentation // without mappers
	mappers mappers
	limited []*role // only users with one of them get the scope; none is all users
}

func (s *scope) shown() ClientScopeRepresentation {
	rep := s.rep
	rep.ProtocolMappers = s.mappers.field()
	return rep
}

// addScope stores a scope; its mappers come along, whatever their type.
func (r *realm) addScope(rep ClientScopeRepresentation) *scope {
	s := &scope{rep: rep, mappers: newMappers().replace(value(rep.ProtocolMappers))}
	s.rep.ID = new(orNew(rep.ID))
	s.rep.ProtocolMappers = nil
	withDefault(&s.rep.Attributes, map[string]string{})
	r.scopes.add(*s.rep.ID, value(rep.Name), s)
	return s
}

func (r *realm) scope(id string) (*scope, error) {
	if s, exists := r.scopes.byID[id]; exists {
		return s, nil
	}
	return nil, notFound("Could not find client scope")
}

// scope finds a scope of a realm for the admin API.
func (a admin) scope(realm, id string) (*realm, *scope, error) {
	r, err := a.realm(realm)
	if err != nil {
		return nil, nil, err
	}
	s, err := r.scope(id)
	return r, s, err
}

func (a admin) ListClientScopes(_ context.Context, request ListClientScopesRequestObject) (ListClientScopesResponseObject, error) {
	r, err := a.realm(request.Realm)
	if err != nil {
		return nil, err
	}
	return ListClientScopes200JSONResponse(each(r.scopes.unsorted(), (*scope).shown)), nil
}

func (a admin) CreateClientScope(ctx context.Context, request CreateClientScopeRequestObject) (CreateClientScopeResponseObject, error) {
	r, err := a.realm(request.Realm)
	if err != nil {
		return nil, err
	}
	rep := *request.Body
	switch protocol := value(rep.Protocol); {
	case rep.Name == nil:
		return nil, crash()
	case !isScopeName(*rep.Name):
		return nil, invalid("Unexpected name %q for ClientScope", *rep.Name)
	case protocol != "openid-connect" && protocol != "saml":
		return nil, invalid("Unexpected protocol")
	case r.scopes.byName[*rep.Name] != nil || !areDistinct(value(rep.ProtocolMappers)):
		return nil, conflict("Client Scope %s already exists", *rep.Name)
	case r.scopes.byID[value(rep.ID)] != nil:
		return nil, duplicate()
	case isTooLong(rep.ID):
		return nil, crash()
	}
	rep.ProtocolMappers = completed(rep.ProtocolMappers)
	s := r.addScope(rep)
	return CreateClientScope201Response{CreateClientScope201ResponseHeaders{Location: created(ctx, *s.rep.ID)}}, nil
}

func isScopeName(name string) bool {
	return name != "" && !strings.ContainsFunc(name, func(c rune) bool { return c <= ' ' || c > '~' || c == '"' || c == '\\' })
}

func (a admin) GetClientScope(_ context.Context, request GetClientScopeRequestObject) (GetClientScopeResponseObject, error) {
	_, s, err := a.scope(request.Realm, request.ClientScopeID)
	if err != nil {
		return nil, err
	}
	return GetClientScope200JSONResponse(s.shown()), nil
}

// UpdateClientScope merges fields and attributes and does not look at mappers.
func (a admin) UpdateClientScope(_ context.Context, request UpdateClientScopeRequestObject) (UpdateClientScopeResponseObject, error) {
	r, s, err := a.scope(request.Realm, request.ClientScopeID)
	if err != nil {
		return nil, err
	}
	rep, old := *request.Body, value(s.rep.Name)
	switch {
	case rep.Name == nil:
		return nil, crash()
	case !isScopeName(*rep.Name):
		return nil, invalid("Unexpected name %q for ClientScope", *rep.Name)
	case *rep.Name != old && r.scopes.byName[*rep.Name] != nil:
		return nil, conflict("Client Scope %s already exists", *rep.Name)
	}
	attributes := maps.Clone(*s.rep.Attributes)
	maps.Copy(attributes, value(rep.Attributes))
	rep.ID, rep.ProtocolMappers, rep.Attributes = nil, nil, &attributes
	merge(&s.rep, rep)
	r.renameScope(s, old)
	return UpdateClientScope204Response{}, nil
}

func (r *realm) renameScope(s *scope, old string) {
	name := value(s.rep.Name)
	if name == old {
		return
	}
	r.scopes.rename(old, name)
	for _, assigned := range r.assignments() {
		if assigned[old] == s {
			delete(assigned, old)
			assigned[name] = s
		}
	}
}

// assignments are all places in which a scope may be assigned, by its name.
func (r *realm) assignments() []map[string]*scope {
	all := []map[string]*scope{r.defaultScopes, r.optionalScopes}
	for _, c := range r.clients.byID {
		all = append(all, c.defaultScopes, c.optionalScopes)
	}
	return all
}

// DeleteClientScope also takes the scope away from the clients that have it.
func (a admin) DeleteClientScope(_ context.Context, request DeleteClientScopeRequestObject) (DeleteClientScopeResponseObject, error) {
	r, s, err := a.scope(request.Realm, request.ClientScopeID)
	if err != nil {
		return nil, err
	}
	name := value(s.rep.Name)
	for _, assigned := range r.assignments() {
		delete(assigned, name)
	}
	r.scopes.remove(request.ClientScopeID, name)
	return DeleteClientScope204Response{}, nil
}

func (a admin) ListClientScopeMappers(_ context.Context, request ListClientScopeMappersRequestObject) (ListClientScopeMappersResponseObject, error) {
	_, s, err := a.scope(request.Realm, request.ClientScopeID)
	if err != nil {
		return nil, err
	}
	return ListClientScopeMappers200JSONResponse(s.mappers.shown()), nil
}

func (a admin) CreateClientScopeMapper(ctx context.Context, request CreateClientScopeMapperRequestObject) (CreateClientScopeMapperResponseObject, error) {
	_, s, err := a.scope(request.Realm, request.ClientScopeID)
	if err != nil {
		return nil, err
	}
	id, err := s.mappers.create(*request.Body)
	if err != nil {
		return nil, err
	}
	return CreateClientScopeMapper201Response{CreateClientScopeMapper201ResponseHeaders{Location: created(ctx, id)}}, nil
}

func (a admin) GetClientScopeMapper(_ context.Context, request GetClientScopeMapperRequestObject) (GetClientScopeMapperResponseObject, error) {
	_, s, err := a.scope(request.Realm, request.ClientScopeID)
	if err != nil {
		return nil, err
	}
	rep, err := s.mappers.one(request.ID)
	if err != nil {
		return nil, err
	}
	return GetClientScopeMapper200JSONResponse(rep), nil
}

func (a admin) UpdateClientScopeMapper(_ context.Context, request UpdateClientScopeMapperRequestObject) (UpdateClientScopeMapperResponseObject, error) {
	_, s, err := a.scope(request.Realm, request.ClientScopeID)
	if err != nil {
		return nil, err
	}
	return UpdateClientScopeMapper204Response{}, s.mappers.update(request.ID, *request.Body)
}

func (a admin) DeleteClientScopeMapper(_ context.Context, request DeleteClientScopeMapperRequestObject) (DeleteClientScopeMapperResponseObject, error) {
	_, s, err := a.scope(request.Realm, request.ClientScopeID)
	if err != nil {
		return nil, err
	}
	return DeleteClientScopeMapper204Response{}, s.mappers.drop(request.ID)
}
