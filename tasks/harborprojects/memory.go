package harborprojects

import (
	"fmt"

	"otomi.io/tasks/tasks/values"
)

// runnerCredential is the name of the runner's secret in our state.
const runnerCredential = "runner"

// proof is what we remember of a password that Harbor took. Harbor dates every
// change of a robot account, so that it also tells when somebody set another
// secret there.
func proof(r *robot, password values.Secret) values.Secret {
	return values.NewSecret(fmt.Sprintf("%d %d %s", r.id, r.updated.UnixMicro(), password.Reveal()))
}

// matches tells whether this is the password that Harbor took last time, and the
// robot account is unchanged.
func (a *Application) matches(t ticket, r *robot, password values.Secret) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.state.Matches(t.name(), proof(r, password))
}

// remember notes a credential that works, as ours.
func (a *Application) remember(name string, r *robot, password values.Secret) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.state.Remember(name, proof(r, password))
}

// forget notes that a credential is gone.
func (a *Application) forget(t ticket) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.state.Forget(t.name())
}

// remembered are the names of all that we remember: what stands among them was
// handed out by us.
func (a *Application) remembered() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.state.Remembered()
}

// hasRotated tells whether this very run gave the credential a new secret.
func (a *Application) hasRotated(t ticket) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.rotated[t.name()]
}

func (a *Application) noteRotation(t ticket) {
	if a.setting.Verb != verbRotate {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.rotated == nil {
		a.rotated = map[string]bool{}
	}
	a.rotated[t.name()] = true
}
