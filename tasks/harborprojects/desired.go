package harborprojects

import "otomi.io/tasks/tasks/values"

// Desired is what the values ask for; nothing where Harbor is switched off.
func Desired(v values.Values) State {
	if !v.Apps.Harbor.Enabled {
		return State{}
	}
	return State{Runners: desiredRunners(), Credentials: desiredCredentials(v)}
}
