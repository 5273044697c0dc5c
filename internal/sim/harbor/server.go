// Package harbor is the simulator of Harbor 2.6 to 2.15: the generated server of its
// API over a memory, with the behaviour that surprises clients of the real one.
// What it does was recorded from a real Harbor 2.15.2 (testdata) or read in its
// sources. It keeps nothing on disk, holds no images and guards nothing.
package harbor

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"otomi.io/tasks/internal/sim"
)

const apiBase = "/api/v2.0"

// Options say how a simulated Harbor starts; the zero value is ready to use.
type Options struct {
	Username, Password string           // the administrator; "" is "admin" and "Harbor12345"
	Now                func() time.Time // the clock by which robots expire and locks end; nil is time.Now
	// Overwrite is what CONFIG_OVERWRITE_JSON would hold: values of the
	// configuration, which then cannot be changed. nil means that there is no such variable.
	Overwrite map[string]any
	// Lockout is how long an account stays locked after a wrong password.
	// The real server takes 1.5 s and answers only when they are over, so that a
	// client which waits for its answer never meets the lock: 0, no lock.
	Lockout time.Duration
	// Issuer tells whether the issuer at an address answers as its own; nil is always.
	Issuer func(url string) error
	// Minor is the version: 2.minor. 0 is the newest that is simulated.
	Minor int
	// GroupRace makes requests that meet while the same group is being made fail
	// with 500, all but the first, as the real server's do.
	GroupRace bool
}

// Server is a simulated Harbor: an http.Handler that many clients may use at once.
type Server struct {
	mu     sim.Lock
	memory *memory
	routes http.Handler
	clock  *atomic.Int64
}

// New makes a server with the administrator and the public project library.
func New(o Options) *Server {
	m := newMemory(o)
	return &Server{memory: m, routes: m.routes(), clock: &m.clock}
}

// AddRepository puts a repository without images into a project, as a push
// would: the project can no longer be deleted.
func (s *Server) AddRepository(project, repository string) error {
	return s.changeRepositories(project, func(repositories map[string]bool) { repositories[repository] = true })
}

// RemoveRepository takes a repository out of a project again.
func (s *Server) RemoveRepository(project, repository string) error {
	return s.changeRepositories(project, func(repositories map[string]bool) { delete(repositories, repository) })
}

func (s *Server) changeRepositories(project string, change func(map[string]bool)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, exists := s.memory.projects.byName[project]
	if !exists {
		return fmt.Errorf("changing the repositories of %s: no such project", project)
	}
	change(p.repositories)
	return nil
}

// AddUser makes an account as the first login of a person through OIDC does:
// from then on auth_mode cannot be changed. It returns its id.
func (s *Server) AddUser(username string) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.memory.addUser(user{name: username, email: username + "@example.com"}).id
}

// Logins counts the attempts to log in under a name, robots with their
// prefix. Each attempt of a user, wrong or right, costs the real server 0.1 s.
func (s *Server) Logins(name string) Logins { return s.memory.logins.of(name) }

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	arrived := s.clock.Add(1) // before the body: two requests meet when one arrives before the other is done
	sim.Serve(w, r, func(w *sim.Answer, r *http.Request, _ []byte) { s.answer(w, r, arrived) })
}

func (s *Server) answer(w *sim.Answer, r *http.Request, arrived int64) {
	defer s.mu.Hold(r)()
	if err := s.memory.admit(w, r); err != nil {
		refuse(w, r, err)
		return
	}
	c := newCall(r, arrived, s.memory.authenticate(r))
	if s.memory.isReadOnlyFor(r) {
		refuse(w, r, denied("The system is in read only mode. Any modification is prohibited."))
		return
	}
	s.route(w, r.WithContext(withCall(r.Context(), c)))
}

// routes are the generated ones of the API, and those of the registry.
func (m *memory) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+apiBase+"/ping", ping)
	mux.HandleFunc("GET /service/token", m.token)
	mux.HandleFunc("GET /v2/{$}", m.registry)
	strict := NewStrictHandlerWithOptions(api{m}, nil, StrictHTTPServerOptions{
		RequestErrorHandlerFunc:  refuseInput,
		ResponseErrorHandlerFunc: refuse,
	})
	return HandlerWithOptions(strict, StdHTTPServerOptions{BaseURL: apiBase, BaseRouter: mux, ErrorHandlerFunc: refuseInput})
}

// route lets the router answer and puts its refusals into Harbor's words.
func (s *Server) route(w *sim.Answer, r *http.Request) {
	var answer sim.Answer
	s.routes.ServeHTTP(&answer, r)
	switch {
	case r.Pattern != "":
		addTo(w, &answer)
	case answer.Status == http.StatusMethodNotAllowed:
		allowed := strings.ReplaceAll(answer.Header().Get("Allow"), ", ", ",")
		refuse(w, r, refusal{http.StatusMethodNotAllowed, "METHOD_NOT_ALLOWED", fmt.Sprintf("method %s is not allowed, but [%s] are", r.Method, allowed)})
	default:
		refuse(w, r, notFound("path %s was not found", r.URL.Path))
	}
}

// addTo keeps the headers that w has already.
func addTo(w, answer *sim.Answer) {
	for key, values := range answer.Header() {
		w.Header()[key] = values
	}
	w.WriteHeader(answer.Status)
	_, _ = w.Write(answer.Body.Bytes()) // into memory
}
