package e2e

import (
	"crypto/rand"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/Nerzal/gocloak/v13"
	"github.com/google/go-cmp/cmp"

	suite "otomi.io/tasks/internal/conformance/keycloakroles"
)

// TestLogin logs people and programs in as applications do, and looks at the
// tokens that they get.
func TestLogin(t *testing.T) {
	s := startKeycloak(t)
	t.Run("Local", func(t *testing.T) { testLocal(t, s) })
	t.Run("Brokered", func(t *testing.T) { testBrokered(t, s) })
	t.Run("Client", func(t *testing.T) { testClient(t, s) })
	t.Run("AuthorizationSettings", func(t *testing.T) { testAuthorizationSettings(t, s) })
	t.Run("AdminToken", func(t *testing.T) { testAdminToken(t, s) })
}

// The ids of Keycloak's login forms.
const (
	formLogin       = "kc-form-login"
	formNewPassword = "kc-passwd-update-form"
	formProfile     = "kc-update-profile-form"
	formReview      = "kc-idp-review-profile-form"
)

// local is a platform whose people are its own.
const local = `
otomi: {adminPassword: Admin-pass-1}
teamConfig:
  a:
    users:
      - {username: alice, email: alice@example.com, firstName: Alice, lastName: Ash, initialPassword: First-pass-1}
      - {username: erin, email: erin@example.com, firstName: Erin, lastName: Elm, initialPassword: First-pass-1}
  b:
    users:
      - {username: Dora, email: dora@example.com, initialPassword: First-pass-1}
      - {username: erin, email: erin@example.com, firstName: Erin, lastName: Elm, initialPassword: First-pass-1}
  c: {}
`

func testLocal(t *testing.T, s suite.Server) {
	p := newPlatform(t, s, "login-local", local)
	p.addTeamAdmin(t, "tess")
	first := []string{formLogin, formNewPassword}
	profile := append(slices.Clone(first), formProfile)
	if p.before(24) { // they do not verify profiles
		profile = first
	}
	cases := map[string]struct {
		reason   string
		user     string
		password string // at first
		pages    []string
		want     claims
	}{
		"Member": {"a person of one team gets its role", "alice", "First-pass-1", first,
			claims{Email: "alice@example.com", Groups: p.roles("team-a"), ResourceAccess: p.clients(viewers()...)}},
		"MemberOfTwo": {"a person of two teams gets both roles", "erin", "First-pass-1", first,
			claims{Email: "erin@example.com", Groups: p.roles("team-a", "team-b"), ResourceAccess: p.clients(viewers()...)}},
		"WithoutName": {"a person whose name the values do not say is asked for it", "dora", "First-pass-1", profile,
			claims{Email: "dora@example.com", Groups: p.roles("team-b"), ResourceAccess: p.clients(viewers()...)}},
		"Administrator": {"the first administrator comes with a password that stays", "otomi-admin", "Admin-pass-1", []string{formLogin},
			claims{Email: "admin@oto.mi", Groups: p.roles("admin"), ResourceAccess: p.clients(append(viewers(), "manage-realm")...)}},
		"TeamAdministrator": {"a user put into the group team-admin by hand manages users", "tess", "Tess-pass-1", []string{formLogin},
			claims{Email: "tess@example.com", Groups: p.roles("team-admin"), ResourceAccess: p.clients(append(viewers(), "manage-users")...)}},
	}
	passwords := map[string]string{}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			tc.want.Subject, tc.want.Username, tc.want.RealmAccess.Roles = p.userID(t, tc.user), tc.user, tc.want.Groups
			h := hands{fields: map[string]string{
				"username": tc.user, "password": tc.password, "password-new": "Own-pass-2", "password-confirm": "Own-pass-2",
				"firstName": "Given", "lastName": "Later"}}
			p.wantLogin(t, newPerson(t, s, h), tc.reason, tc.pages, tc.want)
			if len(tc.pages) > 1 {
				h.fields["password"] = "Own-pass-2"
			}
			passwords[tc.user] = h.fields["password"]
			p.wantLogin(t, newPerson(t, s, h), "the second login asks for nothing more", []string{formLogin}, tc.want)
		})
	}
	p.settled(t)
	t.Run("AfterRepair", func(t *testing.T) { p.testRepairKeepsPassword(t, passwords) })
}

// viewers are the rights of users who may see users; Keycloak adds the last two.
func viewers() []string { return []string{"view-users", "query-groups", "query-users"} }

