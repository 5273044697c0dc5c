package servers

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

// TestGitea starts a real Gitea, looks at it as its administrator and stops it.
func TestGitea(t *testing.T) {
	server, err := Gitea(t.Context(), GiteaOptions{Settings: Settings{"api": {"MAX_RESPONSE_ITEMS": "7"}}})
	if err != nil {
		t.Fatal(err)
	}
	get := func(path, username, password string, into any) int {
		return getJSON(t, server.URL+path, username, password, into)
	}
	var user struct {
		Login string `json:"login"`
		Admin bool   `json:"is_admin"`
	}
	if status := get("/api/v1/user", server.Username, server.Password, &user); status != http.StatusOK || user.Login != "otomi-admin" || !user.Admin {
		t.Errorf("the administrator's own account: %d %+v", status, user)
	}
	if status := get("/api/v1/user", server.Username, "another", &user); status != http.StatusUnauthorized {
		t.Errorf("a wrong password answered %d", status)
	}
	var version struct{ Version string }
	if status := get("/api/v1/version", "", "", &version); status != http.StatusOK || version.Version != giteaDefault {
		t.Errorf("the version: %d %+v", status, version)
	}
	var settings struct {
		Max int `json:"max_response_items"`
	}
	if status := get("/api/v1/settings/api", "", "", &settings); status != http.StatusOK || settings.Max != 7 {
		t.Errorf("the caller's setting: %d %+v", status, settings)
	}
	if list, err := server.Admin(t.Context(), "user", "list"); err != nil || !strings.Contains(list, server.Username) {
		t.Errorf("gitea admin user list: %v\n%s", err, list)
	}
	_, err = server.Admin(t.Context(), "user", "create", "--password", "secret-1", "--no-such-flag")
	if err == nil || strings.Contains(err.Error(), "secret-1") {
		t.Errorf("a refused command is an error without its arguments: %v", err)
	}
	stopped(t, server.Server)
}

// getJSON reads an answer of 200 into what is given, and returns the status.
func getJSON(t *testing.T, url, username, password string, into any) int {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if username != "" {
		request.SetBasicAuth(username, password)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode == http.StatusOK {
		if err := json.NewDecoder(response.Body).Decode(into); err != nil {
			t.Fatalf("reading %s: %v", url, err)
		}
	}
	return response.StatusCode
}
