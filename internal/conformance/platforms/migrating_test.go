package platforms_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"otomi.io/tasks/internal/conformance/platforms"
	"otomi.io/tasks/internal/testkit/runner"
	"otomi.io/tasks/tasks/droneactivate"
	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/values"
)

// TestMigrating keeps the first plans of the pages on migrating equal to what the
// tasks say of the state that the tools of that release left.
func TestMigrating(t *testing.T) {
	t.Parallel()
	for page, releases := range map[string][]string{
		"../../../docs/migrating-from-otomi-tasks.md": {"otomi-2.2"},
		"../../../docs/migrating-from-apl-tasks.md":   {"apl-3.0", "apl-4.13", "apl-6.0"},
	} {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		want := string(text)
		for _, name := range releases {
			start, end := "<!-- first plan on "+name+" -->\n", "<!-- end of "+name+" -->\n"
			head, rest, _ := strings.Cut(want, start)
			_, tail, found := strings.Cut(rest, end)
			if !found {
				t.Fatalf("%s: no %q before %q", page, start, end)
			}
			want = head + start + firstPlans(t, name) + end + tail
		}
		if *update {
			if err := os.WriteFile(page, []byte(want), 0o600); err != nil {
				t.Fatal(err)
			}
		} else if diff := cmp.Diff(want, string(text)); diff != "" {
			t.Errorf("%s (go test -run TestMigrating -update): -want, +got:\n%s", page, diff)
		}
	}
}

// firstPlans are those of all applications that the release has.
func firstPlans(t *testing.T, name string) string {
	t.Helper()
	i := slices.IndexFunc(platforms.Releases(), func(r platforms.Release) bool { return r.Name == name })
	r := platforms.Releases()[i]
	var b strings.Builder
	b.WriteString("```text\n")
	for _, stage := range []func(*testing.T, platforms.Release) *staged{stageKeycloak, stageHarbor, stageGitea, stageDrone} {
		s := stage(t, r)
		s.round()
		planned := s.run(t, "plan")
		fmt.Fprintf(&b, "%s: %s\n", s.task.Name, strings.Join(summary(planned), "\n  "))
	}
	b.WriteString("```\n")
	return b.String()
}

// summary is a plan with one line for the changes that are alike.
func summary(planned runner.Result) []string {
	rows := []string{planned.Outcome.Result}
	if planned.Outcome.Result != "planned" {
		return append(rows, planned.Outcome.Server)
	}
	rows[0] = "reads only"
	names := map[string][]string{}
	var kinds []string
	for _, line := range planned.Lines {
		signs := map[plan.Action]string{plan.Create: "+", plan.Update: "~", plan.Delete: "-", plan.Adopt: "="}
		var fields []string
		for _, f := range line.Fields {
			fields = append(fields, f.Path)
		}
		kind := strings.Join([]string{signs[line.Action], string(line.Action), line.Kind, "%s"}, " ")
		if line.Adopts && line.Action == plan.Update {
			kind = strings.Replace(kind, "update", "adopt", 1)
		}
		if len(fields) > 0 {
			kind += " (" + strings.Join(fields, ", ") + ")"
		}
		if names[kind] == nil {
			kinds = append(kinds, kind)
		}
		names[kind] = append(names[kind], line.Name)
	}
	for _, kind := range kinds {
		rows = append(rows, fmt.Sprintf(kind, strings.Join(names[kind], ", ")))
	}
	return rows
}

// stageDrone is a Drone without any login: no release has a tool for it.
func stageDrone(t *testing.T, r platforms.Release) *staged {
	t.Helper()
	s := &staged{task: droneactivate.Task(), values: runner.Sources(t, platformValues, "apps: {drone: {enabled: true}}"),
		flags: []string{"--platform", r.Name, "--secrets-dir", t.TempDir()}, round: func() {}}
	v, err := values.Load(t.Context(), values.Request{Sources: s.values, App: values.AppDrone, Platform: r.Name, Env: map[string]string{"DRONE_URL": "http://127.0.0.1:1"}})
	if err != nil {
		t.Fatal(err)
	}
	if v.Platform.Drone.Exists {
		s.env = startDrone(t, v.Apps)
	}
	return s
}
