package tree

import (
	"fmt"
	"slices"
	"strings"
)

// Reader collects what is wrong while the tree is read.
type Reader struct {
	Problems Problems
}

// Cursor is a place in the tree, perhaps an empty one. Its getters set what
// they are given only where there is a valid value, and report an invalid one.
type Cursor struct {
	Reader *Reader
	Path   string
	Node   *Node // nil where nothing is said
}

// Fail reports what is wrong here.
func (c Cursor) Fail(format string, args ...any) {
	c.Reader.Problems = append(c.Reader.Problems, c.Node.At.Problem(c.Path, format, args...))
}

// Problem is what Fail would report, also where nothing is said.
func (c Cursor) Problem(format string, args ...any) Problem {
	var at Position
	if c.Node != nil {
		at = c.Node.At
	}
	return at.Problem(c.Path, format, args...)
}

// Failed says whether anything was reported since there were that many problems.
func (c Cursor) Failed(before int) bool { return len(c.Reader.Problems) > before }

// Mark is the number of problems so far, for Failed.
func (c Cursor) Mark() int { return len(c.Reader.Problems) }

// TypeMismatch reports a value of another type.
func (c Cursor) TypeMismatch(want string) {
	hint := ""
	if want == "text" && c.Node.Kind == Scalar {
		hint = ": put it in quotes"
	}
	c.Fail("want %s, got %s%s", want, c.Node.Describe(), hint)
}

// Child goes down one name. A place that is not a mapping is reported by Section
// or Entry, not once for every child.
func (c Cursor) Child(name string) Cursor {
	return Cursor{Reader: c.Reader, Path: Join(c.Path, name), Node: c.Node.Get(name)}
}

// At goes down a dotted path; each part but the last must be a mapping.
func (c Cursor) At(path string) Cursor {
	parent, name, nested := cutLast(path)
	if nested {
		c = c.down(parent)
	}
	return c.Child(name)
}

func cutLast(path string) (parent, name string, nested bool) {
	i := strings.LastIndexByte(path, '.')
	if i < 0 {
		return "", path, false
	}
	return path[:i], path[i+1:], true
}

func (c Cursor) down(path string) Cursor {
	for name := range strings.SplitSeq(path, ".") {
		c = c.Child(name)
	}
	return c
}

// Section goes down one name to what must be a mapping.
func (c Cursor) Section(name string) Cursor {
	out := c.Child(name)
	if out.Node.IsNull() {
		return out
	}
	if out.Node.Kind != Mapping {
		out.TypeMismatch("a mapping")
	}
	return out
}

// Only reports the keys that nothing reads, for a section that is all ours: a
// typo would change nothing, silently.
func (c Cursor) Only(names ...string) {
	if c.Node == nil {
		return
	}
	for _, f := range c.Node.Fields {
		if !slices.Contains(names, f.Name) {
			unknown := Cursor{Reader: c.Reader, Path: Join(c.Path, f.Name), Node: &Node{At: f.At}}
			unknown.Fail("is not known: want one of %s", strings.Join(names, ", "))
		}
	}
}

// Entry demands a mapping that holds nothing but these names.
func (c Cursor) Entry(names ...string) {
	if c.Node.IsNull() || c.Node.Kind != Mapping {
		c.TypeMismatch("a mapping")
		return
	}
	c.Only(names...)
}

// Needs reports a setting that is absent. One that is there and invalid has been
// reported already.
func (c Cursor) Needs(name, value string) {
	there := c.Child(name).Node
	if value == "" && (there.IsNull() || there.Kind == Scalar && there.Text == "") && c.Node.Kind == Mapping {
		c.Fail("has no %s", name)
	}
}

// Items lists what must be a list, nil where nothing is said.
func (c Cursor) Items() []Cursor {
	if c.Node.IsNull() {
		return nil
	}
	if c.Node.Kind != Sequence {
		c.TypeMismatch("a list")
		return nil
	}
	out := make([]Cursor, len(c.Node.Items))
	for i, item := range c.Node.Items {
		out[i] = Cursor{Reader: c.Reader, Path: fmt.Sprintf("%s[%d]", c.Path, i), Node: item}
	}
	return out
}

// Unique refuses a list in which a name is duplicate, in each item or in its
// field.
func (c Cursor) Unique(fold func(string) string, name ...string) {
	if c.Node.IsNull() || c.Node.Kind != Sequence {
		return
	}
	seen := map[string]bool{}
	for _, item := range c.Items() {
		for _, n := range name {
			item = item.Child(n)
		}
		if item.Node.IsNull() || item.Node.Kind != Scalar || item.Node.Text == "" {
			continue
		}
		key := fold(item.Node.Text)
		if seen[key] {
			item.Fail("duplicate %s in %s", Quote(item.Node.Text), c.Path)
		}
		seen[key] = true
	}
}

// Exactly folds nothing.
func Exactly(s string) string { return s }
