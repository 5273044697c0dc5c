// Package render prints what the values ask for, with the place of each value.
package render

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/values"
)

// FormatVersion is the version of the JSON form; it grows when a reader would have to
// change.
const FormatVersion = 1

// Document is what the values ask for, with the place of each value.
type Document struct {
	FormatVersion int             `json:"formatVersion"`
	Task          string          `json:"task"`
	Header        plan.Header     `json:"header"`
	Settings      []values.Origin `json:"settings"`
	Objects       []Object        `json:"objects"`
}

// Object is one object. Source is where the entry of the values is that it was
// made of.
type Object struct {
	Kind   string  `json:"kind"`
	Name   string  `json:"name"`
	Team   string  `json:"team,omitempty"`
	Source string  `json:"source,omitempty"`
	Fields []Field `json:"fields"`
}

// Field is one field. It has no source where it is a default, or follows from
// several values.
type Field struct {
	Path   string `json:"path"`
	Value  string `json:"value"`
	Source string `json:"source,omitempty"`
}

// New is the document of a plan for an empty server.
func New(task string, header plan.Header, p plan.Plan, origins *values.Origins, byKind bool) Document {
	d := Document{FormatVersion: FormatVersion, Task: task, Header: header, Settings: origins.Settings, Objects: objectsOf(p, origins)}
	if !byKind {
		slices.SortStableFunc(d.Objects, func(a, b Object) int { return strings.Compare(a.Team, b.Team) })
	}
	return d
}

func objectsOf(p plan.Plan, origins *values.Origins) []Object {
	objects := []Object{}
	for line := range plan.FullLines(p) {
		entry := origins.Entry(line.Team, line.Name)
		o := Object{Kind: line.Kind, Name: line.Name, Team: line.Team, Source: entry.Source(), Fields: []Field{}}
		for _, f := range line.Fields {
			o.Fields = append(o.Fields, Field{f.Path, f.After, entry.Field(f.Path, f.After)})
		}
		objects = append(objects, o)
	}
	return objects
}

// WriteJSON prints the document as one JSON object on one line.
func (d Document) WriteJSON(w io.Writer) error { return json.NewEncoder(w).Encode(d) }

// WriteText prints the document for a person.
func (d Document) WriteText(w io.Writer) error {
	b := bufio.NewWriter(w) // keeps its first error
	for _, note := range d.Header {
		fmt.Fprintf(b, "%-13s %s\n", note.Name, note.Value)
	}
	fmt.Fprintln(b, "\nsettings")
	for _, s := range d.Settings {
		fmt.Fprintf(b, "    %s\n", sourced(s.Path+": "+s.Value, s.Source))
	}
	team := "none yet"
	for _, o := range d.Objects {
		if o.Team != team {
			team = o.Team
			fmt.Fprintf(b, "\n%s\n", plan.Heading(team))
		}
		fmt.Fprintln(b, sourced(o.Kind+" "+o.Name, o.Source))
		for _, f := range o.Fields {
			fmt.Fprintf(b, "    %s\n", sourced(f.Path+": "+f.Value, f.Source))
		}
	}
	return b.Flush()
}

func sourced(text, source string) string {
	if source == "" {
		return text
	}
	return fmt.Sprintf("%-50s # %s", text, source)
}
