package gitearepos

import (
	"fmt"
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
				survives(t, start, fmt.Sprintf("request %d", n), func(b Broken, _ *bench) { b.Faults.Inject(fault) })
			}
		})
	}
}

// Kills ends a first run after each of its writes, to Gitea or to Kubernetes,
// before its answer is read, and shows that the next run finishes the work.
func Kills(t *testing.T, start func(*testing.T) Broken) {
	_, writes := count(t, start)
	t.Run("Gitea", func(t *testing.T) {
		t.Parallel()
		for n := 1; n <= writes; n++ {
			kill(t, start, fmt.Sprintf("killed after write %d", n), func(b Broken, _ *bench) {
				b.Faults.Inject(sim.Fault{Effect: sim.ResetAfter, WritesOnly: true, Number: n})
				b.Faults.AfterWrite = func(written int, _ sim.Request) {
					if written >= n {
						b.Faults.Inject(sim.Fault{Effect: sim.ResetBefore, Times: -1})
					}
				}
			})
		}
	})
	t.Run("Kubernetes", func(t *testing.T) {
		t.Parallel()
		for n := 1; n <= 4; n++ { // the token, the application, its Secret, what is ours
			kill(t, start, fmt.Sprintf("killed after write %d to Kubernetes", n), func(_ Broken, b *bench) { b.cluster.counts.lose.Store(int64(n)) })
		}
	})
}

func kill(t *testing.T, start func(*testing.T) Broken, what string, harm func(Broken, *bench)) {
	t.Helper()
	if killed := survives(t, start, what, harm); killed != run.ExitFailed {
		t.Errorf("%s: the run went on: exit %d", what, killed)
	}
}

// survives runs once with the harm done and once without.
func survives(t *testing.T, start func(*testing.T) Broken, what string, harm func(Broken, *bench)) (code int) {
	t.Helper()
	broken := start(t)
	b := newBench(t, broken.Server, Platform)
	harm(broken, b)
	harmed := b.run(t, "apply")
	if harmed.code != run.ExitOK && harmed.code != run.ExitFailed {
		t.Errorf("%s: exit %d %s\n%s%s", what, harmed.code, harmed.outcome.Result, harmed.stdout, harmed.stderr)
	}
	broken.Faults.Clear()
	broken.Faults.AfterWrite = nil
	b.cluster.counts.lose.Store(0)
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
