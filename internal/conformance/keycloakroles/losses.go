package keycloakroles

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/Nerzal/gocloak/v13"

	"otomi.io/tasks/internal/testkit/runner"
	"otomi.io/tasks/tasks/keycloakroles"
	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/run"
)

// losses shows what needs --accept, and rights that come from elsewhere.
func losses(t *testing.T, s Server) {
	t.Run("Redirects", func(t *testing.T) { redirects(t, s) })
	t.Run("Administrators", func(t *testing.T) { administrators(t, s) })
	t.Run("LinkedUsers", func(t *testing.T) { linkedUsers(t, s) })
	t.Run("OtherIssuer", func(t *testing.T) { otherIssuer(t, s) })
	t.Run("OtherType", func(t *testing.T) { otherType(t, s) })
	t.Run("SameName", func(t *testing.T) { sameName(t, s) })
	t.Run("ExtraRights", func(t *testing.T) { extraRights(t, s) })
	t.Run("Optional", func(t *testing.T) { optional(t, s) })
}

// redirects: what the values take away needs a word, what a person added does not.
func redirects(t *testing.T, s Server) {
	b := newEnv(t, s, Platform)
	b.values.Add(t, "apps: {keycloak: {redirectURIs: ['https://a.example.com/*', 'https://b.example.com/*', 'https://c.example.com/*']}}")
	b.apply(t)
	if err := b.operator(t).clientChange(func(c *gocloak.Client) {
		c.RedirectURIs = &[]string{"https://a.example.com/*", "https://evil.example.org/*"}
	}); err != nil {
		t.Fatal(err)
	}
	b.run(t, "apply").Want(t, run.ExitOK, "converged", 1)
	b.values.Add(t, "apps: {keycloak: {redirectURIs: ['https://a.example.com/*']}}")
	r := b.run(t, "apply").Want(t, run.ExitRefused, "refused", 0)
	if r.Lines[0].Loss != "2 redirect URIs" || r.Lines[0].Danger != keycloakroles.AcceptRedirects {
		t.Errorf("the loss is not named: %+v", r.Lines[0])
	}
	b.apply(t, "--accept", keycloakroles.AcceptRedirects, "--allow-removals", "client=1")
	b.settled(t, "--policy", "sync")
}

// administrators lose their group in the values.
func administrators(t *testing.T, s Server) {
	b := newEnv(t, s, Platform, external(issuer(t)))
	b.apply(t)
	b.values.Add(t, `oidc: {adminGroupID: ""}`)
	b.run(t, "apply", "--policy", "sync").Want(t, run.ExitRefused, "refused", 0)
	b.apply(t, "--policy", "sync", "--accept", keycloakroles.AcceptAdministrators, "--allow-removals", "identity-provider-mapper=1")
	b.settled(t, "--policy", "sync")
}

// linkedUsers are counted before their provider is disabled.
func linkedUsers(t *testing.T, s Server) {
	b := newEnv(t, s, Platform, external(issuer(t)))
	b.apply(t)
	h := b.operator(t)
	for _, name := range []string{"one", "two"} {
		id, err := h.kc.CreateUser(h.ctx, h.admin, h.realm, gocloak.User{Username: &name, Enabled: gocloak.BoolP(true)})
		must(h, id, err)
		if err := h.kc.CreateUserFederatedIdentity(h.ctx, h.admin, h.realm, id, "staff", gocloak.FederatedIdentityRepresentation{
			IdentityProvider: gocloak.StringP("staff"), UserID: &name, UserName: &name}); err != nil {
			t.Fatal(err)
		}
	}
	b.values = slices.Delete(b.values, 1, 2) // no external provider
	r := b.run(t, "apply").Want(t, run.ExitRefused, "refused", 0)
	if !slices.ContainsFunc(r.Lines, func(l plan.Line) bool { return strings.Contains(l.Loss, "2 users") }) {
		t.Errorf("the linked users are not counted: %v", r)
	}
}

// otherIssuer moves to an issuer without userinfo: no token may go to the old one.
func otherIssuer(t *testing.T, s Server) {
	b := newEnv(t, s, Platform, external(issuer(t)))
	b.apply(t)
	next := issuer(t, "userinfo_endpoint", "end_session_endpoint")
	b.values.Add(t, `oidc: {issuer: "`+next+`"}`)
	b.apply(t)
	b.settled(t)
	provider, err := b.kc.GetIdentityProvider(t.Context(), b.token(t), b.realm, "staff")
	if err != nil {
		t.Fatal(err)
	}
	config := *provider.Config
	if config["userInfoUrl"] != "" || config["logoutUrl"] != "" || config["tokenUrl"] != next+"/token" {
		t.Errorf("the provider still knows the old issuer: %v", config)
	}
}

// otherType finds another kind of provider under the alias.
func otherType(t *testing.T, s Server) {
	b := newEnv(t, s, Platform)
	b.apply(t)
	h := b.operator(t)
	alias, err := h.kc.CreateIdentityProvider(h.ctx, h.admin, h.realm, gocloak.IdentityProviderRepresentation{
		Alias: gocloak.StringP("staff"), ProviderID: gocloak.StringP("google"), Config: &map[string]string{"clientId": "theirs"}})
	must(h, alias, err)
	b.values = slices.Insert(b.values, 1, runner.Source(t, external(issuer(t))))
	b.run(t, "apply").Want(t, run.ExitInvalid, "invalid", 0)
}

