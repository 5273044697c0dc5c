package gitea_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"otomi.io/tasks/internal/sim/gitea"
)

// TestIntrospection was seen on a real Gitea 1.26.0: the secret of an
// application lets in, and a token in the form is taken for the log-in of the
// request itself.
func TestIntrospection(t *testing.T) {
	server := gitea.New(gitea.Options{Username: "admin", Password: "simulated-admin"})
	send := func(path, user, password, form string) *httptest.ResponseRecorder {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, strings.NewReader(form))
		r.SetBasicAuth(user, password)
		if r.Header.Set("Content-Type", "application/x-www-form-urlencoded"); strings.HasPrefix(form, "{") {
			r.Header.Set("Content-Type", "application/json")
		}
		w := httptest.NewRecorder()
		server.ServeHTTP(w, r)
		return w
	}
	var app struct {
		ID     string `json:"client_id"`
		Secret string `json:"client_secret"`
	}
	made := send("/api/v1/user/applications/oauth2", "admin", "simulated-admin", `{"name":"drone","redirect_uris":["https://drone.example.com/login"]}`)
	if err := json.Unmarshal(made.Body.Bytes(), &app); err != nil || made.Code != http.StatusCreated {
		t.Fatalf("making an application: %d %v", made.Code, err)
	}
	cases := map[string]struct {
		reason, secret, form string
		status               int
		body                 string
	}{
		"Works":  {"its own secret", app.Secret, "", http.StatusOK, `{"active":false}` + "\n"},
		"Wrong":  {"another one", "gto_other", "", http.StatusUnauthorized, "no valid authorization"},
		"Absent": {"none", "", "", http.StatusUnauthorized, "no valid authorization"},
		"Token":  {"a token in the form", app.Secret, url.Values{"token": {"none"}}.Encode(), http.StatusUnauthorized, "Failed to authenticate user\n"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got := send("/login/oauth/introspect", app.ID, tc.secret, tc.form)
			if got.Code != tc.status || got.Body.String() != tc.body {
				t.Errorf("%s: %d %q, want %d %q", tc.reason, got.Code, got.Body, tc.status, tc.body)
			}
		})
	}
}
