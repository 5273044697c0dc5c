package keycloakroles

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
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

// people are those whom the platform lists from APL 4.0 on.
const people = `
users:
  - {email: Root@Example.com, firstName: Rita, lastName: Root, initialPassword: Rita-pass-1, isPlatformAdmin: true}
  - {email: al.ice@example.com, firstName: Alice, lastName: Ash, initialPassword: Alice-pass-1, isTeamAdmin: true, teams: [a]}
`

// generations converges under the names of several releases, and moves a realm
// from an older one to a newer one.
func generations(t *testing.T, s Server) {
	b := newEnv(t, s, noTeams()+"teamConfig: {a: {}, b: {}}")
	b.values.Add(t, "apps: {keycloak: {redirectURIs: ['https://a.example.com/*']}}") // the hosts of the generations differ
	otomi := []string{"--platform", "otomi-2.2"}
	b.apply(t, otomi...)
	b.settled(t, append([]string{"--policy", "sync"}, otomi...)...)
	b.values.Add(t, people)
	apl := []string{"--platform", "apl-4.7"}
	planned := b.run(t, append([]string{"plan"}, apl...)...).Want(t, run.ExitOK, "planned", 0)
	for _, line := range planned.Lines {
		if line.Blocked == "" && (line.Action == plan.Delete || line.Loss != "") {
			t.Errorf("moving to another generation takes something away: %s %s %s", line.Action, line.Kind, line.Name)
		}
	}
	b.apply(t, apl...)
	b.settled(t, apl...)
	h := b.operator(t)
	for _, name := range []string{"platform-admin", "all-teams-admin", "team-admin", "team-a"} {
		if description := *h.role(name).Description; !strings.HasPrefix(description, "Created by APL") {
			t.Errorf("role %s: description %q", name, description)
		}
	}
	if roles := h.group("otomi-admin").RealmRoles; !slices.Contains(*roles, "platform-admin") {
		t.Errorf("the left-over group has the roles %v", *roles)
	}
	user := h.user("al.ice@example.com")
	if nickname := (*user.Attributes)["nickname"]; !slices.Equal(nickname, []string{"al-ice-example-com"}) {
		t.Errorf("the nickname is %v", nickname)
	}
	realm, err := h.kc.GetRealm(h.ctx, h.admin, h.realm)
	if got := must(h, realm, err); *got.AccessTokenLifespan != 60 || *got.SsoSessionMaxLifespan != 86400 {
		t.Errorf("tokens live %d s, sessions %d s", *got.AccessTokenLifespan, *got.SsoSessionMaxLifespan)
	}
}

// histories shows that what the values once said leaves nothing behind: applying A
// and then B ends as applying B alone.
func histories(t *testing.T, s Server) {
	random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // the same pairs each time
	address := issuer(t)
	pick := func() []string {
		values := []string{Platform}
		for _, choices := range choices(address) {
			values = append(values, choices[random.IntN(len(choices))])
		}
		return values
	}
	for i := range 8 {
		first, second := pick(), pick()
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			b := newEnv(t, s, first...)
			b.apply(t)
			b.values = append(runner.Sources(t, second...), b.values[len(b.values)-1])
			b.run(t, append([]string{"apply", "--policy", "sync", "--leavers", "remove", "--accept", everything()}, b.removals(t)...)...)
			b.settled(t, "--policy", "sync", "--accept", everything())
			fresh := newEnv(t, s, second...)
			fresh.rename(t, "fresh")
			fresh.apply(t)
			if diff := cmp.Diff(fresh.outcome(t), b.outcome(t)); diff != "" {
				t.Errorf("first %v\nsecond %v\nalone (-) and after the first (+):\n%s", first[1:], second[1:], diff)
			}
		})
	}
}

