package keycloakroles

import (
	"context"
	"fmt"
	"sync"

	"otomi.io/tasks/clients/keycloak"
	"otomi.io/tasks/clients/response"
	"otomi.io/tasks/clients/transport"
	"otomi.io/tasks/tasks/task"
)

// lookup finds ids of one kind by name. Its list is read once an apply, when the
// first change asks for it: by then the kinds before it are written.
type lookup struct {
	kind string
	list func() (map[string]string, error)
}

// lookups are the kinds whose ids Keycloak wants of those that depend on them.
type lookups struct{ scopes, clients, roles, managementRoles, groups, users lookup }

func newLookup[T any](kind string, read func() ([]T, error), idOf func(T) (name, id *string)) lookup {
	return lookup{kind, sync.OnceValues(func() (map[string]string, error) {
		objects, err := read()
		if err != nil {
			return nil, fmt.Errorf("reading the ids of each %s: %w", kind, err)
		}
		ids := make(map[string]string, len(objects))
		for _, o := range objects {
			name, id := idOf(o)
			ids[value(name)] = value(id)
		}
		return ids, nil
	})}
}

// id is the id of the object, or a SkipError: what depends on it cannot be
// written without it.
func (l lookup) id(name string) (string, error) {
	ids, err := l.list()
	if err != nil {
		return "", err
	}
	id, exists := ids[name]
	if !exists {
		return "", &task.SkipError{Reason: l.kind + " " + name + " does not exist"}
	}
	return id, nil
}

func (a *Application) lookups(ctx context.Context) lookups {
	roleID := func(r keycloak.RoleRepresentation) (name, id *string) { return r.Name, r.ID }
	l := lookups{
		scopes: newLookup("client-scope", func() ([]keycloak.ClientScopeRepresentation, error) {
			return response.OK(a.api.ListClientScopesWithResponse(ctx, a.realmName))
		}, func(s keycloak.ClientScopeRepresentation) (name, id *string) { return s.Name, s.ID }),
		clients: newLookup("client", func() ([]keycloak.ClientRepresentation, error) {
			return response.OK(a.api.ListClientsWithResponse(ctx, a.realmName, &keycloak.ListClientsParams{}))
		}, func(c keycloak.ClientRepresentation) (name, id *string) { return c.ClientID, c.ID }),
		roles: newLookup("role", func() ([]keycloak.RoleRepresentation, error) { return a.listRoles(ctx, true) }, roleID),
		groups: newLookup("group", func() ([]keycloak.GroupRepresentation, error) { return a.listGroups(ctx, true) },
			func(g keycloak.GroupRepresentation) (name, id *string) { return g.Name, g.ID }),
		users: newLookup("user", func() (all []identity, err error) {
			err = a.eachUserOf(ctx, nil, true, func(u keycloak.UserRepresentation) { all = append(all, identity{u.Username, u.ID}) })
			return all, err
		}, func(u identity) (name, id *string) { return u.name, u.id }),
	}
	l.managementRoles = newLookup("role of client "+realmManagement, func() ([]keycloak.RoleRepresentation, error) {
		id, err := l.clients.id(realmManagement)
		if err != nil {
			return nil, err
		}
		return response.OK(a.api.ListClientRolesWithResponse(ctx, a.realmName, id, &keycloak.ListClientRolesParams{}))
	}, roleID)
	return l
}

// identity is all that is kept of a user, of whom there may be any number.
type identity struct{ name, id *string }

func (a *Application) listRoles(ctx context.Context, brief bool) ([]keycloak.RoleRepresentation, error) {
	return transport.All(a.setting.PageSize, func(p transport.Page) ([]keycloak.RoleRepresentation, error) {
		return response.OK(a.api.ListRolesWithResponse(ctx, a.realmName, &keycloak.ListRolesParams{
			First: number(p.Offset), Max: number(p.Size), BriefRepresentation: &brief}))
	})
}

// listGroups reads the top-level groups. The full representation carries the
// role mappings; counting subgroups would make it ten times slower.
func (a *Application) listGroups(ctx context.Context, brief bool) ([]keycloak.GroupRepresentation, error) {
	var all []keycloak.GroupRepresentation
	err := transport.EachPaced(a.pace(), func(p transport.Page) ([]keycloak.GroupRepresentation, error) {
		return response.OK(a.api.ListGroupsWithResponse(ctx, a.realmName, &keycloak.ListGroupsParams{
			First: number(p.Offset), Max: number(p.Size), BriefRepresentation: &brief, SubGroupsCount: new(false)}))
	}, func(page []keycloak.GroupRepresentation) { all = append(all, page...) })
	return all, err
}

// eachUserOf goes through the users that are linked to an identity provider, nil
// is all users of the realm, and keeps none. The brief form has no attributes.
func (a *Application) eachUserOf(ctx context.Context, provider *string, brief bool, use func(keycloak.UserRepresentation)) error {
	return transport.EachPaced(a.pace(), func(p transport.Page) ([]keycloak.UserRepresentation, error) {
		return response.OK(a.api.ListUsersWithResponse(ctx, a.realmName, &keycloak.ListUsersParams{
			First: number(p.Offset), Max: number(p.Size), BriefRepresentation: &brief, IdpAlias: provider}))
	}, func(page []keycloak.UserRepresentation) {
		for _, rep := range page {
			use(rep)
		}
	})
}

func (a *Application) listUserGroups(ctx context.Context, user string) ([]keycloak.GroupRepresentation, error) {
	return transport.All(a.setting.PageSize, func(p transport.Page) ([]keycloak.GroupRepresentation, error) {
		return response.OK(a.api.ListUserGroupsWithResponse(ctx, a.realmName, user, &keycloak.ListUserGroupsParams{
			First: number(p.Offset), Max: number(p.Size)}))
	})
}

func (a *Application) listProviders(ctx context.Context) ([]keycloak.IdentityProviderRepresentation, error) {
	return transport.All(a.setting.PageSize, func(p transport.Page) ([]keycloak.IdentityProviderRepresentation, error) {
		return response.OK(a.api.ListIdentityProvidersWithResponse(ctx, a.realmName, &keycloak.ListIdentityProvidersParams{
			First: number(p.Offset), Max: number(p.Size)}))
	})
}

// requireUser fails where the account of an id has another name by now.
func (w *writer) requireUser(ctx context.Context, id, name string, changed error) error {
	rep, err := response.OK(w.api.GetUserWithResponse(ctx, w.realmName, id, &keycloak.GetUserParams{}))
	if err == nil && value(rep.Username) != name {
		return changed
	}
	return err
}
