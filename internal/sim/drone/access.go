package drone

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
)

// handler answers a request with a body that becomes JSON, or with a refusal;
// nil is an answer without content.
type handler func(c *call) (any, error)

// call is a request with what is known of it.
type call struct {
	*http.Request
	viewer *account // nil: not logged in
	repo   *repository
	perm   *permissions // of the viewer in the repository; nil: never seen
}

// refusal is an answer other than a success.
type refusal struct {
	status  int
	message string
}

func (r refusal) Error() string { return r.message }

func unauthorized() error { return refusal{http.StatusUnauthorized, "Unauthorized"} }
func forbidden() error    { return refusal{http.StatusForbidden, "Forbidden"} }
func notFound() error     { return refusal{http.StatusNotFound, "Not Found"} }

// noRows is what the database says of what is not there, passed on as it is.
func noRows() error { return refusal{http.StatusNotFound, "sql: no rows in result set"} }

// crash passes on any other error of the database or of Gitea.
func crash(message string) error { return refusal{http.StatusInternalServerError, message} }

func badRequest(message string) error { return refusal{http.StatusBadRequest, message} }

func (m *memory) answering(h handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := h(&call{Request: r, viewer: m.viewer(r)})
		status := http.StatusOK
		if err != nil {
			status, body = refused(err)
		}
		if status == http.StatusOK && body == nil {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(body) // into memory
	}
}

func refused(err error) (int, any) {
	var r refusal
	if !errors.As(err, &r) {
		r = refusal{http.StatusInternalServerError, err.Error()}
	}
	return r.status, map[string]string{"message": r.message}
}

// viewer is who asks: by a token, or else by the cookie of a login.
func (m *memory) viewer(r *http.Request) *account {
	token := r.Header.Get("Authorization")
	if token == "" {
		token = r.FormValue("access_token")
	}
	if token == "" {
		cookie, err := r.Cookie(sessionCookie)
		if err != nil {
			return nil
		}
		return m.sessions[cookie.Value]
	}
	for _, a := range m.accounts {
		if a.token == strings.TrimPrefix(token, "Bearer ") {
			return a
		}
	}
	return nil
}

// user requires a login.
func user(h handler) handler {
	return func(c *call) (any, error) {
		if c.viewer == nil {
			return nil, unauthorized()
		}
		return h(c)
	}
}

// admin lets in Drone's administrators.
func admin(h handler) handler {
	return user(func(c *call) (any, error) {
		if !c.viewer.Admin {
			return nil, forbidden()
		}
		return h(c)
	})
}

// member lets in Drone's administrators. Others would have to be members of the
// organisation, for which go-scm 1.x does not ask Gitea at all: the answer is a 401
// with the words of a 404, and of a 403 in 2.x.
func (m *memory) member(h handler) handler {
	return user(func(c *call) (any, error) {
		if !c.viewer.Admin {
			if m.version1() {
				return nil, refusal{http.StatusUnauthorized, "Not Found"}
			}
			return nil, refusal{http.StatusUnauthorized, "Forbidden"}
		}
		return h(c)
	})
}

func (m *memory) read(h handler) handler {
	return m.inRepo(h, func(p *permissions) bool { return p.Read }, true)
}

func (m *memory) write(h handler) handler {
	return m.inRepo(h, func(p *permissions) bool { return p.Read && p.Write }, false)
}

func (m *memory) administer(h handler) handler {
	return m.inRepo(h, func(p *permissions) bool { return p.Read && p.Write && p.Admin }, false)
}

// inRepo finds the repository and requires the right. Drone's administrators
// may do everything, whatever Gitea says of them.
func (m *memory) inRepo(h handler, may func(*permissions) bool, reading bool) handler {
	return func(c *call) (any, error) {
		c.repo = m.repo(c.PathValue("owner"), c.PathValue("name"))
		switch {
		case c.viewer == nil && (c.repo == nil || !reading || c.repo.Visibility != visibilityPublic):
			return nil, unauthorized()
		case c.repo == nil:
			return nil, notFound()
		case c.viewer == nil:
			return h(c)
		}
		if p, seen := m.perms[permKey{c.viewer.ID, c.repo.UID}]; seen {
			c.perm = &p
		}
		open := reading && (c.repo.Visibility == visibilityPublic || c.repo.Visibility == visibilityInternal)
		if c.viewer.Admin || open || c.perm != nil && may(c.perm) {
			return h(c)
		}
		return nil, notFound()
	}
}

// input reads the body.
func (c *call) input(into any) error {
	if err := json.NewDecoder(c.Body).Decode(into); err != nil {
		return badRequest(err.Error())
	}
	return nil
}
