package harborprojects

import (
	"fmt"
	"testing"
	"time"

	"otomi.io/tasks/internal/sim"
	"otomi.io/tasks/internal/sim/harbor"
	"otomi.io/tasks/tasks/run"
)

// Hasty is a clock on which every wait is over at once.
type Hasty struct{}

// Now is the time.
func (Hasty) Now() time.Time { return time.Now() }

// After is over at once.
func (Hasty) After(time.Duration) <-chan time.Time {
	over := make(chan time.Time, 1)
	over <- time.Now()
	return over
}

// Faults breaks the requests of a first run in every way, and shows that the run
// ends well or that the next one heals what it left. The two worst ways meet
// every request, the others share them.
func Faults(t *testing.T, start Start) {
	requests, writes := count(t, start)
	for name, tc := range map[string]struct {
		fault             sim.Fault
		from, step, until int
	}{
		"Refused500": {sim.Fault{Effect: sim.Refuse, Status: 500}, 1, 4, requests},
		"Refused503": {sim.Fault{Effect: sim.Refuse, Status: 503}, 2, 4, requests},
		"Limited":    {sim.Fault{Effect: sim.Refuse, Status: 429, RetryAfter: time.Second}, 3, 4, requests},
		"Reset":      {sim.Fault{Effect: sim.ResetBefore}, 4, 4, requests},
		"AnswerCut":  {sim.Fault{Effect: sim.CutBody}, 1, 4, requests},
		"AnswerLost": {sim.Fault{Effect: sim.ResetAfter, WritesOnly: true}, 1, 1, writes},
		"Conflict":   {sim.Fault{Effect: sim.Refuse, Status: 409, WritesOnly: true}, 1, 1, writes},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for n := tc.from; n <= tc.until; n += tc.step {
				fault := tc.fault
				fault.Number = n
				survives(t, start, fmt.Sprintf("request %d", n), func(s Server) { s.Faults.Inject(fault) })
			}
		})
	}
}

// Kills ends a first run after each of its writes to Harbor, before its answer
// is read, and shows that the next run finishes the work.
func Kills(t *testing.T, start Start) {
	_, writes := count(t, start)
	for n := 1; n <= writes; n++ {
		killed := survives(t, start, fmt.Sprintf("killed after write %d", n), func(s Server) { killAfter(s.Faults, n) })
		if killed != run.ExitFailed {
			t.Errorf("write %d: the run went on without its server: exit %d", n, killed)
		}
	}
}

// killAfter lets nothing pass once the n-th write has happened.
func killAfter(f *sim.Faults, n int) {
	f.Inject(sim.Fault{Effect: sim.ResetAfter, WritesOnly: true, Number: n})
	f.AfterWrite = func(written int, _ sim.Request) {
		if written == n {
			f.Inject(sim.Fault{Effect: sim.ResetBefore, Times: -1})
		}
	}
}

// survives runs once with the harm done and once without.
func survives(t *testing.T, start Start, what string, harm func(Server)) (code int) {
	t.Helper()
	s := start(t, harbor.Options{})
	b := newBench(t, s, Platform)
	harm(s)
	harmed := b.run(t, "apply")
	if harmed.code != run.ExitOK && harmed.code != run.ExitFailed {
		t.Errorf("%s: exit %d %s\n%s%s", what, harmed.code, harmed.outcome.Result, harmed.stdout, harmed.stderr)
	}
	s.Faults.Clear()
	if r := b.run(t, "apply"); r.code != run.ExitOK {
		t.Fatalf("%s: the next run ends with %d %s\n%s%s", what, r.code, r.outcome.Result, r.stdout, r.stderr)
	}
	b.settled(t, "--policy", "sync")
	readBack(t, b)
	return harmed.code
}

// count is what a first run sends that meets no fault.
func count(t *testing.T, start Start) (requests, writes int) {
	t.Helper()
	b := newBench(t, start(t, harbor.Options{}), Platform)
	counts := b.apply(t).outcome.Requests
	return counts.Reads + counts.Writes, counts.Writes
}
