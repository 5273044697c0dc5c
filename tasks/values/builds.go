package values

import (
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/robfig/cron/v3"
)

// readBuilds reads what Drone shall build, for the platform and for the teams.
func readBuilds(top cursor, v *Values) {
	b := &builds{places: map[string]string{}}
	apps := top.child("apps").child("drone")
	v.Apps.Drone.Repos = b.repos(apps.child("repos"))
	for _, item := range apps.child("secrets").items() {
		b.orgSecret(item, &v.Apps.Drone.DroneBuilds)
	}
	for _, item := range apps.child("templates").items() {
		b.template(item, &v.Apps.Drone.DroneBuilds)
	}
	for _, id := range v.TeamIDs() {
		team := v.Teams[id]
		c := top.child("teamConfig").child(id).section("drone")
		c.only("repos")
		team.Drone.Repos = b.repos(c.child("repos"), notPlatformRepo)
		v.Teams[id] = team
	}
}

// builds finds what stands in the values twice. Gitea's names fold case, and so
// do those of secrets in an organisation.
type builds struct {
	places map[string]string // kind and folded name -> path
}

func (b *builds) unique(c cursor, kind, name string) {
	key := kind + " " + strings.ToLower(name)
	if first, taken := b.places[key]; taken {
		c.fail("%s %s stands in %s, too", kind, quote(name), first)
		return
	}
	b.places[key] = c.path
}

func (b *builds) repos(list cursor, rules ...rule) []DroneRepo {
	var out []DroneRepo
	for _, item := range list.items() {
		var r DroneRepo
		before := len(item.reader.problems)
		readDroneRepo(item, &r, rules)
		if len(item.reader.problems) == before {
			b.unique(item, "repository", r.Name)
			out = append(out, r)
		}
	}
	return out
}

func (b *builds) orgSecret(c cursor, into *DroneBuilds) {
	var s DroneOrgSecret
	before := len(c.reader.problems)
	readDroneSecret(c, &s.DroneSecret, "organisation")
	c.child("organisation").text(&s.Organisation, giteaUsername)
	c.needs("organisation", s.Organisation)
	if len(c.reader.problems) == before {
		b.unique(c, "secret", s.Organisation+"/"+s.Name)
		into.OrgSecrets = append(into.OrgSecrets, s)
	}
}

func (b *builds) template(c cursor, into *DroneBuilds) {
	var t DroneTemplate
	before := len(c.reader.problems)
	c.entry("organisation", "name", "data")
	c.child("organisation").text(&t.Organisation, giteaUsername)
	c.child("name").text(&t.Name, droneName, templateName)
	c.child("data").verbatim(&t.Data)
	c.needs("organisation", t.Organisation)
	c.needs("name", t.Name)
	c.needs("data", t.Data)
	if len(c.reader.problems) == before {
		b.unique(c, "template", t.Organisation+"/"+t.Name)
		into.Templates = append(into.Templates, t)
	}
}

func readDroneRepo(c cursor, r *DroneRepo, rules []rule) {
	c.entry("name", "configPath", "visibility", "timeout", "throttle", "trusted", "protected", "ignoreForks", "ignorePulls",
		"cancelPulls", "cancelPushes", "cancelRunning", "secrets", "cron")
	c.child("name").text(&r.Name, append([]rule{giteaRepo}, rules...)...)
	c.needs("name", r.Name)
	c.child("configPath").optional(&r.ConfigPath, innerPath)
	c.child("visibility").optional(&r.Visibility, oneOf("public", "private", "internal"))
	c.child("timeout").optionalNumber(&r.Timeout, 1, maxSeconds)
	c.child("throttle").optionalNumber(&r.Throttle, 0, maxSeconds)
	c.child("trusted").optionalFlag(&r.Trusted)
	c.child("protected").optionalFlag(&r.Protected)
	c.child("ignoreForks").optionalFlag(&r.IgnoreForks)
	c.child("ignorePulls").optionalFlag(&r.IgnorePulls)
	c.child("cancelPulls").optionalFlag(&r.CancelPulls)
	c.child("cancelPushes").optionalFlag(&r.CancelPushes)
	c.child("cancelRunning").optionalFlag(&r.CancelRunning)
	for _, item := range c.child("secrets").items() {
		var s DroneSecret
		readDroneSecret(item, &s)
		r.Secrets = append(r.Secrets, s)
	}
	uniqueNames(c.child("secrets"), strings.ToLower, "name")
	for _, item := range c.child("cron").items() {
		var job DroneCron
		readDroneCron(item, &job)
		r.Crons = append(r.Crons, job)
	}
	uniqueNames(c.child("cron"), keep, "name")
}

