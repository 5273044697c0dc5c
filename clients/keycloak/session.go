package keycloak

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/Nerzal/gocloak/v13"

	"otomi.io/tasks/clients/internal/address"
	"otomi.io/tasks/clients/transport"
)

// adminClient is the public client that every realm has for the admin API.
const adminClient = "admin-cli"

// leeway is how long before its end a token is renewed: the master realm's
// tokens live for 60 s, and a request may take some of them.
const leeway = 10 * time.Second

// Credentials log an administrator in.
type Credentials struct {
	Realm    string // where the administrator is known: usually master
	Username string
	Password string
}

// Format keeps the password out of everything that is printed.
func (c Credentials) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, c.Username+"@"+c.Realm) }

// LoginError is a login that Keycloak refused. Trying again may lock the
// account.
type LoginError struct {
	Status  int
	Message string
}

func (e *LoginError) Error() string { return e.Message }

// Unauthorized tells the retries that the credentials are at
// fault.
func (e *LoginError) Unauthorized() bool { return true }

// Session is an administrator's login that stays fresh. It may be used from
// several goroutines.
type Session struct {
	oidc        *gocloak.GoCloak
	origin      address.Origin
	credentials Credentials
	now         func() time.Time

	mu      sync.Mutex
	token   *gocloak.JWT
	expires time.Time
	version string
}

// NewSession makes a session on the Keycloak at baseURL. It logs in with the
// first request that needs it. The client must not turn status codes into
// errors: gocloak reads them itself. Of the client only the transport is used:
// a login follows no redirects.
func NewSession(baseURL string, client *http.Client, c Credentials) *Session {
	origin, _ := address.NewOrigin("Keycloak", "login", baseURL) // New says what is wrong with the address
	oidc := gocloak.NewClient(baseURL)
	oidc.RestyClient().SetTransport(transport.RefusePages(client.Transport))
	oidc.RestyClient().GetClient().CheckRedirect = origin.RefuseRedirect
	return &Session{oidc: oidc, origin: origin, credentials: c, now: time.Now}
}

// Renew takes a new token. It is due after a realm was created: a token that is
// older than the realm has no rights in it.
func (s *Session) Renew(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.renew(ctx)
}

// Authorize adds the session's token to each request. An answer 401 gets one
// new token and one more try. A request to another server than the session's,
// as after a redirect, fails with a *transport.RefusedError.
func (s *Session) Authorize(next http.RoundTripper) http.RoundTripper {
	return &authorizer{session: s, next: next}
}

type authorizer struct {
	session *Session
	next    http.RoundTripper
}

func (a *authorizer) RoundTrip(req *http.Request) (*http.Response, error) {
	if err := a.session.origin.Allow(req); err != nil {
		return nil, err
	}
	token, err := a.session.fresh(req.Context(), "")
	if err != nil {
		return nil, err
	}
	resp, err := a.next.RoundTrip(withToken(req, req.Body, token))
	if !unauthorized(resp, err) || req.Body != nil && req.GetBody == nil {
		return resp, err
	}
	if token, err = a.session.fresh(req.Context(), token); err != nil {
		return nil, err
	}
	return a.again(req, token)
}

func (a *authorizer) again(req *http.Request, token string) (*http.Response, error) {
	body := req.Body
	if req.GetBody != nil {
		var err error
		if body, err = req.GetBody(); err != nil {
			return nil, fmt.Errorf("repeating the request: %w", err)
		}
	}
	return a.next.RoundTrip(withToken(req, body, token))
}

func withToken(req *http.Request, body io.ReadCloser, token string) *http.Request {
	authorized := req.Clone(req.Context())
	authorized.Body = body
	authorized.Header.Set("Authorization", "Bearer "+token)
	return authorized
}

// unauthorized recognises the answer 401, be it an answer or already an error.
func unauthorized(resp *http.Response, err error) bool {
	if err != nil {
		return transport.IsUnauthorized(err)
	}
	return resp.StatusCode == http.StatusUnauthorized
}

// fresh is a token that has some life left and is not the refused one.
func (s *Session) fresh(ctx context.Context, refused string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.token != nil && s.token.AccessToken != refused && s.now().Before(s.expires) {
		return s.token.AccessToken, nil
	}
	if err := s.renew(ctx); err != nil {
		return "", err
	}
	return s.token.AccessToken, nil
}

// renew refreshes the token and, where that is refused because the session
// ended, logs in again.
func (s *Session) renew(ctx context.Context) error {
	c := s.credentials
	if s.token != nil && s.token.RefreshToken != "" {
		token, err := s.oidc.RefreshToken(ctx, s.token.RefreshToken, adminClient, "", c.Realm)
		if err == nil && token.AccessToken != "" {
			s.keep(token)
			return nil
		}
	}
	token, err := s.oidc.Login(ctx, adminClient, "", c.Realm, c.Username, c.Password)
	if err != nil {
		return fmt.Errorf("logging in as %s at realm %s: %w", c.Username, c.Realm, loginError(err))
	}
	if token.AccessToken == "" { // gocloak takes any answer below 400 for a success
		return fmt.Errorf("logging in as %s at realm %s: %w", c.Username, c.Realm, errNoToken)
	}
	s.keep(token)
	return nil
}

func (s *Session) keep(token *gocloak.JWT) {
	life := time.Duration(token.ExpiresIn) * time.Second
	s.token, s.expires = token, s.now().Add(max(life-leeway, life/2))
}

// errNoToken is an answer that is neither a refusal nor a token, as from a proxy.
var errNoToken = errors.New("the answer holds no token")

// loginError tells a refusal from a server that could not answer.
func loginError(err error) error {
	var api *gocloak.APIError
	if errors.As(err, &api) && api.Code >= 400 && api.Code < 500 && api.Code != http.StatusTooManyRequests && api.Code != http.StatusNotFound {
		return &LoginError{Status: api.Code, Message: api.Message}
	}
	return err
}
