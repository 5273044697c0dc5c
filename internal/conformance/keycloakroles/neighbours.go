package keycloakroles

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/Nerzal/gocloak/v13"
	"github.com/google/go-cmp/cmp"

	"otomi.io/tasks/internal/testkit/runner"
	"otomi.io/tasks/tasks/keycloakroles"
	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/run"
)

// neighbours shows that an installation leaves alone what another one, a person or
// an earlier release made.
func neighbours(t *testing.T, s Server) {
	t.Run("SameTeams", func(t *testing.T) { sameTeams(t, s) })
	t.Run("OtherTeams", func(t *testing.T) { otherTeams(t, s) })
	t.Run("EarlierRelease", func(t *testing.T) { earlierRelease(t, s) })
	t.Run("ForeignRealm", func(t *testing.T) { foreignRealm(t, s) })
	t.Run("ForeignAccount", func(t *testing.T) { foreignAccount(t, s) })
	t.Run("TakenAddress", func(t *testing.T) { takenAddress(t, s) })
}

// neighbour is another installation in the same realm.
func (b *env) neighbour(t *testing.T, values ...string) *env {
	t.Helper()
	other := *b
	other.installation += "-neighbour"
	other.values = append(runner.Sources(t, values...), b.values[len(b.values)-1])
	return &other
}

func sameTeams(t *testing.T, s Server) {
	b := newEnv(t, s, Platform)
	b.apply(t)
	other := b.neighbour(t, Platform)
	for _, policy := range []string{"upsert-only", "sync"} {
		r := other.settled(t, "--policy", policy)
		for _, line := range r.Lines {
			if !strings.Contains(line.Blocked, "installation "+b.installation) {
				t.Errorf("policy %s: %s %s %s is not held back for its owner: %q", policy, line.Action, line.Kind, line.Name, line.Blocked)
			}
		}
		if len(r.Lines) < 10 {
			t.Errorf("policy %s: the objects of the other installation are not shown: %v", policy, runner.Names(r.Lines))
		}
	}
	b.settled(t, "--policy", "sync")
	other.apply(t, "--accept", plan.AcceptOwner)
	other.settled(t, "--policy", "sync")
	if r := b.settled(t, "--policy", "sync"); len(r.Lines) == 0 {
		t.Error("the first installation does not see that its objects were taken over")
	}
}

func otherTeams(t *testing.T, s Server) {
	b := newEnv(t, s, Platform)
	b.apply(t)
	other := b.neighbour(t, noTeams(), "teamConfig: {x: {}, y: {users: [{username: yves, email: yves@example.com, initialPassword: Yves-pass-1}]}}")
	other.apply(t, "--policy", "sync")
	for range 2 {
		b.settled(t, "--policy", "sync")
		other.settled(t, "--policy", "sync")
	}
	shown := other.run(t, "plan", "--policy", "sync", "--accept", plan.AcceptOwner)
	if names := runner.Names(shown.Lines); !slices.Contains(names, "delete role team-a") || !slices.Contains(names, "delete group team-b") {
		t.Errorf("the objects of the other installation are not shown: %v", names)
	}
	for _, line := range shown.Lines {
		if line.Action == plan.Delete && line.Blocked != "belongs to installation "+b.installation {
			t.Errorf("%s %s %s is held back by %q", line.Action, line.Kind, line.Name, line.Blocked)
		}
	}
	other.values[1] = runner.Source(t, "teamConfig: {x: {}}")
	r := other.run(t, "apply", "--policy", "sync").Want(t, run.ExitOK, "converged", 2)
	if gone := deleted(r.Lines); !slices.Equal(gone, []string{"delete role team-y", "delete group team-y"}) {
		t.Errorf("sync deletes %v", gone)
	}
	b.settled(t, "--policy", "sync")
	readBack(t, b)
}

func deleted(lines []plan.Line) []string {
	return runner.Names(slices.DeleteFunc(slices.Clone(lines), func(l plan.Line) bool { return l.Action != plan.Delete || l.Blocked != "" }))
}

// earlierRelease strips the marks down to those that our earlier releases made:
// everything is adopted, and nothing is recreated.
func earlierRelease(t *testing.T, s Server) {
	b := newEnv(t, s, Platform)
	b.apply(t)
	h := b.operator(t)
	for _, name := range []string{"otomi-admin", "team-admin", "team-a", "team-b", "team-c"} {
		group := h.group(name)
		group.Attributes = &map[string][]string{"managed-by": {"otomi-tasks"}}
		if err := h.kc.UpdateGroup(h.ctx, h.admin, h.realm, group); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"admin", "team-admin", "team-a", "team-b", "team-c"} {
		role := h.role(name)
		role.Attributes = &map[string][]string{}
		if err := h.kc.UpdateRealmRole(h.ctx, h.admin, h.realm, name, role); err != nil {
			t.Fatal(err)
		}
	}
	before := *h.role("team-a").ID
	r := b.run(t, "plan").Want(t, run.ExitOK, "planned", 0)
	for _, line := range r.Lines {
		if line.Action != plan.Adopt && line.Kind != "group" {
			t.Errorf("%s %s %s: want adoptions only", line.Action, line.Kind, line.Name)
		}
	}
	b.run(t, "apply", "--policy", "sync").Want(t, run.ExitOK, "converged", 10)
	b.settled(t, "--policy", "sync")
	if got := *b.operator(t).role("team-a").ID; got != before {
		t.Errorf("role team-a was recreated: id %s, was %s", got, before)
	}
}

