package droneactivate

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"otomi.io/tasks/clients/drone"
	"otomi.io/tasks/internal/testkit/runner"
	"otomi.io/tasks/tasks/droneactivate"
	"otomi.io/tasks/tasks/run"
)

// foreign shows that what others made survives every policy.
func foreign(t *testing.T, s Server) {
	b := newEnv(t, s, Full)
	h := b.operator(t)
	h.makePlatform(append(repos(), "otomi/theirs")...)
	b.apply(t)
	h.drone("POST", "/repos/otomi/theirs", "")
	h.drone("POST", "/repos/otomi/values/secrets", `{"name":"theirs","data":"x"}`)
	h.drone("POST", "/repos/otomi/values/cron", `{"name":"theirs","expr":"@daily","branch":"main"}`)
	h.drone("POST", "/secrets/otomi", `{"name":"theirs","data":"x"}`)
	h.gitea("POST", "/repos/otomi/values/hooks", `{"type":"gitea","active":true,"events":["push"],"config":{"content_type":"json","url":"http://theirs.example/hook?secret=x"}}`)
	for _, policy := range []string{"create-only", "upsert-only", "sync"} {
		b.settled(t, "--policy", policy)
	}
	h.drone("DELETE", valuesRepo, "")
	b.apply(t, "--policy", "sync")
	h.wants("/repos/otomi/theirs", `{"active":true}`)
	h.wants("/repos/otomi/values/secrets", `["...",{"name":"theirs"}]`)
	h.wants("/repos/otomi/values/cron", `["...",{"name":"theirs"}]`)
	h.wants("/secrets/otomi", `["...",{"name":"theirs"}]`)
	if hooks := h.hooks("otomi/values"); len(hooks) != 2 {
		t.Errorf("%d hooks, want Drone's and theirs", len(hooks))
	}
	if hooks := h.hooks("otomi/theirs"); len(hooks) != 1 {
		t.Errorf("%d hooks of the foreign repository, want one", len(hooks))
	}
}

// adopt finds nothing to do where a person activated the repository with a
// browser, and owns nothing of it.
func adopt(t *testing.T, s Server) {
	b := newEnv(t, s, Small)
	h := b.operator(t)
	h.makePlatform()
	h.logIn()
	h.drone("POST", "/user/repos", "")
	h.drone("POST", "/repos/otomi/values", "")
	before := h.hooks("otomi/values")[0]["id"]
	b.settled(t)
	b.settled(t, "--policy", "sync")
	if after := h.hooks("otomi/values")[0]["id"]; after != before {
		t.Errorf("the hook was recreated: id %v, was %v", after, before)
	}
}

// Proxied runs with a Drone whose hooks lead to another address than its own, which
// nothing tells: hooks are known by the one that an activation made.
func Proxied(t *testing.T, s Server, hookAddress string) {
	b := newEnv(t, s, Small)
	h := b.operator(t)
	h.makePlatform()
	b.apply(t)
	b.settled(t, "--policy", "sync")
	h.wantHookAt(hookAddress)
	h.gitea("DELETE", hookPath(h.hooks("otomi/values")[0]), "")
	b.apply(t)
	b.settled(t, "--policy", "sync")
	h.wantHookAt(hookAddress)
	b.secrets = t.TempDir() // our state is lost
	r := b.apply(t)
	if diff := cmp.Diff([]string{"create hook otomi/values"}, runner.Names(r.Lines)); diff != "" {
		t.Errorf("a hook that no inventory names (-want +got):\n%s", diff)
	}
	b.settled(t, "--policy", "sync")
	h.wantHookAt(hookAddress)
}

// Moved lets a Drone move to another address: its hooks lead to where it was, and
// are recreated.
func Moved(t *testing.T, s Server, move func(), hookAddress string) {
	b := newEnv(t, s, Small)
	h := b.operator(t)
	h.makePlatform()
	b.apply(t)
	move()
	r := b.apply(t)
	if len(r.Lines) != 1 || r.Lines[0].Kind != "hook" {
		t.Errorf("a hook that leads to where Drone was: %v", runner.Names(r.Lines))
	}
	b.settled(t, "--policy", "sync")
	h.wantHookAt(hookAddress)
}

