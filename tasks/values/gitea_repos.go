package values

import (
	"slices"
	"strings"

	"otomi.io/tasks/tasks/values/rule"
	"otomi.io/tasks/tasks/values/tree"
)

// readGiteaParts reads what is in Gitea besides what follows from the teams
// themselves. Names are unique among the platform and all teams.
func readGiteaParts(top tree.Cursor, v *Values) {
	f := &giteaReader{teams: v.Teams, admin: v.Apps.Gitea.AdminUsername, first: v.Platform.Keycloak.FirstAdmin.Username, repos: map[string]string{}, users: map[string]localUser{}}
	apps := top.Child("apps").Child("gitea")
	apps.Child("owners").Texts(&v.Apps.Gitea.Owners, rule.GiteaUsername, f.notOrganization)
	apps.Child("owners").Unique(strings.ToLower)
	v.Apps.Gitea.Hooks = readHooks(apps.Child("hooks"))
	v.Apps.Gitea.Repos = sound(apps.Child("repos"), f.platformRepo)
	for _, id := range v.TeamIDs() {
		team := v.Teams[id]
		team.Gitea = f.team(top.Child("teamConfig").Child(id).Section("gitea"), id)
		v.Teams[id] = team
	}
}

// giteaReader finds names that contradict each other.
type giteaReader struct {
	teams map[string]Team
	admin string // and first, the administrator that the platform makes
	first string
	repos map[string]string    // folded name -> path of its entry
	users map[string]localUser // by folded name
}

// localUser is an account and where it is first.
type localUser struct {
	GiteaUser
	path string
}

func (f *giteaReader) team(c tree.Cursor, id string) TeamGitea {
	var out TeamGitea
	all := f.teamSettings(&out, id)
	c.Only(names(all)...)
	readSettings(c, all)
	return out
}

// teamSettings are below teamConfig.<id>.gitea.
func (f *giteaReader) teamSettings(t *TeamGitea, id string) []setting {
	return []setting{
		{path: "description", reading: optional(&t.Description, rule.AtMost(255)), fallback: unmanaged},
		{path: "members", reading: structure(func(c tree.Cursor) {
			c.Texts(&t.Members, rule.GiteaUsername, f.notOrganization)
			c.Unique(strings.ToLower)
		})},
		{path: "users", reading: structure(func(c tree.Cursor) {
			t.Users = sound(c, f.user)
			c.Unique(strings.ToLower, "username")
		}), fallback: "mustChangePassword: where initialPassword is given"},
		{path: "repos", reading: structure(func(c tree.Cursor) {
			t.Repos = sound(c, func(c tree.Cursor) (GiteaRepo, bool) { return f.teamRepo(c, id) })
		}), fallback: "private: true"},
	}
}

// sound are the items of a list that could be read.
func sound[T any](list tree.Cursor, read func(tree.Cursor) (T, bool)) []T {
	var out []T
	for _, item := range list.Items() {
		if one, ok := read(item); ok {
			out = append(out, one)
		}
	}
	return out
}

func (f *giteaReader) user(c tree.Cursor) (GiteaUser, bool) {
	out := GiteaUser{}
	mark := c.Mark()
	c.Entry("username", "email", "fullName", "initialPassword", "mustChangePassword")
	c.Child("username").Text(&out.Username, rule.GiteaUsername, f.notOrganization, f.notAdmin)
	c.Child("email").Text(&out.Email, rule.Email)
	c.Child("fullName").Text(&out.FullName, rule.AtMost(100))
	c.Child("initialPassword").Secret(&out.InitialPassword)
	out.MustChangePassword = !out.InitialPassword.IsZero()
	c.Child("mustChangePassword").Flag(&out.MustChangePassword)
	c.Needs("username", out.Username)
	c.Needs("email", out.Email)
	if c.Failed(mark) {
		return out, false
	}
	out.Email = strings.ToLower(out.Email)
	f.addUser(c, out)
	return out, true
}

// addUser lets a person be in several teams with the same attributes.
func (f *giteaReader) addUser(c tree.Cursor, u GiteaUser) {
	key := strings.ToLower(u.Username)
	if other, taken := f.users[key]; taken && other.GiteaUser != u {
		c.Fail("user %s has other attributes in %s", tree.Quote(u.Username), other.path)
	} else if !taken {
		f.users[key] = localUser{u, c.Path}
	}
}

