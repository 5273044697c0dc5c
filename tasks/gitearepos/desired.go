package gitearepos

import (
	"maps"
	"slices"
	"strings"

	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/values"
)

// Names that the platform's other parts rely on.
const (
	organization = "otomi"
	teamViewer   = "otomi-viewer"
	teamOwners   = "owners" // Gitea's own, with every right in the organisation
	repoValues   = "values"
	repoCharts   = "charts"
	argoSuffix   = "-argocd"
	droneApp     = "otomi-drone"
	droneSecret  = "drone-source-control"
	selfService  = "gitea" // in selfService.apps: the team administers its repositories
)

// The rights of a unit.
const (
	unitRead  = "read"
	unitWrite = "write"
	unitCode  = "repo.code"
)

// workUnits are the parts of a repository that a team works in.
func workUnits() []string {
	return []string{"repo.actions", unitCode, "repo.issues", "repo.packages", "repo.projects", "repo.pulls", "repo.releases", "repo.wiki"}
}

func teamName(id string) string { return "team-" + id }

// fold makes names equal that are equal for Gitea.
func fold(name string) string { return strings.ToLower(name) }

// Desired is the state that the values ask for; nothing where Gitea is switched
// off.
func Desired(v values.Values) State {
	if !v.Apps.Gitea.Enabled {
		return State{}
	}
	s := State{
		Organizations: map[string]Organization{organization: {RepoAdminChangeTeamAccess: new(true)}},
		Users:         desiredUsers(v),
		Teams:         desiredTeams(v),
		Members:       desiredMembers(v),
		Repositories:  map[string]Repository{}, Accesses: map[string]Access{}, Protections: map[string]Protection{},
		Hooks: map[string]Hook{}, DeployKeys: map[string]DeployKey{},
		Applications: desiredApplications(v),
	}
	for _, d := range declarations(v) {
		s.add(d)
	}
	for _, h := range v.Apps.Gitea.Hooks {
		s.Hooks[below(everywhere, h.URL)] = desiredHook(h, everywhere, plan.Meta{})
	}
	return s
}

func desiredUsers(v values.Values) map[string]User {
	users := map[string]User{}
	for _, id := range v.TeamIDs() {
		for _, u := range v.Teams[id].Gitea.Users {
			teams := append(users[fold(u.Username)].Teams(), id)
			users[fold(u.Username)] = User{
				Meta:     plan.Meta{Team: teams[0], Extra: &plan.Extra{Shared: teams[1:]}},
				Username: u.Username, Email: u.Email, FullName: optional(u.FullName),
				Password: u.InitialPassword, MustChangePassword: u.MustChangePassword,
			}
		}
	}
	return users
}

// optional leaves a field alone that the values do not mention.
func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func desiredTeams(v values.Values) map[string]Team {
	teams := map[string]Team{teamViewer: {Meta: plan.Meta{Ownership: plan.Ours}, Units: map[string]string{unitCode: unitRead}}}
	for id, team := range v.Teams {
		t := Team{Meta: plan.Meta{Team: id, Ownership: plan.Ours}}
		if t.Admin = slices.Contains(team.SelfService.Apps, selfService); !t.Admin {
			t.Units = map[string]string{}
			for _, unit := range workUnits() {
				t.Units[unit] = unitWrite
			}
		}
		teams[teamName(id)] = t
	}
	return teams
}

func desiredMembers(v values.Values) map[string]Member {
	members := map[string]Member{}
	join := func(team, name, user string) {
		members[name+"/"+fold(user)] = Member{Meta: plan.Meta{Team: team, Ownership: plan.Ours}, TeamName: name, User: user}
	}
	for _, user := range v.Apps.Gitea.Owners {
		join("", teamOwners, user)
	}
	for id, team := range v.Teams {
		for _, user := range team.Gitea.Members {
			join(id, teamName(id), user)
		}
		for _, user := range team.Gitea.Users {
			join(id, teamName(id), user.Username)
		}
	}
	return members
}

// declaration is one repository as the values, or the platform, ask for it.
type declaration struct {
	values.GiteaRepo
	team  string   // the team that it belongs to
	teams []string // the teams of the organisation that work in it
}

func declarations(v values.Values) []declaration {
	var all []declaration
	for _, repo := range platformRepos(v) {
		d := declaration{GiteaRepo: repo, teams: []string{teamViewer}}
		for _, id := range repo.Teams {
			d.teams = append(d.teams, teamName(id))
		}
		all = append(all, d)
	}
	for _, id := range v.TeamIDs() {
		repos := v.Teams[id].Gitea.Repos
		if v.Apps.ArgoCD.Enabled {
			repos = append([]values.GiteaRepo{{Name: teamName(id) + argoSuffix, Private: true}}, repos...)
		}
		for _, repo := range repos {
			all = append(all, declaration{GiteaRepo: repo, team: id, teams: []string{teamName(id)}})
		}
	}
	return all
}

