package gitearepos

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"code.gitea.io/sdk/gitea"
	"github.com/google/go-cmp/cmp"

	"otomi.io/tasks/internal/testkit/runner"
	"otomi.io/tasks/tasks/gitearepos"
	"otomi.io/tasks/tasks/run"
)

// foreign shows that what others made survives every policy, also inside what
// is ours.
func foreign(t *testing.T, s Server) {
	b := newEnv(t, s, Platform)
	b.apply(t)
	h := b.operator(t)
	team, resp, err := h.gt.CreateTeam(org, gitea.CreateTeamOption{Name: "team-theirs", Permission: gitea.AccessModeRead, UnitsMap: map[string]string{"repo.code": "read"}})
	theirs := must(h, team, resp, err)
	repo, resp, err := h.gt.CreateOrgRepo(org, gitea.CreateRepoOption{Name: "theirs", Private: true})
	must(h, repo, resp, err)
	h.done(h.gt.AddTeamRepository(theirs.ID, org, "theirs"))
	h.done(h.gt.AddTeamRepository(theirs.ID, org, "shop"))
	h.done(h.gt.AddTeamRepository(h.team("team-a").ID, org, "theirs"))
	h.done(h.gt.AddTeamMember(h.team("team-a").ID, "ada"))
	h.handmade("shop", "https://drone.example.com/hook?secret=of-drone")
	h.handmade("charts", "https://theirs.example.com")
	rule, resp, err := h.gt.CreateBranchProtection(org, "shop", gitea.CreateBranchProtectionOption{RuleName: "theirs", EnablePush: true})
	must(h, rule, resp, err)
	key, resp, err := h.gt.CreateDeployKey(org, "shop", gitea.CreateKeyOption{Title: "theirs", Key: KeyB, ReadOnly: true})
	must(h, key, resp, err)
	app, resp, err := h.gt.CreateOauth2(gitea.CreateOauth2Option{Name: "theirs", RedirectURIs: []string{"https://theirs.example.com"}})
	must(h, app, resp, err)
	h.teamChange("team-c", func(o *gitea.EditTeamOption) { o.UnitsMap["repo.ext_wiki"] = "read"; o.UnitsMap["repo.wiki"] = "none" })
	b.apply(t) // repairs the wiki and leaves the other unit
	for _, policy := range []string{"create-only", "upsert-only", "sync"} {
		b.settled(t, "--policy", policy)
	}
	foreignStands(h)
	readShop(h)
}

func foreignStands(h *operator) {
	h.t.Helper()
	h.team("team-theirs")
	h.repo("theirs")
	h.hook("shop", "https://drone.example.com/hook?secret=of-drone")
	h.hook("charts", "https://theirs.example.com")
	h.key("theirs")
	rule, resp, err := h.gt.GetBranchProtection(org, "shop", "theirs")
	must(h, rule, resp, err)
	for repo, want := range map[string]string{"theirs": "team-a team-theirs", "shop": "team-a team-theirs"} {
		if got := h.teamsOf(repo); got != want {
			h.t.Errorf("%s is seen by %q, want %q", repo, got, want)
		}
	}
	if got := h.membersOf("team-a"); got != "a-bot ada alice" {
		h.t.Errorf("members of team-a: %q", got)
	}
	if units := h.team("team-c").UnitsMap; units["repo.ext_wiki"] != "read" || units["repo.wiki"] != "write" {
		h.t.Errorf("a unit that is not ours was lost: %v", units)
	}
	if !slices.ContainsFunc(h.apps(), func(app *gitea.Oauth2) bool { return app.Name == "theirs" }) {
		h.t.Error("the application of others is gone")
	}
}

// policies shows what each policy does with teams that left the values, and
// that the guards stand before it.
func policies(t *testing.T, s Server) {
	b := newEnv(t, s, Platform, Teams(8))
	b.apply(t)
	b.values = slices.Delete(b.values, 1, 2) // the eight teams left
	r := b.settled(t)
	if len(r.Lines) != 16 || r.Lines[0].Blocked != "policy upsert-only" {
		t.Errorf("deletions that the policy blocks are not shown: %v", r.Lines)
	}
	b.run(t, "apply", "--policy", "sync").Want(t, run.ExitRefused, "refused", 0)
	b.run(t, "apply", "--policy", "sync", "--allow-removals", "team=8,repository=7").Want(t, run.ExitRefused, "refused", 0)
	one := b.run(t, "apply", "--policy", "sync", "--team", "t0003").Want(t, run.ExitOK, "converged", 2)
	if diff := cmp.Diff([]string{"delete team team-t0003", "delete repository team-t0003-argocd"}, runner.Names(one.Lines)); diff != "" {
		t.Errorf("one team's plan (-want +got):\n%s", diff)
	}
	b.run(t, "apply", "--policy", "sync", "--allow-removals", "team=7,repository=7").Want(t, run.ExitOK, "converged", 14)
	b.settled(t, "--policy", "sync")

	h := b.operator(t)
	h.done(h.gt.DeleteTeam(h.team("team-c").ID))
	h.repoChange("shop", gitea.EditRepoOption{Description: new("Hello")})
	b.run(t, "apply", "--policy", "create-only").Want(t, run.ExitOK, "converged", 2)
	b.run(t, "plan", "--detailed-exitcode").Want(t, run.ExitDifferences, "planned", 0)
	b.apply(t)
	b.values[0] = runner.Source(t, noTeams())
	b.run(t, "apply", "--policy", "sync").Want(t, run.ExitRefused, "refused", 0)
}

