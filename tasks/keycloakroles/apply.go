package keycloakroles

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"otomi.io/tasks/clients/keycloak"
	"otomi.io/tasks/clients/response"
	"otomi.io/tasks/tasks/document"
	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/task"
)

// Apply performs the plan: what others stand on first, deletions last and in
// reverse. One object has one writer at a time.
func (a *Application) Apply(ctx context.Context, p *Plan, j *task.Journal) {
	w := newWriter(a)
	task.Upsert(ctx, j, &p.Realms, w.realm)
	if w.homeless {
		j.Skip(p.inRealm(), "realm "+a.realmName+" could not be created")
		return
	}
	task.Upsert(ctx, j, &p.Scopes, w.scope)
	task.Upsert(ctx, j, &p.Roles, w.role)
	task.Upsert(ctx, j, &p.Clients, w.client)
	task.Upsert(ctx, j, &p.Mappers, w.mapper)
	task.Upsert(ctx, j, &p.Providers, w.provider)
	task.Upsert(ctx, j, &p.ProviderMappers, w.providerMapper)
	p = w.importGroups(ctx, j, p)
	task.Upsert(ctx, j, &p.Groups, w.group)
	task.Upsert(ctx, j, &p.GroupRoles, w.groupRole)
	task.Upsert(ctx, j, &p.Users, w.user)
	task.Upsert(ctx, j, &p.Memberships, w.membership)

	task.Remove(ctx, j, &p.Memberships, w.membership)
	task.Remove(ctx, j, &p.GroupRoles, w.groupRole)
	task.Remove(ctx, j, &p.Groups, w.group)
	task.Remove(ctx, j, &p.ProviderMappers, w.providerMapper)
	task.Remove(ctx, j, &p.Mappers, w.mapper)
	task.Remove(ctx, j, &p.Roles, w.role)
}

// writer turns one change into its calls. Plans speak of names; the ids that
// Keycloak wants are looked up when the parents exist.
type writer struct {
	*Application
	ids      ids
	homeless bool // the platform's realm is missing
}

const jsonType = "application/json"

// named is what a representation needs besides what we declare.
type named map[string]any

// fresh is the body of a POST: what we declare and nothing else.
func fresh(declared ...any) (io.Reader, error) {
	doc, err := document.New(declared...)
	return bytes.NewReader(doc), err
}

// merged is the body of a PUT: what we declare over what the server has.
func merged(base []byte, declared ...any) (io.Reader, error) {
	doc, err := document.Merge(base, declared...)
	return bytes.NewReader(doc), err
}

func (w *writer) realm(ctx context.Context, c plan.Change[Realm]) error {
	if c.Action == plan.Create {
		err := w.newRealm(ctx, c)
		w.homeless = err != nil
		return err
	}
	// Realm settings that a PUT leaves out may be cleared, so it carries all.
	read, err := w.api.GetRealmWithResponse(ctx, c.Name)
	if err != nil {
		return err
	}
	doc, err := merged(read.Body, c.After)
	if err != nil {
		return err
	}
	_, err = w.api.UpdateRealmWithBodyWithResponse(ctx, c.Name, jsonType, doc)
	return err
}

func (w *writer) newRealm(ctx context.Context, c plan.Change[Realm]) error {
	doc, err := fresh(named{"id": c.Name, "realm": c.Name}, c.After)
	if err != nil {
		return err
	}
	if _, err := w.api.CreateRealmWithBodyWithResponse(ctx, jsonType, doc); err != nil {
		return err
	}
	return w.session.Renew(ctx) // a token older than the realm has no rights in it
}

func (w *writer) scope(ctx context.Context, c plan.Change[Scope]) error {
	name := named{"name": c.Name}
	if c.Action == plan.Create {
		doc, err := fresh(name, c.After)
		if err != nil {
			return err
		}
		_, err = w.api.CreateClientScopeWithBodyWithResponse(ctx, w.realmName, jsonType, doc)
		return err
	}
	read, err := w.api.GetClientScopeWithResponse(ctx, w.realmName, c.Before.ID)
	if err != nil {
		return err
	}
	doc, err := merged(read.Body, name, c.After)
	if err != nil {
		return err
	}
	_, err = w.api.UpdateClientScopeWithBodyWithResponse(ctx, w.realmName, c.Before.ID, jsonType, doc)
	return err
}

func (w *writer) role(ctx context.Context, c plan.Change[Role]) error {
	switch c.Action {
	case plan.Delete:
		_, err := w.api.DeleteRoleWithResponse(ctx, w.realmName, c.Name)
		return err
	case plan.Create:
		_, err := w.api.CreateRoleWithResponse(ctx, w.realmName, keycloak.RoleRepresentation{Name: &c.Name, Description: &c.After.Description})
		return err
	case plan.Update:
	}
	read, err := w.api.GetRoleWithResponse(ctx, w.realmName, c.Name)
	if err != nil {
		return err
	}
	doc, err := merged(read.Body, c.After)
	if err != nil {
		return err
	}
	_, err = w.api.UpdateRoleWithBodyWithResponse(ctx, w.realmName, c.Name, jsonType, doc)
	return err
}

