package harborprojects

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"otomi.io/tasks/internal/sim"
	"otomi.io/tasks/internal/sim/harbor"
	"otomi.io/tasks/internal/testkit/runner"
	"otomi.io/tasks/tasks/run"
)

// foreign shows that what others made survives every policy.
func foreign(t *testing.T, start Start) {
	b := newEnv(t, start(t, harbor.Options{}), Platform)
	b.apply(t)
	h := b.console(t)
	person := b.Harbor.AddUser("dora")
	h.post("/projects", object{"project_name": "team-theirs"})
	h.post("/projects", object{"project_name": "theirs"})
	h.post("/usergroups", object{"group_name": "team-guests", "group_type": 3})
	h.post("/projects/team-a/members", object{"role_id": 3, "member_group": object{"group_name": "team-guests", "group_type": 3}})
	h.post("/projects/team-a/members", object{"role_id": 1, "member_user": object{"user_id": person}})
	h.post("/projects/team-c/immutabletagrules", immutableRule("theirs-*"))
	h.post("/projects/team-a/immutabletagrules", immutableRule("theirs-*"))
	h.put(h.quota("team-c"), object{"hard": object{"storage": 5 << 20}})
	h.metadata("team-c", "auto_scan", "true")
	h.setting("session_timeout", 77)
	for _, policy := range []string{"create-only", "upsert-only", "sync"} {
		b.settled(t, "--policy", policy)
	}
	h.setting("oidc_name", "other") // repaired, and the settings beside it stay
	b.apply(t, "--policy", "sync")
	h.get("/projects/team-theirs")
	h.get("/projects/theirs")
	h.member("team-a", "team-guests")
	h.member("team-a", "dora")
	h.rule("team-c", "theirs-*")
	h.rule("team-a", "theirs-*")
	if got := dig(h.get("/configurations"), "session_timeout", "value"); got != 77.0 {
		t.Errorf("session_timeout is %v", got)
	}
	if got := dig(h.get(h.quota("team-c")), "hard", "storage"); got != float64(5<<20) {
		t.Errorf("the quota that the values do not name is %v", got)
	}
}

func immutableRule(tags string) object {
	return object{
		"action": "immutable", "template": "immutable_template",
		"scope_selectors": object{"repository": []any{object{"kind": "doublestar", "decoration": "repoMatches", "pattern": "**"}}},
		"tag_selectors":   []any{object{"kind": "doublestar", "decoration": "matches", "pattern": tags}}}
}

// policies shows what each policy does with a team that left the values, and
// that the guards stand before it.
func policies(t *testing.T, start Start) {
	b := newEnv(t, start(t, harbor.Options{}), Platform, Teams(8))
	b.apply(t)
	if err := b.Harbor.AddRepository("team-t0001", "team-t0001/web"); err != nil {
		t.Fatal(err)
	}
	b.values = slices.Delete(b.values, 1, 2) // the eight teams left
	r := b.settled(t)
	if len(r.Lines) != 8 || r.Lines[0].Blocked != "policy upsert-only" || r.Lines[1].Blocked != "holds 1 repository" {
		t.Errorf("deletions that the policy blocks are not shown: %v", r.Lines)
	}
	b.run(t, "apply", "--policy", "sync").want(t, run.ExitRefused, "refused", 0)
	b.run(t, "apply", "--policy", "sync", "--allow-removals", "project=8").want(t, run.ExitRefused, "refused", 0)
	one := b.run(t, "apply", "--policy", "sync", "--team", "t0003").want(t, run.ExitOK, "converged", 1)
	if diff := cmp.Diff([]string{"delete project team-t0003"}, runner.Names(one.Lines)); diff != "" {
		t.Errorf("one team's plan (-want +got):\n%s", diff)
	}
	b.run(t, "apply", "--policy", "sync", "--allow-removals", "project=6").want(t, run.ExitOK, "converged", 6)
	b.settled(t, "--policy", "sync")
	h := b.console(t)
	h.get("/projects/team-t0001")
	if status, _ := h.try("GET", "/projects/team-t0002", nil); status != 404 {
		t.Errorf("project team-t0002 is still there: %d", status)
	}
	// A user made it again: it is theirs.
	h.post("/projects", object{"project_name": "team-t0002"})
	b.settled(t, "--policy", "sync")
	if err := b.Harbor.RemoveRepository("team-t0001", "team-t0001/web"); err != nil {
		t.Fatal(err)
	}
	// The answer is lost: asked again, Harbor says 403 of what is gone.
	b.Faults.Inject(sim.Fault{Effect: sim.ResetAfter, Method: "DELETE", Path: "/projects/"})
	b.run(t, "apply", "--policy", "sync").want(t, run.ExitOK, "converged", 2)
	b.Faults.Clear()
	b.run(t, "apply", "--policy", "create-only").want(t, run.ExitOK, "unchanged", 0)
	h.metadata("team-a", "auto_scan", "false")
	h.remove(h.member("team-b", "team-b"))
	b.run(t, "apply", "--policy", "create-only").want(t, run.ExitOK, "converged", 1)
	b.run(t, "plan", "--detailed-exitcode").want(t, run.ExitDifferences, "planned", 0)
	b.apply(t)
	b.values.Add(t, "apps: {harbor: {enabled: false}}")
	off := b.run(t, "apply", "--policy", "sync").want(t, run.ExitOK, "unchanged", 0)
	if off.Outcome.Requests.Reads != 0 || off.secrets != 0 {
		t.Errorf("Harbor is switched off, and got %d requests", off.Outcome.Requests.Reads)
	}
}

// adopt takes over what the predecessor made, without recreating it.
func adopt(t *testing.T, start Start) {
	b := newEnv(t, start(t, harbor.Options{}), Platform)
	h := b.console(t)
	h.put("/configurations", object{
		"auth_mode": "oidc_auth", "oidc_name": "otomi", "oidc_endpoint": "https://keycloak.example.com/realms/otomi", "oidc_client_id": "otomi",
		"oidc_client_secret": "client-secret-1", "oidc_groups_claim": "groups", "oidc_admin_group": "admin", "oidc_scope": "openid",
		"oidc_auto_onboard": true, "oidc_user_claim": "email", "project_creation_restriction": "adminonly", "robot_name_prefix": "otomi-"})
	for _, team := range []string{"team-a", "team-b", "team-c"} {
		h.post("/projects", object{"project_name": team, "metadata": object{"public": "false"}})
		for group, role := range map[string]int{team: 2, "team-admin": 1} {
			h.post("/projects/"+team+"/members", object{"role_id": role, "member_group": object{"group_name": group, "group_type": 3}})
		}
	}
	before := fmt.Sprint(h.get("/projects/team-c")["project_id"])
	first := b.apply(t)
	want := []string{"update configuration harbor", "create service-robot otomi-tasks", "update project team-a", "adopt project team-b", "adopt project team-c"}
	if diff := cmp.Diff(want, runner.Names(first.Lines)[:len(want)]); diff != "" {
		t.Errorf("the plan (-want +got):\n%s", diff)
	}
	if got := fmt.Sprint(h.get("/projects/team-c")["project_id"]); got != before {
		t.Errorf("project team-c was recreated: id %s, was %s", got, before)
	}
	b.settled(t, "--policy", "sync")
	readBack(t, b)
}
