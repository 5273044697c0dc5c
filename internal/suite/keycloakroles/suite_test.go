package keycloakroles_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"otomi.io/tasks/internal/sim"
	"otomi.io/tasks/internal/sim/keycloak"
	"otomi.io/tasks/internal/suite/keycloakroles"
)

func start(t *testing.T) keycloakroles.Broken {
	t.Helper()
	faults := &sim.Faults{}
	server, err := sim.Listen("127.0.0.1:0", faults.Wrap(keycloak.New(keycloak.Options{Username: "admin", Password: "simulated-admin"})))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	return keycloakroles.Broken{Faults: faults, Server: keycloakroles.Server{
		URL: server.URL, Username: "admin", Password: "simulated-admin", Clock: keycloakroles.Hasty{}}}
}

func TestSimulator(t *testing.T) { keycloakroles.Run(t, start(t).Server) }

func TestFaults(t *testing.T) { keycloakroles.Faults(t, start) }

func TestKills(t *testing.T) { keycloakroles.Kills(t, start) }

// TestTokenEnds lets the administrator's token die every few requests, long
// before the session's own clock says so.
func TestTokenEnds(t *testing.T) {
	var mu sync.Mutex
	now := time.Now()
	clock := func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		now = now.Add(3 * time.Second)
		return now
	}
	var log sim.Log
	server, err := sim.Listen("127.0.0.1:0", log.Wrap(keycloak.New(keycloak.Options{Username: "admin", Password: "simulated-admin", Now: clock})))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	keycloakroles.FirstRun(t, keycloakroles.Server{URL: server.URL, Username: "admin", Password: "simulated-admin", Clock: keycloakroles.Hasty{}})
	tokens, refused := 0, 0
	for _, r := range log.Requests() {
		if strings.HasSuffix(r.Path, "/protocol/openid-connect/token") {
			tokens++
		}
		if r.Status == http.StatusUnauthorized {
			refused++
		}
	}
	if tokens < 3 || refused == 0 {
		t.Errorf("%d tokens taken and %d requests refused: the token never ended in mid-run", tokens, refused)
	}
}
