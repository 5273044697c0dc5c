package values

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// reader collects what is wrong while the tree is read.
type reader struct {
	problems Problems
}

// cursor is a place in the tree, perhaps an empty one. Its getters set what
// they are given only where there is a sound value, and report an unsound
// one.
type cursor struct {
	reader *reader
	path   string
	node   *node // nil where nothing is said
}

func (c cursor) fail(format string, args ...any) {
	c.reader.problems = append(c.reader.problems, c.node.at.problem(c.path, format, args...))
}

func (c cursor) want(what string) {
	hint := ""
	if what == "text" && c.node.kind == scalar {
		hint = ": put it in quotes"
	}
	c.fail("want %s, got %s%s", what, c.node.describe(), hint)
}

// child goes down one name. A place that is no mapping is reported, by fields
// or by each, not once for every child.
func (c cursor) child(name string) cursor {
	return cursor{reader: c.reader, path: join(c.path, name), node: c.node.get(name)}
}

// section goes down one name to what must be a mapping.
func (c cursor) section(name string) cursor {
	out := c.child(name)
	if out.node.isNull() {
		return out
	}
	if out.node.kind != mapping {
		out.want("a mapping")
	}
	return out
}

// only reports the keys that nothing of ours reads, for a section that is all
// ours: a slip of the pen would change nothing without a word.
func (c cursor) only(names ...string) {
	if c.node == nil {
		return
	}
	for _, f := range c.node.fields {
		if !slices.Contains(names, f.name) {
			unknown := cursor{reader: c.reader, path: join(c.path, f.name), node: &node{at: f.at}}
			unknown.fail("is not known: want one of %s", strings.Join(names, ", "))
		}
	}
}

// items lists what must be a list, nil where nothing is said.
func (c cursor) items() []cursor {
	if c.node.isNull() {
		return nil
	}
	if c.node.kind != sequence {
		c.want("a list")
		return nil
	}
	out := make([]cursor, len(c.node.items))
	for i, item := range c.node.items {
		out[i] = cursor{reader: c.reader, path: fmt.Sprintf("%s[%d]", c.path, i), node: item}
	}
	return out
}

// raw returns the text of the place, and whether there is one that is not
// empty.
func (c cursor) raw() (string, bool) {
	switch {
	case c.node.isNull():
		return "", false
	case c.node.kind == scalar && (c.node.tag == tagText || c.node.tag == tagTime):
		return c.node.text, c.node.text != ""
	}
	c.want("text")
	return "", false
}

// text reads a text that stands for itself and keeps the rules.
func (c cursor) text(into *string, rules ...rule) {
	c.ruled(into, append([]rule{genuine}, rules...)...)
}

// pattern reads a text in which stars mask nothing, not even alone.
func (c cursor) pattern(into *string, rules ...rule) {
	starred := func(s string) string { return genuine(strings.ReplaceAll(s, "*", "x")) }
	c.ruled(into, append([]rule{starred}, rules...)...)
}

// claimTemplate reads a text in which Keycloak's own placeholders are legal.
func (c cursor) claimTemplate(into *string) {
	c.ruled(into, func(s string) string { return genuine(withoutClaims(s)) })
}

// ruled reads a text that keeps the rules.
func (c cursor) ruled(into *string, rules ...rule) {
	value, given := c.raw()
	if !given {
		return
	}
	for _, broken := range rules {
		if fault := broken(value); fault != "" {
			c.fail("%s %s", quote(value), fault)
			return
		}
	}
	*into = value
}

// optional reads a text whose absence means that it is not ours to say.
func (c cursor) optional(into **string, rules ...rule) {
	var value string
	if c.text(&value, rules...); value != "" {
		*into = &value
	}
}

// secret reads a text that no message may show.
func (c cursor) secret(into *Secret) {
	value, given := c.raw()
	if !given {
		return
	}
	if fault := genuine(value); fault != "" {
		c.fail("the secret %s", fault)
		return
	}
	*into = NewSecret(value)
}

// flag reads true or false.
func (c cursor) flag(into *bool) {
	switch {
	case c.node.isNull():
	case c.node.kind == scalar && c.node.tag == tagBool:
		*into = flagWord(c.node.text) == "true"
	default:
		c.want("true or false")
	}
}

// optionalFlag reads a flag whose absence means that it is not ours to say.
func (c cursor) optionalFlag(into **bool) {
	if c.node.isNull() {
		return
	}
	value := new(bool)
	before := len(c.reader.problems)
	if c.flag(value); len(c.reader.problems) == before {
		*into = value
	}
}

// number reads a whole number from low to high.
func (c cursor) number(into *int, low, high int) {
	if c.node.isNull() {
		return
	}
	if !c.node.isWhole() {
		c.want("a whole number")
		return
	}
	// What does not fit 64 bits is the largest or smallest of them here.
	value, err := strconv.ParseInt(c.node.text, 0, 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		c.want("a whole number")
		return
	}
	if value < int64(low) || value > int64(high) {
		c.fail("%s is not between %d and %d", shorten(c.node.text), low, high)
		return
	}
	*into = int(value)
}

// milliseconds reads a length of time.
func (c cursor) milliseconds(into *time.Duration) {
	var value int
	if c.number(&value, 0, maxSeconds); value > 0 {
		*into = time.Duration(value) * time.Millisecond
	}
}

// texts reads a list of texts that keep the rules. An empty list is not nil.
func (c cursor) texts(into *[]string, rules ...rule) {
	if c.node.isNull() || c.node.kind != sequence {
		c.items()
		return
	}
	out := []string{}
	for _, item := range c.items() {
		var value string
		if item.text(&value, rules...); value != "" {
			out = append(out, value)
		}
	}
	*into = out
}
