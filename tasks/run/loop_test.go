package run_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"otomi.io/tasks/clients/transport"
	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/run"
	"otomi.io/tasks/tasks/task"
)

// changes are the counts of an outcome that are not zero.
func changes(o outcome) map[string]int {
	counts := map[string]int{}
	for name, n := range o.Changes {
		if n != 0 {
			counts[name] = n
		}
	}
	return counts
}

func TestBareCommandPlans(t *testing.T) {
	t.Parallel()
	a := &app{desired: owned("a")}
	r := execute(t, a, setup{})
	if r.code != run.ExitOK || r.outcome.Result != "planned" || len(a.attempts) != 0 {
		t.Errorf("exit %d, result %q, changes %v", r.code, r.outcome.Result, a.attempts)
	}
	if !strings.Contains(r.stdout, "\nteam red (1)\n+ create item a\n\nitem: 1 to create\n1 to create, 0 to update, 0 to delete\n{") {
		t.Errorf("stdout: %s", r.stdout)
	}
}

// TestOrder: dependencies come first, deletions come last.
func TestOrder(t *testing.T) {
	t.Parallel()
	a := &app{desired: shelf{"b": coloured("new"), "d": coloured("")}, current: shelf{"a": coloured(""), "b": coloured("old"), "c": {}}}
	r := execute(t, a, apply("--policy", "sync"))
	if diff := cmp.Diff([]string{"update b", "create d", "delete a"}, a.attempts); diff != "" {
		t.Errorf("changes: -want, +got:\n%s", diff)
	}
	if diff := cmp.Diff(map[string]int{"created": 1, "updated": 1, "deleted": 1}, changes(r.outcome)); diff != "" {
		t.Errorf("counts: -want, +got:\n%s", diff)
	}
	if again := execute(t, a, apply("--policy", "sync")); again.outcome.Result != "unchanged" || len(a.attempts) != 3 {
		t.Errorf("a second run: result %q, changes %v", again.outcome.Result, a.attempts)
	}
}

// TestBlockedIsCounted: an apply tells what it left alone, whether or not there
// was something else to do.
func TestBlockedIsCounted(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		reason string
		app    *app
		want   map[string]int
		result string
	}{
		"Alone":   {"nothing else to do", &app{desired: owned("b"), current: owned("a", "b")}, map[string]int{"blocked": 1}, "unchanged"},
		"Besides": {"beside a change", &app{desired: owned("b"), current: owned("a")}, map[string]int{"blocked": 1, "created": 1}, "converged"},
		"Refused": {"a guard refused the rest", &app{desired: owned("b"), current: owned("a"), marks: func(p *shelfPlan) { p.Items.Changes[0].Danger = "prefix" }}, map[string]int{"blocked": 1}, "refused"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := execute(t, tc.app, apply())
			if diff := cmp.Diff(tc.want, changes(r.outcome)); diff != "" || r.outcome.Result != tc.result {
				t.Errorf("%s: result %q, want %q; counts: -want, +got:\n%s", tc.reason, r.outcome.Result, tc.result, diff)
			}
		})
	}
}

// counting is a server that answers everything with 200 and counts.
func counting(t *testing.T) (address string, requests *atomic.Int64) {
	t.Helper()
	requests = new(atomic.Int64)
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { requests.Add(1) }))
	t.Cleanup(server.Close)
	return server.URL, requests
}

// send makes one request through the chain of the run.
func (a *app) send(ctx context.Context, method, address, body string) error {
	req, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(body))
	if err != nil {
		return err
	}
	resp, err := a.chain.Client.Do(req)
	if err != nil {
		return err
	}
	return errors.Join(drain(resp.Body), resp.Body.Close())
}

func drain(r io.Reader) error {
	_, err := io.Copy(io.Discard, r)
	return err
}

