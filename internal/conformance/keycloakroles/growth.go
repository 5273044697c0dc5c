package keycloakroles

import (
	"context"
	"testing"

	"otomi.io/tasks/internal/testkit/runner"
)

// teamBeyond are the requests for one more team: its writes, and the pages again.
const teamBeyond = 20

// Grows brings one team more to a platform of many.
func Grows(t *testing.T, start func(*testing.T) Server) {
	runner.Grows(t, teamBeyond, func(t *testing.T, teams int) runner.Growth {
		t.Helper()
		s := start(t)
		b := newEnv(t, s, Platform, Teams(teams))
		b.apply(t)
		return runner.Growth{
			Scenario: runner.Scenario{
				Faults: s.Faults,
				Run:    func() runner.Result { return b.run(t, "apply") },
				Check:  func() { b.settled(t, "--policy", "sync") },
			},
			Grow: func() { b.values.Add(t, Teams(teams+1)) },
			Elsewhere: func() {
				h := b.operator(t)
				role := h.role("team-t0003")
				role.Description = new("other")
				if err := b.kc.UpdateRealmRole(context.Background(), b.token(t), b.realm, "team-t0003", role); err != nil {
					t.Error(err)
				}
			},
		}
	})
}
