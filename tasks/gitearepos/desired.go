package gitearepos

import (
	"maps"
	"slices"
	"strings"

	"otomi.io/tasks/clients/response"
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
	permissionAdmin = "admin"

	unitRead  = "read"
	unitWrite = "write"
	unitCode  = "repo.code"
)

// fold makes names equal that are equal for Gitea.
func fold(name string) string { return strings.ToLower(name) }

// Desired is the state that the values ask for; nothing where Gitea is switched
// off.
func Desired(v values.Values) State {
	if !v.Apps.Gitea.Enabled {
		return State{}
	}
	s := State{
		Organizations:   desiredOrganizations(v),
		ServiceAccounts: desiredServiceAccounts(v),
		Users:           desiredUsers(v),
		Teams:           desiredTeams(v),
		Members:         desiredMembers(v),
		Repositories:    map[string]Repository{}, Accesses: map[string]Access{}, Protections: map[string]Protection{},
		Hooks: map[string]Hook{}, DeployKeys: map[string]DeployKey{},
		Applications: desiredApplications(v),
		LoginSources: desiredLoginSources(v),
	}
	for _, d := range declarations(v) {
		s.add(d)
	}
	if push := v.Platform.Gitea.ValuesHook; push != "" {
		s.Hooks[inRepository(repoValues, push)] = desiredHook(values.GiteaHook{URL: push, ContentType: "json", Events: []string{"push"}, Active: true}, repoValues, plan.Meta{Ownership: plan.Ours})
	}
	for _, h := range v.Apps.Gitea.Hooks {
		s.Hooks[inRepository(everywhere, h.URL)] = desiredHook(h, everywhere, plan.Meta{Ownership: plan.Ours})
	}
	return s
}

func desiredUsers(v values.Values) map[string]User {
	users := map[string]User{}
	for _, id := range v.TeamIDs() {
		for _, u := range v.Teams[id].Gitea.Users {
			teams := append(users[fold(u.Username)].Teams(), id)
			users[fold(u.Username)] = User{
				Meta:     plan.Meta{Team: teams[0], Ownership: plan.Ours, Extra: &plan.Extra{Shared: teams[1:]}},
				Username: u.Username, Email: u.Email, FullName: optional(u.FullName),
				Password: u.InitialPassword, MustChangePassword: u.MustChangePassword,
			}
		}
	}
	return users
}

// optional is nil, and so unmanaged, where the values do not mention a field.
func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func desiredTeams(v values.Values) map[string]Team {
	teams := map[string]Team{teamViewer: {Meta: plan.Meta{Ownership: plan.Ours}, Units: map[string]string{unitCode: unitRead}}}
	for id, team := range v.GiteaTeams() {
		t := Team{Meta: plan.Meta{Team: id, Ownership: plan.Ours}, Description: team.Gitea.Description}
		raised := v.Platform.Gitea.SelfServiceAdmin && slices.Contains(team.SelfService.Apps, selfService)
		if t.Admin = raised || v.Platform.Gitea.TeamPermission == permissionAdmin; !t.Admin {
			t.Units = map[string]string{}
			for _, unit := range v.Platform.Gitea.TeamUnits {
				t.Units[unit] = unitWrite
			}
		}
		teams[values.TeamName(id)] = t
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
			join(id, values.TeamName(id), user)
		}
		for _, user := range team.Gitea.Users {
			join(id, values.TeamName(id), user.Username)
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
			d.teams = append(d.teams, values.TeamName(id))
		}
		all = append(all, d)
	}
	teams := v.GiteaTeams()
	for _, id := range slices.Sorted(maps.Keys(teams)) {
		repos := teams[id].Gitea.Repos
		if v.Apps.ArgoCD.Enabled {
			repos = append([]values.GiteaRepo{{Name: values.TeamName(id) + argoSuffix, Private: true}}, repos...)
		}
		for _, repo := range repos {
			all = append(all, declaration{GiteaRepo: repo, team: id, teams: []string{values.TeamName(id)}})
		}
	}
	return all
}

// platformRepos are the platform's own, with what the values add to them, and
// those that only the values know.
func platformRepos(v values.Values) []values.GiteaRepo {
	var repos []values.GiteaRepo
	for _, name := range v.Platform.Gitea.Repositories {
		repos = append(repos, values.GiteaRepo{Name: name, Private: true})
	}
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

// predecessorRepository tells whether the predecessor makes a repository of this
// name.
func predecessorRepository(name string) bool {
	return name == repoValues || name == repoCharts || strings.HasPrefix(name, values.TeamName("")) && strings.HasSuffix(name, argoSuffix)
}

// add takes a declared repository apart.
func (s *State) add(d declaration) {
	repo, meta := fold(d.Name), plan.Meta{Team: d.team, Ownership: plan.Ours}
	s.Repositories[repo] = Repository{
		Meta: meta, Name: d.Name, Private: d.Private, Description: d.Description, DefaultBranch: d.DefaultBranch, AutoInit: d.AutoInit}
	for _, team := range d.teams {
		a := Access{Meta: plan.Meta{Team: strings.TrimPrefix(team, values.TeamName(""))}, Repository: repo, TeamName: team}
		if team == teamViewer {
			a.Team = meta.Team
		}
		s.Accesses[a.name()] = a
	}
	for _, p := range d.BranchProtections {
		s.Protections[inRepository(repo, p.Branch)] = desiredProtection(p, repo, meta)
	}
	for _, h := range d.Hooks {
		s.Hooks[inRepository(repo, h.URL)] = desiredHook(h, repo, meta)
	}
	for _, k := range d.DeployKeys {
		s.DeployKeys[inRepository(repo, k.Title)] = DeployKey{Meta: meta, Repository: repo, Title: k.Title, Key: k.Key, ReadOnly: k.ReadOnly}
	}
}

// inRepository names what is in a repository: its own name may hold a slash.
func inRepository(repo, name string) string { return repo + " " + name }

func desiredProtection(p values.GiteaBranchProtection, repo string, meta plan.Meta) Protection {
	merge := response.Value(p.Merge)
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
		names[i] = values.TeamName(id)
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
