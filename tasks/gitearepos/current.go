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
	"otomi.io/tasks/tasks/task"
	"otomi.io/tasks/tasks/values"
)

// The kinds that our inventory knows.
const (
	kindTeam           = "team"
	kindUser           = "user"
	kindMember         = "member"
	kindRepository     = "repository"
	kindProtection     = "branch-protection"
	kindHook           = "hook"
	kindKey            = "deploy-key"
	kindApp            = "oauth2-application"
	kindAccess         = "access"
	kindLoginSource    = "login-source"
	kindServiceAccount = "service-account"
	kindAdopted        = "adopted" // objects of the other kinds that were there before us
	kindText           = "text"    // objects with a text that the values gave them
	kindKept           = "kept"    // repositories that are not deleted, with what they hold
	kindPending        = "pending" // observed only: what the Secret of an application waits for
)

// intended is the id in the inventory of an object that we were about to create: a
// run that is killed leaves it behind, and the next one adopts it.
const intended = "0"

// Current reads what desired names. Teams and repositories come in lists
// that grow by page; what is below one is read only where it is declared or
// ours. One failed list fails all: nothing is planned on half a state.
func (a *Application) Current(ctx context.Context, desired State, s task.Scope) (State, error) {
	if !a.values.Apps.Gitea.Enabled {
		return State{}, nil
	}
	identity, err := a.authenticate(ctx, a.api)
	if err != nil {
		return State{}, err
	}
	r := &reader{Application: a, scope: s, account: fold(identity.Login), desired: desired, current: State{Facts: Facts{
		unread: map[string]bool{}, Accounts: map[string]bool{}, Renamed: map[string]string{}, ReadOnly: map[string]bool{},
		version: identity.Version, teamIDs: map[string]int64{}, repositoryIDs: map[string]string{}, verified: map[string]string{}}}}
	for _, read := range []func(context.Context) error{
		r.organizations, r.serviceAccounts, r.users, r.teams, r.members, r.repositories, r.branches, r.accesses, r.protections, r.hooks, r.deployKeys,
		r.applications, r.loginSources, r.accounts, r.writers,
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
	scope            task.Scope
	account          string // that we work with, in lower case
	desired, current State
	mu               sync.Mutex // guards current while lists are read concurrently
}

// noOrganization tells whether there is no organisation to look into.
func (r *reader) noOrganization() bool {
	_, exists := r.current.Organizations[organization]
	return !exists
}

// selected tells whether what belongs to this team is read, or with "" what is the
// platform's.
func (r *reader) selected(team string) bool { return r.scope.Reads(plan.Meta{Team: team}.Teams()...) }

// add keeps what was read concurrently.
func (r *reader) add(keep func(*State)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	keep(&r.current)
}

// organizations compares the name, too: Gitea redirects from the old name of a
// renamed organisation.
func (r *reader) organizations(ctx context.Context) error {
	r.current.Organizations = map[string]Organization{}
	rep, err := response.OK(r.api.GetOrganizationWithResponse(ctx, organization))
	if transport.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading organisation %s: %w", organization, err)
	}
	if found := response.Value(rep.Name); fold(found) != organization {
		return fmt.Errorf("reading organisation %s: it was renamed to %q: rename it back, or free its old name in Gitea's settings", organization, found)
	}
	r.current.Organizations[organization] = Organization{Meta: plan.Meta{ID: id(rep.ID)}, RepoAdminChangeTeamAccess: rep.RepoAdminChangeTeamAccess}
	return nil
}

// id is a number of Gitea's as we keep it.
func id(n *int64) string { return strconv.FormatInt(response.Value(n), 10) }

// number is a page number or size as the generated client takes it.
func number(n int) *int { return &n }

// owned names our objects of a kind by their id, and finds those that have another
// name on the server by now.
func (r *reader) owned(kind string, idOf func(note string) string) map[string]string {
	names := map[string]string{}
	for name, note := range r.inventory.Owned(kind) {
		names[idOf(note)] = name
	}
	return names
}

// ownership of an object that exists, by its id. One that is not ours is of the
// predecessor's shape, or foreign.
func (r *reader) ownership(kind, name, id string, predecessor bool) plan.Ownership {
	note, noted := r.inventory.Note(kind, name)
	_, adopted := r.inventory.Note(kindAdopted, kind+" "+name)
	switch note = firstWord(note); {
	case noted && note == id && adopted:
		return plan.Adopted
	case noted && note == id:
		return plan.Ours
	case note == intended || predecessor:
		return plan.Predecessor
	}
	return plan.Foreign
}

func (r *reader) teams(ctx context.Context) error {
	r.current.Teams = map[string]Team{}
	if r.noOrganization() {
		return nil
	}
	reps, err := r.listTeams(ctx)
	if err != nil {
		return err
	}
	ours := r.owned(kindTeam, func(note string) string { return note })
	for _, rep := range reps {
		name := fold(response.Value(rep.Name))
		r.current.teamIDs[name] = response.Value(rep.ID)
		known := ours[id(rep.ID)]
		if _, wanted := r.desired.Teams[name]; wanted || known == name || r.setting.Dumps() {
			r.current.Teams[name] = teamFrom(rep, r.desired.Teams[name], r.ownership(kindTeam, name, id(rep.ID), true))
		}
		if known != "" && known != name {
			r.current.Renamed[kindTeam+" "+known] = response.Value(rep.Name)
		}
	}
	return nil
}

