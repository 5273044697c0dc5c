package gitearepos

import (
	"testing"

	"otomi.io/tasks/internal/testkit/runner"
	"otomi.io/tasks/tasks/run"
)

// Faults breaks every request of a first run in every way. Start makes a fresh
// simulator.
func Faults(t *testing.T, start func(*testing.T) Server) {
	runner.Faults(t, runner.Ways(), scenario(start))
}

// Kills ends a first run after each of its writes.
func Kills(t *testing.T, start func(*testing.T) Server) { runner.Kills(t, scenario(start)) }

func scenario(start func(*testing.T) Server) runner.Build {
	return func(t *testing.T) runner.Scenario {
		t.Helper()
		s := start(t)
		b := newEnv(t, s, Platform)
		return runner.Scenario{
			Faults: s.Faults,
			Run:    func() runner.Result { return b.run(t, "apply").Result },
			Check:  func() { b.check(t) },
		}
	}
}

// check demands that all is there and that nothing is left to do.
func (b *env) check(t *testing.T) {
	t.Helper()
	b.settled(t, "--policy", "sync")
	readBack(t, b)
}

// forgets lets each write to Kubernetes of a first run fail after it was done:
// the token, the application, its Secret, what is ours.
func forgets(t *testing.T, s Server) {
	for n := 1; n <= 4; n++ {
		b := newEnv(t, s, Platform)
		b.cluster.counts.lose.Store(int64(n))
		if r := b.run(t, "apply"); r.Code != run.ExitOK && r.Code != run.ExitFailed {
			t.Errorf("write %d was lost: exit %d %s\n%s%s", n, r.Code, r.Outcome.Result, r.Stdout, r.Stderr)
		}
		b.cluster.counts.lose.Store(0)
		if r := b.run(t, "apply"); r.Code != run.ExitOK {
			t.Fatalf("write %d was lost: the next run ends with %d\n%s%s", n, r.Code, r.Stdout, r.Stderr)
		}
		b.check(t)
	}
}
