package drone_test

import (
	"net/http/httptest"
	"testing"

	sdk "code.gitea.io/sdk/gitea"

	"otomi.io/tasks/internal/sim/drone"
	"otomi.io/tasks/internal/sim/drone/quirks"
	"otomi.io/tasks/internal/sim/gitea"
)

// pair starts a simulated Drone that builds from a simulated Gitea.
func pair(t *testing.T) quirks.Pair {
	t.Helper()
	git := httptest.NewServer(gitea.New(gitea.Options{Username: "root", Password: "pass word"}))
	t.Cleanup(git.Close)
	server := drone.New(drone.Options{Gitea: git.URL, Version1: true, Users: []drone.User{{Login: "root", Token: "the-token", Admin: true}}})
	running := httptest.NewServer(server)
	t.Cleanup(running.Close)
	server.SetApplication(application(t, git.URL, running.URL+"/login"))
	return quirks.Pair{Drone: running.URL, Token: "the-token", Gitea: git.URL, Username: "root", Password: "pass word"}
}

func application(t *testing.T, git, redirect string) (clientID, clientSecret string) {
	t.Helper()
	admin, err := sdk.NewClient(git, sdk.SetBasicAuth("root", "pass word"))
	if err != nil {
		t.Fatal(err)
	}
	made, _, err := admin.CreateOauth2(sdk.CreateOauth2Option{Name: "otomi-drone", ConfidentialClient: true, RedirectURIs: []string{redirect}})
	if err != nil {
		t.Fatal(err)
	}
	return made.ClientID, made.ClientSecret
}

func TestTraps(t *testing.T) { quirks.Traps(t, pair(t)) }
