// Package harborprojects makes Harbor equal to the Otomi Values: its
// configuration, and per team a project with its members, limits and rules, and
// the robot accounts whose secrets the team's namespace holds.
package harborprojects

import (
	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/values"
)

// State is everything that the task manages in Harbor, by name, and what it
// hands out in Kubernetes.
type State struct {
	Configurations map[string]Configuration // harbor, robot-names
	Runners        map[string]Runner        // otomi-tasks
	Groups         map[string]Group         // team-a
	Projects       map[string]Project       // team-a
	Quotas         map[string]Quota         // team-a
	Members        map[string]Member        // team-a/team-admin
	Retentions     map[string]Retention     // team-a
	Immutables     map[string]Immutable     // team-a/** release-*
	Credentials    map[string]Credential    // team-a/pull

	// These are known on the current side only: what Harbor puts before the names
	// of robot accounts, which namespaces cannot take Secrets yet, and which
	// credentials cannot get a new robot account yet, each with the reason.
	prefix         string
	pending, waits map[string]string
}

// Configuration is Harbor's own; nil is not ours to say. The JSON names are
// Harbor's.
type Configuration struct {
	plan.Meta        `json:"-"`
	AuthMode         *string `json:"auth_mode,omitempty"`
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
	// the fingerprint in our state proves.
	OIDCClientSecret values.Secret `json:"oidc_client_secret,omitzero"`
	// Managed says why Harbor lets nobody change its configuration, "" where it
	// does; Robots, whether there are robot accounts that a prefix would rename.
	// Both are known on the current side only.
	Managed string `json:"-" plan:"-"`
	Robots  bool   `json:"-" plan:"-"`
}

// Runner is the robot account that does what a robot may: a request of the
// administrator costs Harbor 0.1 s of hashing, one of a robot some
// milliseconds. Its secret is in our state.
type Runner struct {
	plan.Meta `json:"-"`
	// Lacks and Exceeds are the permissions that it does not have and should, and
	// the other way round: project * member:create.
	Lacks, Exceeds []string
	Enabled        bool
	Duration       int64 // days, -1 for ever
	// Login is works, or why it does not.
	Login string
}

// Group is a group of the identity provider as Harbor knows it.
type Group struct {
	plan.Meta `json:"-"`
	Type      int
}

// Project is a team's project; nil is not ours to say.
type Project struct {
	plan.Meta         `json:"-"`
	Public            *bool
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
	Storage   int64 // bytes, -1 for no limit
}

// Member is a group with a role in a project. Its name says which: there are two
// or more for each team.
type Member struct {
	plan.Meta `json:"-"`
	Role      string // project-admin, maintainer, developer, guest, limited-guest
}

// Retention is which images a project keeps.
type Retention struct {
	plan.Meta `json:"-"`
	Schedule  string // cron, in six fields
	Rules     []RetentionRule
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

// Immutable is tags that nobody can push again.
type Immutable struct {
	plan.Meta          `json:"-"`
	Project            string
	Repositories, Tags string // patterns; ! before one excludes
	Disabled           bool
}
