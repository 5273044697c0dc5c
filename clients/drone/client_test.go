package drone_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"otomi.io/tasks/clients/drone"
	"otomi.io/tasks/clients/internal/address"
	"otomi.io/tasks/clients/response"
	"otomi.io/tasks/clients/transport"
)

const token = "t0ken-that-nobody-may-see"

// serve starts a server and gives a client of it, as the chain makes one.
func serve(t *testing.T, handle http.HandlerFunc) *drone.Client {
	t.Helper()
	server := httptest.NewServer(handle)
	t.Cleanup(server.Close)
	chain := transport.New(server.Client().Transport, transport.Options{Retry: transport.RetryOptions{MaxAttempts: 1}})
	chain.Gate.Open()
	client, err := drone.New(server.URL+"/", chain.Client, token)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// echo answers with what it was asked.
func echo(asked *[]string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		*asked = append(*asked, strings.TrimSpace(fmt.Sprintf("%s %s %s %s", r.Header.Get("Authorization"), r.Method, r.URL.RequestURI(), body)))
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{}`)
	}
}

func TestCalls(t *testing.T) {
	cases := map[string]struct {
		reason string
		call   func(context.Context, *drone.Client) error
		want   string
	}{
		"DroneGo": {"the vendor's calls carry the token", func(ctx context.Context, c *drone.Client) error {
			_, err := c.In(ctx).Self()
			return err
		}, "GET /api/user"},
		"Remote": {"names are part of the path", func(ctx context.Context, c *drone.Client) error {
			_, err := c.RemoteRepo(ctx, "otomi", "a/b")
			return err
		}, "GET /api/user/remote/repos/otomi/a%2Fb"},
		"Secret": {"false is sent, nil is not", func(ctx context.Context, c *drone.Client) error {
			return c.PatchSecret(ctx, "otomi", "values", "s", drone.SecretPatch{PullRequest: new(false)})
		}, `PATCH /api/repos/otomi/values/secrets/s {"pull_request":false}`},
		"OrgSecret": {"an organisation has secrets of its own", func(ctx context.Context, c *drone.Client) error {
			return c.PatchOrgSecret(ctx, "otomi", "s", drone.SecretPatch{Data: new("d"), PullRequestPush: new(true)})
		}, `PATCH /api/secrets/otomi/s {"data":"d","pull_request_push":true}`},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			var asked []string
			client := serve(t, echo(&asked))
			if err := tc.call(t.Context(), client); err != nil {
				t.Fatalf("%s: %v", tc.reason, err)
			}
			if diff := cmp.Diff([]string{"Bearer " + token + " " + tc.want}, asked); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tc.reason, diff)
			}
		})
	}
}

func TestContextEndsCalls(t *testing.T) {
	arrived := make(chan struct{})
	client := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		close(arrived)
		<-r.Context().Done()
	})
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-arrived; cancel() }()
	if _, err := client.In(ctx).RepoList(); !errors.Is(err, context.Canceled) {
		t.Errorf("a call of drone-go goes on after the end of its context: %v", err)
	}
}

func TestRefusedCalls(t *testing.T) {
	another := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("%s reached another server", r.Header.Get("Authorization"))
	}))
	t.Cleanup(another.Close)
	client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, another.URL+"/api/user", http.StatusFound)
	})
	_, err := client.In(t.Context()).Self()
	if _, refused := errors.AsType[*transport.RefusedError](err); !refused {
		t.Errorf("a redirect to another server must not carry the token there: %v", err)
	}
	if _, err := client.In(t.Context()).Repo("otomi", ".."); !errors.Is(err, address.ErrPath) {
		t.Errorf("a name that leads elsewhere is not sent: %v", err)
	}
}

func TestAnswers(t *testing.T) {
	cases := map[string]struct {
		reason      string
		status      int
		kind, body  string
		noGrant     bool
		notInGitea  bool
		unexpected  bool
		wantsStatus int
	}{
		"Fine":          {reason: "a repository", status: 200, kind: "application/json", body: `{"slug":"otomi/values"}`},
		"NoGrant":       {reason: "Gitea's 401", status: 500, kind: "application/json", body: `{"message":"Unauthorized"}`, noGrant: true, wantsStatus: 500},
		"NoSecret":      {reason: "Gitea's refusal to renew", status: 500, kind: "application/json", body: `{"message":"invalid client secret"}`, noGrant: true, wantsStatus: 500},
		"NoClient":      {reason: "Gitea's refusal to renew", status: 500, kind: "application/json", body: `{"message":"cannot load client with client id: \"x\""}`, noGrant: true, wantsStatus: 500},
		"Revoked":       {reason: "Gitea's refusal to renew", status: 500, kind: "application/json", body: `{"message":"grant does not exist"}`, noGrant: true, wantsStatus: 500},
		"NotInGitea":    {reason: "Gitea's 404", status: 500, kind: "application/json", body: `{"message":"Not Found"}`, notInGitea: true, wantsStatus: 500},
		"NotInDrone":    {reason: "Drone's own 404 says nothing of Gitea", status: 404, kind: "application/json", body: `{"message":"Not Found"}`, wantsStatus: 404},
		"OwnToken":      {reason: "Drone's own 401 is about Drone's token", status: 401, kind: "application/json", body: `{"message":"Unauthorized"}`, wantsStatus: 401},
		"GiteaDown":     {reason: "an unreachable Gitea is not a lost grant", status: 500, kind: "application/json", body: `{"message":"Get \"http://gitea/api/v1\": dial tcp: connection refused"}`, wantsStatus: 500},
		"LoginPage":     {reason: "a page of a proxy is not a repository", status: 200, kind: "text/html", body: `<html>`, wantsStatus: -1},
		"Text":          {reason: "nor is a text", status: 200, kind: "text/plain", body: `OK`, unexpected: true},
		"NothingAtAll":  {reason: "204 without a body breaks no call that wants none", status: 204},
		"HalfAnAnswer":  {reason: "JSON that does not end is an error", status: 200, kind: "application/json", body: `{"slug":`, wantsStatus: -1},
		"AnotherStatus": {reason: "a redirect without a target is not a success", status: 304, wantsStatus: 304},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			client := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", tc.kind)
				w.WriteHeader(tc.status)
				_, _ = io.WriteString(w, tc.body)
			})
			var err error
			if tc.status == http.StatusNoContent {
				err = client.PatchOrgSecret(t.Context(), "otomi", "s", drone.SecretPatch{})
			} else {
				_, err = client.RemoteRepo(t.Context(), "otomi", "values")
			}
			status, _ := errors.AsType[*transport.StatusError](err)
			_, unexpected := errors.AsType[*response.UnexpectedError](err)
			if drone.NoGrant(err) != tc.noGrant || drone.NotInGitea(err) != tc.notInGitea || unexpected != tc.unexpected {
				t.Errorf("%s: no grant %v, not in Gitea %v, unexpected %v: %v", tc.reason, drone.NoGrant(err), drone.NotInGitea(err), unexpected, err)
			}
			if (err == nil) != (tc.wantsStatus == 0 && !tc.unexpected) || tc.wantsStatus > 0 && (status == nil || status.Status != tc.wantsStatus) {
				t.Errorf("%s: got %v, want status %d", tc.reason, err, tc.wantsStatus)
			}
		})
	}
}

func TestNothingShowsSecrets(t *testing.T) {
	client, err := drone.New("http://user:hidden@drone.example", http.DefaultClient, token)
	if err != nil {
		t.Fatal(err)
	}
	account := drone.Account{Username: "otomi-admin", Password: "hidden"}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d"} {
		shown := fmt.Sprintf(verb+verb+verb, client, account, &account)
		if strings.Contains(shown, token) || strings.Contains(shown, "hidden") {
			t.Errorf("%s shows a secret: %s", verb, shown)
		}
	}
}

func TestNewRefusesABrokenAddress(t *testing.T) {
	if _, err := drone.New("http://drone:port", http.DefaultClient, token); err == nil {
		t.Error("an address that cannot be parsed must be an error")
	}
}
