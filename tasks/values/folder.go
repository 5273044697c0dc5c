package values

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"otomi.io/tasks/tasks/platform"
	"otomi.io/tasks/tasks/values/layout"
	"otomi.io/tasks/tasks/values/tree"
)

// folder is a directory env, on disk or in a repository.
type folder struct {
	name  string // in messages
	files []layout.File
	// label is the name of a file in messages.
	label func(file string) string
	read  func(ctx context.Context, file string) ([]byte, error)
}

const noValues = "holds no values: want *.yaml files, or a directory env with them"

// directory reads a folder on disk.
func (l *loader) directory(ctx context.Context, name string) error {
	if info, err := os.Stat(filepath.Join(name, "env")); err == nil && info.IsDir() {
		name = filepath.Join(name, "env")
	}
	files, err := walk(name)
	if err != nil {
		l.fail(name, "reading: %s", tree.Reason(err))
		return nil
	}
	path := func(file string) string { return filepath.Join(name, filepath.FromSlash(file)) }
	return l.folder(ctx, folder{name: name, files: files, label: path, read: func(ctx context.Context, file string) ([]byte, error) {
		return tree.ReadFile(ctx, path(file))
	}})
}

// walk lists the files below a directory, links to files among them. Links to
// directories are not followed. A directory without files counts as one that is
// empty.
func walk(dir string) ([]layout.File, error) {
	var files []layout.File
	root := os.DirFS(dir)
	err := fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case name != "." && strings.HasPrefix(entry.Name(), "."):
			if entry.IsDir() {
				return fs.SkipDir
			}
		case entry.IsDir():
			if name != "." {
				files = append(files, layout.File{Name: name, Folder: true})
			}
		default:
			link := entry.Type()&fs.ModeSymlink != 0 && leadsToDirectory(root, name)
			files = append(files, layout.File{Name: name, Link: link, Folder: link})
		}
		return nil
	})
	return files, err
}

func leadsToDirectory(root fs.FS, name string) bool {
	info, err := fs.Stat(root, name)
	return err == nil && info.IsDir()
}

// folder reads what the layout says, and takes note of the rest.
func (l *loader) folder(ctx context.Context, f folder) error {
	shape, err := l.shape(ctx, f)
	if err != nil {
		return err
	}
	places, left := layout.Sort(shape, f.files)
	if err := l.leave(ctx, f, left); err != nil {
		return err
	}
	if len(places) == 0 {
		l.fail(f.name, noValues)
	}
	if shape != platform.LayoutPlain {
		l.layout = shape
	}
	for _, place := range places {
		if err := l.place(ctx, f, place); err != nil {
			return err
		}
	}
	if shape == platform.LayoutB {
		l.teams(layout.Teams(f.files))
	}
	return nil
}

// shape tells layout A from plain files by the version.
func (l *loader) shape(ctx context.Context, f folder) (platform.Layout, error) {
	shape := layout.Detect(f.files)
	if shape != platform.LayoutA {
		return shape, nil
	}
	data, err := f.read(ctx, layout.Settings)
	if ctx.Err() != nil {
		return shape, context.Cause(ctx)
	}
	// What is wrong is reported when the file is read.
	root, _ := tree.Parse(f.label(layout.Settings), data)
	if err != nil || root.Get("version").IsNull() {
		return platform.LayoutPlain, nil //nolint:nilerr // reported when the file is read
	}
	l.teamFiles = layout.TeamFiles(f.files)
	return shape, nil
}

func (l *loader) place(ctx context.Context, f folder, place layout.Place) error {
	name := f.label(place.File)
	data, err := f.read(ctx, place.File)
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case err != nil:
		l.fail(name, "reading: %s", tree.Reason(err))
		return nil
	}
	root := l.parse(ctx, name, data)
	switch {
	case root == nil:
	case place.Kind != "":
		l.document(root, place)
	case root.Get("apiVersion") != nil && root.Get("kind") != nil:
		l.count(f, layout.Left{File: place.File, Reason: "a manifest of Kubernetes"})
	case place.Within != nil:
		l.within(f, place, root)
	default:
		l.add(root, name)
	}
	return context.Cause(ctx)
}

