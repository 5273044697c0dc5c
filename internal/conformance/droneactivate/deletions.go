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
	b.Log.Reset()
	b.run(t, slices.Concat([]string{"plan"}, args)...)
	planned := b.Log.Requests()
	b.Log.Reset()
	b.apply(t, args...)
	runner.ReadBeforeDelete(t, planned, b.Log.Requests(), []runner.Deletion{
		{Path: "/api/repos/otomi/[^/]+"},
		{Path: "/api/repos/otomi/[^/]+/secrets/[^/]+"},
		{Path: "/api/repos/otomi/[^/]+/cron/[^/]+"},
		{Path: "/api/secrets/otomi/[^/]+"},
		{Path: "/api/templates/otomi/[^/]+"},
		{Path: "(/api/v1/repos/otomi/[^/]+/hooks)/[0-9]+", Read: "$1"},
	})
}
