package e2e

import (
	"testing"

	"otomi.io/tasks/internal/sim/gitea/quirks"
)

// TestGiteaQuirks runs the simulator's quirks against the server, so that the
// simulator is not more permissive.
func TestGiteaQuirks(t *testing.T) {
	server := startGitea(t)
	quirks.Run(t, server.URL, server.Username, server.Password)
}
