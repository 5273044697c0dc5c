package task_test

import (
	"testing"

	"otomi.io/tasks/tasks/task"
)

func TestServerRange(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		reason  string
		version string
		tooOld  string
		warning string
	}{
		"Oldest":   {"the range includes its ends", "2.6.0", "", ""},
		"Newest":   {"what the bound leaves out does not count", "v2.15.2-7b2b8e4", "", ""},
		"Between":  {"numbers, not texts", "2.9.1", "", ""},
		"TooOld":   {"one below", "2.5.3", "Harbor 2.5.3 is too old: supported are 2.6 to 2.15", ""},
		"Ancient":  {"the first number decides", "1.10.19", "Harbor 1.10.19 is too old: supported are 2.6 to 2.15", ""},
		"TooNew":   {"one above", "2.16.0", "", "Harbor 2.16.0 is newer than the versions that were tried: 2.6 to 2.15"},
		"Far":      {"the first number decides", "99", "", "Harbor 99 is newer than the versions that were tried: 2.6 to 2.15"},
		"Hidden":   {"no right to ask", "", "", ""},
		"NoNumber": {"a build of someone's own", "latest", "", ""},
		"Short":    {"what it leaves out is 0", "2", "Harbor 2 is too old: supported are 2.6 to 2.15", ""},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := task.Server{Application: "Harbor", Version: tc.version, Oldest: "2.6", Newest: "2.15"}
			tooOld := ""
			if err := s.Unsupported(); err != nil {
				tooOld = err.Error()
			}
			if tooOld != tc.tooOld || s.Unproven() != tc.warning {
				t.Errorf("%s: %q, %q", tc.reason, tooOld, s.Unproven())
			}
		})
	}
}
