package gitearepos

import (
	"strconv"

	"code.gitea.io/sdk/gitea"
)

func number(id int64) string { return strconv.FormatInt(id, 10) }

func (h *operator) repoChange(name string, option gitea.EditRepoOption) {
	h.t.Helper()
	repo, resp, err := h.gt.EditRepo(org, name, option)
	must(h, repo, resp, err)
}

func repositoryDrifts() map[string]drift {
	return map[string]drift{
		"RepositoryGone": {
			reason: "it comes back empty, with its team",
			make:   func(h *operator) { h.done(h.gt.DeleteRepo(org, "team-c-argocd")) },
			want:   []string{"create repository team-c-argocd", "create access team-c-argocd/team-c"}, writes: 2,
		},
		"RepositoryPublic": {
			reason: "the platform's values are public",
			make:   func(h *operator) { h.repoChange("values", gitea.EditRepoOption{Private: new(false)}) },
			want:   []string{"update repository values"}, writes: 1,
		},
		"Description": {
			reason: "what the values say",
			make:   func(h *operator) { h.repoChange("shop", gitea.EditRepoOption{Description: new("hacked")}) },
			want:   []string{"update repository shop"}, writes: 1,
		},
		"DefaultBranch": {
			reason: "another branch became the default one",
			make: func(h *operator) {
				h.branch("shop", "other")
				h.repoChange("shop", gitea.EditRepoOption{DefaultBranch: new("other")})
			},
			want: []string{"update repository shop"}, writes: 1,
		},
		"AccessLost": {
			reason: "a team that lost its own repository",
			make:   func(h *operator) { h.done(h.gt.RemoveRepoTeam(org, "team-a-argocd", "team-a")) },
			want:   []string{"create access team-a-argocd/team-a"}, writes: 1,
		},
		"ViewerBlind": {
			reason: "the viewers lost the charts",
			make:   func(h *operator) { h.done(h.gt.RemoveRepoTeam(org, "charts", "otomi-viewer")) },
			want:   []string{"create access charts/otomi-viewer"}, writes: 1,
		},
		"AccessGained": {
			reason: "a team that was let into another one's repository",
			make:   func(h *operator) { h.done(h.gt.AddRepoTeam(org, "team-a-argocd", "team-b")) },
			want:   []string{"delete access team-a-argocd/team-b"}, writes: 1,
		},
	}
}

const shopHook = "https://ci.example.com/shop"

// hookChange edits a hook by hand: the SDK sends everything of it.
func (h *operator) hookChange(change func(*gitea.EditHookOption)) {
	h.t.Helper()
	hook := h.hook("shop", shopHook)
	option := gitea.EditHookOption{
		Config: hook.Config, Events: hook.Events, BranchFilter: hook.BranchFilter, Active: new(hook.Active), AuthorizationHeader: hook.AuthorizationHeader}
	change(&option)
	h.done(h.gt.EditRepoHook(org, "shop", hook.ID, option))
}

func hookDrifts() map[string]drift {
	update := []string{"update hook shop " + shopHook}
	return map[string]drift{
		"HookGone": {
			reason: "pushes are no longer delivered",
			make:   func(h *operator) { h.done(h.gt.DeleteRepoHook(org, "shop", h.hook("shop", shopHook).ID)) },
			want:   []string{"create hook shop " + shopHook}, writes: 1,
		},
		"HookOff": {
			reason: "pushes are no longer delivered",
			make:   func(h *operator) { h.hookChange(func(o *gitea.EditHookOption) { o.Active = new(false) }) },
			want:   update, writes: 1,
		},
		"HookEvents": {
			reason: "some events are not delivered",
			make:   func(h *operator) { h.hookChange(func(o *gitea.EditHookOption) { o.Events = []string{"push"} }) },
			want:   update, writes: 1,
		},
		"HookContentType": {
			reason: "the receiver reads JSON",
			make:   func(h *operator) { h.hookChange(func(o *gitea.EditHookOption) { o.Config["content_type"] = "form" }) },
			want:   update, writes: 1,
		},
		"HookBranches": {
			reason: "pushes to any branch are delivered",
			make:   func(h *operator) { h.hookChange(func(o *gitea.EditHookOption) { o.BranchFilter = "" }) },
			want:   update, writes: 1, since: 20,
		},
		"HookAuthorization": {
			reason: "the receiver refuses it",
			make: func(h *operator) {
				h.hookChange(func(o *gitea.EditHookOption) { o.AuthorizationHeader = "Bearer other" })
			},
			want: update, writes: 1,
		},
		"HookTwice": {
			reason: "every push is delivered twice: one hook is left, as it should be",
			make:   func(h *operator) { h.handmade("shop", shopHook) },
			want:   update, writes: 2,
		},
		"HookMadeByHand": {
			reason: "whose secret is unknown: with --accept a hook with ours takes its place",
			args:   []string{"--accept", "owner"},
			make: func(h *operator) {
				const url = "https://ci.example.com/values"
				h.done(h.gt.DeleteRepoHook(org, "values", h.hook("values", url).ID))
				h.handmade("values", url)
			},
			want: []string{"update hook values https://ci.example.com/values"}, writes: 2,
		},
	}
}

