package run_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"otomi.io/tasks/tasks/run"
)

// TestTogether: what one request makes is counted one by one, what it did not
// make is left for requests of its own, and a signal lets no further one begin.
func TestTogether(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		reason string
		// refused is the pair, by its first item, that is not made; signalled the
		// one at which the run is told to stop.
		refused, signalled string
		result             string
		single             []string
		want               map[string]int
	}{
		"All":     {reason: "five items are three requests", result: "converged", want: map[string]int{"created": 5}},
		"Refused": {reason: "one request is refused", refused: "c", result: "converged", single: []string{"create c", "create d"}, want: map[string]int{"created": 5}},
		"Stopped": {reason: "the request under way ends", signalled: "c", result: "stopped", want: map[string]int{"created": 4}},
		"Both":    {reason: "what was refused before a signal is not tried alone", refused: "a", signalled: "c", result: "stopped", want: map[string]int{"created": 2}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := apply("--workers", "1")
			s.stop = make(chan struct{})
			a := &app{desired: owned("a", "b", "c", "d", "e")}
			a.together = func(pair *shelfPlan) error {
				switch pair.Items.Changes[0].Name {
				case tc.signalled:
					close(s.stop)
				case tc.refused:
					return errors.New("refused")
				}
				return nil
			}
			r := execute(t, a, s)
			if want := map[string]int{"converged": run.ExitOK, "stopped": run.ExitFailed}[tc.result]; r.code != want || r.outcome.Result != tc.result {
				t.Errorf("%s: exit %d, result %q, want %q", tc.reason, r.code, r.outcome.Result, tc.result)
			}
			if diff := cmp.Diff(tc.single, a.attempts); diff != "" {
				t.Errorf("%s: made single: -want, +got:\n%s", tc.reason, diff)
			}
			if diff := cmp.Diff(tc.want, changes(r.outcome)); diff != "" {
				t.Errorf("%s: counts: -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}
