package droneactivate

import (
	"slices"
	"strings"
	"testing"

	"otomi.io/tasks/internal/testkit/runner"
	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/run"
)

// neighbour is another installation for the same servers: with values and an
// inventory of its own.
func (b *env) neighbour(t *testing.T, values ...string) *env {
	t.Helper()
	return newEnv(t, b.Server, values...)
}

// blockedOnly demands a plan in which every line is blocked, and the words in it.
func blockedOnly(t *testing.T, r runner.Result, names []string, words string) {
	t.Helper()
	if got := runner.Names(r.Lines); !slices.Equal(got, names) || slices.ContainsFunc(r.Lines, unblocked) {
		t.Errorf("blocked are\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(names, "\n"))
	}
	for _, line := range r.Lines {
		if !strings.Contains(line.Blocked, words) {
			t.Errorf("%s %s is blocked because of %q, want %q", line.Kind, line.Name, line.Blocked, words)
		}
	}
}

// laptop is the same values without the inventory: it sees what it would do, and
// takes nothing from the installation that made it.
func laptop(t *testing.T, s Server) {
	b := newEnv(t, s, Full)
	b.operator(t).makePlatform(repos()...)
	b.apply(t)
	other := b.neighbour(t, Full)
	secrets := []string{"update secret otomi/a-app/npm", "update secret otomi/values/key", "update secret otomi/values/npm", "update organisation-secret otomi/registry"}
	for _, policy := range []string{"create-only", "upsert-only", "sync"} {
		blockedOnly(t, other.settled(t, "--policy", policy), secrets, "")
		b.settled(t, "--policy", policy)
	}
	other.run(t, "apply", "--accept", plan.AcceptOwner).Want(t, run.ExitOK, "converged", len(secrets))
	other.settled(t)
	b.settled(t, "--policy", "sync") // the same values: nothing was lost
	readBackFull(b.operator(t))
}

// second is what another installation wants beside Full.
const second = `
apps: {drone: {repos: [{name: otomi/values, cron: [{name: nightly, expression: "@daily", branch: main}, {name: theirs, expression: "@daily", branch: main}]}]}}
teamConfig: {c: {drone: {repos: [{name: otomi/c-app, secrets: [{name: npm, value: value-of-c}]}]}}}
`

// NeighbourKills ends the first run of a second installation after each of its
// writes: the first one loses nothing.
func NeighbourKills(t *testing.T, start func(*testing.T) Server) {
	runner.Kills(t, func(t *testing.T) runner.Scenario {
		t.Helper()
		first := newEnv(t, start(t), Full)
		h := first.operator(t)
		h.makePlatform(append(repos(), "otomi/c-app")...)
		first.apply(t)
		other := first.neighbour(t, second)
		return runner.Scenario{
			Faults: first.Faults,
			Run:    func() runner.Result { return other.run(t, "apply") },
			Check: func() {
				first.settled(t, "--policy", "sync")
				other.settled(t, "--policy", "sync")
				h.wants("/repos/otomi/values/secrets", `[{"name":"key"},{"name":"npm","pull_request":true}]`)
			},
		}
	})
}

// neighbours are two installations with different teams and different wishes: in
// every order and under every policy neither undoes the other.
func neighbours(t *testing.T, s Server) {
	first := newEnv(t, s, Full)
	h := first.operator(t)
	h.makePlatform(append(repos(), "otomi/c-app")...)
	first.apply(t)
	other := first.neighbour(t, second)
	other.apply(t)
	for _, policy := range []string{"create-only", "upsert-only", "sync"} {
		first.settled(t, "--policy", policy)
		blockedOnly(t, other.settled(t, "--policy", policy), []string{"update cron-job otomi/values/nightly"}, "")
		first.settled(t, "--policy", policy)
	}
	other.values = other.values[:1]
	other.apply(t, "--policy", "sync", "--removal-cap", "1", "--allow-removals", "cron-job=1", "--accept", "no-teams")
	other.settled(t, "--policy", "sync")
	first.settled(t, "--policy", "sync")
	readBackFull(h)
	h.wants("/repos/otomi/c-app", `{"active":false}`)
}

// older is an inventory from before the last run, as after a restored backup: what
// it does not know is not touched, and what it knows is as it was.
func older(t *testing.T, s Server) {
	b := newEnv(t, s, Full)
	b.operator(t).makePlatform(repos()...)
	half := *b
	half.values = slices.Clip(half.values[:1])
	half.values.Add(t, "teamConfig: {a: {drone: {repos: [{name: otomi/a-app, secrets: [{name: npm, value: value-of-a}]}]}}}")
	half.apply(t)
	backup := b.inventory(t)
	b.apply(t)
	b.restore(t, backup)
	for _, policy := range []string{"create-only", "upsert-only", "sync"} {
		blockedOnly(t, b.settled(t, "--policy", policy),
			[]string{"update secret otomi/values/key", "update secret otomi/values/npm", "update organisation-secret otomi/registry"}, "")
	}
	readBackFull(b.operator(t))
}

// spelling shows that Gitea's names have no case: another one in the values is the
// same repository.
func spelling(t *testing.T, s Server) {
	b := newEnv(t, s, Full)
	h := b.operator(t)
	h.makePlatform(repos()...)
	b.apply(t)
	b.values.Add(t, "teamConfig: {a: {drone: {repos: [{name: Otomi/A-App, timeout: 45, secrets: [{name: npm, value: value-of-a}], cron: [{name: hourly, expression: \"@hourly\", branch: main}]}]}}}")
	b.run(t, "apply", "--policy", "sync").Want(t, run.ExitOK, "converged", 1)
	b.settled(t, "--policy", "sync")
	h.wants("/repos/otomi/a-app", `{"active":true,"timeout":45}`)
	h.wants("/repos/otomi/a-app/secrets", `[{"name":"npm"}]`)
}

// renamed is a repository that was renamed at Gitea: it is found, shown, and
// nothing of it is taken away or recreated, before and after Drone knows.
func renamed(t *testing.T, s Server) {
	b := newEnv(t, s, Full)
	h := b.operator(t)
	h.makePlatform(repos()...)
	b.apply(t)
	h.gitea("PATCH", "/repos/otomi/a-app", `{"name":"a-next"}`)
	const words = "otomi/a-app was renamed to otomi/a-next"
	blockedOnly(t, b.settled(t, "--policy", "sync"), []string{"create hook otomi/a-app"}, words)
	b.diagnose(t, words, "use that name in the values", run.ExitFailed)
	h.drone("POST", "/user/repos", "")
	left := []string{
		"create repository otomi/a-app", "delete repository otomi/a-next", "create hook otomi/a-app",
		"create secret otomi/a-app/npm", "delete secret otomi/a-next/npm", "create cron-job otomi/a-app/hourly", "delete cron-job otomi/a-next/hourly",
	}
	blockedOnly(t, b.settled(t, "--policy", "sync", "--removal-cap", "1"), left, words)
	h.makeRepo("otomi/a-app") // as gitea-repos would
	blockedOnly(t, b.settled(t, "--policy", "sync", "--removal-cap", "1"), left, words)
	b.values = b.values[:1]
	b.values.Add(t, strings.ReplaceAll(Full, "otomi/a-app", "otomi/a-next"))
	b.settled(t, "--policy", "sync") // the number finds all of it
	h.wants("/repos/otomi/a-next", `{"active":true}`)
	h.wants("/repos/otomi/a-next/secrets", `[{"name":"npm"}]`)
	h.wantHook("otomi/a-next")
}

// strangers are objects of others at places of ours.
func strangers(t *testing.T, s Server) {
	b := newEnv(t, s, Small)
	h := b.operator(t)
	h.makePlatform()
	b.apply(t)
	config, isMap := h.hooks("otomi/values")[0]["config"].(map[string]any)
	if !isMap {
		t.Fatal("the hook has no config")
	}
	address, isText := config["url"].(string)
	if !isText {
		t.Fatal("the hook has no address")
	}
	h.gitea("POST", "/repos/otomi/values/hooks", `{"type":"slack","active":true,"events":["push"],"config":{"content_type":"json","channel":"#ci","url":"`+address+`"}}`)
	b.settled(t, "--policy", "sync")
	if hooks := h.hooks("otomi/values"); len(hooks) != 2 {
		t.Errorf("%d hooks, want Drone's and the chat's", len(hooks))
	}
	h.drone("POST", "/repos/otomi/values/secrets", `{"name":"theirs","data":"x"}`)
	b.values.Add(t, "apps: {drone: {repos: [{name: otomi/values, secrets: [{name: theirs, value: value-of-ours}]}]}}")
	blockedOnly(t, b.settled(t), []string{"update secret otomi/values/theirs"}, "--accept owner")
	b.run(t, "apply", "--accept", plan.AcceptOwner).Want(t, run.ExitOK, "converged", 1)
	b.settled(t, "--policy", "sync")
}
