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
func (k *Kind[T]) Line(c Change[T]) Line {
	return Line{Action: c.Action, Kind: k.Name, Name: c.Name, Team: c.Team(), Fields: c.Reason, Adopts: c.Adopts, Blocked: c.Blocked, Loss: c.Loss, Danger: c.Danger}
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
	fmt.Fprintf(b, "%s %s %s %s", line.sign(), line.Action, line.Kind, printable(line.Name))
	if line.Adopts && line.Action != Adopt {
		fmt.Fprint(b, " (adopted)")
	}
	if line.Loss != "" {
		fmt.Fprintf(b, " (takes away %s)", line.Loss)
	}
	if line.Blocked != "" {
		fmt.Fprintf(b, " (blocked: %s)", line.Blocked)
	}
	fmt.Fprintln(b)
	for _, f := range line.Fields {
		fmt.Fprintf(b, "    %s\n", f)
	}
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
	if f.Secret {
		return f.Path + ": changed"
	}
	return fmt.Sprintf("%s: %s -> %s", f.Path, f.Before, f.After)
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

// WriteJSON prints the lines as one JSON object on one line, in the same order
// as the text.
func WriteJSON(w io.Writer, task string, lines iter.Seq[Line]) error {
	b := bufio.NewWriter(w) // keeps its first error
	fmt.Fprintf(b, `{"formatVersion":%d,"task":%s,"changes":[`, FormatVersion, encoded(task))
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
