package keycloakroles

import (
	"cmp"
	"context"
	"io"
	"slices"
	"strings"

	"otomi.io/tasks/clients/keycloak"
	"otomi.io/tasks/clients/response"
	"otomi.io/tasks/tasks/fingerprint"
	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/task"
)

func (w *writer) provider(ctx context.Context, c plan.Change[Provider]) error {
	// The real secret goes with every write: Keycloak keeps it behind asterisks
	// only as long as no address changes, and clears one that is left out.
	secret, err := w.providerSecret(c)
	if err != nil {
		return err
	}
	if c.Action == plan.Create {
		return create(func(doc io.Reader) (*keycloak.CreateIdentityProviderResponse, error) {
			return w.api.CreateIdentityProviderWithBodyWithResponse(ctx, w.realmName, jsonType, doc)
		}, c.After, secret)
	}
	read, err := w.api.GetIdentityProviderWithResponse(ctx, w.realmName, c.Name)
	return rewrite(read, err, func(doc io.Reader) (*keycloak.UpdateIdentityProviderResponse, error) {
		return w.api.UpdateIdentityProviderWithBodyWithResponse(ctx, w.realmName, c.Name, jsonType, doc)
	}, c.After, secret)
}

// providerSecret is what a provider's representation says of its secret. Of one
// that the values no longer name the secret is unknown, and no address changes:
// the asterisks that were read keep it.
func (w *writer) providerSecret(c plan.Change[Provider]) (fields, error) {
	config := fields{}
	for key, text := range w.marks() {
		config[key] = text
	}
	if c.After.ClientSecret.IsZero() {
		return fields{"alias": c.Name, "config": config}, nil
	}
	print, err := fingerprint.New(c.After.ClientSecret.Reveal(), w.Rounds)
	if err != nil {
		return nil, err
	}
	config["clientSecret"], config[secretPrint] = c.After.ClientSecret.Reveal(), print
	return fields{"alias": c.Name, "config": config}, nil
}

func (w *writer) providerMapper(ctx context.Context, c plan.Change[ProviderMapper]) error {
	if c.Action == plan.Delete {
		return w.deleteProviderMapper(ctx, c)
	}
	m := c.After
	rep := keycloak.IdentityProviderMapperRepresentation{
		Name: new(strings.TrimPrefix(c.Name, m.Provider+"/")), IdentityProviderAlias: &m.Provider,
		IdentityProviderMapper: &m.IdentityProviderMapper, Config: &m.Config}
	if c.Action == plan.Create {
		_, err := w.api.CreateIdentityProviderMapperWithResponse(ctx, w.realmName, m.Provider, rep)
		return err
	}
	rep.ID, rep.Config = &c.Before.ID, over(c.Before.Config, m.Config)
	_, err := w.api.UpdateIdentityProviderMapperWithResponse(ctx, w.realmName, m.Provider, c.Before.ID, rep)
	return err
}

func (w *writer) deleteProviderMapper(ctx context.Context, c plan.Change[ProviderMapper]) error {
	provider := c.Before.Provider
	rep, err := response.OK(w.api.GetIdentityProviderMapperWithResponse(ctx, w.realmName, provider, c.Before.ID))
	if err != nil {
		return err
	}
	if provider+"/"+value(rep.Name) != c.Name || value(rep.IdentityProviderMapper) != c.Before.IdentityProviderMapper {
		return changedSince("identity-provider-mapper", c.Name)
	}
	_, err = w.api.DeleteIdentityProviderMapperWithResponse(ctx, w.realmName, provider, c.Before.ID)
	return err
}

// importSize is how many groups are made at once. Ten with their roles cost
// Keycloak a quarter of a request for each object. A hundred cost three times as
// much for each group: all that a transaction made is looked through at each
// further step.
const importSize = 10

// importGroups makes the new groups with their roles, some in each request, and
// gives the plan of what is left to be made one by one: also those that Keycloak
// did not take, because it says neither which of them it was nor why.
func (w *writer) importGroups(ctx context.Context, j *task.Journal, p *Plan) *Plan {
	batches, rest := p.newGroups(importSize)
	for _, b := range task.ApplyBatches(ctx, j, batches, w.importBatch) {
		rest.Groups.Changes = append(rest.Groups.Changes, b.Groups.Changes...)
		rest.GroupRoles.Changes = append(rest.GroupRoles.Changes, b.GroupRoles.Changes...)
	}
	return rest
}

