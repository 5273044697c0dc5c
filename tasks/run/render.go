package run

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/task"
	"otomi.io/tasks/tasks/values"
)

// rendered is what the values ask for, with the place of each value.
type rendered struct {
	FormatVersion int              `json:"formatVersion"`
	Task          string           `json:"task"`
	Header        plan.Header      `json:"header"`
	Settings      []values.Origin  `json:"settings"`
	Objects       []renderedObject `json:"objects"`
}

// renderedObject is one object. Source is where the entry of the values is that it was
// made of.
type renderedObject struct {
	Kind   string          `json:"kind"`
	Name   string          `json:"name"`
	Team   string          `json:"team,omitempty"`
	Source string          `json:"source,omitempty"`
	Fields []renderedField `json:"fields"`
}

// renderedField is one field. It has no source where it is a default, or follows from
// several values.
type renderedField struct {
	Path   string `json:"path"`
	Value  string `json:"value"`
	Source string `json:"source,omitempty"`
}

// render prints what the values ask for. It sends nothing to the application.
func (r *runner) render(ctx context.Context) error {
	v, err := r.load(ctx)
	if err != nil {
		return err
	}
	if err := r.checkTeams(v); err != nil {
		return err
	}
	app, err := r.connect(v)
	if err != nil {
		return err
	}
	p, err := app.Desired(ctx)
	if err != nil {
		return err
	}
	plan.Restrict(p, plan.Sync, r.options.selection(), nil)
	doc := rendered{FormatVersion: 1, Task: r.task.Name, Header: r.header(v), Settings: v.Origins.Settings, Objects: objectsOf(p, v.Origins)}
	if !r.options.groupsByKind() {
		slices.SortStableFunc(doc.Objects, func(a, b renderedObject) int { return strings.Compare(a.Team, b.Team) })
	}
	if r.options.output == "json" {
		return json.NewEncoder(r.process.Stdout).Encode(doc)
	}
	return doc.writeText(r.process.Stdout)
}

func objectsOf(p plan.Plan, origins *values.Origins) []renderedObject {
	objects := []renderedObject{}
	for line := range plan.FullLines(p) {
		entry := origins.Entry(line.Team, line.Name)
		o := renderedObject{Kind: line.Kind, Name: line.Name, Team: line.Team, Source: entry.Source(), Fields: []renderedField{}}
		for _, f := range line.Fields {
			o.Fields = append(o.Fields, renderedField{f.Path, f.After, entry.Field(f.Path, f.After)})
		}
		objects = append(objects, o)
	}
	return objects
}

func (d rendered) writeText(w io.Writer) error {
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

// dump prints what teams have that the server knows and no value names, as values. It
// reads twice: the second time as if the values named them.
func (r *runner) dump(ctx context.Context, v values.Values, app task.Application) error {
	wanted := func(team string) bool {
		_, known := v.Teams[team]
		return team != platformTeam && (!known || slices.Contains(r.options.teams, team))
	}
	state, err := app.Live(ctx)
	if err != nil {
		return err
	}
	found := task.Dump(state, nil, wanted)
	named := v
	named.Teams = map[string]values.Team{}
	for id, team := range v.Teams {
		named.Teams[id] = team
	}
	for id := range found {
		named.Teams[id] = v.Teams[id]
	}
	if app, err = r.connect(named); err != nil {
		return err
	}
	if state, err = app.Live(ctx); err != nil {
		return err
	}
	content, err := yaml.Marshal(map[string]any{"teamConfig": task.Dump(state, r.task.Dump, wanted)})
	if err != nil {
		return fmt.Errorf("writing the values: %w", err)
	}
	_, err = r.process.Stdout.Write(content)
	return err
}