// wantHookAt demands one hook that leads to this address.
func (h *operator) wantHookAt(address string) {
	h.t.Helper()
	h.wantHook("otomi/values")
	for _, hook := range h.hooks("otomi/values") {
		config, _ := hook["config"].(map[string]any)
		if got, _ := config["url"].(string); !strings.HasPrefix(got, address+"/hook?") {
			h.t.Errorf("the hook does not lead to %s", address)
		}
	}
}

// logIn logs Drone's user in, with the client that is proved elsewhere.
func (h *operator) logIn() {
	h.t.Helper()
	err := drone.Login(h.t.Context(), drone.LoginOptions{
		Drone: h.Drone, Gitea: h.Gitea, Transport: http.DefaultTransport, Account: drone.Account{Username: h.Username, Password: h.Password}})
	if err != nil {
		h.t.Fatal(err)
	}
}

// refusals shows how a run ends that may not begin, or cannot end well.
func refusals(t *testing.T, s Server) {
	b := newEnv(t, s, Small)
	h := b.operator(t)

	wrong := *b
	wrong.Token = "wrong-token"
	r := wrong.run(t, "apply").Want(t, run.ExitUnauthorized, "unauthorized", 0)
	if r.Outcome.Requests.Reads != 3 { // are they ready, and whose is the token
		t.Errorf("%d requests with a wrong token, want 3", r.Outcome.Requests.Reads)
	}
	wrong = *b
	wrong.Password = "wrong-password"
	r = wrong.run(t, "apply").Want(t, run.ExitUnauthorized, "unauthorized", 0)
	if !strings.Contains(r.Stderr, "apps.gitea.adminPassword") {
		t.Errorf("the error does not name the setting:\n%s", r.Stderr)
	}
	gone := *b
	gone.Drone = "http://127.0.0.1:1"
	gone.run(t, "apply", "--wait", "200ms").Want(t, run.ExitFailed, "failed", 0)

	h.gitea("POST", "/orgs", `{"username":"otomi"}`)
	r = b.run(t, "apply").Want(t, run.ExitFailed, "failed", runner.AnyWrites)
	if !strings.Contains(r.Stderr, "gitea-repos makes it") {
		t.Errorf("a missing repository is not named:\n%s", r.Stderr)
	}
	h.makeRepo("otomi/values")
	b.apply(t)

	other := *b
	other.values.Add(t, "apps: {drone: {adminUser: somebody}}")
	other.run(t, "apply").Want(t, run.ExitUnauthorized, "unauthorized", 0)
	if s.version1() {
		old := *b
		old.values.Add(t, "apps: {drone: {templates: [{organisation: otomi, name: a.yaml, data: x}]}}")
		if r := old.run(t, "apply").Want(t, run.ExitInvalid, "invalid", 0); !strings.Contains(r.Stderr, droneactivate.TooOld().Error()) {
			t.Errorf("a Drone without templates is not named:\n%s", r.Stderr)
		}
	}
	lesser(t, b)
	closed(t, b)
}

// lesser works with a token of a user who is not an administrator of Drone: what is
// left out is reported, and the rest is done.
func lesser(t *testing.T, b *env) {
	h := b.operator(t)
	h.drone("PATCH", "/users/"+b.Username, `{"admin":false}`)
	b.settled(t)
	some := *b
	some.values.Add(t, "apps: {drone: {repos: [{name: otomi/values, timeout: 33, trusted: true, configPath: other.yml}]}}")
	r := some.run(t, "apply").Want(t, run.ExitUnauthorized, "unauthorized", 1)
	if !strings.Contains(r.Stderr, "timeout, trusted") {
		t.Errorf("the settings that were left out are not named:\n%s", r.Stderr)
	}
	if got := h.repo("otomi/values"); got["config_path"] != "other.yml" || got["trusted"] != false {
		t.Errorf("the repository is %v", got)
	}
	secrets := *b
	secrets.values.Add(t, "apps: {drone: {secrets: [{organisation: otomi, name: a, value: value-of-a}]}}")
	if r = secrets.run(t, "apply").Want(t, run.ExitUnauthorized, "unauthorized", 0); !strings.Contains(r.Stderr, "not an administrator of Drone") {
		t.Errorf("the right that is missing is not named:\n%s", r.Stderr)
	}
}

