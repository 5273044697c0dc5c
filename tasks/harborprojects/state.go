// Package harborprojects makes Harbor equal to the Otomi Values: its
// configuration, and per team a project with its members, limits and rules, and
// the robot accounts whose secrets the team's namespace holds.
package harborprojects

import (
	"otomi.io/tasks/clients/harbor"
	"otomi.io/tasks/tasks/harborprojects/credential"
	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/values"
)

// State is everything that the task manages in Harbor, by name, and what it
// publishes in Kubernetes.
type State struct {
	Configurations map[string]Configuration // harbor, robot-names
	ServiceRobots  map[string]ServiceRobot  // otomi-tasks
	Groups         map[string]Group         // team-a
	Projects       map[string]Project       // team-a
	Quotas         map[string]Quota         // team-a
	Members        map[string]Member        // team-a/team-admin
	Retentions     map[string]Retention     // team-a
	Immutables     map[string]Immutable     // team-a/** release-*
	Credentials    map[string]Credential    // team-a/pull

	// server is known on the current side only.
	server server
	// withoutPlatform is a desired side that leaves the platform's own alone.
	withoutPlatform bool
}

// server is what a plan and its writer must know of the server besides its
// objects.
type server struct {
	version harbor.Version
	// prefix is what Harbor puts before the name of every robot account.
	prefix string
	// rights are those that the service robot should have on this version.
	rights []string
	// asRobot says that the service robot works and has them all.
	asRobot bool
	// pending are the namespaces where nothing can be published yet, with the reason.
	pending map[string]string
	// unpublished are the credentials without a Secret whose robot accounts exist.
	unpublished map[string]*basis
	// unread counts the credentials of teams that were published and not read.
	unread map[string]int
}

// Configuration is Harbor's own; nil means unmanaged. The JSON names are
// Harbor's.
type Configuration struct {
	plan.Meta        `json:"-"`
	AuthMode         *string `json:"auth_mode,omitempty"`
	PrimaryAuthMode  *bool   `json:"primary_auth_mode,omitempty"`
	OIDCName         *string `json:"oidc_name,omitempty"`
	OIDCEndpoint     *string `json:"oidc_endpoint,omitempty"`
	OIDCClientID     *string `json:"oidc_client_id,omitempty"`
	OIDCGroupsClaim  *string `json:"oidc_groups_claim,omitempty"`
	OIDCAdminGroup   *string `json:"oidc_admin_group,omitempty"`
	OIDCScope        *string `json:"oidc_scope,omitempty"`
	OIDCVerifyCert   *bool   `json:"oidc_verify_cert,omitempty"`
	OIDCAutoOnboard  *bool   `json:"oidc_auto_onboard,omitempty"`
	OIDCUserClaim    *string `json:"oidc_user_claim,omitempty"`
	ProjectCreation  *string `json:"project_creation_restriction,omitempty"`
	SelfRegistration *bool   `json:"self_registration,omitempty"`
	RobotNamePrefix  *string `json:"robot_name_prefix,omitempty"`
	// OIDCClientSecret is never returned by Harbor. The current side holds what
	// the fingerprint in our inventory proves.
	OIDCClientSecret values.Secret `json:"oidc_client_secret,omitzero"`
	// Managed says why Harbor refuses changes of its configuration, "" where it
	// does; Robots, whether there are robot accounts that a prefix would rename.
	// Both are known on the current side only.
	Managed string `json:"-" plan:"-"`
	Robots  bool   `json:"-" plan:"-"`
}

// ServiceRobot is the robot account that does what a robot account may: a
// request of the administrator costs Harbor 0.1 s of hashing, one of a robot
// account some milliseconds. Its secret is in our inventory.
type ServiceRobot struct {
	plan.Meta `json:"-"`
	// Lacks and Exceeds are the permissions that it does not have and should, and
	// the other way round: project * member:create.
	Lacks, Exceeds []string
	Enabled        bool
	Duration       int64 `plan:"days"` // days, -1 for one that never expires
	// Login is works, or why it does not.
	Login string

	rights []string // the permissions to give
}

// Group is a group of the identity provider as Harbor knows it.
type Group struct {
	plan.Meta `json:"-"`
	Type      int
}

// Project is a team's project; nil means unmanaged.
type Project struct {
	plan.Meta         `json:"-"`
	Public            *bool `plan:"review"`
	AutoScan          *bool
	AutoSBOM          *bool
	PreventVulnerable *bool
	Severity          *string
	// RetentionID is the policy of the project, "" for none.
	RetentionID string `plan:"-"`
}

// Quota is what a project may store.
type Quota struct {
	plan.Meta `json:"-"`
	Storage   int64 `plan:"review,bytes"` // bytes, -1 for no limit
}

// Member is a group with a role in a project. Its name says which: there are two
// or more for each team.
type Member struct {
	plan.Meta `json:"-"`
	Role      string `plan:"review"` // project-admin, maintainer, developer, guest, limited-guest
}

// Retention is which images a project keeps.
type Retention struct {
	plan.Meta `json:"-"`
	Schedule  string          `plan:"review"` // cron, in six fields
	Rules     []RetentionRule `plan:"review"`

	project string // the project's id, "" where it does not exist yet
	stale   string // the policy that the project names although it was deleted
}

// RetentionRule keeps what it names. The JSON is how a plan shows it.
type RetentionRule struct {
	Repositories string `json:"repositories"` // a pattern; ! before it excludes
	Tags         string `json:"tags"`         // the same
	Untagged     bool   `json:"untagged"`
	Keep         string `json:"keep"`            // latestPushedK, nDaysSinceLastPull, …, always: Harbor's templates
	Count        int    `json:"count,omitempty"` // of images or days
	Disabled     bool   `json:"disabled,omitempty"`
}

// Immutable is tags that cannot be pushed again.
type Immutable struct {
	plan.Meta          `json:"-"`
	Project            string
	Repositories, Tags string // patterns; ! before one excludes
	Disabled           bool
}

// Credential is what a team's pods or builds log into the registry with: a
// robot account, and the Secret in the team's namespace that holds its name
// and secret. Both change together, because only the answer to the creation of
// the robot account holds the secret.
type Credential struct {
	plan.Meta `json:"-"`
	// Login is proved, or why it is not.
	Login       credential.Login
	Permissions []string `plan:"review"`      // project team-a repository:pull
	Duration    int64    `plan:"review,days"` // of the robot account in days, -1 for one that never expires
	Username    string   // with the prefix, as the Secret has it
	Secret      *secretSpec
	// Attached says that pods of the namespace pull with the Secret unasked.
	Attached *bool
	// Retiring names the former robot account where its time is over, "" where
	// nothing is due.
	Retiring string

	slot  credential.Slot // whose robot account the Secret names
	basis *basis          // nil for a credential that is as it should be
	renew bool            // desired: a new robot account
}

// basis is what a change of a credential goes by.
type basis struct {
	credential.Status
	robots credential.Pair
}

// secretSpec is what all Secrets for the same use have in common, so that a large
// platform has each only once in memory.
type secretSpec struct {
	Host      string // of the registry
	Type      string
	ManagedBy string // the label
}
