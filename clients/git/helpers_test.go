package git_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"otomi.io/tasks/clients/git"
	"otomi.io/tasks/clients/transport"
	sim "otomi.io/tasks/internal/sim/git"
)

// repository is a bare repository that Git itself made.
type repository struct{ root, folder string }

const repositoryName = "values.git"

// newRepository gives one with two commits on main, the first of them tagged
// in both ways, and another branch.
func newRepository(t *testing.T) repository {
	t.Helper()
	root := t.TempDir()
	r := repository{root: root, folder: filepath.Join(root, repositoryName)}
	work := t.TempDir()
	r.git(t, work, "init", "-q", "-b", "main")
	files := map[string]string{
		"README.md": "# values\n", "env/settings.yaml": "otomi: {}\n", "env/teams/red.yaml": "red: 1\n", "env/teams/blue.yaml": "red: 1\n",
		"large.txt": strings.Repeat("a line that comes again\n", 4000), "run.sh": "#!/bin/sh\n",
	}
	for name, text := range files {
		put(t, filepath.Join(work, name), text)
	}
	if err := os.Chmod(filepath.Join(work, "run.sh"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("settings.yaml", filepath.Join(work, "env", "link.yaml")); err != nil {
		t.Fatal(err)
	}
	r.commit(t, work, "first")
	r.git(t, work, "tag", "light")
	r.git(t, work, "tag", "-a", "-m", "with a message", "heavy")
	r.git(t, work, "tag", "-a", "-m", "a tag of a tag", "heavier", "heavy")
	r.git(t, work, "tag", "tree", "HEAD^{tree}")
	r.git(t, work, "branch", "old")
	put(t, filepath.Join(work, "large.txt"), files["large.txt"]+"and its end\n")
	put(t, filepath.Join(work, "later.yaml"), "later: true\n")
	r.git(t, work, "update-index", "--add", "--cacheinfo", "160000,"+strings.Repeat("12", 20)+",module")
	r.commit(t, work, "second")
	r.git(t, work, "clone", "-q", "--bare", work, r.folder)
	return r
}

func put(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (r repository) commit(t *testing.T, work, message string) {
	t.Helper()
	r.git(t, work, "add", "-A", ".")
	r.git(t, work, "commit", "-q", "-m", message)
}

func (repository) git(t *testing.T, folder string, args ...string) string {
	t.Helper()
	out, err := sim.Command(t.Context(), folder, args...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// id is what a name stands for.
func (r repository) id(t *testing.T, name string) string {
	t.Helper()
	return r.git(t, r.folder, "rev-parse", name+"^{commit}")
}

// listed reads the files of a commit with Git itself.
func (r repository) listed(t *testing.T, commit string) map[string]string {
	t.Helper()
	out := map[string]string{}
	for line := range strings.SplitSeq(r.git(t, r.folder, "ls-tree", "-r", commit), "\n") {
		about, name, _ := strings.Cut(line, "\t")
		fields := strings.Fields(about)
		if fields[1] != "blob" {
			continue
		}
		cmd := exec.CommandContext(t.Context(), "git", "cat-file", "blob", fields[2])
		cmd.Dir = r.folder
		text, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		out[name] = string(text)
	}
	return out
}

// backend is Git's own HTTP server.
func (r repository) backend(t *testing.T) http.Handler {
	t.Helper()
	server, err := sim.New(t.Context(), r.root, t.Output())
	if err != nil {
		t.Fatal(err)
	}
	return server
}

// serve gives the address of the repository behind a handler.
func serve(t *testing.T, handler http.Handler) string {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL + "/" + repositoryName
}

// client is what the loop gives: strict, and without retries here.
func client() *http.Client {
	options := transport.Options{ReadOnlyRequests: []transport.ReadOnlyRequest{git.UploadPack()}, Retry: transport.RetryOptions{MaxAttempts: 1, MaxAnswer: git.MaxAnswer}}
	return transport.New(http.DefaultTransport, options).Client
}

func isInput(err error) bool {
	_, ok := errors.AsType[*git.InputError](err)
	return ok
}
