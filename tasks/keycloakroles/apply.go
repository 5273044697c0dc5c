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

// Apply performs the plan: dependencies first, deletions last and in reverse.
// One object has one writer at a time.
func (a *Application) Apply(ctx context.Context, p *Plan, j *task.Journal) {
	w := &writer{Application: a, ids: a.lookups(ctx)}
	task.Upsert(ctx, j, &p.Realms, w.realm)
	if w.realmMissing {
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

// writer turns one change into its requests. Plans speak of names; the ids that
// Keycloak wants of what may be new are looked up.
type writer struct {
	*Application
	ids          lookups
	realmMissing bool
}

const jsonType = "application/json"

// fields are what a representation needs besides what we declare.
type fields map[string]any

// create sends what we declare and nothing else.
func create[R any](post func(io.Reader) (R, error), declared ...any) error {
	doc, err := document.New(declared...)
	if err != nil {
		return err
	}
	_, err = post(bytes.NewReader(doc))
	return err
}

// rewrite sends what was read with what we declare laid over it: a PUT clears
// settings that it leaves out.
func rewrite[R interface{ GetBody() []byte }, W any](read R, err error, put func(io.Reader) (W, error), declared ...any) error {
	if err != nil {
		return err
	}
	doc, err := document.Merge(read.GetBody(), declared...)
	if err != nil {
		return err
	}
	_, err = put(bytes.NewReader(doc))
	return err
}

func (w *writer) realm(ctx context.Context, c plan.Change[Realm]) error {
	if c.Action == plan.Create {
		err := w.newRealm(ctx, c)
		w.realmMissing = err != nil
		return err
	}
	read, err := w.api.GetRealmWithResponse(ctx, c.Name)
	return rewrite(read, err, func(doc io.Reader) (*keycloak.UpdateRealmResponse, error) {
		return w.api.UpdateRealmWithBodyWithResponse(ctx, c.Name, jsonType, doc)
	}, c.After)
}

func (w *writer) newRealm(ctx context.Context, c plan.Change[Realm]) error {
	err := create(func(doc io.Reader) (*keycloak.CreateRealmResponse, error) {
		return w.api.CreateRealmWithBodyWithResponse(ctx, jsonType, doc)
	}, fields{"id": c.Name, "realm": c.Name}, c.After)
	if err != nil {
		return err
	}
	return w.session.Renew(ctx) // a token older than the realm has no rights in it
}

func (w *writer) scope(ctx context.Context, c plan.Change[Scope]) error {
	name := fields{"name": c.Name}
	if c.Action == plan.Create {
		return create(func(doc io.Reader) (*keycloak.CreateClientScopeResponse, error) {
			return w.api.CreateClientScopeWithBodyWithResponse(ctx, w.realmName, jsonType, doc)
		}, name, c.After)
	}
	read, err := w.api.GetClientScopeWithResponse(ctx, w.realmName, c.Before.ID)
	return rewrite(read, err, func(doc io.Reader) (*keycloak.UpdateClientScopeResponse, error) {
		return w.api.UpdateClientScopeWithBodyWithResponse(ctx, w.realmName, c.Before.ID, jsonType, doc)
	}, name, c.After)
}

func (w *writer) role(ctx context.Context, c plan.Change[Role]) error {
	switch c.Action {
	case plan.Delete:
		_, err := w.api.DeleteRoleWithResponse(ctx, w.realmName, c.Name)
		return err
	case plan.Create:
		_, err := w.api.CreateRoleWithResponse(ctx, w.realmName, keycloak.RoleRepresentation{Name: &c.Name, Description: &c.After.Description})
		return err
	case plan.Update, plan.Adopt:
	}
	read, err := w.api.GetRoleWithResponse(ctx, w.realmName, c.Name)
	return rewrite(read, err, func(doc io.Reader) (*keycloak.UpdateRoleResponse, error) {
		return w.api.UpdateRoleWithBodyWithResponse(ctx, w.realmName, c.Name, jsonType, doc)
	}, c.After)
}

func (w *writer) client(ctx context.Context, c plan.Change[Client]) error {
	secret := fields{"secret": c.After.Secret.Reveal()}
	if c.Action == plan.Create {
		return create(func(doc io.Reader) (*keycloak.CreateClientResponse, error) {
			return w.api.CreateClientWithBodyWithResponse(ctx, w.realmName, jsonType, doc)
		}, fields{"clientId": c.Name}, c.After, secret)
	}
	read, err := w.api.GetClientWithResponse(ctx, w.realmName, c.Before.ID)
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
	return rewrite(read, nil, func(doc io.Reader) (*keycloak.UpdateClientResponse, error) {
		return w.api.UpdateClientWithBodyWithResponse(ctx, w.realmName, c.Before.ID, jsonType, doc)
	}, c.After, secret)
}

// addDefaultScopes adds what is missing. An optional scope must cease to be
// optional before it can become a default one.
func (w *writer) addDefaultScopes(ctx context.Context, c plan.Change[Client], optional []string) error {
	for _, name := range c.After.DefaultScopes {
		if slices.Contains(c.Before.DefaultScopes, name) {
			continue
		}
		id, err := w.ids.scopes.id(name)
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
	parent, err := w.parent(m.Parent)
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

func (w *writer) parent(p Parent) (string, error) {
	if p.Kind == scopeKind {
		return w.ids.scopes.id(p.Name)
	}
	return w.ids.clients.id(p.Name)
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
