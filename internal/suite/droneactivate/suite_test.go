package droneactivate_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"otomi.io/tasks/internal/sim"
	dronesim "otomi.io/tasks/internal/sim/drone"
	"otomi.io/tasks/internal/sim/forge"
	"otomi.io/tasks/internal/sim/giteaweb"
	"otomi.io/tasks/internal/suite/droneactivate"
)

const (
	username, password = "otomi-admin", "the password of Gitea's admin"
	token              = "the-token-of-drone"
)

// start makes simulators of both servers. Faults strike what comes from outside,
// not what Drone asks Gitea.
func start(t *testing.T, version1 bool) droneactivate.Broken {
	t.Helper()
	broken, _ := startAt(t, version1, "")
	return broken
}

// startAt also says where Drone's hooks shall lead.
func startAt(t *testing.T, version1 bool, hookAddress string) (droneactivate.Broken, *dronesim.Server) {
	t.Helper()
	faults := &sim.Faults{}
	var front http.Handler
	drone := listen(t, faults.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { front.ServeHTTP(w, r) })))
	git := forge.New(forge.Options{
		Username: username, Password: password,
		Applications: []giteaweb.Application{{ClientID: "drone", Secret: "client-secret", Name: "otomi-drone", RedirectURIs: []string{drone + "/login"}}}})
	simulated := dronesim.New(dronesim.Options{
		Gitea: listen(t, git), ClientID: "drone", ClientSecret: "client-secret", Address: drone, HookAddress: hookAddress, Version1: version1,
		Users: []dronesim.User{{Login: username, Token: token, Admin: true}}})
	front = simulated
	return droneactivate.Broken{Faults: faults, Server: droneactivate.Server{
		Drone: drone, Token: token, Gitea: listen(t, faults.Wrap(git)), Username: username, Password: password,
		Version1: version1, Clock: droneactivate.Hasty{}}}, simulated
}

func listen(t *testing.T, h http.Handler) string {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return server.URL
}

func TestSimulator(t *testing.T) {
	for name, version1 := range map[string]bool{"Drone1": true, "Drone2": false} {
		t.Run(name, func(t *testing.T) {
			droneactivate.Run(t, func(t *testing.T) droneactivate.Server { return start(t, version1).Server })
		})
	}
}

func TestProxied(t *testing.T) {
	const inside = "http://drone.inside:8080"
	broken, _ := startAt(t, false, inside)
	droneactivate.Proxied(t, broken.Server, inside)
}

func TestMoved(t *testing.T) {
	const before, inside, public = "http://before.inside", "http://after.inside", "https://drone.example"
	for name, tc := range map[string]struct{ reason, from, to, want string }{
		"Proxied":   {"an address that nothing tells is learned anew", before, inside, inside},
		"Unproxied": {"where hooks led before counts no more", before, "", public},
	} {
		t.Run(name, func(t *testing.T) {
			t.Log(tc.reason)
			broken, simulated := startAt(t, false, tc.from)
			droneactivate.Moved(t, broken.Server, func() { simulated.SetAddress(public, tc.to) }, tc.want)
		})
	}
}

func TestFaults(t *testing.T) {
	droneactivate.Faults(t, func(t *testing.T) droneactivate.Broken { return start(t, false) })
}

func TestKills(t *testing.T) {
	droneactivate.Kills(t, func(t *testing.T) droneactivate.Broken { return start(t, false) })
}
