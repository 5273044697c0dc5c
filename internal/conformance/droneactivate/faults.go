package droneactivate

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"otomi.io/tasks/internal/sim"
	"otomi.io/tasks/internal/testkit/runner"
	"otomi.io/tasks/tasks/run"
)

// Faults breaks every request of a first run in every way. Start makes fresh
// simulators.
func Faults(t *testing.T, start func(*testing.T) Server) {
	runner.Faults(t, runner.Ways(), scenario(start))
}

// Kills ends a first run after each of its writes.
func Kills(t *testing.T, start func(*testing.T) Server) { runner.Kills(t, scenario(start)) }

func scenario(start func(*testing.T) Server) runner.Build {
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
// no inventory names.
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

// Refused shows what a refusal that stays does: one for one repository is that
// repository's failure, and one by whatever is in front of a server changes
// nothing at all.
func Refused(t *testing.T, s Server) {
	b := newEnv(t, s, Full)
	h := b.operator(t)
	h.makePlatform(repos()...)
	s.Faults.Inject(sim.Fault{Effect: sim.Refuse, Status: http.StatusForbidden, Path: "/repos/otomi/a-app/hooks", Times: -1})
	r := b.run(t, "apply").Want(t, run.ExitUnsettled, "unsettled", runner.AnyWrites)
	if !strings.Contains(r.Stderr, "DISABLE_WEBHOOKS") {
		t.Errorf("the remedy is not named:\n%s", r.Stderr)
	}
	h.wants("/repos/otomi/values", `{"active":true}`)
	h.wants("/repos/otomi/b-app", `{"active":true}`)
	h.wants("/repos/otomi/a-app/secrets", `[{"name":"npm"}]`)
	h.wants("/secrets/otomi", `[{"name":"registry"}]`)
	s.Faults.Clear()
	b.settled(t, "--policy", "sync") // Drone made the hook that we could not see
	for _, path := range []string{"/api/user", "/hooks", "/login"} {
		before := h.hooks("otomi/values")[0]["id"]
		s.Faults.Inject(sim.Fault{Effect: sim.Refuse, Status: http.StatusUnauthorized, Path: path, Times: -1})
		got := b.run(t, "apply", "--policy", "sync")
		if writes := got.Outcome.Requests.Writes; writes != 0 || !slices.Contains([]int{run.ExitUnauthorized, run.ExitOK}, got.Code) {
			t.Errorf("a 401 in front of %s: exit %d with %d writes", path, got.Code, writes)
		}
		s.Faults.Clear()
		b.settled(t, "--policy", "sync")
		if after := h.hooks("otomi/values")[0]["id"]; after != before {
			t.Errorf("a 401 in front of %s: the hook was recreated", path)
		}
	}
}
