package gitearepos

import (
	"maps"
	"net/http"

	"code.gitea.io/sdk/gitea"
)

// teamChange edits a team by hand. The SDK sends everything of it.
func (h *operator) teamChange(name string, change func(*gitea.EditTeamOption)) {
	h.t.Helper()
	team := h.team(name)
	option := gitea.EditTeamOption{Name: name, Permission: gitea.AccessModeWrite, UnitsMap: maps.Clone(team.UnitsMap)}
	change(&option)
	h.done(h.gt.EditTeam(team.ID, option))
}

func teamDrifts() map[string]drift {
	return map[string]drift{
		"OrganizationAccess": {
			reason: "administrators of a repository may no longer give it to teams",
			make: func(h *operator) {
				h.done(h.gt.EditOrg(org, gitea.EditOrgOption{Visibility: gitea.VisibleTypePublic, RepoAdminChangeTeamAccess: new(false)}))
			},
			want: []string{"update organization otomi"}, writes: 1,
		},
		"TeamDeleted": {
			reason: "with the team its members and its access are gone",
			make:   func(h *operator) { h.done(h.gt.DeleteTeam(h.team("team-a").ID)) },
			want: []string{
				"create team team-a", "create member team-a/a-bot", "create member team-a/alice",
				"create access shop/team-a", "create access team-a-argocd/team-a", "update branch-protection shop main",
			}, writes: 6,
		},
		"TeamDescription": {
			reason: "what the values say",
			make: func(h *operator) {
				h.teamChange("team-a", func(o *gitea.EditTeamOption) { o.Description = new("hacked") })
			},
			want: []string{"update team team-a"}, writes: 1,
		},
		"ViewerDeleted": {
			reason: "the platform's own team",
			make:   func(h *operator) { h.done(h.gt.DeleteTeam(h.team("otomi-viewer").ID)) },
			want: []string{
				"create team otomi-viewer", "create access charts/otomi-viewer", "create access handbook/otomi-viewer", "create access values/otomi-viewer",
			}, writes: 4,
		},
	}
}

func rightsDrifts() map[string]drift {
	return map[string]drift{
		"UnitsLost": {
			reason: "a team that can no longer push",
			make: func(h *operator) {
				h.teamChange("team-c", func(o *gitea.EditTeamOption) { o.UnitsMap["repo.code"] = "read" })
			},
			want: []string{"update team team-c"}, writes: 1,
		},
		"UnitsGained": {
			args:   []string{"--allow-removals", "team=1"},
			reason: "a viewer who can push",
			make: func(h *operator) {
				h.teamChange("otomi-viewer", func(o *gitea.EditTeamOption) { o.UnitsMap["repo.code"] = "write" })
			},
			want: []string{"update team otomi-viewer"}, writes: 1,
		},
		"AdminGained": {
			reason: "a team that administers what it should only work in",
			make: func(h *operator) {
				h.teamChange("team-c", func(o *gitea.EditTeamOption) { o.Permission = gitea.AccessModeAdmin })
			},
			want: []string{"update team team-c"}, writes: 1,
		},
		"AdminLost": {
			reason: "self-service that was taken away by hand",
			make: func(h *operator) {
				h.teamChange("team-b", func(o *gitea.EditTeamOption) { o.UnitsMap = map[string]string{"repo.code": "write"} })
			},
			want: []string{"update team team-b"}, writes: 1,
		},
		"EveryRepository": {
			reason: "a team that sees everything, and would go on seeing what it was let into",
			make: func(h *operator) {
				h.teamChange("team-c", func(o *gitea.EditTeamOption) { o.IncludesAllRepositories = new(true) })
			},
			want: []string{
				"update team team-c", "delete access charts/team-c", "delete access handbook/team-c", "delete access shop/team-c",
				"delete access team-a-argocd/team-c", "delete access team-b-argocd/team-c", "delete access values/team-c",
			}, writes: 7, args: []string{"--allow-removals", "access=6"},
		},
		"MayCreate": {
			reason: "a team that makes repositories of the organisation",
			make: func(h *operator) {
				h.teamChange("team-c", func(o *gitea.EditTeamOption) { o.CanCreateOrgRepo = new(true) })
			},
			want: []string{"update team team-c"}, writes: 1,
		},
		"TeamRenamedByCase": {
			reason: "Gitea ignores case: the name needs no write, but the units do",
			make: func(h *operator) {
				h.teamChange("team-c", func(o *gitea.EditTeamOption) { o.Name = "Team-C"; o.UnitsMap["repo.wiki"] = "read" })
			},
			want: []string{"update team team-c"}, writes: 1,
		},
	}
}