func organizationHookDrifts() map[string]drift {
	return map[string]drift{
		"OrganizationHookGone": {
			reason: "new repositories are not announced",
			make:   func(h *operator) { h.done(h.gt.DeleteOrgHook(org, h.orgHook().ID)) },
			want:   []string{"create hook * https://audit.example.com/otomi"}, writes: 1,
		},
		"OrganizationHookEvents": {
			reason: "some events are not delivered",
			make: func(h *operator) {
				hook := h.orgHook()
				h.done(h.gt.EditOrgHook(org, hook.ID, gitea.EditHookOption{Config: hook.Config, Events: []string{"fork"}, Active: new(true)}))
			},
			want: []string{"update hook * https://audit.example.com/otomi"}, writes: 1,
		},
	}
}

// handmade makes a hook by hand.
func (h *operator) handmade(repo, url string) {
	h.t.Helper()
	hook, resp, err := h.gt.CreateRepoHook(org, repo, gitea.CreateHookOption{
		Type: gitea.HookTypeGitea, Active: true, Events: []string{"push"}, Config: map[string]string{"url": url, "content_type": "json"}})
	must(h, hook, resp, err)
}

func ruleDrifts() map[string]drift {
	change := func(h *operator, option gitea.EditBranchProtectionOption) {
		rule, resp, err := h.gt.EditBranchProtection(org, "shop", "main", option)
		must(h, rule, resp, err)
	}
	update := []string{"update branch-protection shop main"}
	return map[string]drift{
		"RuleGone": {
			reason: "every user with write access may push",
			make:   func(h *operator) { h.done(h.gt.DeleteBranchProtection(org, "shop", "release/*")) },
			want:   []string{"create branch-protection shop release/*"}, writes: 1,
		},
		"RuleApprovals": {
			reason: "no review is needed",
			make:   func(h *operator) { change(h, gitea.EditBranchProtectionOption{RequiredApprovals: new(int64(0))}) },
			want:   update, writes: 1,
		},
		"RulePush": {
			reason: "the list of those who may push does not count",
			make: func(h *operator) {
				change(h, gitea.EditBranchProtectionOption{EnablePush: new(true), EnablePushWhitelist: new(false)})
			},
			want: update, writes: 1,
		},
		"RuleUsers": {
			reason: "another user may push",
			make: func(h *operator) {
				change(h, gitea.EditBranchProtectionOption{PushWhitelistUsernames: []string{"a-bot", "alice"}})
			},
			want: update, writes: 1,
		},
		"RuleLists": {
			reason: "a user may merge and push where no one should",
			make: func(h *operator) {
				rule, resp, err := h.gt.EditBranchProtection(org, "shop", "release/*", gitea.EditBranchProtectionOption{
					EnableMergeWhitelist: new(true), MergeWhitelistTeams: []string{"team-a"}})
				must(h, rule, resp, err)
			},
			want: []string{"update branch-protection shop release/*"}, writes: 1,
		},
		"RuleChecks": {
			reason: "no check must have passed",
			make:   func(h *operator) { change(h, gitea.EditBranchProtectionOption{EnableStatusCheck: new(false)}) },
			want:   update, writes: 1,
		},
	}
}

func keyDrifts() map[string]drift {
	rekey := func(h *operator, key string, readOnly bool) {
		h.done(h.gt.DeleteDeployKey(org, "shop", h.key("argo").ID))
		made, resp, err := h.gt.CreateDeployKey(org, "shop", gitea.CreateKeyOption{Title: "argo", Key: key, ReadOnly: readOnly})
		must(h, made, resp, err)
	}
	return map[string]drift{
		"KeyGone": {
			reason: "Argo CD cannot read any more",
			make:   func(h *operator) { h.done(h.gt.DeleteDeployKey(org, "shop", h.key("argo").ID)) },
			want:   []string{"create deploy-key shop argo"}, writes: 1,
		},
		"KeyOther": {
			reason: "another user reads",
			make:   func(h *operator) { rekey(h, KeyB, true) },
			want:   []string{"update deploy-key shop argo"}, writes: 4,
			args: []string{"--accept", "owner"},
		},
		"KeyWrites": {
			reason: "the key may write",
			make:   func(h *operator) { rekey(h, KeyA, false) },
			want:   []string{"update deploy-key shop argo"}, writes: 2,
		},
	}
}
