package plan

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"strconv"
	"strings"
	"unicode"
)

// FormatVersion is the version of the JSON form of a plan; it grows when a
// reader would have to change.
const FormatVersion = 1

// Line is one change as a person or a program reads it.
type Line struct {
	Action  Action  `json:"action"`
	Kind    string  `json:"kind"`
	Name    string  `json:"name"`
	Team    string  `json:"team,omitempty"`
	Fields  []Field `json:"fields,omitempty"`
	Adopts  bool    `json:"adopts,omitempty"`
	Blocked string  `json:"blocked,omitempty"`
	Loss    string  `json:"loss,omitempty"`
	Danger  string  `json:"danger,omitempty"`
	// DangerReason says what would happen.
	DangerReason string `json:"dangerReason,omitempty"`
	// Breaks says what does not work as long as the change is blocked.
	Breaks string `json:"breaks,omitempty"`
}

// Counts is a plan in numbers.
type Counts struct {
	Create  int `json:"create"`
	Update  int `json:"update"`
	Delete  int `json:"delete"`
	Adopt   int `json:"adopt,omitempty"`
	Blocked int `json:"blocked"`
}

// Pending is the number of changes that an apply would perform.
func (c Counts) Pending() int { return c.Create + c.Update + c.Delete + c.Adopt }

// Lines are the changes of one kind, creates and updates by name, then
// deletions by name, each made when it is asked for: a large platform has tens
// of thousands.
func (k *Kind[T]) Lines() iter.Seq[Line] {
	return func(yield func(Line) bool) {
		for _, c := range k.Changes {
			if !yield(k.Line(c)) {
				return
			}
		}
	}
}

// Line is one change of the kind, ready to print.
func (k *Kind[T]) Line(c Change[T]) Line { return k.print(c, false) }

func (k *Kind[T]) print(c Change[T], full bool) Line {
	return Line{
		Action: c.Action, Kind: k.Name, Name: c.Name, Team: c.Team(), Fields: c.shown(full), Adopts: c.Adopts,
		Blocked: c.Blocked, Loss: c.Loss, Danger: c.Danger, DangerReason: c.DangerReason, Breaks: c.Breaks,
	}
}

// Lines are all changes of a plan, kind by kind in the order of dependency.
func Lines(p Plan) iter.Seq[Line] {
	return func(yield func(Line) bool) {
		for _, set := range p.Kinds() {
			for line := range set.Lines() {
				if !yield(line) {
					return
				}
			}
		}
	}
}

// Count counts the lines.
func Count(lines iter.Seq[Line]) Counts {
	var c Counts
	for line := range lines {
		c.add(line)
	}
	return c
}

func (c *Counts) add(line Line) {
	switch {
	case line.Blocked != "":
		c.Blocked++
	case line.Action == Create:
		c.Create++
	case line.Action == Update:
		c.Update++
	case line.Action == Delete:
		c.Delete++
	case line.Action == Adopt:
		c.Adopt++
	}
}

// WriteText prints the lines for a person, one object a line, one differing
// field a line below it, and the counts.
func WriteText(w io.Writer, lines iter.Seq[Line]) error {
	b := bufio.NewWriter(w) // keeps its first error
	var counts Counts
	for line := range lines {
		writeLine(b, line)
		counts.add(line)
	}
	fmt.Fprintln(b, counts)
	return b.Flush()
}

func writeLine(b *bufio.Writer, line Line) {
	fmt.Fprintln(b, line)
	writeFields(b, line, false)
}

// String is the line without its fields.
func (l Line) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s %s %s", l.sign(), l.Action, l.Kind, printable(l.Name))
	if l.Adopts && l.Action != Adopt {
		fmt.Fprint(&b, " (adopted)")
	}
	if l.Loss != "" {
		fmt.Fprintf(&b, " (takes away %s)", l.Loss)
	}
	if l.DangerReason != "" {
		fmt.Fprintf(&b, " (danger: %s)", l.DangerReason)
	}
	if l.Blocked != "" {
		fmt.Fprintf(&b, " (blocked: %s)", l.Blocked)
	}
	if l.Blocked != "" && l.Breaks != "" {
		fmt.Fprintf(&b, " (%s)", l.Breaks)
	}
	return b.String()
}

