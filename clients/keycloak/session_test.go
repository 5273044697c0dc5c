package keycloak_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"otomi.io/tasks/clients/keycloak"
	"otomi.io/tasks/clients/transport"
)

// server plays the token endpoint and one admin resource.
type server struct {
	mu       sync.Mutex
	log      []string // grant types and bearers, in the order of arrival
	tokens   int
	dead     map[string]bool // tokens that are refused
	noLogin  int             // status of a refused login
	noRenew  bool
	lifetime int
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	if !strings.HasSuffix(r.URL.Path, "/token") {
		bearer := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
		s.log = append(s.log, r.Method+" "+bearer)
		if s.dead[bearer] {
			w.WriteHeader(http.StatusUnauthorized)
		}
		return
	}
	grant := r.FormValue("grant_type")
	s.log = append(s.log, grant)
	if s.noLogin != 0 || s.noRenew && grant == "refresh_token" {
		w.WriteHeader(max(s.noLogin, http.StatusBadRequest))
		_, _ = fmt.Fprint(w, `{"error":"invalid_grant","error_description":"Invalid user credentials"}`)
		return
	}
	s.tokens++
	_, _ = fmt.Fprintf(w, `{"access_token":"t%d","refresh_token":"r%d","expires_in":%d}`, s.tokens, s.tokens, s.lifetime)
}

// use makes a session on the server and a client that is authorized by it.
func use(t *testing.T, s *server, now func() time.Time) (*keycloak.Session, *http.Client, string) {
	t.Helper()
	running := httptest.NewServer(s)
	t.Cleanup(running.Close)
	session := keycloak.NewSession(running.URL, running.Client(), keycloak.Credentials{Realm: "master", Username: "admin", Password: "the-password"})
	session.SetClock(now)
	return session, &http.Client{Transport: session.Authorize(transport.Strict(running.Client().Transport))}, running.URL
}

func send(t *testing.T, c *http.Client, method, url, body string) error {
	t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := c.Do(req)
	if err != nil {
		return err
	}
	return resp.Body.Close()
}

func TestSession(t *testing.T) {
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	cases := map[string]struct {
		reason string
		server *server
		at     []time.Duration // of each request, after the start
		want   []string
	}{
		"OneLogin": {"a token serves until shortly before its end", &server{lifetime: 60}, []time.Duration{0, 49 * time.Second},
			[]string{"password", "PUT t1", "PUT t1"}},
		"RenewedInTime": {"a token that may end under way is renewed", &server{lifetime: 60}, []time.Duration{0, 51 * time.Second},
			[]string{"password", "PUT t1", "refresh_token", "PUT t2"}},
		"LoginAgain": {"a new session replaces one that ended", &server{lifetime: 60, noRenew: true}, []time.Duration{0, 51 * time.Second},
			[]string{"password", "PUT t1", "refresh_token", "password", "PUT t2"}},
		"RefusedToken": {"a token that ended early is replaced once, and the request repeated", &server{lifetime: 60, dead: map[string]bool{"t1": true}}, []time.Duration{0},
			[]string{"password", "PUT t1", "refresh_token", "PUT t2"}},
		"ShortLife": {"a token that lives shorter than the leeway serves for half of its life", &server{lifetime: 4}, []time.Duration{0, time.Second, 3 * time.Second},
			[]string{"password", "PUT t1", "PUT t1", "refresh_token", "PUT t2"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			now := start
			_, client, url := use(t, tc.server, func() time.Time { return now })
			for _, at := range tc.at {
				now = start.Add(at)
				if err := send(t, client, http.MethodPut, url+"/admin", "body"); err != nil {
					t.Fatalf("%s: %v", tc.reason, err)
				}
			}
			if diff := cmp.Diff(tc.want, tc.server.log); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tc.reason, diff)
			}
		})
	}
}

