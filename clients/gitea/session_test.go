package gitea_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"otomi.io/tasks/clients/gitea"
	"otomi.io/tasks/clients/response"
	"otomi.io/tasks/clients/transport"
)

const (
	user     = "otomi-admin"
	password = "the-password"
)

// server is the little of Gitea that a session needs.
type server struct {
	*httptest.Server
	mu     sync.Mutex
	tokens map[int]string // id -> name; the value is "<name>-<id>"
	scopes []string       // of the last token
	log    []string       // method, path, kind of login
	refuse string         // the message of a 403, "" for none
}

func newServer(t *testing.T) *server {
	t.Helper()
	s := &server{tokens: map[int]string{}}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	login := s.login(r)
	s.log = append(s.log, r.Method+" "+strings.TrimPrefix(r.URL.Path, "/api/v1")+" "+login)
	w.Header().Set("Content-Type", "application/json")
	switch {
	case strings.HasPrefix(login, "wrong"):
		answerWith(w, http.StatusUnauthorized, map[string]string{"message": "invalid username, password or token"})
	case s.refuse != "":
		answerWith(w, http.StatusForbidden, map[string]string{"message": s.refuse})
	case strings.HasSuffix(r.URL.Path, "/user"):
		answerWith(w, http.StatusOK, map[string]string{"login": user})
	default:
		s.serveTokens(w, r)
	}
}

func (s *server) login(r *http.Request) string {
	if name, secret, basic := r.BasicAuth(); basic {
		if name == user && secret == password {
			return "password"
		}
		return "wrong password"
	}
	token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	for id, name := range s.tokens {
		if token == name+"-"+strconv.Itoa(id) {
			return "token"
		}
	}
	return "wrong token"
}

func (s *server) serveTokens(w http.ResponseWriter, r *http.Request) {
	switch r.Method {
	case http.MethodGet:
		list := []map[string]any{}
		for id, name := range s.tokens {
			if r.URL.Query().Get("page") == "1" {
				list = append(list, map[string]any{"id": id, "name": name})
			}
		}
		answerWith(w, http.StatusOK, list)
	case http.MethodDelete:
		id, _ := strconv.Atoi(r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:])
		delete(s.tokens, id)
		w.WriteHeader(http.StatusNoContent)
	default:
		var option struct {
			Name   string
			Scopes []string
		}
		_ = json.NewDecoder(r.Body).Decode(&option)
		id := 10 + len(s.log)
		s.tokens[id], s.scopes = option.Name, option.Scopes
		answerWith(w, http.StatusCreated, map[string]any{"id": id, "name": option.Name, "sha1": option.Name + "-" + strconv.Itoa(id)})
	}
}

func answerWith(w http.ResponseWriter, status int, body any) {
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

// session logs in to the server, and api sends through it.
func (s *server) session(t *testing.T, c gitea.Credentials) (*gitea.Session, *gitea.Client) {
	t.Helper()
	chain := transport.New(http.DefaultTransport, transport.Options{})
	chain.Gate.Open()
	session := gitea.NewSession(s.URL, chain.Client, c)
	api, err := gitea.New(s.URL, gitea.WithHTTPClient(&http.Client{Transport: session.Authorize(chain.Client.Transport)}))
	if err != nil {
		t.Fatal(err)
	}
	return session, api
}

func TestAuthorize(t *testing.T) {
	both := gitea.Credentials{Username: user, Password: password}
	cases := map[string]struct {
		reason      string
		credentials gitea.Credentials
		use         string // a token that was kept
		log         []string
		refused     bool
	}{
		"Password":      {reason: "there is no token", credentials: both, log: []string{"GET /user password"}},
		"Token":         {reason: "a token needs no password", credentials: gitea.Credentials{Token: "good-1"}, log: []string{"GET /user token"}},
		"Kept":          {reason: "the token of an earlier run", credentials: both, use: "good-1", log: []string{"GET /user token"}},
		"KeptDead":      {reason: "it was deleted", credentials: both, use: "dead-2", log: []string{"GET /user wrong token", "GET /user password"}},
		"GivenDead":     {reason: "a given token is not replaced", credentials: gitea.Credentials{Username: user, Password: password, Token: "dead-2"}, log: []string{"GET /user wrong token"}, refused: true},
		"WrongPassword": {reason: "one try, or the account is locked", credentials: gitea.Credentials{Username: user, Password: "other"}, log: []string{"GET /user wrong password"}, refused: true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			s := newServer(t)
			s.tokens[1] = "good"
			session, api := s.session(t, tc.credentials)
			if tc.use != "" {
				session.Use(tc.use)
			}
			_, err := response.OK(api.GetCurrentUserWithResponse(t.Context()))
			if transport.IsUnauthorized(err) != tc.refused || (err != nil) != tc.refused {
				t.Errorf("%s: error %v", tc.reason, err)
			}
			if diff := cmp.Diff(tc.log, s.log); diff != "" {
				t.Errorf("%s: requests (-want +got):\n%s", tc.reason, diff)
			}
		})
	}
}

