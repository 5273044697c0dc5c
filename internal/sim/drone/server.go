// Package drone is the simulator of Drone: its API as drone-go calls it, over a
// memory, and the login by way of a Gitea, real or simulated, which it asks over
// HTTP for users, repositories and hooks as the real one does. What it does was
// read in the sources of Drone 1.10.1 and seen at a real one; where a 2.x differs,
// Options say which. It runs no builds, keeps nothing on disk and guards nothing.
package drone

import (
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"otomi.io/tasks/internal/sim"
)

// Newest is the newest Drone whose answers are known.
const Newest = "2.26.0"

// Options say how a simulated Drone starts.
type Options struct {
	Gitea                  string // address of the Gitea that it builds from
	ClientID, ClientSecret string // of the OAuth2 application at Gitea; see SetApplication
	// Address is how people and Gitea reach this Drone: where the login leads
	// back and where hooks go. "" is the address of each request.
	Address string
	// HookAddress is where hooks go instead: DRONE_SERVER_PROXY_HOST.
	HookAddress string
	// Users exist from the start, as those of DRONE_USER_CREATE.
	Users []User
	// Closed is DRONE_REGISTRATION_CLOSED: no other user can log in.
	Closed bool
	// Limit is how many repositories the licence lets be active; 0 means no limit.
	Limit int
	// Version is what it says of itself; "" is [Newest]. A 1.x knows no templates.
	Version string
	Now     func() time.Time // nil is time.Now
}

// User is an account of Drone.
type User struct {
	Login          string
	Token          string // for the API
	Admin, Machine bool
	Inactive       bool
}

// Server is a simulated Drone: an http.Handler that many clients may use at once.
type Server struct {
	mu     sync.Mutex // one lock for all: every request is one transaction
	memory *memory
	routes http.Handler
}

// New makes a server with the users of the options.
func New(o Options) *Server {
	m := newMemory(o)
	return &Server{memory: m, routes: m.router()}
}

// SetApplication gives Drone another client id and secret, as a restart with
// another Secret does.
func (s *Server) SetApplication(clientID, clientSecret string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.memory.gitea.clientID, s.memory.gitea.clientSecret = clientID, clientSecret
}

// SetAddress lets Drone be reached, and its hooks go, somewhere else, as a restart
// with other settings does.
func (s *Server) SetAddress(address, hookAddress string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.memory.options.Address, s.memory.options.HookAddress = address, hookAddress
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	sim.Serve(w, r, func(w *sim.Answer, r *http.Request, _ []byte) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.routes.ServeHTTP(w, r)
	})
}

// router are the routes of the API, each behind what it demands of its caller.
func (m *memory) router() http.Handler {
	mux := http.NewServeMux()
	for pattern, handle := range m.handlers() {
		mux.HandleFunc(pattern, m.answering(handle))
	}
	mux.HandleFunc("GET /login", m.login)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "OK") })
	mux.HandleFunc("POST /hook", m.hook)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, pattern := mux.Handler(r); pattern == "" && !strings.HasPrefix(r.URL.Path, "/api/") {
			index(w)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

// index is the application for browsers, which answers to every other path.
func index(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/html; charset=UTF-8")
	_, _ = io.WriteString(w, "<!DOCTYPE html>\n<title>Drone | Continuous Integration</title>\n") // into memory
}

func (m *memory) handlers() map[string]handler {
	repo, secret, cron := "/api/repos/{owner}/{name}", "/api/repos/{owner}/{name}/secrets", "/api/repos/{owner}/{name}/cron"
	all := map[string]handler{
		"GET /version":                              m.version,
		"GET /api/user":                             user(m.self),
		"GET /api/user/repos":                       user(m.ownRepos),
		"POST /api/user/repos":                      user(m.sync),
		"GET /api/user/remote/repos/{owner}/{name}": user(m.remoteRepo),
		"GET /api/users":                            admin(m.listUsers),
		"POST /api/users":                           admin(m.createUser),
		"PATCH /api/users/{user}":                   admin(m.updateUser),
		"GET /api/user/remote/repos":                user(m.remoteRepos),
		"GET /api/repos":                            admin(m.allRepos),
		"GET " + repo:                               m.read(m.showRepo),
		"PATCH " + repo:                             m.administer(m.updateRepo),
		"POST " + repo:                              m.administer(m.enableRepo),
		"DELETE " + repo:                            m.administer(m.disableRepo),
		"POST " + repo + "/chown":                   m.administer(m.chownRepo),
		"POST " + repo + "/repair":                  m.administer(m.repairRepo),
		"GET " + repo + "/builds":                   m.read(m.builds),
		"GET " + secret:                             m.write(m.listSecrets),
		"POST " + secret:                            m.write(m.createSecret),
		"GET " + secret + "/{secret}":               m.write(m.showSecret),
		"PATCH " + secret + "/{secret}":             m.write(m.updateSecret),
		"DELETE " + secret + "/{secret}":            m.write(m.deleteSecret),
		"GET " + cron:                               m.write(m.listCrons),
		"POST " + cron:                              m.write(m.createCron),
		"GET " + cron + "/{cron}":                   m.write(m.showCron),
		"PATCH " + cron + "/{cron}":                 m.write(m.updateCron),
		"DELETE " + cron + "/{cron}":                m.write(m.deleteCron),
		"GET /api/secrets":                          admin(m.allOrgSecrets),
		"GET /api/secrets/{namespace}":              m.member(m.listOrgSecrets),
		"POST /api/secrets/{namespace}":             m.member(m.createOrgSecret),
		"GET /api/secrets/{namespace}/{secret}":     m.member(m.showOrgSecret),
		"PATCH /api/secrets/{namespace}/{secret}":   m.member(m.updateOrgSecret),
		"POST /api/secrets/{namespace}/{secret}":    m.member(m.updateOrgSecret),
		"DELETE /api/secrets/{namespace}/{secret}":  m.member(m.deleteOrgSecret),
	}
	if !m.version1() {
		all["GET /api/templates"] = admin(m.allTemplates)
		all["GET /api/templates/{namespace}"] = m.member(m.listTemplates)
		all["POST /api/templates/{namespace}"] = m.member(m.createTemplate)
		all["GET /api/templates/{namespace}/{template}"] = m.member(m.showTemplate)
		all["PATCH /api/templates/{namespace}/{template}"] = m.member(m.updateTemplate)
		all["DELETE /api/templates/{namespace}/{template}"] = m.member(m.deleteTemplate)
	}
	return all
}
