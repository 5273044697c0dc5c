package run_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/run"
	"otomi.io/tasks/tasks/task"
)

// TestOutcome: the last line of stdout has exactly the documented keys, however
// the run ends.
func TestOutcome(t *testing.T) {
	t.Parallel()
	planned, applied := []string{"blocked", "create", "delete", "update"}, []string{"blocked", "created", "deleted", "failed", "skipped", "updated"}
	keys := []string{"changes", "requests", "result", "seconds", "task"}
	failed := []string{"changes", "docs", "error", "remedy", "requests", "result", "seconds", "task"}
	broken := func(context.Context, int) error { return errors.New("broken") }
	cases := map[string]struct {
		reason        string
		app           *app
		args          []string
		keys, changes []string
	}{
		"Plan":     {"what would change", &app{desired: owned("a")}, []string{"plan"}, keys, planned},
		"PlanJSON": {"after a plan in JSON", &app{desired: owned("a")}, []string{"plan", "--output", "json"}, keys, planned},
		"Apply":    {"what has changed", &app{desired: owned("a")}, []string{"apply"}, keys, applied},
		"Validate": {"nothing could change", &app{}, []string{"validate"}, keys, planned},
		"Failed":   {"with the error", &app{read: broken}, []string{"apply"}, failed, applied},
		"BadFlag":  {"a run that never began", &app{}, []string{"apply", "--wait", "soon"}, failed, planned},
		"BadValue": {"a run that was refused", &app{}, []string{"apply", "--workers", "0"}, failed, planned},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := execute(t, tc.app, setup{args: tc.args})
			var line map[string]json.RawMessage
			if err := json.Unmarshal([]byte(lastLine(r.stdout)), &line); err != nil {
				t.Fatalf("%s: %v", tc.reason, err)
			}
			if diff := cmp.Diff(tc.keys, slices.Sorted(maps.Keys(line))); diff != "" {
				t.Errorf("%s: keys: -want, +got:\n%s", tc.reason, diff)
			}
			if diff := cmp.Diff(tc.changes, slices.Sorted(maps.Keys(r.outcome.Changes))); diff != "" {
				t.Errorf("%s: keys of changes: -want, +got:\n%s", tc.reason, diff)
			}
			if diff := cmp.Diff([]string{"reads", "writes"}, slices.Sorted(maps.Keys(r.outcome.Requests))); diff != "" {
				t.Errorf("%s: keys of requests: -want, +got:\n%s", tc.reason, diff)
			}
			if r.outcome.Task != "shelf-items" || !strings.HasSuffix(r.stdout, "}\n") {
				t.Errorf("%s: stdout: %q", tc.reason, r.stdout)
			}
		})
	}
}

// TestPlanInJSON: one line is the plan, the other one the outcome.
func TestPlanInJSON(t *testing.T) {
	t.Parallel()
	r := execute(t, &app{desired: shelf{"a": coloured("new")}, current: shelf{"a": coloured("old")}}, setup{args: []string{"--output", "json", "--installation", "here"}})
	lines := strings.SplitAfter(r.stdout, "\n")
	want := `{"formatVersion":1,"task":"shelf-items","header":[{"name":"platform","value":"unversioned"},{"name":"installation","value":"here"},{"name":"policy","value":"upsert-only"},{"name":"version","value":"v1.2.3"}],` +
		`"changes":[{"action":"update","kind":"item","name":"a","team":"red",` +
		`"fields":[{"path":"colour","before":"\"old\"","after":"\"new\""}]}],"counts":{"create":0,"update":1,"delete":0,"blocked":0}}` + "\n"
	if len(lines) != 3 || lines[2] != "" {
		t.Fatalf("want two lines, got %q", r.stdout)
	}
	if diff := cmp.Diff(want, lines[0]); diff != "" {
		t.Errorf("the plan: -want, +got:\n%s", diff)
	}
}

// TestPlanIsShownFirst: also of a plan that is refused or fails.
func TestPlanIsShownFirst(t *testing.T) {
	t.Parallel()
	a := &app{desired: owned("a"), marks: dangerous}
	r := execute(t, a, setup{args: []string{"apply"}})
	if r.code != run.ExitRefused || !strings.Contains(r.stdout, "\n+ create item a\n") {
		t.Errorf("exit %d, stdout: %s", r.code, r.stdout)
	}
}

