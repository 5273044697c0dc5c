package droneactivate

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"otomi.io/tasks/internal/sim/jsonmatch"
	"otomi.io/tasks/internal/testkit/runner"
	"otomi.io/tasks/tasks/run"
)

// maxReads bounds a run that finds nothing to do: is it ready (2), the account, the
// access, Drone's own address, the repositories, and the hooks.
const maxReads = 7

// Small is the platform's own repository and nothing else.
const Small = "{}"

// Full is a platform that uses all that there is, but for templates.
const Full = `
apps:
  drone:
    repos:
      - name: otomi/values
        configPath: ci.yml
        visibility: private
        timeout: 90
        throttle: 2
        trusted: true
        protected: true
        ignoreForks: true
        ignorePulls: true
        cancelPulls: true
        cancelPushes: true
        secrets:
          - {name: npm, value: value-of-npm, pullRequests: true}
          - {name: key, value: "value-of-key\nsecond line"}
        cron:
          - {name: nightly, expression: "0 0 4 * * *", branch: main, target: prod, disabled: true}
          - {name: weekly, expression: "@weekly", branch: main}
    secrets:
      - {organisation: otomi, name: registry, value: value-of-registry, pullRequests: false}
teamConfig:
  a: {drone: {repos: [{name: otomi/a-app, secrets: [{name: npm, value: value-of-a}], cron: [{name: hourly, expression: "@hourly", branch: main}]}]}}
  b: {drone: {repos: [{name: otomi/b-app}]}}
`

// Templates lays a template over Full, for a Drone 2.
const Templates = `
apps: {drone: {repos: [{name: otomi/values, cancelRunning: true}], templates: [{organisation: otomi, name: plugin.yaml, data: "kind: pipeline\nname: {{ .input.name }}\n"}]}}
`

// repos are those of Full beside the platform's own.
func repos() []string { return []string{"otomi/a-app", "otomi/b-app"} }

// Repos is values with n more repositories, each of a team of its own.
func Repos(n int) string {
	var b strings.Builder
	b.WriteString("teamConfig:\n")
	for i := range n {
		fmt.Fprintf(&b, "  t%03d: {drone: {repos: [{name: otomi/t%03d}]}}\n", i, i)
	}
	return b.String()
}

// converge shows that a first run activates everything from a Drone without
// any login so far, that a second one finds nothing to do in a handful of
// requests, and that a plan writes nothing.
func converge(t *testing.T, start func(*testing.T) Server) {
	cases := map[string]struct {
		reason string
		values []string
		repos  []string
		reads  int // of a run that finds nothing to do; two lists for each repository that has parts, one for each that has hooks
		check  func(*operator)
	}{
		"Small": {"the platform's own repository", []string{Small}, nil, maxReads, readBackSmall},
		"Full":  {"all that there is", []string{Full}, repos(), maxReads + 2 + 2*2 + 1, readBackFull},
		"Many":  {"a repository for each of many teams", []string{Repos(30)}, many(30), maxReads + 30, readBackSmall},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			b := newEnv(t, start(t), tc.values...)
			h := b.operator(t)
			h.makePlatform(tc.repos...)
			planned := b.run(t, "plan").Want(t, run.ExitOK, "planned", 0)
			first := b.apply(t)
			if diff := cmp.Diff(runner.Names(planned.Lines), runner.Names(first.Lines)); diff != "" {
				t.Errorf("%s: the plan and the apply differ:\n%s", tc.reason, diff)
			}
			b.run(t, "plan", "--detailed-exitcode").Want(t, run.ExitOK, "unchanged", 0)
			second := b.settled(t)
			second.AtMost(t, tc.reason, tc.reads)
			b.settled(t, "--page-size", "2", "--policy", "sync")
			tc.check(h)
		})
	}
}

func many(n int) []string {
	var all []string
	for i := range n {
		all = append(all, fmt.Sprintf("otomi/t%03d", i))
	}
	return all
}

// FirstRun activates the platform's own repository, and looks at nothing but the
// run itself.
func FirstRun(t *testing.T, s Server) {
	b := newEnv(t, s, Small)
	b.operator(t).makePlatform()
	b.apply(t)
	b.settled(t)
}

func readBackSmall(h *operator) {
	h.t.Helper()
	h.wantHook("otomi/values")
	h.wants("/repos/otomi/values", `{"active":true}`)
}

// wants compares what Drone answers.
func (h *operator) wants(path, want string) {
	h.t.Helper()
	if problem := jsonmatch.JSON(decode(h.t, want), h.drone("GET", path, "")); problem != "" {
		h.t.Errorf("%s: %s", path, problem)
	}
}

