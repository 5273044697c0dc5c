package gitearepos

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"code.gitea.io/sdk/gitea"
	"github.com/google/go-cmp/cmp"

	"otomi.io/tasks/internal/testkit/runner"
	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/run"
)

// blockedBy is why the changes of a plan wait, by their lines.
func blockedBy(r runner.Result) map[string]string {
	blocked := map[string]string{}
	for i, name := range runner.Names(r.Lines) {
		if r.Lines[i].Blocked != "" {
			blocked[name] = r.Lines[i].Blocked
		}
	}
	return blocked
}

// pending shows what waits for other people and is not a failure: people who never
// logged in, branches not yet pushed, archived repositories, the namespace
// of Drone.
func pending(t *testing.T, s Server) {
	b := newEnv(t, s, Platform, `
teamConfig:
  c: {gitea: {members: [carol], repos: [{name: later, autoInit: true, defaultBranch: main, branchProtections: [{branch: main, push: {users: [carol]}}]}]}}`)
	b.cluster.send(t, http.MethodDelete, "/api/v1/namespaces/drone", "")
	r := b.apply(t)
	waits := map[string]string{
		"create member team-c/carol":          "account carol does not exist yet; it may come with a first login",
		"create branch-protection later main": "account carol does not exist yet; it may come with a first login",
	}
	if diff := cmp.Diff(waits, blockedBy(r)); diff != "" {
		t.Errorf("what waits (-want +got):\n%s", diff)
	}
	if r = b.apply(t); !slices.Equal(runner.Names(r.Lines), []string{"create member team-c/carol", "create branch-protection later main", "update oauth2-application otomi-drone"}) {
		t.Errorf("the next run plans %v", runner.Names(r.Lines))
	}
	b.cluster.send(t, http.MethodPost, "/api/v1/namespaces", `{"kind":"Namespace","apiVersion":"v1","metadata":{"name":"drone"}}`)
	h := b.operator(t)
	h.account("Carol")
	b.run(t, "apply").Want(t, run.ExitOK, "converged", 2)
	if id, _ := b.cluster.secret(t); id != h.app().ClientID {
		t.Error("the Secret of Drone does not name its application")
	}
	b.settled(t, "--policy", "sync")
	pendingBranch(t, b, h)
}

func pendingBranch(t *testing.T, b *env, h *operator) {
	t.Helper()
	b.values.Add(t, "teamConfig: {c: {gitea: {repos: [{name: later, autoInit: true, defaultBranch: next, branchProtections: [{branch: main}]}]}}}")
	h.repoChange("later", gitea.EditRepoOption{Archived: new(true)})
	waits := map[string]string{
		"update repository later":             "branch next does not exist yet",
		"update branch-protection later main": "repository later is archived",
	}
	if diff := cmp.Diff(waits, blockedBy(b.settled(t))); diff != "" {
		t.Errorf("what waits (-want +got):\n%s", diff)
	}
	h.repoChange("later", gitea.EditRepoOption{Archived: new(false)})
	h.branch("later", "next")
	b.run(t, "apply").Want(t, run.ExitOK, "converged", 2)
	b.settled(t)
}

// adopt takes over what the predecessor made, without recreating it, and with
// the credentials that Drone holds.
func adopt(t *testing.T, s Server) {
	b := newEnv(t, s, Platform)
	h := b.operator(t)
	made, resp, err := h.gt.CreateOrg(gitea.CreateOrgOption{Name: org})
	must(h, made, resp, err)
	for name, mode := range map[string]gitea.AccessMode{"otomi-viewer": gitea.AccessModeRead, "team-a": gitea.AccessModeWrite} {
		team, resp, err := h.gt.CreateTeam(org, gitea.CreateTeamOption{Name: name, Permission: mode, Units: []gitea.RepoUnitType{gitea.RepoUnitCode}})
		must(h, team, resp, err)
	}
	for _, name := range []string{"values", "charts", "team-a-argocd", "Shop"} {
		repo, resp, err := h.gt.CreateOrgRepo(org, gitea.CreateRepoOption{Name: name, Private: true})
		must(h, repo, resp, err)
	}
	h.done(h.gt.AddRepoTeam(org, "team-a-argocd", "team-a"))
	h.handmade("values", "https://ci.example.com/values")
	app, resp, err := h.gt.CreateOauth2(gitea.CreateOauth2Option{Name: "otomi-drone", ConfidentialClient: true, RedirectURIs: []string{"https://drone.example.com/login"}})
	old := must(h, app, resp, err)
	if err := h.raw(http.MethodPatch, "/repos/otomi/values", map[string]any{"description": "kept"}); err != nil {
		t.Fatal(err)
	}
	team, repo := h.team("team-a").ID, h.repo("values").ID
	b.cluster.store(t, old.ClientID, old.ClientSecret)
	b.apply(t)
	b.settled(t, "--policy", "sync")
	if h.team("team-a").ID != team || h.repo("values").ID != repo || h.repo("shop").Name != "Shop" {
		t.Error("a team or a repository was recreated")
	}
	if got := h.app(); got.ID != old.ID || h.repo("values").Description != "kept" {
		t.Errorf("the application was recreated, or a description was lost: %d, was %d", got.ID, old.ID)
	}
}

