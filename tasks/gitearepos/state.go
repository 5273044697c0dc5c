// Package gitearepos makes Gitea equal to the Otomi Values: the organisation,
// its teams and their members, the repositories with their access, hooks,
// branch protections and deploy keys, and the OAuth2 application of Drone.
package gitearepos

import (
	"slices"

	"otomi.io/tasks/clients/gitea"
	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/values"
)

// State is everything that the task manages in Gitea, by name in lower case:
// Gitea does not tell cases apart. The JSON names of the fields are Gitea's. A
// field with one is compared, sent and shown under that name.
type State struct {
	Organizations map[string]Organization // otomi
	Users         map[string]User         // shop-bot
	Teams         map[string]Team         // team-a
	Members       map[string]Member       // team-a/alice
	Repositories  map[string]Repository   // values
	Accesses      map[string]Access       // team-a-argocd/team-a
	Protections   map[string]Protection   // shop main
	Hooks         map[string]Hook         // shop https://ci.example.com/hook
	DeployKeys    map[string]DeployKey    // shop argocd
	Applications  map[string]OAuth2App    // otomi-drone
	LoginSources  map[string]LoginSource  `json:",omitempty"` // otomi-idp

	// ServiceAccounts own the organisations of teams, where the platform has these.
	ServiceAccounts map[string]ServiceAccount `json:",omitempty"` // organization-team-a

	Facts `json:"-"`

	leavers string // what happens to accounts that the values no longer name: task.LeaversShow, …
}

// Facts are what guards and writers must know of the server besides its objects.
// Only the current side has any.
type Facts struct {
	// Accounts are those that were looked for, and whether they exist.
	Accounts map[string]bool
	// Renamed are objects of ours by kind and the name that we know, with the name
	// that they have now.
	Renamed map[string]string
	// ReadOnly are repositories and accounts, such as "shop alice", of which the
	// account must not write to the repository.
	ReadOnly map[string]bool
	// HooksDisabled is why the server takes no hooks, "" where it does.
	HooksDisabled string
	// NoPages is why login sources cannot be read, "" where they can.
	NoPages string
	// RefusedSecret says that the server refused the secret of Drone's application
	// right after it had issued it.
	RefusedSecret bool

	// Leavers are accounts of ours that the values no longer name.
	Leavers map[string]User

	// unread are the repositories that the scope left out.
	unread        map[string]bool
	version       gitea.Version
	teamIDs       map[string]int64
	repositoryIDs map[string]string
	// verified are the accesses that are as desired, with their notes.
	verified map[string]string
}

// Organization is one of Gitea's; nil means unmanaged.
type Organization struct {
	plan.Meta                 `json:"-"`
	RepoAdminChangeTeamAccess *bool `json:"repo_admin_change_team_access,omitempty"`
}

// User is a local account. The password is set when it is made and never again.
type User struct {
	plan.Meta          `json:"-"`
	Username           string        `json:"-" plan:"-"`
	Email              string        `json:"email" plan:"review"`
	FullName           *string       `json:"full_name,omitempty"`
	described          bool          // the values gave it a name
	Password           values.Secret `json:"-" plan:"-"`
	MustChangePassword bool          `json:"-" plan:"-"`
	// Prohibited accounts cannot log in; nil means unmanaged.
	Prohibited *bool `json:"prohibit_login,omitempty"`
	// LoginName and SourceID are sent back as they are: Gitea sets them with
	// every update.
	LoginName string `json:"-" plan:"-"`
	SourceID  int64  `json:"-" plan:"-"`
}

// Team is a team of the organisation.
type Team struct {
	plan.Meta   `json:"-"`
	Description *string `json:"description,omitempty"` // nil means unmanaged
	// Admin teams have every right in their repositories, whatever their units.
	Admin                   bool              `json:"admin" plan:"review,omitempty"`
	Units                   map[string]string `json:"units_map,omitempty"`
	CanCreateOrgRepo        bool              `json:"can_create_org_repo" plan:"review,omitempty"`
	IncludesAllRepositories bool              `json:"includes_all_repositories" plan:"review,omitempty"`
}

// Member is an account in a team.
type Member struct {
	plan.Meta `json:"-"`
	TeamName  string `json:"-" plan:"-"`
	User      string `json:"-" plan:"-"`
}

// Repository is one of the organisation's; nil means unmanaged.
type Repository struct {
	plan.Meta     `json:"-"`
	Name          string  `json:"-" plan:"-"`
	Private       bool    `json:"private" plan:"review"`
	Description   *string `json:"description,omitempty"`
	described     bool    // the values gave it the description
	DefaultBranch *string `json:"default_branch,omitempty"`
	AutoInit      bool    `json:"-" plan:"-"`
	// Archived, Fork and Empty limit what can be changed.
	Archived bool `json:"-" plan:"-"`
	Fork     bool `json:"-" plan:"-"`
	Empty    bool `json:"-" plan:"-"`
	// BranchMissing says that the desired default branch is not there yet.
	BranchMissing bool `json:"-" plan:"-"`
}

