package values

import (
	"strings"

	"otomi.io/tasks/tasks/values/rule"
	"otomi.io/tasks/tasks/values/tree"
)

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
