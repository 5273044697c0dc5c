package keycloak

import (
	"context"
	"net/http"
	"slices"
	"strings"
)

// lightweight is the attribute of clients whose tokens name no roles.
const lightweight = "client.use.lightweight.access.token.enabled"

// client is an OpenID Connect client.
type client struct {
	rep                           ClientRepresentation // without mappers and scopes
	mappers                       mappers
	defaultScopes, optionalScopes map[string]*scope // by name
	roles                         table[*role]
	account                       *user          // the service account, if it is enabled
	authorization                 *authorization // the resource server, if it is enabled
	builtin                       bool           // cannot be deleted
}

func (c *client) isLightweight() bool { return value(c.rep.Attributes)[lightweight] == "true" }

func (c *client) setAttribute(name, v string) { (*c.rep.Attributes)[name] = v }

func (c *client) shown() ClientRepresentation {
	rep := c.rep
	rep.ProtocolMappers = c.mappers.field()
	rep.DefaultClientScopes = new(each(unsortedScopes(c.defaultScopes), scopeName))
	rep.OptionalClientScopes = new(each(unsortedScopes(c.optionalScopes), scopeName))
	rep.Access = &map[string]bool{"view": true, "configure": true, "manage": true}
	if c.authorization != nil {
		rep.AuthorizationServicesEnabled = new(true)
	}
	return rep
}

func scopeName(s *scope) string { return value(s.rep.Name) }

// unsortedScopes are in the order of their ids, which is random.
func unsortedScopes(m map[string]*scope) []*scope {
	byID := make(map[string]*scope, len(m))
	for _, s := range m {
		byID[value(s.rep.ID)] = s
	}
	return inOrder(byID)
}

func (r *realm) client(id string) (*client, error) {
	if c, exists := r.clients.byID[id]; exists {
		return c, nil
	}
	return nil, notFound("Could not find client")
}

func (a admin) client(realm, id string) (*realm, *client, error) {
	r, err := a.realm(realm)
	if err != nil {
		return nil, nil, err
	}
	c, err := r.client(id)
	return r, c, err
}

// ListClients is sorted by client id and has no limit of its own; clientId is
// exact unless search is on.
func (a admin) ListClients(_ context.Context, request ListClientsRequestObject) (ListClientsResponseObject, error) {
	r, err := a.realm(request.Realm)
	if err != nil {
		return nil, err
	}
	p := request.Params
	if p.ClientID != nil && !value(p.Search) {
		found := []ClientRepresentation{}
		if c := r.clients.byName[*p.ClientID]; c != nil {
			found = append(found, c.shown())
		}
		return ListClients200JSONResponse(found), nil
	}
	list := slices.DeleteFunc(r.clients.sorted(), func(c *client) bool { return !containsFold(value(c.rep.ClientID), value(p.ClientID)) })
	return ListClients200JSONResponse(each(page(list, p.First, p.Max, everything), (*client).shown)), nil
}

func (a admin) GetClient(_ context.Context, request GetClientRequestObject) (GetClientResponseObject, error) {
	_, c, err := a.client(request.Realm, request.ClientUUID)
	if err != nil {
		return nil, err
	}
	return GetClient200JSONResponse(c.shown()), nil
}

func (a admin) CreateClient(ctx context.Context, request CreateClientRequestObject) (CreateClientResponseObject, error) {
	r, err := a.realm(request.Realm)
	if err != nil {
		return nil, err
	}
	rep := *request.Body
	if err := r.checkNewClient(rep); err != nil {
		return nil, err
	}
	rep.ProtocolMappers = completed(rep.ProtocolMappers)
	c := r.addClient(rep)
	c.settleSecret(a.now())
	if rep.Protocol != nil {
		c.fillProtocolDefaults(rep)
		c.settleSecret(a.now())
	}
	if value(rep.ServiceAccountsEnabled) {
		r.settleServiceAccount(c, a.now())
	}
	if value(rep.AuthorizationServicesEnabled) {
		r.enableAuthorization(c)
	}
	return CreateClient201Response{CreateClient201ResponseHeaders{Location: created(ctx, *c.rep.ID)}}, nil
}

func (r *realm) checkNewClient(rep ClientRepresentation) error {
	if err := checkClient(rep); err != nil {
		return err
	}
	switch orElse(rep.Protocol, "openid-connect") {
	case "openid-connect":
	case "saml":
		return refusal{http.StatusNotImplemented, failure{Error: "simulator: clients of SAML are not simulated"}}
	default:
		return crash()
	}
	becomesPublic := value(rep.PublicClient) || rep.Protocol != nil && rep.PublicClient == nil
	if value(rep.AuthorizationServicesEnabled) && (!value(rep.ServiceAccountsEnabled) || becomesPublic) {
		return crash()
	}
	if r.clients.byName[value(rep.ClientID)] != nil || !areDistinct(value(rep.ProtocolMappers)) {
		return conflict("Client %s already exists", value(rep.ClientID))
	}
	if r.clients.byID[value(rep.ID)] != nil {
		return duplicate()
	}
	if isTooLong(rep.ID) {
		return crash()
	}
	return nil
}

