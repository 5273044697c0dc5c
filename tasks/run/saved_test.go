package run_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/run"
	"otomi.io/tasks/tasks/task"
	"otomi.io/tasks/tasks/values"
)

// TestSavedPlan: exactly the saved plan is applied, or none.
func TestSavedPlan(t *testing.T) {
	t.Parallel()
	secret := func(text string) shelf {
		return shelf{"a": {Meta: plan.Meta{Ownership: plan.Ours, Team: "red"}, Key: values.NewSecret(text)}}
	}
	cases := map[string]struct {
		reason  string
		planned *app
		applied *app
		args    []string // of the apply
		code    int
		says    string
		begun   []string
	}{
		"Same":        {reason: "nothing has moved", planned: &app{desired: owned("a")}, applied: &app{desired: owned("a")}, begun: []string{"create a"}},
		"OwnFlags":    {reason: "the flags are those of the plan", planned: &app{desired: owned("a"), current: owned("a", "b")}, applied: &app{desired: owned("a"), current: owned("a", "b")}, args: []string{"--policy", "create-only"}, begun: []string{"delete b"}},
		"OtherValues": {reason: "the values moved on", planned: &app{desired: owned("a")}, applied: &app{desired: owned("a", "b")}, code: run.ExitRefused, says: "the changes are others"},
		"OtherState":  {reason: "the server moved on", planned: &app{desired: owned("a")}, applied: &app{desired: owned("a"), current: owned("a")}, code: run.ExitRefused, says: "the changes are others"},
		"OtherServer": {reason: "another server", planned: &app{desired: owned("a")}, applied: &app{desired: owned("a"), server: task.Server{Application: "Shelf", Version: "2"}}, code: run.ExitRefused, says: "server is another: Shelf 2"},
		"Secret":      {reason: "no secret is in the file", planned: &app{desired: secret("sesame-new"), current: secret("sesame-old")}, applied: &app{desired: secret("sesame-new"), current: secret("sesame-old")}, begun: []string{"update a"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "plan.json")
			if r := execute(t, tc.planned, setup{args: []string{"plan", "--out", file, "--policy", "sync"}}); r.code != run.ExitOK {
				t.Fatalf("plan: exit %d\n%s", r.code, r.output())
			}
			content, err := os.ReadFile(file)
			if err != nil || strings.Contains(string(content), "sesame") {
				t.Errorf("the file: %v\n%s", err, content)
			}
			r := execute(t, tc.applied, setup{args: append([]string{"apply", file}, tc.args...)})
			if r.code != tc.code || !strings.Contains(r.outcome.Error, tc.says) {
				t.Errorf("%s: exit %d, want %d and %q\n%s", tc.reason, r.code, tc.code, tc.says, r.output())
			}
			if diff := cmp.Diff(tc.begun, tc.applied.attempts); diff != "" {
				t.Errorf("%s: changes: -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// TestRefusedPlanIsNotSaved: what a guard refused must not be applied.
func TestRefusedPlanIsNotSaved(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "plan.json")
	r := execute(t, &app{desired: owned("a"), marks: dangerous}, setup{args: []string{"plan", "--out", file}})
	if _, err := os.Stat(file); err == nil || r.code != run.ExitRefused {
		t.Errorf("exit %d, file: %v", r.code, err)
	}
}
