package harborprojects

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"otomi.io/tasks/internal/sim"
	"otomi.io/tasks/internal/testkit/runner"
	"otomi.io/tasks/tasks/harborprojects"
	"otomi.io/tasks/tasks/run"
)

// story is a disturbed run, with what was before it.
type story struct {
	args   []string
	before func(t testing.TB, s *site)
	// renames says that no Secret is right until it has been written again.
	renames bool
}

// stories are the runs that write credentials. While all of them are disturbed
// a guard watches that what worked goes on working.
func stories() map[string]story {
	all := timeless()
	rotate := []string{"apply", "--rotate-after", "720h"}
	rotated := func(t testing.TB, s *site) {
		s.apply(t)
		s.clock.pass(721 * time.Hour)
		s.run(t, rotate...).want(t, run.ExitOK, "converged", runner.AnyWrites)
	}
	all["Rotation"] = story{args: rotate, before: func(t testing.TB, s *site) { s.apply(t); s.clock.pass(721 * time.Hour) }}
	all["Disable"] = story{args: rotate, before: func(t testing.TB, s *site) { rotated(t, s); s.clock.pass(25 * time.Hour) }}
	all["Delete"] = story{args: rotate, before: func(t testing.TB, s *site) {
		rotated(t, s)
		s.clock.pass(25 * time.Hour)
		s.run(t, rotate...).want(t, run.ExitOK, "converged", runner.AnyWrites)
		s.clock.pass(25 * time.Hour)
	}}
	return all
}

// timeless are the stories in which no time passes.
func timeless() map[string]story {
	made := func(t testing.TB, s *site) { s.apply(t) }
	return map[string]story{
		"FirstRun": {args: []string{"apply"}, before: func(testing.TB, *site) {}},
		"Runner":   {args: []string{"apply"}, before: func(t testing.TB, s *site) { made(t, s); s.console(t).secret("otomi-otomi-tasks") }},
		"Prefix": {args: []string{"apply", "--accept", harborprojects.AcceptPrefix}, renames: true, before: func(t testing.TB, s *site) {
			made(t, s)
			s.values.Add(t, "apps: {harbor: {robotNamePrefix: other-}}")
		}},
	}
}

func (y story) site(t testing.TB, start Start) *site {
	s := buildSite(t, start, []string{"team-a"}, Small)
	y.before(t, s)
	if y.renames {
		s.guard.watch(false)
	}
	return s
}

// scenario plays the story. It is played to the end where that is wanted, until the
// grace times are over.
func (y story) scenario(t testing.TB, start Start, told bool) (*site, runner.Scenario) {
	t.Helper()
	s := y.site(t, start)
	return s, runner.Scenario{
		Faults: s.Faults,
		Run:    func() runner.Result { return s.run(t, y.args...).Result },
		Check: func() {
			if y.renames {
				s.guard.watch(true)
			}
			s.allLogIn(t)
			s.settled(t, append(y.args[1:], "--policy", "sync")...)
			if told {
				y.end(t, s)
			}
		},
	}
}

// count is what the undisturbed run sends.
func (y story) count(t testing.TB, start Start) (requests, writes int) {
	t.Helper()
	_, scenario := y.scenario(t, start, false)
	return scenario.Count(t)
}

// end is when the grace times are over: what is left is what is in the
// Secrets.
func (y story) end(t testing.TB, s *site) {
	t.Helper()
	for range 3 {
		s.clock.pass(25 * time.Hour)
		if r := s.run(t, y.args...); r.Code != run.ExitOK {
			t.Errorf("a day later: exit %d %s\n%s", r.Code, r.Outcome.Result, r)
		}
	}
	want := map[string]string{}
	for _, p := range places(s.teams...) {
		want[s.copyOf(p).Username] = "enabled"
	}
	if diff := cmp.Diff(want, s.robots(t, "team-a")); diff != "" {
		t.Errorf("robot accounts in the end (-want +got):\n%s", diff)
	}
	s.allLogIn(t)
}

