package run_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"otomi.io/tasks/tasks/run"
)

// TestWaitRedacts: a redirect may lead to an address that holds a credential.
func TestWaitRedacts(t *testing.T) {
	t.Parallel()
	mux := http.NewServeMux()
	mux.Handle("/ready", http.RedirectHandler("/login?code=sesame-code", http.StatusFound))
	server := httptest.NewServer(mux)
	defer server.Close()
	env := map[string]string{"WAIT_URL": server.URL + "/ready", "WAIT_OPTIONS": `{"retries": 1, "minTimeout": 1, "maxTimeout": 1}`}
	r := execute(t, &app{}, setup{args: []string{"plan"}, env: env})
	if r.code != run.ExitFailed || !strings.Contains(r.outcome.Error, "/login?code=***") || leaked(r.output()) {
		t.Errorf("exit %d, want the address without its secret:\n%s", r.code, r.output())
	}
}

// TestWaitURL: the predecessor's variables name another address to ask.
func TestWaitURL(t *testing.T) {
	t.Parallel()
	const soon = `"minTimeout": 1, "maxTimeout": 1`
	cases := map[string]struct {
		reason  string
		answers []int // the last one is repeated
		options string
		code    int
		says    string
		asked   int64
	}{
		"Ready":      {reason: "any success is one", answers: []int{204}, asked: 1},
		"Status":     {reason: "the status that was asked for", answers: []int{200}, options: `{"status": 200}`, asked: 1},
		"NoSuccess":  {reason: "it need not be a success", answers: []int{401}, options: `{"status": 401}`, asked: 1},
		"Later":      {reason: "it comes late", answers: []int{503, 404, 200}, options: `{` + soon + `}`, asked: 3},
		"OtherFirst": {reason: "another success is not yet the one", answers: []int{204, 204, 200}, options: `{"status": 200, ` + soon + `}`, asked: 3},
		"Retries":    {reason: "as often as was said", answers: []int{503}, options: `{"retries": 2, ` + soon + `}`, code: run.ExitFailed, says: "503", asked: 3},
		"NoRetries":  {reason: "once", answers: []int{204}, options: `{"retries": 0, "status": 200}`, code: run.ExitFailed, says: "answers 204", asked: 1},
		"BadRequest": {reason: "no waiting repairs it", answers: []int{400}, options: `{` + soon + `}`, code: run.ExitInvalid, says: "400", asked: 1},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var asked atomic.Int64
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path != "/ready" || r.Host != "inside.example.com" {
					t.Errorf("asked %s at %s", r.URL, r.Host)
				}
				n := min(int(asked.Add(1)), len(tc.answers))
				w.WriteHeader(tc.answers[n-1])
			}))
			defer server.Close()
			env := map[string]string{"WAIT_URL": server.URL + "/ready", "WAIT_HOST": "inside.example.com", "WAIT_OPTIONS": tc.options}
			a := &app{}
			r := execute(t, a, setup{args: []string{"plan"}, env: env})
			if r.code != tc.code || !strings.Contains(r.outcome.Error, tc.says) {
				t.Errorf("%s: exit %d, want %d: %s", tc.reason, r.code, tc.code, r.outcome.Error)
			}
			if asked.Load() != tc.asked || a.asked != 0 {
				t.Errorf("%s: asked %d times, want %d, and the application itself %d times", tc.reason, asked.Load(), tc.asked, a.asked)
			}
		})
	}
}
