// Package keycloakroles proves the task keycloak-roles on a Keycloak: the
// simulator and the real server run the very same tests. What the task wrote is
// read back, and drift is made, through gocloak, which shares no code with it.
package keycloakroles

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/Nerzal/gocloak/v13"

	"otomi.io/tasks/clients/transport"
	"otomi.io/tasks/internal/sim"
	"otomi.io/tasks/internal/testkit/runner"
	"otomi.io/tasks/tasks/keycloakroles"
	"otomi.io/tasks/tasks/run"
	"otomi.io/tasks/tasks/task"
	"otomi.io/tasks/tasks/values"
)

// Server is a Keycloak that the suite may do with as it likes.
type Server struct {
	URL, Username, Password string
	// Clock paces retries; nil is the system's.
	Clock transport.Clock
	// Faults break requests on their way to a simulator.
	Faults *sim.Faults
	// Look is the address of a simulator past its faults.
	Look string
	// Log holds the requests that arrived at a simulator.
	Log *sim.Log
	// Version is the major version; 0 is the newest.
	Version int
	// Rounds of the fingerprint of a secret; 0 is as many as the product takes.
	Rounds int
}

// task is the one under test.
func (s Server) task() task.Task {
	t := keycloakroles.Task()
	t.Connect = task.Typed(func(v values.Values, c *transport.Chain, setting task.Setting) (task.Converger[keycloakroles.State, *keycloakroles.Plan], error) {
		app, err := keycloakroles.Connect(v, c, setting)
		if a, ok := app.(*keycloakroles.Application); ok && s.Rounds > 0 {
			a.Rounds = s.Rounds
		}
		return app, err
	})
	return t
}

// Run runs the whole suite.
func Run(t *testing.T, s Server) {
	t.Run("Converge", func(t *testing.T) { converge(t, s) })
	t.Run("Drift", func(t *testing.T) { drifts(t, s) })
	t.Run("Foreign", func(t *testing.T) { foreign(t, s) })
	t.Run("Nested", func(t *testing.T) { nested(t, s) })
	t.Run("Switched", func(t *testing.T) { switched(t, s) })
	t.Run("Policy", func(t *testing.T) { policies(t, s) })
	t.Run("Adopt", func(t *testing.T) { adopt(t, s) })
	t.Run("Refusal", func(t *testing.T) { refusals(t, s) })
	t.Run("Neighbours", func(t *testing.T) { neighbours(t, s) })
	t.Run("Leavers", func(t *testing.T) { leavers(t, s) })
	t.Run("Generations", func(t *testing.T) { generations(t, s) })
	t.Run("Histories", func(t *testing.T) { histories(t, s) })
	t.Run("Outcome", func(t *testing.T) { outcome(t, s) })
	t.Run("Losses", func(t *testing.T) { losses(t, s) })
	t.Run("Reports", func(t *testing.T) { reports(t, s) })
	t.Run("Shards", func(t *testing.T) { shards(t, s) })
}

// env is one realm under test with the values that it should equal.
type env struct {
	Server
	realm        string
	installation string
	values       runner.Values
	kc           *gocloak.GoCloak
}

// newEnv takes a realm of its own for the test and removes it in the end.
func newEnv(t *testing.T, s Server, values ...string) *env {
	t.Helper()
	b := &env{Server: s, realm: realmName(t), installation: realmName(t), kc: gocloak.NewClient(s.URL), values: runner.Sources(t, values...)}
	b.values.Add(t, "apps: {keycloak: {realm: "+b.realm+", theme: keycloak}}")
	t.Cleanup(func() {
		_ = b.kc.DeleteRealm(context.Background(), b.token(t), b.realm) // another test of the same name may have removed it
	})
	return b
}

func realmName(t *testing.T) string {
	name := strings.ToLower(t.Name())
	return "t" + strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return '-'
	}, name[strings.Index(name, "/")+1:])
}

// token is an administrator's; it lives for a minute, so each use takes a new one.
func (b *env) token(t *testing.T) string {
	t.Helper()
	token, err := b.kc.LoginAdmin(context.Background(), b.Username, b.Password, "master")
	if err != nil {
		t.Fatalf("logging in to look at the result: %v", err)
	}
	return token.AccessToken
}

// start runs the task in this process, from any goroutine.
func (b *env) start(args ...string) runner.Raw {
	// Each test is an installation of its own: the realms of the others are not
	// former ones of it.
	args = append([]string{"--installation", b.installation}, b.values.Args(args...)...)
	return runner.Run(b.task(), run.Process{
		Args: args, Clock: b.Clock,
		Env: map[string]string{"KEYCLOAK_ADDRESS_INTERNAL": b.URL, "KEYCLOAK_ADMIN": b.Username, "KEYCLOAK_ADMIN_PASSWORD": b.Password},
	})
}

// run runs the task and reads its result.
func (b *env) run(t *testing.T, args ...string) runner.Result {
	t.Helper()
	return b.start(args...).Read(t)
}

// apply converges, whatever that takes.
func (b *env) apply(t *testing.T, args ...string) runner.Result {
	t.Helper()
	return b.run(t, append([]string{"apply"}, args...)...).Converged(t)
}

// settled demands a run that finds nothing to do.
func (b *env) settled(t *testing.T, args ...string) runner.Result {
	t.Helper()
	return b.run(t, append([]string{"apply"}, args...)...).Unchanged(t)
}

// issuer plays the discovery document of an external provider, without some of its
// addresses.
func issuer(t *testing.T, without ...string) string {
	t.Helper()
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		document := map[string]string{
			"issuer": server.URL, "authorization_endpoint": server.URL + "/auth", "token_endpoint": server.URL + "/token",
			"userinfo_endpoint": server.URL + "/userinfo", "jwks_uri": server.URL + "/jwks", "end_session_endpoint": server.URL + "/logout"}
		for _, key := range without {
			delete(document, key)
		}
		_ = json.NewEncoder(w).Encode(document)
	})
	return server.URL
}

// Platform is a small platform of three teams with local users.
const Platform = `
cluster: {domainSuffix: example.com}
otomi: {adminPassword: Admin-pass-1}
apps: {keycloak: {idp: {clientSecret: client-secret-1}}}
teamConfig:
  a:
    users: [{username: alice, email: alice@example.com, firstName: Alice, lastName: Ash, initialPassword: Alice-pass-1}]
  b:
    users: [{username: bob, email: bob@example.com, firstName: Bob, lastName: Birch, initialPassword: Bob-pass-1}]
  c: {}
`

// external lays an external provider over Platform.
func external(issuer string) string {
	return `
otomi: {hasExternalIDP: true}
apps: {keycloak: {idp: {alias: staff}}}
oidc: {issuer: "` + issuer + `", clientID: platform, clientSecret: provider-secret-1, adminGroupID: admins, teamAdminGroupID: leads,
  usernameClaimMapper: "${CLAIM.preferred_username}"}
teamConfig:
  a: {oidc: {groupMapping: group-a}}
  b: {oidc: {groupMapping: group-b}}
  c: {oidc: {groupMapping: group-c}}
`
}

// Teams is values with n teams beside those of Platform.
func Teams(n int) string {
	var b strings.Builder
	b.WriteString("teamConfig:\n")
	for i := range n {
		fmt.Fprintf(&b, "  t%04d: {oidc: {groupMapping: group-%d}}\n", i, i)
	}
	return b.String()
}

// FirstRun makes a realm, and looks at nothing but the run itself.
func FirstRun(t *testing.T, s Server) {
	newEnv(t, s, Platform).apply(t)
}