// printable quotes a name of a server that would not stay on its line.
func printable(name string) string {
	if strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) || r == unicode.ReplacementChar }) {
		return strconv.Quote(name)
	}
	return name
}

// TakesAway tells whether anything is lost with the change.
func (l Line) TakesAway() bool { return l.Action == Delete || l.Loss != "" }

func (l Line) sign() string {
	switch {
	case l.Blocked != "":
		return "!"
	case l.Action == Create:
		return "+"
	case l.Action == Delete:
		return "-"
	case l.Action == Adopt:
		return "="
	default:
		return "~"
	}
}

func (f Field) String() string {
	switch {
	case f.Secret && f.After == "":
		return f.Path + ": changed"
	case len(f.Added)+len(f.Removed) > 0:
		return f.Path + ":" + strings.Join(append([]string{""}, f.elements()...), " ")
	case f.Before == "":
		return f.Path + ": " + f.After
	}
	return fmt.Sprintf("%s: %s -> %s", f.Path, f.Before, f.After)
}

// elements are those of a long list that differ, with their signs.
func (f Field) elements() []string {
	var all []string
	for _, e := range f.Added {
		all = append(all, "+"+e)
	}
	for _, e := range f.Removed {
		all = append(all, "-"+e)
	}
	return all
}

// A field is printed on one line as long as that fits a screen; of a list that does not,
// so many elements are printed one by one.
const (
	maxLine     = 100
	maxElements = 10
)

// lines is the field as a text shows it.
func (f Field) lines(full bool) []string {
	elements := f.elements()
	if text := f.String(); len(text) <= maxLine || len(elements) == 0 {
		return []string{text}
	}
	lines := []string{f.Path + ":"}
	for i, e := range elements {
		if i == maxElements && !full {
			lines = append(lines, fmt.Sprintf("  %d more", len(elements)-i))
			break
		}
		lines = append(lines, "  "+e)
	}
	return lines
}

func writeFields(b io.Writer, line Line, full bool) {
	for _, f := range line.Fields {
		for _, text := range f.lines(full) {
			fmt.Fprintf(b, "    %s\n", text)
		}
	}
}

func (c Counts) String() string {
	if c.Pending() == 0 && c.Blocked == 0 {
		return "no changes"
	}
	text := fmt.Sprintf("%d to create, %d to update, %d to delete", c.Create, c.Update, c.Delete)
	if c.Adopt > 0 {
		text += fmt.Sprintf(", %d to adopt", c.Adopt)
	}
	if c.Blocked > 0 {
		text += fmt.Sprintf(", %d blocked", c.Blocked)
	}
	return text
}

// WriteJSON prints the lines as one JSON object on one line, kind by kind in the
// order of dependency.
func WriteJSON(w io.Writer, task string, header Header, lines iter.Seq[Line]) error {
	b := bufio.NewWriter(w) // keeps its first error
	fmt.Fprintf(b, `{"formatVersion":%d,"task":%s,`, FormatVersion, encoded(task))
	if len(header) > 0 {
		fmt.Fprintf(b, `"header":%s,`, encoded(header))
	}
	fmt.Fprint(b, `"changes":[`)
	var counts Counts
	comma := ""
	for line := range lines {
		fmt.Fprintf(b, "%s%s", comma, encoded(line))
		comma = ","
		counts.add(line)
	}
	fmt.Fprintf(b, "],\"counts\":%s}\n", encoded(counts))
	return b.Flush()
}

// encoded is for texts and numbers, which always have a JSON form.
func encoded(v any) []byte {
	text, _ := json.Marshal(v)
	return text
}
