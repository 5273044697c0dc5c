package harborprojects

// settingDrifts change Harbor's own configuration.
func settingDrifts() map[string]drift {
	all := map[string]drift{}
	for key, value := range map[string]any{
		"auth_mode": "db_auth", "oidc_name": "Keycloak", "oidc_endpoint": "https://elsewhere.example.com", "oidc_client_id": "harbor",
		"oidc_groups_claim": "roles", "oidc_admin_group": "everybody", "oidc_scope": "openid,email", "oidc_verify_cert": false,
		"oidc_auto_onboard": false, "oidc_user_claim": "sub", "project_creation_restriction": "everyone", "self_registration": true,
	} {
		all["Setting/"+key] = drift{
			reason: "a setting that we declare", want: []string{"update configuration harbor"}, writes: 1,
			make: func(h *console) { h.setting(key, value) }}
	}
	all["SettingsMany"] = drift{
		reason: "one request for all that differs", want: []string{"update configuration harbor"}, writes: 1,
		make: func(h *console) {
			h.put("/configurations", object{"oidc_scope": "x", "oidc_name": "y", "self_registration": true})
		}}
	return all
}

// projectDrifts change projects and their quotas.
func projectDrifts() map[string]drift {
	metadata := func(reason, key, text string) drift {
		return drift{reason: reason, want: []string{"update project team-a"}, writes: 1, make: func(h *console) { h.metadata("team-a", key, text) }}
	}
	quota := func(reason, project string, bytes int64) drift {
		return drift{reason: reason, want: []string{"update quota " + project}, writes: 1, make: func(h *console) {
			h.put(h.quota(project), object{"hard": object{"storage": bytes}})
		}}
	}
	// The rights of robot accounts went with the project.
	withRights := func(project string, want ...string) []string {
		for _, use := range []string{"builds", "pull", "push"} {
			want = append(want, "update credential "+project+"/"+use)
		}
		return want
	}
	return map[string]drift{
		"ProjectGone": {
			reason: "the team has nowhere to push to", writes: 6,
			want: withRights("team-c", "create project team-c", "create member team-c/team-admin", "create member team-c/team-c"),
			make: func(h *console) { h.remove("/projects/team-c") }},
		"ProjectGoneWithAll": {
			reason: "everything that lives inside comes back", writes: 11,
			want: withRights("team-a", "create project team-a", "create quota team-a", "create member team-a/team-a", "create member team-a/team-admin",
				"create retention team-a", "create immutable-tags team-a/!web v*", "create immutable-tags team-a/** release-*"),
			make: func(h *console) { h.remove("/projects/team-a") }},
		"ProjectAnother": {
			reason: "a project of the same name that a user made is adopted as it is", writes: 5,
			want: withRights("team-c", "adopt project team-c", "create member team-c/team-admin", "create member team-c/team-c"),
			make: func(h *console) {
				h.remove("/projects/team-c")
				h.post("/projects", object{"project_name": "team-c"})
			}},
		"ProjectPublic":     metadata("pulls without a login", "public", "true"),
		"ProjectNonsense":   metadata("Harbor stores an invalid flag", "public", "maybe"),
		"ProjectScan":       metadata("images are not scanned", "auto_scan", "false"),
		"ProjectSBOM":       metadata("no list of contents is made", "auto_sbom_generation", "false"),
		"ProjectVulnerable": metadata("bad images can be pulled", "prevent_vul", "false"),
		"ProjectSeverity":   metadata("only the worst images are held back", "severity", "critical"),
		"ProjectSeverityNonsense": metadata("Harbor stores an invalid severity, and shows unknown",
			"severity", "terrible"),
		"QuotaLess":    quota("the team cannot push any more", "team-a", 1),
		"QuotaNone":    quota("the team may fill the disk", "team-a", -1),
		"QuotaLimited": quota("the values say unlimited", "team-b", 1<<30),
	}
}

// memberDrifts change who may do what.
func memberDrifts() map[string]drift {
	role := func(reason, project, group string, number int) drift {
		return drift{reason: reason, want: []string{"update member " + project + "/" + group}, writes: 1, make: func(h *console) {
			h.put(h.member(project, group), object{"role_id": number})
		}}
	}
	return map[string]drift{
		"MemberGone": {
			reason: "the team cannot push", want: []string{"create member team-b/team-b"}, writes: 1,
			make: func(h *console) { h.remove(h.member("team-b", "team-b")) }},
		"MemberLess":     role("the team may only pull", "team-b", "team-b", 3),
		"MemberMore":     role("the team administers its project", "team-b", "team-b", 1),
		"MemberMaintain": role("a role that Harbor's own messages do not know", "team-c", "team-c", 4),
		"AdminLess":      role("the administrators of teams are guests", "team-c", "team-admin", 5),
		"GroupGone": {
			reason: "its memberships went with it", want: []string{"create group team-b", "create member team-b/team-b"}, writes: 2,
			make: func(h *console) {
				h.remove("/usergroups/" + id(h.find("/usergroups?page_size=100", "group_name", "team-b")))
			}},
		"GroupAdminGone": {
			reason: "it was a member of every project", writes: 4,
			want: []string{"create group team-admin", "create member team-a/team-admin", "create member team-b/team-admin", "create member team-c/team-admin"},
			make: func(h *console) {
				h.remove("/usergroups/" + id(h.find("/usergroups?page_size=100", "group_name", "team-admin")))
			}},
	}
}

