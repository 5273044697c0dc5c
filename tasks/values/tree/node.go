// Package tree reads YAML and JSON into one tree whose values know where they
// came from, lays trees over each other, and reports what is wrong with its place.
package tree

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Kind is what a Node is.
type Kind uint8

// The kinds.
const (
	Scalar Kind = iota
	Mapping
	Sequence
)

// Tag is the type of a scalar.
type Tag uint8

// The tags.
const (
	TagNull Tag = iota
	TagText
	TagInt
	TagFloat
	TagBool
	TagTime
	TagOther
)

// Node is a piece of the values with the place it came from. Aliases are
// already replaced by what they stand for.
type Node struct {
	Kind   Kind
	Tag    Tag    // of a scalar
	Text   string // of a scalar, unquoted
	Fields []Field
	Items  []*Node
	At     Position
}

// Field is one entry of a mapping.
type Field struct {
	Name  string
	At    Position
	Value *Node
}

// IsNull says whether there is nothing.
func (n *Node) IsNull() bool { return n == nil || n.Kind == Scalar && n.Tag == TagNull }

// IsWhole says whether a scalar is a whole number. The YAML library takes
// those that do not fit 64 bits for fractions.
func (n *Node) IsWhole() bool {
	return n.Kind == Scalar && (n.Tag == TagInt || n.Tag == TagFloat && wholeNumber.MatchString(n.Text))
}

// Get returns the value of a field, nil where there is none.
func (n *Node) Get(name string) *Node {
	if n == nil {
		return nil
	}
	for _, f := range n.Fields {
		if f.Name == name {
			return f.Value
		}
	}
	return nil
}

// ScalarText returns the text of a scalar, "" for anything else.
func (n *Node) ScalarText() string {
	if n == nil || n.Kind != Scalar {
		return ""
	}
	return n.Text
}

// Describe names the kind of a value in a message.
func (n *Node) Describe() string {
	switch n.Kind {
	case Mapping:
		return "a mapping"
	case Sequence:
		return "a list"
	case Scalar:
		return describeTag(n.Tag)
	}
	return "nothing"
}

func describeTag(t Tag) string {
	switch t {
	case TagText:
		return "text"
	case TagInt:
		return "a whole number"
	case TagFloat:
		return "a number"
	case TagBool:
		return "true or false"
	case TagNull:
		return "nothing"
	case TagTime:
		return "a date"
	case TagOther:
	}
	return "a value with a tag of its own"
}

// Moved gives a node and all below it another place.
func (n *Node) Moved(at Position) *Node {
	n.At = at
	for i, f := range n.Fields {
		n.Fields[i].At = at
		f.Value.Moved(at)
	}
	for _, item := range n.Items {
		item.Moved(at)
	}
	return n
}

// Set adds a field, or replaces its value.
func (n *Node) Set(name string, value *Node) {
	for i, f := range n.Fields {
		if f.Name == name {
			n.Fields[i].Value = value
			return
		}
	}
	n.Fields = append(n.Fields, Field{Name: name, At: value.At, Value: value})
}

// Merge lays over upon base and returns the result, for which base is reused.
// Mappings merge, everything else is replaced, and a null says nothing.
func Merge(base, over *Node) *Node {
	switch {
	case over.IsNull() && base != nil:
		return base
	case base == nil || base.Kind != Mapping || over.Kind != Mapping:
		return over
	}
	known := indexFor(base.Fields, over.Fields)
	for _, f := range over.Fields {
		if i := known.find(base.Fields, f.Name); i >= 0 {
			base.Fields[i].Value = Merge(base.Fields[i].Value, f.Value)
			continue
		}
		base.Fields = append(base.Fields, f)
		if known != nil {
			known = known.add(base.Fields)
		}
	}
	return base
}

// nameIndex finds fields by name: by looking at each in a small mapping,
// which nil is for, through a map in a large one.
type nameIndex map[string]int

func newNameIndex(fields []Field) nameIndex {
	const small = 16
	if len(fields) <= small {
		return nil
	}
	out := make(nameIndex, 2*len(fields))
	for i, f := range fields {
		out[f.Name] = i
	}
	return out
}

// indexFor needs no index for a few names.
func indexFor(fields, wanted []Field) nameIndex {
	const few = 4
	if len(wanted) <= few {
		return nil
	}
	return newNameIndex(fields)
}

// add takes up the last field, and returns the index to go on with.
func (x nameIndex) add(fields []Field) nameIndex {
	if x == nil {
		return newNameIndex(fields)
	}
	x[fields[len(fields)-1].Name] = len(fields) - 1
	return x
}

// find returns the index of the field, -1 for none.
func (x nameIndex) find(fields []Field, name string) int {
	if last := len(fields) - 1; x == nil && last >= 0 && fields[last].Name == name {
		return last // files of one team follow each other
	}
	if x == nil {
		return slices.IndexFunc(fields, func(f Field) bool { return f.Name == name })
	}
	if i, ok := x[name]; ok {
		return i
	}
	return -1
}

// Nest wraps value into the mappings that lead to it by the names of path.
func Nest(value *Node, path ...string) *Node {
	for i := len(path) - 1; i >= 0; i-- {
		value = &Node{Kind: Mapping, At: value.At, Fields: []Field{{Name: path[i], At: value.At, Value: value}}}
	}
	return value
}

// NewScalar is a value of its own.
func NewScalar(t Tag, text string, at Position) *Node {
	return &Node{Tag: t, Text: text, At: at}
}

var wholeNumber = regexp.MustCompile(`^[-+]?[0-9]+$`)

// Join appends a name to a dotted path, quoted where it holds more than
// letters, digits, "-" and "_".
func Join(path, name string) string {
	if name == "" || strings.ContainsFunc(name, special) {
		name = strconv.Quote(Shorten(name))
	}
	if path == "" {
		return name
	}
	return path + "." + name
}

// special tells whether a name with this character is quoted.
func special(r rune) bool {
	return (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '_' && r != '-'
}

// Shorten bounds foreign text in messages.
func Shorten(s string) string {
	const limit = 64
	runes := []rune(s)
	if len(runes) <= limit {
		return s
	}
	return string(runes[:limit]) + "…"
}