func (w *writer) importBatch(ctx context.Context, p *Plan) error {
	groups, at := make([]keycloak.GroupRepresentation, 0, len(p.Groups.Changes)), map[string]int{}
	for i, c := range p.Groups.Changes {
		rep := w.newGroup(c)
		rep.Path = new("/" + c.Name) // without one the import breaks
		groups, at[c.Name] = append(groups, rep), i
	}
	for _, c := range p.GroupRoles.Changes {
		// A role that does not exist would be made, without its description.
		if _, _, err := w.roleID(*c.After); err != nil {
			return err
		}
		addRole(&groups[at[c.After.Group]], *c.After)
	}
	_, err := w.api.ImportIntoRealmWithResponse(ctx, w.realmName, keycloak.PartialImportRepresentation{Groups: &groups})
	return err
}

func addRole(group *keycloak.GroupRepresentation, g GroupRole) {
	if g.Client == "" {
		group.RealmRoles = new(append(value(group.RealmRoles), g.Role))
		return
	}
	if group.ClientRoles == nil {
		group.ClientRoles = &map[string][]string{}
	}
	(*group.ClientRoles)[g.Client] = append((*group.ClientRoles)[g.Client], g.Role)
}

func (w *writer) newGroup(c plan.Change[Group]) keycloak.GroupRepresentation {
	return keycloak.GroupRepresentation{Name: &c.Name, Attributes: new(w.groupAttributes(c.After))}
}

// groupAttributes are the mark and those whom we gave the group.
func (w *writer) groupAttributes(g *Group) map[string][]string {
	attributes := w.markList()
	attributes[membersKey] = append([]string{}, g.Members...)
	return attributes
}

func (w *writer) group(ctx context.Context, c plan.Change[Group]) error {
	switch c.Action {
	case plan.Delete:
		return w.deleteGroup(ctx, c)
	case plan.Create:
		_, err := w.api.CreateGroupWithResponse(ctx, w.realmName, w.newGroup(c))
		return err
	case plan.Update, plan.Adopt:
	}
	// A PUT replaces the attributes and erases a description that it leaves out.
	read, err := w.api.GetGroupWithResponse(ctx, w.realmName, c.Before.ID)
	return rewrite(read, err, func(doc io.Reader) (*keycloak.UpdateGroupResponse, error) {
		return w.api.UpdateGroupWithBodyWithResponse(ctx, w.realmName, c.Before.ID, jsonType, doc)
	}, fields{"attributes": w.groupAttributes(c.After)})
}

func (w *writer) deleteGroup(ctx context.Context, c plan.Change[Group]) error {
	rep, err := response.OK(w.api.GetGroupWithResponse(ctx, w.realmName, c.Before.ID))
	if err != nil {
		return err
	}
	if value(rep.Name) != c.Name || !w.groupMeta(rep).Ours() || subgroups(rep) > 0 {
		return changedSince("group", c.Name)
	}
	_, err = w.api.DeleteGroupWithResponse(ctx, w.realmName, c.Before.ID)
	return err
}

func (w *writer) groupRole(ctx context.Context, c plan.Change[GroupRole]) error {
	g := cmp.Or(c.After, c.Before)
	group, err := w.ids.groups.id(g.Group)
	if err != nil {
		return err
	}
	client, role, err := w.roleID(*g)
	if err != nil {
		return err
	}
	roles := []keycloak.RoleRepresentation{{ID: &role, Name: &g.Role}}
	switch {
	case c.Action == plan.Delete:
		return w.removeGroupRole(ctx, c, group, client, roles)
	case g.Client == "":
		_, err = w.api.AddGroupRealmRolesWithResponse(ctx, w.realmName, group, roles)
	default:
		_, err = w.api.AddGroupClientRolesWithResponse(ctx, w.realmName, group, client, roles)
	}
	return err
}

