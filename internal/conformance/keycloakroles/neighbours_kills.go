package keycloakroles

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/Nerzal/gocloak/v13"

	"otomi.io/tasks/internal/sim"
	"otomi.io/tasks/internal/testkit/runner"
)

// neighbourValues is what a second installation wants: a team of its own with a
// person, and something else in what it shares with Platform.
const neighbourValues = `
cluster: {domainSuffix: second.example.com}
otomi: {adminPassword: Admin-pass-2}
apps: {keycloak: {idp: {clientSecret: client-secret-2}}}
teamConfig:
  a: {users: [{username: alice, email: alice@example.com, firstName: Eve, initialPassword: Alice-pass-2}]}
  d: {users: [{username: dora, email: dora@example.com, firstName: Dora, lastName: Dahl, initialPassword: Dora-pass-1}]}
`

// logins are those of Platform.
func logins() map[string]string {
	return map[string]string{"alice": "Alice-pass-1", "bob": "Bob-pass-1", "otomi-admin": "Admin-pass-1"}
}

// stands demands that everybody logs in with the secret and the password that
// Platform names, and that everything which was held is held still.
func (b *env) stands(t *testing.T, before map[string]string) {
	t.Helper()
	for user, password := range logins() {
		if _, err := b.kc.Login(t.Context(), "otomi", "client-secret-1", b.realm, user, password); err != nil {
			t.Errorf("%s does not log in: %v", user, err)
		}
	}
	if before == nil {
		return
	}
	now := b.operator(t).held()
	for name, was := range before {
		if now[name] != was {
			t.Errorf("%s was %q and is %q", name, was, now[name])
		}
	}
}

// held is what people work with: by name, with what shows that it is the same.
func (h *operator) held() map[string]string {
	h.t.Helper()
	held := map[string]string{}
	client := h.client("otomi")
	held["client otomi"] = fmt.Sprint(*client.ID, *client.RedirectURIs, *client.Enabled)
	groups, err := h.kc.GetGroups(h.ctx, h.admin, h.realm, gocloak.GetGroupsParams{BriefRepresentation: gocloak.BoolP(false)})
	for _, group := range must(h, groups, err) {
		mappings, err := h.kc.GetRoleMappingByGroupID(h.ctx, h.admin, h.realm, *group.ID)
		held["group "+*group.Name] = *group.ID
		if roles := must(h, mappings, err).RealmMappings; roles != nil {
			for _, role := range *roles {
				held["role of "+*group.Name+" "+*role.Name] = *role.ID
			}
		}
		members, err := h.kc.GetGroupMembers(h.ctx, h.admin, h.realm, *group.ID, gocloak.GetGroupsParams{})
		for _, user := range must(h, members, err) {
			held["member "+*group.Name+"/"+*user.Username] = fmt.Sprint(*user.ID, *user.Email, *user.Enabled)
		}
	}
	return held
}

// inOneRealm is Platform with a neighbour in its realm that wants other things. After
// each write of the neighbour everybody logs in.
func inOneRealm(t *testing.T, s Server) (first, second *env, before map[string]string) {
	t.Helper()
	first = newEnv(t, s, Platform)
	first.apply(t)
	h := first.operator(t)
	for user, password := range logins() { // as each does at the first login
		if err := h.kc.SetPassword(h.ctx, h.admin, *h.user(user).ID, h.realm, password, false); err != nil {
			t.Fatal(err)
		}
	}
	second = first.neighbour(t, neighbourValues)
	look := *first
	look.kc = gocloak.NewClient(s.Look)
	s.Faults.Watch(func(int, sim.Request) { look.stands(t, nil) })
	t.Cleanup(func() { s.Faults.Watch(nil) })
	return first, second, first.operator(t).held()
}

// NeighbourKills ends the runs of a second installation in the same realm after each
// of their writes, those in which it arrives and those in which it leaves.
func NeighbourKills(t *testing.T, start func(*testing.T) Server) {
	cases := map[string]func(*testing.T, *env) []string{
		"Arrives": func(*testing.T, *env) []string { return []string{"apply", "--policy", "sync"} },
		"Leaves": func(t *testing.T, second *env) []string {
			t.Helper()
			second.run(t, "apply")
			second.values[0] = runner.Source(t, strings.ReplaceAll(noTeams(), "client-secret-1", "client-secret-2"))
			return []string{"apply", "--policy", "sync", "--leavers", "remove", "--removal-cap", "1", "--accept", "no-teams"}
		},
	}
	for name, prepare := range cases {
		t.Run(name, func(t *testing.T) {
			runner.NeighbourKills(t, func(t *testing.T) runner.Scenario {
				first, second, before := inOneRealm(t, start(t))
				args := prepare(t, second)
				return runner.Scenario{
					Faults: first.Faults,
					Run:    func() runner.Result { return second.run(t, args...) },
					Check: func() {
						first.stands(t, before)
						first.settled(t, "--policy", "sync")
					},
				}
			})
		})
	}
}

// Orders lets two installations run in one realm in both orders, under every pair of
// policies, with the same wishes and with other ones.
func Orders(t *testing.T, start func(*testing.T) Server) {
	policies := []string{"create-only", "upsert-only", "sync"}
	for name, wishes := range map[string]string{"Same": Platform, "Other": neighbourValues} {
		for _, mine := range policies {
			for _, theirs := range policies {
				for order := range 2 {
					t.Run(fmt.Sprintf("%s/%s/%s/%d", name, mine, theirs, order), func(t *testing.T) {
						t.Parallel()
						first, second, before := inOneRealm(t, start(t))
						second.values[0] = runner.Source(t, wishes)
						turns := []func(){func() { first.run(t, "apply", "--policy", mine) }, func() { second.run(t, "apply", "--policy", theirs) }}
						if order == 1 {
							slices.Reverse(turns)
						}
						for range 2 {
							for _, turn := range turns {
								turn()
								first.stands(t, before)
							}
						}
						first.settled(t, "--policy", "sync")
					})
				}
			}
		}
	}
}
