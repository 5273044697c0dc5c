package gitearepos

import (
	"fmt"
	"testing"

	"otomi.io/tasks/internal/testkit/runner"
)

// Histories shows that what the values once said leaves nothing behind.
func Histories(t *testing.T, start func(*testing.T) Server) {
	repo := func(more string) string {
		return "teamConfig: {a: {gitea: {repos: [{name: shop, autoInit: true, defaultBranch: main" + more + "}]}}}"
	}
	runner.History{
		Choices: [][]string{
			{"", "apps: {gitea: {owners: [ada]}}"},
			{"", `apps: {gitea: {hooks: [{url: "https://audit.example.com/otomi", events: [push], secret: hook-secret-2}]}}`},
			{"", "apps: {gitea: {repos: [{name: handbook, teams: [b]}]}}", "apps: {gitea: {repos: [{name: handbook, description: How we work}]}}"},
			{repo(""), repo(", description: The shop"), repo(", hooks: [{url: 'https://ci.example.com/shop', events: [push]}]"),
				repo(", hooks: [{url: 'https://ci.example.com/shop', events: [push, pull_request], branchFilter: main, secret: hook-secret-1}]"),
				repo(", branchProtections: [{branch: main, push: {teams: [a]}, requiredApprovals: 1}]"),
				repo(", branchProtections: [{branch: main, push: {all: true}, statusChecks: [build]}, {branch: 'release/*'}]"),
				repo(", deployKeys: [{title: argo, key: '" + KeyA + "'}]"), repo(", deployKeys: [{title: argo, key: '" + KeyB + "', readOnly: false}]")},
			{"", "teamConfig: {a: {gitea: {members: [alice]}}}", "teamConfig: {a: {gitea: {members: [alice, ada]}}}"},
			{"teamConfig: {d: {gitea: {users: [{username: bot, email: bot@example.com}]}}}", "teamConfig: {d: {gitea: {users: [{username: bot, email: bot@example.com, fullName: Bot of d}]}}}"},
			{"teamConfig: {b: {}}", "teamConfig: {b: {selfService: {apps: [gitea]}}}", "teamConfig: {b: {}, c: {}}"},
		},
		Outcome: func(t *testing.T, rounds ...[]string) map[string]string {
			t.Helper()
			b := newEnv(t, start(t))
			for _, values := range rounds {
				b.values = runner.Sources(t, append([]string{"cluster: {domainSuffix: example.com}\napps: {argocd: {enabled: true}}"}, values...)...)
				b.apply(t, "--policy", "sync", "--removal-cap", "1")
			}
			b.settled(t, "--policy", "sync", "--removal-cap", "1")
			return b.operator(t).declared()
		},
	}.Check(t, 12)
}

// declared is what a setting decides.
func (h *operator) declared() map[string]string {
	h.t.Helper()
	declared := map[string]string{}
	bot, resp, err := h.gt.GetUserInfo("bot")
	declared["user bot"] = must(h, bot, resp, err).FullName
	for _, team := range h.teams() {
		declared["team "+team.Name] = fmt.Sprint(team.Permission, team.UnitsMap, h.membersOf(team.Name))
	}
	for _, repo := range h.repos() {
		declared["repository "+repo.Name] = fmt.Sprint(repo.Private, repo.Description, repo.DefaultBranch, h.teamsOf(repo.Name))
		for _, hook := range h.hooks(repo.Name) {
			declared["hook "+repo.Name+" "+hook.Config["url"]] = fmt.Sprint(hook.Events, hook.BranchFilter, hook.Active)
		}
		for _, key := range h.keys(repo.Name) {
			declared["key "+repo.Name+" "+key.Title] = fmt.Sprint(key.Key, key.ReadOnly)
		}
		for _, rule := range h.rules(repo.Name) {
			declared["rule "+repo.Name+" "+rule.RuleName] = fmt.Sprint(
				rule.EnablePush, rule.EnablePushWhitelist, rule.PushWhitelistTeams, rule.PushWhitelistUsernames, rule.RequiredApprovals, rule.EnableStatusCheck, rule.StatusCheckContexts)
		}
	}
	return declared
}
