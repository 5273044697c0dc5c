package values

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

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
	l.add(ctx, "-", data)
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
	l.add(ctx, name, data)
	return context.Cause(ctx)
}

func (l *loader) add(ctx context.Context, name string, data []byte) {
	root, problems := tree.Parse(name, data)
	if root != nil {
		root, problems = sops.Decrypt(ctx, root, &l.keys)
	}
	l.problems = append(l.problems, problems...)
	if root != nil {
		l.root = tree.Merge(l.root, root)
	}
}

const noValues = "holds no values: want *.yaml files, or a directory env with them"

// directory reads the Otomi layout: what is named secrets.* after all else,
// each of the two in the order of the paths.
func (l *loader) directory(ctx context.Context, name string) error {
	if info, err := os.Stat(filepath.Join(name, "env")); err == nil && info.IsDir() {
		name = filepath.Join(name, "env")
	}
	files, err := valuesFiles(os.DirFS(name))
	if err != nil {
		l.fail(name, "reading: %s", tree.Reason(err))
		return nil
	}
	if len(files) == 0 {
		l.fail(name, noValues)
	}
	for _, file := range files {
		if err := l.file(ctx, filepath.Join(name, filepath.FromSlash(file))); err != nil {
			return err
		}
	}
	return nil
}

// valuesFiles lists the values files below a directory in the order in which
// they are laid over each other.
func valuesFiles(dir fs.FS) ([]string, error) {
	var names []string
	err := fs.WalkDir(dir, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && skippedDirectory(name):
			return fs.SkipDir
		case !entry.IsDir():
			names = append(names, name)
		}
		return nil
	})
	return layered(names), err
}

// layered picks the values files out of the files of a directory, and puts
// secrets.* after all else, each of the two in the order of the paths.
func layered(names []string) []string {
	var plain, secret []string
	for _, name := range names {
		switch base := path.Base(name); {
		case !isValuesFile(base) || slices.ContainsFunc(strings.Split(path.Dir(name), "/"), skippedDirectory):
		case strings.HasPrefix(base, "secrets."):
			secret = append(secret, name)
		default:
			plain = append(plain, name)
		}
	}
	slices.Sort(plain)
	slices.Sort(secret)
	return append(plain, secret...)
}

// skippedDirectory says which directories hold no platform values. Hidden
// ones: Git's, and those in which Kubernetes keeps what a mounted volume
// links to. workloads: the charts' values that teams write themselves, which
// must never become the platform's.
func skippedDirectory(name string) bool {
	base := path.Base(name)
	switch base {
	case "charts", "templates", "workloads":
		return true
	}
	return name != "." && strings.HasPrefix(base, ".")
}

func isValuesFile(base string) bool {
	extension := path.Ext(base)
	return !strings.HasPrefix(base, ".") && (extension == ".yaml" || extension == ".yml")
}
