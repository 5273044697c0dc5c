package harborprojects

import (
	"testing"
	"time"

	"otomi.io/tasks/internal/sim"
	"otomi.io/tasks/internal/sim/harbor"
	"otomi.io/tasks/internal/testkit/runner"
)

// Faults breaks the requests of a first run to Harbor in every way. The two worst
// ways meet every write, the others share the requests.
func Faults(t *testing.T, start Start) {
	runner.Faults(t, map[string]runner.Way{
		"Refused500": {Fault: sim.Fault{Effect: sim.Refuse, Status: 500}, First: 1, Every: 4},
		"Refused503": {Fault: sim.Fault{Effect: sim.Refuse, Status: 503}, First: 2, Every: 4},
		"Limited":    {Fault: sim.Fault{Effect: sim.Refuse, Status: 429, RetryAfter: time.Second}, First: 3, Every: 4},
		"Reset":      {Fault: sim.Fault{Effect: sim.ResetBefore}, First: 4, Every: 4},
		"AnswerCut":  {Fault: sim.Fault{Effect: sim.CutBody}, First: 1, Every: 4},
		"AnswerLost": {Fault: sim.Fault{Effect: sim.ResetAfter, WritesOnly: true}},
		"Conflict":   {Fault: sim.Fault{Effect: sim.Refuse, Status: 409, WritesOnly: true}},
	}, scenario(start))
}

// Kills ends a first run after each of its writes to Harbor.
func Kills(t *testing.T, start Start) { runner.Kills(t, scenario(start)) }

func scenario(start Start) runner.Build {
	return func(t *testing.T) runner.Scenario {
		t.Helper()
		s := start(t, harbor.Options{})
		b := newEnv(t, s, Platform)
		return runner.Scenario{
			Faults: s.Faults,
			Run:    func() runner.Result { return b.run(t, "apply").Result },
			Check: func() {
				b.settled(t, "--policy", "sync")
				readBack(t, b)
			},
		}
	}
}
