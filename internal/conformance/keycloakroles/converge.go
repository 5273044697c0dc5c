package keycloakroles

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/Nerzal/gocloak/v13"
	"github.com/google/go-cmp/cmp"

	"otomi.io/tasks/internal/testkit/runner"
	"otomi.io/tasks/tasks/keycloakroles"
	"otomi.io/tasks/tasks/run"
)

// maxReads bounds a run that finds nothing to do, whatever the number of teams;
// each declared user costs one request more, for its groups.
const maxReads = 12

const declaredUsers = 3

// converge shows that a first run makes everything, that a second one finds
// nothing to do in a handful of requests, and that a plan writes nothing.
func converge(t *testing.T, s Server) {
	cases := map[string]struct {
		reason string
		values []string
		page   string // a page size that makes many pages
	}{
		"Sample":      {"a small platform with local users", []string{Platform}, "2"},
		"SampleIDP":   {"the same with an external provider", []string{Platform, external(issuer(t))}, "2"},
		"Teams500":    {"a large platform", []string{Platform, Teams(500)}, "251"},
		"Teams500IDP": {"a large platform with an external provider", []string{Platform, Teams(500), external(issuer(t))}, "251"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			b := newEnv(t, s, tc.values...)
			planned := b.run(t, "plan").Want(t, run.ExitOK, "planned", 0)
			first := b.apply(t)
			if diff := cmp.Diff(runner.Names(planned.Lines), runner.Names(first.Lines)); diff != "" {
				t.Errorf("%s: the plan and the apply differ:\n%s", tc.reason, diff)
			}
			b.run(t, "plan", "--detailed-exitcode").Want(t, run.ExitOK, "unchanged", 0)
			second := b.settled(t)
			second.AtMost(t, tc.reason, maxReads+declaredUsers)
			b.settled(t, "--page-size", tc.page, "--policy", "sync")
			readBack(t, b)
		})
	}
}

// readBack looks at the realm through the other client.
func readBack(t *testing.T, b *env) {
	h := b.operator(t)
	realm, err := h.kc.GetRealm(h.ctx, h.admin, h.realm)
	got := must(h, realm, err)
	if *got.AccessTokenLifespan != 28800 || *got.OfflineSessionMaxLifespan != 604800 || !*got.OfflineSessionMaxLifespanEnabled || !*got.BruteForceProtected {
		t.Errorf("realm settings are wrong: %s", got)
	}
	readBackClient(t, b)
	for _, name := range []string{"admin", "team-admin", "team-a", "team-b", "team-c"} {
		if description := *h.role(name).Description; !strings.HasPrefix(description, "Created by Otomi") {
			t.Errorf("role %s: description %q", name, description)
		}
	}
	var mappers []string
	for _, m := range *h.scope("openid").ProtocolMappers {
		mappers = append(mappers, *m.Name)
	}
	slices.Sort(mappers)
	if diff := cmp.Diff([]string{"client roles", "email", "groups", "realm roles", "username"}, mappers); diff != "" {
		t.Errorf("mappers of scope openid (-want +got):\n%s", diff)
	}
}

func readBackClient(t *testing.T, b *env) {
	client := b.operator(t).client("otomi")
	if *client.Secret != "client-secret-1" || !*client.AuthorizationServicesEnabled || *client.PublicClient {
		t.Errorf("client otomi is wrong: %s", &client)
	}
	scopes := []string{"openid", "email", "profile"}
	if b.Version == 0 || b.Version >= 25 { // older ones have no scope basic
		scopes = append(scopes, "basic")
	}
	for _, scope := range scopes {
		if !slices.Contains(*client.DefaultClientScopes, scope) {
			t.Errorf("client otomi lacks the default scope %s: %v", scope, *client.DefaultClientScopes)
		}
	}
}

// foreign shows that what others made survives every policy.
func foreign(t *testing.T, s Server) {
	b := newEnv(t, s, Platform, external(issuer(t)))
	b.apply(t)
	h := b.operator(t)
	role, err := h.kc.CreateRealmRole(h.ctx, h.admin, h.realm, gocloak.Role{Name: gocloak.StringP("team-theirs"), Description: gocloak.StringP("by hand")})
	must(h, role, err)
	group, err := h.kc.CreateGroup(h.ctx, h.admin, h.realm, gocloak.Group{Name: gocloak.StringP("team-theirs")})
	must(h, group, err)
	client, err := h.kc.CreateClient(h.ctx, h.admin, h.realm, gocloak.Client{ClientID: gocloak.StringP("theirs")})
	must(h, client, err)
	user, err := h.kc.CreateUser(h.ctx, h.admin, h.realm, gocloak.User{Username: gocloak.StringP("theirs"), Email: gocloak.StringP("theirs@example.com")})
	must(h, user, err)
	nested, err := h.kc.CreateChildGroup(h.ctx, h.admin, h.realm, group, gocloak.Group{Name: gocloak.StringP("team-a")})
	must(h, nested, err)
	mapper := h.providerMapper("username mapping")
	mapper.ID, mapper.Name = nil, gocloak.StringP("theirs")
	mapped, err := h.kc.CreateIdentityProviderMapper(h.ctx, h.admin, h.realm, "staff", mapper)
	must(h, mapped, err)
	own := h.client("otomi")
	ownMapper, err := h.kc.CreateClientProtocolMapper(h.ctx, h.admin, h.realm, *own.ID, gocloak.ProtocolMapperRepresentation{
		Name: gocloak.StringP("theirs"), Protocol: gocloak.StringP("openid-connect"), ProtocolMapper: gocloak.StringP("oidc-audience-mapper"),
		Config: &map[string]string{"included.custom.audience": "theirs", "access.token.claim": "true"}})
	must(h, ownMapper, err)
	if err := h.clientChange(func(c *gocloak.Client) {
		(*c.Attributes)["theirs"] = "kept"
		c.RedirectURIs = &[]string{"https://x.example.org"}
	}); err != nil {
		t.Fatal(err)
	}
	b.apply(t) // repairs the redirect URI and merges over the rest
	for _, policy := range []string{"create-only", "upsert-only", "sync"} {
		b.settled(t, "--policy", policy)
	}
	foreignStands(t, b.operator(t), user)
}

