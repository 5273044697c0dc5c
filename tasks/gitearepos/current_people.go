package gitearepos

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"otomi.io/tasks/clients/gitea"
	"otomi.io/tasks/clients/response"
	"otomi.io/tasks/clients/transport"
	"otomi.io/tasks/tasks/plan"
)

// users are asked for one by one: those that the values declare are few, and a
// Gitea may know any number of people.
func (r *reader) users(ctx context.Context) error {
	r.current.Users, r.current.Leavers = map[string]User{}, map[string]User{}
	notes := r.inventory.Owned(kindUser)
	var names []string
	for name, user := range r.desired.Users {
		if r.scope.Reads(user.Teams()...) {
			names = append(names, name)
		}
	}
	for name, note := range notes {
		if _, stays := r.desired.Users[name]; !stays && r.selected(afterFirstWord(note)) {
			names = append(names, name)
		}
	}
	return r.setting.Each(ctx, names, func(ctx context.Context, name string) error {
		rep, exists, err := r.readAccount(ctx, name)
		if err != nil {
			return err
		}
		desired, wanted := r.desired.Users[name]
		ours := firstWord(notes[name]) == id(rep.ID)
		r.add(func(s *State) {
			switch {
			case exists && wanted:
				s.Users[name] = r.userFrom(rep, name, desired)
			case exists && ours:
				s.Leavers[name] = r.userFrom(rep, name, User{Meta: plan.Meta{Team: afterFirstWord(notes[name])}})
			case wanted && ours:
				s.Renamed[kindUser+" "+name] = response.Value(rep.Login)
			}
		})
		return nil
	})
}

// readAccount reads one account. Organisations have accounts, too. Gitea redirects
// from the old name of a renamed one, which does not exist under this name then.
func (a *Application) readAccount(ctx context.Context, name string) (rep gitea.User, exists bool, err error) {
	rep, err = response.OK(a.api.GetUserWithResponse(ctx, name))
	if transport.IsNotFound(err) {
		return rep, false, nil
	}
	if err != nil {
		return rep, false, fmt.Errorf("reading account %s: %w", name, err)
	}
	return rep, fold(response.Value(rep.Login)) == fold(name), nil
}

// userFrom takes an account that has the declared address for the declared one: to
// adopt it rewrites nothing that its holder logs in with.
func (r *reader) userFrom(rep gitea.User, name string, desired User) User {
	u := User{
		Username: response.Value(rep.Login), Email: fold(response.Value(rep.Email)), FullName: rep.FullName,
		LoginName: response.Value(rep.LoginName), SourceID: response.Value(rep.SourceID), Prohibited: rep.ProhibitLogin,
	}
	_, u.described = r.inventory.Note(kindText, kindUser+" "+name)
	u.Meta = plan.Meta{ID: id(rep.ID), Team: desired.Team, Ownership: r.ownership(kindUser, name, id(rep.ID), u.Email == desired.Email)}
	return u
}

// members are read of the teams that declare some, or that hold some of ours.
func (r *reader) members(ctx context.Context) error {
	r.current.Members = map[string]Member{}
	teams := map[string]bool{}
	for _, m := range r.desired.Members {
		teams[m.TeamName] = true
	}
	for name := range r.inventory.Owned(kindMember) {
		team, _, _ := strings.Cut(name, "/")
		_, stays := r.desired.Teams[team]
		teams[team] = teams[team] || stays || team == teamOwners
	}
	for name := range r.current.Teams {
		teams[name] = teams[name] || r.setting.Dumps()
	}
	maps.DeleteFunc(teams, func(team string, wanted bool) bool {
		return !wanted || r.current.teamIDs[team] == 0 || !r.selected(teamOf(team))
	})
	return r.setting.Each(ctx, slices.Sorted(maps.Keys(teams)), r.membersOf)
}

