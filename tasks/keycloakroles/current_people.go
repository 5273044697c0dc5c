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
	"otomi.io/tasks/clients/transport"
	"otomi.io/tasks/tasks/plan"
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
	r.classifyRoles()
	return r.keepParents(ctx)
}

func (r *reader) addGroup(rep keycloak.GroupRepresentation) {
	name := value(rep.Name)
	meta := r.groupMeta(rep)
	r.current.Groups[name] = Group{Meta: meta, Members: sorted(value(rep.Attributes)[membersKey]), administrators: name == r.administrators()}
	// The roles of a group go with it; so they are ours one by one only where
	// the group stays and is not another installation's.
	desired, stays := r.desired.Groups[name]
	ours := stays && !desired.former && meta.Ownership != plan.Foreign
	add := func(g GroupRole) {
		g.Meta = plan.Meta{ID: meta.ID, Team: meta.Team, Ownership: plan.OursIf(ours, plan.Unowned)}
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

// groupMeta takes an unmarked group that the values name for the predecessor's:
// it marks none.
func (a *Application) groupMeta(rep keycloak.GroupRepresentation) plan.Meta {
	meta := plan.Meta{ID: value(rep.ID), Team: teamOf(value(rep.Name))}
	meta.Ownership, meta.Extra = a.ownership(markOfList(value(rep.Attributes)), plan.Predecessor)
	return meta
}

// keepParents looks into the groups that this run would delete: a group takes
// those below it along, and they are not ours. One that is gone by now is absent.
func (r *reader) keepParents(ctx context.Context) error {
	var leaving []string
	for name, group := range r.current.Groups {
		if _, stays := r.desired.Groups[name]; !stays && group.Ours() && r.setting.Shard.Holds(group.Team) {
			leaving = append(leaving, name)
		}
	}
	var mu sync.Mutex
	return r.setting.Each(ctx, leaving, func(ctx context.Context, name string) error {
		mu.Lock()
		group := r.current.Groups[name]
		mu.Unlock()
		rep, err := response.OK(r.api.GetGroupWithResponse(ctx, r.realmName, group.ID))
		if err != nil && !transport.IsNotFound(err) {
			return fmt.Errorf("reading group %s: %w", name, err)
		}
		mu.Lock()
		defer mu.Unlock()
		if n := subgroups(rep); n > 0 {
			group.Extra = &plan.Extra{DeletionBlockedBy: fmt.Sprintf("holds %d groups that are not ours", n)}
			r.current.Groups[name] = group
		}
		if err != nil {
			delete(r.current.Groups, name)
		}
		return nil
	})
}

// subgroups counts the groups below a group: before Keycloak 23 they are inside
// of it, and there is no count.
func subgroups(rep keycloak.GroupRepresentation) int {
	return max(int(value(rep.SubGroupCount)), len(value(rep.SubGroups)))
}

// users reads the list of all, and the groups of those whom the values declare
// or once declared: Keycloak has no list that tells both.
func (r *reader) users(ctx context.Context) error {
	r.current.Users, r.current.Memberships = map[string]User{}, map[string]Membership{}
	if len(r.desired.Users) == 0 {
		return nil
	}
	given := r.given()
	addresses, brief := map[string]string{}, true
	for name, u := range r.desired.Users {
		addresses[value(u.Email)] = name
		brief = brief && u.Attributes == nil
	}
	err := r.eachUserOf(ctx, nil, brief, func(rep keycloak.UserRepresentation) {
		name := value(rep.Username)
		if _, declared := r.desired.Users[name]; declared || given[name].Ownership == plan.Ours {
			r.current.Users[name] = userFrom(rep)
		}
		if declared := addresses[value(rep.Email)]; declared != "" && declared != name && value(rep.Email) != "" {
			r.current.holders[declared] = name
		}
	})
	if err != nil {
		return fmt.Errorf("reading users: %w", err)
	}
	if err := r.memberships(ctx); err != nil {
		return err
	}
	r.classifyUsers(given)
	return nil
}

// given are the users whom groups list as members that an installation gave them,
// with the owner of the list. Ours comes first.
func (r *reader) given() map[string]plan.Meta {
	given := map[string]plan.Meta{}
	for _, name := range slices.Sorted(maps.Keys(r.current.Groups)) {
		group := r.current.Groups[name]
		for _, user := range group.Members {
			if group.Ours() || given[user].Ownership != plan.Ours {
				given[user] = group.Meta
			}
		}
	}
	return given
}

// classifyUsers tells whose the declared users are. One that no group lists is
// adopted where the address proves that it is the same person, or where it is in
// a team of the values already.
func (r *reader) classifyUsers(given map[string]plan.Meta) {
	joined := map[string]bool{}
	for _, m := range r.current.Memberships {
		if _, wanted := r.desired.Groups[m.Group]; wanted {
			joined[m.User] = true
		}
	}
	for name, u := range r.current.Users {
		desired, declared := r.desired.Users[name]
		address := value(desired.Email) + desired.Initial.Email
		same := address != "" && strings.EqualFold(address, value(u.Email))
		u.Team, u.Extra = desired.Team, desired.Extra
		switch owner := given[name]; {
		case !declared: // Diff decides about a leaver
			u.Team = owner.Team
		case owner.Ownership == plan.Foreign:
			u.Ownership, u.Extra = plan.Foreign, owner.Extra
		default:
			u.Ownership = plan.OursIf(owner.Ours(), predecessorIf(joined[name] || same))
		}
		r.current.Users[name] = u
	}
}

func userFrom(rep keycloak.UserRepresentation) User {
	return User{Meta: plan.Meta{ID: value(rep.ID)}, Email: rep.Email, EmailVerified: rep.EmailVerified,
		FirstName: rep.FirstName, LastName: rep.LastName, Enabled: rep.Enabled, Attributes: value(rep.Attributes)}
}

func (r *reader) memberships(ctx context.Context) error {
	var mu sync.Mutex
	names := slices.DeleteFunc(slices.Sorted(maps.Keys(r.current.Users)), func(name string) bool {
		u, declared := r.desired.Users[name]
		return declared && !r.scope.Reads(u.Teams()...)
	})
	return r.setting.Each(ctx, names, func(ctx context.Context, name string) error {
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

// addMemberships takes for ours what our groups list, and every membership that
// a declared user has in a group of a team. Others are left untouched.
func (r *reader) addMemberships(user, id string, groups []keycloak.GroupRepresentation) {
	_, declared := r.desired.Users[user]
	for _, group := range groups {
		if value(group.Path) != "/"+value(group.Name) {
			continue // a group of the same name below another one
		}
		m := Membership{User: user, Group: value(group.Name)}
		current := r.current.Groups[m.Group]
		desired, stays := r.desired.Groups[m.Group]
		listed := current.Ours() && slices.Contains(current.Members, user)
		ours := stays && (listed || declared && desired.Team != "" && current.Ownership != plan.Foreign)
		m.Meta = plan.Meta{ID: id, Team: teamOf(m.Group), Ownership: plan.OursIf(ours, plan.Unowned)}
		r.current.Memberships[m.name()] = m
	}
}