// TestMakeToken: names are unique, so a token whose value was lost goes first.
func TestMakeToken(t *testing.T) {
	s := newServer(t)
	s.tokens[3], s.tokens[4] = "ours", "theirs"
	session, api := s.session(t, gitea.Credentials{Username: user, Password: password})
	token, err := session.MakeToken(t.Context(), "ours", "write:repository", "write:user")
	if err != nil || !session.HasToken() {
		t.Fatalf("MakeToken: %v", err)
	}
	if _, err := response.OK(api.GetCurrentUserWithResponse(t.Context())); err != nil {
		t.Fatal(err)
	}
	want := []string{"GET /users/otomi-admin/tokens password", "GET /users/otomi-admin/tokens password", "DELETE /users/otomi-admin/tokens/3 password",
		"POST /users/otomi-admin/tokens password", "GET /user token"}
	if diff := cmp.Diff(want, s.log); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
	if !slices.Equal(s.scopes, []string{"write:repository", "write:user"}) || s.tokens[4] != "theirs" || token == "" {
		t.Errorf("scopes %v, tokens %v", s.scopes, s.tokens)
	}
}

func TestScope(t *testing.T) {
	cases := map[string]struct{ reason, message, want string }{
		"One":     {"as Gitea 1.26 says it", "token does not have at least one of required scope(s), required=[write:repository], token scope=read:user", "write:repository"},
		"Older":   {"as Gitea 1.22 says it", "token does not have at least one of required scope(s): [write:repository]", "write:repository"},
		"Several": {"one of them suffices", "token does not have at least one of required scope(s), required=[read:user read:organization], token scope=", "read:user or read:organization"},
		"Other":   {"another right is missing", "user should be an owner of the organization", ""},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			s := newServer(t)
			s.refuse = tc.message
			_, api := s.session(t, gitea.Credentials{Username: user, Password: password})
			_, err := api.GetCurrentUserWithResponse(t.Context())
			scope, named := errors.AsType[*gitea.ScopeError](err)
			if !transport.IsForbidden(err) || named != (tc.want != "") || named && (scope.Scope != tc.want || !scope.Unauthorized()) {
				t.Errorf("%s: %v", tc.reason, err)
			}
		})
	}
}

// TestOtherServer: a credential goes nowhere but home.
func TestOtherServer(t *testing.T) {
	s, other := newServer(t), newServer(t)
	session, _ := s.session(t, gitea.Credentials{Username: user, Password: password})
	client := &http.Client{Transport: session.Authorize(http.DefaultTransport)}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, other.URL, strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = client.Do(req) //nolint:bodyclose // there is no answer
	if _, refused := errors.AsType[*transport.RefusedError](err); !refused || len(other.log) != 0 {
		t.Errorf("a request to another server: %v, it saw %v", err, other.log)
	}
}

func TestCredentialsDoNotPrint(t *testing.T) {
	c := gitea.Credentials{Username: user, Password: password, Token: "the-token"}
	if text := fmt.Sprintf("%v %+v %#v %s", c, c, c, &c); strings.Contains(text, "the-") {
		t.Errorf("a credential is printed: %s", text)
	}
}