func foreignStands(t *testing.T, h *operator, user string) {
	h.role("team-theirs")
	h.group("team-theirs")
	h.client("theirs")
	h.providerMapper("theirs")
	if got := h.user("theirs"); *got.ID != user {
		t.Errorf("user theirs was replaced: %s", &got)
	}
	client := h.client("otomi")
	if (*client.Attributes)["theirs"] != "kept" {
		t.Error("an attribute of the client that is not ours was lost")
	}
	if !slices.ContainsFunc(*client.ProtocolMappers, func(m gocloak.ProtocolMapperRepresentation) bool { return *m.Name == "theirs" }) {
		t.Error("a mapper of the client that is not ours was lost")
	}
}

// nested shows that groups below others are foreign, whatever their
// names: neither a membership there counts, nor does one of ours that holds
// some go away.
func nested(t *testing.T, s Server) {
	b := newEnv(t, s, Platform, "teamConfig: {gone: {}}")
	b.apply(t)
	h := b.operator(t)
	group, err := h.kc.CreateGroup(h.ctx, h.admin, h.realm, gocloak.Group{Name: gocloak.StringP("partners")})
	must(h, group, err)
	child, err := h.kc.CreateChildGroup(h.ctx, h.admin, h.realm, group, gocloak.Group{Name: gocloak.StringP("team-a")})
	must(h, child, err)
	if err := h.kc.AddUserToGroup(h.ctx, h.admin, h.realm, *h.user("bob").ID, child); err != nil {
		t.Fatal(err)
	}
	b.settled(t, "--policy", "sync")
	gone := h.group("team-gone")
	below, err := h.kc.CreateChildGroup(h.ctx, h.admin, h.realm, *gone.ID, gocloak.Group{Name: gocloak.StringP("theirs")})
	must(h, below, err)
	b.values = slices.Delete(b.values, 1, 2)
	r := b.run(t, "apply", "--policy", "sync").Want(t, run.ExitOK, "converged", 1)
	if diff := cmp.Diff([]string{"delete role team-gone", "delete group team-gone"}, runner.Names(r.Lines)); diff != "" || r.Lines[1].Blocked == "" {
		t.Errorf("the group that holds a foreign one is not kept: %v", r.Lines)
	}
	found, err := h.kc.GetGroup(h.ctx, b.token(t), h.realm, below)
	must(h, found, err)
}

// switched shows that values without the external provider close it, and that
// a role which a group of the provider gave is taken back.
func switched(t *testing.T, s Server) {
	b := newEnv(t, s, Platform, external(issuer(t)))
	b.apply(t)
	b.values.Add(t, "oidc: {adminGroupID: other-admins}")
	r := b.apply(t)
	if diff := cmp.Diff([]string{"update role admin", "update identity-provider-mapper staff/otomi-admin group to role"}, runner.Names(r.Lines)); diff != "" {
		t.Errorf("another group of administrators (-want +got):\n%s", diff)
	}
	b.values = slices.Delete(b.values, 1, 2) // no external provider
	b.values = b.values[:len(b.values)-1]
	r = b.run(t, "apply").Want(t, run.ExitRefused, "refused", 0)
	if !strings.Contains(r.Outcome.Error, keycloakroles.AcceptDisabled) {
		t.Errorf("the guard does not say what locks people out: %s", r.Outcome.Error)
	}
	b.apply(t, "--accept", keycloakroles.AcceptDisabled, "--allow-removals", "identity-provider=1")
	b.settled(t)
	provider, err := b.kc.GetIdentityProvider(context.Background(), b.token(t), b.realm, "staff")
	if err != nil || *provider.Enabled {
		t.Errorf("people can still log in through the provider that the values no longer name: %v", err)
	}
}

