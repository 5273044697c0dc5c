package harborprojects

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"otomi.io/tasks/internal/sim"
	"otomi.io/tasks/internal/sim/harbor"
	"otomi.io/tasks/internal/testkit/runner"
	"otomi.io/tasks/tasks/harborprojects"
	"otomi.io/tasks/tasks/run"
)

// dangers shows what needs --accept.
func dangers(t *testing.T, start Start) {
	b := newEnv(t, start(t, harbor.Options{}), Platform)
	b.apply(t)
	b.console(t).post("/robots", object{"name": "theirs", "level": "project", "duration": -1, "permissions": []any{
		object{"kind": "project", "namespace": "library", "access": []any{object{"resource": "repository", "action": "pull"}}}}})
	b.values.Add(t, "apps: {harbor: {robotNamePrefix: other-}}")
	b.run(t, "apply").want(t, run.ExitRefused, "refused", 0)
	b.apply(t, "--accept", harborprojects.AcceptPrefix)
	b.settled(t)

	b.values.Add(t, "teamConfig: {c: {harbor: {public: true}}}")
	b.run(t, "apply").want(t, run.ExitRefused, "refused", 0)
	b.apply(t, "--accept", harborprojects.AcceptPublic)
	b.values.Add(t, "teamConfig: {c: {harbor: {public: false}}, d: {harbor: {public: true}}}")
	b.run(t, "apply").want(t, run.ExitRefused, "refused", 0)
	b.apply(t, "--accept", harborprojects.AcceptPublic) // a new project is open from its first image on

	b.addNamespaces(t, "team-d")
	b.apply(t)
	b.values.Add(t, "apps: {keycloak: {idp: {clientSecret: client-secret-2}}}")
	secret := b.run(t, "apply").want(t, run.ExitOK, "converged", 1)
	if len(secret.Lines) != 1 || len(secret.Lines[0].Fields) != 1 || secret.Lines[0].Fields[0].String() != "oidc_client_secret: changed" {
		t.Errorf("another client secret: %v", secret.Lines)
	}
	if strings.Contains(secret.Stdout+secret.Stderr, "client-secret-") {
		t.Error("a client secret was printed")
	}
	b.settled(t)

	b.console(t).setting("auth_mode", "http_auth")
	b.run(t, "apply").want(t, run.ExitRefused, "refused", 0)
	b.apply(t, "--accept", harborprojects.AcceptMode)
	b.settled(t)
}

// prefixes shows whose prefix robot accounts get where the values declare none.
func prefixes(t *testing.T, start Start) {
	for name, tc := range map[string]struct{ reason, level, want string }{
		"Fresh":   {"no robot account is renamed", "", "otomi-team-a-pull"},
		"System":  {"a foreign robot account keeps its name", "system", "robot$team-a-pull"},
		"Project": {"and so does one that only its project lists", "project", "robot$team-a-pull"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Log(tc.reason)
			b := newEnv(t, start(t, harbor.Options{}), strings.Replace(Platform, "  harbor: {robotNamePrefix: otomi-}\n", "", 1))
			if tc.level != "" {
				b.console(t).post("/robots", object{"name": "theirs", "level": tc.level, "duration": -1, "permissions": robotRights("library", "pull")})
			}
			b.apply(t)
			b.settled(t, "--policy", "sync")
			b.console(t).find("/robots?page_size=100", "name", tc.want)
		})
	}
}

// refusals shows how a run ends that may not begin, or cannot do all.
func refusals(t *testing.T, start Start) {
	for name, refused := range map[string]func(*testing.T, Start){
		"Password": wrongPassword, "People": people, "Managed": managed, "ManagedLate": managedLate, "Parent": parent, "Quotas": quotas, "Away": away, "ReadOnly": readOnly, "SecretType": secretType, "Version": version,
	} {
		t.Run(name, func(t *testing.T) { refused(t, start) })
	}
}

// wrongPassword: one login and no more: a second one may lock the account.
func wrongPassword(t *testing.T, start Start) {
	b := newEnv(t, start(t, harbor.Options{}), Platform)
	b.Password = "wrong-password"
	b.run(t, "apply").want(t, run.ExitUnauthorized, "unauthorized", 0)
	if logins := b.Harbor.Logins(b.Username); logins.Failed != 1 {
		t.Errorf("%d logins with a wrong password, want 1: a second one may lock the account", logins.Failed)
	}
}

// people: as long as people have accounts of another kind, nothing can be reached.
func people(t *testing.T, start Start) {
	b := newEnv(t, start(t, harbor.Options{}), Platform)
	b.Harbor.AddUser("dora")
	b.run(t, "plan").want(t, run.ExitRefused, "refused", 0)
	b.run(t, "apply").want(t, run.ExitRefused, "refused", 0)
}

// managed: the configuration that the server's environment holds is shown and left alone.
func managed(t *testing.T, start Start) {
	b := newEnv(t, start(t, harbor.Options{Overwrite: map[string]any{"auth_mode": "oidc_auth", "oidc_name": "by the server"}}), Platform)
	r := b.apply(t)
	for i, name := range []string{"update configuration harbor", "update configuration robot-names"} {
		if runner.Names(r.Lines)[i] != name || r.Lines[i].Blocked != "managed elsewhere, by CONFIG_OVERWRITE_JSON of the server" {
			t.Errorf("%s is not shown as managed elsewhere: %v", name, r.Lines[i])
		}
	}
	b.settled(t)
}