// membersOf ignores the total of the list, which is a counter of its own that can
// be wrong.
func (r *reader) membersOf(ctx context.Context, team string) error {
	reps, err := r.listMembers(ctx, r.current.teamIDs[team])
	if err != nil {
		return fmt.Errorf("reading the members of team %s: %w", team, err)
	}
	r.add(func(s *State) {
		for _, rep := range reps {
			user := fold(response.Value(rep.Login))
			name := team + "/" + user
			m := Member{Meta: plan.Meta{ID: id(rep.ID), Team: teamOf(team), Ownership: r.ownership(kindMember, name, "", true)}, TeamName: team, User: response.Value(rep.Login)}
			if m.Ours() && user == r.account {
				m.Extra = &plan.Extra{DeletionBlockedBy: "is the account that this task works with"}
			}
			s.Members[name] = m
			s.Accounts[user] = true
		}
	})
	return nil
}

func (r *reader) listMembers(ctx context.Context, team int64) ([]gitea.User, error) {
	if !r.current.version.Supports(gitea.MemberPages) {
		return response.OK(r.api.ListTeamMembersWithResponse(ctx, team, &gitea.ListTeamMembersParams{}))
	}
	return transport.AllCapped(r.setting.PageSize, func(p transport.Page) ([]gitea.User, error) {
		return response.OK(r.api.ListTeamMembersWithResponse(ctx, team, &gitea.ListTeamMembersParams{Page: number(p.Number), Limit: number(p.Size)}))
	})
}

// accounts looks for the people that something is about to name: Gitea refuses
// those who never logged in.
func (r *reader) accounts(ctx context.Context) error {
	unknown := map[string]bool{}
	ask := func(users ...string) {
		for _, user := range users {
			_, asked := r.current.Accounts[fold(user)]
			_, made := r.desired.Users[fold(user)]
			if !asked && !made {
				unknown[fold(user)] = true
			}
		}
	}
	for name, m := range r.desired.Members {
		if _, joined := r.current.Members[name]; !joined && r.selected(m.Team) {
			ask(m.User)
		}
	}
	for name, p := range r.desired.Protections {
		if r.selected(p.Team) && len(plan.Compare(p, r.current.Protections[name])) > 0 {
			ask(slices.Concat(p.PushUsers, p.MergeUsers)...)
		}
	}
	return r.setting.Each(ctx, slices.Sorted(maps.Keys(unknown)), func(ctx context.Context, name string) error {
		_, exists, err := r.readAccount(ctx, name)
		if err == nil {
			r.add(func(s *State) { s.Accounts[name] = exists })
		}
		return err
	})
}

// writers asks, for the people that a branch protection lacks, whether they may
// write to the repository: Gitea silently leaves out accounts that may not. An account
// that is about to get the right through a team is not asked for.
func (r *reader) writers(ctx context.Context) error {
	var unknown []string
	for name, p := range r.desired.Protections {
		current := r.current.Protections[name]
		if _, exists := r.current.Repositories[p.Repository]; !exists || !r.selected(p.Team) {
			continue
		}
		for _, user := range slices.Concat(p.PushUsers, p.MergeUsers) {
			listed := slices.Contains(p.PushUsers, user) == slices.Contains(current.PushUsers, user) &&
				slices.Contains(p.MergeUsers, user) == slices.Contains(current.MergeUsers, user)
			if !listed && r.current.Accounts[user] && !r.writesThroughTeam(p.Repository, user) {
				unknown = append(unknown, p.Repository+" "+user)
			}
		}
	}
	slices.Sort(unknown)
	return r.setting.Each(ctx, slices.Compact(unknown), func(ctx context.Context, name string) error {
		repo, user, _ := strings.Cut(name, " ")
		rep, err := response.OK(r.api.GetRepositoryPermissionWithResponse(ctx, organization, repo, user))
		if err != nil {
			return fmt.Errorf("reading what %s may do in repository %s: %w", user, repo, err)
		}
		r.add(func(s *State) {
			s.ReadOnly[name] = !slices.Contains([]string{"write", "admin", "owner"}, response.Value(rep.Permission))
		})
		return nil
	})
}

func (r *reader) writesThroughTeam(repo, user string) bool {
	for _, m := range r.desired.Members {
		_, access := r.desired.Accesses[Access{Repository: repo, TeamName: m.TeamName}.name()]
		if fold(m.User) == user && (access && m.TeamName != teamViewer || m.TeamName == teamOwners) {
			return true
		}
	}
	return false
}
