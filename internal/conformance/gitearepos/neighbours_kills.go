package gitearepos

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"code.gitea.io/sdk/gitea"

	"otomi.io/tasks/internal/sim"
	"otomi.io/tasks/internal/testkit/runner"
)

// neighbourValues is what a second installation wants: a team of its own, and
// something else in everything that it shares with Platform.
const neighbourValues = `
cluster: {domainSuffix: example.com}
apps:
  argocd: {enabled: true}
  gitea: {hooks: [{url: "https://audit.example.com/otomi", events: [push], secret: hook-secret-3}, {url: "https://audit.example.com/second"}]}
teamConfig:
  a:
    gitea:
      members: [ada]
      repos:
        - name: shop
          autoInit: true
          defaultBranch: main
          hooks: [{url: "https://ci.example.com/shop", events: [push], secret: hook-secret-3}]
          branchProtections: [{branch: main, push: {teams: []}}]
          deployKeys: [{title: argo, key: "` + KeyB + `"}]
  d: {gitea: {members: [alice], repos: [{name: tools, autoInit: true, defaultBranch: main, deployKeys: [{title: argo, key: "` + KeyB + `"}]}]}}
`

// credentials are what programs log in with: by name, with what shows that it is
// still the same.
func (h *operator) credentials() map[string]string {
	h.t.Helper()
	held := map[string]string{}
	for _, app := range h.apps() {
		held["application "+app.Name] = app.ClientID
	}
	for _, token := range h.tokens() {
		held["token "+token.Name] = fmt.Sprint(token.ID, token.TokenLastEight)
	}
	for _, key := range h.keys("shop") {
		held["key "+key.Title] = fmt.Sprint(key.ID, key.Key, key.ReadOnly)
	}
	return held
}

// held is all that people and programs work with.
func (h *operator) held() map[string]string {
	h.t.Helper()
	held := h.credentials()
	for _, team := range h.teams() {
		held["team "+team.Name] = fmt.Sprint(team.ID, team.Permission)
		for _, user := range strings.Fields(h.membersOf(team.Name)) {
			held["member "+team.Name+"/"+user] = "in"
		}
	}
	for _, repo := range h.repos() {
		held["repository "+repo.Name] = fmt.Sprint(repo.ID, repo.Private)
		for _, team := range strings.Fields(h.teamsOf(repo.Name)) {
			held["access "+repo.Name+"/"+team] = "in"
		}
		for _, hook := range h.hooks(repo.Name) {
			held[fmt.Sprint("hook ", repo.Name, hook.ID)] = fmt.Sprint(hook.Config, hook.Events, hook.Active)
		}
		for _, rule := range h.rules(repo.Name) {
			held["rule "+repo.Name+" "+rule.RuleName] = fmt.Sprint(rule.EnablePush, rule.PushWhitelistTeams, rule.PushWhitelistUsernames, rule.RequiredApprovals)
		}
	}
	return held
}

func (h *operator) rules(repo string) []*gitea.BranchProtection {
	h.t.Helper()
	rules, resp, err := h.gt.ListBranchProtections(org, repo, gitea.ListBranchProtectionsOptions{})
	return must(h, rules, resp, err)
}

func (h *operator) keys(repo string) []*gitea.DeployKey {
	return all(h, func(o gitea.ListOptions) ([]*gitea.DeployKey, *gitea.Response, error) {
		return h.gt.ListDeployKeys(org, repo, gitea.ListDeployKeysOptions{ListOptions: o})
	})
}

// stands demands that everything which was held is held still, and that Drone's
// secret works.
func (b *env) stands(t *testing.T, before, now map[string]string) {
	t.Helper()
	for name, was := range before {
		if now[name] != was {
			t.Errorf("%s was %q and is %q", name, was, now[name])
		}
	}
	if !b.logsIn(t) {
		t.Error("the secret of Drone does not work")
	}
}

// beside is a platform with a neighbour that wants other things, and what is held
// before the neighbour's first run. After each write the credentials are looked at.
func beside(t *testing.T, s Server) (first, second *env, before map[string]string) {
	t.Helper()
	first = newEnv(t, s, Platform)
	first.apply(t)
	second = first.neighbour(t)
	second.values = runner.Sources(t, neighbourValues)
	look := *first
	look.URL = s.Look
	credentials := look.operator(t).credentials()
	s.Faults.Watch(func(int, sim.Request) { look.stands(t, credentials, look.operator(t).credentials()) })
	return first, second, first.operator(t).held()
}

// NeighbourKills ends the runs of a second installation after each of their writes,
// those in which it arrives and those in which it leaves.
func NeighbourKills(t *testing.T, start func(*testing.T) Server) {
	leave := func(t *testing.T, second *env) []string {
		t.Helper()
		second.run(t, "apply")
		second.values = runner.Sources(t, "cluster: {domainSuffix: example.com}")
		return []string{"apply", "--policy", "sync", "--removal-cap", "1", "--accept", "no-teams"}
	}
	arrive := func(*testing.T, *env) []string { return []string{"apply", "--policy", "sync"} }
	for name, prepare := range map[string]func(*testing.T, *env) []string{"Arrives": arrive, "Leaves": leave} {
		t.Run(name, func(t *testing.T) {
			runner.NeighbourKills(t, func(t *testing.T) runner.Scenario {
				first, second, before := beside(t, start(t))
				args := prepare(t, second)
				return runner.Scenario{
					Faults: first.Faults,
					Run:    func() runner.Result { return second.run(t, args...).Result },
					Check: func() {
						first.stands(t, before, first.operator(t).held())
						first.settled(t, "--policy", "sync")
					},
				}
			})
		})
	}
}

// Orders lets two installations run in every order, under every pair of policies,
// with the same wishes, with other ones, and without any memory of earlier runs.
func Orders(t *testing.T, start func(*testing.T) Server) {
	policies := []string{"create-only", "upsert-only", "sync"}
	for _, wishes := range []string{Platform, neighbourValues} {
		for _, mine := range policies {
			for _, theirs := range policies {
				for order := range 4 {
					t.Run(fmt.Sprintf("%s/%s/%s/%d", map[bool]string{true: "Same", false: "Other"}[wishes == Platform], mine, theirs, order), func(t *testing.T) {
						t.Parallel()
						inOrder(t, start(t), wishes, mine, theirs, order)
					})
				}
			}
		}
	}
}

// inOrder runs the first installation (bit set) and the second one, in turns that
// the number of the order says, the second one from an empty inventory in odd ones.
func inOrder(t *testing.T, s Server, wishes, mine, theirs string, order int) {
	t.Helper()
	first, second, before := beside(t, s)
	second.values = runner.Sources(t, wishes)
	turns := []func(){func() { first.run(t, "apply", "--policy", mine) }, func() { second.run(t, "apply", "--policy", theirs) }}
	if order >= 2 {
		slices.Reverse(turns)
	}
	for range 2 {
		for _, turn := range turns {
			turn()
			first.stands(t, before, first.operator(t).held())
		}
		if order%2 == 1 {
			second.cluster = newCluster(t)
		}
	}
	first.settled(t, "--policy", "sync")
}