// TestUnsettledIsShown: what the server does not hold is named.
func TestUnsettledIsShown(t *testing.T) {
	t.Parallel()
	a := &app{desired: owned("forgotten"), write: func(context.Context, plan.Change[item]) (bool, error) { return false, nil }}
	want := []map[string]any{
		{"level": "INFO", "msg": "applied", "action": "create", "kind": "item", "name": "forgotten"},
		{"level": "ERROR", "msg": "left over", "change": map[string]any{"action": "create", "kind": "item", "name": "forgotten", "team": "red"}},
		{"level": "ERROR", "msg": "ended", "task": "shelf-items", "result": "unsettled", "error": "the server does not hold what was written: 1 to create, 0 to update, 0 to delete",
			"remedy": "find the other writer: another installation, an operator, a person", "docs": "docs/operations.md#exit-codes"},
	}
	if diff := cmp.Diff(want, entries(t, execute(t, a, apply()).stderr)); diff != "" {
		t.Errorf("log: -want, +got:\n%s", diff)
	}
	if text := execute(t, a, apply("--log-format", "text")).stderr; !strings.Contains(text, "\n+ create item forgotten\n") {
		t.Errorf("log as text: %s", text)
	}
}

// entries reads a log of which every line is JSON.
func entries(t *testing.T, log string) []map[string]any {
	t.Helper()
	var out []map[string]any
	for line := range strings.Lines(log) {
		var entry map[string]any
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			t.Errorf("a line of the log is not JSON: %v: %s", err, line)
		}
		delete(entry, "time")
		out = append(out, entry)
	}
	return out
}

// TestLog: one line of JSON for each change and one for the end, outside a
// terminal.
func TestLog(t *testing.T) {
	t.Parallel()
	a := &app{desired: owned("a", "b", "c")}
	a.write = func(_ context.Context, c plan.Change[item]) (bool, error) {
		switch c.Name {
		case "b":
			return false, errors.New("no space left")
		case "c":
			return false, &task.SkipError{Reason: "b is missing"}
		}
		return true, nil
	}
	got := entries(t, execute(t, a, apply()).stderr)
	want := []map[string]any{
		{"level": "INFO", "msg": "applied", "action": "create", "kind": "item", "name": "a"},
		{"level": "ERROR", "msg": "failed", "action": "create", "kind": "item", "name": "b", "error": "no space left"},
		{"level": "WARN", "msg": "skipped", "kind": "item", "name": "c", "reason": "b is missing"},
		{"level": "ERROR", "msg": "ended", "task": "shelf-items", "result": "failed", "error": "creating item b: no space left\ncreating item c: skipped: b is missing",
			"remedy": "read the errors above, and run it again", "docs": "docs/operations.md#exit-codes"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("log: -want, +got:\n%s", diff)
	}
	if text := execute(t, a, apply("--log-format", "text")); !strings.Contains(text.stderr, "level=ERROR msg=failed action=create kind=item name=b") ||
		!strings.HasSuffix(text.stderr, "\nshelf-items: creating item b: no space left (and 1 more above)\nremedy: read the errors above, and run it again (docs/operations.md#exit-codes)\n") {
		t.Errorf("log as text: %s", text.stderr)
	}
}

// TestLogLevel: debug tells each request, warn only what needs a person.
func TestLogLevel(t *testing.T) {
	t.Parallel()
	address, _ := counting(t)
	for level, want := range map[string]bool{"debug": true, "info": false} {
		a := &app{read: nil}
		a.ready = func(ctx context.Context) error { return a.send(ctx, "GET", address+"/ping", "") }
		r := execute(t, a, setup{args: []string{"plan", "--log-level", level}})
		if got := strings.Contains(r.stderr, `"msg":"request"`) && strings.Contains(r.stderr, "/ping"); got != want {
			t.Errorf("--log-level %s tells requests: %v\n%s", level, got, r.stderr)
		}
	}
	a := &app{desired: owned("a")}
	if r := execute(t, a, apply("--log-level", "warn")); r.stderr != "" {
		t.Errorf("--log-level warn: %s", r.stderr)
	}
}

func TestVersionAndHelp(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		reason string
		args   []string
		wants  []string
	}{
		"Version":  {"name and version", []string{"version"}, []string{"shelf-items v1.2.3\n"}},
		"Flag":     {"as other programs have it", []string{"--version"}, []string{"shelf-items v1.2.3\n"}},
		"Shell":    {"for a shell", []string{"completion", "bash"}, []string{"bash completion"}},
		"Help":     {"every verb, and what happens without one", []string{"--help"}, []string{"shelf-items [command]", "plan ", "apply ", "validate ", "version ", "Without a verb it plans", "--policy", "--allow-removals"}},
		"HelpVerb": {"the flags of a verb", []string{"help", "apply"}, []string{"shelf-items apply", "--accept"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := &app{}
			r := perform(t, a, setup{args: tc.args})
			if r.code != run.ExitOK || r.stderr != "" || a.asked != 0 {
				t.Errorf("%s: exit %d, the server was asked %d times, stderr %q", tc.reason, r.code, a.asked, r.stderr)
			}
			for _, want := range tc.wants {
				if !strings.Contains(r.stdout, want) {
					t.Errorf("%s: no %q in\n%s", tc.reason, want, r.stdout)
				}
			}
		})
	}
}

