// Package keycloak simulates Keycloak 26.4, or as far as Options.Version says an
// older one: the generated server of its admin API over a memory, with the
// behaviour that surprises clients of the real one. What it does was seen on a
// real Keycloak 26.4.0; the table in the package quirks runs against both. It
// keeps nothing on disk and guards nothing.
//
// Not simulated: SAML, organisations, flows, components, rights inside one realm,
// what mappers put into tokens that are issued (an evaluated one has it), login
// pages, objects inside of a realm that is created, and an import of anything but
// groups (501).
package keycloak

import (
	"cmp"
	"crypto/rsa"
	"fmt"
	"net/http"
	"path"
	"strings"
	"time"

	"otomi.io/tasks/internal/sim"
)

// Options say how a simulated Keycloak starts; the zero value is ready to use.
type Options struct {
	Username, Password string           // the administrator of realm master; "" is "admin"
	Now                func() time.Time // the clock by which tokens end; nil is time.Now
	TokenLife          time.Duration    // of tokens of realm master, in whole seconds; 0 is a minute
	// FullTokens makes admin-cli issue tokens that carry their roles, as every
	// other client does. Such a token knows nothing of a realm made after it.
	FullTokens bool
	// Version is the major version; 0 is 26.
	Version int
	// Key signs the tokens; nil is one of the server's own, made when it is needed.
	Key *rsa.PrivateKey
}

// Server is a simulated Keycloak: an http.Handler that many clients may use at once.
type Server struct {
	mu     sim.Lock
	memory *memory
	routes http.Handler
}

// New makes a server with realm master and its administrator.
func New(o Options) *Server {
	m := newMemory(o)
	return &Server{memory: m, routes: m.routes()}
}

// memory is all that the server knows.
type memory struct {
	version  int
	now      func() time.Time
	realms   map[string]*realm // by name
	born     int               // how many realms and sessions were made so far
	sessions sessions
	signer   *signer
}

func newMemory(o Options) *memory {
	m := &memory{version: cmp.Or(o.Version, newest), now: o.Now, realms: map[string]*realm{}, sessions: newSessions(), signer: &signer{key: o.Key}}
	if m.now == nil {
		m.now = time.Now
	}
	m.addMaster(o)
	return m
}

// newest is the version that the simulator was modelled on.
const newest = 26

// serverInfo holds, of much else, the version.
func (m *memory) serverInfo(w http.ResponseWriter, _ *http.Request) {
	answerJSON(w, http.StatusOK, map[string]any{"systemInfo": map[string]string{"version": fmt.Sprintf("%d.0.5", m.version)}})
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	sim.Serve(w, r, func(w *sim.Answer, r *http.Request, body []byte) {
		r = withoutNeedlessSlashes(r)
		s.answer(w, r.WithContext(withCall(r, body)))
	})
}

// withoutNeedlessSlashes: the server takes doubled slashes for one and passes
// over one at the end.
func withoutNeedlessSlashes(r *http.Request) *http.Request {
	r = r.Clone(r.Context())
	r.URL.Path, r.URL.RawPath = path.Clean(r.URL.Path), cleanEscaped(r.URL.RawPath)
	return r
}

func cleanEscaped(escaped string) string {
	if escaped == "" {
		return ""
	}
	return path.Clean(escaped)
}

func (s *Server) answer(w *sim.Answer, r *http.Request) {
	defer s.mu.Hold(r)()
	if strings.HasPrefix(r.URL.Path, "/admin/") && !s.memory.admit(w, r) {
		return
	}
	s.memory.route(s.routes, w, r)
}

// routes are the generated ones of the admin API and those of OpenID Connect.
func (m *memory) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /realms/{realm}", m.publicRealm)
	mux.HandleFunc("GET /admin/serverinfo", m.serverInfo)
	mux.HandleFunc("POST /admin/realms/{realm}/client-scopes/{scope}/scope-mappings/realm", m.limitScope)
	mux.HandleFunc("GET /realms/{realm}/.well-known/openid-configuration", m.discovery)
	mux.HandleFunc("GET /realms/{realm}/protocol/openid-connect/certs", m.certificates)
	mux.HandleFunc("POST /realms/{realm}/protocol/openid-connect/token", m.token)
	mux.HandleFunc("POST /realms/{realm}/protocol/openid-connect/logout", m.logout)
	mux.HandleFunc("GET /admin/realms/{realm}/groups/{group}/children", m.listChildren)
	mux.HandleFunc("POST /admin/realms/{realm}/groups/{group}/children", m.createChild)
	strict := NewStrictHandlerWithOptions(admin{m}, []StrictMiddlewareFunc{checkBody}, StrictHTTPServerOptions{
		RequestErrorHandlerFunc:  refuseBody,
		ResponseErrorHandlerFunc: refuse,
	})
	return HandlerWithOptions(strict, StdHTTPServerOptions{BaseRouter: mux, ErrorHandlerFunc: refuseParameter})
}

// route lets the router answer and puts its refusals into Keycloak's words.
func (m *memory) route(routes http.Handler, w *sim.Answer, r *http.Request) {
	var answer sim.Answer
	routes.ServeHTTP(&answer, r)
	if r.Pattern != "" {
		*w = answer
		return
	}
	if answer.Status == http.StatusMethodNotAllowed {
		refuse(w, r, httpError(answer.Status))
		return
	}
	refuse(w, r, m.unknownPath(r.URL.Path))
}

// unknownPath is the answer to a path that has no route: the server looks at the
// realm first.
func (m *memory) unknownPath(path string) error {
	inRealm, isAdmin := strings.CutPrefix(path, "/admin/realms/")
	if !isAdmin {
		return refusal{http.StatusNotFound, failure{Error: "Unable to find matching target resource method"}}
	}
	name, _, _ := strings.Cut(inRealm, "/")
	if _, err := m.realm(name); err != nil {
		return err
	}
	return httpError(http.StatusNotFound)
}