// platformRepos are the platform's own, with what the values add to them, and
// those that only the values know.
func platformRepos(v values.Values) []values.GiteaRepo {
	repos := []values.GiteaRepo{{Name: repoValues, Private: true}, {Name: repoCharts, Private: true}}
	for _, repo := range v.Apps.Gitea.Repos {
		own := slices.IndexFunc(repos, func(r values.GiteaRepo) bool { return fold(r.Name) == fold(repo.Name) })
		if own < 0 {
			repos = append(repos, repo)
			continue
		}
		repo.Name = repos[own].Name
		repos[own] = repo
	}
	return repos
}

// add takes a declared repository apart.
func (s *State) add(d declaration) {
	repo, meta := fold(d.Name), plan.Meta{Team: d.team, Ownership: plan.Ours}
	s.Repositories[repo] = Repository{
		Meta: meta, Name: d.Name, Private: d.Private, Description: d.Description, DefaultBranch: d.DefaultBranch, AutoInit: d.AutoInit}
	for _, team := range d.teams {
		a := Access{Meta: plan.Meta{Team: strings.TrimPrefix(team, teamName(""))}, Repository: repo, TeamName: team}
		if team == teamViewer {
			a.Team = meta.Team
		}
		s.Accesses[a.name()] = a
	}
	for _, p := range d.BranchProtections {
		s.Protections[below(repo, p.Branch)] = desiredProtection(p, repo, meta)
	}
	for _, h := range d.Hooks {
		s.Hooks[below(repo, h.URL)] = desiredHook(h, repo, meta)
	}
	for _, k := range d.DeployKeys {
		s.DeployKeys[below(repo, k.Title)] = DeployKey{Meta: meta, Repository: repo, Title: k.Title, Key: k.Key, ReadOnly: k.ReadOnly}
	}
}

func desiredHook(h values.GiteaHook, repo string, meta plan.Meta) Hook {
	return Hook{
		Meta: meta, Repository: repo, URL: h.URL, ContentType: h.ContentType, Events: expand(h.Events), Declared: h.Events,
		BranchFilter: h.BranchFilter, Active: h.Active, Authorization: h.Authorization, Secret: h.Secret, Copies: 1,
	}
}

func (a Access) name() string { return a.Repository + "/" + a.TeamName }

// below names what lies in a repository: its own name may hold a slash.
func below(repo, name string) string { return repo + " " + name }

func desiredProtection(p values.GiteaBranchProtection, repo string, meta plan.Meta) Protection {
	merge := value(p.Merge)
	listed := len(p.Push.Teams)+len(p.Push.Users) > 0
	return Protection{
		Meta: meta, Repository: repo, Rule: p.Branch,
		EnablePush: p.PushAll || listed, EnablePushWhitelist: listed,
		PushTeams: teamNames(p.Push.Teams), PushUsers: people(p.Push.Users),
		EnableMergeWhitelist: p.Merge != nil, MergeTeams: teamNames(merge.Teams), MergeUsers: people(merge.Users),
		RequiredApprovals: int64(p.RequiredApprovals),
		EnableStatusCheck: len(p.StatusChecks) > 0, StatusCheckContexts: sorted(p.StatusChecks),
		DismissStaleApprovals: p.DismissStaleApprovals, BlockOnRejectedReviews: p.BlockOnRejectedReviews,
		BlockOnOutdatedBranch: p.BlockOnOutdatedBranch, RequireSignedCommits: p.RequireSignedCommits,
		ProtectedFilePatterns: p.ProtectedFilePatterns, UnprotectedFilePatterns: p.UnprotectedFilePatterns,
	}
}

func teamNames(ids []string) []string {
	names := make([]string, len(ids))
	for i, id := range ids {
		names[i] = teamName(id)
	}
	return sorted(names)
}

func people(names []string) []string {
	folded := make([]string, len(names))
	for i, name := range names {
		folded[i] = fold(name)
	}
	return sorted(folded)
}

// sorted is a list in one order; an empty one is declared, too.
func sorted(list []string) []string {
	all := append([]string{}, list...)
	slices.Sort(all)
	return slices.Compact(all)
}

func desiredApplications(v values.Values) map[string]OAuth2App {
	if !v.Apps.Drone.Enabled {
		return map[string]OAuth2App{}
	}
	return map[string]OAuth2App{droneApp: {
		Meta:         plan.Meta{Ownership: plan.Ours},
		RedirectURIs: []string{v.Apps.Drone.Address + "/login"}, ConfidentialClient: true, SkipConsent: true,
		SecretWorks: true, SecretStored: true,
		Namespace: v.Apps.Drone.Namespace, SecretName: droneSecret,
	}}
}

// expand lists the events as Gitea does: some names stand for several.
func expand(events []string) []string {
	all := map[string]bool{}
	for _, event := range events {
		for _, e := range meaning(event) {
			all[e] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}

func meaning(event string) []string {
	switch event {
	case "issues":
		return []string{"issues", "issue_assign", "issue_label", "issue_milestone", "issue_comment"}
	case "pull_request":
		return []string{"pull_request", "pull_request_assign", "pull_request_label", "pull_request_milestone", "pull_request_comment",
			"pull_request_review", "pull_request_review_request", "pull_request_sync"}
	default:
		return []string{strings.TrimSuffix(event, "_only")}
	}
}

// value is what a field holds, or nothing.
func value[T any](field *T) T {
	if field == nil {
		var none T
		return none
	}
	return *field
}
