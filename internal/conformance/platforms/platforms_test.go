// Package platforms_test points the tasks at values repositories of the platform
// as they are, and at empty servers.
package platforms_test

import (
	"encoding/json"
	"flag"
	"maps"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"otomi.io/tasks/internal/conformance/platforms"
	"otomi.io/tasks/internal/sim/drone"
	"otomi.io/tasks/internal/sim/gitea"
	"otomi.io/tasks/internal/sim/harbor"
	"otomi.io/tasks/internal/sim/keycloak"
	"otomi.io/tasks/internal/testkit/golden"
	"otomi.io/tasks/internal/testkit/runner"
	"otomi.io/tasks/tasks/droneactivate"
	"otomi.io/tasks/tasks/gitearepos"
	"otomi.io/tasks/tasks/harborprojects"
	"otomi.io/tasks/tasks/keycloakroles"
	"otomi.io/tasks/tasks/run"
	"otomi.io/tasks/tasks/task"
	"otomi.io/tasks/tasks/values"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// application is a task, and a server that knows the administrator of the values,
// as the variable that leads to it.
type application struct {
	task  func() task.Task
	start func(*testing.T, values.Apps) map[string]string
}

func applications() map[string]application {
	return map[string]application{
		values.AppKeycloak: {keycloakroles.Task, func(t *testing.T, a values.Apps) map[string]string {
			k := keycloak.New(keycloak.Options{Username: a.Keycloak.AdminUsername, Password: a.Keycloak.AdminPassword.Reveal()})
			return map[string]string{"KEYCLOAK_ADDRESS": listen(t, k)}
		}},
		values.AppHarbor: {harborprojects.Task, func(t *testing.T, a values.Apps) map[string]string {
			h := harbor.New(harbor.Options{Username: a.Harbor.AdminUsername, Password: a.Harbor.AdminPassword.Reveal()})
			return map[string]string{"HARBOR_BASE_URL": listen(t, h)}
		}},
		values.AppGitea: {gitearepos.Task, func(t *testing.T, a values.Apps) map[string]string {
			g := gitea.New(gitea.Options{Username: a.Gitea.AdminUsername, Password: a.Gitea.AdminPassword.Reveal()})
			return map[string]string{"GITEA_URL": listen(t, g)}
		}},
		values.AppDrone: {droneactivate.Task, startDrone},
	}
}

// startDrone is a Drone without any login, beside a Gitea as gitea-repos
// leaves it.
func startDrone(t *testing.T, a values.Apps) map[string]string {
	t.Helper()
	username, password := a.Gitea.AdminUsername, a.Gitea.AdminPassword.Reveal()
	git := listen(t, gitea.New(gitea.Options{Username: username, Password: password}))
	var front http.Handler
	address := listen(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { front.ServeHTTP(w, r) }))
	server := drone.New(drone.Options{Gitea: git, Address: address, Version: "2.7.3", Users: []drone.User{{Login: a.Drone.AdminUser, Token: a.Drone.AdminToken.Reveal(), Admin: true}}})
	tool := platforms.GiteaTool{URL: git, Username: username, Password: password}
	tool.Round(t)
	server.SetApplication(tool.DroneApplication(t, address))
	front = server
	return map[string]string{"DRONE_URL": address, "GITEA_URL": git}
}

// secrets are what APL 6 keeps in Kubernetes.
func secrets() map[string]string {
	return map[string]string{"KEYCLOAK_ADMIN_PASSWORD": "Admin-pass-1", "KEYCLOAK_CLIENT_SECRET": "client-pass-1", "HARBOR_PASSWORD": "Harbor-pass-1", "GITEA_PASSWORD": "Gitea-pass-1"}
}

