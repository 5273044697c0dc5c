package gitearepos

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"

	"otomi.io/tasks/clients/gitea"
	"otomi.io/tasks/clients/response"
	"otomi.io/tasks/clients/transport"
	"otomi.io/tasks/tasks/plan"
)

// The kinds that our inventory knows.
const (
	kindTeam       = "team"
	kindMember     = "member"
	kindRepository = "repository"
	kindProtection = "branch-protection"
	kindHook       = "hook"
	kindKey        = "deploy-key"
	kindApp        = "oauth2-application"
	kindAccess     = "access"
)

// Current reads what desired speaks of. Teams and repositories come in lists
// that grow by page; what lies below one is read only where it is declared or
// ours. One failed list fails all: nothing is planned on half a state.
func (a *Application) Current(ctx context.Context, desired State) (State, error) {
	if !a.values.Apps.Gitea.Enabled {
		return State{}, nil
	}
	if err := a.introduce(ctx, a.api); err != nil {
		return State{}, err
	}
	r := &reader{Application: a, desired: desired, current: State{Accounts: map[string]bool{}}}
	for _, read := range []func(context.Context) error{
		r.organizations, r.users, r.listTeams, r.members, r.repositories, r.branches, r.accesses, r.protections, r.hooks, r.deployKeys, r.applications, r.accounts,
	} {
		if err := read(ctx); err != nil {
			return State{}, err
		}
	}
	return r.current, nil
}

// reader fills the current state list by list.
type reader struct {
	*Application
	desired, current State
	mu               sync.Mutex // guards current while lists are read side by side
}

// homeless tells whether there is no organisation to look into.
func (r *reader) homeless() bool {
	_, exists := r.current.Organizations[organization]
	return !exists
}

// owned is our inventory of a kind: names with the ids of what was ours.
func (a *Application) owned(kind string) map[string]string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.state.Owned(kind)
}

// selected tells whether a run that is limited to some teams looks at what
// belongs to this one.
func (r *reader) selected(team string) bool {
	return len(r.setting.Teams) == 0 || slices.Contains(r.setting.Teams, team)
}

// add keeps what was read side by side with others.
func (r *reader) add(keep func(*State)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	keep(&r.current)
}

func (r *reader) organizations(ctx context.Context) error {
	r.current.Organizations = map[string]Organization{}
	rep, err := response.OK(r.api.GetOrganizationWithResponse(ctx, organization))
	if transport.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading organisation %s: %w", organization, err)
	}
	r.current.Organizations[organization] = Organization{Meta: plan.Meta{ID: id(rep.ID)}, RepoAdminChangeTeamAccess: rep.RepoAdminChangeTeamAccess}
	return nil
}

// id is a number of Gitea's as we keep it.
func id(n *int64) string { return strconv.FormatInt(value(n), 10) }

// total is how many items the whole list holds, 0 where the answer does not say.
func total(resp *http.Response) int {
	n, err := strconv.Atoi(resp.Header.Get("X-Total-Count"))
	if err != nil {
		return 0
	}
	return n
}

// number is a page number or size as the generated client takes it.
func number(n int) *int { return &n }

func (r *reader) listTeams(ctx context.Context) error {
	r.current.Teams = map[string]Team{}
	if r.homeless() {
		return nil
	}
	reps, err := r.readTeams(ctx)
	if err != nil {
		return err
	}
	inventory := r.owned(kindTeam)
	for _, rep := range reps {
		name := fold(value(rep.Name))
		_, wanted := r.desired.Teams[name]
		ours := inventory[name] == id(rep.ID)
		if wanted || ours {
			r.current.Teams[name] = teamFrom(rep, r.desired.Teams[name], ours)
		}
	}
	return nil
}