// removeGroupRole looks at the group's roles once more: it must still have this one,
// under this id.
func (w *writer) removeGroupRole(ctx context.Context, c plan.Change[GroupRole], group, client string, roles []keycloak.RoleRepresentation) error {
	held, err := w.groupRoles(ctx, group, client)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(held, func(r keycloak.RoleRepresentation) bool { return value(r.ID) == value(roles[0].ID) }) {
		return changedSince("group-role", c.Name)
	}
	if client == "" {
		_, err = w.api.RemoveGroupRealmRolesWithResponse(ctx, w.realmName, group, roles)
	} else {
		_, err = w.api.RemoveGroupClientRolesWithResponse(ctx, w.realmName, group, client, roles)
	}
	return err
}

func (w *writer) groupRoles(ctx context.Context, group, client string) ([]keycloak.RoleRepresentation, error) {
	if client == "" {
		return response.OK(w.api.ListGroupRealmRolesWithResponse(ctx, w.realmName, group))
	}
	return response.OK(w.api.ListGroupClientRolesWithResponse(ctx, w.realmName, group, client))
}

// roleID finds the role that a group gets, and for a client's role that client.
func (w *writer) roleID(g GroupRole) (client, role string, err error) {
	if g.Client == "" {
		role, err = w.ids.roles.id(g.Role)
		return "", role, err
	}
	if client, err = w.ids.clients.id(g.Client); err != nil {
		return "", "", err
	}
	role, err = w.ids.managementRoles.id(g.Role)
	return client, role, err
}

func (w *writer) user(ctx context.Context, c plan.Change[User]) error {
	switch c.Action {
	case plan.Adopt: // the group that lists the user is what makes it ours
		return nil
	case plan.Delete:
		return w.deleteUser(ctx, c)
	case plan.Create:
		return create(func(doc io.Reader) (*keycloak.CreateUserResponse, error) {
			return w.api.CreateUserWithBodyWithResponse(ctx, w.realmName, jsonType, doc)
		}, fields{"username": c.Name, "enabled": true}, c.After.Initial, c.After, firstPassword(c.After))
	case plan.Update:
	}
	// A PUT clears names and attributes that it leaves out, and must not carry
	// credentials: a password history would refuse the same one.
	read, err := w.api.GetUserWithResponse(ctx, w.realmName, c.Before.ID, &keycloak.GetUserParams{})
	return rewrite(read, err, func(doc io.Reader) (*keycloak.UpdateUserResponse, error) {
		return w.api.UpdateUserWithBodyWithResponse(ctx, w.realmName, c.Before.ID, jsonType, doc)
	}, c.After)
}

func (w *writer) deleteUser(ctx context.Context, c plan.Change[User]) error {
	if err := w.requireUser(ctx, c.Before.ID, c.Name, changedSince("user", c.Name)); err != nil {
		return err
	}
	_, err := w.api.DeleteUserWithResponse(ctx, w.realmName, c.Before.ID)
	return err
}

func firstPassword(u *User) fields {
	if u.Password.IsZero() {
		return fields{}
	}
	return fields{"credentials": []fields{{"type": "password", "value": u.Password.Reveal(), "temporary": u.Temporary}}}
}

func (w *writer) membership(ctx context.Context, c plan.Change[Membership]) error {
	if c.Action == plan.Delete {
		return w.leaveGroup(ctx, c.Before)
	}
	user, err := w.ids.users.id(c.After.User)
	if err != nil {
		return err
	}
	group, err := w.ids.groups.id(c.After.Group)
	if err != nil {
		return err
	}
	_, err = w.api.AddUserToGroupWithResponse(ctx, w.realmName, user, group)
	return err
}

func (w *writer) leaveGroup(ctx context.Context, m *Membership) error {
	group, err := w.ids.groups.id(m.Group)
	if err != nil {
		return err
	}
	if err := w.requireUser(ctx, m.ID, m.User, changedSince("membership", m.name())); err != nil {
		return err
	}
	_, err = w.api.RemoveUserFromGroupWithResponse(ctx, w.realmName, m.ID, group)
	return err
}
