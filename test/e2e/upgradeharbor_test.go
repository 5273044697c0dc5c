//go:build harbor && versions

package e2e

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"otomi.io/tasks/tasks/run"
	"otomi.io/tasks/test/servers"
)

// TestUpgradeHarbor converges on an old version and goes on with a new one on the
// same data. HARBOR_2_15_2 names the folder of the new programs.
func TestUpgradeHarbor(t *testing.T) {
	w := newImageWork(t)
	w.apply("apply")
	w.can("push", "push", "team-a/web:v1", "a person pushes")

	program := os.Getenv("HARBOR_2_15_2")
	t.Setenv(servers.HarborCore, filepath.Join(program, "core"))
	t.Setenv(servers.HarborJobs, filepath.Join(program, "jobservice"))
	t.Setenv(servers.HarborMigrations, filepath.Join(program, "migrations", "postgresql"))
	if err := w.server.Upgrade(context.Background()); err != nil {
		t.Fatal(err)
	}
	if got := w.run("apply"); got.Code != run.ExitOK {
		t.Fatalf("the first run after the upgrade fails\n%s", got)
	}
	w.run("apply").Unchanged(t)
	w.can("pull", "pull", "team-a/web:v1", "a pod that pulls with what the old version issued")
}
