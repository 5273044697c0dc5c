package droneactivate_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"otomi.io/tasks/internal/testkit/golden"
	"otomi.io/tasks/tasks/droneactivate"
	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/values"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const small = `
cluster: {domainSuffix: example.com}
otomi: {adminPassword: value-of-admin}
apps: {keycloak: {idp: {clientSecret: value-of-client}}, drone: {adminToken: value-of-token}}
`

const full = `
apps:
  drone:
    repos:
      - {name: otomi/values, configPath: ci.yml, timeout: 90, trusted: true, visibility: internal}
      - name: otomi/charts
        throttle: 0
        protected: true
        ignoreForks: true
        ignorePulls: false
        cancelPulls: true
        cancelPushes: true
        cancelRunning: true
        secrets: [{name: npm, value: value-of-npm, pullRequests: true, pullRequestPushes: false}]
        cron: [{name: nightly, expression: "0 0 4 * * *", branch: main, target: prod, disabled: false}, {name: weekly, expression: "@weekly", branch: main}]
    secrets: [{organisation: otomi, name: registry, value: value-of-registry}]
    templates: [{organisation: otomi, name: plugin.yaml, data: "kind: pipeline\n"}]
teamConfig:
  a: {drone: {repos: [{name: a/app, secrets: [{name: npm, value: value-of-a}]}]}}
`

func load(t *testing.T, documents ...string) values.Values {
	t.Helper()
	return golden.Load(t, values.AppDrone, documents...)
}

// TestDesired holds what the task promises: every name and every field.
func TestDesired(t *testing.T) {
	cases := map[string]struct {
		reason string
		values []string
	}{
		"small": {"the platform's own repository, always", []string{small}},
		"full":  {"all that there is", []string{small, full}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			state := droneactivate.Desired(load(t, tc.values...))
			fields, err := json.MarshalIndent(state, "", " ")
			if err != nil {
				t.Fatalf("%s: %v", tc.reason, err)
			}
			golden.Golden(t, *update, name+".json", append(fields, '\n'))
			var text bytes.Buffer
			if err := plan.WriteText(&text, plan.Lines(droneactivate.Diff(state, droneactivate.State{}))); err != nil {
				t.Fatal(err)
			}
			golden.Golden(t, *update, name+".plan", text.Bytes())
			if bytes.Contains(fields, []byte("value-of-")) || bytes.Contains(text.Bytes(), []byte("value-of-")) {
				t.Error("the state or the plan shows a secret")
			}
		})
	}
}

func TestDesiredIsPure(t *testing.T) {
	v := load(t, small, full)
	if lines := slices.Collect(plan.Lines(droneactivate.Diff(droneactivate.Desired(v), droneactivate.Desired(v)))); len(lines) != 0 {
		t.Errorf("two states of the same values differ: %v", lines)
	}
}

// TestDesiredWithout shows what is left out, and why.
func TestDesiredWithout(t *testing.T) {
	if got := droneactivate.Desired(load(t, small, "apps: {drone: {enabled: false}}")); len(got.Repos)+len(got.Logins) != 0 {
		t.Errorf("a Drone that is switched off has a state: %v", got)
	}
	if got := droneactivate.Desired(load(t, small, "apps: {gitea: {enabled: false}}")); len(got.Hooks) != 0 || len(got.Repos) != 1 {
		t.Errorf("without Gitea hooks cannot be read: %v", got)
	}
}

// TestDiff shows what of the other side counts, and what a person must accept.
func TestDiff(t *testing.T) {
	desired := droneactivate.Desired(load(t, small, "apps: {drone: {repos: [{name: otomi/values, visibility: public, timeout: 60}]}}"))
	repo := func(active bool, visibility string, timeout int64) map[string]droneactivate.Repo {
		return map[string]droneactivate.Repo{"otomi/values": {Active: active, Visibility: &visibility, Timeout: &timeout, Trusted: new(true)}}
	}
	cases := map[string]struct {
		reason string
		repos  map[string]droneactivate.Repo
		action plan.Action // "" means no change
		danger string
		fields []string
	}{
		"Missing":  {"made, with what it should have: its builds become public", nil, plan.Create, droneactivate.AcceptVisibility, nil},
		"Equal":    {"what is not declared does not count", repo(true, "public", 60), "", "", nil},
		"Inactive": {"switched on", repo(false, "public", 60), plan.Update, "", []string{"active"}},
		"Closed":   {"what only members could read needs a person to open it", repo(true, "private", 60), plan.Update, droneactivate.AcceptVisibility, []string{"visibility"}},
		"Internal": {"the same for what every logged-in user could read", repo(true, "internal", 5), plan.Update, droneactivate.AcceptVisibility, []string{"visibility", "timeout"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			changes := droneactivate.Diff(desired, droneactivate.State{Repos: tc.repos}).Repos.Changes
			if tc.action == "" {
				if len(changes) != 0 {
					t.Errorf("%s: %v", tc.reason, changes)
				}
				return
			}
			if len(changes) != 1 || changes[0].Action != tc.action || changes[0].Danger != tc.danger {
				t.Fatalf("%s: got %+v", tc.reason, changes)
			}
			var fields []string
			for _, f := range changes[0].Reason {
				fields = append(fields, f.Path)
			}
			if diff := cmp.Diff(tc.fields, fields); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tc.reason, diff)
			}
		})
	}
}
