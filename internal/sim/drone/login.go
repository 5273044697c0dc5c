package drone

import (
	"crypto/rand"
	"net/http"
	"net/url"
)

const (
	sessionCookie = "_session_"
	stateCookie   = "_oauth_state_"
	week          = 7 * 24 * 60 * 60 // seconds
)

// login is both ends of the round trip to Gitea: without a code it sends the
// browser there, with one it begins a session.
func (m *memory) login(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	switch {
	case query.Get("error") != "":
		loginError(w, r, query.Get("error"))
	case query.Get("code") == "":
		m.sendToGitea(w, r)
	default:
		m.finish(w, r, query.Get("code"), query.Get("state"))
	}
}

func (m *memory) sendToGitea(w http.ResponseWriter, r *http.Request) {
	state := rand.Text()
	http.SetCookie(w, &http.Cookie{Name: stateCookie, Value: state, MaxAge: 1800}) //nolint:gosec // as the real one sets it
	query := url.Values{
		"response_type": {"code"}, "client_id": {m.gitea.clientID}, "state": {state}, "redirect_uri": {m.address(r) + "/login"}}
	http.Redirect(w, r, m.gitea.base+"/login/oauth/authorize?"+query.Encode(), http.StatusSeeOther)
}

// address is where this Drone is for others.
func (m *memory) address(r *http.Request) string {
	if m.options.Address != "" {
		return m.options.Address
	}
	return "http://" + r.Host
}

func loginError(w http.ResponseWriter, r *http.Request, message string) {
	http.Redirect(w, r, "/login/error?message="+url.QueryEscape(message), http.StatusSeeOther)
}

func (m *memory) finish(w http.ResponseWriter, r *http.Request, code, state string) {
	if cookie, err := r.Cookie(stateCookie); err != nil || cookie.Value != state {
		loginError(w, r, "Invalid state")
		return
	}
	form := url.Values{"grant_type": {"authorization_code"}, "code": {code}, "state": {state}, "redirect_uri": {m.address(r) + "/login"}}
	token, refused, err := m.gitea.token(form, m.now())
	switch {
	case err != nil:
		loginError(w, r, err.Error())
	case refused != nil:
		loginError(w, r, refused.Code+": "+refused.Description)
	default:
		m.admit(w, r, token)
	}
}

// admit finds or makes the account of the token's user and begins a session.
func (m *memory) admit(w http.ResponseWriter, r *http.Request, token oauthToken) {
	login, email, err := m.gitea.user(&account{oauth: token})
	if err != nil {
		loginError(w, r, err.Error())
		return
	}
	a := m.account(login)
	switch {
	case a == nil && m.options.Closed:
		loginError(w, r, "User registration is closed")
		return
	case a == nil:
		a = m.addAccount(User{Login: login})
	case a.Machine:
		loginError(w, r, "Machine account login is forbidden")
		return
	case !a.Active:
		loginError(w, r, "Account is not active")
		return
	}
	a.Email, a.oauth, a.LastLogin = email, token, m.now()
	if a.Synced+week < m.now() { // the real one does it in the background
		_ = m.syncWith(a) // nor does it tell that this failed
	}
	cookie := rand.Text()
	m.sessions[cookie] = a
	http.SetCookie(w, &http.Cookie{Name: sessionCookie, Value: cookie, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode}) //nolint:gosec // on loopback, without TLS
	http.Redirect(w, r, "/", http.StatusSeeOther)
}
