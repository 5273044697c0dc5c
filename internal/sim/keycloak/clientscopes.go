package keycloak

import (
	"context"
	"maps"
)

// scopesOfNewClient: the realm's, unless the body names any; names that do
// not exist are passed over.
func (r *realm) scopesOfNewClient(rep ClientRepresentation) (defaults, optionals map[string]*scope) {
	if rep.DefaultClientScopes == nil && rep.OptionalClientScopes == nil {
		return r.sameProtocol(r.defaultScopes), r.sameProtocol(r.optionalScopes)
	}
	defaults, optionals = map[string]*scope{}, map[string]*scope{}
	for _, name := range value(rep.DefaultClientScopes) {
		if s := r.scopes.byName[name]; s != nil {
			defaults[name] = s
		}
	}
	for _, name := range value(rep.OptionalClientScopes) {
		if s := r.scopes.byName[name]; s != nil && defaults[name] == nil {
			optionals[name] = s
		}
	}
	return defaults, optionals
}

// sameProtocol leaves the scopes of SAML out.
func (r *realm) sameProtocol(scopes map[string]*scope) map[string]*scope {
	kept := maps.Clone(scopes)
	maps.DeleteFunc(kept, func(_ string, s *scope) bool { return value(s.rep.Protocol) != "openid-connect" })
	return kept
}

// pair finds a client and one of the realm's scopes.
func (a admin) pair(realm, client, scope string) (*client, *scope, error) {
	r, c, err := a.client(realm, client)
	if err != nil {
		return nil, nil, err
	}
	if s, exists := r.scopes.byID[scope]; exists {
		return c, s, nil
	}
	return nil, nil, notFound("Client scope not found")
}

// assign puts a scope on one of the two lists. A scope that is on the other one
// stays there, and so does one of another protocol where it was; the server
// answers as if it had obeyed.
func (c *client) assign(s *scope, to, other map[string]*scope) {
	if other[scopeName(s)] == nil && value(s.rep.Protocol) == value(c.rep.Protocol) {
		to[scopeName(s)] = s
	}
}

func briefScopes(m map[string]*scope) []ClientScopeRepresentation {
	return each(unsortedScopes(m), func(s *scope) ClientScopeRepresentation {
		return ClientScopeRepresentation{ID: s.rep.ID, Name: s.rep.Name}
	})
}

func (a admin) ListClientDefaultScopes(_ context.Context, request ListClientDefaultScopesRequestObject) (ListClientDefaultScopesResponseObject, error) {
	_, c, err := a.client(request.Realm, request.ClientUUID)
	if err != nil {
		return nil, err
	}
	return ListClientDefaultScopes200JSONResponse(briefScopes(c.defaultScopes)), nil
}

func (a admin) AddClientDefaultScope(_ context.Context, request AddClientDefaultScopeRequestObject) (AddClientDefaultScopeResponseObject, error) {
	c, s, err := a.pair(request.Realm, request.ClientUUID, request.ClientScopeID)
	if err != nil {
		return nil, err
	}
	c.assign(s, c.defaultScopes, c.optionalScopes)
	return AddClientDefaultScope204Response{}, nil
}

// RemoveClientDefaultScope takes the scope from whichever list it is on.
func (a admin) RemoveClientDefaultScope(_ context.Context, request RemoveClientDefaultScopeRequestObject) (RemoveClientDefaultScopeResponseObject, error) {
	c, s, err := a.pair(request.Realm, request.ClientUUID, request.ClientScopeID)
	if err != nil {
		return nil, err
	}
	c.unassign(s)
	return RemoveClientDefaultScope204Response{}, nil
}

func (c *client) unassign(s *scope) {
	delete(c.defaultScopes, scopeName(s))
	delete(c.optionalScopes, scopeName(s))
}

func (a admin) ListClientOptionalScopes(_ context.Context, request ListClientOptionalScopesRequestObject) (ListClientOptionalScopesResponseObject, error) {
	_, c, err := a.client(request.Realm, request.ClientUUID)
	if err != nil {
		return nil, err
	}
	return ListClientOptionalScopes200JSONResponse(briefScopes(c.optionalScopes)), nil
}

func (a admin) AddClientOptionalScope(_ context.Context, request AddClientOptionalScopeRequestObject) (AddClientOptionalScopeResponseObject, error) {
	c, s, err := a.pair(request.Realm, request.ClientUUID, request.ClientScopeID)
	if err != nil {
		return nil, err
	}
	c.assign(s, c.optionalScopes, c.defaultScopes)
	return AddClientOptionalScope204Response{}, nil
}

// RemoveClientOptionalScope takes the scope from whichever list it is on.
func (a admin) RemoveClientOptionalScope(_ context.Context, request RemoveClientOptionalScopeRequestObject) (RemoveClientOptionalScopeResponseObject, error) {
	c, s, err := a.pair(request.Realm, request.ClientUUID, request.ClientScopeID)
	if err != nil {
		return nil, err
	}
	c.unassign(s)
	return RemoveClientOptionalScope204Response{}, nil
}
