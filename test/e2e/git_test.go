package e2e

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"code.gitea.io/sdk/gitea"

	suite "otomi.io/tasks/internal/conformance/gitearepos"
	"otomi.io/tasks/internal/sim/git"
	"otomi.io/tasks/tasks/keycloakroles"
	"otomi.io/tasks/tasks/run"
)

// TestValuesInGitea reads values from a private repository of a real Gitea.
func TestValuesInGitea(t *testing.T) {
	server := startGitea(t)
	repository, tip, replaced := privateValues(t, server)
	cases := map[string]struct {
		reason, query, password string
		code                    int
		says                    string
	}{
		"Branch":   {"a branch", "?ref=main", server.Password, run.ExitOK, tip},
		"Folder":   {"a folder of the default branch", "?path=env", server.Password, run.ExitOK, tip},
		"Tip":      {"the commit of a branch", "?ref=" + tip, server.Password, run.ExitOK, tip},
		"Replaced": {"a commit that no branch leads to any more", "?ref=" + replaced, server.Password, run.ExitOK, replaced},
		"NoBranch": {"a missing branch", "?ref=mian", server.Password, run.ExitInvalid, "there is no branch or tag"},
		"NoCommit": {"an unknown commit", "?ref=" + strings.Repeat("1", 40), server.Password, run.ExitInvalid, "gives no commit of this id"},
		"Wrong":    {"a wrong password", "", "wrong-password", run.ExitUnauthorized, "401"},
		"Nobody":   {"no login", "", "", run.ExitUnauthorized, "no login was given"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			env := map[string]string{}
			if tc.password != "" {
				env["OTOMI_TASKS_GIT_USERNAME"], env["OTOMI_TASKS_GIT_PASSWORD"] = server.Username, tc.password
			}
			code := run.Run(keycloakroles.Task(), run.Process{
				Args: []string{"validate", "--values", "git+" + repository + tc.query}, Env: env, Stdout: &stdout, Stderr: &stderr})
			if code != tc.code || !strings.Contains(stderr.String(), tc.says) {
				t.Errorf("%s: exit %d, want %d and %q\n%s%s", tc.reason, code, tc.code, tc.says, stdout.String(), stderr.String())
			}
		})
	}
}

// privateValues makes a repository whose first commit was replaced by another
// one.
func privateValues(t *testing.T, server suite.Server) (url, tip, replaced string) {
	t.Helper()
	if _, _, err := giteaAdmin(t, server).CreateRepo(gitea.CreateRepoOption{Name: "values", Private: true}); err != nil {
		t.Fatal(err)
	}
	url = server.URL + "/" + server.Username + "/values.git"
	work := t.TempDir()
	command := func(args ...string) string {
		t.Helper()
		out, err := git.Command(t.Context(), work, args...)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	file := filepath.Join(work, "env", "settings.yaml")
	text := "cluster: {domainSuffix: example.com}\notomi: {adminPassword: Admin-pass-1}\napps: {keycloak: {idp: {clientSecret: client-secret-1}}}\nteamConfig: {red: {}}\n"
	if err := os.MkdirAll(filepath.Dir(file), 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	push := strings.Replace(url, "://", "://"+server.Username+":"+server.Password+"@", 1)
	command("init", "--quiet", "--initial-branch=main")
	command("add", ".")
	command("commit", "--quiet", "--message=first")
	command("push", "--quiet", push, "main")
	replaced = command("rev-parse", "HEAD")
	command("commit", "--quiet", "--amend", "--message=second")
	command("push", "--quiet", "--force", push, "main")
	return url, command("rev-parse", "HEAD"), replaced
}
