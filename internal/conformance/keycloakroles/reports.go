package keycloakroles

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"otomi.io/tasks/internal/testkit/runner"
	"otomi.io/tasks/tasks/run"
)

// reports are situations that users of Keycloak and of tools like ours reported in
// public, with values of our own.
func reports(t *testing.T, s Server) {
	t.Run("RemappedGroup", func(t *testing.T) { remappedGroup(t, s) })
	t.Run("MissingScope", func(t *testing.T) { missingScope(t, s) })
	t.Run("Discovery", func(t *testing.T) { discovery(t, s) })
	t.Run("BareIssuer", func(t *testing.T) { bareIssuer(t, s) })
}

// remappedGroup gives a team another group of the provider: no user keeps the role by
// the former one (keycloak/keycloak#36578).
func remappedGroup(t *testing.T, s Server) {
	b := newEnv(t, s, Platform, external(issuer(t)))
	b.apply(t)
	b.values.Add(t, "teamConfig: {a: {oidc: {groupMapping: engineers}}}")
	b.apply(t, "--policy", "sync")
	h := b.operator(t)
	mappers, err := h.kc.GetIdentityProviderMappers(h.ctx, h.admin, h.realm, "staff")
	for _, m := range must(h, mappers, err) {
		if text := fmt.Sprint(*m.Config); strings.Contains(text, "group-a") {
			t.Errorf("mapper %s still gives a role to the former group: %s", *m.Name, text)
		}
	}
	b.settled(t, "--policy", "sync")
}

// missingScope lacks a built-in scope that the client asks for: the run comes to rest
// (keycloak/terraform-provider-keycloak#1395).
func missingScope(t *testing.T, s Server) {
	b := newEnv(t, s, Platform)
	b.apply(t)
	h := b.operator(t)
	client, scope := *h.client("otomi").ID, *h.scope("offline_access").ID
	if err := h.kc.RemoveOptionalScopeFromClient(h.ctx, h.admin, h.realm, client, scope); err != nil {
		t.Fatal(err)
	}
	if err := h.kc.DeleteClientScope(h.ctx, h.admin, h.realm, scope); err != nil {
		t.Fatal(err)
	}
	b.run(t, "apply")
	b.settled(t, "--policy", "sync")
}

// discovery shows how a run ends whose external provider says nothing that can be
// used: no retry helps but where the provider is away.
func discovery(t *testing.T, s Server) {
	b := newEnv(t, s, Platform, external(issuer(t)))
	b.apply(t)
	document := func(issuer, token string) string {
		return fmt.Sprintf(`{"issuer":%q,"authorization_endpoint":"https://login.example.net/auth","token_endpoint":%q,"jwks_uri":"https://login.example.net/jwks"}`, issuer, token)
	}
	cases := map[string]struct {
		reason string
		status int
		body   string
		code   int
	}{
		"Absent":     {"a realm that does not exist", http.StatusNotFound, "{}", run.ExitInvalid},
		"Page":       {"a portal answers for the provider", http.StatusOK, "<!DOCTYPE html><title>Log in</title>", run.ExitInvalid},
		"OtherName":  {"the tenant is a template", http.StatusOK, document("https://login.example.net/{tenantid}", "https://login.example.net/token"), run.ExitInvalid},
		"NoEndpoint": {"a document without the address of tokens", http.StatusOK, "ISSUER", run.ExitInvalid},
		"Away":       {"the provider restarts", http.StatusServiceUnavailable, "", run.ExitFailed},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			var server *httptest.Server
			server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(tc.status)
				_, _ = fmt.Fprint(w, strings.ReplaceAll(tc.body, "ISSUER", document(server.URL, "")))
			}))
			t.Cleanup(server.Close)
			other := *b
			other.values = append(runner.Values{}, b.values...)
			other.values.Add(t, "oidc: {issuer: "+server.URL+"}")
			if r := other.run(t, "apply"); r.Code != tc.code || r.Outcome.Requests.Writes != 0 {
				t.Errorf("%s: exit %d after %d writes, want %d\n%s", tc.reason, r.Code, r.Outcome.Requests.Writes, tc.code, r)
			}
		})
	}
}

// bareIssuer is a small provider without userinfo and without the claim that names
// people: the run ends well, and doctor names the claim.
func bareIssuer(t *testing.T, s Server) {
	var server *httptest.Server
	server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprintf(w, `{"issuer":%[1]q,"authorization_endpoint":"%[1]s/auth","token_endpoint":"%[1]s/token","jwks_uri":"%[1]s/jwks","claims_supported":["sub","email","roles"]}`, server.URL)
	}))
	t.Cleanup(server.Close)
	b := newEnv(t, s, Platform, external(server.URL), "oidc: {usernameClaimMapper: '${CLAIM.upn}'}")
	b.apply(t)
	b.settled(t, "--policy", "sync")
	h := b.operator(t)
	provider, err := h.kc.GetIdentityProvider(h.ctx, h.admin, h.realm, "staff")
	if config := *must(h, provider, err).Config; config["userInfoUrl"] != "" {
		t.Errorf("the provider asks for userinfo at %q", config["userInfoUrl"])
	}
	if raw := b.start("doctor"); !strings.Contains(raw.String(), "upn") {
		t.Errorf("doctor does not name the claim:\n%s", raw)
	}
}
