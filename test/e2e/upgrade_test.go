//go:build versions

package e2e

import (
	"context"
	"testing"

	giteasuite "otomi.io/tasks/internal/conformance/gitearepos"
	suite "otomi.io/tasks/internal/conformance/keycloakroles"
	"otomi.io/tasks/test/servers"
)

// TestUpgradeKeycloak converges on an old version and goes on with a new one on the
// same data: one run does what the new version needs, the next one has nothing to do.
func TestUpgradeKeycloak(t *testing.T) {
	server, err := servers.Keycloak(context.Background(), servers.Options{Version: "22.0.5"})
	if err != nil {
		t.Fatal(err)
	}
	stopAfter(t, server)
	p := newPlatform(t, suite.Server{URL: server.URL, Username: server.Username, Password: server.Password}, "upgrade", local)
	p.settled(t)
	if err := servers.UpgradeKeycloak(context.Background(), server, "26.4.0"); err != nil {
		t.Fatal(err)
	}
	p.apply(t, "converged")
	p.settled(t)
	tokens, err := p.kc.GetToken(t.Context(), p.realm, passwordGrant("otomi-admin", "Admin-pass-1", clientSecret))
	if err != nil {
		t.Fatal(err)
	}
	p.wantTokens(t, tokens, "", p.firstAdmin(t))
}

// TestUpgradeGitea does so with a Drone beside it, which builds before and after.
// The new version needs nothing.
func TestUpgradeGitea(t *testing.T) {
	server, err := servers.Gitea(context.Background(), servers.GiteaOptions{Options: servers.Options{Version: "1.22.3"}})
	if err != nil {
		t.Fatal(err)
	}
	stopAfter(t, server.Server)
	f := newPair(t, giteasuite.Server{URL: server.URL, Username: server.Username, Password: server.Password})
	f.giteaRepos(t, "converged")
	f.startDrone(t)
	f.droneActivate(t, "converged")
	f.settled(t)
	f.builds(t)
	if err := server.Upgrade(context.Background(), "1.26.0"); err != nil {
		t.Fatal(err)
	}
	f.settled(t)
	f.builds(t)
}