func TestSessionGivesUp(t *testing.T) {
	t.Run("WrongPassword", func(t *testing.T) {
		s := &server{noLogin: http.StatusUnauthorized}
		_, client, url := use(t, s, time.Now)
		err := send(t, client, http.MethodGet, url+"/admin", "")
		var refused *keycloak.LoginError
		if !errors.As(err, &refused) || !refused.Unauthorized() || refused.Status != http.StatusUnauthorized {
			t.Errorf("error %v, want a LoginError of 401", err)
		}
		if strings.Contains(err.Error(), "the-password") {
			t.Errorf("the error shows the password: %v", err)
		}
		if diff := cmp.Diff([]string{"password"}, s.log); diff != "" {
			t.Errorf("more than one login (-want +got):\n%s", diff)
		}
	})
	t.Run("ServerDown", func(t *testing.T) {
		_, client, url := use(t, &server{noLogin: http.StatusServiceUnavailable}, time.Now)
		var refused *keycloak.LoginError
		if err := send(t, client, http.MethodGet, url+"/admin", ""); err == nil || errors.As(err, &refused) {
			t.Errorf("error %v, want one that does not blame the credentials", err)
		}
	})
	t.Run("DeadForGood", func(t *testing.T) {
		s := &server{lifetime: 60, dead: map[string]bool{"t1": true, "t2": true}}
		_, client, url := use(t, s, time.Now)
		if err := send(t, client, http.MethodGet, url+"/admin", ""); !transport.IsUnauthorized(err) {
			t.Errorf("error %v, want 401", err)
		}
		if diff := cmp.Diff([]string{"password", "GET t1", "refresh_token", "GET t2"}, s.log); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// wire plays all servers of the world. It notes what it is handed, and answers
// with a redirect where it holds one for the address.
type wire struct {
	redirects map[string]string
	status    int // of a redirect, or else of the login
	token     string
	log       []string
}

func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	resp := &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: http.NoBody, Request: r}
	w.log = append(w.log, strings.TrimSpace(r.URL.Host+" "+r.FormValue("password")+r.Header.Get("Authorization")))
	if to, found := w.redirects[r.URL.String()]; found {
		resp.StatusCode = w.status
		if to != "" {
			resp.Header.Set("Location", to)
		}
	} else if strings.HasSuffix(r.URL.Path, "/token") {
		resp.Header.Set("Content-Type", "application/json")
		resp.Body = io.NopCloser(strings.NewReader(w.token))
	}
	return resp, nil
}

// TestLoginIsNotRedirected: a redirect that keeps method and body would hand
// the password over to another host.
func TestLoginIsNotRedirected(t *testing.T) {
	const token = "http://kc.test/realms/master/protocol/openid-connect/token"
	cases := map[string]struct {
		reason string
		wire   *wire
		says   string
	}{
		"Temporary":  {"the body would go along", &wire{status: 307, redirects: map[string]string{token: "http://evil.test/token?state=the-state"}}, "redirects the login to http://evil.test/token?state=***"},
		"Permanent":  {"the body would go along", &wire{status: 308, redirects: map[string]string{token: "http://evil.test/token"}}, "redirects the login to http://evil.test/token"},
		"Port":       {"another port is another server", &wire{status: 307, redirects: map[string]string{token: "http://kc.test:81/token"}}, "redirects the login to http://kc.test:81/token"},
		"Found":      {"the login would become a GET", &wire{status: 302, redirects: map[string]string{token: "/token"}}, "redirects the login to http://kc.test/token"},
		"NoLocation": {"net/http passes it on as an answer", &wire{status: 307, redirects: map[string]string{token: ""}}, "no token"},
		"Empty":      {"a proxy that answers for the server", &wire{token: "{}"}, "no token"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			session := keycloak.NewSession("http://kc.test", &http.Client{Transport: tc.wire}, keycloak.Credentials{Realm: "master", Username: "admin", Password: "the-password"})
			err := session.Renew(t.Context())
			if err == nil || !strings.Contains(err.Error(), tc.says) {
				t.Errorf("%s: error %v, want one that says %q", tc.reason, err, tc.says)
			}
			if diff := cmp.Diff([]string{"kc.test the-password"}, tc.wire.log); diff != "" {
				t.Errorf("%s: what the servers were handed (-want +got):\n%s", tc.reason, diff)
			}
		})
	}
}