// Access lets a team into a repository, with the team's rights.
type Access struct {
	plan.Meta  `json:"-"`
	Repository string `json:"-" plan:"-"`
	TeamName   string `json:"-" plan:"-"`
}

// Protection is a rule for branches. Every field is managed where it is declared.
type Protection struct {
	plan.Meta               `json:"-"`
	Repository              string   `json:"-" plan:"-"`
	Rule                    string   `json:"-" plan:"-"`
	EnablePush              bool     `json:"enable_push" plan:"review"`
	EnablePushWhitelist     bool     `json:"enable_push_whitelist"`
	PushTeams               []string `json:"push_whitelist_teams" plan:"review"`
	PushUsers               []string `json:"push_whitelist_usernames" plan:"review"`
	EnableMergeWhitelist    bool     `json:"enable_merge_whitelist"`
	MergeTeams              []string `json:"merge_whitelist_teams" plan:"review"`
	MergeUsers              []string `json:"merge_whitelist_usernames" plan:"review"`
	RequiredApprovals       int64    `json:"required_approvals" plan:"review"`
	EnableStatusCheck       bool     `json:"enable_status_check"`
	StatusCheckContexts     []string `json:"status_check_contexts"`
	DismissStaleApprovals   bool     `json:"dismiss_stale_approvals"`
	BlockOnRejectedReviews  bool     `json:"block_on_rejected_reviews"`
	BlockOnOutdatedBranch   bool     `json:"block_on_outdated_branch"`
	RequireSignedCommits    bool     `json:"require_signed_commits"`
	ProtectedFilePatterns   string   `json:"protected_file_patterns"`
	UnprotectedFilePatterns string   `json:"unprotected_file_patterns"`
}

// Hook is a webhook of a repository, known by its address. Every field is managed
// where it is declared.
type Hook struct {
	plan.Meta     `json:"-"`
	Repository    string        `json:"-" plan:"-"`
	URL           string        `json:"-" plan:"-"`
	ContentType   string        `json:"content_type"`
	Events        []string      `json:"events" plan:"review"` // as Gitea lists them, in order
	BranchFilter  string        `json:"branch_filter"`
	Active        bool          `json:"active"`
	Authorization values.Secret `json:"authorization_header"`
	// Secret is never returned by Gitea. The current side holds what the
	// fingerprint in our inventory proves.
	Secret values.Secret `json:"secret"`
	// Copies are the hooks with this address; more than one deliver twice.
	Copies int `json:"copies"`
	// Declared are the events as Gitea takes them, and Branches the filter: what is
	// written, also where the server does not show it.
	Declared []string `json:"-" plan:"-"`
	Branches string   `json:"-" plan:"-"`
	// Others are the ids of the copies beside this hook.
	Others []string `json:"-" plan:"-"`
}

// DeployKey is a public key with a right in one repository.
type DeployKey struct {
	plan.Meta  `json:"-"`
	Repository string `json:"-" plan:"-"`
	Title      string `json:"-" plan:"-"`
	Key        string `json:"key"` // type and key
	ReadOnly   bool   `json:"read_only" plan:"review"`
}

// OAuth2App is an application that logs people in with their Gitea account,
// and the Secret in Kubernetes that holds its credentials.
type OAuth2App struct {
	plan.Meta          `json:"-"`
	RedirectURIs       []string `json:"redirect_uris" plan:"review"`
	ConfidentialClient bool     `json:"confidential_client"`
	// SkipConsent lets people in without asking them; nil where the server always
	// asks, or a working secret would have to go for it.
	SkipConsent *bool `json:"skip_secondary_authorization"`
	// SecretWorks says that Gitea accepts the secret that we know, SecretStored
	// that the Secret in Kubernetes holds it.
	SecretWorks  bool `json:"secret_works"`
	SecretStored bool `json:"secret_stored"`
	// Namespace and SecretName say where the credentials belong.
	Namespace  string `json:"-" plan:"-"`
	SecretName string `json:"-" plan:"-"`
	// ClientID and Secret are the credentials that work.
	ClientID string        `json:"-" plan:"-"`
	Secret   values.Secret `json:"-" plan:"-"`
	// Pending says what the Secret waits for.
	Pending string `json:"-" plan:"-"`
	// Known says that we know a secret of the application, whether it works or not.
	Known bool `json:"-" plan:"-"`
}

// everyone stands for all accounts with write access.
const everyone = "everyone with write access"

func (p Protection) pushers() []string {
	switch {
	case !p.EnablePush:
		return nil
	case !p.EnablePushWhitelist:
		return []string{everyone}
	}
	return slices.Concat(p.PushTeams, p.PushUsers)
}

func (p Protection) mergers() []string {
	if !p.EnableMergeWhitelist {
		return []string{everyone}
	}
	return slices.Concat(p.MergeTeams, p.MergeUsers)
}
