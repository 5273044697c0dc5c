package values

import (
	"slices"
	"strings"
)

// readForge reads what stands in Gitea besides what follows from the teams
// themselves. Names are unique among the platform and all teams.
func readForge(top cursor, v *Values) {
	f := &forge{teams: v.Teams, admin: v.Apps.Gitea.AdminUsername, repos: map[string]string{}, users: map[string]localUser{}}
	apps := top.child("apps").child("gitea")
	apps.child("owners").texts(&v.Apps.Gitea.Owners, giteaUsername, f.notOrganization)
	uniqueNames(apps.child("owners"), strings.ToLower)
	v.Apps.Gitea.Hooks = readHooks(apps.child("hooks"))
	for _, item := range apps.child("repos").items() {
		if repo, sound := f.platformRepo(item); sound {
			v.Apps.Gitea.Repos = append(v.Apps.Gitea.Repos, repo)
		}
	}
	for _, id := range v.TeamIDs() {
		team := v.Teams[id]
		team.Gitea = f.team(top.child("teamConfig").child(id).section("gitea"), id)
		v.Teams[id] = team
	}
}

// forge finds names that contradict each other.
type forge struct {
	teams map[string]Team
	admin string
	repos map[string]string    // folded name -> path of its entry
	users map[string]localUser // by folded name
}

// localUser is an account and where it stands first.
type localUser struct {
	GiteaUser
	path string
}

func (f *forge) team(c cursor, id string) TeamGitea {
	var out TeamGitea
	c.only("members", "users", "repos")
	c.child("members").texts(&out.Members, giteaUsername, f.notOrganization)
	uniqueNames(c.child("members"), strings.ToLower)
	for _, item := range c.child("users").items() {
		if user, sound := f.user(item); sound {
			out.Users = append(out.Users, user)
		}
	}
	uniqueNames(c.child("users"), strings.ToLower, "username")
	for _, item := range c.child("repos").items() {
		if repo, sound := f.teamRepo(item, id); sound {
			out.Repos = append(out.Repos, repo)
		}
	}
	return out
}

func (f *forge) user(c cursor) (GiteaUser, bool) {
	out := GiteaUser{}
	before := len(c.reader.problems)
	c.entry("username", "email", "fullName", "initialPassword", "mustChangePassword")
	c.child("username").text(&out.Username, giteaUsername, f.notOrganization, f.notAdmin)
	c.child("email").text(&out.Email, email)
	c.child("fullName").text(&out.FullName, giteaFullName)
	c.child("initialPassword").secret(&out.InitialPassword)
	out.MustChangePassword = !out.InitialPassword.IsZero()
	c.child("mustChangePassword").flag(&out.MustChangePassword)
	c.needs("username", out.Username)
	c.needs("email", out.Email)
	if len(c.reader.problems) > before {
		return out, false
	}
	out.Email = strings.ToLower(out.Email)
	f.addUser(c, out)
	return out, true
}

// addUser lets a person stand in several teams with the same attributes.
func (f *forge) addUser(c cursor, u GiteaUser) {
	key := strings.ToLower(u.Username)
	if other, taken := f.users[key]; taken && other.GiteaUser != u {
		c.fail("user %s has other attributes in %s", quote(u.Username), other.path)
	} else if !taken {
		f.users[key] = localUser{u, c.path}
	}
}

func (f *forge) notOrganization(s string) string {
	if strings.EqualFold(s, giteaOrganization) {
		return "is the platform's own organisation"
	}
	return ""
}

func (f *forge) notAdmin(s string) string {
	if strings.EqualFold(s, f.admin) || strings.EqualFold(s, firstAdminName) {
		return "is the platform's own user"
	}
	return ""
}

// platformRepo may also add to the repositories that the platform makes itself.
func (f *forge) platformRepo(c cursor) (GiteaRepo, bool) {
	before := len(c.reader.problems)
	out := f.repo(c, "teams")
	c.child("teams").texts(&out.Teams, f.teamID)
	uniqueNames(c.child("teams"), keep)
	if ownRepo(out.Name) && !out.Private {
		c.child("private").fail("repository %s is the platform's own and private", quote(out.Name))
	}
	if argoRepo(out.Name) {
		c.child("name").fail("%s is a repository that the platform makes itself", quote(out.Name))
	}
	f.protections(c, &out, out.Teams)
	return out, len(c.reader.problems) == before
}

func (f *forge) teamRepo(c cursor, id string) (GiteaRepo, bool) {
	before := len(c.reader.problems)
	out := f.repo(c)
	if ownRepo(out.Name) || argoRepo(out.Name) {
		c.child("name").fail("%s is a repository that the platform makes itself", quote(out.Name))
	}
	f.protections(c, &out, []string{id})
	return out, len(c.reader.problems) == before
}

func ownRepo(name string) bool {
	return strings.EqualFold(name, giteaValuesRepo) || strings.EqualFold(name, giteaChartsRepo)
}

func argoRepo(name string) bool {
	low := strings.ToLower(name)
	return strings.HasPrefix(low, teamPrefix) && strings.HasSuffix(low, giteaArgoSuffix)
}

func (f *forge) teamID(s string) string {
	if _, known := f.teams[s]; !known {
		return "is no team of teamConfig"
	}
	return ""
}

