package keycloakroles

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"otomi.io/tasks/internal/sim"
	"otomi.io/tasks/internal/testkit/runner"
)

// Faults breaks every request of a first run in every way. Start makes a fresh
// simulator.
func Faults(t *testing.T, start func(*testing.T) Server) {
	runner.Faults(t, runner.Ways(), scenario(start, Platform), scenario(start, Platform, external(issuer(t))))
	t.Run("Alone", func(t *testing.T) { runner.Faults(t, runner.Ways(), withoutImport(scenario(start, Platform))) })
}

// withoutImport is a scenario whose Keycloak refuses every import of groups.
func withoutImport(build runner.Build) runner.Build {
	return func(t *testing.T) runner.Scenario {
		t.Helper()
		s := build(t)
		s.Faults.Inject(sim.Fault{Effect: sim.Refuse, Status: http.StatusInternalServerError, Path: "/partialImport", Times: -1})
		return s
	}
}

// Kills ends a first run after each of its writes.
func Kills(t *testing.T, start func(*testing.T) Server) {
	t.Run("Local", func(t *testing.T) { runner.Kills(t, scenario(start, Platform)) })
	t.Run("External", func(t *testing.T) { runner.Kills(t, scenario(start, Platform, external(issuer(t)))) })
}

func scenario(start func(*testing.T) Server, values ...string) runner.Build {
	return func(t *testing.T) runner.Scenario {
		t.Helper()
		s := start(t)
		b := newEnv(t, s, values...)
		return runner.Scenario{
			Faults: s.Faults,
			Run:    func() runner.Result { return b.run(t, "apply") },
			Check: func() {
				b.settled(t, "--policy", "sync")
				readBack(t, b)
			},
		}
	}
}

// Refused shows that groups which Keycloak does not take together are made one
// by one, in the same round.
func Refused(t *testing.T, start func(*testing.T) Server) {
	together := scenario(start, Platform)(t).Run().Converged(t)
	s := withoutImport(scenario(start, Platform))(t)
	single := s.Run().Converged(t)
	if diff := cmp.Diff(together.Outcome.Changes, single.Outcome.Changes); diff != "" {
		t.Errorf("changes made together and one by one (-together +single):\n%s", diff)
	}
	// Five groups with twelve roles are one request together, and one each
	// behind the refused one.
	if more := single.Outcome.Requests.Writes - together.Outcome.Requests.Writes; more != 17 {
		t.Errorf("%d requests more one by one, want 17", more)
	}
	s.Faults.Clear()
	s.Check()
}