// addClient stores a client with what the server adds to it, apart from a
// secret, the service account and authorisation.
func (r *realm) addClient(rep ClientRepresentation) *client {
	c := &client{mappers: newMappers().replace(value(rep.ProtocolMappers)), roles: newTable[*role]()}
	c.defaultScopes, c.optionalScopes = r.scopesOfNewClient(rep)
	c.rep = settingsOfClient(rep)
	c.rep.ID = new(orNew(rep.ID))
	withDefault(&c.rep.ClientID, *c.rep.ID)
	c.fillDefaults(rep)
	r.clients.add(*c.rep.ID, *c.rep.ClientID, c)
	return c
}

// fillDefaults completes a new client.
func (c *client) fillDefaults(rep ClientRepresentation) {
	for _, field := range []**bool{&c.rep.Enabled, &c.rep.StandardFlowEnabled, &c.rep.FullScopeAllowed} {
		withDefault(field, true)
	}
	for _, field := range []**bool{&c.rep.SurrogateAuthRequired, &c.rep.AlwaysDisplayInConsole, &c.rep.BearerOnly, &c.rep.ConsentRequired,
		&c.rep.ImplicitFlowEnabled, &c.rep.DirectAccessGrantsEnabled, &c.rep.ServiceAccountsEnabled, &c.rep.PublicClient, &c.rep.FrontchannelLogout} {
		withDefault(field, false)
	}
	withDefault(&c.rep.Protocol, "openid-connect")
	withDefault(&c.rep.ClientAuthenticatorType, "client-secret")
	withDefault(&c.rep.NotBefore, 0)
	withDefault(&c.rep.NodeReRegistrationTimeout, -1)
	withDefault(&c.rep.AuthenticationFlowBindingOverrides, map[string]string{})
	withDefault(&c.rep.RedirectUris, []string{})
	withDefault(&c.rep.WebOrigins, originsOf(*c.rep.RedirectUris))
	c.rep.Attributes = new(mergeMap(map[string]string{"realm_client": "false"}, value(rep.Attributes)))
}

// fillProtocolDefaults is what a new client gets besides when its protocol is
// named: unless told otherwise it becomes public, and its users may log in with
// their password.
func (c *client) fillProtocolDefaults(rep ClientRepresentation) {
	if rep.PublicClient == nil {
		c.rep.PublicClient = new(true)
	}
	if rep.DirectAccessGrantsEnabled == nil {
		c.rep.DirectAccessGrantsEnabled = new(true)
	}
	c.setAttribute("backchannel.logout.session.required", "true")
	c.setAttribute("backchannel.logout.revoke.offline.tokens", "false")
	root := value(rep.RootURL)
	if root == "" {
		return
	}
	withDefault(&c.rep.AdminURL, root)
	if len(*c.rep.RedirectUris) == 0 {
		c.rep.RedirectUris = &[]string{strings.TrimSuffix(root, "/") + "/*"}
	}
	if len(*c.rep.WebOrigins) == 0 {
		c.rep.WebOrigins = new(originsOf([]string{root}))
	}
}

// DeleteClient takes the client's roles away from those who have them.
func (a admin) DeleteClient(_ context.Context, request DeleteClientRequestObject) (DeleteClientResponseObject, error) {
	r, c, err := a.client(request.Realm, request.ClientUUID)
	if err != nil {
		return nil, err
	}
	if c.builtin {
		return nil, refusal{http.StatusBadRequest, failure{Error: "invalid_request", ErrorDescription: "Could not delete client"}}
	}
	r.removeClient(c)
	return DeleteClient204Response{}, nil
}

func (r *realm) removeClient(c *client) {
	if c == nil {
		return
	}
	for _, role := range c.roles.byID {
		r.removeRole(role)
	}
	if c.account != nil {
		r.removeUser(c.account)
	}
	r.clients.remove(value(c.rep.ID), value(c.rep.ClientID))
}

// renameClient also renames the service account.
func (r *realm) renameClient(c *client, name string) {
	if c == nil {
		return
	}
	r.clients.rename(value(c.rep.ClientID), name)
	c.rep.ClientID = &name
	if c.account != nil {
		r.renameUser(c.account, accountName(c))
	}
}
