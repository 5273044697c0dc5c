package runner

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"otomi.io/tasks/internal/sim"
	"otomi.io/tasks/tasks/run"
)

// Scenario is what a disturbed run is played on: fresh servers whose requests can be
// made to fail.
type Scenario struct {
	Faults *sim.Faults
	// Run runs the task, always with the same arguments.
	Run func() Result
	// Check demands that all is there and that nothing is left to do.
	Check func()
}

// Build builds a stage.
type Build func(*testing.T) Scenario

// Count is what an undisturbed run sends.
func (s Scenario) Count(t testing.TB) (requests, writes int) {
	t.Helper()
	reads, before := s.Faults.Counts()
	s.Run().Converged(t)
	requests, writes = s.Faults.Counts()
	return requests - reads + writes - before, writes - before
}

// Recovers runs once with the inject done and once without. It returns how the
// first run ended.
func (s Scenario) Recovers(t testing.TB, inject func(*sim.Faults)) (code int) {
	t.Helper()
	watcher := s.Faults.Watcher()
	inject(s.Faults)
	harmed := s.Run()
	if harmed.Code != run.ExitOK && harmed.Code != run.ExitFailed {
		t.Errorf("exit %d %s\n%s", harmed.Code, harmed.Outcome.Result, harmed)
	}
	s.Faults.Clear()
	s.Faults.Watch(watcher)
	if r := s.Run(); r.Code != run.ExitOK {
		t.Fatalf("the next run ends with %d %s\n%s", r.Code, r.Outcome.Result, r)
	}
	s.Check()
	return harmed.Code
}

// Way is one in which requests fail: all that the fault matches or, so that ways
// can share them, the First and every so many behind it.
type Way struct {
	Fault        sim.Fault
	First, Every int // 0 is 1
}

// Ways are all in which a request can fail.
func Ways() map[string]Way {
	return map[string]Way{
		"Refused500": {Fault: sim.Fault{Effect: sim.Refuse, Status: 500}},
		"Refused503": {Fault: sim.Fault{Effect: sim.Refuse, Status: 503}},
		"Limited":    {Fault: sim.Fault{Effect: sim.Refuse, Status: 429, RetryAfter: time.Second}},
		"Conflict":   {Fault: sim.Fault{Effect: sim.Refuse, Status: 409, WritesOnly: true}},
		"Reset":      {Fault: sim.Fault{Effect: sim.ResetBefore}},
		"AnswerLost": {Fault: sim.Fault{Effect: sim.ResetAfter}},
		"AnswerCut":  {Fault: sim.Fault{Effect: sim.CutBody}},
	}
}

// Faults breaks the requests of a run in every way, and shows that the run ends
// well or that the next one repairs what it left. The stages take turns, the n-th
// request meets the n-th of them, so that all kinds meet every way.
func Faults(t *testing.T, ways map[string]Way, builds ...Build) {
	for turn, build := range builds {
		requests, writes := build(t).Count(t)
		for name, way := range ways {
			last := requests
			if way.Fault.WritesOnly {
				last = writes
			}
			for n := max(way.First, 1); n <= last; n += max(way.Every, 1) {
				if n%len(builds) != turn {
					continue
				}
				t.Run(fmt.Sprint(name, n), func(t *testing.T) {
					t.Parallel()
					fault := way.Fault
					fault.Number = n
					build(t).Recovers(t, func(f *sim.Faults) { f.Inject(fault) })
				})
			}
		}
	}
}

// Kills ends a first run after each of its writes, before its answer is read,
// and shows that the next run finishes the work.
func Kills(t *testing.T, build Build) {
	_, writes := build(t).Count(t)
	for n := 1; n <= writes; n++ {
		t.Run(fmt.Sprintf("Write%d", n), func(t *testing.T) {
			t.Parallel()
			code := build(t).Recovers(t, func(f *sim.Faults) { Kill(f, n, true) })
			if code != run.ExitFailed {
				t.Errorf("the run went on without its server: exit %d", code)
			}
		})
	}
}

// NeighbourKills ends the run of a second installation after each of its writes, by
// turns with and without its answer, and shows that its next run finishes the work and
// that the first installation lost nothing.
func NeighbourKills(t *testing.T, build Build) {
	_, writes := build(t).Count(t)
	if writes == 0 {
		t.Error("the neighbour writes nothing")
	}
	for n := 1; n <= writes; n++ {
		t.Run(fmt.Sprintf("Write%d", n), func(t *testing.T) {
			t.Parallel()
			build(t).Recovers(t, func(f *sim.Faults) { Kill(f, n, n%2 == 0) })
		})
	}
}

// Kill lets nothing pass once the n-th write from now on has happened; its own
// answer may be lost, too.
func Kill(f *sim.Faults, n int, lost bool) {
	if lost {
		f.Inject(sim.Fault{Effect: sim.ResetAfter, WritesOnly: true, Number: n})
	}
	var done atomic.Int64
	watcher := f.Watcher()
	f.Watch(func(all int, r sim.Request) {
		if watcher != nil {
			watcher(all, r)
		}
		if done.Add(1) == int64(n) {
			f.Inject(sim.Fault{Effect: sim.ResetBefore, Times: -1})
		}
	})
}
