package gitearepos

import (
	"testing"

	"otomi.io/tasks/internal/testkit/runner"
)

// teamBeyond are the requests for one more team: 3 writes and a second reading of
// its repository.
const teamBeyond = 8

// Grows brings one team more to a platform of many.
func Grows(t *testing.T, start func(*testing.T) Server) {
	runner.Grows(t, teamBeyond, func(t *testing.T, teams int) runner.Growth {
		t.Helper()
		s := start(t)
		b := newEnv(t, s, Teams(teams))
		b.apply(t)
		return runner.Growth{
			Scenario: runner.Scenario{
				Faults: s.Faults,
				Run:    func() runner.Result { return b.run(t, "apply").Result },
				Check:  func() { b.settled(t, "--policy", "sync") },
			},
			Grow: func() { b.values.Add(t, Teams(teams+1)) },
			Elsewhere: func() {
				h := b.operator(t)
				h.done(h.gt.RemoveRepoTeam(org, "team-t0003-argocd", "team-t0003"))
			},
		}
	})
}