// choices are settings that a run may or may not have.
func choices(issuer string) [][]string {
	return [][]string{
		{"", external(issuer)},
		{"", "apps: {keycloak: {idp: {clientSecret: other-secret-1}}}"},
		{"", "apps: {keycloak: {accountTheme: keycloak.v3}}"},
		{"", "apps: {keycloak: {emailTheme: keycloak}}"},
		{"", "apps: {keycloak: {rememberMe: true}}"},
		{"", "apps: {keycloak: {tokenTTL: 600}}"},
		{"", "apps: {keycloak: {redirectURIs: ['https://one.example.com/*']}}"},
		{"", "teamConfig: {d: {oidc: {groupMapping: group-d}, users: [{username: dora, email: dora@example.com, initialPassword: Dora-pass-1}]}}"},
	}
}

func everything() string {
	return strings.Join([]string{keycloakroles.AcceptDisabled, keycloakroles.AcceptRedirects, keycloakroles.AcceptAdministrators, keycloakroles.AcceptEmail}, ",")
}

// removals allows exactly what a plan takes away.
func (b *env) removals(t *testing.T) (args []string) {
	t.Helper()
	counts := map[string]int{}
	for _, line := range b.run(t, "plan", "--policy", "sync", "--leavers", "remove").Lines {
		if line.Blocked == "" && (line.Action == plan.Delete || line.Loss != "") {
			counts[line.Kind]++
		}
	}
	for _, kind := range slices.Sorted(maps.Keys(counts)) {
		args = append(args, "--allow-removals", fmt.Sprintf("%s=%d", kind, counts[kind]))
	}
	return args
}

// rename gives the env a realm of its own.
func (b *env) rename(t *testing.T, suffix string) {
	t.Helper()
	b.realm += suffix
	b.installation = b.realm
	b.values.Add(t, "apps: {keycloak: {realm: "+b.realm+", theme: keycloak}}")
	t.Cleanup(func() { _ = b.kc.DeleteRealm(t.Context(), b.token(t), b.realm) })
}

// outcome is what of the realm a declared setting decides.
func (b *env) outcome(t *testing.T) map[string]any {
	t.Helper()
	h := b.operator(t)
	realm, err := h.kc.GetRealm(h.ctx, h.admin, h.realm)
	r := must(h, realm, err)
	client := h.client("otomi")
	providers, err := h.kc.GetIdentityProviders(h.ctx, h.admin, h.realm)
	seen := map[string]any{
		"themes": []string{gocloak.PString(r.AccountTheme), gocloak.PString(r.EmailTheme), gocloak.PString(r.LoginTheme)}, "remember": *r.RememberMe, "life": *r.AccessTokenLifespan,
		"redirects": sortedCopy(*client.RedirectURIs), "secret": *client.Secret, "scopes": sortedCopy(*client.DefaultClientScopes),
	}
	for _, p := range must(h, providers, err) {
		if *p.Enabled { // one that is no longer named stays, disabled
			seen["provider"] = []string{*p.Alias, (*p.Config)["issuer"], (*p.Config)["tokenUrl"], (*p.Config)["userInfoUrl"]}
		}
	}
	roles, err := h.kc.GetRealmRoles(h.ctx, h.admin, h.realm, gocloak.GetRoleParams{})
	for _, role := range must(h, roles, err) {
		if !strings.HasPrefix(*role.Name, "default-roles-") {
			seen["role "+*role.Name] = role.Description
		}
	}
	users, err := h.kc.GetUsers(h.ctx, h.admin, h.realm, gocloak.GetUsersParams{})
	for _, user := range must(h, users, err) {
		if (*r.Enabled && seen["provider"] == nil) && user.Username != nil { // with a provider, people stay as they are
			seen["user "+*user.Username] = user.Email
		}
	}
	plain, err := json.Marshal(seen)
	if err != nil {
		t.Fatal(err)
	}
	var value map[string]any
	if err := json.Unmarshal(plain, &value); err != nil {
		t.Fatal(err)
	}
	return value
}

func sortedCopy(list []string) []string { return slices.Sorted(slices.Values(list)) }
