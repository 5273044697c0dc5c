package keycloak

import (
	"maps"
	"net/http"
	"strings"
	"time"

	"otomi.io/tasks/internal/sim"
)

const refreshLife = 30 * time.Minute

// session is one login. Its access tokens and refresh tokens point to it.
type session struct {
	id     string
	realm  *realm
	client *client
	user   *user
}

// grant is a token that was issued.
type grant struct {
	session *session
	issued  int
	expires time.Time
}

type sessions struct {
	access, refresh map[string]grant // by token
}

func newSessions() sessions {
	return sessions{access: map[string]grant{}, refresh: map[string]grant{}}
}

// sweep forgets the tokens that have ended.
func (s sessions) sweep(now time.Time) {
	ended := func(_ string, g grant) bool { return !now.Before(g.expires) }
	maps.DeleteFunc(s.access, ended)
	maps.DeleteFunc(s.refresh, ended)
}

// end closes a session with all its tokens.
func (s sessions) end(dead *session) {
	ended := func(_ string, g grant) bool { return g.session == dead }
	maps.DeleteFunc(s.access, ended)
	maps.DeleteFunc(s.refresh, ended)
}

// alive gives the grant of a token unless it has ended, or its realm, client or
// user has.
func (m *memory) alive(grants map[string]grant, token string) (grant, bool) {
	g, known := grants[token]
	if !known || !m.now().Before(g.expires) {
		return grant{}, false
	}
	s := g.session
	ok := m.realms[value(s.realm.rep.Realm)] == s.realm &&
		s.realm.users.byID[value(s.user.rep.ID)] == s.user && s.realm.clients.byID[value(s.client.rep.ID)] == s.client
	return g, ok
}

// admit lets an administrator of realm master pass and answers all others.
func (m *memory) admit(w *sim.Answer, r *http.Request) bool {
	token, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	g, alive := m.alive(m.sessions.access, token)
	switch {
	case !bearer || !alive:
		refuse(w, r, httpError(http.StatusUnauthorized))
	case !g.session.isAdmin():
		refuse(w, r, httpError(http.StatusForbidden))
	case m.isBlind(g, r):
		m.answerBlind(w, r)
	case !hasJSON(r):
		refuse(w, r, refusal{http.StatusUnsupportedMediaType, failure{Error: "The content-type header value did not match the value in @Consumes"}})
	default:
		return true
	}
	return false
}

func hasJSON(r *http.Request) bool {
	kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	return len(callOf(r.Context()).body) == 0 || kind == "application/json"
}

// isAdmin: rights inside one realm are not simulated, only the role that has all.
func (s *session) isAdmin() bool {
	admin := s.realm.roles.byName["admin"]
	return value(s.realm.rep.Realm) == masterName && admin != nil && s.user.grants.has(admin)
}

// isBlind says whether the token is older than the realm that it asks for.
// A lightweight token names no roles, the server looks them up at each use; a
// full one shows what its user could do when it was issued.
func (m *memory) isBlind(g grant, r *http.Request) bool {
	realm := m.realms[realmOf(r)]
	return realm != nil && !g.session.client.isLightweight() && g.issued < realm.born
}

// answerBlind: the realm itself looks like one that has hardly any settings,
// everything in it is forbidden.
func (m *memory) answerBlind(w *sim.Answer, r *http.Request) {
	name := realmOf(r)
	if r.Method == http.MethodGet && r.URL.Path == "/admin/realms/"+name {
		answerJSON(w, http.StatusOK, RealmRepresentation{Realm: &name, BruteForceProtected: new(false), SupportedLocales: &[]string{}})
		return
	}
	refuse(w, r, httpError(http.StatusForbidden))
}

func realmOf(r *http.Request) string {
	name, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/admin/realms/"), "/")
	return name
}
