package keycloakroles

import (
	"testing"

	"otomi.io/tasks/internal/suite/trial"
)

// Faults breaks every request of a first run in every way. Start makes a fresh
// simulator.
func Faults(t *testing.T, start func(*testing.T) Server) {
	trial.Faults(t, trial.Ways(), stage(start, Platform), stage(start, Platform, external(issuer(t))))
}

// Kills ends a first run after each of its writes.
func Kills(t *testing.T, start func(*testing.T) Server) {
	t.Run("Local", func(t *testing.T) { trial.Kills(t, stage(start, Platform)) })
	t.Run("External", func(t *testing.T) { trial.Kills(t, stage(start, Platform, external(issuer(t)))) })
}

func stage(start func(*testing.T) Server, values ...string) trial.Build {
	return func(t *testing.T) trial.Stage {
		t.Helper()
		s := start(t)
		b := newBench(t, s, values...)
		return trial.Stage{
			Faults: s.Faults,
			Run:    func() trial.Result { return b.run(t, "apply") },
			Check: func() {
				b.settled(t, "--policy", "sync")
				readBack(t, b)
			},
		}
	}
}