// document takes the spec of a document and nothing else of it.
func (l *loader) document(root *tree.Node, place layout.Place) {
	kind, spec := root.Get("kind"), root.Get("spec")
	switch {
	case root.Get("apiVersion") != nil:
		l.problems = append(l.problems, root.At.Problem("", "is a manifest of Kubernetes (%s), not a document of kind %s", tree.Quote(kind.ScalarText()), place.Kind))
		return
	case spec == nil:
		l.problems = append(l.problems, root.At.Problem("", "has no spec: want a document of kind %s", place.Kind))
		return
	case spec.IsNull():
		return
	case spec.Kind != tree.Mapping:
		l.problems = append(l.problems, spec.At.Problem("spec", "want a mapping, got %s", spec.Describe()))
		return
	}
	if place.Item == "" {
		l.merge(tree.Nest(spec, place.Path...))
		return
	}
	name := place.Item
	if given := root.Get("metadata").Get("name").ScalarText(); given != "" && place.Path[0] == "teamConfig" {
		name = given
	}
	spec.Set("name", tree.NewScalar(tree.TagText, name, root.At))
	l.item(spec, place.Path)
}

// item adds to a list, or to the item of that name: a plain file and its secrets
// file are one.
func (l *loader) item(spec *tree.Node, path []string) {
	list := l.root
	for _, name := range path {
		list = list.Get(name)
	}
	if list == nil {
		l.merge(tree.Nest(&tree.Node{Kind: tree.Sequence, At: spec.At, Items: []*tree.Node{spec}}, path...))
		return
	}
	i := slices.IndexFunc(list.Items, func(n *tree.Node) bool { return n.Get("name").ScalarText() == spec.Get("name").ScalarText() })
	if i < 0 || path[0] == "teamConfig" {
		list.Items = append(list.Items, spec)
		return
	}
	list.Items[i] = tree.Merge(list.Items[i], spec)
}

// within takes of a team's file what it may fill and refuses the rest.
func (l *loader) within(f folder, place layout.Place, root *tree.Node) {
	path := place.Within
	if len(path) > 1 && l.root.Get(path[0]).Get(path[1]) == nil {
		l.count(f, layout.Left{File: place.File, Reason: "of no team in teams.yaml"})
		return
	}
	n, at := root, ""
	for _, name := range path {
		for _, other := range n.Fields {
			if other.Name != name {
				l.problems = append(l.problems, other.At.Problem(tree.Join(at, other.Name), "a team's file may only hold %s", strings.Join(path, ".")))
			}
		}
		at = tree.Join(at, name)
		if n = n.Get(name); n == nil || n.Kind != tree.Mapping {
			break
		}
	}
	value := root
	for _, name := range path {
		value = value.Get(name)
	}
	if value != nil {
		l.merge(tree.Nest(value, path...))
	}
}

// teams makes each folder a team, also one without settings.
func (l *loader) teams(ids []string) {
	for _, id := range ids {
		if l.root.Get("teamConfig").Get(id) == nil {
			l.merge(tree.Nest(&tree.Node{Kind: tree.Mapping}, "teamConfig", id))
		}
	}
}

// leave takes note of what is not read, and refuses JSON that holds values.
func (l *loader) leave(ctx context.Context, f folder, left []layout.Left) error {
	for _, file := range left {
		switch {
		case file.Fault:
			l.fail(f.label(file.File), "%s", file.Reason)
		case strings.HasSuffix(strings.ToLower(file.File), ".json"):
			data, err := f.read(ctx, file.File)
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			if root, _ := tree.ParseAny("", data); err == nil && holdsValues(root) {
				l.fail(f.label(file.File), "holds values, and only *.yaml is read in a folder: name it as a source of its own")
				continue
			}
			l.count(f, file)
		default:
			l.count(f, file)
		}
	}
	return nil
}

func holdsValues(root *tree.Node) bool {
	return slices.ContainsFunc([]string{"cluster", "otomi", "oidc", "apps", "teamConfig"}, func(name string) bool { return root.Get(name) != nil })
}

// count counts by folder and reason, with all teams in one.
func (l *loader) count(f folder, file layout.Left) {
	group := f.label(layout.Group(file.File))
	i := slices.IndexFunc(l.unread, func(u Unread) bool { return u.File == group && u.Reason == file.Reason })
	if i < 0 {
		l.unread = append(l.unread, Unread{File: group, Reason: file.Reason})
		i = len(l.unread) - 1
	}
	l.unread[i].Files++
}