// readTeams reads all teams of the organisation and notes their ids.
func (a *Application) readTeams(ctx context.Context) ([]gitea.Team, error) {
	reps, err := transport.AllCounted(a.setting.PageSize, func(p transport.Page) ([]gitea.Team, int, error) {
		resp, err := a.api.ListTeamsWithResponse(ctx, organization, &gitea.ListTeamsParams{Page: number(p.Number), Limit: number(p.Size)})
		if err != nil {
			return nil, 0, err
		}
		items, err := response.OK(resp, nil)
		return items, total(resp.HTTPResponse), err
	})
	if err != nil {
		return nil, fmt.Errorf("reading teams: %w", err)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, rep := range reps {
		a.teams[fold(value(rep.Name))] = value(rep.ID)
	}
	return reps, nil
}

// teamFrom leaves the units of an administering team out: Gitea shows it with
// every right, whatever was written.
func teamFrom(rep gitea.Team, desired Team, ours bool) Team {
	admin := rep.Permission != nil && (*rep.Permission == gitea.TeamPermissionAdmin || *rep.Permission == gitea.TeamPermissionOwner)
	t := Team{
		Meta:  plan.Meta{ID: id(rep.ID), Team: desired.Team, Ownership: plan.OursIf(ours, plan.Predecessor)},
		Admin: admin, CanCreateOrgRepo: value(rep.CanCreateOrgRepo), IncludesAllRepositories: value(rep.IncludesAllRepositories),
	}
	if desired.Team == "" {
		t.Team = teamOf(fold(value(rep.Name)))
	}
	if !admin {
		t.Units = value(rep.UnitsMap)
	}
	return t
}

// teamOf is the team of an object by its name, empty for the platform's.
func teamOf(name string) string {
	team, found := strings.CutPrefix(name, teamName(""))
	if !found {
		return ""
	}
	return team
}

func (r *reader) repositories(ctx context.Context) error {
	r.current.Repositories = map[string]Repository{}
	if r.homeless() {
		return nil
	}
	reps, err := transport.AllCounted(r.setting.PageSize, func(p transport.Page) ([]gitea.Repository, int, error) {
		resp, err := r.api.ListRepositoriesWithResponse(ctx, organization, &gitea.ListRepositoriesParams{Page: number(p.Number), Limit: number(p.Size)})
		if err != nil {
			return nil, 0, err
		}
		items, err := response.OK(resp, nil)
		return items, total(resp.HTTPResponse), err
	})
	if err != nil {
		return fmt.Errorf("reading repositories: %w", err)
	}
	inventory := r.owned(kindRepository)
	r.Application.mu.Lock()
	defer r.Application.mu.Unlock()
	for _, rep := range reps {
		name := fold(value(rep.Name))
		r.repos[name] = id(rep.ID)
		_, wanted := r.desired.Repositories[name]
		number, team, _ := strings.Cut(inventory[name], " ")
		if ours := number == id(rep.ID); wanted || ours {
			r.current.Repositories[name] = repositoryFrom(rep, cmp.Or(r.desired.Repositories[name].Team, team), ours)
		}
	}
	return nil
}

// repositoryNote is a repository in our inventory: its number, and the team that
// it belongs to, which nothing else says once it has left the values.
func repositoryNote(id, team string) string { return strings.TrimSpace(id + " " + team) }

func repositoryFrom(rep gitea.Repository, team string, ours bool) Repository {
	repo := Repository{
		Meta: plan.Meta{ID: id(rep.ID), Ownership: plan.OursIf(ours, plan.Predecessor), Team: team},
		Name: value(rep.Name), Private: value(rep.Private), Description: rep.Description, DefaultBranch: rep.DefaultBranch,
		Archived: value(rep.Archived), Fork: value(rep.Fork), Empty: value(rep.Empty),
	}
	switch {
	case !repo.Empty:
		repo.Extra = &plan.Extra{DeletionBlockedBy: "holds commits"}
	case value(rep.OpenIssuesCount)+value(rep.OpenPrCounter)+value(rep.ReleaseCounter) > 0:
		repo.Extra = &plan.Extra{DeletionBlockedBy: "holds issues or releases"}
	}
	return repo
}

// branches looks for default branches that are still to come: Gitea would leave
// the old one without a word. An empty repository takes any.
func (r *reader) branches(ctx context.Context) error {
	var differ []string
	for name, repo := range r.current.Repositories {
		wanted := r.desired.Repositories[name].DefaultBranch
		if wanted != nil && *wanted != value(repo.DefaultBranch) && !repo.Empty {
			differ = append(differ, name)
		}
	}
	return r.setting.Each(ctx, differ, func(ctx context.Context, name string) error {
		_, err := response.OK(r.api.GetBranchWithResponse(ctx, organization, name, *r.desired.Repositories[name].DefaultBranch))
		if err != nil && !transport.IsNotFound(err) {
			return fmt.Errorf("reading the branches of repository %s: %w", name, err)
		}
		r.add(func(s *State) {
			repo := s.Repositories[name]
			repo.BranchMissing = err != nil
			s.Repositories[name] = repo
		})
		return nil
	})
}

// below are the repositories below which something is declared, or ours.
func (r *reader) below(kind string, declared []string) []string {
	repos := map[string]bool{}
	for _, repo := range declared {
		repos[repo] = true
	}
	for name := range r.owned(kind) {
		repos[repositoryOf(name)] = true
	}
	maps.DeleteFunc(repos, func(repo string, _ bool) bool {
		found, exists := r.current.Repositories[repo]
		return (!exists || !r.selected(found.Team)) && (repo != everywhere || r.homeless() || !r.selected(""))
	})
	return slices.Sorted(maps.Keys(repos))
}
