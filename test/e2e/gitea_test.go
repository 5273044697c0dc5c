package e2e

import (
	"testing"

	"otomi.io/tasks/internal/sim/gitea/quirks"
)

// TestGiteaQuirks runs what the simulator passes, too, so that it is no kinder than
// the server.
func TestGiteaQuirks(t *testing.T) {
	server := startGitea(t)
	quirks.Run(t, server.URL, server.Username, server.Password)
}
