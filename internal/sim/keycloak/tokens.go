package keycloak

import (
	"net/http"
	"net/url"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"
)

// tokenAnswer is what the token endpoint gives. A login without a user's
// password has no refresh token.
type tokenAnswer struct {
	AccessToken      string `json:"access_token"`
	ExpiresIn        int    `json:"expires_in"`
	RefreshExpiresIn int    `json:"refresh_expires_in"`
	RefreshToken     string `json:"refresh_token,omitempty"`
	TokenType        string `json:"token_type"`
	NotBeforePolicy  int    `json:"not-before-policy"`
	SessionState     string `json:"session_state,omitempty"`
	Scope            string `json:"scope"`
}

const tokenScope = "profile email"

func oauthError(status int, code, description string) error {
	return refusal{status, failure{Error: code, ErrorDescription: description}}
}

// token is the token endpoint of a realm. What mappers put into a token is not
// simulated.
func (m *memory) token(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Pragma", "no-cache")
	answer, err := m.logIn(r)
	if err != nil {
		refuse(w, r, err)
		return
	}
	answerJSON(w, http.StatusOK, answer)
}

func (m *memory) logIn(r *http.Request) (tokenAnswer, error) {
	realm, exists := m.realms[r.PathValue("realm")]
	if !exists {
		return tokenAnswer{}, notFound("Realm does not exist")
	}
	if !value(realm.rep.Enabled) {
		return tokenAnswer{}, oauthError(http.StatusForbidden, "access_denied", "Realm not enabled")
	}
	if err := r.ParseForm(); err != nil {
		return tokenAnswer{}, oauthError(http.StatusBadRequest, "invalid_request", "Missing form parameter: grant_type")
	}
	c, err := m.grantClient(realm, r)
	if err != nil {
		return tokenAnswer{}, err
	}
	m.sessions.sweep(m.now())
	s, err := m.session(realm, c, r.PostForm)
	if err != nil {
		return tokenAnswer{}, err
	}
	return m.issue(s, r)
}

func (m *memory) grantClient(realm *realm, r *http.Request) (*client, error) {
	if !r.PostForm.Has("grant_type") {
		return nil, oauthError(http.StatusBadRequest, "invalid_request", "Missing form parameter: grant_type")
	}
	switch r.PostForm.Get("grant_type") {
	case "password", "refresh_token", "client_credentials":
		return realm.authenticate(r)
	default:
		return nil, oauthError(http.StatusBadRequest, "unsupported_grant_type", "Unsupported grant_type")
	}
}

// authenticate finds the client that asks and proves its secret.
func (r *realm) authenticate(request *http.Request) (*client, error) {
	id, secret, basic := request.BasicAuth()
	if !basic {
		id, secret = request.PostForm.Get("client_id"), request.PostForm.Get("client_secret")
	}
	c := r.clients.byName[id]
	if c == nil || !value(c.rep.Enabled) {
		return nil, oauthError(http.StatusUnauthorized, "invalid_client", "Invalid client or Invalid client credentials")
	}
	if !value(c.rep.PublicClient) && (value(c.rep.Secret) == "" || secret != *c.rep.Secret) {
		return nil, oauthError(http.StatusUnauthorized, "unauthorized_client", "Invalid client or Invalid client credentials")
	}
	return c, nil
}

func (m *memory) session(realm *realm, c *client, form url.Values) (*session, error) {
	switch form.Get("grant_type") {
	case "refresh_token":
		return m.refreshed(realm, c, form)
	case "client_credentials":
		return m.serviceSession(realm, c)
	default:
		return m.userSession(realm, c, form)
	}
}

func (m *memory) refreshed(realm *realm, c *client, form url.Values) (*session, error) {
	token := form.Get("refresh_token")
	if !form.Has("refresh_token") {
		return nil, oauthError(http.StatusBadRequest, "invalid_request", "No refresh token")
	}
	if g, alive := m.alive(m.sessions.refresh, token); alive && g.session.realm == realm && g.session.client == c {
		return g.session, nil
	}
	return nil, oauthError(http.StatusBadRequest, "invalid_grant", m.deadRefreshToken(token))
}

