package keycloakroles

import (
	"iter"
	"maps"
	"slices"

	"otomi.io/tasks/tasks/plan"
)

// AcceptAlias is what --accept must name before a second identity provider is
// made beside one that we made under another alias: people who logged in
// through the old one would become new users.
const AcceptAlias = "identity-provider.alias"

// AcceptRealm is what --accept must name before a second realm is made beside
// one that we made under another name: everybody would be unknown in it.
const AcceptRealm = "realm"

// Plan is what has to change in Keycloak, kind by kind in the order in which
// they depend on each other: created and updated downwards, deleted upwards.
type Plan struct {
	Realms          plan.Kind[Realm]
	Scopes          plan.Kind[Scope]
	Roles           plan.Kind[Role]
	Clients         plan.Kind[Client]
	Mappers         plan.Kind[Mapper]
	Providers       plan.Kind[Provider]
	ProviderMappers plan.Kind[ProviderMapper]
	Groups          plan.Kind[Group]
	GroupRoles      plan.Kind[GroupRole]
	Users           plan.Kind[User]
	Memberships     plan.Kind[Membership]
}

// Kinds are the plan's kinds in the order of dependency.
func (p *Plan) Kinds() []plan.Set {
	return []plan.Set{&p.Realms, &p.Scopes, &p.Roles, &p.Clients, &p.Mappers, &p.Providers, &p.ProviderMappers,
		&p.Groups, &p.GroupRoles, &p.Users, &p.Memberships}
}

// inRealm are the changes of everything that lives in the platform's realm.
func (p *Plan) inRealm() iter.Seq[plan.Line] {
	inside := *p
	inside.Realms = plan.Kind[Realm]{}
	return plan.Lines(&inside)
}

// newGroups takes the groups that are to be made out of the plan, each with the
// roles that it gets: plans of so many groups, and the plan of the rest.
func (p *Plan) newGroups(size int) (batches []*Plan, rest *Plan) {
	rest = new(*p)
	rest.Groups.Changes, rest.GroupRoles.Changes = nil, nil
	holder := map[string]*Plan{} // by group
	for _, c := range p.Groups.Changes {
		if c.Action != plan.Create || c.Blocked != "" {
			rest.Groups.Changes = append(rest.Groups.Changes, c)
			continue
		}
		if len(holder)%size == 0 {
			batches = append(batches, &Plan{Groups: plan.Kind[Group]{Name: p.Groups.Name}, GroupRoles: plan.Kind[GroupRole]{Name: p.GroupRoles.Name}})
		}
		last := batches[len(batches)-1]
		last.Groups.Changes, holder[c.Name] = append(last.Groups.Changes, c), last
	}
	for _, c := range p.GroupRoles.Changes {
		into := rest
		if c.Action == plan.Create && c.Blocked == "" && holder[c.After.Group] != nil {
			into = holder[c.After.Group]
		}
		into.GroupRoles.Changes = append(into.GroupRoles.Changes, c)
	}
	return batches, rest
}

// Diff is the pure difference of two states.
func Diff(desired, current State) *Plan {
	p := &Plan{
		Realms:          plan.Diff("realm", desired.Realms, current.Realms),
		Scopes:          plan.Diff("client-scope", desired.Scopes, current.Scopes),
		Roles:           plan.Diff("role", desired.Roles, current.Roles),
		Clients:         plan.Diff("client", desired.Clients, current.Clients),
		Mappers:         plan.Diff("mapper", desired.Mappers, current.Mappers),
		Providers:       plan.Diff("identity-provider", desired.Providers, current.Providers),
		ProviderMappers: plan.Diff("identity-provider-mapper", desired.ProviderMappers, current.ProviderMappers),
		Groups:          plan.Diff("group", desired.Groups, current.Groups),
		GroupRoles:      plan.Diff("group-role", desired.GroupRoles, current.GroupRoles),
		Users:           plan.Diff("user", desired.Users, current.Users),
		Memberships:     plan.Diff("membership", desired.Memberships, current.Memberships),
	}
	p.markDangers(current)
	p.disableProviders(desired, current)
	return p
}

// markDangers finds what looks like a rename.
func (p *Plan) markDangers(current State) {
	for i, c := range p.Providers.Changes {
		if c.Action == plan.Create && len(current.Providers) > 0 {
			p.Providers.Changes[i].Danger = AcceptAlias
		}
	}
	for i, c := range p.Realms.Changes {
		if c.Action == plan.Create && anyMarked(current.Realms) {
			p.Realms.Changes[i].Danger = AcceptRealm
		}
	}
}

func anyMarked(realms map[string]Realm) bool {
	for _, r := range realms {
		if r.Attributes[markKey] == markValue {
			return true
		}
	}
	return false
}

// disableProviders closes the providers of ours that the values no longer name:
// people would go on logging in through them, with their roles. They are not
// deleted, because the links to their users would go with them.
func (p *Plan) disableProviders(desired, current State) {
	for _, alias := range slices.Sorted(maps.Keys(current.Providers)) {
		before := current.Providers[alias]
		if _, wanted := desired.Providers[alias]; wanted || !before.Enabled {
			continue
		}
		after := before
		after.Enabled = false
		p.Providers.Changes = append(p.Providers.Changes, plan.Change[Provider]{
			Action: plan.Update, Name: alias, Before: &before, After: &after, Reason: plan.Compare(after, before)})
	}
}