// noTeams are values that lost their teams, as after a bad merge.
func noTeams() string {
	platform, _, _ := strings.Cut(Platform, "teamConfig:")
	return strings.ReplaceAll(platform, ", teams: [b]", "")
}

// kept shows what is never taken away: repositories with commits, the last
// owner, the account that the task works with.
func kept(t *testing.T, s Server) {
	const more = `
apps: {gitea: {owners: [ada, otomi-admin], repos: [{name: old, autoInit: true}, {name: empty}]}}
teamConfig: {a: {gitea: {members: [], repos: []}}}`
	b := newEnv(t, s, Platform, more)
	b.apply(t)
	b.values = b.values[:1]
	b.values.Add(t, "apps: {gitea: {owners: [], repos: []}}")
	h := b.operator(t)
	r := b.run(t, "apply", "--policy", "sync", "--allow-removals", "member=2")
	if r.Code != run.ExitRefused {
		t.Errorf("two removals are allowed and one is planned: exit %d", r.Code)
	}
	r = b.run(t, "apply", "--policy", "sync", "--allow-removals", "repository=1,member=1")
	r.Converged(t)
	blocked := map[string]string{}
	for _, line := range r.Lines {
		if line.Blocked != "" {
			blocked[line.Name] = line.Blocked
		}
	}
	want := map[string]string{"old": "holds commits", "owners/otomi-admin": "is the account that this task works with"}
	if diff := cmp.Diff(want, blocked); diff != "" {
		t.Errorf("what is kept (-want +got):\n%s", diff)
	}
	if h.repo("old").Empty || h.membersOf("Owners") != "otomi-admin" {
		t.Errorf("owners are %q", h.membersOf("Owners"))
	}
	if _, resp, err := h.gt.GetRepo(org, "empty"); err == nil || resp == nil || resp.StatusCode != http.StatusNotFound {
		t.Error("the empty repository is still there")
	}
	lastOwner(t, b)
}

// lastOwner lets ada be the only owner, and then leave the values.
func lastOwner(t *testing.T, b *env) {
	t.Helper()
	b.values.Add(t, "apps: {gitea: {owners: [ada]}}")
	b.apply(t)
	h := b.operator(t)
	h.done(h.gt.RemoveTeamMember(h.team("Owners").ID, b.Username))
	b.values = b.values[:len(b.values)-1]
	r := b.settled(t, "--policy", "sync")
	if i := slices.Index(runner.Names(r.Lines), "delete member owners/ada"); i < 0 || r.Lines[i].Blocked != "is the last owner of otomi" {
		t.Errorf("the last owner is not kept: %v", r.Lines)
	}
	h.done(h.gt.AddTeamMember(h.team("Owners").ID, b.Username))
}

// refusals shows how a run ends that may not begin.
func refusals(t *testing.T, s Server) {
	b := newEnv(t, s, Platform)
	wrong := *b
	wrong.Password = "wrong-password"
	r := wrong.run(t, "apply").Want(t, run.ExitUnauthorized, "unauthorized", 0)
	if r.Outcome.Requests.Reads != 1 {
		t.Errorf("%d requests with a wrong password, want 1: a second login may lock the account", r.Outcome.Requests.Reads)
	}
	gone := *b
	gone.URL = "http://127.0.0.1:1"
	gone.run(t, "apply", "--wait", "200ms").Want(t, run.ExitFailed, "failed", 0)

	b.vars["OTOMI_TASKS_ACCEPT"] = ""
	b.run(t, "apply").Want(t, run.ExitRefused, "refused", 0) // it would create a public repository
	b.apply(t, "--accept", gitearepos.AcceptPublic)
	b.values.Add(t, "teamConfig: {a: {gitea: {repos: [{name: shop, private: false}]}}}")
	b.run(t, "apply").Want(t, run.ExitRefused, "refused", 0)
	b.apply(t, "--accept", gitearepos.AcceptPublic)
	b.values.Add(t, "apps: {gitea: {enabled: false}}")
	if r := b.settled(t, "--policy", "sync"); r.Outcome.Requests.Reads != 0 {
		t.Errorf("%d requests to a Gitea that is switched off", r.Outcome.Requests.Reads)
	}
}
