package typo_test

import (
	"testing"

	"otomi.io/tasks/tasks/typo"
)

func TestDidYouMean(t *testing.T) {
	t.Parallel()
	known := []string{"plan", "apply", "--policy", "ab"}
	cases := map[string]struct{ reason, word, want string }{
		"Dropped":  {"a letter is missing", "aply", ", did you mean apply?"},
		"Added":    {"one too many", "plann", ", did you mean plan?"},
		"Replaced": {"another one", "plam", ", did you mean plan?"},
		"Swapped":  {"two of them", "--poilcy", ", did you mean --policy?"},
		"Far":      {"another word", "destroy", ""},
		"Short":    {"a word of two letters is near to everything", "xy", ""},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := typo.DidYouMean(tc.word, known); got != tc.want {
				t.Errorf("%s: %q: %q, want %q", tc.reason, tc.word, got, tc.want)
			}
		})
	}
}
