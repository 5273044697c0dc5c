package servers

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"os"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestDrone starts a real Drone without any Gitea, asks who its administrator is
// and where people log in, and stops it.
func TestDrone(t *testing.T) {
	port, err := FreePort(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	server, err := Drone(t.Context(), DroneOptions{
		Options: Options{Port: port, Username: "root"}, Gitea: "http://127.0.0.1:1", ClientID: "drone's", ClientSecret: "s3cret"})
	if err != nil {
		t.Fatal(err)
	}
	if want := "http://" + address(port); server.URL != want {
		t.Errorf("URL = %s, want %s", server.URL, want)
	}
	if got, want := droneUser(t, server, server.Token), (droneAccount{http.StatusOK, "root", true}); got != want {
		t.Errorf("the administrator is %+v, want %+v", got, want)
	}
	if got := droneUser(t, server, "wrong").Status; got != http.StatusUnauthorized {
		t.Errorf("a wrong token is answered with %d", got)
	}
	if got := loginAddress(t, server); got.Host != "127.0.0.1:1" || got.Query().Get("client_id") != "drone's" {
		t.Errorf("people log in at %s", got)
	}
	if err := server.Stop(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(server.home); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the data is still there: %v", err)
	}
	if _, err := os.Stat(server.Log); err != nil {
		t.Errorf("the log is gone: %v", err)
	}
}

type droneAccount struct {
	Status int    `json:"-"`
	Login  string `json:"login"`
	Admin  bool   `json:"admin"`
}

func droneUser(t *testing.T, s *Server, token string) droneAccount {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+"/api/user", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+token)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	account := droneAccount{Status: response.StatusCode}
	if err := json.NewDecoder(response.Body).Decode(&account); err != nil {
		t.Fatal(err)
	}
	return account
}

func loginAddress(t *testing.T, s *Server) *url.URL {
	t.Helper()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+"/login", nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	location, err := response.Location()
	if err != nil {
		t.Fatal(err)
	}
	return location
}

func TestDroneEnvironment(t *testing.T) {
	got := droneEnvironment([]string{"HOME=/root", "DRONE_GITEA_SERVER=elsewhere"}, "/home", DroneOptions{
		Gitea: "http://gitea", Environment: []string{"DRONE_SERVER_PROXY_HOST=drone"}})
	servers := slices.DeleteFunc(slices.Clone(got), func(v string) bool { return len(v) < 18 || v[:18] != "DRONE_GITEA_SERVER" })
	if diff := cmp.Diff([]string{"DRONE_GITEA_SERVER=http://gitea"}, servers); diff != "" {
		t.Errorf("variables of another Drone must not get in (-want +got):\n%s", diff)
	}
	if got[0] != "HOME=/root" || got[len(got)-1] != "DRONE_SERVER_PROXY_HOST=drone" {
		t.Errorf("variables = %q", got)
	}
}
