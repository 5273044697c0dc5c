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
	r.current.Users = map[string]User{}
	declared := slices.DeleteFunc(slices.Sorted(maps.Keys(r.desired.Users)), func(name string) bool {
		return !slices.ContainsFunc(r.desired.Users[name].Teams(), r.selected)
	})
	return r.setting.Each(ctx, declared, func(ctx context.Context, name string) error {
		rep, exists, err := r.account(ctx, name)
		if err != nil || !exists {
			return err
		}
		r.add(func(s *State) { s.Users[name] = userFrom(rep) })
		return nil
	})
}

// account reads one account. Organisations have accounts, too.
func (r *reader) account(ctx context.Context, name string) (rep gitea.User, exists bool, err error) {
	rep, err = response.OK(r.api.GetUserWithResponse(ctx, name))
	if transport.IsNotFound(err) {
		return rep, false, nil
	}
	if err != nil {
		return rep, false, fmt.Errorf("reading account %s: %w", name, err)
	}
	return rep, true, nil
}

func userFrom(rep gitea.User) User {
	return User{
		Meta: plan.Meta{ID: id(rep.ID)}, Username: value(rep.Login), Email: fold(value(rep.Email)), FullName: rep.FullName,
		LoginName: value(rep.LoginName), SourceID: value(rep.SourceID),
	}
}

// members are read of the teams that declare some, or that hold some of ours.
func (r *reader) members(ctx context.Context) error {
	r.current.Members = map[string]Member{}
	teams := map[string]bool{}
	for _, m := range r.desired.Members {
		teams[m.TeamName] = true
	}
	for name := range r.owned(kindMember) {
		team, _, _ := strings.Cut(name, "/")
		_, stays := r.desired.Teams[team]
		teams[team] = teams[team] || stays || team == teamOwners
	}
	maps.DeleteFunc(teams, func(team string, wanted bool) bool {
		return !wanted || r.homeless() || r.teamID(team) == 0 || !r.selected(teamOf(team))
	})
	return r.setting.Each(ctx, slices.Sorted(maps.Keys(teams)), r.membersOf)
}

// teamID is the id of a team that was listed or made, 0 for none.
func (a *Application) teamID(name string) int64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.teams[name]
}

// membersOf does not believe the total of the list, which is a counter beside
// it that can be wrong.
func (r *reader) membersOf(ctx context.Context, team string) error {
	reps, err := transport.AllCapped(r.setting.PageSize, func(p transport.Page) ([]gitea.User, error) {
		return response.OK(r.api.ListTeamMembersWithResponse(ctx, r.teamID(team), &gitea.ListTeamMembersParams{Page: number(p.Number), Limit: number(p.Size)}))
	})
	if err != nil {
		return fmt.Errorf("reading the members of team %s: %w", team, err)
	}
	inventory := r.owned(kindMember)
	r.add(func(s *State) {
		for _, rep := range reps {
			user := fold(value(rep.Login))
			name := team + "/" + user
			_, ours := inventory[name]
			m := Member{Meta: plan.Meta{ID: id(rep.ID), Team: teamOf(team), Ownership: plan.OursIf(ours, plan.Predecessor)}, TeamName: team, User: value(rep.Login)}
			if ours && user == r.me {
				m.Extra = &plan.Extra{DeletionBlockedBy: "is the account that this task works with"}
			}
			s.Members[name] = m
			s.Accounts[user] = true
		}
	})
	return nil
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
		_, exists, err := r.account(ctx, name)
		if err == nil {
			r.add(func(s *State) { s.Accounts[name] = exists })
		}
		return err
	})
}
