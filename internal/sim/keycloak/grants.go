package keycloak

import (
	"context"
	"slices"
)

// grants are the roles that one group or user was given itself.
type grants struct {
	roles map[string]*role // by id
}

func newGrants() *grants { return &grants{roles: map[string]*role{}} }

func (g *grants) has(r *role) bool { return g.roles[value(r.rep.ID)] != nil }

func (g *grants) add(r *role) {
	g.roles[value(r.rep.ID)] = r
	r.holders[g] = struct{}{}
}

func (g *grants) remove(r *role) {
	delete(g.roles, value(r.rep.ID))
	delete(r.holders, g)
}

// clear is for a holder that goes away.
func (g *grants) clear() {
	for _, r := range g.roles {
		delete(r.holders, g)
	}
}

// of are the roles of one client, or of the realm when there is no client.
func (g *grants) of(c *client) []*role {
	return slices.DeleteFunc(inOrder(g.roles), func(r *role) bool { return r.client != c })
}

func roleName(r *role) string { return value(r.rep.Name) }

func (g *grants) realmRoles() []string { return each(g.of(nil), roleName) }

// clientRoles are the names by the client's name.
func (g *grants) clientRoles() map[string][]string {
	names := map[string][]string{}
	for _, r := range inOrder(g.roles) {
		if r.client != nil {
			of := value(r.client.rep.ClientID)
			names[of] = append(names[of], roleName(r))
		}
	}
	return names
}

// change gives or takes roles. Each must be named by its id and its name, and be
// a role of that client or realm; the first that is not stops it.
func (r *realm) change(g *grants, c *client, reps []RoleRepresentation, apply func(*grants, *role)) error {
	for _, rep := range reps {
		found := r.rolesByID[value(rep.ID)]
		if found == nil || found.client != c || rep.Name == nil || roleName(found) != *rep.Name {
			return notFound("Role not found")
		}
	}
	for _, rep := range reps {
		apply(g, r.rolesByID[*rep.ID])
	}
	return nil
}

// take removes the roles of the body, or all when there is no body.
func (r *realm) take(g *grants, c *client, body *[]RoleRepresentation) error {
	if body != nil {
		return r.change(g, c, *body, (*grants).remove)
	}
	for _, role := range g.of(c) {
		g.remove(role)
	}
	return nil
}

// mappings are all roles of a holder, as the one request for both kinds gives them.
func (g *grants) mappings() MappingsRepresentation {
	var all MappingsRepresentation
	if own := each(g.of(nil), (*role).brief); len(own) > 0 {
		all.RealmMappings = &own
	}
	byClient := map[string]ClientMappingsRepresentation{}
	for _, r := range g.roles {
		if c := r.client; c != nil {
			byClient[value(c.rep.ClientID)] = ClientMappingsRepresentation{
				ID: c.rep.ID, Client: c.rep.ClientID, Mappings: new(each(g.of(c), (*role).brief)),
			}
		}
	}
	if len(byClient) > 0 {
		all.ClientMappings = &byClient
	}
	return all
}

func (a admin) GetGroupRoleMappings(_ context.Context, request GetGroupRoleMappingsRequestObject) (GetGroupRoleMappingsResponseObject, error) {
	_, g, err := a.group(request.Realm, request.GroupID)
	if err != nil {
		return nil, err
	}
	return GetGroupRoleMappings200JSONResponse(g.grants.mappings()), nil
}

func (a admin) ListGroupRealmRoles(_ context.Context, request ListGroupRealmRolesRequestObject) (ListGroupRealmRolesResponseObject, error) {
	_, g, err := a.group(request.Realm, request.GroupID)
	if err != nil {
		return nil, err
	}
	return ListGroupRealmRoles200JSONResponse(each(g.grants.of(nil), (*role).brief)), nil
}

func (a admin) AddGroupRealmRoles(_ context.Context, request AddGroupRealmRolesRequestObject) (AddGroupRealmRolesResponseObject, error) {
	r, g, err := a.group(request.Realm, request.GroupID)
	if err != nil {
		return nil, err
	}
	return AddGroupRealmRoles204Response{}, r.change(g.grants, nil, *request.Body, (*grants).add)
}

func (a admin) RemoveGroupRealmRoles(_ context.Context, request RemoveGroupRealmRolesRequestObject) (RemoveGroupRealmRolesResponseObject, error) {
	r, g, err := a.group(request.Realm, request.GroupID)
	if err != nil {
		return nil, err
	}
	return RemoveGroupRealmRoles204Response{}, r.take(g.grants, nil, request.Body)
}

// groupClient finds a group and the client whose roles are meant.
func (a admin) groupClient(realm, groupID, clientID string) (*realm, *group, *client, error) {
	r, g, err := a.group(realm, groupID)
	if err != nil {
		return nil, nil, nil, err
	}
	c, exists := r.clients.byID[clientID]
	if !exists {
		return nil, nil, nil, notFound("Client not found")
	}
	return r, g, c, nil
}

func (a admin) ListGroupClientRoles(_ context.Context, request ListGroupClientRolesRequestObject) (ListGroupClientRolesResponseObject, error) {
	_, g, c, err := a.groupClient(request.Realm, request.GroupID, request.ClientID)
	if err != nil {
		return nil, err
	}
	return ListGroupClientRoles200JSONResponse(each(g.grants.of(c), (*role).brief)), nil
}

func (a admin) AddGroupClientRoles(_ context.Context, request AddGroupClientRolesRequestObject) (AddGroupClientRolesResponseObject, error) {
	r, g, c, err := a.groupClient(request.Realm, request.GroupID, request.ClientID)
	if err != nil {
		return nil, err
	}
	return AddGroupClientRoles204Response{}, r.change(g.grants, c, *request.Body, (*grants).add)
}

func (a admin) RemoveGroupClientRoles(_ context.Context, request RemoveGroupClientRolesRequestObject) (RemoveGroupClientRolesResponseObject, error) {
	r, g, c, err := a.groupClient(request.Realm, request.GroupID, request.ClientID)
	if err != nil {
		return nil, err
	}
	return RemoveGroupClientRoles204Response{}, r.take(g.grants, c, request.Body)
}

func (a admin) ListUserRealmRoles(_ context.Context, request ListUserRealmRolesRequestObject) (ListUserRealmRolesResponseObject, error) {
	_, u, err := a.user(request.Realm, request.UserID)
	if err != nil {
		return nil, err
	}
	return ListUserRealmRoles200JSONResponse(each(u.grants.of(nil), (*role).brief)), nil
}

func (a admin) AddUserRealmRoles(_ context.Context, request AddUserRealmRolesRequestObject) (AddUserRealmRolesResponseObject, error) {
	r, u, err := a.user(request.Realm, request.UserID)
	if err != nil {
		return nil, err
	}
	return AddUserRealmRoles204Response{}, r.change(u.grants, nil, *request.Body, (*grants).add)
}

func (a admin) RemoveUserRealmRoles(_ context.Context, request RemoveUserRealmRolesRequestObject) (RemoveUserRealmRolesResponseObject, error) {
	r, u, err := a.user(request.Realm, request.UserID)
	if err != nil {
		return nil, err
	}
	return RemoveUserRealmRoles204Response{}, r.take(u.grants, nil, request.Body)
}
