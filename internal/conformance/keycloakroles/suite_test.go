package keycloakroles_test

import (
	"crypto/rand"
	"crypto/rsa"
	"net/http"
	"net/http/httptest"
	"runtime/debug"
	"strings"
	"sync"
	"testing"
	"time"

	"otomi.io/tasks/internal/conformance/keycloakroles"
	"otomi.io/tasks/internal/sim"
	"otomi.io/tasks/internal/sim/keycloak"
	"otomi.io/tasks/internal/testkit/runner"
)

// TestMain collects garbage less often: what thousands of runs leave is soon gone.
func TestMain(m *testing.M) {
	debug.SetGCPercent(400)
	m.Run()
}

// quickRounds are those of fingerprints in what begins very often.
const quickRounds = 100

// starter starts simulators that share the key of their tokens.
func starter(t *testing.T, rounds int) func(*testing.T) keycloakroles.Server {
	t.Helper()
	start := versions(t, rounds)
	return func(t *testing.T) keycloakroles.Server { t.Helper(); return start(t, 0) }
}

func versions(t *testing.T, rounds int) func(*testing.T, int) keycloakroles.Server {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	return func(t *testing.T, version int) keycloakroles.Server {
		t.Helper()
		faults, log := &sim.Faults{}, &sim.Log{}
		simulator := keycloak.New(keycloak.Options{Username: "admin", Password: "simulated-admin", Key: key, Version: version})
		look := httptest.NewServer(simulator)
		t.Cleanup(look.Close)
		server, err := sim.Listen("127.0.0.1:0", log.Wrap(faults.Wrap(simulator)))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := server.Close(); err != nil {
				t.Error(err)
			}
		})
		return keycloakroles.Server{
			URL: server.URL, Username: "admin", Password: "simulated-admin", Clock: runner.InstantClock{}, Faults: faults, Log: log, Look: look.URL, Rounds: rounds}
	}
}

func TestSimulator(t *testing.T) { t.Parallel(); keycloakroles.Run(t, starter(t, quickRounds)(t)) }

// TestVersions starts simulators of several versions.
func TestVersions(t *testing.T) { t.Parallel(); keycloakroles.Versions(t, versions(t, quickRounds)) }

// TestPrint makes the fingerprint as the product does.
func TestPrint(t *testing.T) { t.Parallel(); keycloakroles.Print(t, starter(t, 0)(t)) }

func TestFaults(t *testing.T) { t.Parallel(); keycloakroles.Faults(t, starter(t, quickRounds)) }

func TestNeighbourKills(t *testing.T) {
	t.Parallel()
	keycloakroles.NeighbourKills(t, starter(t, quickRounds))
}

func TestOrders(t *testing.T) { t.Parallel(); keycloakroles.Orders(t, starter(t, quickRounds)) }

func TestDeletions(t *testing.T) {
	t.Parallel()
	keycloakroles.Deletions(t, starter(t, quickRounds)(t))
}

// TestRefused lets the simulator take no groups together.
func TestRefused(t *testing.T) { t.Parallel(); keycloakroles.Refused(t, starter(t, quickRounds)) }

func TestKills(t *testing.T) { t.Parallel(); keycloakroles.Kills(t, starter(t, quickRounds)) }

// TestTokenEnds lets the administrator's token end every few requests, long
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
	keycloakroles.FirstRun(t, keycloakroles.Server{URL: server.URL, Username: "admin", Password: "simulated-admin", Clock: runner.InstantClock{}})
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

func TestGrows(t *testing.T) { t.Parallel(); keycloakroles.Grows(t, starter(t, quickRounds)) }