// TestPlanNeverWrites: a task that writes while it plans meets the gate, and
// the server hears nothing.
func TestPlanNeverWrites(t *testing.T) {
	t.Parallel()
	for _, verb := range []string{"plan", "apply"} {
		for _, method := range []string{"POST", "PUT", "PATCH", "DELETE"} {
			t.Run(verb+method, func(t *testing.T) {
				t.Parallel()
				address, requests := counting(t)
				a := &app{desired: owned("a")}
				a.read = func(ctx context.Context, _ int) error { return a.send(ctx, method, address, "{}") }
				r := execute(t, a, setup{args: []string{verb}})
				if r.code != run.ExitFailed || !strings.Contains(r.outcome.Error, "refused") {
					t.Errorf("exit %d: %s", r.code, r.outcome.Error)
				}
				if n := requests.Load(); n != 0 || len(a.attempts) != 0 {
					t.Errorf("the server got %d requests, changes %v", n, a.attempts)
				}
			})
		}
	}
}

// TestPlanReads: reads and what is like a read pass the closed gate.
func TestPlanReads(t *testing.T) {
	t.Parallel()
	address, requests := counting(t)
	a := &app{}
	a.ready = func(ctx context.Context) error { return a.send(ctx, "POST", address+"/realms/token", "") }
	a.read = func(ctx context.Context, _ int) error { return a.send(ctx, "GET", address+"/roles", "") }
	r := execute(t, a, setup{args: []string{"plan"}})
	if r.code != run.ExitOK || requests.Load() != 2 {
		t.Errorf("exit %d, %d requests: %s", r.code, requests.Load(), r.stderr)
	}
	if diff := cmp.Diff(map[string]int{"reads": 2, "writes": 0}, r.outcome.Requests); diff != "" {
		t.Errorf("requests: -want, +got:\n%s", diff)
	}
}

// TestGateOpensForChanges: a write passes while changes are performed, and is
// refused before and after.
func TestGateOpensForChanges(t *testing.T) {
	t.Parallel()
	address, requests := counting(t)
	a := &app{desired: owned("a")}
	var refused []int
	a.read = func(ctx context.Context, number int) error {
		var e *transport.RefusedError
		if errors.As(a.send(ctx, "PUT", address, "{}"), &e) {
			refused = append(refused, number)
		}
		return nil
	}
	a.write = func(ctx context.Context, _ plan.Change[item]) (bool, error) {
		return true, a.send(ctx, "PUT", address, "{}")
	}
	r := execute(t, a, apply())
	if diff := cmp.Diff([]int{1, 2}, refused); diff != "" || r.outcome.Result != "converged" {
		t.Errorf("result %q, refused at the reads: -want, +got:\n%s", r.outcome.Result, diff)
	}
	if diff := cmp.Diff(map[string]int{"reads": 0, "writes": 1}, r.outcome.Requests); diff != "" || requests.Load() != 1 {
		t.Errorf("%d requests arrived; counted: -want, +got:\n%s", requests.Load(), diff)
	}
}

