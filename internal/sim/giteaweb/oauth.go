package giteaweb

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

const applicationsPath = "/user/settings/applications"

// authorize is what an application asks for.
type authorize struct {
	ClientID, RedirectURI, State, Scope, Nonce string
}

func authorizeOf(v url.Values) authorize {
	return authorize{v.Get("client_id"), v.Get("redirect_uri"), v.Get("state"), v.Get("scope"), v.Get("nonce")}
}

func (a Application) redirectsTo(uri string) bool {
	fold := func(s string) string { return strings.TrimSuffix(strings.ToLower(s), "/") }
	return slices.ContainsFunc(a.RedirectURIs, func(own string) bool { return fold(own) == fold(uri) })
}

// authorize gives a code where the user's consent is on record, and asks for it
// where it is not.
func (p *Pages) authorize(w http.ResponseWriter, r *http.Request, s *session) {
	if p.detained(w, r, s) {
		return
	}
	asked := authorizeOf(r.URL.Query())
	app, known := p.directory.Application(asked.ClientID)
	switch {
	case !known:
		p.page(w, http.StatusBadRequest, "grant_error", "Client ID not registered")
	case !app.redirectsTo(asked.RedirectURI):
		p.page(w, http.StatusBadRequest, "grant_error", "Unregistered Redirect URI")
	case r.URL.Query().Get("response_type") != "code":
		refused(w, r, asked, "unsupported_response_type", "Only code response type is supported.")
	case app.Public:
		refused(w, r, asked, "invalid_request", "PKCE is required for public clients")
	case p.grants[grant{s.user, asked.ClientID}] != 0:
		p.giveCode(w, r, s, asked)
	default:
		s.pending = &asked
		p.page(w, http.StatusOK, "grant", map[string]any{"App": app.Name, "Asked": asked, "CSRF": p.csrf(s)})
	}
}

// consent takes the answer to the question of authorize.
func (p *Pages) consent(w http.ResponseWriter, r *http.Request, s *session) {
	if p.forged(w, r, s) || p.detained(w, r, s) {
		return
	}
	_ = r.ParseForm() // what cannot be read does not fit the question
	given := authorizeOf(r.PostForm)
	switch {
	case s.pending == nil || given.ClientID != s.pending.ClientID || given.State != s.pending.State || given.RedirectURI != s.pending.RedirectURI:
		http.Error(w, http.StatusText(http.StatusBadRequest), http.StatusBadRequest)
	case r.PostForm.Get("granted") != "true":
		refused(w, r, given, "access_denied", "the request is denied")
	default:
		p.ids++
		p.grants[grant{s.user, given.ClientID}] = p.ids
		p.giveCode(w, r, s, given)
	}
}

func (p *Pages) giveCode(w http.ResponseWriter, r *http.Request, s *session, asked authorize) {
	name := rand.Text()
	p.codes[name] = code{grant{s.user, asked.ClientID}, asked.RedirectURI}
	back(w, r, asked, url.Values{"code": {name}})
}

func refused(w http.ResponseWriter, r *http.Request, asked authorize, reason, description string) {
	back(w, r, asked, url.Values{"error": {reason}, "error_description": {description}})
}

// back sends the browser to the application.
func back(w http.ResponseWriter, r *http.Request, asked authorize, query url.Values) {
	target, err := url.Parse(asked.RedirectURI)
	if err != nil {
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	query.Set("state", asked.State)
	target.RawQuery = query.Encode()
	http.Redirect(w, r, target.String(), http.StatusSeeOther)
}

// applications is the page of a user's authorized applications.
func (p *Pages) applications(w http.ResponseWriter, r *http.Request, s *session) {
	if p.detained(w, r, s) {
		return
	}
	var revocable []string
	for g, id := range p.grants {
		if app, known := p.directory.Application(g.clientID); known && g.user == s.user {
			revocable = append(revocable, fmt.Sprintf("%s/oauth2/%d/revoke/%d", applicationsPath, app.ID, id))
		}
	}
	p.page(w, http.StatusOK, "applications", map[string]any{"CSRF": p.csrf(s), "Revocable": revocable})
}

// revoke takes back a grant of the user, and every token with it.
func (p *Pages) revoke(w http.ResponseWriter, r *http.Request, s *session) {
	if p.forged(w, r, s) || p.detained(w, r, s) {
		return
	}
	for g, id := range p.grants {
		if g.user == s.user && strconv.FormatInt(id, 10) == r.PathValue("grant") {
			delete(p.grants, g)
		}
	}
	answer(w, http.StatusOK, map[string]any{"redirect": applicationsPath})
}

// token exchanges a code, or a refresh token, for an access token.
func (p *Pages) token(w http.ResponseWriter, r *http.Request) {
	clientID, secret := r.PostFormValue("client_id"), r.PostFormValue("client_secret")
	if name, password, ok := r.BasicAuth(); ok && clientID == "" {
		clientID, secret = name, password
	}
	renewing := r.PostFormValue("grant_type") == "refresh_token"
	app, known := p.directory.Application(clientID)
	switch {
	case !renewing && r.PostFormValue("grant_type") != "authorization_code":
		noToken(w, "unsupported_grant_type", "Only refresh_token or authorization_code grant type is supported")
	case !known:
		noToken(w, "invalid_client", fmt.Sprintf("cannot load client with client id: %q", clientID))
	case !app.Public && secret == "":
		noToken(w, secretError(renewing), "invalid empty client secret")
	case !app.Public && secret != app.Secret:
		noToken(w, secretError(renewing), "invalid client secret")
	case renewing:
		p.renew(w, r.PostFormValue("refresh_token"))
	default:
		p.exchange(w, clientID, r.PostFormValue("code"))
	}
}

// secretError is not the same for both kinds of request.
func secretError(renewing bool) string {
	if renewing {
		return "invalid_client"
	}
	return "unauthorized_client"
}

func (p *Pages) exchange(w http.ResponseWriter, clientID, name string) {
	c, known := p.codes[name]
	switch {
	case !known:
		noToken(w, "unauthorized_client", "client is not authorized")
	case c.clientID != clientID:
		noToken(w, "invalid_grant", "invalid grant")
	default:
		delete(p.codes, name)
		p.giveToken(w, c.grant)
	}
}

func (p *Pages) renew(w http.ResponseWriter, refreshToken string) {
	t, known := p.refresh[refreshToken]
	switch {
	case !known:
		noToken(w, "unauthorized_client", "unable to parse refresh token")
	case p.grants[t.grant] == 0:
		noToken(w, "invalid_grant", "grant does not exist")
	default:
		p.giveToken(w, t.grant)
	}
}

func (p *Pages) giveToken(w http.ResponseWriter, g grant) {
	access, refresh := rand.Text(), rand.Text()
	p.access[access] = token{g, p.options.Now().Add(tokenLife)}
	p.refresh[refresh] = token{grant: g}
	answer(w, http.StatusOK, map[string]any{
		"access_token": access, "refresh_token": refresh, "token_type": "bearer", "expires_in": int(tokenLife.Seconds())})
}

func noToken(w http.ResponseWriter, reason, description string) {
	answer(w, http.StatusBadRequest, map[string]any{"error": reason, "error_description": description})
}

func answer(w http.ResponseWriter, status int, body map[string]any) {
	w.Header().Set("Content-Type", "application/json;charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // a client that left does not matter to the server
}
