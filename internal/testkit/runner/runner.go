// Package runner has what the suites of every task begin and end with: a run of
// the task, what it left behind, and the faults and kills that every task must
// survive, in whatever scenario its own suite builds.
package runner

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/run"
	"otomi.io/tasks/tasks/task"
)

// InstantClock is a clock on which every wait is over at once.
type InstantClock struct{}

// Now is the time.
func (InstantClock) Now() time.Time { return time.Now() }

// After is over at once.
func (InstantClock) After(time.Duration) <-chan time.Time {
	over := make(chan time.Time, 1)
	over <- time.Now()
	return over
}

// Values are the sources of a run, files in which a later one wins over the
// earlier ones.
type Values []string

// Source is a file with these values, for as long as the test runs.
func Source(t testing.TB, yaml string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "values.yaml")
	if err := os.WriteFile(file, []byte(yaml), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// Sources are files with these values.
func Sources(t testing.TB, documents ...string) Values {
	t.Helper()
	var v Values
	for _, yaml := range documents {
		v.Add(t, yaml)
	}
	return v
}

// Add adds a source that wins over the earlier ones.
func (v *Values) Add(t testing.TB, yaml string) {
	t.Helper()
	*v = append(*v, Source(t, yaml))
}

// Args are args and the sources.
func (v Values) Args(args ...string) []string {
	args = slices.Clone(args)
	for _, file := range v {
		args = append(args, "--values", file)
	}
	return args
}

// Raw is what one run left behind, still unparsed.
type Raw struct {
	Code           int
	Stdout, Stderr string
}

// Run runs a task in this process, from any goroutine. The process p needs
// neither flags for its output nor a place for it.
func Run(t task.Task, p run.Process) Raw {
	var stdout, stderr bytes.Buffer
	p.Stdout, p.Stderr = &stdout, &stderr
	p.Args = append([]string{"--output", "json", "--wait", "20s"}, p.Args...)
	code := run.Run(t, p)
	return Raw{code, stdout.String(), stderr.String()}
}

// Result is what one run left behind.
type Result struct {
	Raw
	Outcome run.Outcome
	Changes map[string]int // their results, by the names in the outcome
	Lines   []plan.Line    // of the plan
}

// Read reads what a run left behind.
func (r Raw) Read(t testing.TB) Result {
	t.Helper()
	read := Result{Raw: r}
	rows := strings.Split(strings.TrimSpace(r.Stdout), "\n")
	read.Outcome.Changes = &read.Changes
	if err := json.Unmarshal([]byte(rows[len(rows)-1]), &read.Outcome); err != nil {
		t.Fatalf("the last line of stdout is not an outcome: %v\n%s", err, r)
	}
	if len(rows) > 1 {
		var document struct{ Changes []plan.Line }
		if err := json.Unmarshal([]byte(rows[0]), &document); err != nil {
			t.Fatalf("the plan is not JSON: %v\n%s", err, r)
		}
		read.Lines = document.Changes
	}
	return read
}

// String is all that the run printed.
func (r Raw) String() string { return r.Stdout + r.Stderr }

// AnyWrites is for runs that may write as often as they like.
const AnyWrites = -1

// Want fails the test unless the run ended in this way, after so many writes.
func (r Result) Want(t testing.TB, code int, word string, writes int) Result {
	t.Helper()
	if r.Code != code || r.Outcome.Result != word {
		t.Fatalf("exit %d %s, want %d %s\n%s", r.Code, r.Outcome.Result, code, word, r)
	}
	if got := r.Outcome.Requests.Writes; writes != AnyWrites && got != writes {
		t.Errorf("%d writes, want %d\n%s", got, writes, r)
	}
	return r
}

// Converged demands a run that changed something and left nothing to do.
func (r Result) Converged(t testing.TB) Result {
	t.Helper()
	return r.Want(t, run.ExitOK, "converged", AnyWrites)
}

// AtMost bounds the requests of a run that finds nothing to do. The table of server
// versions is made from what it logs.
func (r Result) AtMost(t testing.TB, reason string, most int) {
	t.Helper()
	reads := r.Outcome.Requests.Reads
	t.Logf("a run that finds nothing to do: %d requests", reads)
	if reads > most {
		t.Errorf("%s: %d requests in a run that finds nothing to do, want at most %d", reason, reads, most)
	}
}

// Unchanged demands a run that found nothing to do.
func (r Result) Unchanged(t testing.TB) Result {
	t.Helper()
	return r.Want(t, run.ExitOK, "unchanged", 0)
}

// Names are a plan's lines without what differs.
func Names(lines []plan.Line) []string {
	var all []string
	for _, l := range lines {
		all = append(all, fmt.Sprintf("%s %s %s", l.Action, l.Kind, l.Name))
	}
	return all
}
