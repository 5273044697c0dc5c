package report_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/report"
)

// sample is a run with every sort of change.
func sample(taskName string, at time.Time) report.Report {
	line := func(a plan.Action, team, name string) plan.Line {
		return plan.Line{Action: a, Kind: "role", Name: name, Team: team}
	}
	left := line(plan.Delete, "red", "old")
	left.Blocked = "policy upsert-only"
	r := report.Report{
		FormatVersion: report.FormatVersion, Task: taskName, Verb: "apply", Time: at, Result: "failed", Error: "no <space> left",
		Changes: []report.Change{
			{Line: line(plan.Update, "", "realm"), Became: "updated"},
			{Line: line(plan.Create, "red", "<b>new</b>"), Became: report.Failed, Failure: "no <space> left"},
			{Line: left, Became: report.Blocked},
			{Line: line(plan.Create, "blue", "late"), Became: report.Skipped, Failure: "realm is missing"},
		},
	}
	r.AddTeams([]string{"", "red", "blue", "green"})
	return r
}

// TestTeams: what is merely left over is not a difference.
func TestTeams(t *testing.T) {
	want := []report.Team{
		{Name: "", State: report.StateOK}, {Name: "blue", State: report.StateDrift, Open: 1},
		{Name: "green", State: report.StateOK}, {Name: "red", State: report.StateFailed, Open: 1},
	}
	if diff := cmp.Diff(want, sample("a", time.Time{}).Teams); diff != "" {
		t.Errorf("-want, +got:\n%s", diff)
	}
}

// TestPage: the page tells what became of each change, refers to nothing elsewhere and
// can be read by everyone.
func TestPage(t *testing.T) {
	var out bytes.Buffer
	if err := sample("keycloak-roles", time.Date(2026, 5, 4, 3, 2, 1, 0, time.UTC)).WritePage(&out); err != nil {
		t.Fatal(err)
	}
	page := out.String()
	for _, want := range []string{
		`<html lang="en">`, `name="viewport"`, "prefers-color-scheme: dark", ":focus-visible", `<label for="filter">`, `role="status"`, "<caption>",
		`scope="col"`, `id="team-red" data-team="red"`, `class="failed">failed: no &lt;space&gt; left`, "&lt;b&gt;new", "skipped: realm is missing",
		`>updated<`, "(blocked: policy upsert-only)", `datetime="2026-05-04T03:02:01Z"`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q in:\n%s", want, page)
		}
	}
	for _, bad := range []string{"<b>", "<space>", "http://", "https://", "src="} {
		if strings.Contains(page, bad) {
			t.Errorf("%q in the page", bad)
		}
	}
}

// TestFolder: the index has each team in each task as its latest run found it.
func TestFolder(t *testing.T) {
	dir, at := t.TempDir(), time.Date(2026, 5, 4, 3, 2, 1, 0, time.UTC)
	later := report.Report{FormatVersion: 1, Task: "b", Verb: "plan", Time: at.Add(time.Hour), Result: "unchanged", Teams: []report.Team{{Name: "red", State: report.StateOK}}}
	foreign := filepath.Join(dir, "package.json")
	if err := errors.Join(sample("a", at).Files(dir, "a"), sample("b", at).Files(dir, "b"), os.WriteFile(foreign, []byte(`{"name":"x"}`), 0o600), later.Files(dir, "b-red")); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(filepath.Join(dir, "index.html"))
	if err != nil {
		t.Fatal(err)
	}
	index := string(content)
	for want, times := range map[string]int{
		`<a class="failed" href="a.html#team-red">failed (1)</a>`: 1, `<a class="ok" href="b-red.html#team-red">ok</a>`: 1,
		`<a class="drift" href="a.html#team-blue">drift (1)</a>`: 1, `<a class="drift" href="b.html#team-blue">drift (1)</a>`: 1,
		`href="b.html#team-red"`: 0, `<tr data-team=`: 4, "the platform&#39;s own</th>": 1, "<b>": 0, "://": 0, `<th scope="row">`: 4,
	} {
		if got := strings.Count(index, want); got != times {
			t.Errorf("%q is there %d times, want %d:\n%s", want, got, times, index)
		}
	}
	if left, err := filepath.Glob(filepath.Join(dir, ".*")); err != nil || len(left) > 0 {
		t.Errorf("left in the folder: %v, %v", left, err)
	}
	var back report.Report
	if content, err = os.ReadFile(filepath.Join(dir, "a.json")); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(content, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(sample("a", at), back); diff != "" {
		t.Errorf("from JSON: -want, +got:\n%s", diff)
	}
}

// TestOldReportStays: a report is replaced when the new one is complete, and not before.
func TestOldReportStays(t *testing.T) {
	name := filepath.Join(t.TempDir(), "page.html")
	if err := os.WriteFile(name, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := report.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	if content, err := os.ReadFile(name); err != nil || string(content) != "old" {
		t.Errorf("while the new one is made: %q, %v", content, err)
	}
	broken := errors.New("broken")
	half := func(w io.Writer) error { _, _ = io.WriteString(w, "half"); return broken }
	if err := file.Fill(half); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	if content, err := os.ReadFile(name); err != nil || string(content) != "old" {
		t.Errorf("after half a report: %q, %v", content, err)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(name), "*")); len(left) != 1 {
		t.Errorf("left: %v", left)
	}
}
