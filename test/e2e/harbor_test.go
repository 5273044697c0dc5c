//go:build harbor

package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strconv"
	"sync"
	"testing"

	suite "otomi.io/tasks/internal/conformance/harborprojects"
	"otomi.io/tasks/internal/sim"
	"otomi.io/tasks/internal/sim/harbor"
	harborquirks "otomi.io/tasks/internal/sim/harbor/quirks"
	"otomi.io/tasks/internal/testkit/runner"
	"otomi.io/tasks/test/servers"
)

// TestHarborProjects runs what the simulator passes, too.
func TestHarborProjects(t *testing.T) { suite.Run(t, startHarbor) }

// TestHarborKills ends runs after each of their writes.
func TestHarborKills(t *testing.T) {
	t.Run("Projects", func(t *testing.T) { suite.Kills(t, startHarbor) })
	t.Run("Credentials", func(t *testing.T) { suite.KillTimeless(t, startHarbor) })
}

// TestHarborFaults breaks each request of a first run.
func TestHarborFaults(t *testing.T) { suite.Faults(t, startHarbor) }

// TestHarborQuirks runs the simulator's quirks against the server, so that the
// simulator is not more permissive.
func TestHarborQuirks(t *testing.T) {
	harborquirks.Run(t, 15, func(t testing.TB, o harbor.Options) http.Handler { return runHarbor(t, o) })
}

// startHarbor starts a real Harbor for one test, behind what the suite breaks
// requests with.
func startHarbor(t testing.TB, o harbor.Options) suite.Server {
	t.Helper()
	inside := runHarbor(t, o)
	faults, log := &sim.Faults{}, &sim.Log{}
	front := httptest.NewServer(log.Wrap(faults.Wrap(inside)))
	t.Cleanup(front.Close)
	return suite.Server{
		URL: front.URL, Username: inside.server.Username, Password: inside.server.Password,
		Harbor: inside, Faults: faults, Log: log, Clock: runner.InstantClock{}}
}

func runHarbor(t testing.TB, o harbor.Options) *realHarbor {
	t.Helper()
	options := servers.HarborOptions{Options: servers.Options{Password: "Harbor12345"}}
	if o.Overwrite != nil {
		settings, err := json.Marshal(o.Overwrite)
		if err != nil {
			t.Fatal(err)
		}
		options.Environment = []string{"CONFIG_OVERWRITE_JSON=" + string(settings)}
	}
	server, err := servers.Harbor(context.Background(), options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	})
	target, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	return &realHarbor{t: t, server: server, proxy: httputil.NewSingleHostReverseProxy(target), logins: map[string]harbor.Logins{}}
}

// realHarbor passes requests on and counts who logs in. What comes through no
// API it writes into the database.
type realHarbor struct {
	t      testing.TB
	server *servers.HarborServer
	proxy  *httputil.ReverseProxy
	mu     sync.Mutex
	logins map[string]harbor.Logins
}

func (h *realHarbor) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name, _, known := r.BasicAuth()
	seen := &statusWriter{ResponseWriter: w}
	h.proxy.ServeHTTP(seen, r)
	if !known {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	l := h.logins[name]
	if seen.status == http.StatusUnauthorized {
		l.Failed++
	} else {
		l.Succeeded++
	}
	h.logins[name] = l
}

type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

func (h *realHarbor) Logins(name string) harbor.Logins {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.logins[name]
}

func (h *realHarbor) AddUser(name string) int64 {
	h.t.Helper()
	text := h.query("INSERT INTO harbor_user (username, email, realname, password, salt) VALUES ('%[1]s', '%[1]s@example.com', '%[1]s', 'none', 'none') RETURNING user_id", name)
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		h.t.Fatal(err)
	}
	return id
}

func (h *realHarbor) AddRepository(project, repository string) error {
	h.query("INSERT INTO repository (name, project_id) SELECT '%s', project_id FROM project WHERE name = '%s'", repository, project)
	return nil
}

func (h *realHarbor) RemoveRepository(_, repository string) error {
	h.query("DELETE FROM repository WHERE name = '%s'", repository)
	return nil
}

func (h *realHarbor) query(format string, names ...any) string {
	h.t.Helper()
	text, err := h.server.Query(context.Background(), fmt.Sprintf(format, names...))
	if err != nil {
		h.t.Fatal(err)
	}
	return text
}
