package values

import (
	"otomi.io/tasks/tasks/platform"
	"otomi.io/tasks/tasks/values/rule"
)

// Drone is apps.drone.
type Drone struct {
	Enabled bool
	// Address is where the task reaches Drone, without a slash at its end.
	Address    string
	AdminUser  string
	AdminToken Secret
	// Namespace is the Kubernetes namespace of the release.
	Namespace string
	// DroneBuilds is what it builds, besides the platform's own repository.
	DroneBuilds
}

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

func droneSettings(v *Values) []setting {
	d := &v.Apps.Drone
	return []setting{
		{path: "apps.drone.enabled", reading: flag(&d.Enabled), fallback: "true"},
		{path: "apps.drone.address", variables: []string{"DRONE_URL"}, reading: text(&d.Address, rule.WebAddress), fallback: "https://drone.<suffix>"},
		{path: "apps.drone.adminUser", reading: text(&d.AdminUser, rule.PathPart), fallback: d.AdminUser},
		{path: "apps.drone.adminToken", variables: []string{"DRONE_TOKEN"}, reading: secret(&d.AdminToken)},
		{path: "apps.drone.namespace", variables: []string{"DRONE_NAMESPACE"}, reading: text(&d.Namespace, rule.DNSLabel), fallback: d.Namespace},
		{path: "apps.drone.repos", fallback: unmanaged},
		{path: "apps.drone.secrets", fallback: unmanaged},
		{path: "apps.drone.templates", fallback: unmanaged},
	}
}

func defaultDrone(d platform.Drone) Drone {
	return Drone{Enabled: d.Enabled, AdminUser: d.AdminUser, Namespace: d.Namespace}
}

func deriveDrone(v *Values) {
	d := &v.Apps.Drone
	if suffix := v.Cluster.DomainSuffix; suffix != "" {
		setDefault(&d.Address, "https://drone."+suffix)
	}
	d.Address = trimSlash(d.Address)
}

func droneNeeds(v Values) []requirement {
	d := v.Apps.Drone
	needs := []requirement{address("apps.drone.address", d.Address == "")}
	if !d.Enabled {
		return needs
	}
	return append(needs, password("apps.drone.adminToken", d.AdminToken, "DRONE_TOKEN"))
}
