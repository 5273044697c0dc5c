package gitea

import (
	"fmt"
	"io"
	"net/http"
	"strings"

	"otomi.io/tasks/internal/sim/giteaweb"
)

// directory lets the pages look things up.
type directory struct{ server *Server }

// Account implements giteaweb.Directory.
func (d directory) Account(name string) (giteaweb.Account, bool) {
	d.server.mu.RLock()
	defer d.server.mu.RUnlock()
	u, known := d.server.memory.account(name)
	if !known || u.isOrg {
		return giteaweb.Account{}, false
	}
	return giteaweb.Account{
		Name: u.name, Password: u.password, Prohibited: u.prohibited || !u.active, MustChangePassword: u.mustChange, TwoFactor: u.twoFactor, Admin: u.admin,
	}, true
}

// Application implements giteaweb.Directory.
func (d directory) Application(clientID string) (giteaweb.Application, bool) {
	d.server.mu.RLock()
	defer d.server.mu.RUnlock()
	for _, app := range d.server.memory.applications {
		if app.clientID == clientID {
			return giteaweb.Application{
				ID: app.id, ClientID: app.clientID, Secret: app.secret, Name: app.name, RedirectURIs: app.redirectURIs, Public: !app.confidential,
			}, true
		}
	}
	return giteaweb.Application{}, false
}

// EnrollSecondFactor makes a user log in with a second factor from now on, which
// no password replaces.
func (s *Server) EnrollSecondFactor(username string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	u, known := s.memory.account(username)
	if !known {
		return fmt.Errorf("enrolling a second factor: there is no user %s", username)
	}
	u.twoFactor = true
	return nil
}

// granted is the user for whom an application got the token of a request. It is
// asked before the memory is locked: the pages look into the memory, too.
func (s *Server) granted(r *http.Request) string {
	kind, secret, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !isTokenKind(kind) {
		var given bool
		if _, secret, given = r.BasicAuth(); !given {
			return ""
		}
	}
	name, alive := s.pages.User(strings.TrimSpace(secret))
	if !alive {
		return ""
	}
	return name
}

func health(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(w, `{"status":"pass","description":"Gitea: Git with a cup of tea","checks":{}}`) // into memory
}
