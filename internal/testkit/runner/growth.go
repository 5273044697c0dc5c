package runner

import (
	"testing"

	"otomi.io/tasks/internal/sim"
)

// Growth is a platform of many teams, converged, to which one more comes.
type Growth struct {
	Scenario
	// Grow adds the team to the values.
	Grow func()
	// Elsewhere is what a neighbour changes meanwhile of a team that the run does not
	// touch; one run repairs it.
	Elsewhere func()
}

// GrowthOf builds a platform of so many teams.
type GrowthOf func(t *testing.T, teams int) Growth

// narrowFrom is how many teams a platform has where one of them is few.
const narrowFrom = 10

// Grows shows what one more team costs beyond the first reading, whatever number
// of teams there are, and that the reading after the writes, which looks at that
// team alone, leaves nothing for a later run to find.
func Grows(t *testing.T, beyond int, build GrowthOf) {
	t.Run("Cost", func(t *testing.T) {
		for _, teams := range []int{narrowFrom, 3 * narrowFrom} {
			if got := build(t, teams).beyond(t); got != beyond {
				t.Errorf("one team more than %d costs %d requests beyond the first reading, want %d", teams, got, beyond)
			}
		}
	})
	grown := func(t *testing.T) Scenario {
		t.Helper()
		g := build(t, narrowFrom)
		g.Grow()
		return g.Scenario
	}
	t.Run("Kills", func(t *testing.T) { Kills(t, grown) })
	t.Run("Faults", func(t *testing.T) {
		first := build(t, narrowFrom).reading(t)
		Faults(t, map[string]Way{
			"Refused500": {Fault: sim.Fault{Effect: sim.Refuse, Status: 500}, First: first, Every: 2},
			"AnswerLost": {Fault: sim.Fault{Effect: sim.ResetAfter}, First: first + 1, Every: 2},
			"Conflict":   {Fault: sim.Fault{Effect: sim.Refuse, Status: 409, WritesOnly: true}},
		}, grown)
	})
	t.Run("Meanwhile", func(t *testing.T) { build(t, narrowFrom).meanwhile(t) })
}

func (s Scenario) requests() int {
	reads, writes := s.Faults.Counts()
	return reads + writes
}

// reading is what a run without differences sends.
func (g Growth) reading(t testing.TB) int {
	t.Helper()
	before := g.requests()
	g.Run().Unchanged(t)
	return g.requests() - before
}

func (g Growth) beyond(t testing.TB) int {
	t.Helper()
	first := g.reading(t)
	g.Grow()
	before := g.requests()
	g.Run().Converged(t)
	sent := g.requests() - before
	g.Check()
	return sent - first
}

// meanwhile lets a neighbour write between a run's writes and its reading: the run
// does not see it, as if it had ended before, and the next one repairs that and
// nothing else.
func (g Growth) meanwhile(t testing.TB) {
	t.Helper()
	g.Grow()
	first := true
	g.Faults.Watch(func(int, sim.Request) {
		if first {
			first = false
			g.Elsewhere()
		}
	})
	g.Run().Converged(t)
	g.Faults.Watch(nil)
	if changes := g.Run().Converged(t).Changes; changes["updated"]+changes["created"] != 1 {
		t.Errorf("the next run changed %v, want what the neighbour did", changes)
	}
	g.Check()
}
