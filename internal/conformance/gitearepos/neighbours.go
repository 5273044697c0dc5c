package gitearepos

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"code.gitea.io/sdk/gitea"
	"github.com/google/go-cmp/cmp"

	"otomi.io/tasks/internal/testkit/runner"
	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/run"
)

// neighbour is another installation at the same Gitea: with a Kubernetes of its
// own and without any memory.
func (b *env) neighbour(t *testing.T) *env {
	t.Helper()
	return &env{Server: b.Server, cluster: newCluster(t), vars: map[string]string{
		"OTOMI_TASKS_ACCEPT": b.vars["OTOMI_TASKS_ACCEPT"], "OTOMI_TASKS_INSTALLATION": "another"}, values: slices.Clone(b.values)}
}

// logsIn tells whether Drone's credentials work.
func (b *env) logsIn(t *testing.T) bool {
	t.Helper()
	id, secret := b.cluster.secret(t)
	form := url.Values{"grant_type": {"refresh_token"}, "client_id": {id}, "client_secret": {secret}, "refresh_token": {"none"}}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, b.URL+"/login/oauth/access_token", strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body := make([]byte, 1<<10)
	n, _ := resp.Body.Read(body)
	return strings.Contains(string(body[:n]), "unauthorized_client")
}

// neighbours shows that another installation with the same values takes nothing
// from this one under any policy, and that taking over by --accept owner ends in
// peace.
func neighbours(t *testing.T, s Server) {
	b := newEnv(t, s, Platform)
	b.apply(t)
	tokens := len(b.operator(t).tokens())
	for _, policy := range []string{"create-only", "upsert-only", "sync"} {
		laptop := b.neighbour(t)
		r := laptop.run(t, "apply", "--policy", policy)
		if r.Code != run.ExitOK || !b.logsIn(t) {
			t.Errorf("%s: exit %d, and production's secret works: %t\n%s", policy, r.Code, b.logsIn(t), r)
		}
		for _, name := range []string{"repository shop", "oauth2-application otomi-drone"} {
			if blocked := blockedBy(r.Result)["adopt "+name] + blockedBy(r.Result)["update "+name]; blocked == "" {
				t.Errorf("%s: %s is not held back\n%s", policy, name, r)
			}
		}
		b.settled(t, "--policy", "sync")
	}
	if now := len(b.operator(t).tokens()); now < tokens {
		t.Errorf("%d tokens are left of %d", now, tokens)
	}
	other := b.neighbour(t)
	other.apply(t, "--accept", plan.AcceptOwner, "--allow-removals", "oauth2-application=1")
	if !other.logsIn(t) {
		t.Error("the new owner's secret does not work")
	}
	for range 2 {
		b.run(t, "apply", "--policy", "sync").Want(t, run.ExitOK, "unchanged", 0)
		other.settled(t, "--policy", "sync")
	}
}

// oldState shows that an inventory of before the last changes loses nothing.
func oldState(t *testing.T, s Server) {
	const state = "/api/v1/namespaces/default/secrets/otomi-tasks-gitea-repos"
	b := newEnv(t, s, Platform)
	b.apply(t)
	old := string(b.cluster.send(t, http.MethodGet, state, ""))
	b.values.Add(t, "teamConfig: {d: {gitea: {repos: [{name: late}]}}}")
	b.apply(t)
	b.cluster.send(t, http.MethodDelete, state, "")
	b.cluster.send(t, http.MethodPost, strings.TrimSuffix(state, "/otomi-tasks-gitea-repos"), withoutVersion(old))
	r := b.apply(t, "--policy", "sync")
	if blocked := blockedBy(r); blocked["adopt repository late"] == "" {
		t.Errorf("what the old state does not know is not held back: %v", runner.Names(r.Lines))
	}
	b.apply(t, "--policy", "sync", "--accept", plan.AcceptOwner)
	b.settled(t, "--policy", "sync")
	if !b.logsIn(t) {
		t.Error("Drone's secret does not work")
	}
}

