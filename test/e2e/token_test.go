package e2e

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/Nerzal/gocloak/v13"
	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"github.com/google/go-cmp/cmp"

	"otomi.io/tasks/internal/sim/apitest"
)

// claims are what the applications read: the contract of the platform's token.
type claims struct {
	Subject        string            `json:"sub"`
	Username       string            `json:"preferred_username"`
	Email          string            `json:"email"`
	Groups         []string          `json:"groups"`
	RealmAccess    access            `json:"realm_access"`
	ResourceAccess map[string]access `json:"resource_access"`
}

type access struct {
	Roles []string `json:"roles"`
}

func (c *claims) sort() {
	slices.Sort(c.Groups)
	slices.Sort(c.RealmAccess.Roles)
	for _, a := range c.ResourceAccess {
		slices.Sort(a.Roles)
	}
}

// identity is the part that goes into the id token and the user information.
func (c claims) identity() claims {
	return claims{Subject: c.Subject, Username: c.Username, Email: c.Email, Groups: c.Groups}
}

// envelope is what a token says of itself.
type envelope struct {
	Type  string `json:"typ"`
	Party string `json:"azp"`
	Nonce string `json:"nonce"`
}

// keys are those that the realm publishes.
func (p *platform) keys(t *testing.T) *jose.JSONWebKeySet {
	t.Helper()
	got := apitest.Send(t, http.DefaultClient, apitest.Request(t, http.MethodGet, p.issuer()+"/protocol/openid-connect/certs", ""))
	var set jose.JSONWebKeySet
	if err := json.Unmarshal(got.Body, &set); err != nil {
		t.Fatalf("reading the keys of realm %s: %v", p.realm, err)
	}
	return &set
}

func (p *platform) issuer() string { return p.URL + "/realms/" + p.realm }

// verified are the claims of a token that is genuine, of this realm and alive.
func (p *platform) verified(t *testing.T, token string, want envelope, audience ...string) claims {
	t.Helper()
	parsed, err := jwt.ParseSigned(token, []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		t.Fatalf("reading the token: %v", err)
	}
	var standard jwt.Claims
	var said envelope
	var c claims
	if err := parsed.Claims(p.keys(t), &standard, &said, &c); err != nil {
		t.Fatalf("verifying the token with the realm's keys: %v", err)
	}
	if err := standard.ValidateWithLeeway(jwt.Expected{Issuer: p.issuer(), AnyAudience: audience, Time: time.Now()}, 0); err != nil {
		t.Errorf("checking the token: %v", err)
	}
	wantLife(t, standard.Expiry.Time().Sub(standard.IssuedAt.Time()))
	if want.Nonce == "" && p.before(26) {
		said.Nonce = "" // older servers put that of the login into every token
	}
	if diff := cmp.Diff(want, said); diff != "" {
		t.Errorf("the token's type, party and nonce (-want +got):\n%s", diff)
	}
	c.sort()
	return c
}

// before is whether the server is older than this major version.
func (p *platform) before(major int) bool { return p.Version != 0 && p.Version < major }

// wantLife allows for the seconds that may begin while the server makes a token:
// it reads its clock for each of a token's times.
func wantLife(t *testing.T, life time.Duration) {
	t.Helper()
	const want, slack = 28800 * time.Second, 10 * time.Second
	if (life - want).Abs() > slack {
		t.Errorf("the token lives %s, want %s", life, want)
	}
}

// wantTokens compares the claims of the access token, the id token and the user
// information with those wanted.
func (p *platform) wantTokens(t *testing.T, tokens *gocloak.JWT, nonce string, want claims) {
	t.Helper()
	wantLife(t, time.Duration(tokens.ExpiresIn)*time.Second)
	if diff := cmp.Diff(want, p.verified(t, tokens.AccessToken, envelope{"Bearer", clientID, ""})); diff != "" {
		t.Errorf("access token (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want.identity(), p.verified(t, tokens.IDToken, envelope{"ID", clientID, nonce}, clientID)); diff != "" {
		t.Errorf("id token (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want.identity(), p.userInfo(t, tokens.AccessToken)); diff != "" {
		t.Errorf("user information (-want +got):\n%s", diff)
	}
}

func (p *platform) userInfo(t *testing.T, accessToken string) claims {
	t.Helper()
	info, err := p.kc.GetRawUserInfo(t.Context(), accessToken, p.realm)
	if err != nil {
		t.Fatalf("asking for the user's information: %v", err)
	}
	raw, err := json.Marshal(info)
	if err != nil {
		t.Fatal(err)
	}
	var c claims
	if err := json.Unmarshal(raw, &c); err != nil {
		t.Fatalf("reading the user's information: %v", err)
	}
	c.sort()
	return c
}

// roles are the realm roles of a person: those that every person has, and these.
func (p *platform) roles(more ...string) []string {
	all := append([]string{"default-roles-" + strings.ToLower(p.realm), "offline_access", "uma_authorization"}, more...)
	slices.Sort(all)
	return all
}

// clients are the client roles of a person: those that every person has, and
// these of realm-management.
func (p *platform) clients(management ...string) map[string]access {
	all := map[string]access{"account": {Roles: []string{"manage-account", "manage-account-links", "view-profile"}}}
	if len(management) > 0 {
		slices.Sort(management)
		all["realm-management"] = access{Roles: management}
	}
	return all
}