// TestTokenStaysAtHome: net/http takes the Authorization header off a redirect
// that leaves the host, but a transport sees each hop as a request of its own.
func TestTokenStaysAtHome(t *testing.T) {
	cases := map[string]struct {
		reason  string
		base    string
		address string
		to      string // a redirect
		want    []string
		refused bool
	}{
		"Home":          {"its own server gets it", "http://kc.test", "http://kc.test/a", "", []string{"kc.test Bearer t"}, false},
		"SubPath":       {"a path is not another server", "http://kc.test/auth", "http://kc.test/a", "", []string{"kc.test Bearer t"}, false},
		"DefaultPort":   {"a port that may be left out", "http://kc.test:80", "http://kc.test/a", "", []string{"kc.test Bearer t"}, false},
		"DefaultPortS":  {"a port that may be left out", "https://kc.test", "https://kc.test:443/a", "", []string{"kc.test:443 Bearer t"}, false},
		"Case":          {"names of hosts have no case", "http://KC.test", "http://kc.TEST/a", "", []string{"kc.TEST Bearer t"}, false},
		"HomeRedirect":  {"a redirect within the server", "http://kc.test", "http://kc.test/a", "/b", []string{"kc.test Bearer t", "kc.test Bearer t"}, false},
		"AwayRedirect":  {"a redirect to another server", "http://kc.test", "http://kc.test/a", "http://evil.test/b?code=the-code", []string{"kc.test Bearer t"}, true},
		"SubDomain":     {"net/http lets it go there", "http://kc.test", "http://kc.test/a", "http://evil.kc.test/b", []string{"kc.test Bearer t"}, true},
		"OtherPort":     {"net/http lets it go there", "http://kc.test", "http://kc.test/a", "http://kc.test:81/b", []string{"kc.test Bearer t"}, true},
		"OtherScheme":   {"net/http lets it go there", "https://kc.test", "https://kc.test/a", "http://kc.test/b", []string{"kc.test Bearer t"}, true},
		"Away":          {"no login for a request that goes elsewhere", "http://kc.test", "http://evil.test/a", "", nil, true},
		"UserInAddress": {"what comes before @ is not the host", "http://kc.test", "http://kc.test@evil.test/a", "", nil, true},
		"NoBase":        {"no address has no server", "http://kc.test:port", "http://kc.test/a", "", nil, true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := &wire{token: `{"access_token":"t","expires_in":60}`, status: http.StatusFound}
			if tc.to != "" {
				w.redirects = map[string]string{tc.address: tc.to}
			}
			session := keycloak.NewSession(tc.base, &http.Client{Transport: w}, keycloak.Credentials{Realm: "master"})
			err := send(t, &http.Client{Transport: session.Authorize(w)}, http.MethodGet, tc.address, "")
			var refused *transport.RefusedError
			if errors.As(err, &refused) != tc.refused || (err != nil) != tc.refused || transport.Temporary(err) {
				t.Errorf("%s: error %v, want a lasting RefusedError: %v", tc.reason, err, tc.refused)
			}
			if refused != nil && strings.Contains(refused.URL+refused.Error(), "the-code") {
				t.Errorf("%s: the query is shown: %s %v", tc.reason, refused.URL, refused)
			}
			handed := slices.DeleteFunc(w.log, func(line string) bool { return !strings.Contains(line, " ") }) // the login has no password here
			if diff := cmp.Diff(tc.want, handed, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("%s: what the servers were handed (-want +got):\n%s", tc.reason, diff)
			}
		})
	}
}

func TestSessionIsSharedByWorkers(t *testing.T) {
	s := &server{lifetime: 60}
	session, client, url := use(t, s, time.Now)
	var group sync.WaitGroup
	for range 16 {
		group.Go(func() {
			if err := send(t, client, http.MethodPost, url+"/admin", "body"); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if s.tokens != 1 {
		t.Errorf("%d logins for 16 workers, want 1", s.tokens)
	}
	if err := session.Renew(context.Background()); err != nil {
		t.Fatal(err)
	}
	if s.tokens != 2 {
		t.Errorf("%d tokens after Renew, want 2", s.tokens)
	}
}

func TestCredentialsDoNotPrint(t *testing.T) {
	c := keycloak.Credentials{Realm: "master", Username: "admin", Password: "the-password"}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		if got := fmt.Sprintf(verb, c); got != "admin@master" {
			t.Errorf("%s prints %q", verb, got)
		}
	}
}
