package run_test

import (
	"strings"
	"testing"

	"otomi.io/tasks/tasks/run"
)

// TestValidateTells: the release, what is not read, and what nothing acts on.
func TestValidateTells(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		reason string
		args   []string
		want   []string
	}{
		"Text": {"for a person", nil, []string{
			"platform: APL 4.15 - 5.1 (layout B, values version 61), teams: apples, pears\n", "not read: 7 files\n", "env/teams/*/workloadValues: Helm values that a team writes itself\n"}},
		"JSON": {"for programs", []string{"--output", "json"}, []string{
			`"platform":"apl-4.15","valuesVersion":61,"teams":["apples","pears"],"notRead":[{"file":`, `"notActedOn":`}},
		"Asked": {"a single setting may be of another release", []string{"--platform", "4.7"}, []string{"platform: APL 4.7 - 4.8"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := execute(t, &app{}, setup{args: append([]string{"validate", "--values", "../../examples/platform-b/env"}, tc.args...), valuesFor: "keycloak"})
			for _, text := range tc.want {
				if r.code != run.ExitOK || !strings.Contains(r.stdout, text) {
					t.Errorf("%s: exit %d, want %q in\n%s", tc.reason, r.code, text, r.output())
				}
			}
		})
	}
}

// TestWarnings: what is odd in the values is logged once, whatever the verb.
func TestWarnings(t *testing.T) {
	t.Parallel()
	for _, verb := range []string{"validate", "plan"} {
		r := execute(t, &app{}, setup{args: []string{verb, "--values", "../../examples/platform-b/env", "--platform", "4.7"}, valuesFor: "keycloak"})
		if n := strings.Count(r.stderr, "values version 61 is of another release"); n != 1 {
			t.Errorf("%s: %d warnings\n%s", verb, n, r.stderr)
		}
	}
}
