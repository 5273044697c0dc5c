package e2e

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"otomi.io/tasks/internal/sim/drone/traps"
	"otomi.io/tasks/test/servers"
)

// startDrone starts a real Gitea and a real Drone that builds from it.
// Environment are more of Drone's own variables.
func startDrone(t *testing.T, environment ...string) traps.Pair {
	t.Helper()
	gitea, err := servers.Gitea(context.Background(), servers.GiteaOptions{})
	if err != nil {
		t.Fatal(err)
	}
	stopAfter(t, gitea.Server)
	port, err := servers.FreePort(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	o := servers.DroneOptions{
		Options: servers.Options{Port: port, Username: gitea.Username}, Gitea: gitea.URL, Environment: environment}
	o.ClientID, o.ClientSecret = oauthApplication(t, gitea.Server, o.URL()+"/login")
	drone, err := servers.Drone(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	stopAfter(t, drone)
	return traps.Pair{Drone: drone.URL, Token: drone.Token, Gitea: gitea.URL, Username: gitea.Username, Password: gitea.Password}
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
func oauthApplication(t *testing.T, gitea *servers.Server, redirect string) (clientID, clientSecret string) {
	t.Helper()
	body := `{"name":"otomi-drone","confidential_client":true,"redirect_uris":["` + redirect + `"]}`
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, gitea.URL+"/api/v1/user/applications/oauth2", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.SetBasicAuth(gitea.Username, gitea.Password)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var made struct {
		ClientID     string `json:"client_id"`
		ClientSecret string `json:"client_secret"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&made); err != nil || resp.StatusCode != http.StatusCreated {
		t.Fatalf("making the OAuth2 application: %d %v", resp.StatusCode, err)
	}
	return made.ClientID, made.ClientSecret
}

// TestDrone runs what the simulator passes, too, so that it is no kinder than the
// servers.
func TestDrone(t *testing.T) {
	traps.Traps(t, startDrone(t))
}
