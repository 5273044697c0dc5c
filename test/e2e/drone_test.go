package e2e

import (
	"context"
	"encoding/json"
	"net/http"
	"testing"

	"code.gitea.io/sdk/gitea"

	suite "otomi.io/tasks/internal/conformance/gitearepos"
	"otomi.io/tasks/internal/sim/apitest"
	"otomi.io/tasks/internal/sim/drone/quirks"
	"otomi.io/tasks/test/servers"
)

// startDrone starts a real Gitea and a real Drone that builds from it.
// Environment are more of Drone's own variables.
func startDrone(t *testing.T, environment ...string) quirks.Pair {
	t.Helper()
	server := startGitea(t)
	port, err := servers.FreePort(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	o := servers.DroneOptions{
		Options: servers.Options{Port: port, Username: server.Username}, Gitea: server.URL, Environment: environment}
	o.ClientID, o.ClientSecret = oauthApplication(t, server, o.URL()+"/login")
	drone, err := servers.Drone(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	stopAfter(t, drone)
	return quirks.Pair{Drone: drone.URL, Token: drone.Token, Gitea: server.URL, Username: server.Username, Password: server.Password,
		Version: droneVersion(t, drone.URL)}
}

// droneVersion is what a Drone says of itself.
func droneVersion(t *testing.T, drone string) string {
	t.Helper()
	got := apitest.Send(t, http.DefaultClient, apitest.Request(t, http.MethodGet, drone+"/version", ""))
	var answer struct{ Version string }
	if err := json.Unmarshal(got.Body, &answer); err != nil || answer.Version == "" {
		t.Fatalf("reading the version of Drone: %s %v", got, err)
	}
	return answer.Version
}

func stopAfter(t *testing.T, server *servers.Server) {
	t.Helper()
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Logf("the log of the server: %s", server.Log)
		}
	})
}

// oauthApplication makes what Drone needs to log people in by way of Gitea.
func oauthApplication(t *testing.T, server suite.Server, redirect string) (clientID, clientSecret string) {
	t.Helper()
	made, _, err := giteaAdmin(t, server).CreateOauth2(gitea.CreateOauth2Option{
		Name: "otomi-drone", ConfidentialClient: true, RedirectURIs: []string{redirect}})
	if err != nil {
		t.Fatal(err)
	}
	return made.ClientID, made.ClientSecret
}

// TestDrone runs the simulator's quirks against the server, so that
// the simulator is not more permissive than the servers.
func TestDrone(t *testing.T) {
	quirks.Run(t, startDrone(t))
}