func peopleDrifts() map[string]drift {
	return map[string]drift{
		"MemberGone": {
			reason: "a user who was taken out of the team",
			make:   func(h *operator) { h.done(h.gt.RemoveTeamMember(h.team("team-a").ID, "alice")) },
			want:   []string{"create member team-a/alice"}, writes: 1,
		},
		"OwnerGone": {
			reason: "an owner who was taken out",
			make:   func(h *operator) { h.done(h.gt.RemoveTeamMember(h.team("Owners").ID, "ada")) },
			want:   []string{"create member owners/ada"}, writes: 1,
		},
		"UserGone": {
			reason: "an account that was deleted",
			make: func(h *operator) {
				h.done(h.gt.RemoveTeamMember(h.team("team-a").ID, "a-bot")) // Gitea deletes no members
				h.done(h.gt.AdminDeleteUser("a-bot"))
			},
			want: []string{"create user a-bot", "create member team-a/a-bot", "update branch-protection shop main"}, writes: 3,
		},
		"UserRenamed": {
			reason: "another name of the person",
			make: func(h *operator) {
				h.done(h.gt.AdminEditUser("a-bot", gitea.EditUserOption{LoginName: "a-bot", FullName: new("Somebody"), Email: new("else@example.com")}))
			},
			want: []string{"update user a-bot"}, writes: 1,
		},
	}
}

func applicationDrifts() map[string]drift {
	const name = "otomi-drone"
	change := func(h *operator, redirect string, skip bool) {
		err := h.raw(http.MethodPatch, "/user/applications/oauth2/"+number(h.app().ID), map[string]any{
			"name": name, "redirect_uris": []string{redirect}, "confidential_client": true, "skip_secondary_authorization": skip})
		if err != nil {
			h.t.Fatal(err)
		}
	}
	return map[string]drift{
		"ApplicationGone": {
			reason: "no user can log in to Drone any more",
			make:   func(h *operator) { h.done(h.gt.DeleteOauth2(h.app().ID)) },
			want:   []string{"create oauth2-application otomi-drone"}, writes: 1,
		},
		"Redirect": {
			args:   []string{"--allow-removals", "oauth2-application=1"},
			reason: "people would be sent elsewhere",
			make:   func(h *operator) { change(h, "https://elsewhere.example.com/login", true) },
			want:   []string{"update oauth2-application otomi-drone"}, writes: 1,
		},
		"SecretRenewed": {
			args:   []string{"--allow-removals", "oauth2-application=1"},
			reason: "the secret was replaced: only its use shows that ours is refused",
			make:   func(h *operator) { change(h, "https://drone.example.com/login", true) },
			want:   []string{"update oauth2-application otomi-drone"}, writes: 1,
		},
		"ConsentAsked": {
			args:   []string{"--allow-removals", "oauth2-application=1"},
			reason: "the first login would stop at a question",
			make:   func(h *operator) { change(h, "https://drone.example.com/login", false) },
			want:   []string{"update oauth2-application otomi-drone"}, writes: 1, since: 23,
		},
		"KubernetesSecretGone": {
			reason: "it is restored, and what Drone holds stays good",
			make:   func(h *operator) { h.cluster.send(h.t, http.MethodDelete, droneSecret, "") },
			want:   []string{"update oauth2-application otomi-drone"}, writes: 0,
		},
		"KubernetesSecretEdited": {
			reason: "likewise",
			make:   func(h *operator) { h.cluster.edit(h.t, "edited-by-hand") },
			want:   []string{"update oauth2-application otomi-drone"}, writes: 0,
		},
	}
}
