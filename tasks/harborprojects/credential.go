package harborprojects

import (
	"slices"
	"strings"

	"otomi.io/tasks/tasks/kube"
	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/values"
)

// Credential is what a team's pods or builds log into the registry with: a
// robot account, and the Secret in the team's namespace that holds its name
// and secret. Both change together, because only the answer to the creation of
// the robot account holds the secret.
type Credential struct {
	plan.Meta `json:"-"`
	// Login is proved, or why it is not.
	Login       login
	Permissions []string // project team-a repository:pull
	Duration    int64    // of the robot account in days, -1 for ever
	Username    string   // with the prefix, as the Secret has it
	Secret      *form
	// Attached says that pods of the namespace pull with the Secret unasked.
	Attached *bool
	// Retiring names the former robot account where its time is over, "" where
	// nothing is due.
	Retiring string

	due   due  // what Retiring means
	slot  slot // whose robot account the Secret names
	next  slot // where a new robot account has its place
	renew bool // desired: a new robot account
}

// form is what all Secrets for the same use have in common, so that a large
// platform has each only once in memory.
type form struct {
	Host      string // of the registry
	Type      string
	ManagedBy string // the label
}

// login says in a word or two whether the Secret's name and password are taken
// by Harbor. The words stand in plans.
type login string

// The log-ins. Proved is what we want; with rotating and expiring ones the
// Secret works still, with the others it does not.
const (
	loginProved   login = "proved"           // logged in once, and nothing has changed since
	loginWorks    login = "works"            // logged in just now, which is not noted yet
	loginExpiring login = "expires soon"     // in the last third of its time
	loginRotating login = "rotation due"     // older than wanted, or somebody asked
	loginDisabled login = "disabled"         // the robot account is
	loginExpired  login = "expired"          // the robot account is
	loginRefused  login = "refused"          // Harbor takes name and password for wrong
	loginNobody   login = "no robot account" // the Secret names none that exists
	loginNone     login = "no login"         // the Secret holds none
)

// ages tells that a new robot account is wanted while this one works.
func (l login) ages() bool { return l == loginExpiring || l == loginRotating }

// works tells that the Secret lets somebody in.
func (l login) works() bool { return l == loginProved || l == loginWorks || l.ages() }

// dead tells that only a new robot account helps.
func (l login) dead() bool {
	return slices.Contains([]login{loginExpired, loginRefused, loginNobody, loginNone}, l)
}

// use is what a credential is for, and how it is handed out.
type use struct {
	name     string
	secret   string // the Secret's name
	kind     string // the Secret's type
	key      string // in the Secret
	attached bool   // to the namespace's ServiceAccount
	actions  []string
}

// uses are a team's credentials. Who pushes also pulls: a build begins with the
// layers that it stands on.
func uses() []use {
	return []use{
		{"pull", "harbor-pullsecret", kube.DockerConfigJSON, kube.DockerConfigKey, true, []string{"pull"}},
		{"push", "harbor-pushsecret", kube.DockerConfigJSON, kube.DockerConfigKey, true, []string{"pull", "push"}},
		{"builds", "harbor-pushsecret-builds", kube.Opaque, "config.json", false, []string{"pull", "push"}},
	}
}

// account is the ServiceAccount that pods have unless they say otherwise.
const account = "default"

// ticket says which credential of which project is meant. The team's namespace
// has the project's name.
type ticket struct {
	project string
	use     use
}

func (t ticket) name() string { return t.project + "/" + t.use.name }

// ticketOf reads the name of a credential, such as team-a/pull.
func ticketOf(name string) (t ticket, found bool) {
	project, of, _ := strings.Cut(name, "/")
	all := uses()
	i := slices.IndexFunc(all, func(u use) bool { return u.name == of })
	if i < 0 {
		return ticket{}, false
	}
	return ticket{project, all[i]}, true
}

// rights are those of the robot account, always in one order: Harbor locks a row
// for each, and two robot accounts that are made at once must not wait for each
// other.
func (t ticket) rights() []string {
	all := make([]string, 0, len(t.use.actions))
	for _, action := range t.use.actions {
		all = append(all, right(projectLevel, t.project, "repository", action))
	}
	return all
}

// desiredCredentials are three for each team.
func desiredCredentials(v values.Values) map[string]Credential {
	all := make(map[string]Credential, len(v.Teams)*len(uses()))
	forms := map[string]*form{}
	for _, u := range uses() {
		forms[u.name] = &form{v.Apps.Harbor.BaseRepoURL, u.kind, kube.Manager}
	}
	for id := range v.Teams {
		var rights []string // the longest list of all begins with the others
		for _, u := range uses() {
			t := ticket{teamPrefix + id, u}
			if len(rights) < len(u.actions) {
				rights = t.rights()
			}
			all[t.name()] = Credential{
				Meta: plan.Meta{Team: id}, Login: loginProved, Permissions: rights[:len(u.actions):len(u.actions)], Duration: int64(v.Apps.Harbor.RobotDuration),
				Secret: forms[u.name], Attached: attached(u, true),
			}
		}
	}
	return all
}

// attached is nil where a use has nothing to do with ServiceAccounts.
func attached(u use, is bool) *bool {
	if !u.attached {
		return nil
	}
	return &is
}
