package values

// DroneBuilds is what Drone builds and with what, below apps.drone.
type DroneBuilds struct {
	Repos      []DroneRepo
	OrgSecrets []DroneOrgSecret // apps.drone.secrets
	Templates  []DroneTemplate
}

// TeamDrone is teamConfig.<id>.drone.
type TeamDrone struct {
	Repos []DroneRepo
}

// DroneRepo is a repository that Drone builds. What is nil is left as it is.
type DroneRepo struct {
	// Name is that of the organisation, a slash and the repository's.
	Name string
	// ConfigPath is the file of the pipeline.
	ConfigPath *string
	// Visibility is public, private or internal.
	Visibility *string
	// Timeout is in minutes, Throttle how many builds may run at once (0 is no
	// limit). Both, and Trusted, only an administrator of Drone may change.
	Timeout, Throttle *int
	Trusted           *bool
	// The other switches, as Drone has them.
	Protected, IgnoreForks, IgnorePulls      *bool
	CancelPulls, CancelPushes, CancelRunning *bool
	Secrets                                  []DroneSecret
	Crons                                    []DroneCron // cron
}

// DroneSecret is a secret that pipelines may read. What is nil is left as it is.
type DroneSecret struct {
	Name  string
	Value Secret
	// PullRequests shows it to the builds of pull requests.
	PullRequests, PullRequestPushes *bool
}

// DroneCron starts a build at its times.
type DroneCron struct {
	Name string
	// Expression is six fields that begin with the seconds, or a word like
	// @daily.
	Expression string
	Branch     string
	Target     *string
	Disabled   *bool
}

// DroneOrgSecret is a secret for all repositories of an organisation.
type DroneOrgSecret struct {
	Organisation string
	DroneSecret
}

// DroneTemplate is a pipeline that the repositories of an organisation share;
// Drone 1.x has none.
type DroneTemplate struct {
	Organisation, Name string
	// Data is the template, line breaks and placeholders included.
	Data string
}