// addTeamAdmin makes a user by hand, outside the values.
func (p *platform) addTeamAdmin(t *testing.T, name string) {
	t.Helper()
	admin := p.admin(t)
	id, err := p.kc.CreateUser(t.Context(), admin, p.realm, gocloak.User{
		Username: &name, Email: new(name + "@example.com"), EmailVerified: new(true), FirstName: new("Tess"), LastName: new("Tanner"), Enabled: new(true),
		Credentials: &[]gocloak.CredentialRepresentation{{Type: new("password"), Value: new("Tess-pass-1")}}})
	if err != nil {
		t.Fatalf("creating user %s: %v", name, err)
	}
	if err := p.kc.AddUserToGroup(t.Context(), admin, p.realm, id, p.groupID(t, "/team-admin")); err != nil {
		t.Fatalf("adding user %s to its group: %v", name, err)
	}
}

// testRepairKeepsPassword shows that a run that writes to a user leaves the
// password that the person chose.
func (p *platform) testRepairKeepsPassword(t *testing.T, passwords map[string]string) {
	err := p.kc.UpdateUser(t.Context(), p.admin(t), p.realm, gocloak.User{
		ID: new(p.userID(t, "alice")), Username: new("alice"), Email: new("changed@example.com"),
		FirstName: new("Alice"), LastName: new("Ash"), EmailVerified: new(true), Enabled: new(true)})
	if err != nil {
		t.Fatalf("changing the e-mail address: %v", err)
	}
	p.apply(t, "converged")
	for user, password := range passwords {
		h := hands{fields: map[string]string{"username": user, "password": password}}
		v, _ := p.login(t, newPerson(t, p.Server, h))
		if diff := cmp.Diff([]string{formLogin}, v.pages); diff != "" {
			t.Errorf("%s after a repair: pages (-want +got):\n%s", user, diff)
		}
	}
}

// person sits at a browser.
type person struct {
	*browser
	hands
	hint string // the provider that the application already knows of
}

func newPerson(t *testing.T, s suite.Server, h hands) person {
	t.Helper()
	b, err := newBrowser(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	return person{browser: b, hands: h}
}

// authorization is the address where an application sends a person, with the
// state and the nonce that must come back.
func (p *platform) authorization(responseType, redirect, hint string) (address, state, nonce string) {
	state, nonce = rand.Text(), rand.Text()
	query := url.Values{
		"client_id": {clientID}, "redirect_uri": {redirect}, "response_type": {responseType}, "scope": {"openid"},
		"state": {state}, "nonce": {nonce}}
	if hint != "" {
		query.Set("kc_idp_hint", hint)
	}
	return p.issuer() + "/protocol/openid-connect/auth?" + query.Encode(), state, nonce
}

// login is an application's login by authorization code.
func (p *platform) login(t *testing.T, who person) (visit, session) {
	t.Helper()
	address, state, nonce := p.authorization("code", redirectURI, who.hint)
	v, err := who.walk(t.Context(), address, who.hands)
	if err != nil {
		t.Fatalf("logging in: %v", err)
	}
	answer := v.away.Query()
	if !strings.HasPrefix(v.away.String(), redirectURI+"?") || answer.Get("state") != state || answer.Get("code") == "" {
		t.Fatalf("the login ended at %s", v.away)
	}
	tokens, err := p.kc.GetToken(t.Context(), p.realm, codeGrant(answer.Get("code"), clientSecret))
	if err != nil {
		t.Fatalf("exchanging the code: %v", err)
	}
	return v, session{tokens, nonce}
}

// session is what a login gave to the application.
type session struct {
	tokens *gocloak.JWT
	nonce  string
}

func codeGrant(code, secret string) gocloak.TokenOptions {
	return gocloak.TokenOptions{ClientID: new(clientID), ClientSecret: &secret, GrantType: new("authorization_code"), Code: &code, RedirectURI: new(redirectURI)}
}

// wantLogin logs a person in who meets these pages, and compares the tokens,
// also after a refresh.
func (p *platform) wantLogin(t *testing.T, who person, reason string, pages []string, want claims) {
	t.Helper()
	v, got := p.login(t, who)
	if diff := cmp.Diff(pages, v.pages); diff != "" {
		t.Errorf("%s: pages (-want +got):\n%s", reason, diff)
	}
	p.wantTokens(t, got.tokens, got.nonce, want)
	refreshed, err := p.kc.RefreshToken(t.Context(), got.tokens.RefreshToken, clientID, clientSecret, p.realm)
	if err != nil {
		t.Fatalf("%s: refreshing: %v", reason, err)
	}
	p.wantTokens(t, refreshed, "", want)
}
