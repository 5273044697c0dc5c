package gitearepos

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"code.gitea.io/sdk/gitea"
	"github.com/google/go-cmp/cmp"

	"otomi.io/tasks/internal/testkit/runner"
	"otomi.io/tasks/tasks/run"
)

// generation is a platform whose teams have organisations of their own, and whose
// people log in through Keycloak.
const generation = `
version: 32
cluster: {domainSuffix: example.com}
otomi: {adminPassword: Admin-pass-1}
apps:
  keycloak: {idp: {clientID: otomi, clientSecret: client-secret-1}}
teamConfig:
  admin: {}
  a: {}
`

// keycloak is an issuer as far as Gitea looks at one before it saves a login source.
func keycloak(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		issuer := "http://" + r.Host + "/realms/otomi"
		w.Header().Set("Content-Type", "application/json")
		body := fmt.Sprintf(`{"issuer":%[1]q,"authorization_endpoint":"%[1]s/a","token_endpoint":"%[1]s/t","userinfo_endpoint":"%[1]s/u","jwks_uri":"%[1]s/j",
			"response_types_supported":["code"],"subject_types_supported":["public"],"id_token_signing_alg_values_supported":["RS256"]}`, issuer)
		_, _ = w.Write([]byte(body)) //nolint:gosec // JSON of a test
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func newGeneration(t *testing.T, s Server) *env {
	t.Helper()
	b := newEnv(t, s, generation)
	b.vars["KC_HOSTNAME_URL"], b.vars["OTOMI_TASKS_PLATFORM"] = keycloak(t), "apl-4.4"
	for _, team := range []string{"team-a", "team-b", "team-admin"} {
		b.cluster.send(t, http.MethodPost, "/api/v1/namespaces", `{"kind":"Namespace","apiVersion":"v1","metadata":{"name":"`+team+`"}}`)
	}
	return b
}

// generations shows that the objects of a generation are made, are left alone by
// the next run, and are repaired where that takes nothing away.
func generations(t *testing.T, s Server) {
	b := newGeneration(t, s)
	first := b.apply(t)
	for _, name := range []string{"create organization team-a", "create service-account organization-team-admin", "create repository values", "create hook values http://el-otomi-tekton-listener.otomi-pipelines.svc.cluster.local:8080"} {
		if !slices.Contains(runner.Names(first.Lines), name) {
			t.Errorf("the plan has no %q: %v", name, runner.Names(first.Lines))
		}
	}
	b.settled(t, "--policy", "sync")
	h := b.operator(t)
	if team := h.team("team-a"); team.Permission != "admin" {
		t.Errorf("team-a administers %q", team.Permission)
	}
	const secret = "/api/v1/namespaces/team-a/secrets/gitea-credentials"
	before := b.cluster.field(t, secret, "password")
	b.cluster.send(t, http.MethodDelete, secret, "")
	r := b.run(t, "apply").Want(t, run.ExitOK, "converged", 0)
	if diff := cmp.Diff([]string{"update service-account organization-team-a"}, runner.Names(r.Lines)); diff != "" {
		t.Errorf("a Secret that is gone (-want +got):\n%s", diff)
	}
	if now := b.cluster.field(t, secret, "password"); now != before || now == "" {
		t.Error("the password was renewed although it works")
	}
	b.values.Add(t, "teamConfig: {b: {}}")
	b.apply(t) // the login source knows the new team, too
	b.settled(t, "--policy", "sync")

	laptop := b.neighbour(t)
	laptop.vars["KC_HOSTNAME_URL"], laptop.vars["OTOMI_TASKS_PLATFORM"] = b.vars["KC_HOSTNAME_URL"], "apl-4.4"
	blocked := blockedBy(laptop.run(t, "apply", "--policy", "sync").Result)
	if blocked["update service-account organization-team-a"] == "" {
		t.Errorf("the account of a team is not held back: %v", blocked)
	}
	b.settled(t, "--policy", "sync")
	loginSource(t, b)
}

// loginSource shows what a change of the login source needs.
func loginSource(t *testing.T, b *env) {
	t.Helper()
	b.values.Add(t, "apps: {keycloak: {idp: {clientSecret: client-secret-2}}}")
	r := b.apply(t)
	if diff := cmp.Diff([]string{"update login-source otomi-idp"}, runner.Names(r.Lines)); diff != "" {
		t.Errorf("another secret of the client (-want +got):\n%s", diff)
	}
	b.values.Add(t, "teamConfig: {c: {}}")
	h, scope := b.operator(t), gitea.AccessTokenScope("all")
	token, resp, err := h.gt.CreateAccessToken(gitea.CreateAccessTokenOption{Name: "all", Scopes: []gitea.AccessTokenScope{scope}})
	b.vars["GITEA_TOKEN"], b.vars["GITEA_PASSWORD"] = must(h, token, resp, err).Token, "" // the pages take no token
	if reason := blockedBy(b.run(t, "plan").Result)["create login-source otomi-idp"]; reason == "" {
		t.Error("a login source that cannot be read is not held back")
	}
}
