package run_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"otomi.io/tasks/tasks/run"
	"otomi.io/tasks/tasks/task"
)

// finds is a check that is right, fails one that is not.
func finds(name string) task.Check {
	return task.Check{Name: name, Outcome: true, Run: func(context.Context) (string, error) { return "all of them", nil }}
}

func fails(name string, err error) task.Check {
	return task.Check{Name: name, Outcome: true, Run: func(context.Context) (string, error) { return "", err }}
}

func hookFault(class task.Class) error {
	return &task.Fault{Class: class, Cause: "no hook leads to Drone", Remedy: "run apply", Docs: "docs/drone-activate.md#when-no-build-starts"}
}

func TestDoctor(t *testing.T) {
	t.Parallel()
	const right = "1 server ok     Shelf 2.1 answers\n"
	cases := map[string]struct {
		reason string
		checks []task.Check
		args   []string
		code   int
		result string
		want   string
	}{
		"None":  {"every task has the verb", nil, nil, run.ExitOK, "healthy", right},
		"Right": {"what was found", []task.Check{finds("hook")}, nil, run.ExitOK, "healthy", right + "2 hook   ok     all of them\n"},
		"Broken": {"the first broken one with its remedy; the others depend on it", []task.Check{fails("hook", hookFault(task.ClassFailed)), finds("build")}, nil, run.ExitFailed, "failed",
			right + "2 hook   BROKEN no hook leads to Drone\n         remedy: run apply\n            see: docs/drone-activate.md#when-no-build-starts\n3 build  -      not looked at\n"},
		"Person": {"a person must act", []task.Check{fails("hook", hookFault(task.ClassUnauthorized))}, nil, run.ExitUnauthorized, "unauthorized", "remedy: run apply"},
		"Unread": {"a check that could not be done", []task.Check{fails("hook", status(503))}, nil, run.ExitFailed, "failed", "2 hook   BROKEN 503 Service Unavailable\n         remedy: see that the server is up"},
		"JSON": {"for programs", []task.Check{finds("hook")}, []string{"--output", "json"}, run.ExitOK, "healthy",
			`{"formatVersion":1,"task":"shelf-items","checks":[{"number":1,"name":"server","result":"ok","finding":"Shelf 2.1 answers"},{"number":2,"name":"hook","result":"ok","finding":"all of them"}]}` + "\n"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := &app{desired: owned("a"), checks: tc.checks, server: task.Server{Application: "Shelf", Version: "2.1", Oldest: "2", Newest: "2"}}
			r := execute(t, a, setup{args: append([]string{"doctor"}, tc.args...)})
			if r.code != tc.code || r.outcome.Result != tc.result || !strings.Contains(r.stdout, tc.want) {
				t.Errorf("%s: exit %d %s, want %d %s and\n%s\n%s", tc.reason, r.code, r.outcome.Result, tc.code, tc.result, tc.want, r.stdout)
			}
			if a.reads > 0 || len(a.attempts) > 0 {
				t.Errorf("%s: %d reads, changes %v", tc.reason, a.reads, a.attempts)
			}
		})
	}
}

// TestProof: after an apply, and only then, the outcome is checked.
func TestProof(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		reason  string
		verb    string
		current shelf
		err     error
		code    int
		result  string
		checked int
	}{
		"Right":     {"as promised", "apply", nil, nil, run.ExitOK, "converged", 1},
		"Broken":    {"not as promised", "apply", nil, hookFault(task.ClassFailed), run.ExitUnsettled, "unsettled", 1},
		"Unread":    {"unknown: a retry may help", "apply", nil, status(503), run.ExitFailed, "failed", 1},
		"Unchanged": {"nothing was applied", "apply", owned("a"), hookFault(task.ClassFailed), run.ExitOK, "unchanged", 0},
		"Plan":      {"nothing was applied", "plan", nil, hookFault(task.ClassFailed), run.ExitOK, "planned", 0},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			checked := 0
			check := func(context.Context) (string, error) { checked++; return "", tc.err }
			a := &app{desired: owned("a"), current: tc.current, checks: []task.Check{
				{Name: "hook", Outcome: true, Run: check},
				{Name: "step", Run: func(context.Context) (string, error) { return "", errors.New("only the doctor asks") }},
			}}
			r := execute(t, a, setup{args: []string{tc.verb}})
			if diff := cmp.Diff([]any{tc.code, tc.result, tc.checked}, []any{r.code, r.outcome.Result, checked}); diff != "" {
				t.Errorf("%s: -want, +got:\n%s\n%s", tc.reason, diff, r.output())
			}
			if tc.code == run.ExitUnsettled && !strings.Contains(r.outcome.Error, "the outcome is not as the values promise: no hook leads to Drone") {
				t.Errorf("%s: %s", tc.reason, r.outcome.Error)
			}
		})
	}
}