// wantHook demands one active hook that leads to Drone.
func (h *operator) wantHook(slug string) {
	h.t.Helper()
	hooks := h.hooks(slug)
	if len(hooks) != 1 {
		h.t.Errorf("%s has %d hooks, want one", slug, len(hooks))
		return
	}
	config, _ := hooks[0]["config"].(map[string]any)
	address, _ := config["url"].(string)
	if hooks[0]["active"] != true || !strings.Contains(address, "/hook?secret=") {
		h.t.Errorf("the hook of %s is %v", slug, hooks[0])
	}
}

func readBackFull(h *operator) {
	h.t.Helper()
	for _, slug := range append(repos(), "otomi/values") {
		h.wantHook(slug)
		h.wants("/repos/"+slug, `{"active":true}`)
	}
	h.wants("/repos/otomi/values", `{"config_path":"ci.yml","visibility":"private","timeout":90,"throttle":2,"trusted":true,"protected":true,
		"ignore_forks":true,"ignore_pull_requests":true,"auto_cancel_pull_requests":true,"auto_cancel_pushes":true}`)
	h.wants("/repos/otomi/a-app", `{"config_path":".drone.yml","timeout":60,"trusted":false}`)
	h.wants("/repos/otomi/values/secrets", `[{"name":"key","pull_request":null},{"name":"npm","pull_request":true}]`)
	h.wants("/repos/otomi/a-app/secrets", `[{"name":"npm"}]`)
	h.wants("/repos/otomi/values/cron", `[{"name":"nightly","expr":"0 0 4 * * *","branch":"main","target":"prod","disabled":true},
		{"name":"weekly","expr":"@weekly","branch":"main","disabled":false}]`)
	h.wants("/secrets/otomi", `[{"name":"registry","namespace":"otomi"}]`)
}

// rotation shows that another value of a secret is written, once, although Drone
// returns neither.
func rotation(t *testing.T, s Server) {
	b := newEnv(t, s, Full)
	b.operator(t).makePlatform(repos()...)
	b.apply(t)
	b.values.Add(t, "apps: {drone: {secrets: [{organisation: otomi, name: registry, value: value-of-other}]}}")
	r := b.run(t, "apply").Want(t, run.ExitOK, "converged", 1)
	if diff := cmp.Diff([]string{"update organisation-secret otomi/registry"}, runner.Names(r.Lines)); diff != "" || !r.Lines[0].Fields[0].Secret {
		t.Errorf("plan (-want +got):\n%s", diff)
	}
	b.settled(t, "--policy", "sync")
}

// removeAll lets sync take away all of Full.
func removeAll() []string {
	return []string{
		"--policy", "sync", "--removal-cap", "1",
		"--allow-removals", "secret=3", "--allow-removals", "organisation-secret=1", "--allow-removals", "cron-job=3",
	}
}

// removal shows that what the values no longer name is kept, shown, and under the
// policy sync taken away: the repository is switched off and its hook deleted.
func removal(t *testing.T, s Server) {
	b := newEnv(t, s, Full)
	h := b.operator(t)
	h.makePlatform(repos()...)
	b.apply(t)
	full := b.values[1]
	b.values = b.values[:1]
	b.values.Add(t, "teamConfig: {b: {drone: {repos: [{name: otomi/b-app}]}}}")
	want := []string{
		"delete repository otomi/a-app", "delete hook otomi/a-app",
		"delete secret otomi/a-app/npm", "delete secret otomi/values/key", "delete secret otomi/values/npm", "delete organisation-secret otomi/registry",
		"delete cron-job otomi/a-app/hourly", "delete cron-job otomi/values/nightly", "delete cron-job otomi/values/weekly",
	}
	b.run(t, "apply").Want(t, run.ExitOK, "converged", 1) // the settings go back to Drone's own
	kept := b.settled(t)
	if diff := cmp.Diff(want, runner.Names(kept.Lines)); diff != "" || slices.ContainsFunc(kept.Lines, unblocked) {
		t.Errorf("what is kept (-want +got):\n%s", diff)
	}
	b.run(t, "apply", "--policy", "sync").Want(t, run.ExitRefused, "refused", 0)
	gone := b.apply(t, removeAll()...)
	if diff := cmp.Diff(want, runner.Names(gone.Lines)); diff != "" {
		t.Errorf("what is removed (-want +got):\n%s", diff)
	}
	b.settled(t, "--policy", "sync")
	h.wants("/repos/otomi/a-app", `{"active":false}`)
	h.wants("/repos/otomi/values/secrets", `[]`)
	h.wants("/secrets/otomi", `[]`)
	if hooks := h.hooks("otomi/a-app"); len(hooks) != 0 {
		t.Errorf("the hook is still there: %v", hooks)
	}
	b.values = append(b.values[:1], full)
	b.apply(t)
	readBackFull(h)
}
