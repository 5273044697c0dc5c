// Package quirks is the table of what surprises a client of Harbor, as requests
// and the answers to them. The simulator's tests run it against the simulator and
// `make e2e-harbor` against a real server: where the two differ, the simulator is
// wrong. docs/quirks/harbor.md is written from it.
package quirks

import (
	"maps"
	"net/http"
	"testing"

	"otomi.io/tasks/internal/sim/harbor"
)

// Start makes a fresh Harbor whose administrator is admin with the password
// Harbor12345. Options are hardly ever given.
type Start func(testing.TB, harbor.Options) http.Handler

// Run plays every scenario that holds for Harbor 2.minor on a server of its own.
func Run(t *testing.T, minor int, start Start) {
	for chapter, all := range chapters() {
		t.Run(chapter, func(t *testing.T) {
			for name, s := range all {
				if !s.holds(minor) {
					continue
				}
				t.Run(name, func(t *testing.T) {
					s.options.Minor = minor
					s.play(t, start(t, s.options))
				})
			}
		})
	}
}

// chapters are all scenarios by chapter and name.
func chapters() map[string]map[string]scenario {
	all := map[string]map[string]scenario{}
	for chapter, parts := range map[string][]map[string]scenario{
		"Server": {server()}, "Projects": {projectNames(), projectContents()}, "Members": {members(), memberGroups()},
		"Robots":   {robotSecrets(), robotLists(), robotChanges(), robotRights(), robotsInProjects()},
		"Settings": {settings(), people(), retentions(), immutableTags()}, "Versions": {policyVersions(), robotVersions()},
	} {
		all[chapter] = map[string]scenario{}
		for _, part := range parts {
			maps.Copy(all[chapter], part)
		}
	}
	return all
}
