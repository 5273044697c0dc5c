package droneactivate

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"otomi.io/tasks/internal/testkit/runner"
	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/run"
)

func unblocked(l plan.Line) bool { return l.Blocked == "" }

func decode(t *testing.T, text string) any {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("parsing %s: %v", text, err)
	}
	return v
}

// drift is one thing that was done by hand, and what repairs it.
type drift struct {
	reason string
	make   func(*operator)
	want   []string // "action kind name", the whole plan
	writes int      // requests that change something
	args   []string
}

// drifts makes each drift alone: one run repairs exactly that, the next one
// finds nothing.
func drifts(t *testing.T, s Server) {
	b := newEnv(t, s, Full)
	if !s.version1() {
		b.values.Add(t, strings.ReplaceAll(Full, "cancelPushes: true", "cancelPushes: true\n        cancelRunning: true"))
		b.values.Add(t, "apps: {drone: {templates: [{organisation: otomi, name: plugin.yaml, data: \"kind: pipeline\\nname: {{ .input.name }}\\n\"}]}}")
	}
	b.operator(t).makePlatform(repos()...)
	b.apply(t)
	all := allDrifts()
	if !s.version1() {
		maps.Copy(all, newDrifts())
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		t.Run(name, func(t *testing.T) { all[name].run(t, b) })
	}
}

func (d drift) run(t *testing.T, b *env) {
	b.settled(t, "--policy", "sync")
	h := b.operator(t)
	d.make(h)
	planned := b.run(t, "plan", "--policy", "sync").Want(t, run.ExitOK, "planned", 0)
	want := strings.ReplaceAll(strings.Join(d.want, "\n"), "{user}", b.Username)
	if diff := cmp.Diff(want, strings.Join(runner.Names(planned.Lines), "\n")); diff != "" {
		t.Errorf("%s: plan (-want +got):\n%s", d.reason, diff)
	}
	b.run(t, append([]string{"apply", "--policy", "sync"}, d.args...)...).Want(t, run.ExitOK, "converged", d.writes)
	b.settled(t, "--policy", "sync")
	readBackFull(h)
}

const (
	valuesRepo = "/repos/otomi/values"
	updated    = "update repository otomi/values"
)

// setting is a changed setting of the repository.
func setting(reason, body string) drift {
	return drift{reason: reason, make: func(h *operator) { h.drone("PATCH", valuesRepo, body) }, want: []string{updated}, writes: 1}
}

func allDrifts() map[string]drift {
	all := settingDrifts()
	maps.Copy(all, hookDrifts())
	maps.Copy(all, partDrifts())
	maps.Copy(all, accessDrifts())
	return all
}

func settingDrifts() map[string]drift {
	return map[string]drift{
		"Config":      setting("another pipeline", `{"config_path":"other.yml"}`),
		"Visibility":  setting("an open log", `{"visibility":"public"}`),
		"Timeout":     setting("builds that are cut off", `{"timeout":5}`),
		"Throttle":    setting("builds at once", `{"throttle":0}`),
		"Trusted":     setting("less trust than declared", `{"trusted":false}`),
		"Protected":   setting("unsigned pipelines", `{"protected":false}`),
		"Forks":       setting("builds of forks", `{"ignore_forks":false}`),
		"Pulls":       setting("builds of pull requests", `{"ignore_pull_requests":false}`),
		"CancelPulls": setting("builds that go on", `{"auto_cancel_pull_requests":false}`),
		"CancelPush":  setting("builds that go on", `{"auto_cancel_pushes":false}`),
		"Several":     setting("several at once are one change", `{"timeout":5,"trusted":false,"config_path":"x"}`),
		"Inactive": {reason: "it was switched off: the hook still works, and Drone recreates it anyway",
			make: func(h *operator) { h.drone("DELETE", valuesRepo, "") }, want: []string{updated}, writes: 1},
		"InactiveAndChanged": {reason: "settings come before the activation", make: func(h *operator) {
			h.drone("DELETE", valuesRepo, "")
			h.drone("PATCH", valuesRepo, `{"timeout":5}`)
		}, want: []string{updated}, writes: 2},
	}
}

