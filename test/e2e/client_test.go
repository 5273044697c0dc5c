package e2e

import (
	"errors"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/Nerzal/gocloak/v13"
	"github.com/google/go-cmp/cmp"

	suite "otomi.io/tasks/internal/conformance/keycloakroles"
)

// testClient shows how the client logs programs in, and whom it refuses.
func testClient(t *testing.T, s suite.Server) {
	p := newPlatform(t, s, "login-client", local)
	t.Run("DirectGrant", func(t *testing.T) {
		tokens, err := p.kc.GetToken(t.Context(), p.realm, passwordGrant("otomi-admin", "Admin-pass-1", clientSecret))
		if err != nil {
			t.Fatal(err)
		}
		p.wantTokens(t, tokens, "", p.firstAdmin(t))
	})
	t.Run("ServiceAccount", func(t *testing.T) {
		tokens, err := p.kc.LoginClient(t.Context(), clientID, clientSecret, p.realm, "openid")
		if err != nil {
			t.Fatal(err)
		}
		resources := p.clients()
		resources[clientID] = access{Roles: []string{"uma_protection"}}
		const name = "service-account-" + clientID
		p.wantTokens(t, tokens, "", claims{
			Subject: p.userID(t, name), Username: name, Groups: p.roles(), RealmAccess: access{p.roles()}, ResourceAccess: resources})
	})
	t.Run("Implicit", p.testImplicit)
	t.Run("Refused", p.testRefused)
	t.Run("ForeignRedirect", func(t *testing.T) {
		address, _, _ := p.authorization("code", "https://evil.example.org/callback", "")
		v, err := newPerson(t, s, hands{}).walk(t.Context(), address, hands{})
		var refusal *pageError
		if !errors.As(err, &refusal) || refusal.status != http.StatusBadRequest {
			t.Errorf("a login for a foreign address ended at %v with error %v, want a page with status 400", v.away, err)
		}
	})
}

func passwordGrant(user, password, secret string) gocloak.TokenOptions {
	return gocloak.TokenOptions{ClientID: new(clientID), ClientSecret: &secret, GrantType: new("password"), Username: &user, Password: &password, Scope: new("openid")}
}

// firstAdmin are the claims of the platform's first administrator.
func (p *platform) firstAdmin(t *testing.T) claims {
	t.Helper()
	return claims{
		Subject: p.userID(t, "otomi-admin"), Username: "otomi-admin", Email: "admin@oto.mi",
		Groups: p.roles("admin"), RealmAccess: access{p.roles("admin")}, ResourceAccess: p.clients(append(viewers(), "manage-realm")...)}
}

// testImplicit takes the tokens out of the address, as old applications do.
func (p *platform) testImplicit(t *testing.T) {
	address, _, nonce := p.authorization("token id_token", redirectURI, "")
	who := newPerson(t, p.Server, hands{fields: map[string]string{"username": "otomi-admin", "password": "Admin-pass-1"}})
	v, err := who.walk(t.Context(), address, who.hands)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := url.ParseQuery(v.away.Fragment)
	if err != nil {
		t.Fatal(err)
	}
	life, err := time.ParseDuration(answer.Get("expires_in") + "s")
	if err != nil {
		t.Fatal(err)
	}
	wantLife(t, life)
	want := p.firstAdmin(t)
	if diff := cmp.Diff(want, p.verified(t, answer.Get("access_token"), envelope{"Bearer", clientID, ""})); diff != "" {
		t.Errorf("access token (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want.identity(), p.verified(t, answer.Get("id_token"), envelope{"ID", clientID, nonce}, clientID)); diff != "" {
		t.Errorf("id token (-want +got):\n%s", diff)
	}
}

// testRefused tries every grant with what must not work.
func (p *platform) testRefused(t *testing.T) {
	who := newPerson(t, p.Server, hands{fields: map[string]string{"username": "otomi-admin", "password": "Admin-pass-1"}})
	address, _, _ := p.authorization("code", redirectURI, "")
	v, err := who.walk(t.Context(), address, who.hands)
	if err != nil {
		t.Fatal(err)
	}
	_, admin := p.login(t, who)
	const wrong = "wrong-secret"
	refresh := func(secret string) gocloak.TokenOptions {
		return gocloak.TokenOptions{ClientID: new(clientID), ClientSecret: &secret, GrantType: new("refresh_token"), RefreshToken: &admin.tokens.RefreshToken}
	}
	cases := map[string]struct {
		reason string
		grant  gocloak.TokenOptions
		status int
	}{
		"CodeWithWrongSecret":     {"who stole a code cannot use it", codeGrant(v.away.Query().Get("code"), wrong), http.StatusUnauthorized},
		"RefreshWithWrongSecret":  {"who stole a refresh token cannot use it", refresh(wrong), http.StatusUnauthorized},
		"RefreshWithoutSecret":    {"the client is confidential", refresh(""), http.StatusUnauthorized},
		"PasswordWithWrongSecret": {"the client is confidential", passwordGrant("otomi-admin", "Admin-pass-1", wrong), http.StatusUnauthorized},
		"ClientWithWrongSecret": {"only the client is the client", gocloak.TokenOptions{
			ClientID: new(clientID), ClientSecret: new(wrong), GrantType: new("client_credentials")}, http.StatusUnauthorized},
		"WrongPassword":     {"only the person is the person", passwordGrant("otomi-admin", "wrong-password", clientSecret), http.StatusUnauthorized},
		"TemporaryPassword": {"a first password is good for choosing another one only", passwordGrant("alice", "First-pass-1", clientSecret), http.StatusBadRequest},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := p.kc.GetToken(t.Context(), p.realm, tc.grant)
			var refusal *gocloak.APIError
			if !errors.As(err, &refusal) || refusal.Code != tc.status {
				t.Errorf("%s: got %v, want status %d", tc.reason, err, tc.status)
			}
		})
	}
}
