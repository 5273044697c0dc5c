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

// ids finds Keycloak's ids by name. Each list is read once, when the first
// change of an apply asks for it: by then the kinds before it are written.
type ids struct {
	app *Application

	mu    sync.Mutex
	lists map[string]map[string]string
}

func newWriter(a *Application) *writer {
	return &writer{Application: a, ids: ids{app: a, lists: map[string]map[string]string{}}}
}

// find is the id of the object, or a SkipError: whoever asks cannot be written
// without it.
func (i *ids) find(ctx context.Context, list, name string, read func(context.Context, map[string]string) error) (string, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if _, known := i.lists[list]; !known {
		found := map[string]string{}
		if err := read(ctx, found); err != nil {
			return "", fmt.Errorf("reading the ids of %s: %w", list, err)
		}
		i.lists[list] = found
	}
	id, exists := i.lists[list][name]
	if !exists {
		return "", &task.SkipError{Reason: list + " " + name + " does not exist"}
	}
	return id, nil
}

func (i *ids) scope(ctx context.Context, name string) (string, error) {
	return i.find(ctx, "client-scope", name, func(ctx context.Context, found map[string]string) error {
		reps, err := response.OK(i.app.api.ListClientScopesWithResponse(ctx, i.app.realmName))
		if err != nil {
			return err
		}
		for _, rep := range reps {
			found[value(rep.Name)] = value(rep.ID)
		}
		return nil
	})
}

func (i *ids) client(ctx context.Context, name string) (string, error) {
	return i.find(ctx, "client", name, func(ctx context.Context, found map[string]string) error {
		reps, err := response.OK(i.app.api.ListClientsWithResponse(ctx, i.app.realmName, &keycloak.ListClientsParams{}))
		if err != nil {
			return err
		}
		for _, rep := range reps {
			found[value(rep.ClientID)] = value(rep.ID)
		}
		return nil
	})
}

func (i *ids) role(ctx context.Context, name string) (string, error) {
	return i.find(ctx, "role", name, func(ctx context.Context, found map[string]string) error {
		reps, err := i.app.listRoles(ctx)
		if err != nil {
			return err
		}
		for _, rep := range reps {
			found[value(rep.Name)] = value(rep.ID)
		}
		return nil
	})
}

func (i *ids) clientRole(ctx context.Context, client, name string) (string, error) {
	id, err := i.client(ctx, client)
	if err != nil {
		return "", err
	}
	return i.find(ctx, "role of client "+client, name, func(ctx context.Context, found map[string]string) error {
		reps, err := response.OK(i.app.api.ListClientRolesWithResponse(ctx, i.app.realmName, id, &keycloak.ListClientRolesParams{}))
		if err != nil {
			return err
		}
		for _, rep := range reps {
			found[value(rep.Name)] = value(rep.ID)
		}
		return nil
	})
}

func (i *ids) group(ctx context.Context, name string) (string, error) {
	return i.find(ctx, "group", name, func(ctx context.Context, found map[string]string) error {
		reps, err := i.app.listGroups(ctx, true)
		if err != nil {
			return err
		}
		for _, rep := range reps {
			found[value(rep.Name)] = value(rep.ID)
		}
		return nil
	})
}

func (i *ids) user(ctx context.Context, name string) (string, error) {
	return i.find(ctx, "user", name, func(ctx context.Context, found map[string]string) error {
		return i.app.eachUser(ctx, func(rep keycloak.UserRepresentation) { found[value(rep.Username)] = value(rep.ID) })
	})
}

func (a *Application) listRoles(ctx context.Context) ([]keycloak.RoleRepresentation, error) {
	return transport.All(a.setting.PageSize, func(p transport.Page) ([]keycloak.RoleRepresentation, error) {
		return response.OK(a.api.ListRolesWithResponse(ctx, a.realmName, &keycloak.ListRolesParams{First: number(p.Offset), Max: number(p.Size)}))
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

// eachUser goes through all users of the realm, of which there may be any
// number, and keeps none.
func (a *Application) eachUser(ctx context.Context, use func(keycloak.UserRepresentation)) error {
	return transport.EachPaced(a.pace(), func(p transport.Page) ([]keycloak.UserRepresentation, error) {
		return response.OK(a.api.ListUsersWithResponse(ctx, a.realmName, &keycloak.ListUsersParams{
			First: number(p.Offset), Max: number(p.Size), BriefRepresentation: new(true)}))
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
