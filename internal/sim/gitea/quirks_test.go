package gitea_test

import (
	"net/http/httptest"
	"testing"

	"otomi.io/tasks/internal/sim/gitea"
	"otomi.io/tasks/internal/sim/gitea/quirks"
)

func TestTraps(t *testing.T) {
	server := httptest.NewServer(gitea.New(gitea.Options{}))
	t.Cleanup(server.Close)
	quirks.Traps(t, server.URL, "otomi-admin", "otomi-admin-1")
}