func hookDrifts() map[string]drift {
	const repo = "otomi/values"
	first := func(h *operator) map[string]any { return h.hooks(repo)[0] }
	change := func(body string) func(*operator) {
		return func(h *operator) { h.gitea("PATCH", hookPath(first(h)), body) }
	}
	const sync, enable, drop = 1, 1, 1
	return map[string]drift{
		"HookGone": {reason: "Drone does not learn of pushes", make: func(h *operator) { h.gitea("DELETE", hookPath(first(h)), "") },
			want: []string{"create hook otomi/values"}, writes: sync + enable},
		"HookInactive": {reason: "a hook that is switched off", make: change(`{"active":false,"events":["push","create","delete","pull_request"]}`),
			want: []string{"update hook otomi/values"}, writes: sync + enable},
		"HookTwice": {reason: "every push built twice", make: func(h *operator) {
			config, _ := first(h)["config"].(map[string]any)
			h.gitea("POST", "/repos/otomi/values/hooks", fmt.Sprintf(`{"type":"gitea","active":true,"events":["push","create","delete","pull_request"],"config":{"content_type":"json","url":%q}}`, config["url"]))
		}, want: []string{"update hook otomi/values"}, writes: drop},
		"HookDeaf": {reason: "a hook that leaves pushes out", make: change(`{"active":true,"events":["pull_request"]}`),
			want: []string{"update hook otomi/values"}, writes: sync + enable},
	}
}

func partDrifts() map[string]drift {
	return map[string]drift{
		"SecretGone":      {reason: "deleted in Drone", make: func(h *operator) { h.drone("DELETE", valuesRepo+"/secrets/npm", "") }, want: []string{"create secret otomi/values/npm"}, writes: 1},
		"SecretOpened":    {reason: "hidden from pull requests", make: func(h *operator) { h.drone("PATCH", valuesRepo+"/secrets/npm", `{"pull_request":false}`) }, want: []string{"update secret otomi/values/npm"}, writes: 1},
		"TeamSecretGone":  {reason: "of a team", make: func(h *operator) { h.drone("DELETE", "/repos/otomi/a-app/secrets/npm", "") }, want: []string{"create secret otomi/a-app/npm"}, writes: 1},
		"OrgSecretGone":   {reason: "deleted in Drone", make: func(h *operator) { h.drone("DELETE", "/secrets/otomi/registry", "") }, want: []string{"create organisation-secret otomi/registry"}, writes: 1},
		"OrgSecretOpened": {reason: "shown to pull requests", make: func(h *operator) { h.drone("PATCH", "/secrets/otomi/registry", `{"pull_request":true}`) }, want: []string{"update organisation-secret otomi/registry"}, writes: 1},
		"CronGone":        {reason: "recreated, and then set up", make: func(h *operator) { h.drone("DELETE", valuesRepo+"/cron/nightly", "") }, want: []string{"create cron-job otomi/values/nightly"}, writes: 2},
		"CronGonePlain":   {reason: "one without more than Drone takes at once", make: func(h *operator) { h.drone("DELETE", valuesRepo+"/cron/weekly", "") }, want: []string{"create cron-job otomi/values/weekly"}, writes: 1},
		"CronEnabled":     {reason: "switched on", make: func(h *operator) { h.drone("PATCH", valuesRepo+"/cron/nightly", `{"disabled":false}`) }, want: []string{"update cron-job otomi/values/nightly"}, writes: 1},
		"CronBranch":      {reason: "another branch", make: func(h *operator) { h.drone("PATCH", valuesRepo+"/cron/nightly", `{"branch":"dev"}`) }, want: []string{"update cron-job otomi/values/nightly"}, writes: 1},
		"CronTarget":      {reason: "another target", make: func(h *operator) { h.drone("PATCH", valuesRepo+"/cron/nightly", `{"target":"dev"}`) }, want: []string{"update cron-job otomi/values/nightly"}, writes: 1},
		"CronExpression": {reason: "other times: deleted, made, set up", make: func(h *operator) {
			h.drone("DELETE", valuesRepo+"/cron/nightly", "")
			h.drone("POST", valuesRepo+"/cron", `{"name":"nightly","expr":"@yearly","branch":"main"}`)
		}, want: []string{"update cron-job otomi/values/nightly"}, writes: 3},
	}
}

