package gitearepos_test

import (
	"net/http/httptest"
	"runtime/debug"
	"testing"

	"otomi.io/tasks/internal/conformance/gitearepos"
	"otomi.io/tasks/internal/sim"
	"otomi.io/tasks/internal/sim/gitea"
	"otomi.io/tasks/internal/testkit/runner"
)

// TestMain collects garbage less often: what thousands of runs leave is soon gone.
func TestMain(m *testing.M) {
	debug.SetGCPercent(400)
	m.Run()
}

func start(t *testing.T) gitearepos.Server { return startWith(t, gitea.Options{}) }

func startWith(t *testing.T, o gitea.Options) gitearepos.Server {
	t.Helper()
	faults, log := &sim.Faults{}, &sim.Log{}
	o.Username, o.Password = "otomi-admin", "simulated-admin"
	simulator := gitea.New(o)
	server, err := sim.Listen("127.0.0.1:0", log.Wrap(faults.Wrap(simulator)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	look := httptest.NewServer(simulator)
	t.Cleanup(look.Close)
	return gitearepos.Server{
		URL: server.URL, Username: "otomi-admin", Password: "simulated-admin", Clock: runner.InstantClock{}, Branch: simulator.AddBranch, Faults: faults, Log: log, Look: look.URL}
}

func TestSimulator(t *testing.T) { t.Parallel(); gitearepos.Run(t, start(t)) }

// TestVersions runs the suite against what the oldest supported version and one in
// between do differently.
func TestVersions(t *testing.T) {
	for _, version := range []string{"1.19.3", "1.22.3"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			gitearepos.Run(t, startWith(t, gitea.Options{Version: version}))
		})
	}
}

func TestUnsupported(t *testing.T) {
	t.Parallel()
	gitearepos.Unsupported(t, func(version string) gitearepos.Server { return startWith(t, gitea.Options{Version: version}) })
}

// TestShortPages: the server cuts every list far below what was asked for.
func TestShortPages(t *testing.T) {
	t.Parallel()
	gitearepos.FirstRun(t, startWith(t, gitea.Options{PageLimit: 2}))
}

func TestFaults(t *testing.T) { t.Parallel(); gitearepos.Faults(t, start) }

func TestDeletions(t *testing.T) { t.Parallel(); gitearepos.Deletions(t, start(t)) }

func TestNeighbourKills(t *testing.T) { t.Parallel(); gitearepos.NeighbourKills(t, start) }

func TestHistories(t *testing.T) { t.Parallel(); gitearepos.Histories(t, start) }

func TestOrders(t *testing.T) { t.Parallel(); gitearepos.Orders(t, start) }

func TestKills(t *testing.T) { t.Parallel(); gitearepos.Kills(t, start) }

func TestGrows(t *testing.T) { t.Parallel(); gitearepos.Grows(t, start) }