func TestReport(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "report.html")
	a := &app{
		desired: shelf{`<script>alert("a")</script>`: coloured("<i>new</i>"), "changed": coloured(`"><img src=x>`)},
		current: shelf{"changed": coloured("<b>old</b>"), "gone & away": coloured("")},
		write: func(_ context.Context, c plan.Change[item]) (bool, error) {
			return false, fmt.Errorf("the server says <u>no</u> to %s", c.Name)
		},
	}
	r := execute(t, a, apply("--report", path))
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, foreign := range []string{"<script>alert", "<i>", "<b>", "<u>", "<img"} {
		if strings.Contains(string(page), foreign) {
			t.Errorf("%q is not escaped", foreign)
		}
	}
	for _, want := range []string{
		"<title>shelf-items: failed</title>", "&lt;script&gt;alert(", "&lt;b&gt;old", "&lt;img src=x&gt;", "gone &amp; away", "&lt;u&gt;no&lt;/u&gt;",
		"(blocked: policy upsert-only)", "1 to create, 1 to update, 0 to delete, 1 blocked", `data-team="red"`, "failed: the server says", "0 reads, 0 writes",
	} {
		if !strings.Contains(string(page), want) {
			t.Errorf("no %q in\n%s", want, page)
		}
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v: want one that only the owner reads", info.Mode(), err)
	}
	if strings.Contains(string(page), "http") || r.code != run.ExitFailed {
		t.Errorf("exit %d, the page refers to something elsewhere:\n%s", r.code, page)
	}
}

// TestReportCannotBeOpened: nothing is done without its report.
func TestReportCannotBeOpened(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "no", "such", "folder")
	cases := map[string]struct {
		reason string
		args   []string
		code   int
		result string
	}{
		"Apply":     {"no change without its report", []string{"apply"}, run.ExitFailed, "failed"},
		"Plan":      {"nor a plan", []string{"plan", "--detailed-exitcode"}, run.ExitFailed, "failed"},
		"Validate":  {"nor this", []string{"validate"}, run.ExitFailed, "failed"},
		"BadOption": {"the wrong option matters more", []string{"apply", "--workers", "0"}, run.ExitInvalid, "invalid"},
		"BadFlag":   {"so does one that cannot be read", []string{"apply", "--workers", "many"}, run.ExitInvalid, "invalid"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := &app{desired: owned("a")}
			r := execute(t, a, setup{args: append([]string{"--report", path}, tc.args...)})
			if r.code != tc.code || r.outcome.Result != tc.result || !strings.Contains(r.outcome.Error, "opening the report") {
				t.Errorf("%s: exit %d, outcome %+v", tc.reason, r.code, r.outcome)
			}
			if a.asked+a.reads > 0 || r.complaint(t) != r.outcome.Error {
				t.Errorf("%s: the server was asked %d times, the log says %s", tc.reason, a.asked+a.reads, r.stderr)
			}
		})
	}
}

