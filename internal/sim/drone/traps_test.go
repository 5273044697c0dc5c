package drone_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"otomi.io/tasks/internal/sim/drone"
	"otomi.io/tasks/internal/sim/drone/traps"
	"otomi.io/tasks/internal/sim/gitea"
)

// pair starts a simulated Drone that builds from a simulated Gitea.
func pair(t *testing.T) traps.Pair {
	t.Helper()
	git := httptest.NewServer(gitea.New(gitea.Options{Username: "root", Password: "pass word"}))
	t.Cleanup(git.Close)
	server := drone.New(drone.Options{Gitea: git.URL, Version1: true, Users: []drone.User{{Login: "root", Token: "the-token", Admin: true}}})
	running := httptest.NewServer(server)
	t.Cleanup(running.Close)
	server.SetApplication(application(t, git.URL, running.URL+"/login"))
	return traps.Pair{Drone: running.URL, Token: "the-token", Gitea: git.URL, Username: "root", Password: "pass word"}
}

func application(t *testing.T, git, redirect string) (clientID, clientSecret string) {
	t.Helper()
	body := `{"name":"otomi-drone","redirect_uris":["` + redirect + `"],"confidential_client":true}`
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, git+"/api/v1/user/applications/oauth2", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.SetBasicAuth("root", "pass word")
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
	if err := json.NewDecoder(resp.Body).Decode(&made); err != nil || made.ClientSecret == "" {
		t.Fatalf("making the application: %d %v", resp.StatusCode, err)
	}
	return made.ClientID, made.ClientSecret
}

func TestTraps(t *testing.T) { traps.Traps(t, pair(t)) }
