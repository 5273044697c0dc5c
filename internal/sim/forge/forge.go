// Package forge simulates the part of a Gitea that Drone and those who log in at
// Drone meet: users, OAuth2 applications, repositories with their collaborators
// and hooks, and the pages of giteaweb. What Gitea does beyond that it does not.
package forge

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"

	"otomi.io/tasks/internal/sim/giteaweb"
)

const (
	apiBase = "/api/v1"
	maxPage = 50
	admin   = "admin" // the right of one who may do everything in a repository
)

// Options say who the first administrator is, who owns every organisation, and
// how the pages behave.
type Options struct {
	Username, Password string
	Accounts           []giteaweb.Account // of others, who are there from the start
	Applications       []giteaweb.Application
	Repos              []string // organisation/name, private
	Pages              giteaweb.Options
}

// Server is a simulated forge: an http.Handler that many clients may use at once.
type Server struct {
	pages *giteaweb.Pages
	api   http.Handler

	mu    sync.Mutex
	ids   int64
	root  string
	users map[string]*giteaweb.Account
	apps  []*giteaweb.Application
	repos []*repo
}

// repo is a repository.
type repo struct {
	id          int64
	owner, name string
	private     bool
	branch      string
	rights      map[string]string // of collaborators
	hooks       []hook
}

// hook is one of a repository.
type hook struct {
	ID     int64             `json:"id"`
	Type   string            `json:"type"`
	Events []string          `json:"events"`
	Active bool              `json:"active"`
	Config map[string]string `json:"config"`
}

// New makes a forge with its administrator and nothing else.
func New(o Options) *Server {
	s := &Server{root: o.Username, users: map[string]*giteaweb.Account{}}
	for _, a := range append(o.Accounts, giteaweb.Account{Name: o.Username, Password: o.Password}) {
		s.users[a.Name] = &a
	}
	for _, a := range o.Applications {
		a.ID = s.next()
		s.apps = append(s.apps, &a)
	}
	for _, slug := range o.Repos {
		owner, name, _ := strings.Cut(slug, "/")
		s.repos = append(s.repos, &repo{id: s.next(), owner: owner, name: name, private: true, branch: "main", rights: map[string]string{}})
	}
	s.pages = giteaweb.New(directory{s}, o.Pages)
	mux := http.NewServeMux()
	for pattern, handle := range s.handlers() {
		method, path, _ := strings.Cut(pattern, " ")
		mux.HandleFunc(method+" "+apiBase+path, s.answering(handle))
	}
	s.api = mux
	return s
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.URL.Path == "/api/healthz":
		_, _ = io.WriteString(w, `{"status": "pass"}`) // a client that left is no concern of the server
	case strings.HasPrefix(r.URL.Path, apiBase+"/"):
		s.api.ServeHTTP(w, r)
	default:
		s.pages.ServeHTTP(w, r)
	}
}

// directory lets the pages look things up. They are asked from the API, too: the
// forge's own lock is never held then.
type directory struct{ s *Server }

// Account finds a user.
func (d directory) Account(name string) (giteaweb.Account, bool) {
	d.s.mu.Lock()
	defer d.s.mu.Unlock()
	for known, a := range d.s.users {
		if strings.EqualFold(known, name) {
			return *a, true
		}
	}
	return giteaweb.Account{}, false
}

// Application finds an OAuth2 application.
func (d directory) Application(clientID string) (giteaweb.Application, bool) {
	d.s.mu.Lock()
	defer d.s.mu.Unlock()
	for _, a := range d.s.apps {
		if a.ClientID == clientID {
			return *a, true
		}
	}
	return giteaweb.Application{}, false
}

func (s *Server) next() int64 {
	s.ids++
	return s.ids
}

// call is a request of a user; "" is somebody.
type call struct {
	*http.Request
	user string
	w    http.ResponseWriter
}

// status is an answer that is no success, or one without content.
type status int

func (s status) Error() string { return http.StatusText(int(s)) }

func (s *Server) answering(h func(*call) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		user, err := s.authenticate(r)
		var body any
		if err == nil {
			s.mu.Lock()
			defer s.mu.Unlock()
			body, err = h(&call{Request: r, user: user, w: w})
		}
		code := http.StatusOK
		if r.Method == http.MethodPost {
			code = http.StatusCreated
		}
		if err != nil {
			code, body = http.StatusInternalServerError, map[string]string{"message": err.Error()}
			if refused, ok := err.(status); ok { //nolint:errorlint // it is never wrapped
				code = int(refused)
			}
		} else if body == nil {
			code = http.StatusNoContent
		}
		w.Header().Set("Content-Type", "application/json;charset=utf-8")
		w.WriteHeader(code)
		if code != http.StatusNoContent {
			_ = json.NewEncoder(w).Encode(body) // a client that left is no concern of the server
		}
	}
}

// authenticate knows passwords and the tokens of OAuth2.
func (s *Server) authenticate(r *http.Request) (string, error) {
	if bearer, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		name, valid := s.pages.User(bearer)
		if !valid {
			return "", status(http.StatusUnauthorized)
		}
		return name, nil
	}
	name, password, ok := r.BasicAuth()
	if !ok {
		return "", nil
	}
	account, known := directory{s}.Account(name)
	if !known || account.Password != password {
		return "", status(http.StatusUnauthorized)
	}
	return account.Name, nil
}

func (c *call) input(into any) error {
	data, err := io.ReadAll(c.Body)
	if err == nil {
		err = json.Unmarshal(data, into)
	}
	if err != nil {
		return status(http.StatusUnprocessableEntity)
	}
	return nil
}

// page cuts a list and says in its Link header whether there is more.
func page[T any](c *call, list []T) []T {
	size, _ := strconv.Atoi(c.FormValue("limit"))
	number, _ := strconv.Atoi(c.FormValue("page"))
	size, number = min(cmp.Or(size, 30), maxPage), max(number, 1)
	c.w.Header().Set("X-Total-Count", strconv.Itoa(len(list)))
	first := min(len(list), (number-1)*size)
	last := min(len(list), first+size)
	if last < len(list) {
		c.w.Header().Set("Link", fmt.Sprintf(`<%s?limit=%d&page=%d>; rel="next"`, c.URL.Path, size, number+1))
	}
	return slices.Clone(list[first:last])
}
