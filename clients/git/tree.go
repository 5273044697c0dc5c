package git

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/go-git/go-git/v5/plumbing"
)

// errBroken is a repository that does not hold what it says.
var errBroken = errors.New("the repository is damaged")

// commit follows a tag to its commit, and returns that and its tree.
func (s store) commit(id plumbing.Hash) (commit, tree plumbing.Hash, err error) {
	const maxTags = 5
	for range maxTags {
		switch o := s[id]; o.kind {
		case plumbing.CommitObject:
			tree, err = o.first("tree ")
			return id, tree, err
		case plumbing.TagObject:
			if id, err = o.first("object "); err != nil {
				return id, tree, err
			}
		case plumbing.InvalidObject:
			return id, tree, fmt.Errorf("%w: %s is missing", errBroken, id)
		default:
			return id, tree, wrong("the ref names no commit")
		}
	}
	return id, tree, wrong("the tag names a tag that names a tag, and so on")
}

// first reads the id in the first line of a commit or tag.
func (o object) first(key string) (plumbing.Hash, error) {
	line, _, _ := bytes.Cut(o.data, []byte("\n"))
	id, found := bytes.CutPrefix(line, []byte(key))
	if !found || !plumbing.IsHash(string(id)) {
		return plumbing.ZeroHash, fmt.Errorf("%w: a %s does not begin with %q", errBroken, o.kind, key)
	}
	return plumbing.NewHash(string(id)), nil
}

// entry is one name in a tree.
type entry struct {
	mode, name string
	id         plumbing.Hash
}

// The modes of entries that are not plain files.
const (
	folderMode    = "40000"
	linkMode      = "120000"
	submoduleMode = "160000"
)

// entries reads a tree: "mode name", a zero byte and the id, twenty bytes, for each entry.
func (s store) entries(id plumbing.Hash) ([]entry, error) {
	o := s[id]
	if o.kind != plumbing.TreeObject {
		return nil, fmt.Errorf("%w: folder %s is missing", errBroken, id)
	}
	var out []entry
	for data := o.data; len(data) > 0; {
		line, rest, _ := bytes.Cut(data, []byte{0})
		mode, name, _ := strings.Cut(string(line), " ")
		e := entry{mode: mode, name: name}
		if copy(e.id[:], rest) < len(e.id) || name == "." || !fs.ValidPath(name) || strings.Contains(name, "/") {
			return nil, fmt.Errorf("%w: folder %s has an invalid name", errBroken, id)
		}
		out = append(out, e)
		data = rest[len(e.id):]
	}
	return out, nil
}

// files lists what is at a path, "" for everything.
func (s store) files(tree plumbing.Hash, at string) ([]File, error) {
	w := walker{store: s}
	here := entry{mode: folderMode, id: tree}
	for name := range strings.SplitSeq(at, "/") {
		if at == "" {
			break
		}
		next, err := s.find(here, name)
		if err != nil {
			return nil, err
		}
		if next == nil {
			return nil, wrong("there is no path %q", cut(at))
		}
		here = *next
	}
	err := w.walk(here, at)
	return w.files, err
}

// find looks a name up in a folder; nil where it is not there.
func (s store) find(folder entry, name string) (*entry, error) {
	if folder.mode != folderMode {
		return nil, nil
	}
	entries, err := s.entries(folder.id)
	for i, e := range entries {
		if e.name == name {
			return &entries[i], err
		}
	}
	return nil, err
}

// walker collects files.
type walker struct {
	store store
	files []File
	// seen counts: a few trees that hold each other many times would be more entries than there is memory for.
	seen int
}

func (w *walker) walk(e entry, name string) error {
	if w.seen++; w.seen > maxEntries {
		return wrong("it holds more than %d files and folders: say ?path=…, or keep the values in a repository of their own", maxEntries)
	}
	if len(name) > maxPath {
		return wrong("it holds a path of more than %d bytes", maxPath)
	}
	switch e.mode {
	case submoduleMode:
		return nil
	case folderMode:
		return w.folder(e.id, name)
	}
	o := w.store[e.id]
	if o.kind != plumbing.BlobObject {
		return fmt.Errorf("%w: file %q is missing", errBroken, cut(name))
	}
	w.files = append(w.files, File{Name: name, Data: o.data, Link: e.mode == linkMode})
	return nil
}

func (w *walker) folder(id plumbing.Hash, name string) error {
	entries, err := w.store.entries(id)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if err := w.walk(e, path.Join(name, e.name)); err != nil {
			return err
		}
	}
	return nil
}
