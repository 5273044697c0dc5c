// Package gitea simulates Gitea 1.26: the generated server of its API over a
// memory, with the behaviour that surprises clients of the real one, and the
// pages through which people let other applications in. What it does was seen on
// a real Gitea 1.26.0; the table in the package quirks runs against both. Told to
// be an older version it does what clients of ours must know of that one, and
// otherwise as 1.26. It keeps nothing on disk and guards nothing.
//
// Not simulated: Git itself (a repository has branches and nothing in them),
// repositories of users, forks, mirrors, external trackers and wikis, login
// sources, the second factor itself, the delivery of hooks, and the copy that the
// real one keeps of rights that come from teams, which can be out of date for
// restricted users and for collaborators who have left the organisation.
package gitea

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"otomi.io/tasks/internal/sim"
	"otomi.io/tasks/internal/sim/giteaweb"
)

const (
	apiBase = "/api/v1"
	newest  = "1.26.0"
)

// Options say how a simulated Gitea starts; the zero value is ready to use.
type Options struct {
	Username, Password string           // the administrator; "" is "otomi-admin" and "otomi-admin-1"
	Now                func() time.Time // the clock of what is made; nil is time.Now
	Version            string           // that it says it is; "" is 1.26.0
	PageLimit          int              // MAX_RESPONSE_ITEMS; 0 is 50
	NoHooks            bool             // DISABLE_WEBHOOKS
	ForcePrivate       bool             // FORCE_PRIVATE: every new repository is private
	Pages              giteaweb.Options // of the pages for logging in
}

// Server is a simulated Gitea: an http.Handler that many clients may use at once.
type Server struct {
	mu     sim.Lock
	memory *memory
	routes http.Handler
	plain  *http.ServeMux
	pages  *giteaweb.Pages
}

// New makes a server with its administrator.
func New(o Options) *Server {
	m := newMemory(o)
	if o.Pages.Now == nil {
		o.Pages.Now = m.now
	}
	o.Pages.CSRF = o.Pages.CSRF || m.before(26)
	o.Pages.OldAdminPages, o.Pages.TwoFactorSwitch = m.before(23), m.before(24)
	s := &Server{memory: m, routes: m.routes(), plain: m.plainRoutes()}
	s.pages = giteaweb.New(directory{s}, o.Pages)
	return s
}

// AddBranch puts a branch with a commit into a repository, as a push would; the
// first one makes it the default branch of an empty repository.
func (s *Server) AddBranch(owner, repository, branch string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	account, known := s.memory.account(owner)
	if !known || account.repository(repository) == nil {
		return fmt.Errorf("adding branch %s: there is no repository %s/%s", branch, owner, repository)
	}
	r := account.repository(repository)
	if len(r.branches) == 0 {
		r.defaultBranch = branch
	}
	r.branches[branch] = true
	return nil
}

// Application is the client id and secret of an OAuth2 application, of which
// Gitea shows the secret only once; "" where there is none of that name.
func (s *Server) Application(name string) (clientID, clientSecret string) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, app := range s.memory.applications {
		if app.name == name {
			return app.clientID, app.secret
		}
	}
	return "", ""
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !strings.HasPrefix(r.URL.Path, "/api/") {
		s.pages.ServeHTTP(w, r)
		return
	}
	sim.Serve(w, r, func(w *sim.Answer, r *http.Request, body []byte) {
		r = tidied(r)
		if len(bytes.TrimSpace(body)) == 0 { // the server takes it for an object without fields
			r.Body = io.NopCloser(strings.NewReader("{}"))
		}
		s.answer(w, r, s.granted(r))
	})
}

func (s *Server) answer(w *sim.Answer, r *http.Request, granted string) {
	if r.URL.Path == "/api/healthz" {
		health(w)
		return
	}
	if s.file(w, r, granted) {
		return
	}
	defer s.mu.Hold(r)()
	r = r.WithContext(withCall(r.Context(), s.memory.newCall(r, granted)))
	if _, pattern := s.plain.Handler(r); pattern != "" {
		s.plain.ServeHTTP(w, r)
		return
	}
	route(s.routes, w, r)
}

// routes are the generated ones.
func (m *memory) routes() http.Handler {
	strict := NewStrictHandlerWithOptions(api{m}, []StrictMiddlewareFunc{checkBody}, StrictHTTPServerOptions{
		RequestErrorHandlerFunc:  refuseBody,
		ResponseErrorHandlerFunc: refuse,
	})
	return HandlerWithOptions(strict, StdHTTPServerOptions{
		BaseURL: apiBase, Middlewares: []MiddlewareFunc{m.guard}, ErrorHandlerFunc: refuseParameter,
	})
}

// route lets the router answer and puts its refusals into Gitea's words: to a
// path that it does not know it says nothing of who asks.
func route(routes http.Handler, w *sim.Answer, r *http.Request) {
	var answer sim.Answer
	routes.ServeHTTP(&answer, r)
	if r.Pattern == "" && answer.Status == http.StatusMethodNotAllowed {
		w.Header()["Allow"] = answer.Header()["Allow"]
		w.WriteHeader(answer.Status)
		return
	}
	*w = answer
	if kind := w.Header().Get("Content-Type"); kind == "application/json" {
		w.Header().Set("Content-Type", kind+";charset=utf-8")
	}
}

// api answers the operations.
type api struct{ memory *memory }

// tidied is the request as the router needs it: without a slash at its end, the
// name of a branch or its protection in one piece, and without invalid numbers.
func tidied(r *http.Request) *http.Request {
	r = r.Clone(r.Context())
	escaped := strings.TrimSuffix(r.URL.EscapedPath(), "/")
	for _, part := range []string{"/branch_protections/", "/branches/"} {
		if before, name, found := strings.Cut(escaped, part); found && strings.HasPrefix(escaped, apiBase+"/repos/") {
			escaped = before + part + strings.ReplaceAll(name, "/", "%2F")
		}
	}
	r.URL.Path, r.URL.RawPath = unescaped(escaped), escaped
	r.URL.RawQuery = withoutNonsense(r.URL.Query()).Encode()
	return r
}
