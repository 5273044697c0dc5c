package harborprojects

import (
	"otomi.io/tasks/tasks/plan"
)

// Credential is what a team's pods or builds log into the registry with: a
// robot account, and the Secret in the team's namespace that holds its name
// and secret.
type Credential struct {
	plan.Meta
}