// policies shows what each policy does with a team that left the values, and
// that the guards come before it.
func policies(t *testing.T, s Server) {
	b := newEnv(t, s, Platform, Teams(8))
	b.apply(t)
	b.values = slices.Delete(b.values, 1, 2) // the eight teams left
	r := b.settled(t)
	if r.Outcome.Result != "unchanged" || len(r.Lines) != 16 || r.Lines[0].Blocked != "policy upsert-only" {
		t.Errorf("deletions that the policy blocks are not shown: %v", r.Lines)
	}
	b.run(t, "apply", "--policy", "sync").Want(t, run.ExitRefused, "refused", 0)
	b.run(t, "apply", "--policy", "sync", "--allow-removals", "role=8,group=7").Want(t, run.ExitRefused, "refused", 0)
	one := b.run(t, "apply", "--policy", "sync", "--team", "t0003").Want(t, run.ExitOK, "converged", 2)
	if diff := cmp.Diff([]string{"delete role team-t0003", "delete group team-t0003"}, runner.Names(one.Lines)); diff != "" {
		t.Errorf("one team's plan (-want +got):\n%s", diff)
	}
	b.run(t, "apply", "--policy", "sync", "--allow-removals", "role=7,group=7").Want(t, run.ExitOK, "converged", 14)
	b.settled(t, "--policy", "sync")

	h := b.operator(t)
	if err := h.kc.DeleteRealmRole(h.ctx, h.admin, h.realm, "team-c"); err != nil {
		t.Fatal(err)
	}
	if err := h.realmChange(func(r *gocloak.RealmRepresentation) { r.DisplayName = gocloak.StringP("Hello") }); err != nil {
		t.Fatal(err)
	}
	b.run(t, "apply", "--policy", "create-only").Want(t, run.ExitOK, "converged", 2)
	b.run(t, "plan", "--detailed-exitcode").Want(t, run.ExitDifferences, "planned", 0)
	b.apply(t)
	b.values[0] = runner.Source(t, noTeams())
	b.run(t, "apply", "--policy", "sync").Want(t, run.ExitRefused, "refused", 0)
}

// noTeams are values that lost their teams, as after a bad merge.
func noTeams() string {
	platform, _, _ := strings.Cut(Platform, "teamConfig:")
	return platform
}

// adopt takes over what the predecessor made, without recreating it.
func adopt(t *testing.T, s Server) {
	b := newEnv(t, s, Platform)
	admin := b.token(t)
	ctx := context.Background()
	enabled := true
	if _, err := b.kc.CreateRealm(ctx, admin, gocloak.RealmRepresentation{ID: &b.realm, Realm: &b.realm, Enabled: &enabled}); err != nil {
		t.Fatal(err)
	}
	h := b.operator(t)
	id, err := h.kc.CreateRealmRole(h.ctx, h.admin, h.realm, gocloak.Role{Name: gocloak.StringP("team-a"), Description: gocloak.StringP("Created by Otomi")})
	must(h, id, err)
	group, err := h.kc.CreateGroup(h.ctx, h.admin, h.realm, gocloak.Group{Name: gocloak.StringP("team-a"), Attributes: &map[string][]string{"theirs": {"kept"}}})
	must(h, group, err)
	client, err := h.kc.CreateClient(h.ctx, h.admin, h.realm, gocloak.Client{ClientID: gocloak.StringP("otomi"), Secret: gocloak.StringP("client-secret-1")})
	must(h, client, err)
	before := *h.role("team-a").ID
	b.apply(t)
	b.settled(t, "--policy", "sync")
	h = b.operator(t)
	if got := *h.role("team-a").ID; got != before {
		t.Errorf("role team-a was recreated: id %s, was %s", got, before)
	}
	if got := *h.client("otomi").ID; got != client {
		t.Errorf("client otomi was recreated: id %s, was %s", got, client)
	}
	found := h.group("team-a")
	if *found.ID != group || (*found.Attributes)["theirs"][0] != "kept" {
		t.Errorf("group team-a was recreated or lost an attribute: %s", &found)
	}
	readBack(t, b)
}

// refusals shows how a run ends that may not begin.
func refusals(t *testing.T, s Server) {
	b := newEnv(t, s, Platform)
	b.apply(t)
	wrong := *b
	wrong.Password = "wrong-password"
	r := wrong.run(t, "apply").Want(t, run.ExitUnauthorized, "unauthorized", 0)
	if r.Outcome.Requests.Reads != 2 { // is it ready, and one login
		t.Errorf("%d requests with a wrong password, want 2: a second login may lock the account", r.Outcome.Requests.Reads)
	}
	if strings.Contains(r.Stdout+r.Stderr, wrong.Password) {
		t.Error("the wrong password was printed")
	}
	gone := *b
	gone.URL = "http://127.0.0.1:1"
	gone.run(t, "apply", "--wait", "200ms").Want(t, run.ExitFailed, "failed", 0)

	other := newEnv(t, s, Platform, external(issuer(t)))
	other.realm = b.realm
	other.values[len(other.values)-1] = b.values[len(b.values)-1]
	other.apply(t)
	other.values.Add(t, "apps: {keycloak: {idp: {alias: renamed}}}")
	other.run(t, "apply").Want(t, run.ExitRefused, "refused", 0)
	other.apply(t, "--accept", keycloakroles.AcceptAlias)
}
