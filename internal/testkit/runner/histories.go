package runner

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// History is what the property test of a task needs: that the values of now decide
// what is there, and not those of before.
type History struct {
	// Choices are settings that a run may or may not have: one of each is picked.
	Choices [][]string
	// Outcome applies values on fresh servers, one after the other, and reads back
	// all that a setting decides.
	Outcome func(t *testing.T, rounds ...[]string) map[string]string
}

// Check picks pairs of values, the same ones each time, and demands that the second
// ends the same after the first one and alone.
func (h History) Check(t *testing.T, pairs int) {
	random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // the same pairs each time
	pick := func() (values []string) {
		for _, choices := range h.Choices {
			values = append(values, choices[random.IntN(len(choices))])
		}
		return values
	}
	for i := range pairs {
		first, second := pick(), pick()
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(h.Outcome(t, second), h.Outcome(t, first, second)); diff != "" {
				t.Errorf("first %v\nsecond %v\nalone (-) and after the first (+):\n%s", first, second, diff)
			}
		})
	}
}
