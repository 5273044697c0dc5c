package gitearepos

import (
	"slices"
	"testing"

	"code.gitea.io/sdk/gitea"
	"github.com/google/go-cmp/cmp"

	"otomi.io/tasks/internal/testkit/runner"
	"otomi.io/tasks/tasks/run"
)

// converge shows that a first run makes everything, that a second one finds
// nothing to do in as many requests as it should need, and that a plan writes
// nothing.
func converge(t *testing.T, s Server) {
	cases := map[string]struct {
		reason string
		values []string
		page   string // a page size that makes many pages
		reads  int    // of a run that finds nothing to do
		spared int    // of them with --trust-access
	}{
		// Who we are, the version, the organisation, teams, repositories, the application and
		// its proof; who may see each of seven repositories; three lists of hooks,
		// rules and keys; two members' lists of two pages and a-bot.
		"Sample": {"a small platform with everything", []string{Platform}, "2", 7 + 7 + 5 + 5, 7},
		// Two pages for each 50 teams and 10, without a repository for each team.
		"Teams60": {"more teams than fit on a page", []string{Teams(60), "apps: {argocd: {enabled: false}}"}, "7", 2*2 + 10, 2},
		// With one, who may see it costs a request: no list tells that.
		"Argo60": {"more repositories than fit on a page", []string{Teams(60)}, "7", 2*2 + 10 + 60, 62},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			b := newEnv(t, s, tc.values...)
			planned := b.run(t, "plan")
			planned.Want(t, run.ExitOK, "planned", 0)
			if planned.kubernetes != 0 {
				t.Errorf("%s: a plan wrote %d times to Kubernetes", tc.reason, planned.kubernetes)
			}
			first := b.apply(t)
			if diff := cmp.Diff(runner.Names(planned.Lines), runner.Names(first.Lines)); diff != "" {
				t.Errorf("%s: the plan and the apply differ:\n%s", tc.reason, diff)
			}
			b.run(t, "plan", "--detailed-exitcode").Want(t, run.ExitOK, "unchanged", 0)
			second := b.settled(t)
			second.AtMost(t, tc.reason, tc.reads)
			trusting := b.settled(t, "--trust-access")
			if spared := second.Outcome.Requests.Reads - trusting.Outcome.Requests.Reads; spared != tc.spared {
				t.Errorf("%s: --trust-access spares %d requests, want %d", tc.reason, spared, tc.spared)
			}
			b.settled(t, "--page-size", tc.page, "--policy", "sync")
			if name == "Sample" {
				readBack(t, b)
			}
		})
	}
}

// trust shows what --trust-access spares, and what it does not see.
func trust(t *testing.T, s Server) {
	b := newEnv(t, s, Platform)
	b.apply(t)
	h := b.operator(t)
	h.done(h.gt.RemoveRepoTeam(org, "team-a-argocd", "team-a"))
	h.done(h.gt.DeleteRepo(org, "team-c-argocd"))
	made, resp, err := h.gt.CreateOrgRepo(org, gitea.CreateRepoOption{Name: "team-c-argocd", Private: true})
	must(h, made, resp, err)
	r := b.apply(t, "--trust-access")
	if diff := cmp.Diff([]string{"adopt repository team-c-argocd", "create access team-c-argocd/team-c"}, runner.Names(r.Lines)); diff != "" {
		t.Errorf("what was recreated is read as well (-want +got):\n%s", diff)
	}
	b.settled(t, "--trust-access")
	if diff := cmp.Diff([]string{"create access team-a-argocd/team-a"}, runner.Names(b.apply(t).Lines)); diff != "" {
		t.Errorf("a run that asks (-want +got):\n%s", diff)
	}
}

// readBack looks at all of Platform through the other client.
func readBack(t *testing.T, b *env) {
	t.Helper()
	h := b.operator(t)
	readTeams(h)
	readRepositories(h)
	readShop(h)
	hook := h.hook("values", "https://ci.example.com/values")
	if !hook.Active || hook.Config["content_type"] != "json" || !slices.Equal(hook.Events, []string{"push"}) {
		t.Errorf("the hook of values is wrong: %+v", hook)
	}
	if hook := h.orgHook(); hook.Config["url"] != "https://audit.example.com/otomi" || len(hook.Events) != 2 {
		t.Errorf("the hook of the organisation is wrong: %v", hook.Events)
	}
	app := h.app()
	id, secret := b.cluster.secret(t)
	if !app.ConfidentialClient || !slices.Equal(app.RedirectURIs, []string{"https://drone.example.com/login"}) || id != app.ClientID || secret == "" {
		t.Errorf("the application of Drone is wrong or its Secret does not fit: %v %t", app.RedirectURIs, id == app.ClientID)
	}
	user, resp, err := h.gt.GetUserInfo("a-bot")
	if got := must(h, user, resp, err); got.Email != "a-bot@example.com" || got.FullName != "Bot of a" {
		t.Errorf("user a-bot is wrong: %+v", got)
	}
}

