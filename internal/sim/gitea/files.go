package gitea

import (
	"net/http"
	"strings"

	"otomi.io/tasks/internal/sim"
)

// file answers for one file of a repository: it is made with POST …/contents/FILE,
// without its content, and looked for with GET …/raw/FILE. Both are outside the
// operations that the server is generated for.
func (s *Server) file(w *sim.Answer, r *http.Request, granted string) bool {
	rest, ok := strings.CutPrefix(r.URL.Path, apiBase+"/repos/")
	parts := strings.SplitN(rest, "/", 4)
	if !ok || len(parts) < 4 || parts[2] != "raw" && parts[2] != "contents" {
		return false
	}
	defer s.mu.Hold(r)()
	c := s.memory.newCall(r, granted)
	r = r.WithContext(withCall(r.Context(), c))
	owner, known := s.memory.account(parts[0])
	switch {
	case c.failed != nil:
		refuse(w, r, c.failed)
	case !known || owner.repository(parts[1]) == nil || !rightsOf(c.caller, owner.repository(parts[1])).any():
		refuse(w, r, notFound())
	default:
		owner.repository(parts[1]).serveFile(w, r, parts[3])
	}
	return true
}

func (r *repository) serveFile(w *sim.Answer, request *http.Request, name string) {
	switch {
	case request.Method == http.MethodHead:
		w.WriteHeader(http.StatusMethodNotAllowed)
	case request.Method == http.MethodPost:
		if r.files == nil {
			r.files = map[string]bool{}
		}
		r.files[name] = true
		w.WriteHeader(http.StatusCreated)
	case r.files[name]:
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	default:
		refuse(w, request, notFound())
	}
}
