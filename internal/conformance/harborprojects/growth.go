package harborprojects

import (
	"fmt"
	"os"
	"testing"

	"otomi.io/tasks/internal/sim/harbor"
	"otomi.io/tasks/internal/testkit/runner"
	"otomi.io/tasks/tasks/run"
)

// teamBeyond are the requests for one more team: 7 writes, the two logins that
// prove each new credential, and the lists that name it.
const teamBeyond = 20

// changedReads are those of a run that reads a new team alone: before its writes, to prove
// three credentials, and after them.
const changedReads = 19

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

// FullEvery lets runs go by what earlier ones left: nothing, the teams that changed in
// the values, or all.
func FullEvery(t *testing.T, start Start) {
	s := start(t, harbor.Options{})
	b := newEnv(t, s, Small, Teams(10))
	for i := range 12 {
		b.addNamespaces(t, fmt.Sprintf("team-t%04d", i))
	}
	apply := func(reason, read string, writes bool) {
		t.Helper()
		r := b.run(t, "apply", "--full-every", "15m")
		if read == "changed teams" && r.Outcome.Requests.Reads != changedReads {
			t.Errorf("%s: %d requests that read, want %d", reason, r.Outcome.Requests.Reads, changedReads)
		}
		if r.Code != run.ExitOK || r.Outcome.Read != read {
			t.Fatalf("%s: exit %d, read %q, want %q\n%s", reason, r.Code, r.Outcome.Read, read, r.Raw)
		}
		if (r.Outcome.Requests.Writes > 0) != writes {
			t.Errorf("%s: %d writes", reason, r.Outcome.Requests.Writes)
		}
		if read == "nothing" && (r.Outcome.Requests.Reads > 0 || r.secrets > 0) {
			t.Errorf("%s: %d requests to Harbor, %d writes to Kubernetes", reason, r.Outcome.Requests.Reads, r.secrets)
		}
	}
	write := func(yaml string) { // the arguments stay the same
		if err := os.WriteFile(b.values[1], []byte(yaml), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	apply("nothing is known", "all", true)
	apply("the values are the same", "nothing", false)
	b.console(t).metadata("team-t0003", "public", "true")
	write(Teams(11))
	apply("a team came", "changed teams", true)
	apply("it is there", "nothing", false)
	const other = "apps: {harbor: {oidc: {autoOnboard: false}}}\n"
	write(other + Teams(11))
	apply("what is the platform's changed, and what was changed by hand is seen", "all", true)
	apply("all was read", "nothing", false)

	write(other + Teams(12))
	runner.Kill(s.Faults, 1, true)
	b.run(t, "apply", "--full-every", "15m")
	s.Faults.Clear()
	apply("a run was killed", "all", true)
	write(other + Teams(11))
	apply("a team has left the values", "all", false)
	b.settled(t)
}
