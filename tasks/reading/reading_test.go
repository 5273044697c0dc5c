package reading_test

import (
	"iter"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"otomi.io/tasks/tasks/inventory"
	"otomi.io/tasks/tasks/kube"
	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/reading"
	"otomi.io/tasks/tasks/task"
	"otomi.io/tasks/tasks/values"
)

// env is an inventory and a clock.
type env struct {
	options reading.Options
}

func newEnv(t *testing.T) *env {
	return &env{reading.Options{
		Store: kube.NewDirectory(t.TempDir()), Inventory: inventory.Options{Namespace: "otomi", Name: "state", Installation: "a"},
		Every: 15 * time.Minute, Now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), Settings: "s",
	}}
}

func (e *env) open(t *testing.T) *reading.Memory {
	t.Helper()
	m, err := reading.Open(t.Context(), e.options)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func (e *env) keep(t *testing.T, m *reading.Memory, v values.Values, s task.Scope, left ...plan.Line) {
	t.Helper()
	if err := m.Keep(t.Context(), e.options.Inventory, v, s, lines(left)); err != nil {
		t.Fatal(err)
	}
}

func lines(all []plan.Line) iter.Seq[plan.Line] {
	return func(yield func(plan.Line) bool) {
		for _, l := range all {
			if !yield(l) {
				return
			}
		}
	}
}

// platform has ten teams, whose secrets differ.
func platform() values.Values {
	v := values.Values{Teams: map[string]values.Team{}}
	for _, id := range []string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"} {
		var team values.Team
		team.Drone.Repos = []values.DroneRepo{{Name: id, Secrets: []values.DroneSecret{{Name: "x", Value: values.NewSecret("geheim-" + id)}}}}
		v.Teams[id] = team
	}
	return v
}

func TestScope(t *testing.T) {
	changed := func(id, secret string) func(*values.Values) {
		return func(v *values.Values) {
			var team values.Team
			team.Drone.Repos = []values.DroneRepo{{Name: id, Secrets: []values.DroneSecret{{Name: "x", Value: values.NewSecret(secret)}}}}
			v.Teams[id] = team
		}
	}
	cases := map[string]struct {
		reason  string
		values  func(*values.Values)
		options func(*reading.Options)
		left    []plan.Line // of the run before
		teams   []string
		nothing bool
	}{
		"Same":      {reason: "nothing changed", nothing: true},
		"Secret":    {reason: "only a secret changed", values: changed("b", "other"), teams: []string{"b"}},
		"New":       {reason: "a team came", values: changed("k", "x"), teams: []string{"k"}},
		"Gone":      {reason: "what is removed is measured against all", values: func(v *values.Values) { delete(v.Teams, "a") }},
		"Platform":  {reason: "it may show in every team", values: func(v *values.Values) { v.Cluster.DomainSuffix = "other" }},
		"Many":      {reason: "lists of all are cheaper", values: func(v *values.Values) { changed("b", "x")(v); changed("c", "x")(v) }},
		"Settings":  {reason: "another policy", options: func(o *reading.Options) { o.Settings = "other" }},
		"Old":       {reason: "a whole reading is due", options: func(o *reading.Options) { o.Now = o.Now.Add(15 * time.Minute) }},
		"ClockBack": {reason: "the last reading seems to be to come", options: func(o *reading.Options) { o.Now = o.Now.Add(-time.Hour) }},
		"Waiting": {reason: "a namespace may have come", teams: []string{"c"},
			left: []plan.Line{{Action: plan.Create, Team: "c", Blocked: "no namespace"}}},
		"Policy": {reason: "no run would perform it", nothing: true,
			left: []plan.Line{{Action: plan.Update, Team: "c", Blocked: "policy create-only"}}},
		"OtherShard": {reason: "it knows nothing of this one", options: func(o *reading.Options) { o.Shard = plan.Shard{Index: 1, Count: 2} }},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := newEnv(t)
			e.keep(t, e.open(t), platform(), task.Scope{}, tc.left...)
			v := platform()
			if tc.values != nil {
				tc.values(&v)
			}
			if tc.options != nil {
				tc.options(&e.options)
			}
			scope, nothing := e.open(t).Scope(v, task.Scope{})
			if diff := cmp.Diff(tc.teams, scope.Teams); diff != "" || nothing != tc.nothing {
				t.Errorf("%s: nothing to do %v, want %v; teams (-want +got):\n%s", tc.reason, nothing, tc.nothing, diff)
			}
		})
	}
}

// TestCovers: the commit alone decides as long as a run ended well with it and a whole
// reading is young.
func TestCovers(t *testing.T) {
	t.Parallel()
	e, v := newEnv(t), platform()
	m := e.open(t)
	if m.Covers("one") || m.Covers("") {
		t.Error("an empty inventory covers a commit")
	}
	m.Covers("one")
	e.keep(t, m, v, task.Scope{})
	if again := e.open(t); !again.Covers("one") || again.Covers("two") || again.Covers("") {
		t.Error("after a run at commit one")
	}
	m = e.open(t)
	m.Covers("two")
	narrowed := task.Scope{Selection: plan.Selection{Teams: []string{"a"}}, ByName: true}
	if err := m.Invalidate(t.Context(), e.options.Inventory); err != nil {
		t.Fatal(err)
	}
	if killed := e.open(t); killed.Covers("one") || killed.Covers("two") {
		t.Error("a run that may have been killed leaves a commit covered")
	}
	e.options.Now = e.options.Now.Add(10 * time.Minute)
	e.keep(t, m, v, narrowed)
	if !e.open(t).Covers("two") {
		t.Error("after a narrowed run at commit two")
	}
	e.options.Now = e.options.Now.Add(5 * time.Minute)
	if e.open(t).Covers("two") {
		t.Error("the whole reading is 15 minutes old, and the narrowed one counts for it")
	}
}
