package keycloak

import (
	"context"
	"net/http"
	"time"

	"github.com/google/uuid"
)

func (a admin) ListClientMappers(_ context.Context, request ListClientMappersRequestObject) (ListClientMappersResponseObject, error) {
	_, c, err := a.client(request.Realm, request.ClientUUID)
	if err != nil {
		return nil, err
	}
	return ListClientMappers200JSONResponse(c.mappers.shown()), nil
}

func (a admin) CreateClientMapper(ctx context.Context, request CreateClientMapperRequestObject) (CreateClientMapperResponseObject, error) {
	_, c, err := a.client(request.Realm, request.ClientUUID)
	if err != nil {
		return nil, err
	}
	id, err := c.mappers.create(*request.Body)
	if err != nil {
		return nil, err
	}
	return CreateClientMapper201Response{CreateClientMapper201ResponseHeaders{Location: created(ctx, id)}}, nil
}

func (a admin) GetClientMapper(_ context.Context, request GetClientMapperRequestObject) (GetClientMapperResponseObject, error) {
	_, c, err := a.client(request.Realm, request.ClientUUID)
	if err != nil {
		return nil, err
	}
	rep, err := c.mappers.one(request.ID)
	if err != nil {
		return nil, err
	}
	return GetClientMapper200JSONResponse(rep), nil
}

func (a admin) UpdateClientMapper(_ context.Context, request UpdateClientMapperRequestObject) (UpdateClientMapperResponseObject, error) {
	_, c, err := a.client(request.Realm, request.ClientUUID)
	if err != nil {
		return nil, err
	}
	return UpdateClientMapper204Response{}, c.mappers.update(request.ID, *request.Body)
}

func (a admin) DeleteClientMapper(_ context.Context, request DeleteClientMapperRequestObject) (DeleteClientMapperResponseObject, error) {
	_, c, err := a.client(request.Realm, request.ClientUUID)
	if err != nil {
		return nil, err
	}
	return DeleteClientMapper204Response{}, c.mappers.drop(request.ID)
}

// serviceAccountScope is the scope that goes with a service account.
const serviceAccountScope = "service_account"

func accountName(c *client) string { return "service-account-" + value(c.rep.ClientID) }

// settleServiceAccount makes or removes the user and the scope of a service
// account, as the client says.
func (r *realm) settleServiceAccount(c *client, now time.Time) {
	s := r.scopes.byName[serviceAccountScope]
	if !value(c.rep.ServiceAccountsEnabled) {
		delete(c.defaultScopes, serviceAccountScope)
		if c.account != nil {
			r.removeUser(c.account)
			c.account = nil
		}
		return
	}
	if s != nil {
		c.assign(s, c.defaultScopes, c.optionalScopes)
	}
	if c.account == nil {
		c.account = r.addUser(UserRepresentation{Username: new(accountName(c)), Enabled: new(true), CreatedTimestamp: new(now.UnixMilli())})
		c.account.client = c
	}
}

func (a admin) GetClientServiceAccountUser(_ context.Context, request GetClientServiceAccountUserRequestObject) (GetClientServiceAccountUserResponseObject, error) {
	_, c, err := a.client(request.Realm, request.ClientUUID)
	if err != nil {
		return nil, err
	}
	if c.account == nil {
		return nil, refusal{http.StatusBadRequest, failure{Error: "Service account not enabled for the client '" + value(c.rep.ClientID) + "'"}}
	}
	return GetClientServiceAccountUser200JSONResponse(c.account.shown()), nil
}

// authorization is the resource server of a client.
type authorization struct {
	rep       ResourceServerRepresentation
	resources table[ResourceRepresentation]
}

// enableAuthorization makes a resource server with its default resource; one
// that is there stays as it is.
func (r *realm) enableAuthorization(c *client) {
	if c.authorization != nil {
		return
	}
	id, name := c.rep.ID, c.rep.ClientID
	c.authorization = &authorization{
		rep: ResourceServerRepresentation{
			ID: id, ClientID: id, Name: name, AllowRemoteResourceManagement: new(true),
			PolicyEnforcementMode: new(ENFORCING), DecisionStrategy: new(UNANIMOUS),
			Resources: &[]ResourceRepresentation{}, Policies: &[]PolicyRepresentation{}, Scopes: &[]ScopeRepresentation{},
		},
		resources: newTable[ResourceRepresentation](),
	}
	c.addResource(ResourceRepresentation{Name: new("Default Resource"), Type: new("urn:" + *name + ":resources:default"), Uris: &[]string{"/*"}})
	if c.roles.byName["uma_protection"] == nil {
		role := r.addRole(c, RoleRepresentation{Name: new("uma_protection")})
		if c.account != nil {
			c.account.grants.add(role)
		}
	}
}

func (c *client) addResource(rep ResourceRepresentation) ResourceRepresentation {
	rep.UnderscoreID = new(uuid.NewString())
	rep.Owner = &ResourceOwnerRepresentation{ID: c.rep.ID, Name: c.rep.ClientID}
	withDefault(&rep.OwnerManagedAccess, false)
	withDefault(&rep.Attributes, map[string][]string{})
	c.authorization.resources.add(*rep.UnderscoreID, value(rep.Name), rep)
	return rep
}

// resourceServer finds the authorisation of a client; without it the whole path
// does not exist.
func (a admin) resourceServer(realm, id string) (*client, error) {
	_, c, err := a.client(realm, id)
	if err == nil && c.authorization == nil {
		err = httpError(http.StatusNotFound)
	}
	return c, err
}

func (a admin) GetClientResourceServer(_ context.Context, request GetClientResourceServerRequestObject) (GetClientResourceServerResponseObject, error) {
	c, err := a.resourceServer(request.Realm, request.ClientUUID)
	if err != nil {
		return nil, err
	}
	return GetClientResourceServer200JSONResponse(c.authorization.rep), nil
}

func (a admin) UpdateClientResourceServer(_ context.Context, request UpdateClientResourceServerRequestObject) (UpdateClientResourceServerResponseObject, error) {
	c, err := a.resourceServer(request.Realm, request.ClientUUID)
	if err != nil {
		return nil, err
	}
	if request.Body.DecisionStrategy == nil {
		return nil, duplicate()
	}
	withDefault(&request.Body.AllowRemoteResourceManagement, true)
	withDefault(&request.Body.PolicyEnforcementMode, ENFORCING)
	merge(&c.authorization.rep, ResourceServerRepresentation{
		AllowRemoteResourceManagement: request.Body.AllowRemoteResourceManagement,
		PolicyEnforcementMode:         request.Body.PolicyEnforcementMode, DecisionStrategy: request.Body.DecisionStrategy,
	})
	return UpdateClientResourceServer204Response{}, nil
}

func (a admin) ListClientResources(_ context.Context, request ListClientResourcesRequestObject) (ListClientResourcesResponseObject, error) {
	c, err := a.resourceServer(request.Realm, request.ClientUUID)
	if err != nil {
		return nil, err
	}
	return ListClientResources200JSONResponse(c.authorization.resources.sorted()), nil
}

func (a admin) CreateClientResource(_ context.Context, request CreateClientResourceRequestObject) (CreateClientResourceResponseObject, error) {
	c, err := a.resourceServer(request.Realm, request.ClientUUID)
	if err != nil {
		return nil, err
	}
	name := value(request.Body.Name)
	if _, exists := c.authorization.resources.byName[name]; exists {
		return nil, oauthError(http.StatusConflict, "invalid_request", "Resource with name ["+name+"] already exists.")
	}
	return CreateClientResource201JSONResponse(c.addResource(*request.Body)), nil
}
