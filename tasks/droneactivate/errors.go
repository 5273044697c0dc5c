package droneactivate

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"otomi.io/tasks/clients/drone"
	"otomi.io/tasks/clients/transport"
	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/task"
)

// TooOld says that the values name what this Drone does not have.
func TooOld() error {
	return &task.Fault{
		Class: task.ClassInvalid, Cause: "this Drone has no templates and no auto_cancel_running: they came with 2.0",
		Remedy: "leave apps.drone.templates and cancelRunning out of the values, or upgrade Drone", Docs: docs}
}

// hookRemedy says what lets Gitea show and make hooks.
const hookRemedy = "set DISABLE_WEBHOOKS = false in Gitea's [security], or make the account an administrator of the repository"

// RenamedError is an answer of Gitea with another repository than the one that
// was asked for.
type RenamedError struct{ From, To string }

func (e *RenamedError) Error() string { return e.finding() + ": " + renameRemedy }

func (e *RenamedError) finding() string { return e.From + " was renamed to " + e.To + " at Gitea" }

func asRenamed(err error) (*RenamedError, bool) { return errors.AsType[*RenamedError](err) }

// AccountError is a token of another user.
type AccountError struct{ Login, Wanted string }

func (e *AccountError) Error() string {
	return fmt.Sprintf("the token of Drone (apps.drone.adminToken) is that of %s, not of %s (apps.drone.adminUser)", e.Login, e.Wanted)
}

// Unauthorized says that trying again does not help.
func (e *AccountError) Unauthorized() bool { return true }

// Advice names the settings.
func (e *AccountError) Advice() (remedy, at string) {
	return "use the token of " + e.Wanted + ", or set apps.drone.adminUser", docs
}

// RightsError is a user who is not an administrator of Drone.
type RightsError struct{ Login, Needs string }

func (e *RightsError) Error() string {
	return fmt.Sprintf("%s is not an administrator of Drone, which %s need", e.Login, e.Needs)
}

// Advice names the setting.
func (e *RightsError) Advice() (remedy, at string) {
	return "set admin:true in DRONE_USER_CREATE", docs
}

// Unauthorized says that trying again does not help.
func (e *RightsError) Unauthorized() bool { return true }

// PasswordError is a login for which the values hold no password.
type PasswordError struct{ Login, Known string }

func (e *PasswordError) Error() string {
	return fmt.Sprintf("Drone has to be logged in at Gitea as %s, and the values hold no password of that user", e.Login)
}

// Advice names the setting.
func (e *PasswordError) Advice() (remedy, at string) {
	return fmt.Sprintf("set apps.gitea.adminPassword or GITEA_PASSWORD, for apps.gitea.adminUsername (%s)", e.Known), docs
}

// Unauthorized says that trying again does not help.
func (e *PasswordError) Unauthorized() bool { return true }

// IgnoredError is settings that Drone ignored although it answered 200. Only
// its administrators may change trusted, timeout and throttle, and only Drone 2
// knows auto_cancel_running.
type IgnoredError struct {
	Repo   string
	Fields []string
	Rights bool // among them is one for administrators
}

func newIgnoredError(slug string, left []plan.Field) *IgnoredError {
	e := &IgnoredError{Repo: slug}
	for _, f := range left {
		e.Fields = append(e.Fields, f.Path)
		e.Rights = e.Rights || slices.Contains([]string{"trusted", "timeout", "throttle"}, f.Path)
	}
	return e
}

func (e *IgnoredError) Error() string {
	reason := "its version does not know them"
	if e.Rights {
		reason = "the user of the token is not an administrator of Drone: set admin:true in DRONE_USER_CREATE"
	}
	return fmt.Sprintf("setting %s of %s: Drone answered 200 and left it out: %s", strings.Join(e.Fields, ", "), e.Repo, reason)
}

// Unauthorized says that trying again does not help.
func (e *IgnoredError) Unauthorized() bool { return e.Rights }

// GiteaError is Gitea's refusal of what Drone asked it for. Trying again does not
// help.
type GiteaError struct{ Words string }

func (e *GiteaError) Error() string {
	return fmt.Sprintf("Gitea refuses it to Drone (%s): Drone's user must be an administrator of the repository there", e.Words)
}

// AccessError is a Drone that has no access to Gitea.
type AccessError struct{ Words string }

func (e *AccessError) Error() string {
	return fmt.Sprintf("Drone has no access to Gitea (%s): a run of %s apply logs it in", e.Words, name)
}

// inGitea parts Gitea's refusals from the faults of Drone itself: both are a 500.
func inGitea(err error) error {
	words := message(err)
	switch {
	case err == nil:
		return nil
	case drone.NoGrant(err):
		return &AccessError{Words: words}
	case words == "Not Found" || words == "Forbidden":
		return &GiteaError{Words: words}
	}
	return err
}

// message is what a server said about a failure.
func message(err error) string {
	status, ok := errors.AsType[*transport.StatusError](err)
	if !ok {
		return ""
	}
	return status.Message
}
