package harborprojects

import (
	"fmt"
	"maps"
	"testing"

	"github.com/google/go-cmp/cmp"

	"otomi.io/tasks/internal/sim/harbor"
	"otomi.io/tasks/internal/testkit/runner"
	"otomi.io/tasks/tasks/run"
)

// maxBeside bounds the requests of a run that finds nothing to do, beside one
// for each team.
const maxBeside = 40

// maxAdmin bounds those of them that the administrator sends: each costs Harbor
// 0.1 s.
const maxAdmin = 3

// converge shows that a first run makes everything, that a second one finds
// nothing to do in few requests, and that a plan writes nothing.
func converge(t *testing.T, start Start) {
	cases := map[string]struct {
		reason string
		values []string
		teams  int
		page   string // a page size that makes many pages
	}{
		"Sample":   {"a small platform", []string{Platform}, 3, "2"},
		"Teams500": {"a large platform", []string{Platform, Teams(500)}, 503, "97"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			b := newEnv(t, start(t, harbor.Options{GroupRace: true}), tc.values...)
			planned := b.run(t, "plan").want(t, run.ExitOK, "planned", 0)
			first := b.apply(t)
			if diff := cmp.Diff(runner.Names(planned.Lines), runner.Names(first.Lines)); diff != "" {
				t.Errorf("%s: the plan and the apply differ:\n%s", tc.reason, diff)
			}
			b.run(t, "plan", "--detailed-exitcode").want(t, run.ExitOK, "unchanged", 0)
			second := b.settled(t)
			second.AtMost(t, tc.reason, tc.teams+maxBeside)
			if most := maxAdmin + b.membersByAdmin(tc.teams); second.admin > most {
				t.Errorf("%s: %d requests of the administrator in a run that finds nothing to do, want at most %d", tc.reason, second.admin, most)
			}
			b.settled(t, "--page-size", tc.page, "--policy", "sync")
			readBack(t, b)
		})
	}
}

// FirstRun makes a platform of n teams in a fresh Harbor, and looks at nothing
// but the run itself.
func FirstRun(t testing.TB, s Server, n int) {
	b := newEnv(t, s, Platform, Teams(n))
	b.apply(t)
}

// readBack looks at the platform by hand.
func readBack(t *testing.T, b *env) {
	t.Helper()
	h := b.console(t)
	settings := h.get("/configurations")
	for key, want := range map[string]any{
		"auth_mode": "oidc_auth", "oidc_name": "otomi", "oidc_endpoint": "https://keycloak.example.com/realms/otomi", "oidc_client_id": "otomi",
		"oidc_groups_claim": "groups", "oidc_admin_group": "admin", "oidc_scope": "openid,offline_access", "oidc_verify_cert": true, "oidc_auto_onboard": true,
		"oidc_user_claim": "email", "project_creation_restriction": "adminonly", "self_registration": false, "robot_name_prefix": "otomi-",
	} {
		if got := dig(settings, key, "value"); got != want {
			t.Errorf("configuration %s: %v, want %v", key, got, want)
		}
	}
	readProjects(t, h)
	readRules(t, h)
}

func readProjects(t *testing.T, h *console) {
	t.Helper()
	for project, want := range map[string]object{
		"team-a": {"public": "false", "auto_scan": "true", "auto_sbom_generation": "true", "prevent_vul": "true", "severity": "high"},
		"team-b": {"public": "false"},
		"team-c": {"public": "false"},
	} {
		metadata, _ := h.get("/projects/" + project)["metadata"].(object)
		delete(metadata, "retention_id")
		if metadata["auto_scan"] == "false" {
			delete(metadata, "auto_scan") // which is the same
		}
		if diff := cmp.Diff(want, metadata); diff != "" {
			t.Errorf("project %s (-want +got):\n%s", project, diff)
		}
		got := map[string]any{}
		for _, m := range h.list("/projects/" + project + "/members?page_size=100") {
			if m["entity_type"] == "g" {
				got[fmt.Sprint(m["entity_name"])] = m["role_name"]
			}
		}
		if diff := cmp.Diff(map[string]any{project: "developer", "team-admin": "projectAdmin"}, got); diff != "" {
			t.Errorf("members of %s (-want +got):\n%s", project, diff)
		}
	}
	for project, bytes := range map[string]float64{"team-a": 10 << 30, "team-b": -1} {
		if got := dig(h.get(h.quota(project)), "hard", "storage"); got != bytes {
			t.Errorf("quota of %s: %v, want %v", project, got, bytes)
		}
	}
}

func readRules(t *testing.T, h *console) {
	t.Helper()
	policy := h.get(h.retention("team-a"))
	if got := dig(policy, "trigger", "settings", "cron"); got != "0 0 0 * * *" {
		t.Errorf("retention of team-a runs at %v", got)
	}
	rule := func(template, repositories, decoration, tags, extras string, more object) object {
		rule := object{
			"action": "retain", "template": template,
			"scope_selectors": object{"repository": []any{object{"kind": "doublestar", "decoration": "repoMatches", "pattern": repositories}}},
			"tag_selectors":   []any{object{"kind": "doublestar", "decoration": decoration, "pattern": tags, "extras": extras}}}
		maps.Copy(rule, more)
		return rule
	}
	want := []any{
		rule("always", "**", "matches", "release-*", `{"untagged":true}`, nil),
		rule("latestPushedK", "{web,api/**}", "excludes", "pr-*", `{"untagged":false}`, object{"params": object{"latestPushedK": 10.0}}),
		rule("nDaysSinceLastPull", "**", "matches", "**", `{"untagged":true}`, object{"params": object{"nDaysSinceLastPull": 30.0}, "disabled": true}),
	}
	if diff := cmp.Diff(want, policy["rules"]); diff != "" {
		t.Errorf("retention rules of team-a (-want +got):\n%s", diff)
	}
	if rules := h.list("/projects/team-a/immutabletagrules"); len(rules) != 2 {
		t.Errorf("%d rules of immutable tags in team-a, want 2: %v", len(rules), rules)
	}
	if _, rule := h.rule("team-a", "v*"); rule["disabled"] != true || dig(rule, "scope_selectors", "repository", 0, "decoration") != "repoExcludes" {
		t.Errorf("the rule of immutable tags that is switched off: %v", rule)
	}
	if _, rule := h.rule("team-a", "release-*"); rule["disabled"] == true {
		t.Errorf("the rule of immutable tags that is switched on: %v", rule)
	}
}

// Attempt applies to whatever the server is, and returns how the run ended and
// how often it wrote to Kubernetes.
func Attempt(t testing.TB, s Server) (code, secrets int) {
	if s.Clock == nil {
		s.Clock = runner.InstantClock{}
	}
	r := newEnv(t, s, Platform).run(t, "apply", "--wait", "100ms")
	return r.Code, r.secrets
}
