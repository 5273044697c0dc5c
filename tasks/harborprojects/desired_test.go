package harborprojects

import (
	"bytes"
	"encoding/json"
	"flag"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"otomi.io/tasks/clients/harbor"
	"otomi.io/tasks/internal/testkit/golden"
	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/task"
	"otomi.io/tasks/tasks/values"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const platformValues = `
cluster: {domainSuffix: example.com}
otomi: {adminPassword: Admin-pass-1}
apps: {keycloak: {idp: {clientSecret: client-secret-1}}}
teamConfig:
  a: {}
  b: {}
`

const everything = `
apps: {harbor: {robotNamePrefix: otomi-, robotDuration: 90, teamDefaults: {storageQuota: 5Gi}}}
teamConfig:
  a:
    harbor:
      storageQuota: unlimited
      public: true
      autoScan: true
      autoSBOM: false
      preventVulnerable: true
      severity: high
      retention:
        schedule: weekly
        rules:
          - {tags: "release-*", keep: {always: true}}
          - {repositories: "!web", untagged: false, keep: {latestPulled: 3}}
      immutableTags: [{tags: "release-*"}, {repositories: "web", tags: "!pr-*", disabled: true}]
`

func load(t *testing.T, documents ...string) values.Values {
	t.Helper()
	return golden.Load(t, values.AppHarbor, documents...)
}

// TestDesired holds the platform's contract: every name and every field that
// other parts of it rely on.
func TestDesired(t *testing.T) {
	cases := map[string]struct {
		reason string
		values []string
	}{
		"plain":      {"a platform that declares nothing about Harbor", []string{platformValues}},
		"everything": {"all that a team can declare, and what all teams get", []string{platformValues, everything}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			state := Desired(load(t, tc.values...), task.Scope{})
			fields, err := json.MarshalIndent(state, "", " ")
			if err != nil {
				t.Fatalf("%s: %v", tc.reason, err)
			}
			if bytes.Contains(fields, []byte("-pass-1")) || bytes.Contains(fields, []byte("secret-1")) {
				t.Error("the state shows a secret")
			}
			golden.Golden(t, *update, name+".json", append(fields, '\n'))
			golden.Golden(t, *update, name+".plan", []byte(text(t, Diff(state, State{}))))
		})
	}
}

func text(t *testing.T, p *Plan) string {
	t.Helper()
	var b strings.Builder
	if err := plan.WriteText(&b, plan.Lines(p)); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestDesiredSwitchedOff(t *testing.T) {
	off := Desired(load(t, platformValues, "apps: {harbor: {enabled: false}}"), task.Scope{})
	if diff := cmp.Diff(State{}, off, cmp.AllowUnexported(State{}, server{}, harbor.Version{})); diff != "" {
		t.Errorf("Harbor is switched off, and something is desired:\n%s", diff)
	}
}

func TestDesiredIsPure(t *testing.T) {
	v := load(t, platformValues, everything)
	first, second := Desired(v, task.Scope{}), Desired(v, task.Scope{})
	second.Credentials = nil // theirs is what a server knows, too
	first.Credentials = nil
	if lines := slices.Collect(plan.Lines(Diff(first, second))); len(lines) != 0 {
		t.Errorf("two states of the same values differ: %v", lines)
	}
}
