package keycloakroles

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"otomi.io/tasks/clients/keycloak"
	"otomi.io/tasks/clients/response"
	"otomi.io/tasks/tasks/fingerprint"
	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/values"
)

func (r *reader) groups(ctx context.Context) error {
	reps, err := r.listGroups(ctx, false)
	if err != nil {
		return fmt.Errorf("reading groups: %w", err)
	}
	r.current.Groups, r.current.GroupRoles = make(map[string]Group, len(reps)), make(map[string]GroupRole, len(reps))
	for _, rep := range reps {
		r.addGroup(rep)
	}
	return r.keepParents(ctx)
}

func (r *reader) addGroup(rep keycloak.GroupRepresentation) {
	name, attributes := value(rep.Name), value(rep.Attributes)
	meta := plan.Meta{ID: value(rep.ID), Team: teamOf(name), Ownership: plan.OursIf(slices.Contains(attributes[markKey], markValue), plan.Unowned)}
	r.current.Groups[name] = Group{Meta: meta, Attributes: attributes}
	// The roles of a group go with it; so they are ours one by one only where
	// the group stays.
	_, stays := r.desired.Groups[name]
	add := func(g GroupRole) {
		g.Meta = plan.Meta{ID: meta.ID, Team: meta.Team, Ownership: plan.OursIf(stays, plan.Unowned)}
		r.current.GroupRoles[g.name()] = g
	}
	for _, role := range value(rep.RealmRoles) {
		add(GroupRole{Group: name, Role: role})
	}
	for client, roles := range value(rep.ClientRoles) {
		for _, role := range roles {
			add(GroupRole{Group: name, Client: client, Role: role})
		}
	}
}

// keepParents looks into the groups that would be deleted: a group takes those
// below it along, and they are not ours.
func (r *reader) keepParents(ctx context.Context) error {
	for name, group := range r.current.Groups {
		if _, stays := r.desired.Groups[name]; stays || !group.Ours() {
			continue
		}
		rep, err := response.OK(r.api.GetGroupWithResponse(ctx, r.realmName, group.ID))
		if err != nil {
			return fmt.Errorf("reading group %s: %w", name, err)
		}
		if n := value(rep.SubGroupCount); n > 0 {
			group.Extra = &plan.Extra{DeletionBlockedBy: fmt.Sprintf("holds %d groups that are not ours", n)}
			r.current.Groups[name] = group
		}
	}
	return nil
}

// users reads the list of all, and the groups of those that the values declare:
// Keycloak has no list that tells both.
func (r *reader) users(ctx context.Context) error {
	r.current.Users, r.current.Memberships = map[string]User{}, map[string]Membership{}
	if len(r.desired.Users) == 0 {
		return nil
	}
	err := r.eachUser(ctx, func(rep keycloak.UserRepresentation) {
		if _, ours := r.desired.Users[value(rep.Username)]; ours {
			r.current.Users[value(rep.Username)] = userFrom(rep)
		}
	})
	if err != nil {
		return fmt.Errorf("reading users: %w", err)
	}
	return r.memberships(ctx)
}

func userFrom(rep keycloak.UserRepresentation) User {
	return User{Meta: plan.Meta{ID: value(rep.ID)}, Email: rep.Email, EmailVerified: rep.EmailVerified, FirstName: rep.FirstName, LastName: rep.LastName}
}

func (r *reader) memberships(ctx context.Context) error {
	var mu sync.Mutex
	return r.setting.Each(ctx, slices.Sorted(maps.Keys(r.current.Users)), func(ctx context.Context, name string) error {
		id := r.current.Users[name].ID
		groups, err := r.listUserGroups(ctx, id)
		if err != nil {
			return fmt.Errorf("reading the groups of user %s: %w", name, err)
		}
		mu.Lock()
		defer mu.Unlock()
		r.addMemberships(name, id, groups)
		return nil
	})
}

// addMemberships takes a declared user's membership of a team's group for ours;
// every other one was given by a person.
func (r *reader) addMemberships(user, id string, groups []keycloak.GroupRepresentation) {
	for _, group := range groups {
		if value(group.Path) != "/"+value(group.Name) {
			continue // a group of the same name below another one
		}
		m := Membership{User: user, Group: value(group.Name)}
		desired, ours := r.desired.Groups[m.Group]
		m.Meta = plan.Meta{ID: id, Team: desired.Team, Ownership: plan.OursIf(ours && desired.Team != "", plan.Unowned)}
		r.current.Memberships[m.name()] = m
	}
}

// providers reads ours: those that the values name and those that carry our
// fingerprint, which they once named.
func (r *reader) providers(ctx context.Context) error {
	r.current.Providers, r.current.ProviderMappers = map[string]Provider{}, map[string]ProviderMapper{}
	reps, err := r.listProviders(ctx)
	if err != nil {
		return fmt.Errorf("reading identity providers: %w", err)
	}
	for _, rep := range reps {
		alias := value(rep.Alias)
		desired, wanted := r.desired.Providers[alias]
		if _, marked := value(rep.Config)[secretPrint]; marked || wanted {
			r.current.Providers[alias] = providerFrom(rep, desired.ClientSecret)
		}
		if !wanted {
			continue
		}
		if err := r.providerMappers(ctx, alias); err != nil {
			return err
		}
	}
	return nil
}

// providerFrom takes the desired secret for the current one where the
// fingerprint says so: Keycloak itself shows asterisks.
func providerFrom(rep keycloak.IdentityProviderRepresentation, desired values.Secret) Provider {
	p := Provider{
		Meta: plan.Meta{ID: value(rep.InternalID)}, ProviderID: value(rep.ProviderID), DisplayName: value(rep.DisplayName),
		Enabled: value(rep.Enabled), TrustEmail: value(rep.TrustEmail),
		FirstBrokerLoginFlowAlias: value(rep.FirstBrokerLoginFlowAlias), Config: value(rep.Config),
	}
	if fingerprint.Matches(p.Config[secretPrint], desired.Reveal()) {
		p.ClientSecret = desired
	}
	return p
}

func (r *reader) providerMappers(ctx context.Context, alias string) error {
	reps, err := response.OK(r.api.ListIdentityProviderMappersWithResponse(ctx, r.realmName, alias))
	if err != nil {
		return fmt.Errorf("reading the mappers of identity provider %s: %w", alias, err)
	}
	for _, rep := range reps {
		m := ProviderMapper{Provider: alias, IdentityProviderMapper: value(rep.IdentityProviderMapper), Config: value(rep.Config)}
		m.Meta = plan.Meta{ID: value(rep.ID)}
		if purpose, ok := strings.CutSuffix(value(rep.Name), groupToRole); ok && m.IdentityProviderMapper == roleMapper {
			m.Team = teamOf(purpose)
			m.Ownership = plan.OursIf(m.Team != "" || purpose == groupOtomiAdmin || purpose == groupTeamAdmin, plan.Unowned)
		}
		r.current.ProviderMappers[alias+"/"+value(rep.Name)] = m
	}
	return nil
}
