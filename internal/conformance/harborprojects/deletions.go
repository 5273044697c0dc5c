package harborprojects

import (
	"slices"
	"strings"
	"testing"

	"otomi.io/tasks/internal/sim/harbor"
	"otomi.io/tasks/internal/testkit/runner"
)

// Deletions shows that each object is read once more before it is deleted.
func Deletions(t *testing.T, start Start) {
	s := newSite(t, func(t testing.TB, o harbor.Options) Server {
		t.Helper()
		o.Minor = 12 // which keeps the number of a policy that was deleted
		return start(t, o)
	})
	s.apply(t)
	h := s.console(t)
	h.remove(h.retention("team-a"))
	rules, _, _ := strings.Cut(Platform, "      immutableTags:")
	s.values = runner.Sources(t, rules+"      immutableTags: []\n")
	s.guard.watch(false)
	args := []string{"--policy", "sync", "--removal-cap", "1"}
	runner.ReadBeforeDelete(t, s.Log, func() { s.run(t, slices.Concat([]string{"plan"}, args)...) }, func() { s.apply(t, args...) }, []runner.Deletion{
		{Path: "(/api/v2.0/projects)/team-[bc]", Read: "$1"},
		{Path: "/api/v2.0/robots/[0-9]+"},
		{Path: "(/api/v2.0/projects/team-a/immutabletagrules)/[0-9]+", Read: "$1"},
		{Path: "(/api/v2.0/projects)/team-a/metadatas/retention_id", Read: "$1"},
	})
}
