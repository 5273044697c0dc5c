package e2e

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/Nerzal/gocloak/v13"
	"github.com/google/go-cmp/cmp"

	suite "otomi.io/tasks/internal/conformance/keycloakroles"
)

// The realms of these tests, and the id of the login page's link to the provider.
const (
	providerRealm = "login-provider"
	brokeredRealm = "login-brokered"
	upnRealm      = "login-upn"
	linkStaff     = "social-staff"
)

// provider is a realm that plays the company's identity provider.
type provider struct {
	kc     *gocloak.GoCloak
	server suite.Server
}

// colleague is a user of the provider.
type colleague struct {
	name, email, last string
	groups            []string
}

func colleagues() []colleague {
	return []colleague{
		{"ada", "ada@corp.example", "Ash", []string{"Builders of A"}},
		{"ben", "ben@corp.example", "Birch", []string{"Builders of A", "group-b", "canteen"}},
		{"gus", "gus@corp.example", "Gum", []string{"admins", "group-b"}},
		{"lea", "lea@corp.example", "Lime", []string{"leads"}},
		{"max", "max@corp.example", "Maple", []string{"canteen"}},
		{"nina", "nina@corp.example", "", nil},
		{"pia@corp.example", "pia@mail.example", "Pine", []string{"Builders of A"}},
	}
}

// newProvider makes the realm with its people and a client for each platform.
func newProvider(t *testing.T, s suite.Server) *provider {
	t.Helper()
	p := &provider{kc: gocloak.NewClient(s.URL), server: s}
	realm := gocloak.RealmRepresentation{
		Realm: new(providerRealm), Enabled: new(true),
		// No profile is asked for there: what is missing arrives missing.
		RequiredActions: &[]any{gocloak.RequiredActionProviderRepresentation{
			Alias: new("VERIFY_PROFILE"), Name: new("Verify Profile"), ProviderID: new("VERIFY_PROFILE"), Enabled: new(false)}},
		Groups: &[]any{}, Users: &[]gocloak.User{},
		Clients: &[]gocloak.Client{
			brokerClient(s, "platform", brokeredRealm),
			brokerClient(s, "platform-upn", upnRealm, propertyMapper("upn", "username")),
		},
	}
	for _, group := range []string{"Builders of A", "group-b", "admins", "leads", "canteen"} {
		*realm.Groups = append(*realm.Groups, gocloak.Group{Name: &group})
	}
	for _, c := range colleagues() {
		*realm.Users = append(*realm.Users, c.user())
	}
	if _, err := p.kc.CreateRealm(t.Context(), p.admin(t), realm); err != nil {
		t.Fatalf("creating the provider: %v", err)
	}
	dropRealm(t, s, providerRealm)
	return p
}

func (c colleague) user() gocloak.User {
	return gocloak.User{
		Username: &c.name, Email: &c.email, EmailVerified: new(true), FirstName: new("Colleague"), LastName: &c.last, Enabled: new(true),
		Groups:      &c.groups,
		Credentials: &[]gocloak.CredentialRepresentation{{Type: new("password"), Value: new(colleaguePassword)}},
	}
}

const colleaguePassword = "Corp-pass-1"

// brokerClient is what the platform is to the provider.
func brokerClient(s suite.Server, id, realm string, more ...gocloak.ProtocolMapperRepresentation) gocloak.Client {
	groups := gocloak.ProtocolMapperRepresentation{
		Name: new("groups"), Protocol: new("openid-connect"), ProtocolMapper: new("oidc-group-membership-mapper"),
		Config: &map[string]string{"claim.name": "groups", "full.path": "false", "id.token.claim": "true", "access.token.claim": "true", "userinfo.token.claim": "true"}}
	return gocloak.Client{
		ClientID: &id, Secret: new("provider-secret-1"), Enabled: new(true), StandardFlowEnabled: new(true), PublicClient: new(false),
		RedirectURIs:    &[]string{s.URL + "/realms/" + realm + "/broker/staff/endpoint"},
		ProtocolMappers: new(append(more, groups)),
	}
}

func propertyMapper(claim, property string) gocloak.ProtocolMapperRepresentation {
	return gocloak.ProtocolMapperRepresentation{
		Name: &claim, Protocol: new("openid-connect"), ProtocolMapper: new("oidc-usermodel-property-mapper"),
		Config: &map[string]string{"claim.name": claim, "user.attribute": property, "jsonType.label": "String", "id.token.claim": "true", "userinfo.token.claim": "true"}}
}

func (p *provider) admin(t *testing.T) string {
	t.Helper()
	token, err := p.kc.LoginAdmin(t.Context(), p.server.Username, p.server.Password, "master")
	if err != nil {
		t.Fatalf("logging in at the provider: %v", err)
	}
	return token.AccessToken
}

// brokered are the values of a platform whose people come from the provider.
// More may hold further settings of oidc.
func (p *provider) brokered(client, secret, more string) string {
	return fmt.Sprintf(`
otomi: {hasExternalIDP: true}
oidc: {issuer: "%s/realms/%s", clientID: %s, clientSecret: %s, adminGroupID: admins, teamAdminGroupID: leads%s}
teamConfig:
  a: {oidc: {groupMapping: Builders of A}}
  b: {oidc: {groupMapping: group-b}}
  c: {oidc: {groupMapping: group-c}}
`, p.server.URL, providerRealm, client, secret, more)
}

const byUsername = `, usernameClaimMapper: "${CLAIM.preferred_username}"`

