package keycloakroles

import (
	"iter"

	"otomi.io/tasks/tasks/plan"
)

// Plan is what has to change in Keycloak, kind by kind in the order in which
// they depend on each other: created and updated downwards, deleted upwards.
type Plan struct {
	Realms          plan.Kind[Realm]
	Profiles        plan.Kind[UserProfile]
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
	ExtraRights     plan.Kind[ExtraRight]
}

// Kinds are the plan's kinds in the order of dependency.
func (p *Plan) Kinds() []plan.Set {
	return []plan.Set{&p.Realms, &p.Profiles, &p.Scopes, &p.Roles, &p.Clients, &p.Mappers, &p.Providers, &p.ProviderMappers,
		&p.Groups, &p.GroupRoles, &p.Users, &p.Memberships, &p.ExtraRights}
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
	desired = desired.fitted(current)
	p := &Plan{
		Realms:          plan.Diff("realm", desired.Realms, known(current.Realms, desired.Realms)),
		Profiles:        plan.Diff("user-profile", desired.Profiles, current.Profiles),
		Scopes:          plan.Diff("client-scope", desired.Scopes, current.Scopes),
		Roles:           plan.Diff("role", desired.Roles, current.Roles),
		Clients:         plan.Diff("client", desired.Clients, current.Clients),
		Mappers:         plan.Diff("mapper", desired.Mappers, current.Mappers),
		Providers:       plan.Diff("identity-provider", desired.Providers, known(current.Providers, desired.Providers)),
		ProviderMappers: plan.Diff("identity-provider-mapper", desired.ProviderMappers, current.ProviderMappers),
		Groups:          plan.Diff("group", desired.Groups, current.Groups),
		GroupRoles:      plan.Diff("group-role", desired.GroupRoles, current.GroupRoles),
		Users:           plan.Diff("user", desired.Users, known(current.Users, desired.Users)),
		Memberships:     plan.Diff("membership", desired.Memberships, current.Memberships),
		ExtraRights:     plan.Diff("extra-right", nil, current.ExtraRights),
	}
	p.keepUnlisted(desired, current)
	p.disableProviders(desired, current)
	p.addLeavers(desired, current)
	p.holdBackForeign()
	p.holdBackTaken(current)
	p.markDangers(desired, current)
	return p
}
