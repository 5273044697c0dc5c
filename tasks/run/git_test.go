package run_test

import (
	"encoding/pem"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"otomi.io/tasks/internal/sim/git"
	"otomi.io/tasks/tasks/run"
)

// gitServer has a repository values.git with these files, behind the password
// sesame-git.
func gitServer(t *testing.T, files map[string]string) (s *git.Server, commit string) {
	t.Helper()
	s, err := git.New(t.Context(), t.TempDir(), t.Output())
	if err != nil {
		t.Fatal(err)
	}
	if commit, err = s.Commit(t.Context(), "values.git", files); err != nil {
		t.Fatal(err)
	}
	s.Guard("ada", "sesame-git")
	return s, commit
}

func gitSource(t *testing.T, s *git.Server) string {
	t.Helper()
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return "git+" + server.URL + "/values.git"
}

func logIn() map[string]string {
	return map[string]string{"OTOMI_TASKS_GIT_USERNAME": "ada", "OTOMI_TASKS_GIT_PASSWORD": "sesame-git"}
}

// TestValuesInGit: values come from a branch, and a plan says which commit that
// was.
func TestValuesInGit(t *testing.T) {
	t.Parallel()
	s, commit := gitServer(t, map[string]string{"env/a.yaml": "apps: {keycloak: {theme: git}}\n"})
	source := gitSource(t, s) + "?ref=main"
	for _, verb := range []string{"plan", "validate", "apply"} {
		a := &app{}
		r := execute(t, a, setup{args: []string{verb, "--values", source}, env: logIn()})
		if r.code != run.ExitOK || verb != "validate" && a.values.Apps.Keycloak.Theme != "git" {
			t.Errorf("%s: exit %d, theme %q\n%s", verb, r.code, a.values.Apps.Keycloak.Theme, r.output())
		}
		if !strings.Contains(r.stderr, commit) || !strings.Contains(r.stderr, "plain HTTP") {
			t.Errorf("%s: the log lacks the commit %s or the warning:\n%s", verb, commit, r.stderr)
		}
		if r.outcome.Requests["reads"] != 0 {
			t.Errorf("%s: %v requests were counted as the application's", verb, r.outcome.Requests)
		}
		if leaked(r.output()) {
			t.Errorf("%s: the output holds a secret:\n%s", verb, r.output())
		}
	}
}

// TestValuesInGitFail: each failure has its exit code, says where it was, and
// shows no password.
func TestValuesInGitFail(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		reason, query string
		env           map[string]string
		down          int
		code          int
		says          []string
	}{
		"NoRef":    {"a missing branch", "?ref=mian", logIn(), 0, run.ExitInvalid, []string{`values.git?ref=mian: there is no branch or tag`, `"main"`}},
		"NoPath":   {"a missing folder", "?path=envs", logIn(), 0, run.ExitInvalid, []string{`values.git: there is no path`}},
		"BadFile":  {"a file that is wrong", "?ref=main&path=env/bad.yaml", logIn(), 0, run.ExitInvalid, []string{`values.git?ref=main: env/bad.yaml:2:13: teamConfig: want a mapping`}},
		"NoLogIn":  {"no login", "", nil, 0, run.ExitUnauthorized, []string{"no login was given (OTOMI_TASKS_GIT_PASSWORD)", "401"}},
		"BadLogIn": {"a wrong one", "", map[string]string{"OTOMI_TASKS_GIT_PASSWORD": "sesame-wrong"}, 0, run.ExitUnauthorized, []string{"401"}},
		"Down":     {"a server that does not come up", "", logIn(), 1000, run.ExitFailed, []string{"503"}},
		"NoCAs":    {"certificates that cannot be read", "", map[string]string{"NODE_EXTRA_CA_CERTS": "/nowhere/ca.pem"}, 0, run.ExitInvalid, []string{"/nowhere/ca.pem"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, _ := gitServer(t, map[string]string{"env/a.yaml": "", "env/bad.yaml": "#\nteamConfig: 1\n"})
			s.Down(tc.down)
			r := execute(t, &app{}, setup{args: []string{"apply", "--wait", "1s", "--values", gitSource(t, s) + tc.query}, env: tc.env})
			if r.code != tc.code {
				t.Errorf("%s: exit %d instead of %d\n%s", tc.reason, r.code, tc.code, r.output())
			}
			for _, says := range tc.says {
				if !strings.Contains(r.outcome.Error, says) {
					t.Errorf("%s: the error lacks %q: %s", tc.reason, says, r.outcome.Error)
				}
			}
			if leaked(r.output()) {
				t.Errorf("%s: the output holds a secret:\n%s", tc.reason, r.output())
			}
		})
	}
}

// TestValuesInGitWait: a server that is starting is waited for, as it may start
// together with the platform; a login that was refused is not tried again.
func TestValuesInGitWait(t *testing.T) {
	t.Parallel()
	s, _ := gitServer(t, map[string]string{"a.yaml": ""})
	source := gitSource(t, s)
	s.Down(2)
	r := execute(t, &app{}, setup{args: []string{"plan", "--values", source}, env: logIn()})
	if r.code != run.ExitOK || s.Requests() != 4 || strings.Count(r.stderr, `"for":"the Git server"`) != 1 {
		t.Errorf("exit %d after %d requests, want 2 refused and 2 answered\n%s", r.code, s.Requests(), r.output())
	}
	if execute(t, &app{}, setup{args: []string{"plan", "--values", source}}); s.Requests() != 5 {
		t.Errorf("%d requests with a login that is refused, want 1", s.Requests()-4)
	}
}

// TestValuesInGitStop: the task does not wait for a server after the signal.
func TestValuesInGitStop(t *testing.T) {
	t.Parallel()
	s, _ := gitServer(t, map[string]string{"a.yaml": ""})
	s.Down(1000)
	stop := make(chan struct{})
	close(stop)
	r := execute(t, &app{}, setup{args: []string{"plan", "--values", gitSource(t, s)}, env: logIn(), stop: stop})
	if r.code != run.ExitFailed || r.outcome.Result != "stopped" || s.Requests() > 2 {
		t.Errorf("exit %d %s after %d requests\n%s", r.code, r.outcome.Result, s.Requests(), r.output())
	}
}

// TestValuesInGitEncrypted: over TLS, whose certificate is known only to the
// file of extra ones.
func TestValuesInGitEncrypted(t *testing.T) {
	t.Parallel()
	s, _ := gitServer(t, map[string]string{"a.yaml": ""})
	server := httptest.NewTLSServer(s)
	t.Cleanup(server.Close)
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"plan", "--values", "git+" + server.URL + "/values.git"}
	r := execute(t, &app{}, setup{args: args, env: logIn()})
	if r.code != run.ExitInvalid || !strings.Contains(r.outcome.Error, "certificate") || s.Requests() > 0 {
		t.Errorf("an unknown certificate: exit %d\n%s", r.code, r.output())
	}
	env := logIn()
	env["NODE_EXTRA_CA_CERTS"] = ca
	if r := execute(t, &app{}, setup{args: args, env: env}); r.code != run.ExitOK || strings.Contains(r.stderr, "plain HTTP") {
		t.Errorf("a certificate from the file: exit %d\n%s", r.code, r.output())
	}
}
