package keycloakroles_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"otomi.io/tasks/internal/testkit/golden"
	"otomi.io/tasks/tasks/keycloakroles"
	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/values"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const platform = `
cluster: {domainSuffix: example.com}
otomi: {adminPassword: Admin-pass-1}
apps: {keycloak: {idp: {clientSecret: client-secret-1}}}
teamConfig:
  a: {oidc: {groupMapping: group-a}, users: [{username: Alice, email: alice@example.com, initialPassword: Alice-pass-1}]}
  b: {}
`

const external = `
otomi: {hasExternalIDP: true}
oidc: {issuer: "https://login.example.org", clientID: platform, clientSecret: provider-secret-1, adminGroupID: admins}
`

func discovery() keycloakroles.Discovery {
	return keycloakroles.Discovery{Issuer: "https://login.example.org", AuthorizationEndpoint: "https://login.example.org/auth",
		TokenEndpoint: "https://login.example.org/token", JWKSURI: "https://login.example.org/jwks"}
}

func load(t *testing.T, documents ...string) values.Values {
	t.Helper()
	return golden.Load(t, values.AppKeycloak, documents...)
}

// TestDesired holds the platform's contract: every name and every field that
// other parts of it rely on.
func TestDesired(t *testing.T) {
	cases := map[string]struct {
		reason string
		values []string
	}{
		"local":    {"groups and users of our own", []string{platform}},
		"external": {"a provider with mappers, and no groups", []string{platform, external}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			state := keycloakroles.Desired(load(t, tc.values...), discovery())
			fields, err := json.MarshalIndent(state, "", " ")
			if err != nil {
				t.Fatalf("%s: %v", tc.reason, err)
			}
			if bytes.Contains(fields, []byte("-pass-1")) || bytes.Contains(fields, []byte("secret-1")) {
				t.Error("the state shows a secret")
			}
			golden.Golden(t, *update, name+".json", append(fields, '\n'))
			var text bytes.Buffer
			if err := plan.WriteText(&text, plan.Lines(keycloakroles.Diff(state, keycloakroles.State{}))); err != nil {
				t.Fatal(err)
			}
			golden.Golden(t, *update, name+".plan", text.Bytes())
		})
	}
}

func TestDesiredIsPure(t *testing.T) {
	v := load(t, platform, external)
	first, second := keycloakroles.Desired(v, discovery()), keycloakroles.Desired(v, discovery())
	p := keycloakroles.Diff(first, second)
	if lines := slices.Collect(plan.Lines(p)); len(lines) != 0 {
		t.Errorf("two states of the same values differ: %v", lines)
	}
}

// TestDiff shows what of the other side counts.
func TestDiff(t *testing.T) {
	state := func(t *testing.T, documents ...string) keycloakroles.State {
		return keycloakroles.Desired(load(t, documents...), discovery())
	}
	cases := map[string]struct {
		reason  string
		values  []string
		current func(*keycloakroles.State)
		want    []string
	}{
		"Same": {reason: "nothing differs", values: []string{platform}, current: func(*keycloakroles.State) {}},
		"UndeclaredField": {reason: "a theme that the values do not name is left untouched", values: []string{platform}, current: func(s *keycloakroles.State) {
			r := s.Realms["otomi"]
			r.EmailTheme = new("theirs")
			s.Realms["otomi"] = r
		}},
		"UndeclaredConfig": {reason: "the server adds keys to a mapper's configuration", values: []string{platform}, current: func(s *keycloakroles.State) {
			s.Mappers["scope openid/groups"].Config["introspection.token.claim"] = "true"
		}},
		"ForeignRole": {reason: "a role without our mark", values: []string{platform}, current: func(s *keycloakroles.State) {
			s.Roles["team-x"] = keycloakroles.Role{Meta: plan.Meta{Team: "x"}}
		}},
		"OwnedRole": {reason: "a team that left the values", values: []string{platform}, current: func(s *keycloakroles.State) {
			s.Roles["team-x"] = keycloakroles.Role{Meta: plan.Meta{Team: "x", Ownership: plan.Ours}}
		}, want: []string{"- delete role team-x"}},
		"Password": {reason: "a password is set once and never compared", values: []string{platform}, current: func(s *keycloakroles.State) {
			u := s.Users["alice"]
			u.Password = values.Secret{}
			s.Users["alice"] = u
		}},
		"ClientSecret": {reason: "a secret shows that it changed and nothing more", values: []string{platform}, current: func(s *keycloakroles.State) {
			c := s.Clients["otomi"]
			c.Secret = values.NewSecret("other")
			s.Clients["otomi"] = c
		}, want: []string{"~ update client otomi", "    secret: changed"}},
		"ProviderSecret": {reason: "a fingerprint that does not match", values: []string{platform, external}, current: func(s *keycloakroles.State) {
			p := s.Providers["otomi-idp"]
			p.ClientSecret = values.Secret{}
			s.Providers["otomi-idp"] = p
		}, want: []string{"~ update identity-provider otomi-idp", "    clientSecret: changed"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			current := state(t, tc.values...)
			tc.current(&current)
			var text bytes.Buffer
			if err := plan.WriteText(&text, plan.Lines(keycloakroles.Diff(state(t, tc.values...), current))); err != nil {
				t.Fatal(err)
			}
			rows := strings.Split(strings.TrimSpace(text.String()), "\n")
			if diff := cmp.Diff(tc.want, rows[:len(rows)-1], cmpEmpty()); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tc.reason, diff)
			}
		})
	}
}

// cmpEmpty takes no lines for an empty list of them.
func cmpEmpty() cmp.Option {
	return cmp.Transformer("lines", func(lines []string) string { return strings.Join(lines, "\n") })
}

// What is lost with a provider.
const (
	noLogin   = "the login of the 0 users who are linked to otomi-idp"
	lockedOut = "people who log in through otomi-idp would be locked out: 0 users are linked"
)

// TestDiffOfRenamedProvider: a second provider beside ours needs a person's
// word, and the first one is closed.
func TestDiffOfRenamedProvider(t *testing.T) {
	current := keycloakroles.Desired(load(t, platform, external), discovery())
	desired := keycloakroles.Desired(load(t, platform, external, "apps: {keycloak: {idp: {alias: renamed}}}"), discovery())
	want := []plan.Line{
		{Action: plan.Create, Kind: "identity-provider", Name: "renamed", Danger: keycloakroles.AcceptAlias, DangerReason: "people who logged in through the former provider would become new users"},
		{Action: plan.Update, Kind: "identity-provider", Name: "otomi-idp", Fields: []plan.Field{{Path: "enabled", Before: "true", After: "false"}}},
	}
	lines := slices.Collect(keycloakroles.Diff(desired, current).Providers.Lines())
	lines[0].Fields = nil // everything that a reviewer sees of a new one
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestDiffOfRenamedRealm: a second realm beside ours needs --accept.
func TestDiffOfRenamedRealm(t *testing.T) {
	current := keycloakroles.Desired(load(t, platform), discovery())
	desired := keycloakroles.Desired(load(t, platform, "apps: {keycloak: {realm: renamed}}"), discovery())
	for line := range keycloakroles.Diff(desired, current).Realms.Lines() {
		if line.Action == plan.Create && line.Danger == keycloakroles.AcceptRealm {
			return
		}
	}
	t.Error("the realm is made silently")
}

// TestProviderSwitchedOff: values without an external provider close it.
func TestProviderSwitchedOff(t *testing.T) {
	current := keycloakroles.Desired(load(t, platform, external), discovery())
	p := keycloakroles.Diff(keycloakroles.Desired(load(t, platform), discovery()), current)
	want := []plan.Line{{Action: plan.Update, Kind: "identity-provider", Name: "otomi-idp", Loss: noLogin, Danger: keycloakroles.AcceptDisabled, DangerReason: lockedOut, Fields: []plan.Field{{Path: "enabled", Before: "true", After: "false"}}}}
	if diff := cmp.Diff(want, slices.Collect(p.Providers.Lines())); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestTeamsOfUsers: a person in two teams belongs to both selections.
func TestTeamsOfUsers(t *testing.T) {
	v := load(t, platform, "teamConfig: {b: {users: [{username: Alice, email: alice@example.com, initialPassword: Alice-pass-1}]}}")
	for _, team := range []string{"a", "b"} {
		p := keycloakroles.Diff(keycloakroles.Desired(v, discovery()), keycloakroles.State{})
		plan.Restrict(p, plan.Sync, plan.Selection{Teams: []string{team}}, nil)
		if lines := slices.Collect(p.Users.Lines()); len(lines) != 1 || lines[0].Name != "alice" {
			t.Errorf("team %s: users %v, want alice", team, lines)
		}
	}
}
