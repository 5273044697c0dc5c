package e2e

import (
	"context"
	"testing"

	"otomi.io/tasks/internal/conformance/gitearepos"
	"otomi.io/tasks/test/servers"
)

// startGitea starts a real Gitea for one test and its subtests.
func startGitea(t *testing.T) gitearepos.Server { return startGiteaWith(t, nil) }

func startGiteaWith(t *testing.T, settings servers.Settings) gitearepos.Server {
	t.Helper()
	server, err := servers.Gitea(context.Background(), servers.GiteaOptions{Settings: settings})
	if err != nil {
		t.Fatal(err)
	}
	stopAfter(t, server.Server)
	return gitearepos.Server{URL: server.URL, Username: server.Username, Password: server.Password}
}

// TestGiteaRepos runs what the simulator passes, too.
func TestGiteaRepos(t *testing.T) { gitearepos.Run(t, startGitea(t)) }

// TestGiteaShortPages: the server cuts every list far below what was asked for,
// and nothing is visible without a login.
func TestGiteaShortPages(t *testing.T) {
	gitearepos.FirstRun(t, startGiteaWith(t, servers.Settings{
		"api": {"MAX_RESPONSE_ITEMS": "2"}, "service": {"REQUIRE_SIGNIN_VIEW": "true"}}))
}
