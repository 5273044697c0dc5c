package runner_test

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"otomi.io/tasks/internal/sim"
	"otomi.io/tasks/internal/testkit/runner"
	"otomi.io/tasks/tasks/run"
)

// errand is a stand-in for a task: two reads and two writes, unless all is there.
type errand struct {
	url  string
	mu   sync.Mutex
	done map[string]bool
}

func (e *errand) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if r.Method == http.MethodPut {
		e.done[r.URL.Path] = true
	}
	w.WriteHeader(http.StatusNoContent)
}

func (e *errand) complete() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.done["/a"] && e.done["/b"]
}

func (e *errand) run(t *testing.T) runner.Result {
	t.Helper()
	r := runner.Result{Outcome: run.Outcome{Result: "converged"}}
	for _, step := range []string{"GET /a", "PUT /a", "GET /b", "PUT /b"} {
		method, path, _ := strings.Cut(step, " ")
		req, err := http.NewRequestWithContext(t.Context(), method, e.url+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(req)
		if err != nil {
			r.Code, r.Outcome.Result = run.ExitFailed, "failed"
			break
		}
		_ = resp.Body.Close()
		if resp.StatusCode >= http.StatusBadRequest {
			r.Code, r.Outcome.Result = run.ExitFailed, "failed"
			break
		}
	}
	return r
}

// played are the stages that were built, by the names of their tests.
type played struct {
	mu     sync.Mutex
	stages []string
}

func (p *played) build(kind string) runner.Build {
	return func(t *testing.T) runner.Scenario {
		t.Helper()
		e, faults := &errand{done: map[string]bool{}}, &sim.Faults{}
		server, err := sim.Listen("127.0.0.1:0", faults.Wrap(e))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = server.Close() })
		e.url = server.URL
		p.mu.Lock()
		defer p.mu.Unlock()
		p.stages = append(p.stages, t.Name()[strings.LastIndex(t.Name(), "/")+1:]+" "+kind)
		return runner.Scenario{Faults: faults, Run: func() runner.Result { return e.run(t) }, Check: func() {
			if !e.complete() {
				t.Error("the work is not done")
			}
		}}
	}
}

// TestFaults: every request meets every way, or its share of it, and stages take
// turns.
func TestFaults(t *testing.T) {
	var p played
	t.Run("all", func(t *testing.T) {
		runner.Faults(t, map[string]runner.Way{
			"Reset":    {Fault: sim.Fault{Effect: sim.ResetBefore}},
			"Conflict": {Fault: sim.Fault{Effect: sim.Refuse, Status: http.StatusConflict, WritesOnly: true}},
			"Shared":   {Fault: sim.Fault{Effect: sim.ResetAfter}, First: 2, Every: 2},
		}, p.build("even"), p.build("odd"))
	})
	slices.Sort(p.stages)
	want := []string{
		"Conflict1 odd", "Conflict2 even", "Reset1 odd", "Reset2 even", "Reset3 odd", "Reset4 even", "Shared2 even", "Shared4 even", "all even", "all odd"}
	if diff := cmp.Diff(want, p.stages); diff != "" {
		t.Errorf("stages (-want +got):\n%s", diff)
	}
}

// TestKills: a run is killed after each of its writes.
func TestKills(t *testing.T) {
	var p played
	t.Run("all", func(t *testing.T) { runner.Kills(t, p.build("one")) })
	slices.Sort(p.stages)
	if diff := cmp.Diff([]string{"Write1 one", "Write2 one", "all one"}, p.stages); diff != "" {
		t.Errorf("stages (-want +got):\n%s", diff)
	}
}

// TestKill: nothing passes behind the write, whose answer comes or not, and who
// watched before goes on watching.
func TestKill(t *testing.T) {
	for name, lost := range map[string]bool{"Lost": true, "Read": false} {
		t.Run(name, func(t *testing.T) {
			stage := new(played).build(name)(t)
			seen := 0
			stage.Faults.Watch(func(int, sim.Request) { seen++ })
			code := stage.Recovers(t, func(f *sim.Faults) { runner.Kill(f, 1, lost) })
			if reads, writes := stage.Faults.Counts(); code != run.ExitFailed || seen != 3 || writes != 3 || reads != map[bool]int{true: 3, false: 4}[lost] {
				t.Errorf("exit %d; %d reads and %d writes arrived, %d writes were seen", code, reads, writes, seen)
			}
		})
	}
}

// TestRead takes apart what a run prints.
func TestRead(t *testing.T) {
	r := runner.Raw{Stdout: `{"task":"x","changes":[{"action":"create","kind":"role","name":"a"}]}
{"task":"x","result":"converged","changes":{"created":1},"requests":{"reads":2,"writes":1}}
`}.Read(t).Want(t, run.ExitOK, "converged", 1)
	if diff := cmp.Diff([]string{"create role a"}, runner.Names(r.Lines)); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]int{"created": 1}, r.Changes); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
}
