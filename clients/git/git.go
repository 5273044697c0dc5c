// Package git reads the files of one commit of a Git repository into memory, over Git's smart HTTP protocol and without the commit's
// history.
//
// Of go-git only the formats are used: pkt-lines, packs and deltas. Its client would link SSH and OpenPGP and read configuration files
// of the person who runs it; here requests go through the http.Client that the caller gives, with its retries, limits and certificates.
package git

import (
	"context"
	"fmt"
	"net/http"
	"strings"
)

// The bounds of one repository: generous for a commit of values, small for an attack.
const (
	// MaxAnswer is how many bytes the server may send in one answer.
	MaxAnswer = 32 << 20
	// maxContent is how many bytes they may unpack to, with some for each object besides its content.
	maxContent = 64 << 20
	perObject  = 512
	// maxEntries is how many files and folders a commit may hold, maxPath how many bytes their paths may have.
	maxEntries = 100_000
	maxPath    = 4096
)

// Request says which files to read.
type Request struct {
	// URL is the address of the repository, http or https, without a user.
	URL string
	// Ref is a branch, else a tag, a full name (refs/…) or the whole id of a commit, tried in this order; "" is the default branch.
	Ref string
	// Path is a folder or a file in the repository; "" is all of it.
	Path string
	// Username and Password log in (Basic); both empty means no login.
	Username, Password string
}

// Snapshot is what one commit holds.
type Snapshot struct {
	// Commit is its id, in hexadecimal.
	Commit string
	// Files are in the order of Git's trees. Submodules are left out.
	Files []File
}

// File is a file of the commit.
type File struct {
	// Name is its path in the repository.
	Name string
	// Data is its content. Files of the same content share it.
	Data []byte
	// Link says that it is a symbolic link, to the path that is its content.
	Link bool
}

// InputError is a request that stays wrong until it or the repository is corrected: there is no such repository, branch or path, it
// is too large, or its server leads elsewhere.
type InputError struct{ Reason string }

func (e *InputError) Error() string { return e.Reason }

func wrong(format string, args ...any) error { return &InputError{fmt.Sprintf(format, args...)} }

// Commit asks with one request which commit, or tag, a ref names. Its errors are those of Fetch.
func Commit(ctx context.Context, client *http.Client, r Request) (string, error) {
	s := session{client: onOneHost(client), request: r, base: strings.TrimRight(r.URL, "/")}
	refs, err := s.refs(ctx)
	if err != nil {
		return "", fmt.Errorf("listing branches and tags: %w", err)
	}
	want, err := refs.resolve(r.Ref)
	return want.id.String(), err
}

// Fetch reads a commit with two requests. What the request has wrong is an *[InputError]. Every other error is the client's, whose
// transport turns answers other than 2xx into errors, or comes of an answer that is damaged.
//
// Redirects are followed on the same host and nowhere else, so that the password never reaches another one.
func Fetch(ctx context.Context, client *http.Client, r Request) (Snapshot, error) {
	s := session{client: onOneHost(client), request: r, base: strings.TrimRight(r.URL, "/")}
	refs, err := s.refs(ctx)
	if err != nil {
		return Snapshot{}, fmt.Errorf("listing branches and tags: %w", err)
	}
	want, err := refs.resolve(r.Ref)
	if err != nil {
		return Snapshot{}, err
	}
	objects, err := s.objects(ctx, want)
	if err != nil {
		return Snapshot{}, fmt.Errorf("fetching %s: %w", want.id, err)
	}
	commit, tree, err := objects.commit(want.id)
	if err != nil {
		return Snapshot{}, err
	}
	files, err := objects.files(tree, r.Path)
	if err != nil {
		return Snapshot{}, err
	}
	return Snapshot{Commit: commit.String(), Files: files}, nil
}