func accessDrifts() map[string]drift {
	// Two forms at Gitea, none where consent is on record.
	const signIn, consent, sync, enable = 1, 1, 1, 1
	return map[string]drift{
		"Revoked": {reason: "Drone's grant was revoked at Gitea", make: func(h *operator) { h.revoke() },
			want: []string{"update login {user}"}, writes: signIn + consent},
		"RevokedAndInactive": {reason: "the login comes before what needs it", make: func(h *operator) {
			h.revoke()
			h.drone("DELETE", valuesRepo, "")
		}, want: []string{"update login {user}", updated}, writes: signIn + consent + enable},
		"RepoMadeAnew": {reason: "Gitea has another repository of that name: Drone forgets the old one when it reads it, with all that it held", make: func(h *operator) {
			h.gitea("DELETE", "/repos/otomi/b-app", "")
			h.makeRepo("otomi/b-app")
		}, want: []string{"create hook otomi/b-app"}, writes: sync + enable},
	}
}

// newDrifts are of what Drone 1.x does not have.
func newDrifts() map[string]drift {
	return map[string]drift{
		"CancelRunning":   setting("builds that go on", `{"auto_cancel_running":false}`),
		"TemplateGone":    {reason: "deleted in Drone", make: func(h *operator) { h.drone("DELETE", "/templates/otomi/plugin.yaml", "") }, want: []string{"create template otomi/plugin.yaml"}, writes: 1},
		"TemplateChanged": {reason: "another text", make: func(h *operator) { h.drone("PATCH", "/templates/otomi/plugin.yaml", `{"data":"kind: other"}`) }, want: []string{"update template otomi/plugin.yaml"}, writes: 1},
	}
}

var revokePattern = regexp.MustCompile(`data-url="(/user/settings/applications/oauth2/[0-9]+/revoke/[0-9]+)"`)

// revoke takes back the grant of Drone's user on Gitea's page for that.
func (h *operator) revoke() {
	h.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		h.t.Fatal(err)
	}
	browser := &http.Client{Jar: jar}
	login := h.browse(browser, "/user/login", nil)
	h.browse(browser, "/user/login", url.Values{"user_name": {h.Username}, "password": {h.Password}, "_csrf": csrf(login)})
	page := h.browse(browser, "/user/settings/applications", nil)
	found := revokePattern.FindStringSubmatch(page)
	if found == nil {
		h.t.Fatal("there is no grant to revoke")
	}
	h.browse(browser, found[1], url.Values{"_csrf": csrf(page)})
}

var csrfPattern = regexp.MustCompile(`name="_csrf" value="([^"]*)"`)

// csrf is the field that forms have before Gitea 1.26.
func csrf(page string) []string {
	if found := csrfPattern.FindStringSubmatch(page); found != nil {
		return found[1:]
	}
	return nil
}

// browse gets a page, or posts a form where there is one.
func (h *operator) browse(browser *http.Client, path string, form url.Values) string {
	h.t.Helper()
	method, kind := http.MethodGet, ""
	if form != nil {
		method, kind = http.MethodPost, "application/x-www-form-urlencoded"
	}
	req, err := http.NewRequestWithContext(h.t.Context(), method, h.Gitea+path, strings.NewReader(form.Encode()))
	if err != nil {
		h.t.Fatal(err)
	}
	req.Header.Set("Content-Type", kind)
	resp, err := browser.Do(req)
	if err != nil {
		h.t.Fatal(err)
	}
	defer resp.Body.Close()
	page, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		h.t.Fatalf("%s %s: %d %v", method, path, resp.StatusCode, err)
	}
	return string(page)
}
