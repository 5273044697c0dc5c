package values

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strings"

	"otomi.io/tasks/tasks/platform"
	"otomi.io/tasks/tasks/values/sops"
	"otomi.io/tasks/tasks/values/tree"
)

// loader reads sources and lays one over the other.
type loader struct {
	request  Request
	keys     sops.Keys
	root     *tree.Node
	problems tree.Problems
	stdin    bool // already read
	layout   platform.Layout
	unread   []Unread
	// teamFiles are the parts of teams that layout A has a file for.
	teamFiles []string
}

func (l *loader) fail(file, format string, args ...any) {
	l.problems = append(l.problems, tree.Problem{File: file, Message: fmt.Sprintf(format, args...)})
}

// load reads every source. Its error is that of the context or of the remote.
func (l *loader) load(ctx context.Context) error {
	for _, source := range l.request.Sources {
		if err := l.source(ctx, source); err != nil {
			return err
		}
	}
	return nil
}

func (l *loader) source(ctx context.Context, source string) error {
	switch {
	case source == "-":
		return l.standardInput(ctx)
	case strings.HasPrefix(source, gitPrefix):
		return l.repository(ctx, source)
	}
	info, err := os.Stat(source)
	switch {
	case err != nil:
		l.fail(source, "reading: %s", tree.Reason(err))
	case info.IsDir():
		return l.directory(ctx, source)
	default:
		return l.file(ctx, source)
	}
	return nil
}

func (l *loader) standardInput(ctx context.Context) error {
	if l.stdin || l.request.Stdin == nil {
		l.fail("-", "there is no standard input, or it is named twice")
		return nil
	}
	l.stdin = true
	data, err := tree.ReadAll(ctx, l.request.Stdin)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err != nil {
		l.fail("-", "reading: %s", tree.Reason(err))
		return nil
	}
	l.single(ctx, "-", data)
	return context.Cause(ctx)
}

func (l *loader) file(ctx context.Context, name string) error {
	data, err := tree.ReadFile(ctx, name)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err != nil {
		l.fail(name, "reading: %s", tree.Reason(err))
		return nil
	}
	l.single(ctx, name, data)
	return context.Cause(ctx)
}

// single reads a file that is a source of its own.
func (l *loader) single(ctx context.Context, name string, data []byte) {
	l.add(l.parse(ctx, name, data), name)
}

// add lays a file with full paths over what there is.
func (l *loader) add(root *tree.Node, name string) {
	if kind := root.Get("kind").ScalarText(); kind != "" && root.Get("spec") != nil {
		l.fail(name, "is a document of kind %s, not a file of values: %s", tree.Quote(kind), wantsFolder)
		return
	}
	l.merge(root)
}

const wantsFolder = "values of APL 4.5 and later are read from the folder that holds env/settings/versions.yaml"

func (l *loader) merge(root *tree.Node) {
	if root != nil {
		l.root = tree.Merge(l.root, root)
	}
}

// lfsPointer begins what Git has in the place of a large file.
const lfsPointer = "version https://git-lfs.github.com/spec/"

// parse returns the decrypted content of a file, nil for none.
func (l *loader) parse(ctx context.Context, name string, data []byte) *tree.Node {
	if bytes.HasPrefix(data, []byte(lfsPointer)) {
		l.fail(name, "is a Git LFS pointer, not the file itself: fetch it with git lfs pull")
		return nil
	}
	root, problems := tree.Parse(name, data)
	if root != nil {
		root, problems = sops.Decrypt(ctx, root, &l.keys)
	}
	l.problems = append(l.problems, problems...)
	return root
}