// losses shows that a Gitea which lost everything gets it back, and that without
// our state all of it is adopted again and nothing recreated.
func losses(t *testing.T, s Server) {
	b := newEnv(t, s, Platform)
	first := b.apply(t)
	b.operator(t).sweep()
	again := b.apply(t, "--policy", "sync")
	if diff := cmp.Diff(runner.Names(first.Lines), runner.Names(again.Lines)); diff != "" {
		t.Errorf("an empty Gitea and a full state (-first run +this one):\n%s", diff)
	}
	b.settled(t, "--policy", "sync")
	h := b.operator(t)
	team, repo, app := h.team("team-a").ID, h.repo("shop").ID, h.app()
	_, secret := b.cluster.secret(t)
	b.cluster.send(t, http.MethodDelete, "/api/v1/namespaces/default/secrets/otomi-tasks-gitea-repos", "")
	r := b.apply(t, "--policy", "sync")
	for _, line := range r.Lines {
		if line.Action != plan.Update && line.Action != plan.Adopt {
			t.Errorf("without the state: %s %s %s", line.Action, line.Kind, line.Name)
		}
		if named := line.Kind == "repository" && (line.Name == "shop" || line.Name == "handbook"); named != (line.Blocked != "") && line.Kind == "repository" {
			t.Errorf("without the state %s is held back by %q", line.Name, line.Blocked)
		}
	}
	b.apply(t, "--policy", "sync", "--accept", plan.AcceptOwner)
	if _, now := b.cluster.secret(t); now != secret || h.app().ID != app.ID || h.team("team-a").ID != team || h.repo("shop").ID != repo {
		t.Error("something was recreated")
	}
	b.settled(t, "--policy", "sync")
	readBack(t, b)
}

// applications shows that Drone's credentials are never lost and never given
// up without need, and that the application goes with Drone.
func applications(t *testing.T, s Server) {
	b := newEnv(t, s, Platform)
	b.apply(t)
	h := b.operator(t)
	id, secret := b.cluster.secret(t)
	b.cluster.edit(t, "edited-by-hand")
	b.apply(t)
	if gotID, got := b.cluster.secret(t); gotID != id || got != secret {
		t.Error("the Secret was edited, and another secret took its place")
	}
	b.values.Add(t, "apps: {drone: {address: 'https://ci.example.com', namespace: drone}}")
	b.run(t, "apply").Want(t, run.ExitRefused, "refused", 0) // Drone would lose its secret
	b.apply(t, "--allow-removals", "oauth2-application=1")
	if gotID, got := b.cluster.secret(t); gotID != id || got == secret {
		t.Error("another redirect makes another secret, of the same application")
	}
	b.values.Add(t, "apps: {drone: {enabled: false}}")
	b.settled(t)
	b.run(t, "apply", "--policy", "sync", "--allow-removals", "oauth2-application=1").Want(t, run.ExitOK, "converged", 1)
	if gotID, _ := b.cluster.secret(t); gotID != "" || len(h.apps()) != 0 {
		t.Error("the application or its Secret stayed behind")
	}
	b.settled(t, "--policy", "sync")
}

// tokens shows that a run takes a token with the least scopes, keeps it, lives
// without it, and says what is missing.
func tokens(t *testing.T, s Server) {
	b := newEnv(t, s, Platform)
	b.run(t, "plan")
	h := b.operator(t)
	if len(h.tokens()) != 0 {
		t.Error("a plan made a token")
	}
	b.apply(t)
	made, scoped := h.tokens(), h.minor() >= 20
	if len(made) != 1 || scoped && len(made[0].Scopes) != 5 || slices.Contains(made[0].Scopes, gitea.AccessTokenScopeAll) == scoped {
		t.Fatalf("tokens: %+v", made)
	}
	real := b.Password
	b.Password = "nobody-knows"
	b.settled(t) // the token needs no password
	b.Password = real
	h.done(h.gt.DeleteAccessToken(made[0].ID))
	b.settled(t) // the password needs no token, and reading needs none
	if len(h.tokens()) != 0 {
		t.Error("a run without changes made a token")
	}
	h.repoChange("shop", gitea.EditRepoOption{Description: new("changed")})
	b.apply(t)
	if again := h.tokens(); len(again) != 1 || again[0].ID == made[0].ID {
		t.Errorf("the token was not renewed: %+v", again)
	}
	if scoped {
		limited(t, b, h)
	}
}

// limited works with a token that was given, and that may do less than needed.
func limited(t *testing.T, b *env, h *operator) {
	t.Helper()
	token := func(name string, scopes ...gitea.AccessTokenScope) string {
		made, resp, err := h.gt.CreateAccessToken(gitea.CreateAccessTokenOption{Name: name, Scopes: scopes})
		return must(h, made, resp, err).Token
	}
	b.vars["GITEA_PASSWORD"] = "nobody-knows"
	b.vars["GITEA_TOKEN"] = token("reads", "read:organization", "read:repository", "read:user")
	b.settled(t)
	h.repoChange("shop", gitea.EditRepoOption{Description: new("changed")})
	r := b.run(t, "apply").Want(t, run.ExitUnauthorized, "unauthorized", runner.AnyWrites)
	want := "the token lacks the scope write:repository"
	if !strings.Contains(r.Outcome.Error, want) {
		t.Errorf("the run does not name the scope: %s", r.Outcome.Error)
	}
	b.vars["GITEA_TOKEN"] = token("writes", "write:organization", "write:repository", "write:user", "write:admin")
	b.apply(t)
	b.vars["GITEA_TOKEN"] = "0123456789012345678901234567890123456789"
	dead := b.run(t, "apply").Want(t, run.ExitUnauthorized, "unauthorized", 0)
	if dead.Outcome.Requests.Reads != 1 {
		t.Errorf("%d requests with a refused token, want 1", dead.Outcome.Requests.Reads)
	}
	if len(h.tokens()) != 3 {
		t.Error("a run that was given a token made one of its own")
	}
}