// deadRefreshToken tells a token of ours whose session is gone from noise.
func (m *memory) deadRefreshToken(token string) string {
	claims := jwt.MapClaims{}
	if _, err := jwt.ParseWithClaims(token, claims, m.signer.secret, jwt.WithTimeFunc(m.now), jwt.WithValidMethods([]string{"HS512"})); err != nil {
		return "Invalid refresh token"
	}
	return "Session not active"
}

func (m *memory) serviceSession(realm *realm, c *client) (*session, error) {
	if value(c.rep.PublicClient) {
		return nil, oauthError(http.StatusUnauthorized, "unauthorized_client", "Public client not allowed to retrieve service account")
	}
	if c.account == nil {
		return nil, oauthError(http.StatusUnauthorized, "unauthorized_client", "Client not enabled to retrieve service account")
	}
	return &session{realm: realm, client: c, user: c.account}, nil
}

func (m *memory) userSession(realm *realm, c *client, form url.Values) (*session, error) {
	if !value(c.rep.DirectAccessGrantsEnabled) {
		return nil, oauthError(http.StatusBadRequest, "unauthorized_client", "Client not allowed for direct access grants")
	}
	if !form.Has("username") {
		return nil, oauthError(http.StatusUnauthorized, "invalid_request", "Missing parameter: username")
	}
	u := realm.userAtLogin(form.Get("username"))
	switch {
	case u == nil || u.password == "" || u.password != form.Get("password"):
		return nil, oauthError(http.StatusUnauthorized, "invalid_grant", "Invalid user credentials")
	case !value(u.rep.Enabled):
		return nil, oauthError(http.StatusBadRequest, "invalid_grant", "Account disabled")
	case len(value(u.rep.RequiredActions)) > 0:
		return nil, oauthError(http.StatusBadRequest, "invalid_grant", "Account is not fully set up")
	}
	return &session{id: uuid.NewString(), realm: realm, client: c, user: u}, nil
}

// issue makes the tokens of a session; older ones of the same session live on.
func (m *memory) issue(s *session, r *http.Request) (tokenAnswer, error) {
	now := m.now()
	life := time.Duration(value(s.realm.rep.AccessTokenLifespan)) * time.Second
	issuer := callOf(r.Context()).base + "/realms/" + value(s.realm.rep.Realm)
	access, err := m.signer.access(accessClaims(s, issuer, now, life))
	if err != nil {
		return tokenAnswer{}, err
	}
	m.born++
	m.sessions.access[access] = grant{s, m.born, now.Add(life)}
	answer := tokenAnswer{AccessToken: access, ExpiresIn: int(life / time.Second), TokenType: "Bearer", SessionState: s.id, Scope: tokenScope}
	if s.id == "" {
		return answer, nil
	}
	answer.RefreshExpiresIn = int(refreshLife / time.Second)
	answer.RefreshToken, err = m.signer.refresh(refreshClaims(s, issuer, now))
	m.sessions.refresh[answer.RefreshToken] = grant{s, m.born, now.Add(refreshLife)}
	return answer, err
}

func (m *memory) logout(w http.ResponseWriter, r *http.Request) {
	realm, exists := m.realms[r.PathValue("realm")]
	if !exists {
		refuse(w, r, notFound("Realm does not exist"))
		return
	}
	if err := r.ParseForm(); err != nil {
		refuse(w, r, httpError(http.StatusBadRequest))
		return
	}
	if _, err := realm.authenticate(r); err != nil {
		refuse(w, r, err)
		return
	}
	g, alive := m.alive(m.sessions.refresh, r.PostForm.Get("refresh_token"))
	if !alive {
		refuse(w, r, oauthError(http.StatusBadRequest, "invalid_grant", "Invalid refresh token"))
		return
	}
	m.sessions.end(g.session)
	w.WriteHeader(http.StatusNoContent)
}
