package run_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"otomi.io/tasks/clients/transport"
	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/run"
	"otomi.io/tasks/tasks/task"
	"otomi.io/tasks/tasks/values"
)

// Every secret of these tests begins with this word.
const sesame = "sesame"

// leaked finds the word in clear, as numbers, and in base64.
func leaked(text string) bool {
	// Of base64, the characters that do not mix with what stands around the word.
	for before, inside := range map[string][2]int{"": {0, 8}, "x": {2, 8}, "xx": {3, 10}} {
		encoded := base64.StdEncoding.EncodeToString([]byte(before + sesame))
		if strings.Contains(text, encoded[inside[0]:inside[1]]) {
			return true
		}
	}
	numbers := strings.Trim(fmt.Sprintf("%d", []byte(sesame)), "[]")
	return strings.Contains(strings.ToLower(text), sesame) || strings.Contains(text, numbers)
}

func TestLeaked(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"a sesame-a", "SESAME", base64.StdEncoding.EncodeToString([]byte("admin:sesame-a")),
		base64.StdEncoding.EncodeToString([]byte("root:sesame-a")), base64.StdEncoding.EncodeToString([]byte("ab:sesame-a")), fmt.Sprintf("%d", []byte("sesame-a")),
	} {
		if !leaked(text) {
			t.Errorf("the secret in %q is not found", text)
		}
	}
	if leaked("*** see same c2Vz [115 101 1]") {
		t.Error("a secret is found where none is")
	}
}

// echo is a server that answers 400 with everything that it was sent.
func echo(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		_, password, _ := r.BasicAuth()
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprintf(w, `{"error": "cannot use %s of %s, header %s, query %s, password %s, token=%s"}`,
			strings.ReplaceAll(string(body), `"`, `'`), r.URL, r.Header.Get("Authorization"), r.URL.RawQuery, password, r.URL.Query().Get("access_token"))
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// tell makes a request that carries secrets in every way.
func (a *app) tell(ctx context.Context, address string) error {
	address = strings.Replace(address, "://", "://admin:sesame-userinfo@", 1) + "/admin?access_token=sesame-query&first=1"
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(`{"name": "a", "password": "sesame-body"}`))
	if err != nil {
		return err
	}
	req.SetBasicAuth("admin", "sesame-basic")
	resp, err := a.chain.Client.Do(req)
	if err != nil {
		return fmt.Errorf("telling the server: %w", transport.RedactError(err))
	}
	return resp.Body.Close()
}

// careless is an application that prints all it knows.
func careless(t *testing.T) *app {
	t.Helper()
	address := echo(t)
	keyed := func(text string) item {
		return item{Meta: plan.Meta{Ownership: plan.Ours, Team: "red"}, Key: values.NewSecret(text)}
	}
	a := &app{
		desired: shelf{"created": keyed("sesame-new"), "failed": keyed("sesame-failed"), "told": keyed("sesame-told"), "changed": keyed("sesame-after"), "skipped": keyed("sesame-skipped")},
		current: shelf{"changed": keyed("sesame-before"), "deleted": keyed("sesame-deleted"), "blocked": keyed("sesame-blocked")},
	}
	a.marks = func(p *shelfPlan) {
		for i, c := range p.Items.Changes {
			if c.Name == "blocked" {
				p.Items.Changes[i].Blocked = fmt.Sprintf("its key %v is in use", c.Before.Key)
			}
		}
	}
	a.write = func(ctx context.Context, c plan.Change[item]) (bool, error) {
		switch c.Name {
		case "failed":
			return false, fmt.Errorf("cannot write %v, %+v, %#v, %s of %+v", c, c, *c.After, a.values.Otomi.AdminPassword, a.values.Apps.Keycloak)
		case "told":
			return false, a.tell(ctx, address)
		case "skipped":
			return false, &task.SkipError{Reason: fmt.Sprintf("no key %v, %d", c.After.Key, c.After.Key)}
		}
		return true, nil
	}
	return a
}

// TestSecrets greps all that a run leaves behind for every secret that it
// knew.
func TestSecrets(t *testing.T) {
	t.Parallel()
	env := map[string]string{
		"KEYCLOAK_ADMIN_PASSWORD": "sesame-env", "KEYCLOAK_CLIENT_SECRET": "sesame-client",
		"KUBERNETES_SERVICE_HOST": "10.0.0.1",
	}
	source := []string{"--values", "testdata/values.yaml", "--log-level", "debug"}
	cases := map[string]struct {
		reason string
		args   []string
		code   int
		shows  string
	}{
		"Plan":     {"a plan as text", []string{"plan", "--policy", "sync"}, run.ExitOK, "key: changed"},
		"PlanJSON": {"a plan as JSON", []string{"plan", "--output", "json"}, run.ExitOK, `"path":"key","secret":true`},
		"Apply":    {"errors of a careless task and of a server that echoes requests", []string{"apply", "--policy", "sync"}, run.ExitFailed, "400 Bad Request"},
		"Text":     {"the log as text", []string{"apply", "--log-format", "text"}, run.ExitFailed, "level=ERROR"},
		"Validate": {"nothing", []string{"validate"}, run.ExitOK, "valid"},
		"BadFlag":  {"nothing", []string{"apply", "--workers", "0"}, run.ExitInvalid, "--workers"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			report, termination := filepath.Join(dir, "report.html"), filepath.Join(dir, "termination")
			s := setup{args: append(append(tc.args, source...), "--report", report, "--termination-log", termination), env: env, valuesFor: "keycloak"}
			r := execute(t, careless(t), s)
			if r.code != tc.code || !strings.Contains(r.output(), tc.shows) {
				t.Errorf("%s: exit %d, want %d, with %q in\n%s", tc.reason, r.code, tc.code, tc.shows, r.output())
			}
			for place, text := range map[string]string{"stdout": r.stdout, "stderr": r.stderr, "report": read(t, report), "termination": read(t, termination)} {
				if text == "" && place != "stderr" || leaked(text) {
					t.Errorf("%s: %s is empty or shows a secret:\n%s", tc.reason, place, text)
				}
			}
		})
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// TestSecretsInBrokenValues: faults of a secret are reported without it.
func TestSecretsInBrokenValues(t *testing.T) {
	t.Parallel()
	cases := map[string]struct{ reason, values string }{
		"Template": {"an unrendered template", `otomi: {adminPassword: "{{ sesame }}"}`},
		"Type":     {"a list", `otomi: {adminPassword: [sesame]}`},
		"Syntax":   {"a line of invalid YAML", "otomi: {adminPassword: \"sesame\n"},
		"Colon":    {"a secret with a colon", "otomi:\n  adminPassword: sesame: sesame\n"},
		"Tag":      {"a tag", "otomi:\n  adminPassword: !sesame 1\n"},
		"Alias":    {"an alias without its anchor", "otomi:\n  adminPassword: *sesame\n"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := execute(t, &app{}, setup{args: []string{"validate", "--values", "-"}, stdin: tc.values})
			if r.code != run.ExitInvalid || leaked(r.output()) {
				t.Errorf("%s: exit %d: %s", tc.reason, r.code, r.output())
			}
		})
	}
}
