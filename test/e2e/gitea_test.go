package e2e

import (
	"context"
	"testing"

	"otomi.io/tasks/internal/sim/gitea/traps"
	"otomi.io/tasks/test/servers"
)

// TestGiteaTraps runs what the simulator passes, too, so that it is no kinder than
// the server.
func TestGiteaTraps(t *testing.T) {
	server, err := servers.Gitea(context.Background(), servers.GiteaOptions{})
	if err != nil {
		t.Fatal(err)
	}
	stopAfter(t, server.Server)
	traps.Traps(t, server.URL, server.Username, server.Password)
}