// withoutVersion is an object as it can be created again.
func withoutVersion(object string) string {
	for _, field := range []string{"resourceVersion", "uid"} {
		if before, rest, found := strings.Cut(object, `"`+field+`":"`); found {
			_, after, _ := strings.Cut(rest, `"`)
			object = before + `"` + field + `":""` + after
		}
	}
	return object
}

// renamed shows that an object of ours with another name is found by its id, and
// neither it nor what is in it is made again.
func renamed(t *testing.T, s Server) {
	b := newEnv(t, s, Platform)
	b.apply(t)
	h := b.operator(t)
	h.repoChange("shop", gitea.EditRepoOption{Name: new("store")})
	h.teamChange("team-c", func(o *gitea.EditTeamOption) { o.Name = "crew" })
	for _, policy := range []string{"create-only", "upsert-only", "sync"} {
		blocked := blockedBy(b.settled(t, "--policy", policy))
		for name, want := range map[string]string{
			"create repository shop": "was renamed to store", "create team team-c": "was renamed to crew",
			"create hook shop " + shopHook:       "repository shop was renamed to store",
			"create deploy-key shop argo":        "repository shop was renamed to store",
			"create branch-protection shop main": "repository shop was renamed to store",
			"create access shop/team-a":          "repository shop was renamed to store",
			"create access team-c-argocd/team-c": "team team-c was renamed to crew",
		} {
			if blocked[name] != want {
				t.Errorf("%s: %s is held back by %q, want %q", policy, name, blocked[name], want)
			}
		}
	}
	h.repoChange("store", gitea.EditRepoOption{Name: new("shop")})
	h.gtTeamName("crew", "team-c")
	b.settled(t, "--policy", "sync")
	readBack(t, b)
}

// gtTeamName renames a team by hand.
func (h *operator) gtTeamName(from, to string) {
	h.t.Helper()
	h.teamChange(from, func(o *gitea.EditTeamOption) { o.Name = to })
}

// notEmpty shows that a repository without commits is kept for its closed issues.
func notEmpty(t *testing.T, s Server) {
	b := newEnv(t, s, Platform, "teamConfig: {b: {gitea: {repos: [{name: notes}]}}}")
	b.apply(t)
	h := b.operator(t)
	issue, resp, err := h.gt.CreateIssue(org, "notes", gitea.CreateIssueOption{Title: "kept"})
	number := must(h, issue, resp, err).Index
	issue, resp, err = h.gt.EditIssue(org, "notes", number, gitea.EditIssueOption{State: new(gitea.StateClosed)})
	must(h, issue, resp, err)
	b.values.Add(t, "teamConfig: {b: {gitea: {repos: []}}}")
	r := b.run(t, "apply", "--policy", "sync")
	if r.Outcome.Requests.Writes > 0 {
		t.Errorf("%d writes\n%s", r.Outcome.Requests.Writes, r)
	}
	if h.repo("notes").Name != "notes" {
		t.Error("a repository with closed issues was deleted")
	}
	want := map[string]string{"delete repository notes": "holds issues or pull requests"}
	if diff := cmp.Diff(want, blockedBy(b.settled(t, "--policy", "sync"))); diff != "" {
		t.Errorf("what is kept (-want +got):\n%s", diff)
	}
}

// accounts shows that a foreign account keeps its e-mail.
func accounts(t *testing.T, s Server) {
	b := newEnv(t, s, Platform, "teamConfig: {c: {gitea: {users: [{username: ceo, email: mallory@example.com}, {username: known, email: known@example.com}]}}}")
	h := b.operator(t)
	h.account("ceo")
	h.account("known")
	r := b.apply(t, "--policy", "sync")
	if blocked := blockedBy(r)["update user ceo"]; !strings.Contains(blocked, "--accept owner") {
		t.Errorf("the foreign account is held back by %q", blocked)
	}
	user, resp, err := h.gt.GetUserInfo("ceo")
	if got := must(h, user, resp, err); got.Email != "ceo@example.com" {
		t.Errorf("the account has the e-mail %s now", got.Email)
	}
	b.settled(t, "--policy", "sync")
}