func testBrokered(t *testing.T, s suite.Server) {
	corp := newProvider(t, s)
	p := newPlatform(t, s, brokeredRealm, corp.brokered("platform", "provider-secret-1", byUsername))
	first := []string{linkStaff, formLogin}
	review := formReview
	if p.before(24) {
		review = formProfile
	}
	cases := map[string]struct {
		reason string
		user   string
		pages  []string
		roles  []string
	}{
		"Member":            {"a person of a mapped group gets the team's role", "ada", first, []string{"team-a"}},
		"MemberOfTwo":       {"a person of two mapped groups gets both roles; other groups give nothing", "ben", first, []string{"team-a", "team-b"}},
		"Administrator":     {"the group of the administrators beside a team's", "gus", first, []string{"admin", "team-b"}},
		"TeamAdministrator": {"the group of the team administrators", "lea", first, []string{"team-admin"}},
		"Stranger":          {"a person of no mapped group gets no role", "max", first, nil},
		"WithoutName":       {"what the provider does not say is asked for", "nina", append(slices.Clone(first), review), nil},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			who := newPerson(t, s, corp.hands(tc.user))
			sub := p.wantBrokered(t, who, tc.reason, tc.pages, tc.user, tc.user+"@corp.example", tc.roles...)
			again := newPerson(t, s, corp.hands(tc.user))
			again.hint = "staff"
			if got := p.wantBrokered(t, again, tc.reason+", again", []string{formLogin}, tc.user, tc.user+"@corp.example", tc.roles...); got != sub {
				t.Errorf("%s: the second login made another user: %s, was %s", tc.reason, got, sub)
			}
		})
	}
	p.settled(t)
	t.Run("Moved", func(t *testing.T) { testMoved(t, p, corp) })
	t.Run("SecretRotated", func(t *testing.T) { testSecretRotated(t, p, corp) })
	t.Run("PrincipalName", func(t *testing.T) { testPrincipalName(t, corp) })
}

// hands log a colleague in: by the link of the provider where there is one.
func (p *provider) hands(user string) hands {
	return hands{link: linkStaff, fields: map[string]string{"username": user, "password": colleaguePassword, "lastName": "Named"}}
}

// wantBrokered is wantLogin for a person from the provider. It returns the
// user's id.
func (p *platform) wantBrokered(t *testing.T, who person, reason string, pages []string, user, email string, roles ...string) string {
	t.Helper()
	v, got := p.login(t, who)
	if diff := cmp.Diff(pages, v.pages); diff != "" {
		t.Errorf("%s: pages (-want +got):\n%s", reason, diff)
	}
	sub := p.userID(t, user)
	p.wantTokens(t, got.tokens, got.nonce, claims{
		Subject: sub, Username: user, Email: email,
		Groups: p.roles(roles...), RealmAccess: access{p.roles(roles...)}, ResourceAccess: p.clients()})
	return sub
}

// testMoved shows that the next login takes roles as well as it gives them.
func testMoved(t *testing.T, p *platform, corp *provider) {
	home := &platform{Server: p.Server, kc: p.kc, realm: providerRealm}
	admin, user := p.admin(t), home.userID(t, "ada")
	err := errors.Join(
		p.kc.DeleteUserFromGroup(t.Context(), admin, providerRealm, user, home.groupID(t, "/Builders of A")),
		p.kc.AddUserToGroup(t.Context(), admin, providerRealm, user, home.groupID(t, "/group-b")),
		p.kc.UpdateUser(t.Context(), admin, providerRealm, gocloak.User{ID: &user, Username: new("ada"), Email: new("ada.ash@corp.example"),
			FirstName: new("Ada"), LastName: new("Ash"), EmailVerified: new(true), Enabled: new(true)}))
	if err != nil {
		t.Fatalf("moving a person at the provider: %v", err)
	}
	p.wantBrokered(t, newPerson(t, p.Server, corp.hands("ada")), "a person who moved to another team",
		[]string{linkStaff, formLogin}, "ada", "ada.ash@corp.example", "team-b")
}

// testSecretRotated shows that the secret in the values reaches the server,
// which never shows it.
func testSecretRotated(t *testing.T, p *platform, corp *provider) {
	admin := p.admin(t)
	found, err := p.kc.GetClients(t.Context(), admin, providerRealm, gocloak.GetClientsParams{ClientID: new("platform")})
	if err != nil || len(found) != 1 {
		t.Fatalf("looking for the platform's client: %d found, %v", len(found), err)
	}
	found[0].Secret = new("provider-secret-2")
	if err := p.kc.UpdateClient(t.Context(), admin, providerRealm, *found[0]); err != nil {
		t.Fatalf("rotating the secret: %v", err)
	}
	who := newPerson(t, p.Server, corp.hands("lea"))
	address, _, _ := p.authorization("code", redirectURI, "")
	v, err := who.walk(t.Context(), address, who.hands)
	if err == nil && v.away.Query().Get("code") != "" {
		t.Fatal("the old secret still works")
	}
	p.declare(t, corp.brokered("platform", "provider-secret-2", byUsername))
	if o := p.apply(t, "converged"); o.Requests.Writes != 1 {
		t.Errorf("%d writes for one secret", o.Requests.Writes)
	}
	p.settled(t)
	p.wantBrokered(t, newPerson(t, p.Server, corp.hands("lea")), "the new secret works",
		[]string{linkStaff, formLogin}, "lea", "lea@corp.example", "team-admin")
}

// testPrincipalName is a provider such as Entra ID, whose claim upn makes the
// user's name and address.
func testPrincipalName(t *testing.T, corp *provider) {
	p := newPlatform(t, corp.server, upnRealm, corp.brokered("platform-upn", "provider-secret-1", ""))
	const upn = "pia@corp.example"
	for _, reason := range []string{"the principal name is name and address", "again"} {
		p.wantBrokered(t, newPerson(t, corp.server, corp.hands(upn)), reason, []string{linkStaff, formLogin}, upn, upn, "team-a")
	}
	p.settled(t)
}
