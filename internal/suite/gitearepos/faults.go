package gitearepos

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"otomi.io/tasks/internal/sim"
	"otomi.io/tasks/tasks/run"
)

// Broken is a simulator whose requests can be made to fail.
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

// Faults breaks every single request of a first run in every way, and shows
// that the run ends well or that the next one heals what it left. Start makes a
// fresh simulator.
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

// Kills ends a first run after each of its writes, before its answer is read,
// and shows that the next run finishes the work.
func Kills(t *testing.T, start func(*testing.T) Broken) {
	_, writes := count(t, start)
	for n := 1; n <= writes; n++ {
		what := fmt.Sprintf("killed after write %d", n)
		killed := survives(t, start, what, func(b Broken) {
			b.Faults.Inject(sim.Fault{Effect: sim.ResetAfter, WritesOnly: true, Number: n})
			var written atomic.Int64 // since the people of the bench were made
			b.Faults.AfterWrite = func(int, sim.Request) {
				if written.Add(1) == int64(n) {
					b.Faults.Inject(sim.Fault{Effect: sim.ResetBefore, Times: -1})
				}
			}
		})
		if killed != run.ExitFailed {
			t.Errorf("%s: the run went on without its server: exit %d", what, killed)
		}
	}
}

// forgets lets each write to Kubernetes of a first run fail after it was done:
// the token, the application, its Secret, what is ours.
func forgets(t *testing.T, s Server) {
	for n := 1; n <= 4; n++ {
		b := newBench(t, s, Platform)
		b.cluster.counts.lose.Store(int64(n))
		if r := b.run(t, "apply"); r.code != run.ExitOK && r.code != run.ExitFailed {
			t.Errorf("write %d was lost: exit %d %s\n%s%s", n, r.code, r.outcome.Result, r.stdout, r.stderr)
		}
		b.cluster.counts.lose.Store(0)
		if r := b.run(t, "apply"); r.code != run.ExitOK {
			t.Fatalf("write %d was lost: the next run ends with %d\n%s%s", n, r.code, r.stdout, r.stderr)
		}
		b.settled(t, "--policy", "sync")
		readBack(t, b)
	}
}

// survives runs once with the harm done and once without.
func survives(t *testing.T, start func(*testing.T) Broken, what string, harm func(Broken)) (code int) {
	t.Helper()
	broken := start(t)
	b := newBench(t, broken.Server, Platform)
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
	readBack(t, b)
	return harmed.code
}

// count is what a first run sends that meets no fault.
func count(t *testing.T, start func(*testing.T) Broken) (requests, writes int) {
	t.Helper()
	counts := newBench(t, start(t).Server, Platform).apply(t).outcome.Requests
	return counts.Reads + counts.Writes, counts.Writes
}
