package keycloakroles

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"otomi.io/tasks/clients/keycloak"
	"otomi.io/tasks/clients/response"
	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/task"
	"otomi.io/tasks/tasks/values"
)

// Current reads what desired names, in lists that grow by page and not by
// team. One failed list fails all: nothing is planned on half a state.
func (a *Application) Current(ctx context.Context, desired State, s task.Scope) (State, error) {
	r := &reader{Application: a, scope: s, desired: desired, current: State{linked: map[string]int{}, holders: map[string]string{}}}
	if err := a.session.LearnVersion(ctx, a.admin, a.values.Apps.Keycloak.Address); err != nil {
		return State{}, err
	}
	if err := a.Server().Unsupported(); err != nil {
		return State{}, err
	}
	if err := r.realms(ctx); err != nil {
		return State{}, err
	}
	if _, exists := r.current.Realms[a.realmName]; !exists {
		r.fillNewRealm()
		return r.current, nil
	}
	for _, read := range []func(context.Context) error{r.profiles, r.scopes, r.roles, r.defaultRights, r.clients, r.groups, r.users, r.providers} {
		if err := read(ctx); err != nil {
			return State{}, err
		}
	}
	return r.current, nil
}

// reader fills the current state list by list.
type reader struct {
	*Application
	scope            task.Scope
	desired, current State
	defaultRole      string // its id
}

// fillNewRealm assumes the objects that a new realm brings along, so that the
// plan does not create them. The reading after the apply proves it.
func (r *reader) fillNewRealm() {
	r.current.Scopes, r.current.Mappers = map[string]Scope{}, map[string]Mapper{}
	for _, name := range builtInScopes() {
		r.current.Scopes[name] = r.desired.Scopes[name]
	}
	for name, m := range r.desired.Mappers {
		if m.Parent.Kind == scopeKind && slices.Contains(builtInScopes(), m.Parent.Name) {
			r.current.Mappers[name] = m
		}
	}
}

func (r *reader) scopes(ctx context.Context) error {
	reps, err := response.OK(r.api.ListClientScopesWithResponse(ctx, r.realmName))
	if err != nil {
		return fmt.Errorf("reading client scopes: %w", err)
	}
	r.current.Scopes, r.current.Mappers = map[string]Scope{}, map[string]Mapper{}
	for _, rep := range reps {
		name := value(rep.Name)
		r.current.builtIn = append(r.current.builtIn, name)
		if _, ours := r.desired.Scopes[name]; !ours {
			continue
		}
		r.current.Scopes[name] = Scope{Meta: plan.Meta{ID: value(rep.ID)}, Protocol: value(rep.Protocol), Attributes: value(rep.Attributes)}
		// The scope openid is ours alone: so is what is in it.
		r.addMappers(Parent{scopeKind, name}, rep.ProtocolMappers, name == scopeOpenID)
	}
	return nil
}

func (r *reader) addMappers(p Parent, reps *[]keycloak.ProtocolMapperRepresentation, owned bool) {
	for _, rep := range value(reps) {
		name := mapperName(p, value(rep.Name))
		desired := r.desired.Mappers[name]
		m := Mapper{
			Meta: plan.Meta{ID: value(rep.ID), Ownership: plan.OursIf(owned, plan.Unowned)}, Parent: p,
			Protocol: value(rep.Protocol), ProtocolMapper: value(rep.ProtocolMapper), Config: offByDefault(desired.Config, value(rep.Config)),
		}
		// Keycloak 20 made its own mappers so: a property gives the same claim.
		if p.Kind == scopeKind && m.ProtocolMapper == propertyMapper && desired.ProtocolMapper == attributeMapper {
			m.ProtocolMapper = attributeMapper
		}
		r.current.Mappers[name] = m
	}
}

// offByDefault is the configuration of a mapper with the tokens that it leaves out
// because it does not name them.
func offByDefault(declared, current map[string]string) map[string]string {
	filled := maps.Clone(current)
	for key, state := range declared {
		if _, present := filled[key]; state == "false" && !present {
			filled = *over(filled, map[string]string{key: state})
		}
	}
	return filled
}

// roles carry their mark in attributes, which the brief form leaves out.
func (r *reader) roles(ctx context.Context) error {
	reps, err := r.listRoles(ctx, false)
	if err != nil {
		return fmt.Errorf("reading roles: %w", err)
	}
	r.current.Roles = make(map[string]Role, len(reps))
	for _, rep := range reps {
		r.addRole(rep)
	}
	return nil
}

func (r *reader) addRole(rep keycloak.RoleRepresentation) {
	name := value(rep.Name)
	meta := r.roleMeta(rep)
	if _, stays := r.desired.Roles[name]; stays && value(rep.Composite) {
		r.addExtraRight("role "+name, meta.Team, "includes other roles: its holders have more rights than the values say")
	}
	r.current.Roles[name] = Role{Meta: meta, Description: value(rep.Description), unmarked: markOfList(value(rep.Attributes)) == mark{}}
}

// classifyRoles gives a role without a mark the owner of its group: the platform's
// operator empties the attributes of roles at each of its rounds, those of groups
// never.
func (r *reader) classifyRoles() {
	for _, g := range r.current.GroupRoles {
		role, group := r.current.Roles[g.Role], r.current.Groups[g.Group]
		held := g.Client == "" && r.roleOf(g.Group) == g.Role
		if held && role.unmarked && role.Ownership == plan.Predecessor && group.Ownership != plan.Predecessor {
			role.Ownership, role.Extra = group.Ownership, keptRole(group.Meta)
			r.current.Roles[g.Role] = role
		}
	}
}

