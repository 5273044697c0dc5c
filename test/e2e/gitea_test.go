package e2e

import (
	"testing"

	"otomi.io/tasks/internal/sim/gitea/quirks"
)

// TestGiteaTraps runs what the simulator passes, too, so that it is no kinder than
// the server.
func TestGiteaTraps(t *testing.T) {
	server := startGitea(t)
	quirks.Traps(t, server.URL, server.Username, server.Password)
}