// managedLate: the same where Harbor tells it only when it refuses.
func managedLate(t *testing.T, start Start) {
	b := newEnv(t, start(t, harbor.Options{}), Platform)
	overridden(t, b)
	r := b.run(t, "apply").want(t, run.ExitFailed, "failed", runner.AnyWrites)
	if !strings.Contains(r.Outcome.Error, "managed elsewhere, by CONFIG_OVERWRITE_JSON") {
		t.Errorf("the reason is not told: %s", r.Outcome.Error)
	}
}

// overridden makes Harbor refuse changes of its configuration, which it did not
// say when it was read.
func overridden(t *testing.T, b *env) {
	t.Helper()
	target, err := url.Parse(b.URL)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(target)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPut && r.URL.Path == "/api/v2.0/configurations" {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusForbidden)
			_, _ = w.Write([]byte(`{"errors": [{"code": "FORBIDDEN", "message": "current config is init by env variable: CONFIG_OVERWRITE_JSON, it cannot be updated"}]}`))
			return
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	b.URL = server.URL
}

// parent: what lives in a project that could not be made is not tried.
func parent(t *testing.T, start Start) {
	b := newEnv(t, start(t, harbor.Options{}), Platform)
	b.Faults.Inject(sim.Fault{Effect: sim.Refuse, Status: 400, Method: "POST", Path: "/projects", Times: 1})
	r := b.run(t, "apply", "--workers", "1").want(t, run.ExitInvalid, "invalid", runner.AnyWrites)
	if !strings.Contains(r.Outcome.Error, "creating project team-a: ") || !strings.Contains(r.Outcome.Error, "creating member team-a/team-a: skipped: project team-a does not exist") {
		t.Errorf("what lives in a project that could not be made is not skipped: %s", r.Outcome.Error)
	}
	b.apply(t)
	b.settled(t, "--policy", "sync")
	readBack(t, b)
}

// quotas: what no retry can heal is shown as blocked.
func quotas(t *testing.T, start Start) {
	b := newEnv(t, start(t, harbor.Options{}), Platform)
	b.console(t).setting("quota_per_project_enable", false)
	b.apply(t)
	r := b.settled(t)
	if got := runner.Names(r.Lines); len(got) != 2 || got[0] != "create quota team-a" || r.Lines[0].Blocked == "" {
		t.Errorf("quotas that Harbor does not have are not shown: %v", r.Lines)
	}
}

// away: no server answers.
func away(t *testing.T, start Start) {
	b := newEnv(t, start(t, harbor.Options{}), Platform)
	b.URL = "http://127.0.0.1:1"
	b.run(t, "apply", "--wait", "200ms").want(t, run.ExitFailed, "failed", 0)
}

// readOnly is a Harbor that an administrator has closed for a while: a retry may
// help, and no right is missing.
func readOnly(t *testing.T, start Start) {
	b := newEnv(t, start(t, harbor.Options{}), Platform)
	b.apply(t)
	h := b.console(t)
	h.metadata("team-a", "auto_scan", "false")
	h.remove(h.member("team-b", "team-b"))
	h.setting("read_only", true)
	r := b.run(t, "apply").want(t, run.ExitFailed, "failed", runner.AnyWrites)
	if !strings.Contains(r.Outcome.Error, "harbor takes no changes: ") {
		t.Errorf("the reason is not told: %s", r.Outcome.Error)
	}
	h.setting("read_only", false)
	b.apply(t)
	b.settled(t)
}

// secretType: a Secret of another type, which is not ours, is shown and no
// success.
func secretType(t *testing.T, start Start) {
	s := newSite(t, start)
	s.apply(t)
	h, pull := s.console(t), places("team-a")[0]
	h.retype(pull, "Opaque")
	h.mark(pull, "")
	s.guard.watch(false)
	robots := s.robots(t, "team-a")
	r := s.run(t, "apply", "--policy", "sync").want(t, run.ExitUnsettled, "unsettled", 0)
	if !strings.Contains(r.Stdout, "secret team-a/harbor-pullsecret has type Opaque") || !strings.Contains(r.Outcome.Error, "pods of team a cannot pull images") || s.secret(pull) == nil {
		t.Errorf("the reason is not told: %s", r.Outcome.Error)
	}
	if diff := cmp.Diff(robots, s.robots(t, "team-a")); diff != "" {
		t.Errorf("robot accounts changed (-before +after):\n%s", diff)
	}
}

// version: a Harbor that is too old is named with the range before anything is
// written; one that is newer than those that were tried gets a warning.
func version(t *testing.T, start Start) {
	s := start(t, harbor.Options{})
	proxied := func(said string) *env {
		b := newEnv(t, s, Platform)
		b.URL = saying(t, s.URL, said)
		return b
	}
	old := proxied("v2.1.6-4fd11ce0").run(t, "apply").want(t, run.ExitInvalid, "invalid", 0)
	if want := "Harbor 2.1.6 is too old: supported are 2.6 to 2.15"; !strings.Contains(old.Outcome.Error, want) {
		t.Errorf("the range is not told: %s", old.Outcome.Error)
	}
	newer := proxied("v2.99.0-1").run(t, "plan").want(t, run.ExitOK, "planned", 0)
	if want := "Harbor 2.99.0 is newer than the versions that were tried: 2.6 to 2.15"; !strings.Contains(newer.Stdout+newer.Stderr, want) {
		t.Errorf("no warning:\n%s%s", newer.Stdout, newer.Stderr)
	}
}

// saying is a proxy before Harbor that tells another version.
func saying(t *testing.T, behind, version string) string {
	t.Helper()
	target, err := url.Parse(behind)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(target)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/api/v2.0/systeminfo" {
			w.Header().Set("Content-Type", "application/json")
			_, _ = fmt.Fprintf(w, `{"harbor_version":%q}`, version)
			return
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return server.URL
}