// ruleDrifts change what is kept and what is immutable.
func ruleDrifts() map[string]drift {
	policy := func(reason string, change func(policy object, rules []any)) drift {
		return drift{reason: reason, want: []string{"update retention team-a"}, writes: 1, make: func(h *console) { h.policy("team-a", change) }}
	}
	rule := func(reason string, index int, change func(rule object)) drift {
		return policy(reason, func(_ object, rules []any) {
			if r, ok := rules[index].(object); ok {
				change(r)
			}
		})
	}
	return map[string]drift{
		"RetentionGone": {
			reason: "nothing is ever removed", want: []string{"create retention team-a"}, writes: 1,
			make: func(h *console) { h.remove(h.retention("team-a")) }},
		"RetentionSchedule": policy("it never runs", func(p object, _ []any) {
			p["trigger"] = object{"kind": "Schedule", "settings": object{"cron": ""}}
		}),
		"RetentionRuleGone":  policy("one rule less", func(p object, rules []any) { p["rules"] = rules[:2] }),
		"RetentionRuleAdded": policy("one rule more", func(p object, rules []any) { p["rules"] = append(rules, moreRule()) }),
		"RetentionNone":      policy("no rules", func(p object, _ []any) { p["rules"] = []any{} }),
		"RetentionCount":     rule("fewer images", 1, func(r object) { r["params"] = object{"latestPushedK": 1} }),
		"RetentionTemplate": rule("counted in another way", 1, func(r object) {
			r["template"], r["params"] = "latestPulledN", object{"latestPulledN": 10}
		}),
		"RetentionEnabled":  rule("a rule that is switched off", 2, func(r object) { r["disabled"] = false }),
		"RetentionDisabled": rule("a rule that is switched on", 0, func(r object) { r["disabled"] = true }),
		"RetentionTags":     rule("other tags", 0, func(r object) { first(r["tag_selectors"])["pattern"] = "v*" }),
		"RetentionExcludes": rule("all other tags", 1, func(r object) { first(r["tag_selectors"])["decoration"] = "matches" }),
		"RetentionUntagged": rule("images without a tag", 1, func(r object) { first(r["tag_selectors"])["extras"] = `{"untagged":true}` }),
		"RetentionRepositories": rule("other repositories", 1, func(r object) {
			first(dig(r, "scope_selectors", "repository"))["pattern"] = "**"
		}),
		"ImmutableGone": {
			reason: "releases can be overwritten", want: []string{"create immutable-tags team-a/** release-*"}, writes: 1,
			make: func(h *console) { path, _ := h.rule("team-a", "release-*"); h.remove(path) }},
		"ImmutableOff": {
			reason: "the same", want: []string{"update immutable-tags team-a/** release-*"}, writes: 1,
			make: func(h *console) { h.toggle("release-*", true) }},
		"ImmutableOn": {
			reason: "the values say that it is off", want: []string{"update immutable-tags team-a/!web v*"}, writes: 1,
			make: func(h *console) { h.toggle("v*", false) }},
		"ImmutableGoneOff": {
			reason: "Harbor makes every rule switched on", want: []string{"create immutable-tags team-a/!web v*"}, writes: 2,
			make: func(h *console) { path, _ := h.rule("team-a", "v*"); h.remove(path) }},
		"ImmutableEdited": {
			reason: "the rule of ours that says something else goes", writes: 2,
			want: []string{"create immutable-tags team-a/** release-*", "delete immutable-tags team-a/** v9*"},
			make: func(h *console) {
				path, rule := h.rule("team-a", "release-*")
				first(rule["tag_selectors"])["pattern"] = "v9*"
				h.put(path, rule)
			}},
	}
}

func (h *console) toggle(tags string, disabled bool) {
	h.t.Helper()
	path, rule := h.rule("team-a", tags)
	rule["disabled"] = disabled
	h.put(path, rule)
}

// first is the first of a list of objects.
func first(list any) object {
	o, _ := dig(list, 0).(object)
	return o
}

func moreRule() object {
	selector := func(decoration string) []any {
		return []any{object{"kind": "doublestar", "decoration": decoration, "pattern": "**"}}
	}
	return object{
		"action": "retain", "template": "latestPushedK", "params": object{"latestPushedK": 1},
		"scope_selectors": object{"repository": selector("repoMatches")}, "tag_selectors": selector("matches")}
}
