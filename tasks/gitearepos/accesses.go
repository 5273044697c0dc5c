package gitearepos

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"otomi.io/tasks/clients/gitea"
	"otomi.io/tasks/clients/response"
	"otomi.io/tasks/clients/transport"
	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/task"
)

func (a Access) name() string { return a.Repository + "/" + a.TeamName }

// accesses reads who may see what, from the side that costs less: a repository
// tells its teams in one answer, a team its repositories in pages, of which the
// last one is known only by its end. No list of Gitea's tells it of all. An
// access that this run has already verified is not read again.
func (r *reader) accesses(ctx context.Context) error {
	known := r.inventory.Observed(kindAccess)
	if known == nil && r.options.trustAccess {
		known = r.inventory.Owned(kindAccess)
	}
	r.current.Accesses = map[string]Access{}
	repos, teams := r.assumeUnchanged(r.shared(), known), common(r.desired.Teams, r.current.Teams)
	read, names := r.teamsOf, repos
	if len(repos) > 2*len(teams) {
		read, names = r.repositoriesOf, teams
	}
	if err := r.setting.Each(ctx, names, read); err != nil {
		return err
	}
	r.invalidate()
	return nil
}

// invalidate drops repositories from the verified ones which other teams see as
// well.
func (r *reader) invalidate() {
	for name, a := range r.current.Accesses {
		if _, wanted := r.desired.Accesses[name]; wanted {
			continue
		}
		maps.DeleteFunc(r.current.verified, func(seen, _ string) bool { return r.current.Accesses[seen].Repository == a.Repository })
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
	return slices.DeleteFunc(common(r.desired.Repositories, r.current.Repositories), func(name string) bool {
		if !looked[name] {
			r.current.unread[name] = true
		}
		return !looked[name]
	})
}

// assumeUnchanged takes those repositories out that are known, with the same id
// and with the teams that should see them, and takes that for still true.
func (r *reader) assumeUnchanged(repos []string, known map[string]string) []string {
	wanted := map[string][]Access{}
	for _, a := range r.desired.Accesses {
		wanted[a.Repository] = append(wanted[a.Repository], a)
	}
	return slices.DeleteFunc(repos, func(repo string) bool {
		doubtful := slices.ContainsFunc(wanted[repo], func(a Access) bool { return known[a.name()] != r.current.accessNote(a) })
		for _, a := range wanted[repo] {
			if !doubtful {
				r.addAccess(a.Repository, a.TeamName)
			}
		}
		return !doubtful
	})
}

// accessNote names both sides by their ids: recreated objects have others.
func (f Facts) accessNote(a Access) string {
	return fmt.Sprintf("%d %s", f.teamIDs[a.TeamName], f.repositoryIDs[a.Repository])
}

func (r *reader) teamsOf(ctx context.Context, repo string) error {
	reps, err := response.OK(r.api.ListRepositoryTeamsWithResponse(ctx, organization, repo))
	if err != nil {
		return fmt.Errorf("reading the teams of repository %s: %w", repo, err)
	}
	for _, rep := range reps {
		r.addAccess(repo, fold(response.Value(rep.Name)))
	}
	return nil
}

func (r *reader) repositoriesOf(ctx context.Context, team string) error {
	reps, err := transport.AllCapped(r.setting.PageSize, func(p transport.Page) ([]gitea.Repository, error) {
		return response.OK(r.api.ListTeamRepositoriesWithResponse(ctx, r.current.teamIDs[team], &gitea.ListTeamRepositoriesParams{Page: number(p.Number), Limit: number(p.Size)}))
	})
	if err != nil {
		return fmt.Errorf("reading the repositories of team %s: %w", team, err)
	}
	for _, rep := range reps {
		r.addAccess(fold(response.Value(rep.Name)), team)
	}
	return nil
}

// addAccess manages who may see a declared repository, as far as the team is
// declared, too. The access of other teams was granted by a person.
func (r *reader) addAccess(repo, team string) {
	wantedRepo, repoOurs := r.desired.Repositories[repo]
	wantedTeam, teamOurs := r.desired.Teams[team]
	if !repoOurs || !teamOurs {
		return
	}
	a := Access{Meta: plan.Meta{Team: cmp.Or(wantedTeam.Team, wantedRepo.Team), Ownership: r.ownerOfAccess(repo, team)}, Repository: repo, TeamName: team}
	note := r.current.accessNote(a)
	_, wanted := r.desired.Accesses[a.name()]
	r.add(func(s *State) {
		s.Accesses[a.name()] = a
		if wanted {
			s.verified[a.name()] = note
		}
	})
}

// ownerOfAccess: what is granted between a team and a repository of ours is up to the
// values. Where one of them was there before us, another installation may have
// granted it.
func (r *reader) ownerOfAccess(repo, team string) plan.Ownership {
	if r.current.Teams[team].Ownership == plan.Ours && r.current.Repositories[repo].Ownership == plan.Ours {
		return plan.Ours
	}
	return plan.Adopted
}

// noteAccesses keeps what was verified.
func (w *writer) noteAccesses() {
	notes := w.inventory.Owned(kindAccess)
	for name := range notes {
		repo, _, _ := strings.Cut(name, "/")
		if _, right := w.plan.facts.verified[name]; !right && !w.plan.facts.unread[repo] {
			w.inventory.Disown(kindAccess, name)
		}
	}
	for name, note := range w.plan.facts.verified {
		if notes[name] != note {
			w.inventory.Own(kindAccess, name, note)
		}
	}
	w.inventory.Observe(kindAccess, w.plan.facts.verified)
}

func (w *writer) access(ctx context.Context, c plan.Change[Access]) error {
	a := subject(c)
	team, err := w.requireTeam(a.TeamName)
	if err != nil {
		return err
	}
	if err := w.requireRepository(a.Repository); err != nil {
		return err
	}
	if c.Action == plan.Delete {
		now, err := response.OK(w.api.GetRepositoryTeamWithResponse(ctx, organization, a.Repository, a.TeamName))
		if err == nil && response.Value(now.ID) != team {
			return changed("team %s is another one", a.TeamName)
		}
		if err == nil {
			_, err = w.api.RemoveTeamRepositoryWithResponse(ctx, team, organization, a.Repository)
		}
		return ignoreNotFound(err)
	}
	_, err = w.api.AddTeamRepositoryWithResponse(ctx, team, organization, a.Repository)
	if err == nil {
		w.inventory.Own(kindAccess, c.Name, fmt.Sprintf("%d %s", team, w.repositoryID(a.Repository)))
	}
	return err
}

// requireTeam is the id of a team that was there or has been created.
func (w *writer) requireTeam(name string) (int64, error) {
	if made, ok := w.newTeams.Load(name); ok {
		return serverID(fmt.Sprint(made)), nil
	}
	if id := w.plan.facts.teamIDs[name]; id != 0 {
		return id, nil
	}
	return 0, &task.SkipError{Reason: "team " + name + " does not exist"}
}