// repo reads what the repositories of the platform and of teams share.
func (f *forge) repo(c cursor, more ...string) GiteaRepo {
	out := GiteaRepo{Private: true}
	c.entry(slices.Concat([]string{"name", "description", "private", "defaultBranch", "autoInit", "hooks", "branchProtections", "deployKeys"}, more)...)
	c.child("name").text(&out.Name, repositoryName)
	c.needs("name", out.Name)
	c.child("description").optional(&out.Description, atMost(2048))
	c.child("private").flag(&out.Private)
	c.child("defaultBranch").optional(&out.DefaultBranch, branchName)
	c.child("autoInit").flag(&out.AutoInit)
	f.addRepo(c, out.Name)
	out.Hooks = readHooks(c.child("hooks"))
	for _, item := range c.child("deployKeys").items() {
		out.DeployKeys = append(out.DeployKeys, readDeployKey(item))
	}
	uniqueNames(c.child("deployKeys"), keep, "title")
	uniqueNames(c.child("deployKeys"), publicKey, "key")
	return out
}

func (f *forge) addRepo(c cursor, name string) {
	key := strings.ToLower(name)
	if other, taken := f.repos[key]; taken && name != "" {
		c.child("name").fail("repository %s stands in %s already", quote(name), other)
		return
	}
	f.repos[key] = c.path
}

func readHooks(list cursor) []GiteaHook {
	var out []GiteaHook
	for _, item := range list.items() {
		out = append(out, readHook(item))
	}
	uniqueNames(list, keep, "url")
	return out
}

func readHook(c cursor) GiteaHook {
	out := GiteaHook{ContentType: "json", Events: []string{"push"}, Active: true}
	c.entry("url", "contentType", "events", "branchFilter", "active", "secret", "authorization")
	c.child("url").text(&out.URL, webAddress)
	c.needs("url", out.URL)
	c.child("contentType").text(&out.ContentType, oneOf("json", "form"))
	c.child("events").texts(&out.Events, oneOf(giteaEvents()...))
	if events := c.child("events"); events.node != nil && events.node.kind == sequence && len(events.node.items) == 0 {
		events.fail("is empty: leave it out for push")
	}
	c.child("branchFilter").pattern(&out.BranchFilter)
	c.child("active").flag(&out.Active)
	c.child("secret").secret(&out.Secret)
	c.child("authorization").secret(&out.Authorization)
	return out
}

func (f *forge) protections(c cursor, repo *GiteaRepo, teams []string) {
	list := c.child("branchProtections")
	for _, item := range list.items() {
		repo.BranchProtections = append(repo.BranchProtections, readProtection(item, teams))
	}
	uniqueNames(list, keep, "branch")
}

func readProtection(c cursor, teams []string) GiteaBranchProtection {
	const mostApprovals = 100
	out := GiteaBranchProtection{}
	c.entry("branch", "push", "merge", "requiredApprovals", "statusChecks", "dismissStaleApprovals", "blockOnRejectedReviews",
		"blockOnOutdatedBranch", "requireSignedCommits", "protectedFilePatterns", "unprotectedFilePatterns")
	c.child("branch").pattern(&out.Branch, branchPattern)
	c.needs("branch", out.Branch)
	push := c.section("push")
	push.only("all", "teams", "users")
	push.child("all").flag(&out.PushAll)
	out.Push = readActors(push, teams)
	if out.PushAll && len(out.Push.Teams)+len(out.Push.Users) > 0 {
		push.fail("lists teams or users although all may push")
	}
	if merge := c.section("merge"); !merge.node.isNull() {
		merge.only("teams", "users")
		out.Merge = new(readActors(merge, teams))
	}
	c.child("requiredApprovals").number(&out.RequiredApprovals, 0, mostApprovals)
	c.child("statusChecks").texts(&out.StatusChecks)
	c.child("dismissStaleApprovals").flag(&out.DismissStaleApprovals)
	c.child("blockOnRejectedReviews").flag(&out.BlockOnRejectedReviews)
	c.child("blockOnOutdatedBranch").flag(&out.BlockOnOutdatedBranch)
	c.child("requireSignedCommits").flag(&out.RequireSignedCommits)
	c.child("protectedFilePatterns").pattern(&out.ProtectedFilePatterns)
	c.child("unprotectedFilePatterns").pattern(&out.UnprotectedFilePatterns)
	return out
}

// readActors refuses teams that do not work in the repository: Gitea leaves
// them out without a word.
func readActors(c cursor, teams []string) GiteaActors {
	var out GiteaActors
	c.child("teams").texts(&out.Teams, func(s string) string {
		if !slices.Contains(teams, s) {
			return "is no team that works in this repository"
		}
		return ""
	})
	uniqueNames(c.child("teams"), keep)
	c.child("users").texts(&out.Users, giteaUsername)
	uniqueNames(c.child("users"), strings.ToLower)
	return out
}

func readDeployKey(c cursor) GiteaDeployKey {
	out := GiteaDeployKey{ReadOnly: true}
	c.entry("title", "key", "readOnly")
	c.child("title").text(&out.Title, atMost(50))
	c.needs("title", out.Title)
	if key := c.child("key"); key.node != nil && strings.Contains(key.node.text, "PRIVATE KEY") {
		key.fail("is a private key: the public one belongs here")
	} else {
		key.text(&out.Key, sshKey)
	}
	c.needs("key", out.Key)
	out.Key = publicKey(out.Key)
	c.child("readOnly").flag(&out.ReadOnly)
	return out
}

// publicKey leaves out the comment, which Gitea need not keep.
func publicKey(key string) string {
	fields := strings.Fields(key)
	return strings.Join(fields[:min(2, len(fields))], " ")
}
