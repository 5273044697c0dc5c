package droneactivate

import (
	"testing"

	"otomi.io/tasks/internal/testkit/runner"
)

// Faults breaks every request of a first run in every way. Start makes fresh
// simulators.
func Faults(t *testing.T, start func(*testing.T) Server) {
	runner.Faults(t, runner.Ways(), stage(start))
}

// Kills ends a first run after each of its writes.
func Kills(t *testing.T, start func(*testing.T) Server) { runner.Kills(t, stage(start)) }

func stage(start func(*testing.T) Server) runner.Build {
	return func(t *testing.T) runner.Scenario {
		t.Helper()
		s := start(t)
		b := newEnv(t, s, Full)
		b.operator(t).makePlatform(repos()...)
		return runner.Scenario{
			Faults: s.Faults,
			Run:    func() runner.Result { return b.run(t, "apply") },
			Check:  func() { b.check(t) },
		}
	}
}

// check demands that all of it is there, that nothing is left to do, and that
// everything can be taken away again: a run that was cut off left nothing that
// nobody owns.
func (b *env) check(t *testing.T) {
	t.Helper()
	b.settled(t, "--policy", "sync")
	h := b.operator(t)
	readBackFull(h)
	b.values = b.values[:1]
	b.apply(t, append(removeAll(), "--accept", "no-teams")...)
	h.wants("/repos/otomi/a-app", `{"active":false}`)
	h.wants("/repos/otomi/values/cron", `[]`)
	h.wants("/secrets/otomi", `[]`)
}
