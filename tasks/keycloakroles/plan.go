package keycloakroles

import (
	"iter"
	"maps"
	"slices"
	"strings"

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

// fitted is what is desired of the server as it is.
func (s State) fitted(current State) State {
	s.Realms = fit(s.Realms, current.Realms, resetUndeclared)
	s.Clients = fit(s.Clients, current.Clients, func(c, _ Client) Client { return c.withScopes(s, current) })
	s.Groups, s.GroupRoles = s.withoutAbsentGroups(current)
	for name, group := range s.Groups {
		group.Members = expectedMembers(name, group, current)
		s.Groups[name] = group
	}
	return s
}

// fit completes each object that exists.
func fit[T any](desired, current map[string]T, complete func(desired, current T) T) map[string]T {
	fitted := maps.Clone(desired)
	for name, d := range desired {
		if c, exists := current[name]; exists {
			fitted[name] = complete(d, c)
		}
	}
	return fitted
}

// optionalSetting is one of a realm that the values may leave out.
type optionalSetting struct {
	declared bool   // and not what Keycloak has anyway
	reset    func() // to what Keycloak has anyway, where the values leave it out
}

func (r *Realm) optionalSettings() map[string]optionalSetting {
	return map[string]optionalSetting{
		"accountTheme": optionalOf(&r.AccountTheme), "emailTheme": optionalOf(&r.EmailTheme), "rememberMe": optionalOf(&r.RememberMe),
	}
}

func optionalOf[T comparable](field **T) optionalSetting {
	var zero T
	return optionalSetting{
		declared: *field != nil && **field != zero,
		reset: func() {
			if *field == nil {
				*field = &zero
			}
		},
	}
}

// declaredSettings are the names of those that the values have.
func declaredSettings(r Realm) string {
	var names []string
	for name, setting := range r.optionalSettings() {
		if setting.declared {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return strings.Join(names, " ")
}

// resetUndeclared resets the optional settings that the last run declared and
// the values no longer have.
func resetUndeclared(desired, current Realm) Realm {
	for name, setting := range desired.optionalSettings() {
		if slices.Contains(current.declared, name) {
			setting.reset()
		}
	}
	return desired
}

// withScopes leaves out the scopes that the realm does not have: basic exists
// from Keycloak 25 on, and a scope that was deleted must not keep the client from
// being repaired.
func (c Client) withScopes(desired, current State) Client {
	missing := func(name string) bool {
		_, made := desired.Scopes[name]
		return !made && current.builtIn != nil && !slices.Contains(current.builtIn, name)
	}
	c.DefaultScopes = slices.DeleteFunc(slices.Clone(c.DefaultScopes), missing)
	c.OptionalScopes = slices.DeleteFunc(slices.Clone(c.OptionalScopes), missing)
	return c
}

// withoutAbsentGroups leaves out the groups of an earlier generation that the
// realm does not have.
func (s State) withoutAbsentGroups(current State) (map[string]Group, map[string]GroupRole) {
	absent := func(name string) bool {
		_, exists := current.Groups[name]
		return s.Groups[name].former && !exists
	}
	groups, roles := maps.Clone(s.Groups), maps.Clone(s.GroupRoles)
	maps.DeleteFunc(roles, func(_ string, r GroupRole) bool { return absent(r.Group) })
	maps.DeleteFunc(groups, func(name string, _ Group) bool { return absent(name) })
	return groups, roles
}

// expectedMembers are those whom the values give the group, and those whom it
// lists and who are still in it: they are forgotten when they have left. A user
// that is not ours is never listed.
func expectedMembers(name string, desired Group, current State) []string {
	if desired.former {
		return nil
	}
	members := slices.DeleteFunc(slices.Clone(desired.Members), func(user string) bool {
		return current.Users[user].Ownership == plan.Foreign
	})
	if found := current.Groups[name]; found.Ours() {
		for _, user := range found.Members {
			if _, still := current.Memberships[Membership{User: user, Group: name}.name()]; still {
				members = append(members, user)
			}
		}
	}
	return append([]string{}, sorted(members)...)
}

// known leaves out what the values do not name: realms that only show a rename,
// providers that are disabled and never deleted, users who left.
func known[T any](current, desired map[string]T) map[string]T {
	kept := maps.Clone(current)
	maps.DeleteFunc(kept, func(name string, _ T) bool { _, named := desired[name]; return !named })
	return kept
}
