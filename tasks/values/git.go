package values

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/url"
	"path"
	"slices"
	"strings"
	"unicode"

	"otomi.io/tasks/tasks/values/layout"
	"otomi.io/tasks/tasks/values/tree"
)

// gitPrefix begins a source that is the address of a Git repository.
const gitPrefix = "git+"

// The variables with the login for repositories, whichever they are.
const (
	gitUsernameVariable = "OTOMI_TASKS_GIT_USERNAME"
	gitPasswordVariable = "OTOMI_TASKS_GIT_PASSWORD"
)

// anyGitUser goes with a password that is a token: servers that take one look
// at no name, but want one.
const anyGitUser = "git"

// Repository is a source in Git and what is needed to read it.
type Repository struct {
	// Address names the repository in messages: with the ref, and without
	// anything secret.
	Address string
	// URL is where it is, http or https.
	URL string
	// Ref is a branch, tag or commit; "" is the default branch.
	Ref string
	// Path is the folder or file to read; "" is everything.
	Path string
	// Username and Password log in; both are absent for no login.
	Username string
	Password Secret
	// ExtraCAFile is as in Values.
	ExtraCAFile string
}

// RemoteFile is a file of a Repository.
type RemoteFile struct {
	// Name is its path in the repository.
	Name string
	Data []byte
	// Link says that it is a symbolic link.
	Link bool
}

// Remote reads repositories.
type Remote interface {
	// Fetch returns the files at the path. What the address has wrong comes
	// back as Problems; Load fills in where.
	Fetch(context.Context, Repository) ([]RemoteFile, error)
}

// Repositories are the sources of a request, with the login for them, where all of them are
// in Git and sound; else none.
func Repositories(ctx context.Context, r Request) []Repository {
	l := loader{request: r}
	var all []Repository
	for _, source := range r.Sources {
		repository, fault := parseRepository(source)
		if !strings.HasPrefix(source, gitPrefix) || fault != "" || !l.logIn(ctx, &repository) {
			return nil
		}
		all = append(all, repository)
	}
	return all
}

// repository reads a source in Git as directory and file read one on disk.
func (l *loader) repository(ctx context.Context, address string) error {
	r, fault := parseRepository(address)
	if fault != "" {
		l.fail(r.Address, "%s", fault)
		return nil
	}
	if l.request.Remote == nil {
		l.fail(r.Address, "values from a Git repository are not supported here")
		return nil
	}
	if !l.logIn(ctx, &r) {
		return nil
	}
	files, err := l.request.Remote.Fetch(ctx, r)
	if wrong, ok := errors.AsType[Problems](err); ok {
		for _, p := range wrong {
			l.fail(r.Address, "%s", p.Message)
		}
		return nil
	}
	if err != nil {
		return fmt.Errorf("fetching %s: %w", r.Address, err)
	}
	return l.remoteFiles(ctx, r, files)
}

// logIn adds what the environment says, and tells whether that is sound.
func (l *loader) logIn(ctx context.Context, r *Repository) bool {
	e := environment{ctx: ctx, env: l.request.Env}
	r.Username = e.value(gitUsernameVariable, credentialShape).ScalarText()
	r.Password = NewSecret(e.value(gitPasswordVariable, credentialShape).ScalarText())
	r.ExtraCAFile = l.request.Env[extraCAVariable]
	switch {
	case r.Username == "" && !r.Password.IsZero():
		r.Username = anyGitUser
	case r.Username != "" && r.Password.IsZero() && len(e.problems) == 0:
		e.fail(tree.InVariable(gitUsernameVariable), "is set, and %s is not", gitPasswordVariable)
	}
	l.problems = append(l.problems, e.problems...)
	return len(e.problems) == 0
}

func (l *loader) remoteFiles(ctx context.Context, r Repository, files []RemoteFile) error {
	if len(files) == 1 && files[0].Name == r.Path {
		return l.remoteFile(ctx, r, files[0])
	}
	byName := map[string]RemoteFile{}
	env, prefix := path.Join(r.Path, "env")+"/", ""
	within := slices.ContainsFunc(files, func(f RemoteFile) bool { return strings.HasPrefix(f.Name, env) })
	if prefix = r.Path; within {
		prefix = env
	}
	for _, f := range files {
		name, in := strings.CutPrefix(f.Name, env)
		if !within {
			name, in = strings.TrimPrefix(strings.TrimPrefix(f.Name, r.Path), "/"), true
		}
		if in {
			byName[name] = f
		}
	}
	out := folder{name: r.Address,
		label: func(file string) string { return r.label(path.Join(prefix, file)) },
		read:  func(_ context.Context, file string) ([]byte, error) { return byName[file].Data, nil },
	}
	for name, f := range byName {
		out.files = append(out.files, layout.File{Name: name, Link: f.Link})
	}
	return l.folder(ctx, out)
}

func (l *loader) remoteFile(ctx context.Context, r Repository, f RemoteFile) error {
	if f.Link {
		l.fail(r.label(f.Name), "is a symbolic link, which is not followed")
	} else {
		l.single(ctx, r.label(f.Name), f.Data)
	}
	return context.Cause(ctx)
}

// label names a file in messages.
func (r Repository) label(file string) string { return r.Address + ": " + strings.Map(printable, file) }

// printable keeps foreign names from breaking lines.
func printable(r rune) rune {
	if unicode.IsPrint(r) {
		return r
	}
	return unicode.ReplacementChar
}

// parseRepository reads an address, and says what is wrong with it. What it
// returns holds no user and no parameter that is not ours, whatever is wrong:
// people paste passwords into addresses.
func parseRepository(source string) (r Repository, fault string) {
	const example = "want git+https://host/repository.git?ref=branch&path=folder"
	u, err := url.Parse(strings.TrimPrefix(source, gitPrefix))
	if err != nil || u.Hostname() == "" {
		return Repository{Address: gitPrefix + "***"}, "is not a valid address: " + example
	}
	query, err := url.ParseQuery(u.RawQuery)
	r = Repository{
		URL: (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path, RawPath: u.RawPath}).String(),
		Ref: query.Get("ref"), Path: strings.Trim(query.Get("path"), "/"),
	}
	r.Address = gitPrefix + r.URL
	if r.Ref != "" {
		r.Address += "?ref=" + strings.ReplaceAll(url.QueryEscape(r.Ref), "%2F", "/")
	}
	switch {
	case u.Scheme != "https" && u.Scheme != "http":
		fault = "only git+https and git+http are supported: " + example
	case u.User != nil:
		fault = fmt.Sprintf("must not hold a user or password: set %s and %s", gitUsernameVariable, gitPasswordVariable)
	case strings.Trim(u.Path, "/") == "":
		fault = "names no repository: " + example
	case err != nil, u.Fragment != "":
		fault = "has more than ref and path behind the repository: " + example
	case r.Path != "" && (r.Path == "." || !fs.ValidPath(r.Path)):
		fault = "path must be a folder or file of the repository, without . and .."
	default:
		fault = parametersFault(query)
	}
	return r, fault
}

// parametersFault refuses what was mistyped or left empty by a script: it would
// silently mean the default branch, or everything.
func parametersFault(query url.Values) string {
	for _, name := range slices.Sorted(maps.Keys(query)) {
		switch {
		case name != "ref" && name != "path":
			return fmt.Sprintf("has the parameter %s: only ref and path are known", tree.Quote(name))
		case len(query[name]) > 1:
			return "duplicate " + name
		case strings.Trim(query[name][0], "/ ") == "":
			return name + " is empty"
		}
	}
	return ""
}