// TestReportCannotBeWritten: the run is reported as failed, and its own code
// and reason are kept where it had one.
func TestReportCannotBeWritten(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		reason string
		app    *app
		args   []string
		code   int
		result string
		says   []string
	}{
		"Success":     {"the report cannot be written", &app{desired: owned("a")}, []string{"apply"}, run.ExitFailed, "failed", []string{"writing the report"}},
		"Differences": {"2 would say that all went well", &app{desired: owned("a")}, []string{"plan", "--detailed-exitcode"}, run.ExitFailed, "failed", []string{"writing the report"}},
		"Refused":     {"the guard's code matters more", &app{desired: owned("a"), marks: dangerous}, []string{"apply"}, run.ExitRefused, "refused", []string{"--accept prefix", "writing the report"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path, gone := deafPipe(t)
			tc.app.ready = func(context.Context) error { return <-gone }
			r := execute(t, tc.app, setup{args: append([]string{"--report", path}, tc.args...)})
			if r.code != tc.code || r.outcome.Result != tc.result || r.complaint(t) != r.outcome.Error {
				t.Errorf("%s: exit %d, outcome %+v: %s", tc.reason, r.code, r.outcome, r.stderr)
			}
			for _, want := range tc.says {
				if !strings.Contains(r.outcome.Error, want) {
					t.Errorf("%s: no %q in %q", tc.reason, want, r.outcome.Error)
				}
			}
		})
	}
}

// deafPipe is a file that can be opened once. Its reader is gone after
// that, so that it cannot be written.
func deafPipe(t *testing.T) (path string, gone <-chan error) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	closed := make(chan error, 1)
	go func() {
		reader, err := os.Open(path)
		if err == nil {
			err = reader.Close()
		}
		closed <- err
	}()
	return path, closed
}

func TestTerminationMessage(t *testing.T) {
	t.Parallel()
	long := errors.New(strings.Repeat("ä", 5000))
	fails := func(err error) *app { return &app{read: func(context.Context, int) error { return err }} }
	cases := map[string]struct {
		reason string
		app    *app
		args   []string
		pod    bool
		starts string
	}{
		"Elsewhere": {"outside a pod no file is asked for", fails(errors.New("broken")), []string{"apply"}, false, ""},
		"Failed":    {"result and reason", fails(errors.New("broken")), []string{"apply"}, true, "shelf-items: failed\nbroken\n"},
		"Converged": {"the result", &app{desired: owned("a")}, []string{"apply"}, true, "shelf-items: converged\n"},
		"BadFlag":   {"a Job whose flag is wrong says so", &app{}, []string{"apply", "--workers", "0"}, true, "shelf-items: invalid\n--workers"},
		"NoFlag":    {"also when the flags cannot be read", &app{}, []string{"apply", "--timeout", "soon"}, true, "shelf-items: invalid\n"},
		"Long":      {"Kubernetes takes 4 KiB", fails(long), []string{"apply"}, true, "shelf-items: failed\nää"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "termination-log")
			env := map[string]string{}
			if tc.pod {
				env["KUBERNETES_SERVICE_HOST"] = "10.0.0.1"
			}
			execute(t, tc.app, setup{args: append([]string{"--termination-log", path}, tc.args...), env: env})
			got, err := os.ReadFile(path)
			if tc.pod != (err == nil) {
				t.Fatalf("%s: %v", tc.reason, err)
			}
			if !strings.HasPrefix(string(got), tc.starts) || len(got) > 4096 || !utf8.Valid(got) {
				t.Errorf("%s: %d bytes: %s", tc.reason, len(got), got)
			}
		})
	}
}

// TestTerminationFails: a message that cannot be written is reported and changes
// nothing else, however early the run ends.
func TestTerminationFails(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "no", "such", "folder")
	for name, tc := range map[string]struct {
		args []string
		code int
	}{
		"Converged": {[]string{"apply"}, run.ExitOK},
		"BadOption": {[]string{"apply", "--workers", "0"}, run.ExitInvalid},
		"BadFlag":   {[]string{"apply", "--workers", "many"}, run.ExitInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := setup{args: append([]string{"--termination-log", path}, tc.args...), env: map[string]string{"KUBERNETES_SERVICE_HOST": "10.0.0.1"}}
			r := execute(t, &app{desired: owned("a")}, s)
			if r.code != tc.code || !strings.Contains(r.stderr, "no termination message") {
				t.Errorf("exit %d, want %d: %s", r.code, tc.code, r.stderr)
			}
		})
	}
}

// brokenWriter is a reader of stdout that went away.
type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

// TestStdoutFails: a plan that could not be shown is not applied.
func TestStdoutFails(t *testing.T) {
	t.Parallel()
	a := &app{desired: owned("a")}
	var stderr strings.Builder
	code := run.Run(a.task(""), run.Process{Args: []string{"apply"}, Stdout: brokenWriter{}, Stderr: &stderr})
	if code != run.ExitFailed || len(a.attempts) != 0 || !strings.Contains(stderr.String(), "broken pipe") {
		t.Errorf("exit %d, changes %v: %s", code, a.attempts, stderr.String())
	}
}