// roleOf is the role whose holders are in a group: its namesake, or that of one
// of the platform's own groups.
func (r *reader) roleOf(group string) string {
	for _, a := range r.values.Platform.Keycloak.Accesses {
		if a.Group == group {
			return a.Role
		}
	}
	return group
}

func (a *Application) roleMeta(rep keycloak.RoleRepresentation) plan.Meta {
	meta := plan.Meta{ID: value(rep.ID), Team: teamOf(value(rep.Name))}
	meta.Ownership, meta.Extra = a.ownership(markOfList(value(rep.Attributes)), predecessorIf(describedByPredecessor(value(rep.Description))))
	meta.Extra = keptRole(meta)
	return meta
}

// keptRole is the extra of a role that applications may still ask for, with
// any maker.
func keptRole(meta plan.Meta) *plan.Extra {
	if meta.Ours() && meta.Team == "" {
		return &plan.Extra{DeletionBlockedBy: "applications may still ask for one of the platform's own roles"}
	}
	return meta.Extra
}

// describedByPredecessor recognises the roles of the platform's own tools and of
// our earlier releases.
func describedByPredecessor(description string) bool {
	return strings.HasPrefix(description, "Created by Otomi") || strings.HasPrefix(description, "Created by APL")
}

// defaultRights looks for roles of ours that every user has.
func (r *reader) defaultRights(ctx context.Context) error {
	if r.defaultRole == "" {
		return nil
	}
	reps, err := response.OK(r.api.ListRoleCompositesWithResponse(ctx, r.realmName, r.defaultRole, &keycloak.ListRoleCompositesParams{}))
	if err != nil {
		return fmt.Errorf("reading the default roles: %w", err)
	}
	for _, rep := range reps {
		if _, ours := r.desired.Roles[value(rep.Name)]; ours && !value(rep.ClientRole) {
			r.addExtraRight("default role "+value(rep.Name), teamOf(value(rep.Name)), "every user of the realm has it")
		}
	}
	return nil
}

// addExtraRight shows a right that comes from elsewhere, and takes nothing away.
func (r *reader) addExtraRight(name, team, effect string) {
	if r.current.ExtraRights == nil {
		r.current.ExtraRights = map[string]ExtraRight{}
	}
	r.current.ExtraRights[name] = ExtraRight{Meta: plan.Meta{Team: team, Ownership: plan.Ours, Extra: &plan.Extra{DeletionBlockedBy: effect}}}
}

func (r *reader) clients(ctx context.Context) error {
	r.current.Clients = map[string]Client{}
	for name, desired := range r.desired.Clients {
		reps, err := response.OK(r.api.ListClientsWithResponse(ctx, r.realmName, &keycloak.ListClientsParams{ClientID: &name}))
		if err != nil {
			return fmt.Errorf("reading client %s: %w", name, err)
		}
		for _, rep := range reps {
			if value(rep.ClientID) != name {
				continue
			}
			c := clientFrom(rep, desired)
			c.Ownership, c.Extra = r.ownership(markOf(value(rep.Attributes)), plan.Predecessor)
			r.current.Clients[name] = c
			r.addMappers(Parent{clientKind, name}, rep.ProtocolMappers, false)
		}
	}
	return nil
}

func clientFrom(rep keycloak.ClientRepresentation, desired Client) Client {
	return Client{
		Meta:    plan.Meta{ID: value(rep.ID)},
		Enabled: value(rep.Enabled), Protocol: value(rep.Protocol), PublicClient: value(rep.PublicClient),
		BearerOnly: value(rep.BearerOnly), ConsentRequired: value(rep.ConsentRequired), FullScopeAllowed: value(rep.FullScopeAllowed),
		ClientAuthenticatorType: value(rep.ClientAuthenticatorType), Secret: values.NewSecret(value(rep.Secret)),
		StandardFlowEnabled: value(rep.StandardFlowEnabled), ImplicitFlowEnabled: value(rep.ImplicitFlowEnabled),
		DirectAccessGrantsEnabled: value(rep.DirectAccessGrantsEnabled), ServiceAccountsEnabled: value(rep.ServiceAccountsEnabled),
		AuthorizationServicesEnabled: value(rep.AuthorizationServicesEnabled),
		RedirectURIs:                 sorted(value(rep.RedirectUris)), WebOrigins: sorted(value(rep.WebOrigins)),
		Attributes:    switches(desired.Attributes, value(rep.Attributes)),
		DefaultScopes: common(desired.DefaultScopes, value(rep.DefaultClientScopes)), OptionalScopes: common(desired.OptionalScopes, value(rep.OptionalClientScopes)),
		written: value(rep.Attributes)[redirectsKey],
	}
}

// switches are the settings that the server has under the declared keys: absent,
// empty and false all mean off.
func switches(declared, current map[string]string) map[string]string {
	found := maps.Clone(declared)
	for key := range declared {
		if found[key] = current[key]; declared[key] == "" && current[key] == "false" {
			found[key] = ""
		}
	}
	return found
}

// common keeps those of ours that the server has; the others are left untouched.
func common(ours, theirs []string) []string {
	return slices.DeleteFunc(slices.Clone(ours), func(s string) bool { return !slices.Contains(theirs, s) })
}

// teamOf is the team of a role or group by its name, empty for the platform's.
func teamOf(name string) string {
	id, found := strings.CutPrefix(name, "team-")
	if !found || name == roleTeamAdmin {
		return ""
	}
	return id
}

// value is what a field holds, or nothing.
func value[T any](field *T) T {
	if field == nil {
		var none T
		return none
	}
	return *field
}

func number(n int) *int32 { return new(int32(n)) } //nolint:gosec // pages are small