// TestFirstRun plans what the release's own tools would make, makes it, and finds
// nothing left to do.
func TestFirstRun(t *testing.T) {
	t.Parallel()
	for _, tree := range []string{"platform-a", "platform-b", "platform-c"} {
		for name := range applications() {
			if name == values.AppDrone && tree != "platform-a" {
				continue // see TestNoDrone
			}
			t.Run(tree+"/"+name, func(t *testing.T) {
				t.Parallel()
				firstRun(t, filepath.Join("../../../examples", tree), name, tree+"."+name+".plan")
			})
		}
	}
}

// TestReleases does so with the platform's own sample trees, where a checkout has
// them beside it.
func TestReleases(t *testing.T) {
	t.Parallel()
	trees, err := filepath.Glob("../../../../shared/platform/values/v*")
	if err != nil || len(trees) == 0 {
		t.Logf("no trees of the platform beside the checkout: %v", err)
	}
	for _, tree := range trees {
		for name := range applications() {
			if name == values.AppDrone && strings.HasPrefix(filepath.Base(tree), "v6") {
				continue // which has none
			}
			t.Run(filepath.Base(tree)+"/"+name, func(t *testing.T) {
				t.Parallel()
				firstRun(t, tree, name, "")
			})
		}
	}
}

// TestNoDrone succeeds where the platform has no Drone any more.
func TestNoDrone(t *testing.T) {
	t.Parallel()
	for _, tree := range []string{"platform-b", "platform-c"} {
		args := []string{"apply", "--values", filepath.Join("../../../examples", tree), "--secrets-dir", t.TempDir()}
		result := runner.Run(droneactivate.Task(), run.Process{Args: args, Clock: runner.InstantClock{}}).Read(t)
		if result.Code != run.ExitOK || result.Outcome.Requests.Writes+result.Outcome.Requests.Reads > 0 {
			t.Errorf("%s: want exit 0 without a request, got %d\n%s", tree, result.Code, result)
		}
	}
}

func firstRun(t *testing.T, tree, name, file string) {
	t.Helper()
	app := applications()[name]
	env := secrets()
	env["IDP_OIDC_URL"] = provider(t)
	loaded, err := values.Load(t.Context(), values.Request{Sources: []string{tree}, Env: env, App: name})
	if err != nil {
		t.Fatal(err)
	}
	maps.Copy(env, app.start(t, loaded.Apps))
	dir := t.TempDir()
	start := func(verb string) runner.Result {
		args := []string{verb, "--values", tree}
		if name != values.AppKeycloak {
			args = append(args, "--secrets-dir", dir)
		}
		return runner.Run(app.task(), run.Process{Args: args, Env: env, Clock: runner.InstantClock{}}).Read(t)
	}
	planned := start("plan")
	if file != "" {
		names := runner.Names(planned.Lines)
		slices.Sort(names)
		golden.Golden(t, *update, file, []byte(strings.Join(names, "\n")+"\n"))
	}
	if user := loaded.Apps.Drone.AdminUser; name == values.AppDrone && user != loaded.Apps.Gitea.AdminUsername {
		// Nobody knows the password of that user: the trees hide it.
		if refused := start("apply").Want(t, run.ExitUnauthorized, "unauthorized", 0); !strings.Contains(refused.Outcome.Error, "the values hold no password of that user") {
			t.Errorf("Drone's user %s: %s", user, refused.Outcome.Error)
		}
		return
	}
	start("apply").Converged(t)
	start("apply").Unchanged(t)
}

// provider is an external identity provider as far as its discovery document goes.
func provider(t *testing.T) string {
	t.Helper()
	var server *httptest.Server
	server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		document := map[string]any{"issuer": server.URL, "authorization_endpoint": server.URL + "/auth", "token_endpoint": server.URL + "/token",
			"jwks_uri": server.URL + "/jwks", "userinfo_endpoint": server.URL + "/userinfo", "claims_supported": []string{"sub", "oid", "upn", "email", "groups"}}
		if err := json.NewEncoder(w).Encode(document); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(server.Close)
	return server.URL
}
