// Package keycloakroles proves the task keycloak-roles on a Keycloak: the
// simulator and the real server run the very same tests. What the task wrote is
// read back, and drift is made, through gocloak, which shares no code with it.
package keycloakroles

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/Nerzal/gocloak/v13"

	"otomi.io/tasks/clients/transport"
	"otomi.io/tasks/tasks/keycloakroles"
	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/run"
)

// Server is a Keycloak that the suite may do with as it likes.
type Server struct {
	URL, Username, Password string
	// Clock paces retries; nil is the system's.
	Clock transport.Clock
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
	t.Run("Shards", func(t *testing.T) { shards(t, s) })
}

// bench is one realm under test with the values that it shall equal.
type bench struct {
	Server
	realm  string
	values []string // sources
	kc     *gocloak.GoCloak
}

// newBench takes a realm of its own for the test and removes it in the end.
func newBench(t *testing.T, s Server, values ...string) *bench {
	t.Helper()
	b := &bench{Server: s, realm: realmName(t), kc: gocloak.NewClient(s.URL)}
	for _, v := range values {
		b.addValues(t, v)
	}
	b.addValues(t, "apps: {keycloak: {realm: "+b.realm+", theme: keycloak}}")
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

// addValues adds a source that wins over the earlier ones.
func (b *bench) addValues(t *testing.T, yaml string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), fmt.Sprintf("values-%d.yaml", len(b.values)))
	if err := os.WriteFile(file, []byte(yaml), 0o600); err != nil {
		t.Fatal(err)
	}
	b.values = append(b.values, file)
}

// token is an administrator's; it lives for a minute, so each use takes a new one.
func (b *bench) token(t *testing.T) string {
	t.Helper()
	token, err := b.kc.LoginAdmin(context.Background(), b.Username, b.Password, "master")
	if err != nil {
		t.Fatalf("logging in to look at the result: %v", err)
	}
	return token.AccessToken
}

// result is what one run of the task left behind.
type result struct {
	code           int
	outcome        run.Outcome
	lines          []plan.Line
	stdout, stderr string
}

// raw is a result that nobody has read yet.
type raw struct {
	code           int
	stdout, stderr string
}

// start runs the task in this process, from any goroutine.
func (b *bench) start(args ...string) raw {
	for _, v := range b.values {
		args = append(args, "--values", v)
	}
	// The realms of the other tests look like one that was renamed.
	args = append([]string{"--output", "json", "--wait", "20s", "--accept", keycloakroles.AcceptRealm}, args...)
	var stdout, stderr bytes.Buffer
	code := run.Run(keycloakroles.Task(), run.Process{
		Args: args, Stdout: &stdout, Stderr: &stderr, Clock: b.Clock,
		Env: map[string]string{"KEYCLOAK_ADDRESS_INTERNAL": b.URL, "KEYCLOAK_ADMIN": b.Username, "KEYCLOAK_ADMIN_PASSWORD": b.Password},
	})
	return raw{code, stdout.String(), stderr.String()}
}

// run runs the task and reads its result.
func (b *bench) run(t *testing.T, args ...string) result {
	t.Helper()
	r := b.start(args...)
	return parse(t, r.code, r.stdout, r.stderr)
}

func parse(t *testing.T, code int, stdout, stderr string) result {
	t.Helper()
	r := result{code: code, stdout: stdout, stderr: stderr}
	rows := strings.Split(strings.TrimSpace(stdout), "\n")
	if err := json.Unmarshal([]byte(rows[len(rows)-1]), &r.outcome); err != nil {
		t.Fatalf("the last line of stdout is no outcome: %v\n%s%s", err, stdout, stderr)
	}
	if len(rows) > 1 {
		var document struct{ Changes []plan.Line }
		if err := json.Unmarshal([]byte(rows[0]), &document); err != nil {
			t.Fatalf("the plan is no JSON: %v\n%s", err, stdout)
		}
		r.lines = document.Changes
	}
	return r
}

// want fails the test unless the run ended in this way.
func (r result) want(t *testing.T, code int, word string, writes int) result {
	t.Helper()
	if r.code != code || r.outcome.Result != word {
		t.Fatalf("exit %d %s, want %d %s\n%s%s", r.code, r.outcome.Result, code, word, r.stdout, r.stderr)
	}
	if writes >= 0 && r.outcome.Requests.Writes != writes {
		t.Errorf("%d writes, want %d\n%s%s", r.outcome.Requests.Writes, writes, r.stdout, r.stderr)
	}
	return r
}

const anyWrites = -1

// apply converges, whatever that takes.
func (b *bench) apply(t *testing.T, args ...string) result {
	t.Helper()
	return b.run(t, append([]string{"apply"}, args...)...).want(t, run.ExitOK, "converged", anyWrites)
}

// settled demands a run that finds nothing to do.
func (b *bench) settled(t *testing.T, args ...string) result {
	t.Helper()
	return b.run(t, append([]string{"apply"}, args...)...).want(t, run.ExitOK, "unchanged", 0)
}

// issuer plays the discovery document of an external provider.
func issuer(t *testing.T) string {
	t.Helper()
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]string{
			"issuer": server.URL, "authorization_endpoint": server.URL + "/auth", "token_endpoint": server.URL + "/token",
			"userinfo_endpoint": server.URL + "/userinfo", "jwks_uri": server.URL + "/jwks", "end_session_endpoint": server.URL + "/logout"})
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
