// Package droneactivate makes Drone build the repositories that the Otomi Values
// name: it logs Drone's user in at Gitea where Drone lost or never had access,
// lets Drone read the repositories, sets them up and activates them, keeps
// the one hook that each needs, and keeps secrets, cron jobs and templates.
package droneactivate

import (
	"otomi.io/tasks/tasks/inventory"
	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/values"
)

// State is everything that the task manages in Drone, and of the hooks in Gitea,
// by name. The JSON names of the fields are Drone's.
type State struct {
	Logins     map[string]Login    // otomi-admin
	Repos      map[string]Repo     // otomi/values
	Hooks      map[string]Hook     // otomi/values
	Secrets    map[string]Secret   // otomi/values/npm
	OrgSecrets map[string]Secret   // otomi/npm
	Crons      map[string]Cron     // otomi/values/nightly
	Templates  map[string]Template // otomi/plugin.yaml

	// blocked says of which repositories nothing is changed, and why.
	blocked map[string]string
	reading *reading
}

// reading is what Apply needs of Current beside the plan's objects.
type reading struct {
	inventory *inventory.Inventory
	repos     repositories
	addresses addresses
}

// Login is Drone's access to Gitea as its own user.
type Login struct {
	plan.Meta `json:"-"`
	Access    string `json:"access"` // works, or what Gitea says instead
}

// Repo is a repository that Drone builds; nil means unmanaged.
type Repo struct {
	plan.Meta     `json:"-"`
	Active        bool    `json:"active"`
	Config        *string `json:"config_path,omitempty"`
	Visibility    *string `json:"visibility,omitempty" plan:"review"`
	Timeout       *int64  `json:"timeout,omitempty" plan:"minutes"` // minutes
	Throttle      *int64  `json:"throttle,omitempty"`               // builds at once
	Trusted       *bool   `json:"trusted,omitempty" plan:"review"`
	Protected     *bool   `json:"protected,omitempty" plan:"review"`
	IgnoreForks   *bool   `json:"ignore_forks,omitempty"`
	IgnorePulls   *bool   `json:"ignore_pull_requests,omitempty"`
	CancelPulls   *bool   `json:"auto_cancel_pull_requests,omitempty"`
	CancelPush    *bool   `json:"auto_cancel_pushes,omitempty"`
	CancelRunning *bool   `json:"auto_cancel_running,omitempty"`

	declared []string // the settings that the last run declared, by their JSON names
}

// Hook is how Gitea tells Drone of what happens in a repository.
type Hook struct {
	plan.Meta `json:"-"`
	Copies    int      `json:"copies"`
	Active    bool     `json:"active"`
	Events    []string `json:"events"` // of those that Drone wants
}

// Secret is one that pipelines may read, of a repository or of an organisation;
// nil means unmanaged.
type Secret struct {
	plan.Meta   `json:"-"`
	Parent      string `json:"-" plan:"-"`
	Name        string `json:"-" plan:"-"`
	PullRequest *bool  `json:"pull_request,omitempty" plan:"review,omitempty"`
	PullPush    *bool  `json:"pull_request_push,omitempty" plan:"review,omitempty"`
	// Data is never returned by Drone. The current side holds what the
	// fingerprint in our inventory proves.
	Data values.Secret `json:"data"`
}

// Cron starts a build at its times; nil means unmanaged.
type Cron struct {
	plan.Meta `json:"-"`
	Parent    string  `json:"-" plan:"-"`
	Name      string  `json:"-" plan:"-"`
	Expr      string  `json:"expr" plan:"review"`
	Branch    string  `json:"branch" plan:"review"`
	Target    *string `json:"target,omitempty"`
	Disabled  *bool   `json:"disabled,omitempty"`
}

// Template is a pipeline that repositories of an organisation share.
type Template struct {
	plan.Meta `json:"-"`
	Parent    string `json:"-" plan:"-"`
	Name      string `json:"-" plan:"-"`
	Data      string `json:"-" plan:"-"`
	SHA256    string `json:"sha256"` // of Data, which is too long for a plan
}
