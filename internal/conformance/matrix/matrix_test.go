package matrix_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"otomi.io/tasks/internal/conformance/matrix"
	"otomi.io/tasks/internal/sim"
	"otomi.io/tasks/internal/sim/drone"
	"otomi.io/tasks/internal/sim/gitea"
	"otomi.io/tasks/internal/sim/harbor"
	"otomi.io/tasks/internal/sim/keycloak"
	"otomi.io/tasks/internal/testkit/runner"
)

const (
	password = "Admin-pass-1"
	person   = "otomi-admin"
	token    = "0123456789abcdef0123456789abcdef"
)

// TestMatrix: each documented setting has an effect.
func TestMatrix(t *testing.T) { t.Parallel(); matrix.Run(t, start) }

// TestMatrixIsComplete: each setting in the table of the package values has its row.
func TestMatrixIsComplete(t *testing.T) { matrix.Complete(t, "../../../tasks/values/doc.go") }

func start(t *testing.T) matrix.Servers {
	t.Helper()
	forge := gitea.New(gitea.Options{Username: person, Password: password})
	var front http.Handler
	ci := listen(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { front.ServeHTTP(w, r) }))
	s := matrix.Servers{
		Keycloak: listen(t, keycloak.New(keycloak.Options{Username: "admin", Password: password})),
		Harbor:   listen(t, harbor.New(harbor.Options{Username: "admin", Password: password})),
		Gitea:    listen(t, forge), Drone: ci, Password: password, DroneToken: token,
		Issuers: [2]string{issuer(t), issuer(t)}, Clock: runner.InstantClock{},
	}
	simulated := drone.New(drone.Options{Gitea: s.Gitea, Address: ci, Users: []drone.User{{Login: person, Token: token, Admin: true}}})
	simulated.SetApplication(prepare(t, forge, ci))
	front = simulated
	return s
}

// prepare makes what drone-activate builds, and Drone's application.
func prepare(t *testing.T, forge http.Handler, ci string) (clientID, clientSecret string) {
	t.Helper()
	if !strings.Contains(t.Name(), "drone.") || strings.Contains(t.Name(), "sourceControl") || strings.Contains(t.Name(), "namespace") {
		return "", ""
	}
	send := func(path, body string) []byte {
		req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/api/v1"+path, strings.NewReader(body))
		req.Header.Set("Content-Type", "application/json")
		req.SetBasicAuth(person, password)
		var answer sim.Answer
		forge.ServeHTTP(&answer, req)
		if answer.Status != http.StatusCreated {
			t.Fatalf("POST %s: %d %s", path, answer.Status, answer.Body.String())
		}
		return answer.Body.Bytes()
	}
	send("/orgs", `{"username":"otomi"}`)
	for _, repo := range []string{"values", "app"} {
		send("/orgs/otomi/repos", fmt.Sprintf(`{"name":%q,"private":true,"auto_init":true,"default_branch":"main"}`, repo))
	}
	var made struct {
		ClientID     string `json:"client_id"`
		ClientSecret string `json:"client_secret"`
	}
	body := send("/user/applications/oauth2", fmt.Sprintf(`{"name":"otomi-drone","confidential_client":true,"redirect_uris":["%s/login"]}`, ci))
	if err := json.Unmarshal(body, &made); err != nil {
		t.Fatal(err)
	}
	return made.ClientID, made.ClientSecret
}

func listen(t *testing.T, h http.Handler) string {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return server.URL
}

// issuer is an external identity provider as far as its discovery document goes.
func issuer(t *testing.T) string {
	t.Helper()
	var address string
	address = listen(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		document := map[string]any{"issuer": address, "authorization_endpoint": address + "/auth", "token_endpoint": address + "/token",
			"jwks_uri": address + "/jwks", "userinfo_endpoint": address + "/userinfo"}
		if err := json.NewEncoder(w).Encode(document); err != nil {
			t.Error(err)
		}
	}))
	return address
}
