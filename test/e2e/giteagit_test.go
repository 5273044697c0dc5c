package e2e

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"code.gitea.io/sdk/gitea"

	suite "otomi.io/tasks/internal/conformance/gitearepos"
	"otomi.io/tasks/internal/testkit/runner"
	"otomi.io/tasks/tasks/gitearepos"
	"otomi.io/tasks/tasks/run"
)

// TestGiteaGit lets people work: what the task says of rights, rules and hooks
// is what plain git meets.
func TestGiteaGit(t *testing.T) {
	server := startGitea(t)
	deliveries := make(chan delivery, 10)
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		deliveries <- delivery{r.Header, body}
	}))
	t.Cleanup(receiver.Close)
	admin := giteaAdmin(t, server)
	for _, name := range []string{"alice", "bob", "vera"} {
		_, _, err := admin.AdminCreateUser(gitea.CreateUserOption{Username: name, Email: name + "@example.com", Password: personPassword, MustChangePassword: new(false)})
		if err != nil {
			t.Fatal(err)
		}
	}
	applyGitea(t, server, `
cluster: {domainSuffix: example.com}
apps: {argocd: {enabled: true}, gitea: {repos: [{name: values, autoInit: true, hooks: [{url: "`+receiver.URL+`", secret: of-the-hook}]}]}}
teamConfig:
  a: {gitea: {members: [alice], repos: [{name: shop, autoInit: true, defaultBranch: main, branchProtections: [{branch: main}]}]}}
  b: {gitea: {members: [bob]}}
`)
	viewer(t, admin, "vera")

	g := workbench{t: t, base: server.URL}
	g.may("alice", "shop", "feature", "a member of the team works in its repository")
	g.mayNot("alice", "shop", "main", "no user pushes to a protected branch")
	g.may("alice", "team-a-argocd", "main", "the team's Argo CD repository is the team's")
	g.mayNot("bob", "shop", "feature", "another team does not even see it")
	g.mayNot("bob", "values", "feature", "nor the platform's values")
	g.mayNot("vera", "values", "feature", "a viewer does not push")
	if err := g.git("", "clone", g.remote("vera", "values"), filepath.Join(t.TempDir(), "clone")); err != nil {
		t.Errorf("a viewer cannot read the values: %v", err)
	}
	g.may(server.Username+":"+server.Password, "values", "feature", "the platform writes its values")
	select {
	case d := <-deliveries:
		d.check(t, "of-the-hook")
	case <-time.After(time.Minute):
		t.Error("the push was not told")
	}
}

const personPassword = "Person-pass-1"

func giteaAdmin(t *testing.T, server suite.Server) *gitea.Client {
	t.Helper()
	admin, err := gitea.NewClient(server.URL, gitea.SetBasicAuth(server.Username, server.Password))
	if err != nil {
		t.Fatal(err)
	}
	return admin
}

// viewer puts a user into the team that only reads.
func viewer(t *testing.T, admin *gitea.Client, name string) {
	t.Helper()
	teams, _, err := admin.ListOrgTeams("otomi", gitea.ListTeamsOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, team := range teams {
		if team.Name == "otomi-viewer" {
			_, err = admin.AddTeamMember(team.ID, name)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
}

// applyGitea runs the task with its Secrets in a folder.
func applyGitea(t *testing.T, server suite.Server, yaml string) {
	t.Helper()
	r := runner.Run(gitearepos.Task(), run.Process{
		Args: runner.Sources(t, yaml).Args("apply", "--secrets-dir", t.TempDir()),
		Env:  map[string]string{"GITEA_URL": server.URL, "GITEA_PASSWORD": server.Password},
	})
	if r.Code != run.ExitOK {
		t.Fatalf("exit %d\n%s", r.Code, r)
	}
}

// delivery is what Gitea told a hook.
type delivery struct {
	header http.Header
	body   []byte
}

// check proves that Gitea signs with the secret of the values.
func (d delivery) check(t *testing.T, secret string) {
	t.Helper()
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(d.body)
	if want := hex.EncodeToString(mac.Sum(nil)); d.header.Get("X-Gitea-Signature") != want || d.header.Get("X-Gitea-Event") != "push" {
		t.Errorf("event %q is not signed with the secret of the values", d.header.Get("X-Gitea-Event"))
	}
}

// workbench is where people use git.
type workbench struct {
	t    *testing.T
	base string
}

// remote is a repository as a person addresses it: by name, or name:password.
func (g workbench) remote(person, repo string) string {
	name, password, given := strings.Cut(person, ":")
	if !given {
		password = personPassword
	}
	u, err := url.Parse(g.base)
	if err != nil {
		g.t.Fatal(err)
	}
	u.User = url.UserPassword(name, password)
	return u.JoinPath("otomi", repo+".git").String()
}

// push makes a commit on top of what there is and pushes it to a branch.
func (g workbench) push(person, repo, branch string) error {
	g.t.Helper()
	dir := g.t.TempDir()
	steps := [][]string{
		{"init", "-q", "."}, {"pull", "-q", g.remote(person, repo), "HEAD"}, {"commit", "-q", "--allow-empty", "-m", "work of " + repo},
		{"push", "-q", g.remote(person, repo), "HEAD:refs/heads/" + branch},
	}
	for _, step := range steps {
		if err := g.git(dir, step...); err != nil && step[0] != "pull" { // an empty repository has nothing to pull
			return err
		}
	}
	return nil
}

func (g workbench) git(dir string, args ...string) error {
	g.t.Helper()
	cmd := exec.CommandContext(g.t.Context(), "git", append([]string{"-c", "user.name=somebody", "-c", "user.email=somebody@example.com"}, args...)...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "GIT_TERMINAL_PROMPT=0", "GIT_CONFIG_GLOBAL=/dev/null")
	return cmd.Run()
}

func (g workbench) may(person, repo, branch, reason string) {
	g.t.Helper()
	if err := g.push(person, repo, branch); err != nil {
		g.t.Errorf("%s: pushing to %s of %s: %v", reason, branch, repo, err)
	}
}

func (g workbench) mayNot(person, repo, branch, reason string) {
	g.t.Helper()
	if err := g.push(person, repo, branch); err == nil {
		g.t.Errorf("%s: pushed to %s of %s", reason, branch, repo)
	}
}
