package gitea

import (
	"net/http"

	"otomi.io/tasks/internal/sim"
)

// introspection is where an application asks what a token is worth.
const introspection = "/login/oauth/introspect"

// introspect lets in who has the secret of an application. It knows no token of
// people: none is active. A token in the form is taken for the log-in of the
// request itself, and refused.
func (m *memory) introspect(w *sim.Answer, r *http.Request) {
	id, secret, _ := r.BasicAuth()
	if r.FormValue("token") != "" {
		say(w, http.StatusUnauthorized, "text/plain; charset=utf-8", "Failed to authenticate user\n")
		return
	}
	for _, app := range m.applications {
		if app.clientID == id && app.secret == secret {
			say(w, http.StatusOK, "application/json;charset=utf-8", `{"active":false}`+"\n")
			return
		}
	}
	w.Header().Set("WWW-Authenticate", `Basic realm="Gitea OAuth2"`)
	say(w, http.StatusUnauthorized, "text/plain;charset=utf-8", "no valid authorization")
}

func say(w *sim.Answer, status int, kind, text string) {
	w.Header().Set("Content-Type", kind)
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text)) // a buffer takes every write
}
