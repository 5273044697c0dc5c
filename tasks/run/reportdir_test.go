package run_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/report"
	"otomi.io/tasks/tasks/run"

	"context"
)

// became reads of a report in a folder what became of each change.
func became(t *testing.T, dir, name string) map[string]string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(dir, name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var r report.Report
	if err := json.Unmarshal(content, &r); err != nil {
		t.Fatal(err)
	}
	all := map[string]string{"result": r.Result}
	for _, c := range r.Changes {
		all[c.Name] = c.Became
	}
	return all
}

// TestReportDir: a report tells what became of each change, and runs that plan nothing
// leave the report of one that did.
func TestReportDir(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "reports")
	newApp := func() *app {
		return &app{desired: owned("good", "bad"), current: owned("old"), write: func(_ context.Context, c plan.Change[item]) (bool, error) {
			if c.Name == "bad" {
				return false, errors.New("no space")
			}
			return true, nil
		}}
	}
	cases := []struct {
		reason string
		args   []string
		code   int
		name   string
		want   map[string]string
	}{
		{"nothing has become of a plan", []string{"plan"}, run.ExitOK, "shelf-items",
			map[string]string{"result": "planned", "good": "planned", "bad": "planned", "old": "blocked"}},
		{"each change by itself", []string{"apply", "--policy", "sync"}, run.ExitFailed, "shelf-items",
			map[string]string{"result": "failed", "good": "created", "bad": "failed", "old": "skipped"}},
		{"a check is not a plan", []string{"doctor"}, run.ExitOK, "shelf-items",
			map[string]string{"result": "failed", "good": "created", "bad": "failed", "old": "skipped"}},
		{"a part has a report of its own", []string{"plan", "--team", "red"}, run.ExitOK, "shelf-items-red",
			map[string]string{"result": "planned", "good": "planned", "bad": "planned", "old": "blocked"}},
		{"a shard, too", []string{"plan", "--shard", "1/2"}, run.ExitOK, "shelf-items-1-of-2", map[string]string{"result": "unchanged"}},
	}
	for _, tc := range cases {
		r := execute(t, newApp(), setup{args: append(tc.args, "--report-dir", dir)})
		if r.code != tc.code {
			t.Errorf("%s: exit %d: %s", tc.reason, r.code, r.stderr)
		}
		if diff := cmp.Diff(tc.want, became(t, dir, tc.name)); diff != "" {
			t.Errorf("%s: -want, +got:\n%s", tc.reason, diff)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "index.html")); err != nil {
		t.Error(err)
	}
}