// closed is a Drone that Gitea no longer knows: the login cannot repair it, and
// says what does.
func closed(t *testing.T, b *env) {
	h := b.operator(t)
	apps, _ := h.gitea("GET", "/user/applications/oauth2", "").([]any)
	for _, item := range apps {
		app, _ := item.(map[string]any)
		h.gitea("DELETE", fmt.Sprintf("/user/applications/oauth2/%v", app["id"]), "")
	}
	r := b.run(t, "apply").Want(t, run.ExitFailed, "failed", runner.AnyWrites)
	if !strings.Contains(r.Stderr, drone.UnknownClient.Remedy()) {
		t.Errorf("the remedy is not named:\n%s", r.Stderr)
	}
}

// doctor breaks the steps one after the other: each is found by its name, and what
// its remedy says repairs it.
func doctor(t *testing.T, s Server) {
	b := newEnv(t, s, Small)
	h := b.operator(t)
	wrong := *b
	wrong.Token = "wrong-token"
	wrong.diagnose(t, "2 account  BROKEN", "set apps.drone.adminToken", run.ExitUnauthorized)
	other := *b
	other.values.Add(t, "apps: {drone: {adminUser: somebody}}")
	other.diagnose(t, "2 account  BROKEN", "apps.drone.adminUser", run.ExitUnauthorized)
	applied := func() { b.apply(t) }
	for _, step := range []struct {
		inject       func()
		want, remedy string
		repair       func() // as the remedy says
	}{
		{nil, "3 login    BROKEN", "run drone-activate apply, which logs in", h.logIn},
		{nil, "5 listed   BROKEN Gitea has no repository", "run gitea-repos", func() { h.makePlatform() }},
		{nil, "5 listed   BROKEN Drone has not read", "run drone-activate apply", func() { h.drone("POST", "/user/repos", "") }},
		{nil, "5 listed   BROKEN otomi/values is not active", "run drone-activate apply", applied},
		{nil, "8 pipeline BROKEN otomi/values has no file .drone.yml on its default branch main", "commit .drone.yml there", func() { h.commit("otomi/values", ".drone.yml") }},
		{h.revoke, "4 access   BROKEN", "run drone-activate apply, which logs in", applied},
		{func() { h.gitea("DELETE", hookPath(h.hooks("otomi/values")[0]), "") }, "7 hook     BROKEN 0 hooks", "run drone-activate apply", applied},
		{
			func() { h.gitea("PATCH", "/repos/otomi/values", `{"name":"renamed"}`) }, "6 rights   BROKEN otomi/values was renamed to otomi/renamed", "rename it back",
			func() { h.gitea("PATCH", "/repos/otomi/renamed", `{"name":"values"}`) },
		},
	} {
		if step.inject != nil {
			step.inject()
		}
		b.diagnose(t, step.want, step.remedy, run.ExitFailed)
		step.repair()
	}
	b.diagnose(t, "8 pipeline ok     1 of 1", "", run.ExitOK)
	locked := *b
	locked.Password = "wrong-password"
	locked.diagnose(t, "7 hook     BROKEN Gitea does not accept", "GITEA_PASSWORD", run.ExitUnauthorized)
	blind := *b
	blind.Password = ""
	blind.diagnose(t, "7 hook     ok     not looked at", "", run.ExitOK)
}

// commit puts a file on a repository's default branch.
func (h *operator) commit(slug, file string) {
	h.t.Helper()
	h.gitea("POST", "/repos/"+slug+"/contents/"+file, `{"content":"a2luZDogcGlwZWxpbmUK","message":"a pipeline"}`)
}

// diagnose runs the doctor, who finds this and writes nothing.
func (b *env) diagnose(t *testing.T, want, remedy string, code int) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	args := b.values.Args("doctor", "--secrets-dir", b.secrets, "--wait", "20s")
	got := run.Run(droneactivate.Task(), run.Process{Args: args, Stdout: &stdout, Stderr: &stderr, Clock: b.Clock, Env: b.environment()})
	if got != code || !strings.Contains(stdout.String(), want) {
		t.Errorf("exit %d, want %d and %q\n%s%s", got, code, want, &stdout, &stderr)
	}
	_, advice, found := strings.Cut(stdout.String(), "remedy: ")
	if found != strings.Contains(stdout.String(), "BROKEN") || !strings.Contains(advice, remedy) {
		t.Errorf("a broken step has a remedy, and nothing else has, want %q:\n%s", remedy, &stdout)
	}
}
