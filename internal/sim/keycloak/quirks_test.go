package keycloak_test

import (
	"net/http/httptest"
	"testing"

	"otomi.io/tasks/internal/sim/keycloak"
	"otomi.io/tasks/internal/sim/keycloak/quirks"
)

func TestTraps(t *testing.T) {
	server := httptest.NewServer(keycloak.New(keycloak.Options{}))
	t.Cleanup(server.Close)
	quirks.Traps(t, server.URL, "admin", "admin")
}
