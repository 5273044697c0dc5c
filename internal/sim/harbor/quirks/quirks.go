// Package traps is the list of what surprises a client of Harbor 2.15, as requests
// and the answers to them. The simulator's tests run it against the simulator and
// `make e2e-harbor` against a real server: where the two differ, the simulator is
// wrong. The numbers H1 to H26 are those of the project's notes on Harbor.
package quirks

import (
	"net/http"
	"testing"

	"otomi.io/tasks/internal/sim/harbor"
)

// Start makes a fresh Harbor whose administrator is admin with the password
// Harbor12345. Options are hardly ever given.
type Start func(testing.TB, harbor.Options) http.Handler

// Traps plays every scenario on a Harbor of its own.
func Traps(t *testing.T, start Start) {
	chapters := map[string][]map[string]scenario{
		"Server": {server()}, "Projects": {projectNames(), projectContents()}, "Members": {members(), memberGroups()},
		"Robots":   {robotSecrets(), robotLists(), robotChanges(), robotRights(), robotsInProjects()},
		"Settings": {settings(), people(), retentions(), immutableTags()},
	}
	for chapter, all := range chapters {
		t.Run(chapter, func(t *testing.T) {
			for _, scenarios := range all {
				for name, s := range scenarios {
					t.Run(name, func(t *testing.T) { s.play(t, start(t, s.options)) })
				}
			}
		})
	}
}
