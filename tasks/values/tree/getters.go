package tree

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"time"
)

// Raw returns the text of the place, and whether there is one that is not
// empty.
func (c Cursor) Raw() (string, bool) {
	switch {
	case c.Node.IsNull():
		return "", false
	case c.Node.Kind == Scalar && (c.Node.Tag == TagText || c.Node.Tag == TagTime):
		return c.Node.Text, c.Node.Text != ""
	}
	c.TypeMismatch("text")
	return "", false
}

// Text reads a text that is its own value and keeps the rules.
func (c Cursor) Text(into *string, rules ...Rule) {
	c.validated(into, append([]Rule{NotPlaceholder}, rules...)...)
}

// Trimmed is the place without blanks around its text, which can only be a mistake
// where nothing has blanks around it.
func (c Cursor) Trimmed() Cursor {
	if c.Node == nil || c.Node.Kind != Scalar || c.Node.Tag != TagText {
		return c
	}
	node := *c.Node
	node.Text = strings.TrimSpace(node.Text)
	c.Node = &node
	return c
}

// Pattern reads a text in which stars mask nothing, not even alone.
func (c Cursor) Pattern(into *string, rules ...Rule) {
	starred := func(s string) string { return NotPlaceholder(strings.ReplaceAll(s, "*", "x")) }
	c.validated(into, append([]Rule{starred}, rules...)...)
}

// ClaimTemplate reads a text in which Keycloak's own placeholders are legal.
func (c Cursor) ClaimTemplate(into *string, rules ...Rule) {
	expanded := func(s string) string { return NotPlaceholder(withoutClaims(s)) }
	c.validated(into, append([]Rule{expanded}, rules...)...)
}

func (c Cursor) validated(into *string, rules ...Rule) {
	value, given := c.Raw()
	if !given {
		return
	}
	for _, broken := range rules {
		if fault := broken(value); fault != "" {
			c.Fail("%s %s", Quote(value), fault)
			return
		}
	}
	*into = value
}

// Verbatim reads a text that may hold line breaks and placeholders of others.
func (c Cursor) Verbatim(into *string) {
	value, given := c.Raw()
	switch {
	case !given:
	case strings.Trim(value, "*") == "", value == "<redacted>":
		c.Fail("is masked or redacted: not the real text")
	case strings.HasPrefix(value, EncryptedMark):
		c.Fail("is still encrypted: the file has lost its sops metadata")
	default:
		*into = value
	}
}

// Optional reads a text whose absence leaves the field unmanaged.
func (c Cursor) Optional(into **string, rules ...Rule) {
	var value string
	if c.Text(&value, rules...); value != "" {
		*into = &value
	}
}

// Secret reads a text that no message may show.
func (c Cursor) Secret(into *Secret) {
	value, given := c.Raw()
	if !given {
		return
	}
	if fault := NotPlaceholder(value); fault != "" {
		c.Fail("the secret %s", fault)
		return
	}
	*into = NewSecret(value)
}

// Flag reads true or false.
func (c Cursor) Flag(into *bool) {
	switch {
	case c.Node.IsNull():
	case c.Node.Kind == Scalar && c.Node.Tag == TagBool:
		*into = FlagWord(c.Node.Text) == "true"
	default:
		c.TypeMismatch("true or false")
	}
}

// FlagWord returns "true" or "false" for the words that the predecessor took
// for them, else "".
func FlagWord(raw string) string {
	switch strings.ToLower(raw) {
	case "true", "t", "1", "yes", "on":
		return "true"
	case "false", "f", "0", "no", "off":
		return "false"
	}
	return ""
}

// OptionalFlag reads a flag whose absence leaves the field unmanaged.
func (c Cursor) OptionalFlag(into **bool) {
	if c.Node.IsNull() {
		return
	}
	value, mark := new(bool), c.Mark()
	if c.Flag(value); !c.Failed(mark) {
		*into = value
	}
}

// Number reads a whole number from low to high.
func (c Cursor) Number(into *int, low, high int) {
	if c.Node.IsNull() {
		return
	}
	if !c.Node.IsWhole() {
		c.TypeMismatch("a whole number")
		return
	}
	// What does not fit 64 bits is the largest or smallest of them here.
	value, err := strconv.ParseInt(c.Node.Text, 0, 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		c.TypeMismatch("a whole number")
		return
	}
	if value < int64(low) || value > int64(high) {
		c.Fail("%s is not between %d and %d", Shorten(c.Node.Text), low, high)
		return
	}
	*into = int(value)
}

// OptionalNumber reads a whole number whose absence leaves the field unmanaged.
func (c Cursor) OptionalNumber(into **int, low, high int) {
	if c.Node.IsNull() {
		return
	}
	value, mark := new(int), c.Mark()
	if c.Number(value, low, high); !c.Failed(mark) {
		*into = value
	}
}

// Count reads a number from 1 on that must be there.
func (c Cursor) Count(into *int, high int) {
	mark := c.Mark()
	c.Number(into, 1, high)
	if *into == 0 && !c.Failed(mark) {
		c.Fail("is missing")
	}
}

// Milliseconds reads a length of time.
func (c Cursor) Milliseconds(into *time.Duration) {
	var value int
	if c.Number(&value, 0, math.MaxInt32); value > 0 {
		*into = time.Duration(value) * time.Millisecond
	}
}

// Texts reads a list of texts that keep the rules. An empty list is not nil.
func (c Cursor) Texts(into *[]string, rules ...Rule) {
	if c.Node.IsNull() || c.Node.Kind != Sequence {
		c.Items()
		return
	}
	out := []string{}
	for _, item := range c.Items() {
		var value string
		if item.Text(&value, rules...); value != "" {
			out = append(out, value)
		}
	}
	*into = out
}