func (w *writer) client(ctx context.Context, c plan.Change[Client]) error {
	secret := named{"secret": c.After.Secret.Reveal()}
	if c.Action == plan.Create {
		doc, err := fresh(named{"clientId": c.Name}, c.After, secret)
		if err != nil {
			return err
		}
		_, err = w.api.CreateClientWithBodyWithResponse(ctx, w.realmName, jsonType, doc)
		return err
	}
	read, err := w.api.GetClientWithResponse(ctx, w.realmName, c.Before.ID)
	if err != nil {
		return err
	}
	current, err := response.OK(read, err)
	if err != nil {
		return err
	}
	if err := w.addDefaultScopes(ctx, c, value(current.OptionalClientScopes)); err != nil {
		return err
	}
	if c.DiffersOnly("defaultClientScopes") {
		return nil
	}
	// A PUT without authorizationServicesEnabled drops the client's policies,
	// and one with mappers replaces them all.
	doc, err := merged(read.Body, c.After, secret)
	if err != nil {
		return err
	}
	_, err = w.api.UpdateClientWithBodyWithResponse(ctx, w.realmName, c.Before.ID, jsonType, doc)
	return err
}

// addDefaultScopes adds what is missing. An optional scope must cease to be
// optional before it can become a default one.
func (w *writer) addDefaultScopes(ctx context.Context, c plan.Change[Client], optional []string) error {
	for _, name := range c.After.DefaultScopes {
		if slices.Contains(c.Before.DefaultScopes, name) {
			continue
		}
		id, err := w.ids.scope(ctx, name)
		if err != nil {
			return err
		}
		if slices.Contains(optional, name) {
			if _, err := w.api.RemoveClientOptionalScopeWithResponse(ctx, w.realmName, c.Before.ID, id); err != nil {
				return fmt.Errorf("taking scope %s out of the optional ones: %w", name, err)
			}
		}
		if _, err := w.api.AddClientDefaultScopeWithResponse(ctx, w.realmName, c.Before.ID, id); err != nil {
			return fmt.Errorf("adding default scope %s: %w", name, err)
		}
	}
	return nil
}

func (w *writer) mapper(ctx context.Context, c plan.Change[Mapper]) error {
	m := c.After
	if c.Action == plan.Delete {
		m = c.Before
	}
	parent, err := w.parent(ctx, m.Parent)
	if err != nil {
		return err
	}
	rep := keycloak.ProtocolMapperRepresentation{
		Name: new(strings.TrimPrefix(c.Name, mapperName(m.Parent, ""))), Protocol: &m.Protocol, ProtocolMapper: &m.ProtocolMapper, Config: &m.Config}
	if c.Action == plan.Update {
		rep.ID, rep.Config = &c.Before.ID, over(c.Before.Config, m.Config)
	}
	return w.sendMapper(ctx, c, m.Parent.Kind, parent, rep)
}

func (w *writer) sendMapper(ctx context.Context, c plan.Change[Mapper], kind, parent string, rep keycloak.ProtocolMapperRepresentation) (err error) {
	ofScope := kind == scopeKind
	switch {
	case c.Action == plan.Create && ofScope:
		_, err = w.api.CreateClientScopeMapperWithResponse(ctx, w.realmName, parent, rep)
	case c.Action == plan.Create:
		_, err = w.api.CreateClientMapperWithResponse(ctx, w.realmName, parent, rep)
	case c.Action == plan.Update && ofScope:
		_, err = w.api.UpdateClientScopeMapperWithResponse(ctx, w.realmName, parent, c.Before.ID, rep)
	case c.Action == plan.Update:
		_, err = w.api.UpdateClientMapperWithResponse(ctx, w.realmName, parent, c.Before.ID, rep)
	case ofScope:
		_, err = w.api.DeleteClientScopeMapperWithResponse(ctx, w.realmName, parent, c.Before.ID)
	default:
		_, err = w.api.DeleteClientMapperWithResponse(ctx, w.realmName, parent, c.Before.ID)
	}
	return err
}

func (w *writer) parent(ctx context.Context, p Parent) (string, error) {
	if p.Kind == scopeKind {
		return w.ids.scope(ctx, p.Name)
	}
	return w.ids.client(ctx, p.Name)
}

// over lays the declared keys over those that the server has.
func over(current, declared map[string]string) *map[string]string {
	merged := maps.Clone(current)
	if merged == nil {
		merged = map[string]string{}
	}
	maps.Copy(merged, declared)
	return &merged
}