func (f *giteaReader) notOrganization(s string) string {
	if strings.EqualFold(s, giteaOrganization) {
		return "is the platform's own organisation"
	}
	return ""
}

func (f *giteaReader) notAdmin(s string) string {
	if strings.EqualFold(s, f.admin) || strings.EqualFold(s, f.first) {
		return "is the platform's own user"
	}
	return ""
}

// platformRepo may also add to the repositories that the platform makes itself.
func (f *giteaReader) platformRepo(c tree.Cursor) (GiteaRepo, bool) {
	mark := c.Mark()
	out := f.repo(c, "teams")
	c.Child("teams").Texts(&out.Teams, f.teamID)
	c.Child("teams").Unique(tree.Exactly)
	if ownRepo(out.Name) && !out.Private {
		c.Child("private").Fail("repository %s is the platform's own and private", tree.Quote(out.Name))
	}
	if argoRepo(out.Name) {
		c.Child("name").Fail("%s is a repository that the platform makes itself", tree.Quote(out.Name))
	}
	f.protections(c, &out, out.Teams)
	return out, !c.Failed(mark)
}

func (f *giteaReader) teamRepo(c tree.Cursor, id string) (GiteaRepo, bool) {
	mark := c.Mark()
	out := f.repo(c)
	if ownRepo(out.Name) || argoRepo(out.Name) {
		c.Child("name").Fail("%s is a repository that the platform makes itself", tree.Quote(out.Name))
	}
	f.protections(c, &out, []string{id})
	return out, !c.Failed(mark)
}

func ownRepo(name string) bool {
	return strings.EqualFold(name, giteaValuesRepo) || strings.EqualFold(name, giteaChartsRepo)
}

func argoRepo(name string) bool {
	low := strings.ToLower(name)
	return strings.HasPrefix(low, teamPrefix) && strings.HasSuffix(low, giteaArgoSuffix)
}

func (f *giteaReader) teamID(s string) string {
	if _, known := f.teams[s]; !known {
		return "is not a team of teamConfig"
	}
	return ""
}

// repo reads what the repositories of the platform and of teams share.
func (f *giteaReader) repo(c tree.Cursor, more ...string) GiteaRepo {
	out := GiteaRepo{Private: true}
	c.Entry(slices.Concat([]string{"name", "description", "private", "defaultBranch", "autoInit", "hooks", "branchProtections", "deployKeys"}, more)...)
	c.Child("name").Text(&out.Name, rule.GiteaRepository)
	c.Needs("name", out.Name)
	c.Child("description").Optional(&out.Description, rule.AtMost(2048))
	c.Child("private").Flag(&out.Private)
	c.Child("defaultBranch").Optional(&out.DefaultBranch, rule.Branch)
	c.Child("autoInit").Flag(&out.AutoInit)
	f.addRepo(c, out.Name)
	out.Hooks = readHooks(c.Child("hooks"))
	for _, item := range c.Child("deployKeys").Items() {
		out.DeployKeys = append(out.DeployKeys, readDeployKey(item))
	}
	c.Child("deployKeys").Unique(tree.Exactly, "title")
	c.Child("deployKeys").Unique(publicKey, "key")
	return out
}

func (f *giteaReader) addRepo(c tree.Cursor, name string) {
	key := strings.ToLower(name)
	if other, taken := f.repos[key]; taken && name != "" {
		c.Child("name").Fail("repository %s is in %s already", tree.Quote(name), other)
		return
	}
	f.repos[key] = c.Path
}

func readHooks(list tree.Cursor) []GiteaHook {
	var out []GiteaHook
	for _, item := range list.Items() {
		out = append(out, readHook(item))
	}
	list.Unique(tree.Exactly, "url")
	return out
}

