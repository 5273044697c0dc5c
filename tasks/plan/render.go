package plan

import (
	"encoding/json"
	"fmt"
	"io"
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
	Blocked string  `json:"blocked,omitempty"`
	Danger  string  `json:"danger,omitempty"`
}

// Counts is a plan in numbers.
type Counts struct {
	Create  int `json:"create"`
	Update  int `json:"update"`
	Delete  int `json:"delete"`
	Blocked int `json:"blocked"`
}

// Pending is the number of changes that an apply would perform.
func (c Counts) Pending() int { return c.Create + c.Update + c.Delete }

// Lines are the changes of one kind: creates and updates by name, then
// deletions by name.
func (k *Kind[T]) Lines() []Line {
	lines := make([]Line, 0, len(k.Changes))
	for _, c := range k.Changes {
		lines = append(lines, k.Line(c))
	}
	return lines
}

// Line is one change of the kind, ready to print.
func (k *Kind[T]) Line(c Change[T]) Line {
	return Line{Action: c.Action, Kind: k.Name, Name: c.Name, Team: c.Team(), Fields: c.Reason, Blocked: c.Blocked, Danger: c.Danger}
}

// Lines are all changes of a plan, kind by kind in the order of dependency.
func Lines(p Plan) []Line {
	var lines []Line
	for _, set := range p.Kinds() {
		lines = append(lines, set.Lines()...)
	}
	return lines
}

// Count counts the lines.
func Count(lines []Line) Counts {
	var c Counts
	for _, line := range lines {
		switch {
		case line.Blocked != "":
			c.Blocked++
		case line.Action == Create:
			c.Create++
		case line.Action == Update:
			c.Update++
		case line.Action == Delete:
			c.Delete++
		}
	}
	return c
}

// WriteText prints the lines for a person, one object a line, one differing
// field a line below it, and the counts.
func WriteText(w io.Writer, lines []Line) error {
	var b strings.Builder
	for _, line := range lines {
		writeLine(&b, line)
	}
	b.WriteString(Count(lines).String() + "\n")
	_, err := io.WriteString(w, b.String())
	return err
}

func writeLine(b *strings.Builder, line Line) {
	fmt.Fprintf(b, "%s %s %s %s", line.sign(), line.Action, line.Kind, printable(line.Name))
	if line.Blocked != "" {
		fmt.Fprintf(b, " (blocked: %s)", line.Blocked)
	}
	b.WriteByte('\n')
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

func (l Line) sign() string {
	switch {
	case l.Blocked != "":
		return "!"
	case l.Action == Create:
		return "+"
	case l.Action == Delete:
		return "-"
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
	if c.Blocked > 0 {
		text += fmt.Sprintf(", %d blocked", c.Blocked)
	}
	return text
}

// document is the JSON form of a plan.
type document struct {
	FormatVersion int    `json:"formatVersion"`
	Task          string `json:"task"`
	Changes       []Line `json:"changes"`
	Counts        Counts `json:"counts"`
}

// WriteJSON prints the lines as one JSON object on one line, in the same order
// as the text.
func WriteJSON(w io.Writer, task string, lines []Line) error {
	if lines == nil {
		lines = []Line{}
	}
	return json.NewEncoder(w).Encode(document{FormatVersion: FormatVersion, Task: task, Changes: lines, Counts: Count(lines)})
}