func readTeams(h *operator) {
	h.t.Helper()
	viewer, a, b := h.team("otomi-viewer"), h.team("team-a"), h.team("team-b")
	if viewer.UnitsMap["repo.code"] != "read" || viewer.UnitsMap["repo.issues"] == "write" {
		h.t.Errorf("otomi-viewer sees %v", viewer.UnitsMap)
	}
	if a.Description != "Sells things" {
		h.t.Errorf("team-a is described as %q", a.Description)
	}
	for _, unit := range []string{"repo.code", "repo.issues", "repo.pulls", "repo.packages", "repo.actions"} {
		if a.UnitsMap[unit] != "write" {
			h.t.Errorf("team-a has %q of %s", a.UnitsMap[unit], unit)
		}
	}
	if a.Permission == gitea.AccessModeAdmin || b.Permission != gitea.AccessModeAdmin {
		h.t.Errorf("team-a administers %q, team-b %q", a.Permission, b.Permission)
	}
	for team, want := range map[string]string{"team-a": "a-bot alice", "team-b": "", "Owners": "ada otomi-admin"} {
		if got := h.membersOf(team); got != want {
			h.t.Errorf("%s has the members %q, want %q", team, got, want)
		}
	}
}

func readRepositories(h *operator) {
	h.t.Helper()
	want := map[string]string{
		"values": "otomi-viewer", "charts": "otomi-viewer", "Handbook": "otomi-viewer team-b", "shop": "team-a",
		"team-a-argocd": "team-a", "team-b-argocd": "team-b", "team-c-argocd": "team-c",
	}
	got := map[string]string{}
	for _, repo := range h.repos() {
		got[repo.Name] = h.teamsOf(repo.Name)
		if repo.Private == (repo.Name == "Handbook") {
			h.t.Errorf("repository %s: private is %t", repo.Name, repo.Private)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		h.t.Errorf("who may see which repository (-want +got):\n%s", diff)
	}
}

// readShop looks at the repository that has everything.
func readShop(h *operator) {
	h.t.Helper()
	if shop := h.repo("shop"); shop.Description != "The shop" || shop.DefaultBranch != "main" || shop.Empty {
		h.t.Errorf("shop is wrong: %q on %q, empty %t", shop.Description, shop.DefaultBranch, shop.Empty)
	}
	readShopHook(h)
	rule, resp, err := h.gt.GetBranchProtection(org, "shop", "main")
	main := must(h, rule, resp, err)
	if !main.EnablePush || !main.EnablePushWhitelist || !slices.Equal(main.PushWhitelistTeams, []string{"team-a"}) ||
		!slices.Equal(main.PushWhitelistUsernames, []string{"a-bot"}) || main.RequiredApprovals != 1 || !slices.Equal(main.StatusCheckContexts, []string{"build"}) {
		h.t.Errorf("the protection of main is wrong: %+v", main)
	}
	rule, resp, err = h.gt.GetBranchProtection(org, "shop", "release/*")
	if release := must(h, rule, resp, err); release.EnablePush {
		h.t.Error("all users may push to release branches")
	}
	if key := h.key("argo"); !key.ReadOnly {
		h.t.Error("the deploy key argo may write")
	}
}

// readShopHook expects what the server's version shows of a hook.
func readShopHook(h *operator) {
	h.t.Helper()
	hook := h.hook("shop", "https://ci.example.com/shop")
	events, branches := 9, "main"
	if h.minor() < 24 {
		events = 11 // a review is three
	}
	if h.minor() < 20 {
		events, branches = 10, "" // nothing tells of requested reviews, and the filter is not shown
	}
	if hook.BranchFilter != branches || hook.AuthorizationHeader != "Bearer of-hook" || len(hook.Events) != events {
		h.t.Errorf("the hook of shop is wrong: %q %v", hook.BranchFilter, hook.Events)
	}
}