// refusedKey shows that a deploy key stays whose successor is refused.
func refusedKey(t *testing.T, s Server) {
	b := newEnv(t, s, Platform)
	b.apply(t)
	h := b.operator(t)
	key, resp, err := h.gt.CreateDeployKey(org, "shop", gitea.CreateKeyOption{Title: "theirs", Key: KeyB, ReadOnly: true})
	must(h, key, resp, err)
	before := h.key("argo").ID
	b.values.Add(t, strings.ReplaceAll(Platform, KeyA, KeyB))
	r := b.run(t, "apply")
	if r.Code == run.ExitOK || h.key("argo").ID != before {
		t.Errorf("exit %d, and the key is the old one: %t\n%s", r.Code, h.key("argo").ID == before, r)
	}
}

// writers shows that a person who may not write is named, and does not cause a
// run that never settles.
func writers(t *testing.T, s Server) {
	b := newEnv(t, s, Platform)
	b.operator(t).account("bob")
	b.values.Add(t, strings.ReplaceAll(Platform, "users: [a-bot]}", "users: [a-bot, bob]}"))
	b.run(t, "apply")
	r := b.settled(t, "--policy", "sync")
	want := map[string]string{"update branch-protection shop main": "bob may not write to repository shop: Gitea would leave the account out"}
	if diff := cmp.Diff(want, blockedBy(r)); diff != "" {
		t.Errorf("who is left out (-want +got):\n%s", diff)
	}
}

// slackHook shows that a hook of another type is not a copy.
func slackHook(t *testing.T, s Server) {
	b := newEnv(t, s, Platform)
	b.apply(t)
	h := b.operator(t)
	hook, resp, err := h.gt.CreateRepoHook(org, "shop", gitea.CreateHookOption{
		Type: "slack", Active: true, Events: []string{"push"}, Config: map[string]string{"url": shopHook, "content_type": "json", "channel": "#a"}})
	must(h, hook, resp, err)
	b.settled(t, "--policy", "sync")
	if len(h.hooks("shop")) != 2 {
		t.Error("the hook of another type is gone")
	}
}

// leavers shows what happens to the account of a user whom the values no longer
// name.
func leavers(t *testing.T, s Server) {
	b := newEnv(t, s, Platform)
	b.apply(t)
	b.values.Add(t, strings.Replace(strings.ReplaceAll(Platform, "users: [a-bot]}", "users: []}"), "users: [{username: a-bot", "users: [] #", 1))
	shown := b.apply(t, "--policy", "sync")
	for name, want := range map[string]string{
		"delete member team-a/a-bot": "", "update user a-bot": "the values no longer name the user: --leavers disable or remove acts on the account",
	} {
		if blocked := blockedBy(shown)[name]; blocked != want || !slices.Contains(runner.Names(shown.Lines), name) {
			t.Errorf("%s is held back by %q: %v", name, blocked, runner.Names(shown.Lines))
		}
	}
	b.settled(t, "--policy", "sync")
	b.apply(t, "--leavers", "disable")
	user, resp, err := b.operator(t).gt.GetUserInfo("a-bot")
	if got := must(b.operator(t), user, resp, err); !got.ProhibitLogin {
		t.Error("the account may still log in")
	}
	b.settled(t, "--leavers", "disable")
	b.apply(t, "--leavers", "remove", "--policy", "sync")
	if _, resp, err := b.operator(t).gt.GetUserInfo("a-bot"); err == nil || resp.StatusCode != http.StatusNotFound {
		t.Error("the account is still there")
	}
	b.settled(t, "--leavers", "remove", "--policy", "sync")
}
