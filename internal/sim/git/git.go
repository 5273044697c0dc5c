// Package git serves Git repositories over HTTP. It is not a simulator: Git's own
// backend answers, so that its clients are tested against the real
// thing.
package git

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cgi" //nolint:gosec // the leak of its name was fixed in Go 1.6
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
)

// Server serves the bare repositories of one folder. It may be used from many
// goroutines.
type Server struct {
	root    string
	backend http.Handler

	mu                 sync.Mutex
	username, password string
	down               int
	requests           int
}

// New serves the repositories of a folder, and writes what Git has to say
// besides to a log.
func New(ctx context.Context, root string, log io.Writer) (*Server, error) {
	folder, err := Command(ctx, root, "--exec-path")
	if err != nil {
		return nil, err
	}
	return &Server{root: root, backend: &cgi.Handler{
		Path: filepath.Join(folder, "git-http-backend"), Env: []string{"GIT_PROJECT_ROOT=" + root, "GIT_HTTP_EXPORT_ALL=1"}, Stderr: log,
	}}, nil
}

// Guard lets only this user in from now on; without a password, all users.
func (s *Server) Guard(username, password string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.username, s.password = username, password
}

// Down answers the next requests as a gateway does whose server is starting.
func (s *Server) Down(requests int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.down = requests
}

// Requests counts those that came so far.
func (s *Server) Requests() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.requests
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if status := s.refusal(r); status != 0 {
		http.Error(w, http.StatusText(status), status)
		return
	}
	s.backend.ServeHTTP(w, r)
}

// refusal is the status that a request is refused with; 0 means none.
func (s *Server) refusal(r *http.Request) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests++
	username, password, _ := r.BasicAuth()
	switch {
	case s.down > 0:
		s.down--
		return http.StatusServiceUnavailable
	case s.password != "" && (username != s.username || password != s.password):
		return http.StatusUnauthorized
	}
	return 0
}

// Commit makes a repository of these files by their paths, or replaces what its
// branch main holds, and returns the id of the commit.
func (s *Server) Commit(ctx context.Context, repository string, files map[string]string) (string, error) {
	bare := filepath.Join(s.root, repository)
	work, err := os.MkdirTemp("", "otomi-git-")
	if err != nil {
		return "", fmt.Errorf("making a folder for %s: %w", repository, err)
	}
	defer os.RemoveAll(work)
	for name, text := range files {
		name = filepath.Join(work, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o700), os.WriteFile(name, []byte(text), 0o600)); err != nil {
			return "", fmt.Errorf("writing a file of %s: %w", repository, err)
		}
	}
	for _, args := range [][]string{
		{"init", "--quiet", "--bare", "--initial-branch=main", bare}, {"init", "--quiet", "--initial-branch=main"}, {"add", "--all", "--force", "."},
		{"commit", "--quiet", "--allow-empty", "--message=values"}, {"push", "--quiet", "--force", bare, "main"},
	} {
		if _, err := Command(ctx, work, args...); err != nil {
			return "", err
		}
	}
	return Command(ctx, work, "rev-parse", "HEAD")
}

// Command runs Git in a folder, without a user's configuration, and returns
// what it prints.
func Command(ctx context.Context, folder string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "git", args...) //nolint:gosec // tests give the arguments
	cmd.Dir = folder
	who, when := "otomi", "2024-01-02T03:04:05Z"
	cmd.Env = append(os.Environ(), "HOME="+folder, "GIT_CONFIG_NOSYSTEM=1", "GIT_AUTHOR_NAME="+who, "GIT_AUTHOR_EMAIL="+who+"@example.com",
		"GIT_COMMITTER_NAME="+who, "GIT_COMMITTER_EMAIL="+who+"@example.com", "GIT_AUTHOR_DATE="+when, "GIT_COMMITTER_DATE="+when)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("running git %s: %w: %s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSuffix(string(out), "\n"), nil
}
