package gitea

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"sync"

	sdk "code.gitea.io/sdk/gitea"

	"otomi.io/tasks/clients/internal/address"
	"otomi.io/tasks/clients/transport"
)

// Credentials log a user in: with a token, else with the password.
type Credentials struct {
	Username, Password string
	Token              string
}

// Format keeps password and token out of everything that is printed.
func (c Credentials) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, c.Username) }

// ScopeError is a token that lacks a scope. Trying again does not help.
type ScopeError struct {
	// Scope is what the token lacks, as write:repository; of several one suffices.
	Scope string
	Err   error // as the server says it
}

func (e *ScopeError) Error() string { return "the token lacks the scope " + e.Scope }

func (e *ScopeError) Unwrap() error { return e.Err }

// Unauthorized tells the retries that rights are missing.
func (e *ScopeError) Unauthorized() bool { return true }

// Session is a user's way into one Gitea. With the password each request costs the server some 15 ms of hashing, with a token none; so
// a session makes a token and goes on with it. It may be used from several goroutines.
type Session struct {
	baseURL     string
	origin      address.Origin
	client      *http.Client
	credentials Credentials

	mu       sync.Mutex
	token    string
	identity Identity
}

// NewSession makes a session on the Gitea at baseURL; it sends nothing. The client must turn answers other than 2xx into errors.
func NewSession(baseURL string, client *http.Client, c Credentials) *Session {
	origin, _ := address.NewOrigin("Gitea", "login", baseURL) // New says what is wrong with the address
	return &Session{baseURL: baseURL, origin: origin, client: client, credentials: c, token: c.Token}
}

// Use lets the session go on with a token that was made before.
func (s *Session) Use(token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.token = token
}

// HasToken tells whether the requests carry a token: one that was given or made, and not refused since.
func (s *Session) HasToken() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.token != ""
}

// MakeToken makes a token with these scopes, in the place of one of the same name, and goes on with it. It needs the password.
func (s *Session) MakeToken(ctx context.Context, name string, scopes ...string) (string, error) {
	token, err := s.makeToken(ctx, name, scopes)
	if err != nil {
		return "", fmt.Errorf("making the access token %s: %w", name, err)
	}
	s.Use(token)
	return token, nil
}

func (s *Session) makeToken(ctx context.Context, name string, scopes []string) (string, error) {
	direct := *s.client
	direct.CheckRedirect = s.origin.RefuseRedirect
	// The SDK would ask for the server's version first, and keeps one context per client.
	user, err := sdk.NewClient(s.baseURL, sdk.SetHTTPClient(&direct), sdk.SetContext(ctx), sdk.SetGiteaVersion(""),
		sdk.SetBasicAuth(s.credentials.Username, s.credentials.Password))
	if err != nil {
		return "", err
	}
	if err := dropToken(user, name); err != nil {
		return "", err
	}
	option := sdk.CreateAccessTokenOption{Name: name}
	for _, scope := range scopes {
		option.Scopes = append(option.Scopes, sdk.AccessTokenScope(scope))
	}
	token, _, err := user.CreateAccessToken(option)
	if err != nil {
		return "", err
	}
	if token.Token == "" {
		return "", errNoToken
	}
	return token.Token, nil
}

// errNoToken is an answer that is neither a refusal nor a token, as from a proxy.
var errNoToken = errors.New("the answer holds no token")

// dropToken takes away what has the name: its value was lost, and names are unique.
func dropToken(user *sdk.Client, name string) error {
	const size = 50
	tokens, err := transport.AllCapped(size, func(p transport.Page) ([]*sdk.AccessToken, error) {
		page, _, err := user.ListAccessTokens(sdk.ListAccessTokensOptions{ListOptions: sdk.ListOptions{Page: p.Number, PageSize: p.Size}})
		return page, err
	})
	if err != nil {
		return fmt.Errorf("reading the access tokens: %w", err)
	}
	for _, token := range tokens {
		if token.Name != name {
			continue
		}
		if _, err := user.DeleteAccessToken(token.ID); err != nil {
			return fmt.Errorf("deleting the old one: %w", err)
		}
	}
	return nil
}

// Authorize adds the session's credential to each request. Of an answer 401 to a token that was not given but made before, one more try
// with the password is made: it was deleted. An answer 403 for want of a scope is a *ScopeError. A request to another server than
// the session's, as after a redirect, fails with a *transport.RefusedError.
func (s *Session) Authorize(next http.RoundTripper) http.RoundTripper { return &authorizer{s, next} }

type authorizer struct {
	session *Session
	next    http.RoundTripper
}

func (a *authorizer) RoundTrip(req *http.Request) (*http.Response, error) {
	if err := a.session.origin.Allow(req); err != nil {
		return nil, err
	}
	token := a.session.current()
	resp, err := a.next.RoundTrip(a.session.authorized(req, req.Body, token))
	if token == "" || !transport.IsUnauthorized(err) || !a.session.drop(token) || req.Body != nil && req.GetBody == nil {
		return resp, withScope(err)
	}
	body := req.Body
	if req.GetBody != nil {
		if body, err = req.GetBody(); err != nil {
			return nil, fmt.Errorf("repeating the request: %w", err)
		}
	}
	resp, err = a.next.RoundTrip(a.session.authorized(req, body, ""))
	return resp, withScope(err)
}

func (s *Session) current() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.token
}

// drop gives a refused token up where the password can take its place, and tells whether that is so.
func (s *Session) drop(token string) bool {
	if s.credentials.Password == "" || token == s.credentials.Token {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.token == token {
		s.token = ""
	}
	return true
}

func (s *Session) authorized(req *http.Request, body io.ReadCloser, token string) *http.Request {
	authorized := req.Clone(req.Context())
	authorized.Body = body
	if token == "" {
		authorized.SetBasicAuth(s.credentials.Username, s.credentials.Password)
		return authorized
	}
	authorized.Header.Set("Authorization", "Bearer "+token)
	return authorized
}

var requiredScopes = regexp.MustCompile(`required(?:=| scope\(s\): )\[([^\]]+)\]`)

// withScope names the scope for whose want a request was refused.
func withScope(err error) error {
	status, ok := errors.AsType[*transport.StatusError](err)
	if !ok || status.Status != http.StatusForbidden {
		return err
	}
	found := requiredScopes.FindStringSubmatch(status.Message)
	if found == nil {
		return err
	}
	return &ScopeError{Scope: strings.Join(strings.Fields(found[1]), " or "), Err: err}
}
