package harborprojects_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"otomi.io/tasks/internal/conformance/harborprojects"
	"otomi.io/tasks/internal/sim/harbor"
)

// stranger is another host, which answers as Harbor would and notes what it is
// sent.
type stranger struct {
	next http.Handler
	mu   sync.Mutex
	seen []string
}

func (s *stranger) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.seen = append(s.seen, fmt.Sprintf("%s %s, login %t", r.Method, r.URL.Path, r.Header.Get("Authorization") != ""))
	s.mu.Unlock()
	s.next.ServeHTTP(w, r)
}

// TestHostile: whatever answers instead of Harbor, no login reaches another host,
// and nothing is written, to Kubernetes neither.
func TestHostile(t *testing.T) {
	page := func(w http.ResponseWriter) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte("<html><title>Log in</title></html>"))
	}
	redirect := func(status int, only func(*http.Request) bool) func(http.ResponseWriter, *http.Request, http.Handler, string) {
		return func(w http.ResponseWriter, r *http.Request, next http.Handler, stranger string) {
			if !only(r) {
				next.ServeHTTP(w, r)
				return
			}
			http.Redirect(w, r, stranger+r.URL.RequestURI(), status)
		}
	}
	all := func(*http.Request) bool { return true }
	loggedIn := func(r *http.Request) bool { return r.Header.Get("Authorization") != "" }
	for name, tc := range map[string]struct {
		reason string
		answer func(w http.ResponseWriter, r *http.Request, next http.Handler, stranger string)
	}{
		"Found":     {"a login page's proxy redirects every request", redirect(http.StatusFound, all)},
		"Temporary": {"the same with the request's method and body", redirect(http.StatusTemporaryRedirect, all)},
		"LoggedIn":  {"only a logged-in caller is redirected", redirect(http.StatusPermanentRedirect, loggedIn)},
		"Page": {"a page instead of an answer", func(w http.ResponseWriter, r *http.Request, next http.Handler, _ string) {
			if loggedIn(r) {
				page(w)
				return
			}
			next.ServeHTTP(w, r)
		}},
		"Half": {"an answer that breaks off", func(w http.ResponseWriter, r *http.Request, next http.Handler, _ string) {
			answer := httptest.NewRecorder()
			next.ServeHTTP(answer, r)
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Content-Length", fmt.Sprint(answer.Body.Len()))
			_, _ = w.Write(answer.Body.Bytes()[:answer.Body.Len()/2])
		}},
		"Huge": {"64 MiB", func(w http.ResponseWriter, r *http.Request, next http.Handler, _ string) {
			if !loggedIn(r) {
				next.ServeHTTP(w, r)
				return
			}
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(`{"auth_mode":{"value":"`))
			for range 64 {
				_, _ = w.Write(bytes.Repeat([]byte("x"), 1<<20))
			}
			_, _ = w.Write([]byte(`"}}`))
		}},
	} {
		t.Run(name, func(t *testing.T) {
			simulated := harbor.New(harbor.Options{})
			other := &stranger{next: simulated}
			another := httptest.NewServer(other)
			defer another.Close()
			var writes []string
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Method != http.MethodGet && r.Method != http.MethodHead {
					other.mu.Lock()
					writes = append(writes, r.Method+" "+r.URL.Path)
					other.mu.Unlock()
				}
				tc.answer(w, r, simulated, another.URL)
			}))
			defer server.Close()
			code, secrets := harborprojects.Attempt(t, harborprojects.Server{URL: server.URL, Username: "admin", Password: "Harbor12345", Harbor: simulated})
			if code == 0 || secrets != 0 || len(writes) > 0 {
				t.Errorf("%s: exit %d, %d writes to Kubernetes, to Harbor %v", tc.reason, code, secrets, writes)
			}
			for _, seen := range other.seen {
				t.Errorf("%s: the other host was asked %s", tc.reason, strings.TrimSpace(seen))
			}
		})
	}
}
