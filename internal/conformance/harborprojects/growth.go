package harborprojects

import (
	"fmt"
	"testing"

	"otomi.io/tasks/internal/sim/harbor"
	"otomi.io/tasks/internal/testkit/runner"
)

// teamBeyond are the requests for one more team: 7 writes, the two logins that
// prove each new credential, and the lists that name it.
const teamBeyond = 20

// Grows brings one team more to a platform of many.
func Grows(t *testing.T, start Start) {
	runner.Grows(t, teamBeyond, func(t *testing.T, teams int) runner.Growth {
		t.Helper()
		s := start(t, harbor.Options{})
		b := newEnv(t, s, Small, Teams(teams))
		for i := range teams + 1 {
			b.addNamespaces(t, fmt.Sprintf("team-t%04d", i))
		}
		b.apply(t)
		return runner.Growth{
			Scenario: runner.Scenario{
				Faults: s.Faults,
				Run:    func() runner.Result { return b.run(t, "apply").Result },
				Check:  func() { b.settled(t, "--policy", "sync") },
			},
			Grow:      func() { b.values.Add(t, Teams(teams+1)) },
			Elsewhere: func() { b.console(t).metadata("team-t0003", "public", "true") },
		}
	})
}
