package droneactivate_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"runtime/debug"
	"strings"
	"testing"

	"otomi.io/tasks/internal/conformance/droneactivate"
	"otomi.io/tasks/internal/sim"
	dronesim "otomi.io/tasks/internal/sim/drone"
	"otomi.io/tasks/internal/sim/gitea"
	"otomi.io/tasks/internal/testkit/runner"
)

// TestMain collects garbage less often: what thousands of runs leave is soon gone.
func TestMain(m *testing.M) {
	debug.SetGCPercent(400)
	m.Run()
}

const (
	username, password = "otomi-admin", "the password of Gitea's admin"
	token              = "the-token-of-drone"
	newest             = "2.28.2" // of Drone
)

// start makes simulators of both servers. Faults strike what comes from outside,
// not what Drone asks Gitea.
func start(t *testing.T, version string) droneactivate.Server {
	t.Helper()
	server, _ := startAt(t, version, "")
	return server
}

// giteaOf is the Gitea that the platform shipped with a Drone.
func giteaOf(version string) string {
	return map[string]string{"2.7.3": "1.19.3"}[version]
}

// startAt also says where Drone's hooks should lead.
func startAt(t *testing.T, version, hookAddress string) (droneactivate.Server, *dronesim.Server) {
	t.Helper()
	faults, log := &sim.Faults{}, &sim.Log{}
	var front http.Handler
	drone := listen(t, log.Wrap(faults.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { front.ServeHTTP(w, r) }))))
	git := gitea.New(gitea.Options{Username: username, Password: password, Version: giteaOf(version)})
	simulated := dronesim.New(dronesim.Options{
		Gitea: listen(t, git), Address: drone, HookAddress: hookAddress, Version: version,
		Users: []dronesim.User{{Login: username, Token: token, Admin: true}}})
	simulated.SetApplication(application(t, git, drone))
	front = simulated
	return droneactivate.Server{
		Drone: drone, Token: token, Gitea: listen(t, log.Wrap(faults.Wrap(git))), Username: username, Password: password,
		Version: version, Clock: runner.InstantClock{}, Faults: faults, Log: log}, simulated
}

// application makes what gitea-repos would have made.
func application(t *testing.T, git http.Handler, drone string) (clientID, clientSecret string) {
	t.Helper()
	body := strings.NewReader(`{"name":"otomi-drone","confidential_client":true,"redirect_uris":["` + drone + `/login"]}`)
	req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/api/v1/user/applications/oauth2", body)
	req.Header.Set("Content-Type", "application/json")
	req.SetBasicAuth(username, password)
	var answer sim.Answer
	git.ServeHTTP(&answer, req)
	var made struct {
		ClientID     string `json:"client_id"`
		ClientSecret string `json:"client_secret"`
	}
	if err := json.Unmarshal(answer.Body.Bytes(), &made); err != nil || answer.Status != http.StatusCreated {
		t.Fatalf("making the application: %d %v", answer.Status, err)
	}
	return made.ClientID, made.ClientSecret
}

func listen(t *testing.T, h http.Handler) string {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return server.URL
}

func TestSimulator(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"1.10.1", "2.7.3", newest} {
		t.Run(version, func(t *testing.T) {
			droneactivate.Run(t, func(t *testing.T) droneactivate.Server { return start(t, version) })
		})
	}
}

func TestUnsupported(t *testing.T) {
	t.Parallel()
	droneactivate.Unsupported(t, func(version string) droneactivate.Server { return start(t, version) })
}

func TestProxied(t *testing.T) {
	t.Parallel()
	const inside = "http://drone.inside:8080"
	server, _ := startAt(t, newest, inside)
	droneactivate.Proxied(t, server, inside)
}

func TestMoved(t *testing.T) {
	t.Parallel()
	const before, inside, public = "http://before.inside", "http://after.inside", "https://drone.example"
	for name, tc := range map[string]struct{ reason, from, to, want string }{
		"Proxied":   {"an unknown address is discovered again", before, inside, inside},
		"Unproxied": {"where hooks led before counts no more", before, "", public},
	} {
		t.Run(name, func(t *testing.T) {
			t.Log(tc.reason)
			server, simulated := startAt(t, newest, tc.from)
			droneactivate.Moved(t, server, func() { simulated.SetAddress(public, tc.to) }, tc.want)
		})
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	droneactivate.Faults(t, func(t *testing.T) droneactivate.Server { return start(t, newest) })
}

func TestHistories(t *testing.T) {
	t.Parallel()
	droneactivate.Histories(t, func(t *testing.T) droneactivate.Server { t.Helper(); return start(t, newest) })
}

func TestDeletions(t *testing.T) { t.Parallel(); droneactivate.Deletions(t, start(t, newest)) }

func TestKills(t *testing.T) {
	t.Parallel()
	droneactivate.Kills(t, func(t *testing.T) droneactivate.Server { return start(t, newest) })
}

func TestNeighbourKills(t *testing.T) {
	t.Parallel()
	droneactivate.NeighbourKills(t, func(t *testing.T) droneactivate.Server { return start(t, newest) })
}

func TestRefused(t *testing.T) {
	t.Parallel()
	droneactivate.Refused(t, start(t, newest))
}

func TestGrows(t *testing.T) {
	t.Parallel()
	droneactivate.Grows(t, func(t *testing.T) droneactivate.Server { return start(t, newest) })
}