func readDroneSecret(c cursor, s *DroneSecret, more ...string) {
	c.entry(append([]string{"name", "value", "pullRequests", "pullRequestPushes"}, more...)...)
	c.child("name").text(&s.Name, droneName)
	c.needs("name", s.Name)
	var value string
	c.child("value").verbatim(&value)
	c.needs("value", value)
	s.Value = NewSecret(value)
	c.child("pullRequests").optionalFlag(&s.PullRequests)
	c.child("pullRequestPushes").optionalFlag(&s.PullRequestPushes)
}

func readDroneCron(c cursor, job *DroneCron) {
	c.entry("name", "expression", "branch", "target", "disabled")
	c.child("name").text(&job.Name, cronName)
	c.needs("name", job.Name)
	c.child("expression").text(&job.Expression, cronExpression)
	c.needs("expression", job.Expression)
	c.child("branch").text(&job.Branch, branchName)
	c.needs("branch", job.Branch)
	c.child("target").optional(&job.Target)
	c.child("disabled").optionalFlag(&job.Disabled)
}

// verbatim reads a text that may hold line breaks and placeholders of others.
func (c cursor) verbatim(into *string) {
	value, given := c.raw()
	switch {
	case !given:
	case strings.Trim(value, "*") == "", value == "<redacted>":
		c.fail("is masked or redacted: not the real text")
	case strings.HasPrefix(value, encryptedMark):
		c.fail("is still encrypted: the file has lost its sops metadata")
	default:
		*into = value
	}
}

// optionalNumber reads a whole number whose absence means that it is not ours to
// say.
func (c cursor) optionalNumber(into **int, low, high int) {
	if c.node.isNull() {
		return
	}
	value := new(int)
	before := len(c.reader.problems)
	if c.number(value, low, high); len(c.reader.problems) == before {
		*into = value
	}
}

var (
	droneWord = regexp.MustCompile(`^[A-Za-z0-9_.-]+$`)
	cronWord  = regexp.MustCompile(`^[a-z0-9]+([-_][a-z0-9]+)*$`)
)

func giteaRepo(s string) string {
	organisation, name, found := strings.Cut(s, "/")
	if !found || giteaUsername(organisation) != "" || repositoryName(name) != "" {
		return "is not the name of an organisation, a slash and the name of a repository"
	}
	return ""
}

// notPlatformRepo keeps the platform's own repository out of the teams' hands.
func notPlatformRepo(s string) string {
	if strings.EqualFold(s, giteaOrganization+"/"+giteaValuesRepo) {
		return "is the platform's own: set it up in apps.drone.repos"
	}
	return ""
}

// droneName is what Drone takes for the name of a secret or of a template.
func droneName(s string) string {
	if !droneWord.MatchString(s) || strings.Trim(s, ".") == "" {
		return "is no name at Drone (A-Z, a-z, 0-9, ., _ and -)"
	}
	return ""
}

// templateName keeps Drone's rule: the ending says the language.
func templateName(s string) string {
	if !slices.Contains([]string{".yml", ".yaml", ".star", ".starlark", ".script", ".jsonnet"}, path.Ext(s)) {
		return "does not end in .yaml, .yml, .jsonnet, .star, .starlark or .script"
	}
	return ""
}

// cronName is a name that Drone leaves as it is.
func cronName(s string) string {
	if !cronWord.MatchString(s) {
		return "is no name of a cron job (a-z, 0-9, and single - or _ between them)"
	}
	return ""
}

// cronExpression is as Drone reads it. Five fields, which everybody else takes
// for minutes first, it would take for seconds first.
func cronExpression(s string) string {
	const fields = 6
	if !strings.HasPrefix(s, "@") && len(strings.Fields(s)) != fields {
		return "is neither a word like @daily nor six fields, of which the first are the seconds"
	}
	parser := cron.NewParser(cron.Second | cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow | cron.Descriptor)
	schedule, err := parser.Parse(s)
	if err != nil {
		return "is not a valid cron expression"
	}
	if start := time.Date(2023, 1, 1, 0, 0, 0, 0, time.UTC); schedule.Next(start).IsZero() {
		return "names a time that never comes: Drone would start a build at every tick"
	}
	return ""
}

// innerPath is a file inside a repository.
func innerPath(s string) string {
	if path.Clean(s) != s || strings.HasPrefix(s, "/") || s == "." || strings.HasPrefix(s, "..") {
		return "is not the path of a file in the repository"
	}
	return ""
}