// KillCredentials ends the runs that write credentials after each of their
// writes to Harbor and to Kubernetes, before its answer is read and right after.
func KillCredentials(t *testing.T, start Start) { killEach(t, start, stories(), true) }

// KillTimeless is that part of KillCredentials for which a server's clock need
// not be ours.
func KillTimeless(t *testing.T, start Start) { killEach(t, start, timeless(), false) }

func killEach(t *testing.T, start Start, all map[string]story, told bool) {
	for name, y := range all {
		_, writes := y.count(t, start)
		for n := 1; n <= writes; n++ {
			for answer, lost := range map[string]bool{"Lost": true, "Read": false} {
				t.Run(fmt.Sprintf("%s/Write%d%s", name, n, answer), func(t *testing.T) {
					t.Parallel()
					_, scenario := y.scenario(t, start, told)
					code := scenario.Recovers(t, func(f *sim.Faults) { runner.Kill(f, n, lost) })
					if code != run.ExitFailed && (lost || n < writes) {
						t.Errorf("the run went on without its servers: exit %d", code)
					}
				})
			}
		}
	}
}

// BreakCredentials breaks the requests of a first run and of a rotation. The two
// worst faults meet every request, the others share them. Every fifth story is played
// to its end.
func BreakCredentials(t *testing.T, start Start) {
	ways := map[string]runner.Way{
		"Refused500": {Fault: sim.Fault{Effect: sim.Refuse, Status: 500}},
		"AnswerLost": {Fault: sim.Fault{Effect: sim.ResetAfter}},
		"Limited":    {Fault: sim.Fault{Effect: sim.Refuse, Status: 429, RetryAfter: time.Second}, First: 1, Every: 3},
		"Reset":      {Fault: sim.Fault{Effect: sim.ResetBefore}, First: 2, Every: 3},
		"AnswerCut":  {Fault: sim.Fault{Effect: sim.CutBody}, First: 3, Every: 3},
	}
	for _, name := range []string{"FirstRun", "Rotation"} {
		build := func(told bool) runner.Build {
			return func(t *testing.T) runner.Scenario {
				_, scenario := stories()[name].scenario(t, start, told)
				return scenario
			}
		}
		t.Run(name, func(t *testing.T) {
			runner.Faults(t, ways, build(true), build(false), build(false), build(false), build(false))
		})
	}
}

// LoseRunner takes the runner's secret away after each write of a first run: the
// task repairs it, and the login that it was given is not affected.
func LoseRunner(t *testing.T, start Start) {
	y := stories()["FirstRun"]
	_, writes := y.count(t, start)
	healed := 0
	for n := 1; n < writes; n++ {
		s, scenario := y.scenario(t, start, false)
		code := scenario.Recovers(t, func(f *sim.Faults) {
			var done atomic.Int64
			f.Watch(func(int, sim.Request) {
				if done.Add(1) == int64(n) {
					s.loseRunner()
				}
			})
		})
		if code == run.ExitOK {
			healed++
		}
	}
	if healed < writes/2 {
		t.Errorf("only %d of %d runs repaired the runner themselves", healed, writes-1)
	}
}

// loseRunner gives the runner an unknown secret, where there is one.
func (s *site) loseRunner() {
	ask := func(method, path string) []byte {
		request := httptest.NewRequestWithContext(context.Background(), method, "/api/v2.0"+path, strings.NewReader("{}"))
		request.SetBasicAuth(s.Username, s.Password)
		request.Header.Set("Content-Type", "application/json")
		answer := httptest.NewRecorder()
		s.Harbor.ServeHTTP(answer, request)
		return answer.Body.Bytes()
	}
	var found []struct{ ID int64 }
	if json.Unmarshal(ask(http.MethodGet, "/robots?q=name%3Dotomi-tasks"), &found) == nil && len(found) == 1 {
		ask(http.MethodPatch, fmt.Sprintf("/robots/%d", found[0].ID))
	}
}
