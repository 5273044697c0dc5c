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
	"otomi.io/tasks/tasks/harborprojects"
	"otomi.io/tasks/tasks/run"
)

// story is a run that somebody disturbs, with what was before it.
type story struct {
	args   []string
	before func(t testing.TB, s *site)
	// renames says that no Secret is right until it has been written again.
	renames bool
}

// stories are the runs that write credentials. While all of them are disturbed
// somebody watches that what worked goes on working.
func stories() map[string]story {
	rotate := []string{"apply", "--rotate-after", "720h"}
	made := func(t testing.TB, s *site) { s.apply(t) }
	rotated := func(t testing.TB, s *site) {
		s.apply(t)
		s.clock.pass(721 * time.Hour)
		s.run(t, rotate...).want(t, run.ExitOK, "converged", anyWrites)
	}
	return map[string]story{
		"FirstRun": {args: []string{"apply"}, before: func(testing.TB, *site) {}},
		"Rotation": {args: rotate, before: func(t testing.TB, s *site) { made(t, s); s.clock.pass(721 * time.Hour) }},
		"Disable":  {args: rotate, before: func(t testing.TB, s *site) { rotated(t, s); s.clock.pass(25 * time.Hour) }},
		"Delete": {args: rotate, before: func(t testing.TB, s *site) {
			rotated(t, s)
			s.clock.pass(25 * time.Hour)
			s.run(t, rotate...).want(t, run.ExitOK, "converged", anyWrites)
			s.clock.pass(25 * time.Hour)
		}},
		"Runner": {args: []string{"apply"}, before: func(t testing.TB, s *site) { made(t, s); s.hand(t).secret("otomi-otomi-tasks") }},
		"Prefix": {args: []string{"apply", "--accept", harborprojects.AcceptPrefix}, renames: true, before: func(t testing.TB, s *site) {
			made(t, s)
			s.addValues(t, "apps: {harbor: {robotNamePrefix: other-}}")
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

// count is what the run sends when nobody disturbs it.
func (y story) count(t *testing.T, start Start) (requests, writes int) {
	t.Helper()
	s := y.site(t, start)
	s.Log.Reset()
	s.run(t, y.args...).want(t, run.ExitOK, "converged", anyWrites)
	for _, log := range []*sim.Log{s.Log, s.secrets} {
		r, w := log.Counts()
		requests, writes = requests+r+w, writes+w
	}
	return requests, writes
}

// survive disturbs the run and lets the next one finish the work. In the end,
// when the grace times are over, what is left is what stands in the Secrets.
func (y story) survive(t *testing.T, start Start, what string, ends bool, harm func(*site)) (code int) {
	t.Helper()
	s := y.site(t, start)
	harm(s)
	harmed := s.run(t, y.args...)
	if harmed.code != run.ExitOK && harmed.code != run.ExitFailed {
		t.Errorf("%s: exit %d %s\n%s%s", what, harmed.code, harmed.outcome.Result, harmed.stdout, harmed.stderr)
	}
	s.Faults.Clear()
	s.Faults.AfterWrite = func(int, sim.Request) { s.guard.look() }
	if r := s.run(t, y.args...); r.code != run.ExitOK {
		t.Fatalf("%s: the next run ends with %d %s\n%s%s", what, r.code, r.outcome.Result, r.stdout, r.stderr)
	}
	if y.renames {
		s.guard.watch(true)
	}
	s.allLogIn(t)
	s.settled(t, append(y.args[1:], "--policy", "sync")...)
	if ends {
		y.end(t, s, what)
	}
	return harmed.code
}

func (y story) end(t *testing.T, s *site, what string) {
	t.Helper()
	for range 3 {
		s.clock.pass(25 * time.Hour)
		if r := s.run(t, y.args...); r.code != run.ExitOK {
			t.Errorf("%s: a day later: exit %d %s\n%s%s", what, r.code, r.outcome.Result, r.stdout, r.stderr)
		}
	}
	want := map[string]string{}
	for _, p := range places(s.teams...) {
		want[s.copyOf(p).Username] = "enabled"
	}
	if diff := cmp.Diff(want, s.robots(t, "team-a")); diff != "" {
		t.Errorf("%s: robot accounts in the end (-want +got):\n%s", what, diff)
	}
	s.allLogIn(t)
}

// KillCredentials ends the runs that write credentials after each of their
// writes to Harbor and to Kubernetes, before its answer is read and right after.
func KillCredentials(t *testing.T, start Start) {
	for name, y := range stories() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, writes := y.count(t, start)
			for n := 1; n <= writes; n++ {
				for _, lost := range []bool{true, false} {
					what := fmt.Sprintf("killed at write %d of %d, its answer lost: %v", n, writes, lost)
					code := y.survive(t, start, what, true, func(s *site) { s.killAt(n, lost) })
					if code != run.ExitFailed && (lost || n < writes) {
						t.Errorf("%s: the run went on without its servers: exit %d", what, code)
					}
				}
			}
		})
	}
}

// killAt lets nothing pass once the n-th write has happened.
func (s *site) killAt(n int, lost bool) {
	if lost {
		s.Faults.Inject(sim.Fault{Effect: sim.ResetAfter, WritesOnly: true, Number: n})
	}
	var done atomic.Int64
	s.Faults.AfterWrite = func(int, sim.Request) {
		s.guard.look()
		if done.Add(1) == int64(n) {
			s.Faults.Inject(sim.Fault{Effect: sim.ResetBefore, Times: -1})
		}
	}
}

// BreakCredentials breaks the requests of a first run and of a rotation. The two
// worst ways meet every request, the others share them.
func BreakCredentials(t *testing.T, start Start) {
	for name, tc := range map[string]struct {
		fault      sim.Fault
		from, step int
	}{
		"Refused500": {sim.Fault{Effect: sim.Refuse, Status: 500}, 1, 1},
		"AnswerLost": {sim.Fault{Effect: sim.ResetAfter}, 1, 1},
		"Limited":    {sim.Fault{Effect: sim.Refuse, Status: 429, RetryAfter: time.Second}, 1, 3},
		"Reset":      {sim.Fault{Effect: sim.ResetBefore}, 2, 3},
		"AnswerCut":  {sim.Fault{Effect: sim.CutBody}, 3, 3},
	} {
		for _, told := range []string{"FirstRun", "Rotation"} {
			t.Run(told+name, func(t *testing.T) {
				t.Parallel()
				y := stories()[told]
				requests, _ := y.count(t, start)
				for n := tc.from; n <= requests; n += tc.step {
					fault := tc.fault
					fault.Number = n
					y.survive(t, start, fmt.Sprintf("request %d of %d", n, requests), n%5 == 0, func(s *site) { s.Faults.Inject(fault) })
				}
			})
		}
	}
}

// LoseRunner takes the runner's secret away after each write of a first run: it
// is no matter of the credentials that somebody gave, and mended by the task.
func LoseRunner(t *testing.T, start Start) {
	y := stories()["FirstRun"]
	_, writes := y.count(t, start)
	healed := 0
	for n := 1; n < writes; n++ {
		code := y.survive(t, start, fmt.Sprintf("the runner was lost after write %d of %d", n, writes), false, func(s *site) {
			var done atomic.Int64
			s.Faults.AfterWrite = func(int, sim.Request) {
				if done.Add(1) == int64(n) {
					s.loseRunner()
				}
			}
		})
		if code == run.ExitOK {
			healed++
		}
	}
	if healed < writes/2 {
		t.Errorf("only %d of %d runs mended the runner themselves", healed, writes-1)
	}
}

// loseRunner gives the runner a secret that nobody knows, where there is one.
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