func readHook(c tree.Cursor) GiteaHook {
	out := GiteaHook{ContentType: "json", Events: []string{"push"}, Active: true}
	c.Entry("url", "contentType", "events", "branchFilter", "active", "secret", "authorization")
	c.Child("url").Text(&out.URL, rule.WebAddress)
	c.Needs("url", out.URL)
	c.Child("contentType").Text(&out.ContentType, rule.OneOf("json", "form"))
	c.Child("events").Texts(&out.Events, rule.OneOf(rule.GiteaEvents()...))
	if events := c.Child("events"); events.Node != nil && events.Node.Kind == tree.Sequence && len(events.Node.Items) == 0 {
		events.Fail("is empty: leave it out for push")
	}
	c.Child("branchFilter").Pattern(&out.BranchFilter)
	c.Child("active").Flag(&out.Active)
	c.Child("secret").Secret(&out.Secret)
	c.Child("authorization").Secret(&out.Authorization)
	return out
}

func (f *giteaReader) protections(c tree.Cursor, repo *GiteaRepo, teams []string) {
	list := c.Child("branchProtections")
	for _, item := range list.Items() {
		repo.BranchProtections = append(repo.BranchProtections, readProtection(item, teams))
	}
	list.Unique(tree.Exactly, "branch")
}

func readProtection(c tree.Cursor, teams []string) GiteaBranchProtection {
	const mostApprovals = 100
	out := GiteaBranchProtection{}
	c.Entry("branch", "push", "merge", "requiredApprovals", "statusChecks", "dismissStaleApprovals", "blockOnRejectedReviews",
		"blockOnOutdatedBranch", "requireSignedCommits", "protectedFilePatterns", "unprotectedFilePatterns")
	c.Child("branch").Pattern(&out.Branch, rule.BranchPattern)
	c.Needs("branch", out.Branch)
	push := c.Section("push")
	push.Only("all", "teams", "users")
	push.Child("all").Flag(&out.PushAll)
	out.Push = readActors(push, teams)
	if out.PushAll && len(out.Push.Teams)+len(out.Push.Users) > 0 {
		push.Fail("lists teams or users although all may push")
	}
	if merge := c.Section("merge"); !merge.Node.IsNull() {
		merge.Only("teams", "users")
		out.Merge = new(readActors(merge, teams))
	}
	c.Child("requiredApprovals").Number(&out.RequiredApprovals, 0, mostApprovals)
	c.Child("statusChecks").Texts(&out.StatusChecks)
	c.Child("dismissStaleApprovals").Flag(&out.DismissStaleApprovals)
	c.Child("blockOnRejectedReviews").Flag(&out.BlockOnRejectedReviews)
	c.Child("blockOnOutdatedBranch").Flag(&out.BlockOnOutdatedBranch)
	c.Child("requireSignedCommits").Flag(&out.RequireSignedCommits)
	c.Child("protectedFilePatterns").Pattern(&out.ProtectedFilePatterns)
	c.Child("unprotectedFilePatterns").Pattern(&out.UnprotectedFilePatterns)
	return out
}

// readActors refuses teams that do not work in the repository: Gitea leaves
// them out silently.
func readActors(c tree.Cursor, teams []string) GiteaActors {
	var out GiteaActors
	c.Child("teams").Texts(&out.Teams, func(s string) string {
		if !slices.Contains(teams, s) {
			return "is not a team that works in this repository"
		}
		return ""
	})
	c.Child("teams").Unique(tree.Exactly)
	c.Child("users").Texts(&out.Users, rule.GiteaUsername)
	c.Child("users").Unique(strings.ToLower)
	return out
}

func readDeployKey(c tree.Cursor) GiteaDeployKey {
	out := GiteaDeployKey{ReadOnly: true}
	c.Entry("title", "key", "readOnly")
	c.Child("title").Text(&out.Title, rule.AtMost(50))
	c.Needs("title", out.Title)
	if key := c.Child("key"); key.Node != nil && strings.Contains(key.Node.Text, "PRIVATE KEY") {
		key.Fail("is a private key: the public one belongs here")
	} else {
		key.Text(&out.Key, rule.SSHKey)
	}
	c.Needs("key", out.Key)
	out.Key = publicKey(out.Key)
	c.Child("readOnly").Flag(&out.ReadOnly)
	return out
}

// publicKey leaves out the comment, which Gitea need not keep.
func publicKey(key string) string {
	fields := strings.Fields(key)
	return strings.Join(fields[:min(2, len(fields))], " ")
}
