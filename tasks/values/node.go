package values

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

type kind uint8

const (
	scalar kind = iota
	mapping
	sequence
)

// tag is the type of a scalar.
type tag uint8

const (
	tagNull tag = iota
	tagText
	tagInt
	tagFloat
	tagBool
	tagTime
	tagOther
)

// node is a piece of the values with the place it came from. Aliases are
// already replaced by what they stand for.
type node struct {
	kind   kind
	tag    tag    // of a scalar
	text   string // of a scalar, unquoted
	fields []field
	items  []*node
	at     position
}

// field is one entry of a mapping.
type field struct {
	name  string
	at    position
	value *node
}

func (n *node) isNull() bool { return n == nil || n.kind == scalar && n.tag == tagNull }

// isWhole says whether a scalar is a whole number. The YAML library takes
// those that do not fit 64 bits for fractions.
func (n *node) isWhole() bool {
	return n.kind == scalar && (n.tag == tagInt || n.tag == tagFloat && wholeNumber.MatchString(n.text))
}

// get returns the value of a field, nil where there is none.
func (n *node) get(name string) *node {
	if n == nil {
		return nil
	}
	for _, f := range n.fields {
		if f.name == name {
			return f.value
		}
	}
	return nil
}

// describe names the kind of a value in a message.
func (n *node) describe() string {
	switch n.kind {
	case mapping:
		return "a mapping"
	case sequence:
		return "a list"
	case scalar:
		return describeTag(n.tag)
	}
	return "nothing"
}

func describeTag(t tag) string {
	switch t {
	case tagText:
		return "text"
	case tagInt:
		return "a whole number"
	case tagFloat:
		return "a number"
	case tagBool:
		return "true or false"
	case tagNull:
		return "nothing"
	case tagTime:
		return "a date"
	case tagOther:
	}
	return "a value with a tag of its own"
}

// merge lays over upon base and returns the result, for which base is reused.
// Mappings merge, everything else is replaced, and a null says nothing.
func merge(base, over *node) *node {
	switch {
	case over.isNull() && base != nil:
		return base
	case base == nil || base.kind != mapping || over.kind != mapping:
		return over
	}
	known := newNameIndex(base.fields)
	for _, f := range over.fields {
		if i := known.find(base.fields, f.name); i >= 0 {
			base.fields[i].value = merge(base.fields[i].value, f.value)
			continue
		}
		base.fields = append(base.fields, f)
		known = known.add(base.fields)
	}
	return base
}

// nameIndex finds fields by name: by looking at each in a small mapping,
// which nil is for, through a map in a large one.
type nameIndex map[string]int

func newNameIndex(fields []field) nameIndex {
	const small = 16
	if len(fields) <= small {
		return nil
	}
	out := make(nameIndex, 2*len(fields))
	for i, f := range fields {
		out[f.name] = i
	}
	return out
}

// add takes up the last field, and returns the index to go on with.
func (x nameIndex) add(fields []field) nameIndex {
	if x == nil {
		return newNameIndex(fields)
	}
	x[fields[len(fields)-1].name] = len(fields) - 1
	return x
}

// find returns the index of the field, -1 for none.
func (x nameIndex) find(fields []field, name string) int {
	if x == nil {
		return slices.IndexFunc(fields, func(f field) bool { return f.name == name })
	}
	if i, ok := x[name]; ok {
		return i
	}
	return -1
}

// nest wraps value into the mappings that lead to it by the names of path.
func nest(value *node, path ...string) *node {
	for i := len(path) - 1; i >= 0; i-- {
		value = &node{kind: mapping, at: value.at, fields: []field{{name: path[i], at: value.at, value: value}}}
	}
	return value
}

func newScalar(t tag, text string, at position) *node {
	return &node{tag: t, text: text, at: at}
}

var wholeNumber = regexp.MustCompile(`^[-+]?[0-9]+$`)

// join appends a name to a dotted path, quoted where it holds more than
// letters, digits, "-" and "_".
func join(path, name string) string {
	if name == "" || strings.ContainsFunc(name, special) {
		name = strconv.Quote(shorten(name))
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

// shorten bounds foreign text in messages.
func shorten(s string) string {
	const limit = 64
	runes := []rune(s)
	if len(runes) <= limit {
		return s
	}
	return string(runes[:limit]) + "…"
}
