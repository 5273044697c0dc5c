package values

import (
	"strings"

	"otomi.io/tasks/tasks/platform"
	"otomi.io/tasks/tasks/values/rule"
	"otomi.io/tasks/tasks/values/tree"
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
		{path: "apps.drone.sourceControl.provider", fallback: "gitea"},
		{path: "apps.drone.sourceControl.gitea.server", fallback: "https://gitea.<suffix>"},
		{path: "apps.drone.repos", fallback: unmanaged},
		{path: "apps.drone.secrets", fallback: unmanaged},
		{path: "apps.drone.templates", fallback: unmanaged},
	}
}

func defaultDrone(d platform.Drone) Drone {
	return Drone{Enabled: d.Enabled, AdminUser: d.AdminUser, Namespace: d.Namespace}
}

func deriveDrone(v *Values, _ tree.Cursor) {
	d := &v.Apps.Drone
	d.Enabled = d.Enabled && v.Platform.Drone.Exists
	if v.Platform.Drone.TokenFromPasswords {
		fallBack(&d.AdminToken, v.Apps.Gitea.AdminPassword)
	}
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

// readDroneBuilds reads what Drone should build, for the platform and for the teams.
func readDroneBuilds(top tree.Cursor, v *Values) {
	b := &droneReader{places: map[string]string{}}
	apps := top.Child("apps").Child("drone")
	v.Apps.Drone.Repos = b.repos(apps.Child("repos"))
	for _, item := range apps.Child("secrets").Items() {
		b.orgSecret(item, &v.Apps.Drone.DroneBuilds)
	}
	for _, item := range apps.Child("templates").Items() {
		b.template(item, &v.Apps.Drone.DroneBuilds)
	}
	for _, id := range v.TeamIDs() {
		team := v.Teams[id]
		c := top.Child("teamConfig").Child(id).Section("drone")
		c.Only("repos")
		team.Drone.Repos = b.repos(c.Child("repos"), notPlatformRepo)
		v.Teams[id] = team
	}
}

// droneReader finds what is in the values twice. Gitea's names fold case, and so
// do those of secrets in an organisation.
type droneReader struct {
	places map[string]string // kind and folded name -> path
}

func (b *droneReader) unique(c tree.Cursor, kind, name string) {
	key := kind + " " + strings.ToLower(name)
	if first, taken := b.places[key]; taken {
		c.Fail("%s %s is in %s, too", kind, tree.Quote(name), first)
		return
	}
	b.places[key] = c.Path
}

func (b *droneReader) repos(list tree.Cursor, rules ...tree.Rule) []DroneRepo {
	var out []DroneRepo
	for _, item := range list.Items() {
		var r DroneRepo
		mark := item.Mark()
		readDroneRepo(item, &r, rules)
		if !item.Failed(mark) {
			b.unique(item, "repository", r.Name)
			out = append(out, r)
		}
	}
	return out
}

func (b *droneReader) orgSecret(c tree.Cursor, into *DroneBuilds) {
	var s DroneOrgSecret
	mark := c.Mark()
	readDroneSecret(c, &s.DroneSecret, "organisation")
	c.Child("organisation").Text(&s.Organisation, rule.GiteaUsername)
	c.Needs("organisation", s.Organisation)
	if !c.Failed(mark) {
		b.unique(c, "secret", s.Organisation+"/"+s.Name)
		into.OrgSecrets = append(into.OrgSecrets, s)
	}
}

func (b *droneReader) template(c tree.Cursor, into *DroneBuilds) {
	var t DroneTemplate
	mark := c.Mark()
	c.Entry("organisation", "name", "data")
	c.Child("organisation").Text(&t.Organisation, rule.GiteaUsername)
	c.Child("name").Text(&t.Name, rule.DroneName, rule.DroneTemplate)
	c.Child("data").Verbatim(&t.Data)
	c.Needs("organisation", t.Organisation)
	c.Needs("name", t.Name)
	c.Needs("data", t.Data)
	if !c.Failed(mark) {
		b.unique(c, "template", t.Organisation+"/"+t.Name)
		into.Templates = append(into.Templates, t)
	}
}

func readDroneRepo(c tree.Cursor, r *DroneRepo, rules []tree.Rule) {
	c.Entry("name", "configPath", "visibility", "timeout", "throttle", "trusted", "protected", "ignoreForks", "ignorePulls",
		"cancelPulls", "cancelPushes", "cancelRunning", "secrets", "cron")
	c.Child("name").Text(&r.Name, append([]tree.Rule{rule.GiteaSlug}, rules...)...)
	c.Needs("name", r.Name)
	c.Child("configPath").Optional(&r.ConfigPath, rule.InnerPath)
	c.Child("visibility").Optional(&r.Visibility, rule.OneOf("public", "private", "internal"))
	c.Child("timeout").OptionalNumber(&r.Timeout, 1, maxSeconds)
	c.Child("throttle").OptionalNumber(&r.Throttle, 0, maxSeconds)
	c.Child("trusted").OptionalFlag(&r.Trusted)
	c.Child("protected").OptionalFlag(&r.Protected)
	c.Child("ignoreForks").OptionalFlag(&r.IgnoreForks)
	c.Child("ignorePulls").OptionalFlag(&r.IgnorePulls)
	c.Child("cancelPulls").OptionalFlag(&r.CancelPulls)
	c.Child("cancelPushes").OptionalFlag(&r.CancelPushes)
	c.Child("cancelRunning").OptionalFlag(&r.CancelRunning)
	for _, item := range c.Child("secrets").Items() {
		var s DroneSecret
		readDroneSecret(item, &s)
		r.Secrets = append(r.Secrets, s)
	}
	c.Child("secrets").Unique(strings.ToLower, "name")
	for _, item := range c.Child("cron").Items() {
		var job DroneCron
		readDroneCron(item, &job)
		r.Crons = append(r.Crons, job)
	}
	c.Child("cron").Unique(tree.Exactly, "name")
}

func readDroneSecret(c tree.Cursor, s *DroneSecret, more ...string) {
	c.Entry(append([]string{"name", "value", "pullRequests", "pullRequestPushes"}, more...)...)
	c.Child("name").Text(&s.Name, rule.DroneName)
	c.Needs("name", s.Name)
	var value string
	c.Child("value").Verbatim(&value)
	c.Needs("value", value)
	s.Value = NewSecret(value)
	c.Child("pullRequests").OptionalFlag(&s.PullRequests)
	c.Child("pullRequestPushes").OptionalFlag(&s.PullRequestPushes)
}

func readDroneCron(c tree.Cursor, job *DroneCron) {
	c.Entry("name", "expression", "branch", "target", "disabled")
	c.Child("name").Text(&job.Name, rule.DroneCronName)
	c.Needs("name", job.Name)
	c.Child("expression").Text(&job.Expression, rule.DroneCron)
	c.Needs("expression", job.Expression)
	c.Child("branch").Text(&job.Branch, rule.Branch)
	c.Needs("branch", job.Branch)
	c.Child("target").Optional(&job.Target)
	c.Child("disabled").OptionalFlag(&job.Disabled)
}

// notPlatformRepo keeps teams from setting up the platform's own repository.
func notPlatformRepo(s string) string {
	if strings.EqualFold(s, giteaOrganization+"/"+giteaValuesRepo) {
		return "is the platform's own: set it up in apps.drone.repos"
	}
	return ""
}
