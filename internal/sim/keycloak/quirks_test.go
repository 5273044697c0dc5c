package keycloak_test

import (
	"net/http/httptest"
	"testing"

	"otomi.io/tasks/internal/sim/keycloak"
	"otomi.io/tasks/internal/sim/keycloak/quirks"
)

func TestQuirks(t *testing.T) {
	server := httptest.NewServer(keycloak.New(keycloak.Options{}))
	t.Cleanup(server.Close)
	quirks.Quirks(t, server.URL, "admin", "admin")
}
