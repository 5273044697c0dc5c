package run

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"otomi.io/tasks/clients/git"
	"otomi.io/tasks/clients/transport"
	"otomi.io/tasks/tasks/values"
)

// remote reads values that are in Git. It has a chain of its own: what it sends
// does not count as a request to the application.
type remote struct {
	options transport.Options
	log     *slog.Logger
	bar     *progress
	stop    <-chan struct{}
	fetched *fetched
}

// fetched are the repositories that values came from, each with its commit.
type fetched struct{ sources []string }

// remote waits for the server of a repository as long as for the application's:
// both may start together with the platform.
func (s *session) remote() remote {
	o := s.transportOptions()
	o.ReadOnlyRequests = []transport.ReadOnlyRequest{git.UploadPack()}
	o.Retry.MaxElapsed, o.Retry.MaxAttempts = s.options.waitFor, math.MaxInt
	o.Retry.MaxInterval = 2 * time.Second
	o.Retry.MaxAnswer = git.MaxAnswer
	n := s.notice(wait{what: "the Git server", until: time.Now().Add(s.options.waitFor)})
	o.Retry.OnRetry = func(ctx context.Context, e transport.RetryEvent) {
		n.tell(ctx, cmp.Or(e.Err, error(&transport.StatusError{Method: http.MethodGet, URL: e.URL, Status: e.Status})))
	}
	return remote{options: o, log: s.log, bar: s.bar, stop: s.process.Stop, fetched: s.fetched}
}

// commits are those that the values are at, "" where not all of them are in Git.
func (s *session) commits(ctx context.Context) (string, error) {
	var all []string
	for _, r := range values.Repositories(ctx, values.Request{Sources: s.options.values, Env: s.process.Env}) {
		commit, err := s.remote().Commit(ctx, r)
		if err != nil {
			return "", fmt.Errorf("asking %s for its commit: %w", r.Address, err)
		}
		all = append(all, r.Address+" "+commit)
	}
	return strings.Join(all, " "), nil
}

// Commit asks one repository for its commit.
func (g remote) Commit(ctx context.Context, r values.Repository) (string, error) {
	client, err := g.client(r)
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer stopNow(g.stop, cancel)()
	commit, err := git.Commit(ctx, client, requestFor(r))
	if err != nil {
		return "", fetchError(err, r)
	}
	return commit, nil
}

// client is the way to a repository's server.
func (g remote) client(r values.Repository) (*http.Client, error) {
	base, err := transport.Base(transport.BaseOptions{CAFile: r.ExtraCAFile})
	if err != nil {
		return nil, usageError{caError{err}}
	}
	return transport.New(base, g.options).Client, nil
}

func requestFor(r values.Repository) git.Request {
	return git.Request{URL: r.URL, Ref: r.Ref, Path: r.Path, Username: r.Username, Password: r.Password.Reveal()}
}

// Fetch reads one repository, logged in as it says.
func (g remote) Fetch(ctx context.Context, r values.Repository) ([]values.RemoteFile, error) {
	client, err := g.client(r)
	if err != nil {
		return nil, err
	}
	if strings.HasPrefix(r.URL, "http://") {
		g.log.Warn("values come over plain HTTP: anyone on the path can read and change them", "repository", r.Address)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer stopNow(g.stop, cancel)()
	g.bar.Start("fetching the values", 0)
	defer g.bar.End()
	snapshot, err := git.Fetch(ctx, client, requestFor(r))
	if err != nil {
		return nil, fetchError(err, r)
	}
	g.log.Info("values fetched", "repository", r.Address, "commit", snapshot.Commit)
	g.fetched.sources = append(g.fetched.sources, r.Address+" at "+snapshot.Commit)
	files := make([]values.RemoteFile, len(snapshot.Files))
	for i, f := range snapshot.Files {
		files[i] = values.RemoteFile(f)
	}
	return files, nil
}

// fetchError tells what is wrong with the values from what a server does not
// give.
func fetchError(err error, r values.Repository) error {
	if wrong, ok := errors.AsType[*git.InputError](err); ok {
		return values.Problems{{Message: wrong.Reason}}
	}
	if transport.IsUnauthorized(err) && r.Password.IsZero() {
		return fmt.Errorf("no login was given (OTOMI_TASKS_GIT_PASSWORD): %w", err)
	}
	return err
}

// workingCopy names a local source with the commit that is checked out where it lies in
// a repository. It only reads files, so it cannot tell what was changed since.
func workingCopy(source string) string {
	at, err := filepath.Abs(source)
	if err != nil || source == "-" {
		return source
	}
	for dir := at; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		repo := filepath.Join(dir, ".git")
		if info, err := os.Stat(repo); err != nil {
			continue
		} else if !info.IsDir() { // a worktree has its repository elsewhere
			repo = strings.TrimPrefix(line(repo), "gitdir: ")
		}
		if commit := headOf(repo); commit != "" {
			return fmt.Sprintf("%s (working copy of %.12s)", source, commit)
		}
		break
	}
	return source
}

// headOf is the commit that is checked out of a repository; "" where that is not known.
func headOf(repo string) string {
	ref, isRef := strings.CutPrefix(line(filepath.Join(repo, "HEAD")), "ref: ")
	if !isRef {
		return ref
	}
	if common := line(filepath.Join(repo, "commondir")); common != "" {
		repo = filepath.Join(repo, common)
	}
	if commit := line(filepath.Join(repo, ref)); commit != "" {
		return commit
	}
	packed, err := os.ReadFile(filepath.Join(repo, "packed-refs"))
	if err != nil {
		return ""
	}
	for entry := range strings.Lines(string(packed)) {
		if commit, name, _ := strings.Cut(strings.TrimSpace(entry), " "); name == ref {
			return commit
		}
	}
	return ""
}

// line is the text of a small file; "" where there is none.
func line(name string) string {
	content, err := os.ReadFile(name)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(content))
}
