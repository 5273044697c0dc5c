package run_test

import (
	"strings"
	"testing"

	"otomi.io/tasks/tasks/run"
	"otomi.io/tasks/tasks/task"
)

// TestServerVersion: a server outside the range is named before anything is written.
func TestServerVersion(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		reason, version string
		learned         int // with this reading; 0 is when it is ready
		code, reads     int
		server, says    string
	}{
		"Supported": {"in the outcome line", "2.1", 0, run.ExitOK, 2, "Shelf 2.1", ""},
		"TooOld":    {"nothing is planned", "1", 0, run.ExitInvalid, 0, "", "Shelf 1 is too old: supported are 2 to 3"},
		"LateOld":   {"it was reported with the first reading", "1", 1, run.ExitInvalid, 1, "", "Shelf 1 is too old: supported are 2 to 3"},
		"TooNew":    {"a warning", "99", 0, run.ExitOK, 2, "Shelf 99", "Shelf 99 is newer than the versions that were tried: 2 to 3"},
		"Hidden":    {"the run goes on", "", 0, run.ExitOK, 2, "Shelf", ""},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			known := task.Server{Application: "Shelf", Version: tc.version, Oldest: "2", Newest: "3"}
			a := &app{desired: owned("a")}
			if a.server = known; tc.learned > 0 {
				a.server = task.Server{}
				a.read = a.learns(known)
			}
			r := execute(t, a, apply())
			if r.code != tc.code || a.reads != tc.reads || r.outcome.Server != tc.server || !strings.Contains(r.stderr, tc.says) {
				t.Errorf("%s: exit %d, %d reads, server %q\n%s", tc.reason, r.code, a.reads, r.outcome.Server, r.stderr)
			}
			if (len(a.attempts) > 0) != (tc.code == run.ExitOK) {
				t.Errorf("%s: changes %v", tc.reason, a.attempts)
			}
		})
	}
}
