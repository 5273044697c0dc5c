package gitearepos

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"otomi.io/tasks/clients/gitea"
	"otomi.io/tasks/clients/response"
	"otomi.io/tasks/clients/transport"
	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/task"
)

// accesses reads who may see what, from the side that costs less: a repository
// tells its teams in one answer, a team its repositories in pages, of which the
// last one is known only by its end. No list of Gitea's tells it of all. What a
// run saw to be right before it wrote elsewhere it does not ask again.
func (r *reader) accesses(ctx context.Context) error {
	known := r.seen
	if known == nil && r.options.trustAccess {
		known = r.owned(kindAccess)
	}
	r.current.Accesses, r.seen = map[string]Access{}, map[string]string{}
	repos, teams := r.believe(r.shared(), known), common(r.desired.Teams, r.current.Teams)
	read, names := r.teamsOf, repos
	if len(repos) > 2*len(teams) {
		read, names = r.repositoriesOf, teams
	}
	if err := r.setting.Each(ctx, names, read); err != nil {
		return err
	}
	r.doubt()
	return nil
}

// doubt forgets that a repository was right which other teams see as well.
func (r *reader) doubt() {
	for name, a := range r.current.Accesses {
		if _, wanted := r.desired.Accesses[name]; wanted {
			continue
		}
		maps.DeleteFunc(r.seen, func(seen, _ string) bool { return r.current.Accesses[seen].Repository == a.Repository })
	}
}

// common are the names on both sides.
func common[T any](desired, current map[string]T) []string {
	names := slices.Sorted(maps.Keys(desired))
	return slices.DeleteFunc(names, func(name string) bool {
		_, exists := current[name]
		return !exists
	})
}

// shared are the repositories that this run looks at.
func (r *reader) shared() []string {
	looked := map[string]bool{}
	for name, repo := range r.desired.Repositories {
		looked[name] = r.selected(repo.Team)
	}
	for _, a := range r.desired.Accesses {
		looked[a.Repository] = looked[a.Repository] || r.selected(a.Team)
	}
	return slices.DeleteFunc(common(r.desired.Repositories, r.current.Repositories), func(name string) bool { return !looked[name] })
}

// believe takes those repositories out that are known, with the same number and
// with the teams that shall see them, and takes that for still true.
func (r *reader) believe(repos []string, known map[string]string) []string {
	wanted := map[string][]Access{}
	for _, a := range r.desired.Accesses {
		wanted[a.Repository] = append(wanted[a.Repository], a)
	}
	return slices.DeleteFunc(repos, func(repo string) bool {
		doubtful := slices.ContainsFunc(wanted[repo], func(a Access) bool { return known[a.name()] != r.accessNote(a) })
		for _, a := range wanted[repo] {
			if !doubtful {
				r.addAccess(a.Repository, a.TeamName)
			}
		}
		return !doubtful
	})
}

// accessNote names both sides by their numbers: made anew, they are others.
func (a *Application) accessNote(access Access) string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return fmt.Sprintf("%d %s", a.teams[access.TeamName], a.repos[access.Repository])
}

func (r *reader) teamsOf(ctx context.Context, repo string) error {
	reps, err := response.OK(r.api.ListRepositoryTeamsWithResponse(ctx, organization, repo))
	if err != nil {
		return fmt.Errorf("reading the teams of repository %s: %w", repo, err)
	}
	for _, rep := range reps {
		r.addAccess(repo, fold(value(rep.Name)))
	}
	return nil
}

func (r *reader) repositoriesOf(ctx context.Context, team string) error {
	reps, err := transport.AllCapped(r.setting.PageSize, func(p transport.Page) ([]gitea.Repository, error) {
		return response.OK(r.api.ListTeamRepositoriesWithResponse(ctx, r.teamID(team), &gitea.ListTeamRepositoriesParams{Page: number(p.Number), Limit: number(p.Size)}))
	})
	if err != nil {
		return fmt.Errorf("reading the repositories of team %s: %w", team, err)
	}
	for _, rep := range reps {
		r.addAccess(fold(value(rep.Name)), team)
	}
	return nil
}

// addAccess takes who may see a repository of ours for ours to say, as far as
// the team is ours, too. The access of other teams was given by a person.
func (r *reader) addAccess(repo, team string) {
	wantedRepo, repoOurs := r.desired.Repositories[repo]
	wantedTeam, teamOurs := r.desired.Teams[team]
	if !repoOurs || !teamOurs {
		return
	}
	a := Access{Meta: plan.Meta{Team: cmp.Or(wantedTeam.Team, wantedRepo.Team), Ownership: plan.Ours}, Repository: repo, TeamName: team}
	note := r.accessNote(a)
	_, wanted := r.desired.Accesses[a.name()]
	r.add(func(s *State) {
		s.Accesses[a.name()] = a
		if wanted {
			r.seen[a.name()] = note
		}
	})
}

// noteAccesses keeps what was seen to be right.
func (a *Application) noteAccesses() {
	a.mu.Lock()
	defer a.mu.Unlock()
	inventory := a.state.Owned(kindAccess)
	for name := range inventory {
		if _, right := a.seen[name]; !right && len(a.setting.Teams) == 0 {
			a.state.Disown(kindAccess, name)
		}
	}
	for name, note := range a.seen {
		if inventory[name] != note {
			a.state.Own(kindAccess, name, note)
		}
	}
}

func (w *writer) access(ctx context.Context, c plan.Change[Access]) error {
	a := c.After
	if c.Action == plan.Delete {
		a = c.Before
	}
	team := w.teamID(a.TeamName)
	if team == 0 {
		return &task.SkipError{Reason: "team " + a.TeamName + " does not exist"}
	}
	if err := w.housed(a.Repository); err != nil {
		return err
	}
	if c.Action == plan.Delete {
		_, err := w.api.RemoveTeamRepositoryWithResponse(ctx, team, organization, a.Repository)
		return gone(err)
	}
	_, err := w.api.AddTeamRepositoryWithResponse(ctx, team, organization, a.Repository)
	if err == nil {
		w.own(kindAccess, c.Name, w.accessNote(*a))
	}
	return err
}
