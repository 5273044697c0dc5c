package droneactivate

import (
	"testing"

	"otomi.io/tasks/internal/testkit/runner"
)

// teamBeyond are the requests for one more team: its writes, and a second reading of
// its repository's hooks.
const teamBeyond = 8

// Grows brings one team more to a platform of many.
func Grows(t *testing.T, start func(*testing.T) Server) {
	runner.Grows(t, teamBeyond, func(t *testing.T, teams int) runner.Growth {
		t.Helper()
		s := start(t)
		b := newEnv(t, s, Repos(teams))
		h := b.operator(t)
		h.makePlatform(many(teams + 1)...)
		b.apply(t)
		return runner.Growth{
			Scenario: runner.Scenario{
				Faults: s.Faults,
				Run:    func() runner.Result { return b.run(t, "apply") },
				Check:  func() { b.settled(t, "--policy", "sync") },
			},
			Grow:      func() { b.values.Add(t, Repos(teams+1)) },
			Elsewhere: func() { h.drone("DELETE", "/repos/otomi/t003", "") },
		}
	})
}
