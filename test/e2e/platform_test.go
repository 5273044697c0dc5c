package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/Nerzal/gocloak/v13"

	suite "otomi.io/tasks/internal/conformance/keycloakroles"
	"otomi.io/tasks/tasks/keycloakroles"
	"otomi.io/tasks/tasks/run"
)

// The platform's client, by which people and programs log in.
const (
	clientID     = "otomi"
	clientSecret = "client-secret-1"
	redirectURI  = "https://console.example.com/callback"
)

// platform is one realm that keycloak-roles keeps equal to values, looked at
// through gocloak.
type platform struct {
	suite.Server
	kc     *gocloak.GoCloak
	realm  string
	values string // the file
}

// newPlatform converges a new realm, which goes with the test.
func newPlatform(t *testing.T, s suite.Server, realm, yaml string) *platform {
	t.Helper()
	p := &platform{Server: s, kc: gocloak.NewClient(s.URL), realm: realm, values: filepath.Join(t.TempDir(), "values.yaml")}
	p.declare(t, yaml)
	dropRealm(t, s, realm)
	p.apply(t, "converged")
	return p
}

// dropRealm removes the realm in the end.
func dropRealm(t *testing.T, s suite.Server, realm string) {
	kc := gocloak.NewClient(s.URL)
	t.Cleanup(func() {
		admin, err := kc.LoginAdmin(context.Background(), s.Username, s.Password, "master")
		if err == nil {
			err = kc.DeleteRealm(context.Background(), admin.AccessToken, realm)
		}
		if err != nil {
			t.Errorf("deleting realm %s: %v", realm, err)
		}
	})
}

// declare replaces the values, but for what all platforms of these tests share.
func (p *platform) declare(t *testing.T, yaml string) {
	t.Helper()
	ours := "cluster: {domainSuffix: example.com}\napps: {keycloak: {realm: " + p.realm + ", theme: keycloak, idp: {alias: staff, clientSecret: " + clientSecret + "}}}\n"
	if err := os.WriteFile(p.values, []byte(ours+yaml), 0o600); err != nil {
		t.Fatal(err)
	}
}

// apply runs the task, pruning too, and demands that result.
func (p *platform) apply(t *testing.T, result string) run.Outcome {
	t.Helper()
	return p.applyWith(t, result, io.Discard)
}

// applyWith takes more flags, and copies to watch what the run prints.
func (p *platform) applyWith(t *testing.T, result string, watch io.Writer, flags ...string) run.Outcome {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code := run.Run(keycloakroles.Task(), run.Process{
		// The realms of the other tests look like one that was renamed.
		Args:   append([]string{"apply", "--policy", "sync", "--accept", keycloakroles.AcceptRealm, "--values", p.values}, flags...),
		Stdout: io.MultiWriter(&stdout, watch), Stderr: &stderr,
		Env: map[string]string{"KEYCLOAK_ADDRESS_INTERNAL": p.URL, "KEYCLOAK_ADMIN": p.Username, "KEYCLOAK_ADMIN_PASSWORD": p.Password},
	})
	rows := strings.Split(strings.TrimSpace(stdout.String()), "\n")
	var outcome run.Outcome
	if err := json.Unmarshal([]byte(rows[len(rows)-1]), &outcome); err != nil {
		t.Fatalf("the last line of stdout is not an outcome: %v\n%s%s", err, &stdout, &stderr)
	}
	if code != run.ExitOK || outcome.Result != result {
		rows = rows[max(0, len(rows)-20):]
		t.Fatalf("exit %d %s, want 0 %s\n%s\n%s", code, outcome.Result, result, strings.Join(rows, "\n"), &stderr)
	}
	return outcome
}

// settled demands that the task finds nothing to do.
func (p *platform) settled(t *testing.T) {
	t.Helper()
	if o := p.apply(t, "unchanged"); o.Requests.Writes != 0 {
		t.Errorf("%d writes in a run that finds nothing to do", o.Requests.Writes)
	}
}

// admin is an administrator's token; it lives for a minute.
func (p *platform) admin(t *testing.T) string {
	t.Helper()
	token, err := p.kc.LoginAdmin(t.Context(), p.Username, p.Password, "master")
	if err != nil {
		t.Fatalf("logging in to look at the result: %v", err)
	}
	return token.AccessToken
}

// userID is the id of the one user of that name.
func (p *platform) userID(t *testing.T, name string) string {
	t.Helper()
	users, err := p.kc.GetUsers(t.Context(), p.admin(t), p.realm, gocloak.GetUsersParams{Username: &name, Exact: new(true)})
	if err != nil || len(users) != 1 {
		t.Fatalf("looking for user %s: %d found, %v", name, len(users), err)
	}
	return *users[0].ID
}

// groupID is the id of the group at that path.
func (p *platform) groupID(t *testing.T, path string) string {
	t.Helper()
	// Keycloak 26.6 refuses the two slashes that a leading one makes.
	group, err := p.kc.GetGroupByPath(t.Context(), p.admin(t), p.realm, strings.TrimPrefix(path, "/"))
	if err != nil {
		t.Fatalf("looking for group %s: %v", path, err)
	}
	return *group.ID
}