// sameName is a template that names every person the same.
func sameName(t *testing.T, s Server) {
	b := newEnv(t, s, Platform, external(issuer(t)))
	b.values.Add(t, "oidc: {usernameClaimMapper: email}")
	b.run(t, "apply").Want(t, run.ExitInvalid, "invalid", 0)
}

// extraRights come from elsewhere: they are shown and stay.
func extraRights(t *testing.T, s Server) {
	b := newEnv(t, s, Platform, external(issuer(t)))
	b.apply(t)
	h := b.operator(t)
	realm, err := h.kc.GetRealm(h.ctx, h.admin, h.realm)
	admin := h.role("admin")
	for _, holder := range []string{*must(h, realm, err).DefaultRole.ID, *h.role("team-a").ID} {
		if err := h.kc.AddRealmRoleComposite(h.ctx, h.admin, h.realm, h.roleName(holder), []gocloak.Role{admin}); err != nil {
			t.Fatal(err)
		}
	}
	mapped, err := h.kc.CreateIdentityProviderMapper(h.ctx, h.admin, h.realm, "staff", gocloak.IdentityProviderMapper{
		Name: gocloak.StringP("everybody"), IdentityProviderAlias: gocloak.StringP("staff"),
		IdentityProviderMapper: gocloak.StringP("oidc-hardcoded-role-idp-mapper"), Config: &map[string]string{"role": "admin", "syncMode": "INHERIT"}})
	must(h, mapped, err)
	r := b.settled(t, "--policy", "sync")
	var shown []string
	for _, line := range r.Lines {
		shown = append(shown, line.Kind+" "+line.Name)
		if line.Blocked == "" {
			t.Errorf("%s %s would be taken away", line.Kind, line.Name)
		}
	}
	want := []string{"extra-right default role admin", "extra-right identity-provider-mapper staff/everybody", "extra-right role team-a"}
	if !slices.Equal(shown, want) {
		t.Errorf("shown %v, want %v", shown, want)
	}
}

func (h *operator) roleName(id string) string {
	role, err := h.kc.GetRealmRoleByID(h.ctx, h.admin, h.realm, id)
	return *must(h, role, err).Name
}

// optional settings that the values no longer name are reset; one that a person
// set stays.
func optional(t *testing.T, s Server) {
	b := newEnv(t, s, Platform)
	b.values.Add(t, "apps: {keycloak: {accountTheme: keycloak.v3, rememberMe: true}}")
	b.apply(t)
	b.values = b.values[:len(b.values)-1]
	if err := b.operator(t).realmChange(func(r *gocloak.RealmRepresentation) { r.EmailTheme = gocloak.StringP("keycloak") }); err != nil {
		t.Fatal(err)
	}
	b.apply(t)
	b.settled(t)
	h := b.operator(t)
	realm, err := h.kc.GetRealm(h.ctx, h.admin, h.realm)
	got := must(h, realm, err)
	if *got.RememberMe {
		t.Error("people are still remembered")
	}
	if got.AccountTheme != nil && *got.AccountTheme != "" || got.EmailTheme == nil || *got.EmailTheme != "keycloak" {
		t.Errorf("the account theme is %v and the e-mail theme %v", got.AccountTheme, got.EmailTheme)
	}
}

// Versions shows what an old and an unknown server do to a run. Start makes a
// simulator of that version.
func Versions(t *testing.T, start func(t *testing.T, version int) Server) {
	for _, version := range []int{20, 22, 24, 26} {
		s := start(t, version)
		s.Version = version
		b := newEnv(t, s, Platform)
		b.apply(t)
		b.settled(t, "--policy", "sync")
		if err := b.operator(t).clientChange(func(c *gocloak.Client) { c.Secret = gocloak.StringP("by-hand") }); err != nil {
			t.Fatal(err)
		}
		b.apply(t)
		readBack(t, b)
		t.Run(fmt.Sprint("Generations", version), func(t *testing.T) { generations(t, s) })
		t.Run(fmt.Sprint("Shards", version), func(t *testing.T) { shards(t, s) })
	}
	b := newEnv(t, start(t, 1), Platform)
	r := b.run(t, "apply").Want(t, run.ExitInvalid, "invalid", 0)
	if !strings.Contains(r.Outcome.Error, "Keycloak 1.0.5 is too old: supported are 20 to 26") {
		t.Errorf("the range is not named: %s", r.Outcome.Error)
	}
	b = newEnv(t, start(t, 99), Platform)
	if r := b.apply(t); !strings.Contains(r.Stderr, "Keycloak 99.0.5 is newer than the versions that were tried: 20 to 26") {
		t.Errorf("no warning of an unknown version: %s", r.Stderr)
	}
}

// outcome shows that a token without what it promises is found after an apply and
// by doctor, although every declared field is right.
func outcome(t *testing.T, s Server) {
	b := newEnv(t, s, Platform)
	b.apply(t)
	if r := b.start("doctor"); r.Code != run.ExitOK {
		t.Errorf("doctor ends with %d: %s", r.Code, r)
	}
	h := b.operator(t)
	if err := h.kc.CreateClientScopesScopeMappingsRealmRoles(h.ctx, h.admin, h.realm, *h.scope("openid").ID, []gocloak.Role{h.role("team-c")}); err != nil {
		t.Fatal(err)
	}
	b.settled(t)
	if r := b.start("doctor"); r.Code != run.ExitUnsettled || !strings.Contains(r.Stdout, "lacks claim groups") {
		t.Errorf("doctor ends with %d: %s", r.Code, r)
	}
	b.values.Add(t, "teamConfig: {new: {}}")
	b.run(t, "apply").Want(t, run.ExitUnsettled, "unsettled", runner.AnyWrites)
}