// TestRounds: what is left after an apply is applied again where that can help,
// and only there.
func TestRounds(t *testing.T) {
	t.Parallel()
	// nth answers the n-th change of the run; later ones succeed.
	nth := func(answers ...func() (bool, error)) func(context.Context, plan.Change[item]) (bool, error) {
		var n atomic.Int64
		return func(context.Context, plan.Change[item]) (bool, error) {
			if i := int(n.Add(1)); i <= len(answers) {
				return answers[i-1]()
			}
			return true, nil
		}
	}
	fails := func(held bool, err error) func() (bool, error) { return func() (bool, error) { return held, err } }
	conflict, gateway, invalid := status(409), status(502), status(400)
	always := func(held bool, err error) func(context.Context, plan.Change[item]) (bool, error) {
		return func(context.Context, plan.Change[item]) (bool, error) { return held, err }
	}
	cases := map[string]struct {
		reason   string
		app      *app
		code     int
		attempts []string
		reads    int
		want     map[string]int
	}{
		"Clean": {
			reason: "one apply, and one read to prove it", app: &app{desired: owned("a")},
			attempts: []string{"create a"}, reads: 2, want: map[string]int{"created": 1},
		},
		"LostAnswer": {
			reason: "the answer was lost, the object exists", app: &app{desired: owned("a"), write: nth(fails(true, gateway))},
			attempts: []string{"create a"}, reads: 2, want: map[string]int{},
		},
		"ConflictEqual": {
			reason: "another writer was faster and wrote the same", app: &app{desired: owned("a"), write: nth(fails(true, conflict))},
			attempts: []string{"create a"}, reads: 2, want: map[string]int{},
		},
		"ConflictGone": {
			reason: "a conflict that is over", app: &app{desired: owned("a"), write: nth(fails(false, conflict))},
			attempts: []string{"create a", "create a"}, reads: 3, want: map[string]int{"created": 1},
		},
		"OneOfTwo": {
			reason: "only what is left is tried again", app: &app{desired: owned("a", "b"), write: nth(fails(false, gateway))},
			attempts: []string{"create a", "create b", "create a"}, reads: 3, want: map[string]int{"created": 2},
		},
		"InvalidStays": {
			reason: "what the server refuses for good is not tried again", app: &app{desired: owned("a", "b"), write: nth(fails(false, invalid))},
			code: run.ExitInvalid, attempts: []string{"create a", "create b"}, reads: 2, want: map[string]int{"created": 1, "failed": 1},
		},
		"InvalidAndThere": {
			reason: "the server refused and yet holds it", app: &app{desired: owned("a"), write: nth(fails(true, invalid))},
			attempts: []string{"create a"}, reads: 2, want: map[string]int{},
		},
		"InvalidBesideConflict": {
			reason: "what may succeed gets a second round, and the failure is counted once",
			app:    &app{desired: owned("a", "b"), write: nth(fails(false, invalid), fails(false, conflict), fails(false, invalid))},
			code:   run.ExitInvalid, attempts: []string{"create a", "create b", "create a", "create b"}, reads: 3, want: map[string]int{"created": 1, "failed": 1},
		},
		"ConflictForEver": {
			reason: "three rounds and no more", app: &app{desired: owned("a"), write: always(false, conflict)},
			code: run.ExitUnsettled, attempts: []string{"create a", "create a", "create a"}, reads: 4, want: map[string]int{"failed": 1},
		},
		"InvalidBesideGateway": {
			reason: "a retry may help one of them", app: &app{desired: owned("a", "b"), write: nth(fails(false, invalid), fails(false, errors.New("disk full")))},
			code: run.ExitFailed, attempts: []string{"create a", "create b"}, reads: 2, want: map[string]int{"failed": 2},
		},
		"ForbiddenOnce": {
			reason: "what the server forbids for one object is that object's failure", app: &app{desired: owned("a", "b"), write: nth(fails(false, status(403)))},
			code: run.ExitUnsettled, attempts: []string{"create a", "create b"}, reads: 2, want: map[string]int{"created": 1, "failed": 1},
		},
		"ForbiddenAll": {
			reason: "an account that may write nothing", app: &app{desired: owned("a", "b"), write: always(false, status(403))},
			code: run.ExitUnauthorized, attempts: []string{"create a", "create b"}, reads: 1, want: map[string]int{"failed": 2},
		},
		"ForgetsAtOnce": {
			reason: "a server that forgets the same again is not asked a second time", app: &app{desired: owned("a"), write: always(false, nil)},
			code: run.ExitUnsettled, attempts: []string{"create a"}, reads: 2, want: map[string]int{"created": 1},
		},
		"SkippedParent": {
			reason: "a skipped change fails the run", app: &app{desired: owned("a", "b"), write: nth(fails(false, fmt.Errorf("adding: %w", &task.SkipError{Reason: "role x is missing"})))},
			code: run.ExitFailed, attempts: []string{"create a", "create b"}, reads: 2, want: map[string]int{"created": 1, "skipped": 1},
		},
		"SkippedThenHealed": {
			reason: "the parent came with the second round", app: &app{desired: owned("a", "b"), write: nth(fails(false, conflict), fails(false, &task.SkipError{Reason: "a is missing"}))},
			attempts: []string{"create a", "create b", "create a", "create b"}, reads: 3, want: map[string]int{"created": 2},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := execute(t, tc.app, apply())
			if r.code != tc.code {
				t.Errorf("%s: exit %d, want %d\n%s", tc.reason, r.code, tc.code, r.stderr)
			}
			if diff := cmp.Diff(tc.attempts, tc.app.attempts); diff != "" || tc.app.reads != tc.reads {
				t.Errorf("%s: %d reads, want %d; changes: -want, +got:\n%s", tc.reason, tc.app.reads, tc.reads, diff)
			}
			if diff := cmp.Diff(tc.want, changes(r.outcome)); diff != "" {
				t.Errorf("%s: counts: -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// TestNothingIsLostBesideFailures: in a round with a failed create or update nothing
// is taken away.
func TestNothingIsLostBesideFailures(t *testing.T) {
	t.Parallel()
	fail := func(name string, times int, err error) func(context.Context, plan.Change[item]) (bool, error) {
		return func(_ context.Context, c plan.Change[item]) (bool, error) {
			if c.Name == name && times > 0 {
				times--
				return false, err
			}
			return true, nil
		}
	}
	loses := func(p *shelfPlan) {
		for i, c := range p.Items.Changes {
			if c.Action == plan.Update {
				p.Items.Changes[i].Loss = "its colour"
			}
		}
	}
	before := shelf{"new": {}, "kept": coloured("old"), "old": coloured("")}
	delete(before, "new")
	cases := map[string]struct {
		reason   string
		write    func(context.Context, plan.Change[item]) (bool, error)
		code     int
		attempts []string
		want     map[string]int
	}{
		"AllWell":   {"created, then taken away", nil, run.ExitOK, []string{"create a", "update kept", "delete old"}, map[string]int{"created": 1, "updated": 1, "deleted": 1}},
		"Healed":    {"a later round takes it away", fail("a", 1, status(409)), run.ExitOK, []string{"create a", "create a", "update kept", "delete old"}, map[string]int{"created": 1, "updated": 1, "deleted": 1}},
		"Failed":    {"the old one is kept", fail("a", 9, errors.New("disk full")), run.ExitFailed, []string{"create a"}, map[string]int{"failed": 1, "skipped": 2}},
		"Skipped":   {"what was not tried did not happen either", fail("a", 9, &task.SkipError{Reason: "no parent"}), run.ExitFailed, []string{"create a"}, map[string]int{"skipped": 3}},
		"LastFails": {"a deletion that fails does not stop others", fail("old", 9, errors.New("in use")), run.ExitFailed, []string{"create a", "update kept", "delete old"}, map[string]int{"created": 1, "updated": 1, "failed": 1}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := &app{desired: shelf{"a": coloured(""), "kept": coloured("new")}, current: maps.Clone(before), write: tc.write, marks: loses}
			r := execute(t, a, apply("--policy", "sync", "--removal-cap", "1"))
			if diff := cmp.Diff(tc.attempts, a.attempts); diff != "" || r.code != tc.code {
				t.Errorf("%s: exit %d, want %d; changes: -want, +got:\n%s\n%s", tc.reason, r.code, tc.code, diff, r.output())
			}
			if diff := cmp.Diff(tc.want, changes(r.outcome)); diff != "" {
				t.Errorf("%s: counts: -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// TestServerGoesAway: an unreachable server is not asked for each of a thousand
// objects.
func TestServerGoesAway(t *testing.T) {
	t.Parallel()
	many := shelf{}
	for i := range 40 {
		many[fmt.Sprintf("item-%02d", i)] = coloured("")
	}
	cases := map[string]struct {
		reason   string
		answers  func(n int) error
		code     int
		attempts int
	}{
		"Away":      {"ten in a row are enough", func(int) error { return status(503) }, run.ExitFailed, 10},
		"Flickers":  {"every success resets the count", func(n int) error { return map[bool]error{true: nil, false: status(503)}[n%10 == 0] }, run.ExitOK, 0},
		"Invalid":   {"a server that refuses is up", func(int) error { return status(422) }, run.ExitInvalid, 40},
		"Forbidden": {"an account that may write nothing", func(int) error { return status(403) }, run.ExitUnauthorized, 10},
		"OneMay":    {"an account that may write something", func(n int) error { return map[bool]error{true: nil, false: status(403)}[n == 1] }, run.ExitUnsettled, 40},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := 0
			a := &app{desired: many, write: func(context.Context, plan.Change[item]) (bool, error) {
				n++
				err := tc.answers(n)
				return err == nil, err
			}}
			r := execute(t, a, apply())
			if r.code != tc.code && tc.attempts > 0 || tc.attempts > 0 && len(a.attempts) != tc.attempts {
				t.Errorf("%s: exit %d, want %d, after %d changes, want %d\n%s", tc.reason, r.code, tc.code, len(a.attempts), tc.attempts, r.outcome.Error)
			}
			if tc.attempts == 0 && len(a.attempts) <= len(many) {
				t.Errorf("%s: %d changes", tc.reason, len(a.attempts))
			}
		})
	}
}

// TestRoundsUnveil: a server may show the rest only when its parent is there.
func TestRoundsUnveil(t *testing.T) {
	t.Parallel()
	a := &app{desired: owned("parent", "x", "y")}
	a.marks = func(p *shelfPlan) { // without the parent its children are not planned
		if _, there := a.current["parent"]; !there {
			p.Items.Changes = p.Items.Changes[:1]
		}
	}
	r := execute(t, a, apply())
	if diff := cmp.Diff([]string{"create parent", "create x", "create y"}, a.attempts); diff != "" || r.outcome.Result != "converged" {
		t.Errorf("result %q; changes: -want, +got:\n%s", r.outcome.Result, diff)
	}
	if diff := cmp.Diff(map[string]int{"created": 3}, changes(r.outcome)); diff != "" {
		t.Errorf("counts: -want, +got:\n%s", diff)
	}
}

// TestLaterRoundsAreConfined: what a later plan would delete or endanger beyond
// the one that a person could see is left alone: another run may have made it.
func TestLaterRoundsAreConfined(t *testing.T) {
	t.Parallel()
	// unveil shows undesired items of ours when the first one is made.
	unveil := func(a *app, names ...string) func(context.Context, plan.Change[item]) (bool, error) {
		return func(_ context.Context, c plan.Change[item]) (bool, error) {
			if c.Name == "first" {
				a.mu.Lock()
				defer a.mu.Unlock()
				a.current = owned(append([]string{"first", "kept"}, names...)...)
				return false, nil
			}
			return true, nil
		}
	}
	dangerousOnce := func(p *shelfPlan) {
		for i, c := range p.Items.Changes {
			if c.Name == "second" {
				p.Items.Changes[i].Danger = "alias"
			}
		}
	}
	cases := map[string]struct {
		reason   string
		prepare  func(*app)
		args     []string
		code     int
		says     string
		attempts []string
	}{
		"Deletions": {
			reason: "deletions that the first plan did not show are left alone", attempts: []string{"create first", "create kept"},
			prepare: func(a *app) { a.desired, a.write = owned("first", "kept"), unveil(a, "x", "y", "z") },
		},
		"OtherDeletions": {
			reason: "as many deletions as were seen, but others", attempts: []string{"create first", "delete v", "delete w"},
			prepare: func(a *app) {
				a.desired, a.current = owned("first", "kept"), owned("v", "w", "kept", "k1", "k2", "k3", "k4", "k5")
				for _, name := range []string{"k1", "k2", "k3", "k4", "k5"} {
					a.desired[name] = item{Meta: plan.Meta{Team: "red"}}
				}
				a.write = func(_ context.Context, c plan.Change[item]) (bool, error) {
					if c.Name == "w" { // the last one of the first round
						a.mu.Lock()
						defer a.mu.Unlock()
						a.current = owned("x", "y")
						for name := range a.desired {
							a.current[name] = a.desired[name]
						}
						return false, nil
					}
					return true, nil
				}
			},
		},
		"SameDeletions": {
			reason: "deletions that failed and were seen are tried again", attempts: []string{"delete a", "delete b", "delete a"},
			args: []string{"--allow-removals", "item=2"},
			prepare: func(a *app) {
				a.desired, a.current = owned("c"), owned("a", "b", "c")
				var n int
				a.write = func(context.Context, plan.Change[item]) (bool, error) {
					n++
					return n > 1, map[bool]error{true: status(502)}[n == 1]
				}
			},
		},
		"Danger": {
			reason: "a danger that the first plan did not show", attempts: []string{"create first"},
			prepare: func(a *app) {
				a.desired = owned("first", "second")
				a.marks = func(p *shelfPlan) {
					if _, there := a.current["first"]; !there {
						p.Items.Changes = p.Items.Changes[:1]
					}
					dangerousOnce(p)
				}
			},
		},
		"AcceptedDanger": {
			reason: "a danger that a person expected, but not here", attempts: []string{"create first"}, args: []string{"--accept", "alias"},
			prepare: func(a *app) {
				a.desired = owned("first", "second")
				a.marks = func(p *shelfPlan) {
					if _, there := a.current["first"]; !there {
						p.Items.Changes = p.Items.Changes[:1]
					}
					dangerousOnce(p)
				}
			},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := &app{}
			tc.prepare(a)
			r := execute(t, a, apply(append([]string{"--policy", "sync"}, tc.args...)...))
			if r.code != tc.code || !strings.Contains(r.outcome.Error, tc.says) {
				t.Errorf("%s: exit %d, want %d: %s", tc.reason, r.code, tc.code, r.outcome.Error)
			}
			if diff := cmp.Diff(tc.attempts, a.attempts); diff != "" {
				t.Errorf("%s: changes: -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// TestReadingAgainFails: both the failure and the failed reading are reported.
func TestReadingAgainFails(t *testing.T) {
	t.Parallel()
	a := &app{desired: owned("a")}
	a.write = func(context.Context, plan.Change[item]) (bool, error) { return false, errors.New("first trouble") }
	a.read = func(_ context.Context, number int) error {
		return map[bool]error{true: errors.New("second trouble")}[number == 2]
	}
	r := execute(t, a, apply())
	if r.code != run.ExitFailed || !strings.Contains(r.outcome.Error, "first trouble") || !strings.Contains(r.outcome.Error, "second trouble") {
		t.Errorf("exit %d: %s", r.code, r.outcome.Error)
	}
}

// TestUnauthorizedStopsTheRest: what every further request would meet as well
// ends the run, and what was done before stays counted.
func TestUnauthorizedStopsTheRest(t *testing.T) {
	t.Parallel()
	a := &app{desired: owned("a", "b", "c", "d")}
	a.write = func(_ context.Context, c plan.Change[item]) (bool, error) {
		if c.Name == "b" {
			return false, status(401)
		}
		return true, nil
	}
	r := execute(t, a, apply())
	if diff := cmp.Diff([]string{"create a", "create b"}, a.attempts); diff != "" || r.code != run.ExitUnauthorized {
		t.Errorf("exit %d; changes: -want, +got:\n%s", r.code, diff)
	}
	if diff := cmp.Diff(map[string]int{"created": 1, "failed": 1}, changes(r.outcome)); diff != "" || a.reads != 1 {
		t.Errorf("%d reads; counts: -want, +got:\n%s", a.reads, diff)
	}
	if !strings.Contains(r.outcome.Error, "creating item b") {
		t.Errorf("the change is not named: %s", r.outcome.Error)
	}
}

// TestWorkers: as many changes at once as were asked for, and never more.
func TestWorkers(t *testing.T) {
	t.Parallel()
	const workers, objects = 16, 400
	a := &app{desired: shelf{}, current: shelf{}}
	for i := range objects {
		a.desired[fmt.Sprintf("new-%03d", i)] = coloured("new")
		a.current[fmt.Sprintf("old-%03d", i)] = coloured("old")
	}
	var together sync.WaitGroup // no worker ends before all have begun
	together.Add(workers)
	var begun, now, most, deletedEarly atomic.Int64
	a.write = func(_ context.Context, c plan.Change[item]) (bool, error) {
		n := now.Add(1)
		defer now.Add(-1)
		for {
			if seen := most.Load(); n <= seen || most.CompareAndSwap(seen, n) {
				break
			}
		}
		if nth := begun.Add(1); nth <= workers {
			together.Done()
			together.Wait()
		} else if c.Action == plan.Delete && nth <= objects {
			deletedEarly.Add(1)
		}
		return true, nil
	}
	r := execute(t, a, setup{args: []string{"apply", "--workers", "16", "--policy", "sync", "--removal-cap", "1"}})
	if r.outcome.Result != "converged" || most.Load() != workers || deletedEarly.Load() != 0 {
		t.Errorf("result %q, %d at once, %d deletions before the last create", r.outcome.Result, most.Load(), deletedEarly.Load())
	}
	if diff := cmp.Diff(map[string]int{"created": objects, "deleted": objects}, changes(r.outcome)); diff != "" {
		t.Errorf("counts: -want, +got:\n%s", diff)
	}
	if got := len(a.begun()); got != 2*objects {
		t.Errorf("%d changes began, want %d", got, 2*objects)
	}
}

// TestSetting: what a person sets reaches the application.
func TestSetting(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		reason string
		args   []string
		want   task.Setting
	}{
		"Defaults": {"an installation is named by its domain and namespace", nil,
			task.Setting{Verb: "plan", Namespace: "default", Workers: 8, Installation: "platform.example.com/default", Leavers: "show"}},
		"Flags": {"every option given", []string{"--workers", "3", "--page-size", "7", "--leavers", "disable", "--namespace", "otomi"},
			task.Setting{Verb: "plan", Namespace: "otomi", Workers: 3, PageSize: 7, Installation: "platform.example.com/otomi", Leavers: "disable"}},
		"Release": {"a release of the chart is an installation of its own", []string{"--release", "core"},
			task.Setting{Verb: "plan", Namespace: "default", Workers: 8, Installation: "platform.example.com/default/core", Leavers: "show"}},
		"Named": {"several installations in one namespace", []string{"--installation", "blue"},
			task.Setting{Verb: "plan", Namespace: "default", Workers: 8, Installation: "blue", Leavers: "show"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := &app{}
			execute(t, a, setup{args: append([]string{"plan", "--values", "testdata/values.yaml"}, tc.args...)})
			if diff := cmp.Diff(tc.want, a.setting, cmpopts.IgnoreFields(task.Setting{}, "Now")); diff != "" {
				t.Errorf("%s: setting: -want, +got:\n%s", tc.reason, diff)
			}
			if diff := cmp.Diff([]string{"blue", "red"}, a.values.TeamIDs()); diff != "" {
				t.Errorf("teams: -want, +got:\n%s", diff)
			}
		})
	}
}

// TestTeams: --team narrows the plan.
func TestTeams(t *testing.T) {
	t.Parallel()
	a := &app{desired: shelf{"a": coloured(""), "b": {Meta: plan.Meta{Team: "blue"}}, "c": {}}}
	r := execute(t, a, apply("--team", "blue"))
	if diff := cmp.Diff([]string{"create b"}, a.attempts); diff != "" || r.outcome.Result != "converged" {
		t.Errorf("result %q; changes: -want, +got:\n%s", r.outcome.Result, diff)
	}
}
