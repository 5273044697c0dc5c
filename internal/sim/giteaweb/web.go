// Package giteaweb simulates the pages of Gitea 1.26 through which people log in
// and let other applications in: the login form, the consent and the token of
// OAuth2. Who may log in and which applications there are, it asks of a
// Directory; what it gives out are tokens for the API. It guards nothing.
package giteaweb

import (
	"crypto/rand"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// Account is a user, as far as logging in goes.
type Account struct {
	Name, Password string
	Admin          bool
	// What keeps a user with the right password out.
	Prohibited, MustChangePassword, TwoFactor bool
}

// Application is an OAuth2 application.
type Application struct {
	ID               int64
	ClientID, Secret string
	Name             string
	RedirectURIs     []string
	Public           bool // not confidential: consent is never on record, and PKCE demanded
}

// Directory is the Gitea behind the pages. It may be asked by several at once.
type Directory interface {
	// Account finds a user by name, in which case does not count.
	Account(name string) (Account, bool)
	// Application finds an application by its client id.
	Application(clientID string) (Application, bool)
}

// Options say how the pages behave; the zero value is Gitea 1.26 as it comes.
type Options struct {
	Now func() time.Time // nil is time.Now
	// CSRF makes the forms carry a _csrf field that must come back, as Gitea did
	// before 1.26.
	CSRF bool
	// OldAdminPages: the administrator's pages are below /admin, as before 1.23.
	OldAdminPages bool
	// TwoFactorSwitch: a login source has a switch instead of a policy, as before
	// 1.24.
	TwoFactorSwitch bool
	// Discover fetches the discovery document of a login source before it is saved;
	// nil finds every one.
	Discover func(url string) error
	// NoPasswordForm is ENABLE_PASSWORD_SIGNIN_FORM = false.
	NoPasswordForm bool
	// Captcha is REQUIRE_CAPTCHA_FOR_LOGIN = true with the image captcha.
	Captcha bool
	// SecureCookies is what a ROOT_URL with https makes of the session's cookie.
	SecureCookies bool
}

const (
	sessionCookie = "i_like_gitea"
	tokenLife     = time.Hour
)

// Pages are the simulated pages: an http.Handler for all that is not
// below /api.
type Pages struct {
	directory Directory
	options   Options
	routes    *http.ServeMux

	mu       sync.Mutex
	sessions map[string]*session
	grants   map[grant]int64 // with their ids
	ids      int64
	codes    map[string]code
	access   map[string]token
	refresh  map[string]token
	sources  []url.Values // login sources, the first one with id 1
}

// session is what Gitea remembers of one browser.
type session struct {
	csrf    string
	user    string     // "" until the login
	pending *authorize // the consent that was asked for
}

// grant is the consent of a user to an application.
type grant struct{ user, clientID string }

// token stands for a user and lives as long as the grant that it came from.
type token struct {
	grant
	expires time.Time
}

// code is exchanged for a token, once.
type code struct {
	grant
	redirectURI string
}

// New makes the pages of one Gitea, without any session or grant.
func New(d Directory, o Options) *Pages {
	if o.Now == nil {
		o.Now = time.Now
	}
	p := &Pages{
		directory: d, options: o, routes: http.NewServeMux(),
		sessions: map[string]*session{}, grants: map[grant]int64{}, codes: map[string]code{},
		access: map[string]token{}, refresh: map[string]token{},
	}
	for pattern, handle := range map[string]http.HandlerFunc{
		"GET /user/login":                    p.inSession(p.showSignIn),
		"POST /user/login":                   p.inSession(p.signIn),
		"GET /login/oauth/authorize":         p.inSession(p.authorize),
		"POST /login/oauth/grant":            p.inSession(p.consent),
		"POST /login/oauth/access_token":     p.token,
		"GET /{$}":                           p.inSession(p.home),
		"GET /user/settings/change_password": p.inSession(p.home),
		"GET /user/two_factor":               p.inSession(p.home),
		"GET /user/settings/applications":    p.inSession(p.applications),
		"POST /user/settings/applications/oauth2/{app}/revoke/{grant}": p.inSession(p.revoke),
		"GET " + p.admin():                p.inSession(p.administrator(p.loginSources)),
		"GET " + p.admin() + "/{source}":  p.inSession(p.administrator(p.loginSource)),
		"POST " + p.admin() + "/{source}": p.inSession(p.administrator(p.saveLoginSource)),
	} {
		p.routes.HandleFunc(pattern, handle)
	}
	return p
}

// ServeHTTP answers one request.
func (p *Pages) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.routes.ServeHTTP(w, r)
}

// User is the name of the user that an access token stands for; false when the
// token is unknown or expired, or its grant was revoked.
func (p *Pages) User(accessToken string) (string, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	t, known := p.access[accessToken]
	return t.user, known && p.alive(t)
}

// alive asks whether a token may still be used: its application must be there,
// too.
func (p *Pages) alive(t token) bool {
	_, known := p.directory.Application(t.clientID)
	return known && p.grants[t.grant] != 0 && p.options.Now().Before(t.expires)
}

// inSession finds the session of the request's cookie, or begins one.
func (p *Pages) inSession(handle func(http.ResponseWriter, *http.Request, *session)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if cookie, err := r.Cookie(sessionCookie); err == nil && p.sessions[cookie.Value] != nil {
			handle(w, r, p.sessions[cookie.Value])
			return
		}
		s, name := &session{csrf: rand.Text()}, rand.Text()
		p.sessions[name] = s
		p.setCookie(w, name)
		handle(w, r, s)
	}
}

// renewed gives the session another name, as Gitea does at a login.
func (p *Pages) renewed(w http.ResponseWriter, s *session) {
	name := rand.Text()
	p.sessions[name] = s
	p.setCookie(w, name)
}

func (p *Pages) setCookie(w http.ResponseWriter, name string) {
	http.SetCookie(w, &http.Cookie{ //nolint:gosec // secure where the options say so
		Name: sessionCookie, Value: name, Path: "/", HttpOnly: true, Secure: p.options.SecureCookies, SameSite: http.SameSiteLaxMode})
}
