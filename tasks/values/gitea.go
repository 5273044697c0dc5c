package values

// Names in Gitea that are the platform's own.
const (
	giteaOrganization = "otomi"
	giteaValuesRepo   = "values"
	giteaChartsRepo   = "charts"
	giteaArgoSuffix   = "-argocd"
)

// TeamGitea is teamConfig.<id>.gitea.
type TeamGitea struct {
	// Members are accounts that somebody else makes, as by a first log-in.
	Members []string
	// Users are local accounts, made where they are absent. They are members.
	Users []GiteaUser
	Repos []GiteaRepo
}

// GiteaUser is an entry of teamConfig.<id>.gitea.users. Names are compared in
// lower case, as Gitea compares them.
type GiteaUser struct {
	Username, Email, FullName string
	// InitialPassword is for the creation only; without one nobody can log in
	// with a password.
	InitialPassword Secret
	// MustChangePassword is at the first log-in; until then the account cannot
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
	// Push says who may push; nobody where it is empty and PushAll is false.
	Push    GiteaActors
	PushAll bool
	// Merge says who may merge pull requests; nil is everybody who can write.
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
