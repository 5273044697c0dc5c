package gitearepos_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"otomi.io/tasks/internal/conformance/gitearepos"
	"otomi.io/tasks/internal/sim/gitea"
	"otomi.io/tasks/internal/testkit/runner"
	"otomi.io/tasks/tasks/run"
)

// TestHostile puts something else in front of Gitea: nothing is written, no
// credential reaches another host, and the run does not succeed.
func TestHostile(t *testing.T) {
	var leaked atomic.Int64
	another := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "" {
			leaked.Add(1)
		}
		answerJSON(w, map[string]any{"login": "otomi-admin", "version": "1.26.0"})
	}))
	t.Cleanup(another.Close)
	simulator := gitea.New(gitea.Options{Username: "otomi-admin", Password: "simulated-admin"})
	instead := func(suffix string, answer http.HandlerFunc) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, suffix) && r.Method == http.MethodGet {
				answer(w, r)
				return
			}
			simulator.ServeHTTP(w, r)
		}
	}
	cases := map[string]struct {
		reason string
		server http.HandlerFunc
	}{
		"OtherHost": {"a login page of another host answers for the account", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, another.URL+r.URL.Path, http.StatusFound)
		}},
		"HTML": {"a proxy says 200 to everything", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprint(w, "<html><title>Down</title></html>")
		}},
		"OtherObject": {"the answer is another organisation", instead("/orgs/otomi", func(w http.ResponseWriter, _ *http.Request) {
			answerJSON(w, map[string]any{"id": 7, "name": "renamed"})
		})},
		"HalfPage": {"a list breaks off", instead("/orgs/otomi", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprint(w, `{"id": 7, "na`)
		})},
		"EndlessPages": {"a list repeats itself", func(w http.ResponseWriter, r *http.Request) {
			switch {
			case strings.HasSuffix(r.URL.Path, "/orgs/otomi"):
				answerJSON(w, map[string]any{"id": 7, "name": "otomi"})
			case strings.HasSuffix(r.URL.Path, "/orgs/otomi/teams"):
				answerJSON(w, []map[string]any{{"id": 1, "name": "again"}})
			default:
				simulator.ServeHTTP(w, r)
			}
		}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(tc.server)
			t.Cleanup(server.Close)
			leaked.Store(0)
			r := gitearepos.Once(t, gitearepos.Server{URL: server.URL, Username: "otomi-admin", Password: "simulated-admin", Clock: runner.InstantClock{}})
			if r.Code == 0 {
				t.Errorf("%s: exit 0\n%s", tc.reason, r)
			}
			if r.Outcome.Requests.Writes != 0 {
				t.Errorf("%s: %d writes", tc.reason, r.Outcome.Requests.Writes)
			}
			if leaked.Load() != 0 {
				t.Errorf("%s: a credential was sent to another host", tc.reason)
			}
		})
	}
}

func answerJSON(w http.ResponseWriter, body any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(body) // a client that left does not matter to the server
}

// TestHooksDisabled: a server that takes no hooks gets everything else.
func TestHooksDisabled(t *testing.T) {
	again := gitearepos.Often(t, startWith(t, gitea.Options{NoHooks: true}))
	again().Want(t, run.ExitOK, "converged", runner.AnyWrites)
	r := again().Want(t, run.ExitOK, "unchanged", 0)
	blocked := 0
	for _, line := range r.Lines {
		if line.Kind == "hook" && strings.Contains(line.Blocked, "webhooks are disabled") {
			blocked++
		}
	}
	if blocked == 0 {
		t.Errorf("no hook is held back: %v", runner.Names(r.Lines))
	}
}

// TestSecretRefused: a secret that is refused right after it was issued is issued
// once. The run says so, and each later plan holds the change back with the reason.
func TestSecretRefused(t *testing.T) {
	simulator := gitea.New(gitea.Options{Username: "otomi-admin", Password: "simulated-admin"})
	var issued atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.Path, "/applications/oauth2") && r.Method != http.MethodGet {
			issued.Add(1)
		}
		if r.URL.Path == "/login/oauth/access_token" {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprint(w, `{"error":"invalid_client"}`)
			return
		}
		simulator.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	again := gitearepos.Often(t, gitearepos.Server{URL: server.URL, Username: "otomi-admin", Password: "simulated-admin", Clock: runner.InstantClock{}})
	if r := again(); r.Code != run.ExitUnsettled || !strings.Contains(r.String(), "Gitea refuses the client secret") {
		t.Errorf("exit %d\n%s", r.Code, r)
	}
	if r := again().Want(t, run.ExitOK, "unchanged", 0); !strings.Contains(r.Stdout, "the server refused the client secret right after it had issued it") {
		t.Errorf("the reason is not given\n%s", r)
	}
	if issued.Load() != 1 {
		t.Errorf("a secret was issued %d times", issued.Load())
	}
}
