package keycloakroles

import (
	"bytes"
	"context"
	"encoding/json"
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
	task.Upsert(ctx, j, &p.Profiles, w.profile)
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
	task.Remove(ctx, j, &p.Users, w.user)
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
	}, c.After, w.realmMarks(c))
}

// realmMarks are attributes of the platform's own realm, not of the administrators'.
func (w *writer) realmMarks(c plan.Change[Realm]) fields {
	if c.Name != w.realmName {
		return fields{}
	}
	marks := w.marks()
	marks[declaredKey] = declaredSettings(*c.After)
	return fields{"attributes": marks}
}

func (w *writer) newRealm(ctx context.Context, c plan.Change[Realm]) error {
	err := create(func(doc io.Reader) (*keycloak.CreateRealmResponse, error) {
		return w.api.CreateRealmWithBodyWithResponse(ctx, jsonType, doc)
	}, fields{"id": c.Name, "realm": c.Name}, c.After, w.realmMarks(c))
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
		return w.deleteRole(ctx, c)
	case plan.Create:
		_, err := w.api.CreateRoleWithResponse(ctx, w.realmName, keycloak.RoleRepresentation{
			Name: &c.Name, Description: &c.After.Description, Attributes: new(w.markList())})
		return err
	case plan.Update, plan.Adopt:
	}
	read, err := w.api.GetRoleByIDWithResponse(ctx, w.realmName, c.Before.ID)
	return rewrite(read, err, func(doc io.Reader) (*keycloak.UpdateRoleByIDResponse, error) {
		return w.api.UpdateRoleByIDWithBodyWithResponse(ctx, w.realmName, c.Before.ID, jsonType, doc)
	}, c.After, fields{"attributes": w.markList()})
}

// deleteRole reads the role again: it must still be the one that the plan
// names.
func (w *writer) deleteRole(ctx context.Context, c plan.Change[Role]) error {
	rep, err := response.OK(w.api.GetRoleByIDWithResponse(ctx, w.realmName, c.Before.ID))
	if err != nil {
		return err
	}
	owner := w.roleMeta(rep).Ownership
	expected := owner == plan.Ours || owner == plan.Predecessor && c.Before.unmarked
	if value(rep.Name) != c.Name || !expected {
		return changedSince("role", c.Name)
	}
	_, err = w.api.DeleteRoleByIDWithResponse(ctx, w.realmName, c.Before.ID)
	return err
}

// changedSince keeps an object that is no longer what the plan said.
func changedSince(kind, name string) error {
	return &task.SkipError{Reason: kind + " " + name + " changed after it was planned to go"}
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
	switch c.Action {
	case plan.Update, plan.Adopt:
		rep.ID, rep.Config = &c.Before.ID, over(c.Before.Config, m.Config)
	case plan.Delete:
		if err := w.mapperStands(ctx, c, parent); err != nil {
			return err
		}
	case plan.Create:
	}
	return w.sendMapper(ctx, c, m.Parent.Kind, parent, rep)
}

// mapperStands tells whether a mapper that is to go is still the one that the
// plan names.
func (w *writer) mapperStands(ctx context.Context, c plan.Change[Mapper], scope string) error {
	reps, err := response.OK(w.api.ListClientScopeMappersWithResponse(ctx, w.realmName, scope))
	if err != nil {
		return err
	}
	for _, rep := range reps {
		if value(rep.ID) == c.Before.ID && mapperName(c.Before.Parent, value(rep.Name)) == c.Name {
			return nil
		}
	}
	return changedSince("mapper", c.Name)
}

func (w *writer) sendMapper(ctx context.Context, c plan.Change[Mapper], kind, parent string, rep keycloak.ProtocolMapperRepresentation) (err error) {
	ofScope := kind == scopeKind
	switch {
	case c.Action == plan.Delete: // only those of a scope ever go
		_, err = w.api.DeleteClientScopeMapperWithResponse(ctx, w.realmName, parent, c.Before.ID)
	case c.Action == plan.Create && ofScope:
		_, err = w.api.CreateClientScopeMapperWithResponse(ctx, w.realmName, parent, rep)
	case c.Action == plan.Create:
		_, err = w.api.CreateClientMapperWithResponse(ctx, w.realmName, parent, rep)
	case ofScope:
		_, err = w.api.UpdateClientScopeMapperWithResponse(ctx, w.realmName, parent, c.Before.ID, rep)
	default:
		_, err = w.api.UpdateClientMapperWithResponse(ctx, w.realmName, parent, c.Before.ID, rep)
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

// profile sets the policy and adds the attributes that are missing; the others
// keep their settings.
func (w *writer) profile(ctx context.Context, c plan.Change[UserProfile]) error {
	read, err := w.api.GetUserProfileWithResponse(ctx, w.realmName)
	current, err := response.OK(read, err)
	if err != nil {
		return err
	}
	var held struct {
		Attributes []json.RawMessage `json:"attributes"`
	}
	if err := json.Unmarshal(read.Body, &held); err != nil {
		return err
	}
	for _, name := range c.After.Attributes {
		known := func(a keycloak.UPAttribute) bool { return value(a.Name) == name }
		if slices.ContainsFunc(value(current.Attributes), known) {
			continue
		}
		both := []string{"admin", "user"}
		attribute, err := json.Marshal(fields{"name": name, "displayName": "${" + name + "}", "permissions": fields{"view": both, "edit": both}})
		if err != nil {
			return err
		}
		held.Attributes = append(held.Attributes, attribute)
	}
	return rewrite(read, nil, func(doc io.Reader) (*keycloak.UpdateUserProfileResponse, error) {
		return w.api.UpdateUserProfileWithBodyWithResponse(ctx, w.realmName, jsonType, doc)
	}, fields{"unmanagedAttributePolicy": c.After.UnmanagedAttributePolicy, "attributes": held.Attributes})
}