// foreignRealm names a realm that the platform did not make.
func foreignRealm(t *testing.T, s Server) {
	b := newEnv(t, s, Platform)
	enabled := true
	admin := b.token(t)
	if _, err := b.kc.CreateRealm(t.Context(), admin, gocloak.RealmRepresentation{Realm: &b.realm, DisplayName: gocloak.StringP("Corporation"), Enabled: &enabled}); err != nil {
		t.Fatal(err)
	}
	b.run(t, "apply").Want(t, run.ExitRefused, "refused", 0)
	b.apply(t, "--accept", keycloakroles.AcceptRealm)
	b.settled(t, "--policy", "sync")
}

const ceo = "teamConfig: {a: {users: [{username: ceo, email: mallory@example.com, firstName: Mallory, initialPassword: Mallory-pass-1}]}}"

// foreignAccount declares a user whose name another person has.
func foreignAccount(t *testing.T, s Server) {
	b := newEnv(t, s, Platform)
	b.apply(t)
	h := b.operator(t)
	id, err := h.kc.CreateUser(h.ctx, h.admin, h.realm, gocloak.User{Username: gocloak.StringP("ceo"), Email: gocloak.StringP("ceo@example.com"), Enabled: gocloak.BoolP(true)})
	must(h, id, err)
	b.values.Add(t, ceo)
	for _, policy := range []string{"upsert-only", "sync"} {
		b.run(t, "apply", "--policy", policy)
		r := b.settled(t, "--policy", policy)
		for _, line := range r.Lines {
			if strings.Contains(line.Name, "ceo") && !strings.Contains(line.Blocked, "no known installation") {
				t.Errorf("%s %s %s is not held back: %q", line.Action, line.Kind, line.Name, line.Blocked)
			}
		}
		got := b.operator(t).user("ceo")
		if *got.ID != id || *got.Email != "ceo@example.com" {
			t.Fatalf("the account of another person was changed: %s", &got)
		}
	}
	b.run(t, "apply", "--accept", plan.AcceptOwner).Want(t, run.ExitRefused, "refused", 0)
	b.apply(t, "--accept", plan.AcceptOwner, "--accept", keycloakroles.AcceptEmail)
	b.settled(t, "--policy", "sync")
	if got := b.operator(t).user("ceo"); *got.ID != id || *got.Email != "mallory@example.com" {
		t.Errorf("the accepted account was not taken over: %s", &got)
	}
}

// takenAddress renames a user, who keeps the e-mail address.
func takenAddress(t *testing.T, s Server) {
	b := newEnv(t, s, Platform)
	b.apply(t)
	b.values.Add(t, "teamConfig: {a: {users: [{username: alicia, email: alice@example.com, initialPassword: Alice-pass-1}]}}")
	r := b.run(t, "apply", "--policy", "sync").Want(t, run.ExitUnsettled, "unsettled", runner.AnyWrites)
	held := map[string]string{}
	for _, line := range r.Lines {
		held[line.Name] = line.Blocked
	}
	if !strings.Contains(held["alicia"], "user alice has the e-mail address") || held["alicia/team-a"] == "" {
		t.Errorf("the holder of the address is not named: %v", held)
	}
}

// leavers removes a user from the values, under every choice for its account.
func leavers(t *testing.T, s Server) {
	cases := map[string]struct {
		reason string
		args   []string
		exists bool
	}{
		"Show":    {"the account stays", nil, true},
		"Disable": {"the account is disabled", []string{"--leavers", "disable"}, true},
		"Remove":  {"the account is deleted", []string{"--leavers", "remove"}, false},
	}
	for _, name := range slices.Sorted(maps.Keys(cases)) {
		tc := cases[name]
		t.Run(name, func(t *testing.T) {
			b := newEnv(t, s, Platform)
			b.apply(t)
			b.values.Add(t, "teamConfig: {a: {users: []}}")
			shown := b.settled(t)
			if diff := cmp.Diff([]string{"delete user alice", "delete membership alice/team-a"}, runner.Names(shown.Lines)); diff != "" {
				t.Errorf("the leaver is not shown (-want +got):\n%s", diff)
			}
			b.apply(t, append([]string{"--policy", "sync"}, tc.args...)...)
			b.settled(t, "--policy", "sync", "--leavers", "disable")
			h := b.operator(t)
			users, err := h.kc.GetUsers(h.ctx, h.admin, h.realm, gocloak.GetUsersParams{Username: gocloak.StringP("alice"), Exact: gocloak.BoolP(true)})
			if got := must(h, users, err); len(got) > 0 != tc.exists || tc.exists && name == "Disable" == *got[0].Enabled {
				t.Errorf("%s: found %v", tc.reason, got)
			}
			members, err := h.kc.GetGroupMembers(h.ctx, h.admin, h.realm, *h.group("team-a").ID, gocloak.GetGroupsParams{})
			if len(must(h, members, err)) > 0 {
				t.Errorf("%s: the membership is left", tc.reason)
			}
		})
	}
}
