package droneactivate

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"otomi.io/tasks/internal/sim"
	"otomi.io/tasks/tasks/run"
)

// Broken is a pair of simulators; the requests of the task to both can be made to
// fail.
type Broken struct {
	Server
	Faults *sim.Faults
}

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

// Faults breaks every single request of a first run in every way, and shows that
// the run ends well or that the next one heals what it left. Start makes fresh
// simulators.
func Faults(t *testing.T, start func(*testing.T) Broken) {
	requests, _ := count(t, start)
	for name, fault := range map[string]sim.Fault{
		"Refused500": {Effect: sim.Refuse, Status: 500},
		"Refused503": {Effect: sim.Refuse, Status: 503},
		"Limited":    {Effect: sim.Refuse, Status: 429, RetryAfter: time.Second},
		"Conflict":   {Effect: sim.Refuse, Status: 409, WritesOnly: true},
		"Reset":      {Effect: sim.ResetBefore},
		"AnswerLost": {Effect: sim.ResetAfter},
		"AnswerCut":  {Effect: sim.CutBody},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for n := 1; n <= requests; n++ {
				fault.Number = n
				survives(t, start, fmt.Sprintf("request %d", n), func(b Broken) { b.Faults.Inject(fault) })
			}
		})
	}
}

// Kills ends a first run after each of its writes, before its answer is read, and
// shows that the next run finishes the work.
func Kills(t *testing.T, start func(*testing.T) Broken) {
	_, writes := count(t, start)
	for n := 1; n <= writes; n++ {
		killed := survives(t, start, fmt.Sprintf("killed after write %d", n), func(b Broken) {
			b.Faults.Inject(sim.Fault{Effect: sim.ResetAfter, WritesOnly: true, Number: n})
			var written atomic.Int64 // since the platform was made
			b.Faults.AfterWrite = func(int, sim.Request) {
				if written.Add(1) == int64(n) {
					b.Faults.Inject(sim.Fault{Effect: sim.ResetBefore, Times: -1})
				}
			}
		})
		if killed != run.ExitFailed {
			t.Errorf("write %d: the run went on without its servers: exit %d", n, killed)
		}
	}
}

// survives runs once with the harm done and once without, and then demands that
// all of it is there, that nothing is left to do, and that everything can be
// taken away again: a run that was cut off left nothing that nobody owns.
func survives(t *testing.T, start func(*testing.T) Broken, what string, harm func(Broken)) (code int) {
	t.Helper()
	broken := start(t)
	b := newBench(t, broken.Server, Full)
	b.hand(t).makePlatform(repos()...)
	harm(broken)
	harmed := b.run(t, "apply")
	if harmed.code != run.ExitOK && harmed.code != run.ExitFailed {
		t.Errorf("%s: exit %d %s\n%s%s", what, harmed.code, harmed.outcome.Result, harmed.stdout, harmed.stderr)
	}
	broken.Faults.Clear()
	if r := b.run(t, "apply"); r.code != run.ExitOK {
		t.Fatalf("%s: the next run ends with %d %s\n%s%s", what, r.code, r.outcome.Result, r.stdout, r.stderr)
	}
	b.settled(t, "--policy", "sync")
	h := b.hand(t)
	readBackFull(h)
	b.values = b.values[:1]
	b.apply(t, "--policy", "sync", "--removal-cap", "1", "--accept", "no-teams")
	h.wants("/repos/otomi/a-app", `{"active":false}`)
	h.wants("/repos/otomi/values/cron", `[]`)
	h.wants("/secrets/otomi", `[]`)
	return harmed.code
}

// count is what a first run sends that meets no fault.
func count(t *testing.T, start func(*testing.T) Broken) (requests, writes int) {
	t.Helper()
	b := newBench(t, start(t).Server, Full)
	b.hand(t).makePlatform(repos()...)
	counts := b.apply(t).outcome.Requests
	return counts.Reads + counts.Writes, counts.Writes
}
