package droneactivate

import (
	"slices"
	"testing"

	"otomi.io/tasks/internal/testkit/runner"
)

// Deletions shows that each object is read once more before it is deleted.
func Deletions(t *testing.T, s Server) {
	b := newEnv(t, s, Templates, Full)
	h := b.operator(t)
	h.makePlatform(repos()...)
	b.apply(t)
	b.values = b.values[:1]
	b.values.Add(t, "teamConfig: {b: {drone: {repos: [{name: otomi/b-app}]}}}")
	args := []string{"--policy", "sync", "--removal-cap", "1"}
	runner.ReadBeforeDelete(t, b.Log, func() { b.run(t, slices.Concat([]string{"plan"}, args)...) }, func() { b.apply(t, args...) }, []runner.Deletion{
		{Path: "/api/repos/otomi/[^/]+"},
		{Path: "/api/repos/otomi/[^/]+/secrets/[^/]+"},
		{Path: "/api/repos/otomi/[^/]+/cron/[^/]+"},
		{Path: "/api/secrets/otomi/[^/]+"},
		{Path: "/api/templates/otomi/[^/]+"},
		{Path: "(/api/v1/repos/otomi/[^/]+/hooks)/[0-9]+", Read: "$1"},
	})
}
