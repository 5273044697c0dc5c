package rule

import (
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/robfig/cron/v3"
)

var (
	droneWord = regexp.MustCompile(`^[A-Za-z0-9_.-]+$`)
	cronWord  = regexp.MustCompile(`^[a-z0-9]+([-_][a-z0-9]+)*$`)
)

// GiteaSlug is an organisation, a slash and a repository.
func GiteaSlug(s string) string {
	organisation, name, found := strings.Cut(s, "/")
	if !found || GiteaUsername(organisation) != "" || GiteaRepository(name) != "" {
		return "is not the name of an organisation, a slash and the name of a repository"
	}
	return ""
}

// DroneName is what Drone takes for the name of a secret or of a template.
func DroneName(s string) string {
	if !droneWord.MatchString(s) || strings.Trim(s, ".") == "" {
		return "is not a name that Drone takes (A-Z, a-z, 0-9, ., _ and -)"
	}
	return ""
}

// DroneTemplate keeps Drone's rule: the ending says the language.
func DroneTemplate(s string) string {
	if !slices.Contains([]string{".yml", ".yaml", ".star", ".starlark", ".script", ".jsonnet"}, path.Ext(s)) {
		return "does not end in .yaml, .yml, .jsonnet, .star, .starlark or .script"
	}
	return ""
}

// DroneCronName is a name that Drone leaves as it is.
func DroneCronName(s string) string {
	if !cronWord.MatchString(s) {
		return "is not a valid name of a cron job (a-z, 0-9, and single - or _ between them)"
	}
	return ""
}

// DroneCron is an expression as Drone reads it. Five fields are refused: Drone
// would read the minutes as seconds.
func DroneCron(s string) string {
	const fields = 6
	if !strings.HasPrefix(s, "@") && len(strings.Fields(s)) != fields {
		return "is neither a word like @daily nor six fields, of which the first are the seconds"
	}
	times, err := cron.NewParser(cronFields | cron.Descriptor).Parse(s)
	if err != nil || strings.HasPrefix(s, "@every") || s == "@midnight" { // words that Drone does not know
		return "is not a valid cron expression"
	}
	return neverDue(times)
}

// cronFields are the six that Drone and Harbor read.
const cronFields = cron.Second | cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow

// neverDue refuses the 31st of February: Drone would start a build at each tick.
func neverDue(times cron.Schedule) string {
	if times.Next(time.Unix(0, 0)).IsZero() {
		return "names a date that never comes"
	}
	return ""
}

// InnerPath is a file inside a repository.
func InnerPath(s string) string {
	if path.Clean(s) != s || strings.HasPrefix(s, "/") || s == "." || strings.HasPrefix(s, "..") {
		return "is not the path of a file in the repository"
	}
	return ""
}
