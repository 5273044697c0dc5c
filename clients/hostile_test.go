package clients_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"otomi.io/tasks/clients/drone"
	"otomi.io/tasks/clients/git"
	"otomi.io/tasks/clients/gitea"
	"otomi.io/tasks/clients/harbor"
	"otomi.io/tasks/clients/keycloak"
	"otomi.io/tasks/clients/transport"
)

const secret = "value-of-credential"

// calls are one read and one write of each client, with a credential.
func calls() map[string]func(t *testing.T, base string, c *transport.Chain) []error {
	return map[string]func(*testing.T, string, *transport.Chain) []error{
		"Harbor":   callHarbor,
		"Gitea":    callGitea,
		"Keycloak": callKeycloak,
		"Drone":    callDrone,
		"Git":      callGit,
		"Login":    callLogin,
	}
}

func callHarbor(t *testing.T, base string, c *transport.Chain) []error {
	t.Helper()
	over, err := harbor.Login{Username: "admin", Password: secret}.Authorize(base, c.Client.Transport)
	if err != nil {
		t.Fatal(err)
	}
	client, err := harbor.New(base, harbor.WithHTTPClient(&http.Client{Transport: over, CheckRedirect: c.Client.CheckRedirect}))
	if err != nil {
		t.Fatal(err)
	}
	_, read := client.GetProjectWithResponse(t.Context(), "team-a")
	_, write := client.DeleteProjectWithResponse(t.Context(), "team-a")
	return []error{read, write}
}

func callGitea(t *testing.T, base string, c *transport.Chain) []error {
	t.Helper()
	session := gitea.NewSession(base, c.Client, gitea.Credentials{Username: "admin", Password: secret})
	client, err := gitea.New(base, gitea.WithHTTPClient(&http.Client{Transport: session.Authorize(c.Client.Transport), CheckRedirect: c.Client.CheckRedirect}))
	if err != nil {
		t.Fatal(err)
	}
	_, read := client.GetOrganizationWithResponse(t.Context(), "otomi")
	_, write := client.CreateOrganizationWithResponse(t.Context(), gitea.CreateOrgOption{Username: "otomi"})
	_, login := session.MakeToken(t.Context(), "otomi-tasks", "write:user")
	return []error{read, write, login}
}

func callKeycloak(t *testing.T, base string, c *transport.Chain) []error {
	t.Helper()
	session := keycloak.NewSession(base, c.PassThrough, keycloak.Credentials{Realm: "master", Username: "admin", Password: secret})
	client, err := keycloak.New(base, keycloak.WithHTTPClient(&http.Client{Transport: session.Authorize(c.Client.Transport), CheckRedirect: c.Client.CheckRedirect}))
	if err != nil {
		t.Fatal(err)
	}
	_, read := client.GetRealmWithResponse(t.Context(), "otomi")
	_, write := client.DeleteGroupWithResponse(t.Context(), "otomi", "an-id")
	return []error{read, write}
}

func callDrone(t *testing.T, base string, c *transport.Chain) []error {
	t.Helper()
	client, err := drone.New(base, c.Client, secret)
	if err != nil {
		t.Fatal(err)
	}
	_, read := client.In(t.Context()).Self()
	_, write := client.In(t.Context()).RepoEnable("otomi", "values")
	_, remote := client.RemoteRepo(t.Context(), "otomi", "values")
	patch := client.PatchOrgSecret(t.Context(), "otomi", "npm", drone.SecretPatch{Data: new(secret)})
	return []error{read, write, remote, patch}
}

func callGit(t *testing.T, base string, c *transport.Chain) []error {
	t.Helper()
	_, err := git.Fetch(t.Context(), c.Client, git.Request{URL: base + "/values.git", Username: "admin", Password: secret})
	return []error{err}
}

func callLogin(t *testing.T, base string, c *transport.Chain) []error {
	t.Helper()
	return []error{drone.Login(t.Context(), drone.LoginOptions{
		Drone: base, Gitea: base, Transport: c.PassThrough.Transport, Account: drone.Account{Username: "admin", Password: secret}})}
}

// TestHostile: whatever a server answers, no credential goes to another one, no
// answer is taken for what it is not, and none fills the memory.
func TestHostile(t *testing.T) {
	t.Parallel()
	send := func(kind, body string) func(string) http.HandlerFunc {
		return func(string) http.HandlerFunc {
			return func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", kind)
				_, _ = io.WriteString(w, body)
			}
		}
	}
	redirect := func(status int) func(string) http.HandlerFunc {
		return func(another string) http.HandlerFunc {
			return func(w http.ResponseWriter, r *http.Request) {
				http.Redirect(w, r, another+r.URL.RequestURI(), status)
			}
		}
	}
	page := "<!DOCTYPE html><title>Maintenance</title><p>" + secret
	attacks := map[string]struct {
		reason string
		serve  func(another string) http.HandlerFunc
		says   string // "" is anything
	}{
		"Found":     {"a proxy that sends people to its login", redirect(http.StatusFound), ""},
		"Temporary": {"a redirect that asks for the credential again", redirect(http.StatusTemporaryRedirect), ""},
		"Permanent": {"the same, permanently", redirect(http.StatusPermanentRedirect), ""},
		"Page":      {"a page with 200", send("text/html; charset=utf-8", page), "text/html"},
		"Pretended": {"a page that says that it is JSON", send("application/json", page), ""},
		"Half":      {"an answer that breaks off", half, ""},
		"Large":     {"an answer that does not end", large, ""},
	}
	for name, attack := range attacks {
		for client, call := range calls() {
			t.Run(name+client, func(t *testing.T) {
				var stolen []string
				another := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { stolen = append(stolen, r.Method+" "+r.URL.Path) }))
				defer another.Close()
				server := httptest.NewServer(attack.serve(another.URL))
				defer server.Close()
				chain := transport.New(http.DefaultTransport, transport.Options{Retry: transport.RetryOptions{MaxAttempts: 1, MaxAnswer: 1 << 20}})
				chain.Gate.Open()
				for i, err := range call(t, server.URL, chain) {
					if err == nil {
						t.Errorf("%s: call %d takes it for an answer", attack.reason, i)
						continue
					}
					if text := err.Error(); strings.Contains(text, secret) || strings.Contains(text, "invalid character") || client != "Login" && !strings.Contains(text, attack.says) {
						t.Errorf("%s: call %d: %v", attack.reason, i, err)
					}
				}
				if len(stolen) > 0 {
					t.Errorf("%s: another server was asked: %q", attack.reason, stolen)
				}
			})
		}
	}
}

// half promises more than it sends.
func half(string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", "1000")
		_, _ = io.WriteString(w, `{"access_token":"a","login":"`)
	}
}

// large goes on until the client has enough.
func large(string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		for block := `{"login":"` + strings.Repeat("a", 64<<10); ; block = block[10:] + strings.Repeat("a", 10) {
			if _, err := io.WriteString(w, block); err != nil {
				return
			}
		}
	}
}
