package harborprojects_test

import (
	"flag"
	"fmt"
	"runtime/debug"
	"testing"
	"time"

	"otomi.io/tasks/internal/conformance/harborprojects"
	"otomi.io/tasks/internal/sim"
	"otomi.io/tasks/internal/sim/harbor"
	"otomi.io/tasks/internal/testkit/runner"
)

// TestMain collects garbage less often: what thousands of runs leave is soon gone.
func TestMain(m *testing.M) {
	debug.SetGCPercent(400)
	m.Run()
}

func start(t testing.TB, o harbor.Options) harborprojects.Server {
	t.Helper()
	simulated, faults, log := harbor.New(o), &sim.Faults{}, &sim.Log{}
	server, err := sim.Listen("127.0.0.1:0", log.Wrap(faults.Wrap(simulated)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	return harborprojects.Server{
		URL: server.URL, Username: "admin", Password: "Harbor12345",
		Harbor: simulated, Faults: faults, Log: log, Clock: runner.InstantClock{}, Minor: o.Minor}
}

func TestSimulator(t *testing.T) { t.Parallel(); harborprojects.Run(t, start) }

// TestVersions runs the suite on older servers.
func TestVersions(t *testing.T) {
	t.Parallel()
	for _, minor := range []int{6, 12} {
		t.Run(fmt.Sprintf("2.%d", minor), func(t *testing.T) {
			harborprojects.Run(t, func(t testing.TB, o harbor.Options) harborprojects.Server {
				o.Minor = minor
				return start(t, o)
			})
		})
	}
}

func TestAge(t *testing.T) { t.Parallel(); harborprojects.Age(t, start) }

func TestFaults(t *testing.T) { t.Parallel(); harborprojects.Faults(t, start) }

func TestDeletions(t *testing.T) { t.Parallel(); harborprojects.Deletions(t, start) }

func TestKills(t *testing.T) { t.Parallel(); harborprojects.Kills(t, start) }

func TestCredentialKills(t *testing.T) { t.Parallel(); harborprojects.KillCredentials(t, start) }

func TestCredentialFaults(t *testing.T) { t.Parallel(); harborprojects.BreakCredentials(t, start) }

func TestRunnerLost(t *testing.T) { t.Parallel(); harborprojects.LoseRunner(t, start) }

func TestNeighbours(t *testing.T) { t.Parallel(); harborprojects.Neighbours(t, start) }

func TestOperator(t *testing.T) { t.Parallel(); harborprojects.Operator(t, start) }

func TestIssuer(t *testing.T) { t.Parallel(); harborprojects.Issuer(t, start) }

func TestGrows(t *testing.T) { t.Parallel(); harborprojects.Grows(t, start) }

func TestFullEvery(t *testing.T) { t.Parallel(); harborprojects.FullEvery(t, start) }

// soakFor is for make soak; a test of some rounds needs no time.
var soakFor = flag.Duration("soak", 0, "how long TestSoak lives")

func TestSoak(t *testing.T) {
	const rounds = 30
	began := time.Now()
	seed := uint64(1)
	if *soakFor > 0 {
		seed = uint64(began.UnixNano())
		t.Logf("seed %d", seed)
	}
	harborprojects.Soak(t, start, seed, *soakFor > 0, func(round int) bool {
		if *soakFor > 0 {
			return time.Since(began) < *soakFor
		}
		return round < rounds
	})
}
