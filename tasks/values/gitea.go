package values

import (
	"strings"

	"otomi.io/tasks/tasks/platform"
	"otomi.io/tasks/tasks/values/rule"
	"otomi.io/tasks/tasks/values/tree"
)

// Gitea is apps.gitea.
type Gitea struct {
	Enabled bool
	// Address is where the task reaches Gitea, without a slash at its end.
	Address       string
	AdminUsername string
	AdminPassword Secret
	// AdminToken is an access token of the administrator; it takes the place
	// of the password.
	AdminToken Secret
	// Owners administer the organisation besides AdminUsername.
	Owners []string
	// Hooks are told of every repository of the organisation.
	Hooks []GiteaHook
	// Repos are the platform's besides its own.
	Repos []GiteaRepo
}

// Names in Gitea that are the platform's own.
const (
	giteaOrganization = "otomi"
	giteaValuesRepo   = "values"
	giteaChartsRepo   = "charts"
	giteaArgoSuffix   = "-argocd"
)

// TeamGitea is teamConfig.<id>.gitea.
type TeamGitea struct {
	// Description is left alone where it is nil.
	Description *string
	// Members are accounts that are made elsewhere, as by a first login.
	Members []string
	// Users are local accounts, made where they are absent. They are members.
	Users []GiteaUser
	Repos []GiteaRepo
}

// GiteaUser is an entry of teamConfig.<id>.gitea.users. Names are compared in
// lower case, as Gitea compares them.
type GiteaUser struct {
	Username, Email, FullName string
	// InitialPassword is for the creation only; without one there is no login with a
	// password.
	InitialPassword Secret
	// MustChangePassword is at the first login; until then the account cannot
	// use the API.
	MustChangePassword bool
}

// GiteaRepo is an entry of apps.gitea.repos or teamConfig.<id>.gitea.repos.
type GiteaRepo struct {
	Name string
	// Description and DefaultBranch are left alone where they are nil.
	Description, DefaultBranch *string
	Private                    bool
	// AutoInit gives a new repository a first commit.
	AutoInit bool
	// Teams are the ids of the teams that work in it; in apps.gitea only.
	Teams             []string
	Hooks             []GiteaHook
	BranchProtections []GiteaBranchProtection
	DeployKeys        []GiteaDeployKey
}

// GiteaHook is a webhook, known by its address.
type GiteaHook struct {
	URL         string
	ContentType string // json or form
	// Events are Gitea's names for them.
	Events       []string
	BranchFilter string // a pattern, "" for every branch
	Active       bool
	// Secret signs the deliveries; Authorization is sent as that header.
	Secret, Authorization Secret
}

// GiteaBranchProtection is a rule for branches.
type GiteaBranchProtection struct {
	Branch string // a name or a pattern
	// Push says who may push; no account where it is empty and PushAll is false.
	Push    GiteaActors
	PushAll bool
	// Merge says who may merge pull requests; nil is every user who can write.
	Merge             *GiteaActors
	RequiredApprovals int
	// StatusChecks must have passed before a merge.
	StatusChecks            []string
	DismissStaleApprovals   bool
	BlockOnRejectedReviews  bool
	BlockOnOutdatedBranch   bool
	RequireSignedCommits    bool
	ProtectedFilePatterns   string
	UnprotectedFilePatterns string
}

// GiteaActors are teams, by their id, and users.
type GiteaActors struct{ Teams, Users []string }

// GiteaDeployKey is a public key that reads, or writes, one repository.
type GiteaDeployKey struct {
	Title    string
	Key      string // type and key, without the comment
	ReadOnly bool
}

func giteaSettings(v *Values) []setting {
	g := &v.Apps.Gitea
	return []setting{
		{path: "apps.gitea.enabled", reading: flag(&g.Enabled), fallback: "true"},
		{path: "apps.gitea.address", variables: []string{"GITEA_URL"}, reading: text(&g.Address, rule.WebAddress), fallback: "https://gitea.<suffix>"},
		{path: "apps.gitea.adminUsername", variables: []string{"GITEA_USERNAME"}, reading: text(&g.AdminUsername, rule.PathPart), fallback: g.AdminUsername},
		{path: "apps.gitea.adminPassword", variables: []string{"GITEA_PASSWORD"}, reading: secret(&g.AdminPassword), fallback: "otomi.adminPassword"},
		{path: "apps.gitea.adminToken", variables: []string{"GITEA_TOKEN"}, reading: secret(&g.AdminToken)},
		{path: "apps.gitea.owners"},
		{path: "apps.gitea.hooks", fallback: "contentType: json, events: [push], active: true"},
		{path: "apps.gitea.repos", fallback: "private: true"},
		{path: "otomi.git.username", fallback: "APL 4.15 to 5.1: the administrator of Gitea"},
		{path: "otomi.git.password", fallback: "and the password"},
		{path: "apps.argocd.enabled", reading: flag(&v.Apps.ArgoCD.Enabled), fallback: "false"},
	}
}

func defaultGitea(g platform.Gitea) Gitea {
	return Gitea{Enabled: g.Enabled, AdminUsername: g.AdminUsername}
}

func deriveGitea(v *Values, top tree.Cursor) {
	g, names := &v.Apps.Gitea, v.Platform.Gitea
	v.Apps.ArgoCD.Enabled = v.Apps.ArgoCD.Enabled || v.Platform.ArgoCDAlways
	switch {
	case names.AlwaysEnabled:
		g.Enabled = true
	case names.EnabledByDrone:
		g.Enabled = builtFromGitea(top.At("apps.drone.sourceControl"), v.Cluster.DomainSuffix)
	}
	if names.AdminFromGit {
		top.At("otomi.git.username").Text(&g.AdminUsername, rule.GiteaUsername)
		top.At("otomi.git.password").Secret(&g.AdminPassword)
	}
	if !names.OwnPassword {
		fallBack(&g.AdminPassword, v.Otomi.AdminPassword)
	}
	if suffix := v.Cluster.DomainSuffix; suffix != "" {
		setDefault(&g.Address, "https://gitea."+suffix)
	}
	g.Address = trimSlash(g.Address)
}

// builtFromGitea says whether Drone's source is the platform's own Gitea.
func builtFromGitea(c tree.Cursor, suffix string) bool {
	own := "https://gitea." + suffix
	provider, server := "gitea", own
	c.Child("provider").Text(&provider)
	c.Child("gitea").Child("server").Text(&server)
	return provider == "gitea" && strings.TrimRight(server, "/") == own
}

// giteaNeeds has Drone's address, too: Gitea's task makes its OAuth2 application.
func giteaNeeds(v Values) []requirement {
	g := v.Apps.Gitea
	needs := []requirement{
		address("apps.gitea.address", g.Address == ""),
		address("apps.drone.address", v.Apps.Drone.Address == "" && v.Apps.Drone.Enabled),
	}
	if !g.Enabled || !g.AdminToken.IsZero() {
		return needs
	}
	return append(needs, password("apps.gitea.adminPassword", g.AdminPassword, "otomi.adminPassword", "GITEA_PASSWORD", "apps.gitea.adminToken"))
}