// listTeams reads all teams of the organisation.
func (a *Application) listTeams(ctx context.Context) ([]gitea.Team, error) {
	reps, err := response.Counted(a.setting.PageSize, func(p transport.Page) (*gitea.ListTeamsResponse, error) {
		return a.api.ListTeamsWithResponse(ctx, organization, &gitea.ListTeamsParams{Page: number(p.Number), Limit: number(p.Size)})
	}, func(r *gitea.ListTeamsResponse) *http.Response { return r.HTTPResponse })
	if err != nil {
		return nil, fmt.Errorf("reading teams: %w", err)
	}
	return reps, nil
}

// teamFrom leaves the units of an administering team out: Gitea shows it with
// every right, whatever was written.
func teamFrom(rep gitea.Team, desired Team, owner plan.Ownership) Team {
	admin := rep.Permission != nil && (*rep.Permission == gitea.TeamPermissionAdmin || *rep.Permission == gitea.TeamPermissionOwner)
	t := Team{
		Meta:        plan.Meta{ID: id(rep.ID), Team: desired.Team, Ownership: owner},
		Description: rep.Description, Admin: admin, CanCreateOrgRepo: response.Value(rep.CanCreateOrgRepo), IncludesAllRepositories: response.Value(rep.IncludesAllRepositories),
	}
	if desired.Team == "" {
		t.Team = teamOf(fold(response.Value(rep.Name)))
	}
	if !admin {
		t.Units = response.Value(rep.UnitsMap)
	}
	return t
}

// teamOf is the team of an object by its name, empty for the platform's.
func teamOf(name string) string {
	team, found := strings.CutPrefix(name, values.TeamName(""))
	if !found {
		return ""
	}
	return team
}

func (r *reader) repositories(ctx context.Context) error {
	r.current.Repositories = map[string]Repository{}
	if r.noOrganization() {
		return nil
	}
	reps, err := response.Counted(r.setting.PageSize, func(p transport.Page) (*gitea.ListRepositoriesResponse, error) {
		return r.api.ListRepositoriesWithResponse(ctx, organization, &gitea.ListRepositoriesParams{Page: number(p.Number), Limit: number(p.Size)})
	}, func(r *gitea.ListRepositoriesResponse) *http.Response { return r.HTTPResponse })
	if err != nil {
		return fmt.Errorf("reading repositories: %w", err)
	}
	notes := r.inventory.Owned(kindRepository)
	ours, kept := r.owned(kindRepository, firstWord), r.inventory.Owned(kindKept)
	for _, rep := range reps {
		name, known := fold(response.Value(rep.Name)), ours[id(rep.ID)]
		r.current.repositoryIDs[name] = id(rep.ID)
		if known != "" && known != name {
			r.current.Renamed[kindRepository+" "+known] = response.Value(rep.Name)
		}
		desired, wanted := r.desired.Repositories[name]
		if wanted || known == name {
			owner := r.ownership(kindRepository, name, id(rep.ID), predecessorRepository(name))
			found := repositoryFrom(rep, cmp.Or(desired.Team, afterFirstWord(notes[name])), owner, kept[name])
			_, found.described = r.inventory.Note(kindText, kindRepository+" "+name)
			r.current.Repositories[name] = found
		}
	}
	return nil
}

// firstWord is the repository that something is in by its name, and the id in a
// repository's note.
func firstWord(text string) string {
	word, _, _ := strings.Cut(text, " ")
	return word
}

// afterFirstWord is the team in such a note.
func afterFirstWord(text string) string {
	_, rest, _ := strings.Cut(text, " ")
	return rest
}

// objectNote is a repository or account in our inventory: its id, and the team that
// it belongs to, which nothing else says once it has left the values.
func objectNote(id, team string) string { return strings.TrimSpace(id + " " + team) }

func repositoryFrom(rep gitea.Repository, team string, owner plan.Ownership, kept string) Repository {
	repo := Repository{
		Meta: plan.Meta{ID: id(rep.ID), Ownership: owner, Team: team},
		Name: response.Value(rep.Name), Private: response.Value(rep.Private), Description: rep.Description, DefaultBranch: rep.DefaultBranch,
		Archived: response.Value(rep.Archived), Fork: response.Value(rep.Fork), Empty: response.Value(rep.Empty),
	}
	if reason := cmp.Or(heldBy(rep), kept); reason != "" {
		repo.Extra = &plan.Extra{DeletionBlockedBy: reason}
	}
	return repo
}

// heldBy is what a repository holds, as far as its own fields tell.
func heldBy(rep gitea.Repository) string {
	switch {
	case !response.Value(rep.Empty):
		return "holds commits"
	case response.Value(rep.OpenIssuesCount)+response.Value(rep.OpenPrCounter)+response.Value(rep.ReleaseCounter) > 0:
		return "holds issues or releases"
	}
	return ""
}

// repositoriesToRead are those in which something of a kind is declared, or ours.
func (r *reader) repositoriesToRead(kind string, declared []string) []string {
	repos := map[string]bool{}
	for _, repo := range declared {
		repos[repo] = true
	}
	for name := range r.inventory.Owned(kind) {
		repos[firstWord(name)] = true
	}
	maps.DeleteFunc(repos, func(repo string, _ bool) bool {
		found, exists := r.current.Repositories[repo]
		return (!exists || !r.selected(found.Team)) && (repo != everywhere || r.noOrganization() || !r.selected(""))
	})
	return slices.Sorted(maps.Keys(repos))
}

// serverID is Gitea's id of an object that was read.
func serverID(id string) int64 {
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		return 0 // Gitea counts from 1 and answers 404
	}
	return n
}
