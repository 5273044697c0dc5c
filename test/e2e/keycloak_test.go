// Package e2e proves the tasks on real servers.
package e2e

import (
	"cmp"
	"context"
	"os"
	"strconv"
	"strings"
	"testing"

	"otomi.io/tasks/internal/conformance/keycloakroles"
	"otomi.io/tasks/internal/sim/keycloak/quirks"
	"otomi.io/tasks/test/servers"
)

// startKeycloak starts a real Keycloak for one test and its subtests.
func startKeycloak(t *testing.T) keycloakroles.Server {
	t.Helper()
	server, err := servers.Keycloak(context.Background(), servers.Options{})
	if err != nil {
		t.Fatal(err)
	}
	stopAfter(t, server)
	return keycloakroles.Server{URL: server.URL, Username: server.Username, Password: server.Password, Version: keycloakVersion(t)}
}

// keycloakVersion is the major version that the environment names.
func keycloakVersion(t *testing.T) int {
	t.Helper()
	major, _, _ := strings.Cut(cmp.Or(os.Getenv(servers.KeycloakVersion), "26"), ".")
	version, err := strconv.Atoi(major)
	if err != nil {
		t.Fatalf("%s: %v", servers.KeycloakVersion, err)
	}
	return version
}

// TestKeycloak runs the simulator's quirks against the server, so that the
// simulator is not more permissive, and the suite of the task.
func TestKeycloak(t *testing.T) {
	server := startKeycloak(t)
	t.Run("Quirks", func(t *testing.T) { quirks.Quirks(t, server.URL, server.Username, server.Password, server.Version) })
	keycloakroles.Run(t, server)
}
