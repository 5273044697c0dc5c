package run

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/render"
	"otomi.io/tasks/tasks/task"
	"otomi.io/tasks/tasks/values"
)

// doctor prints the result of every check.
func (r *runner) doctor(ctx context.Context, v values.Values, app task.Application) error {
	server := task.Check{Name: "server", Run: func(ctx context.Context) (string, error) {
		if err := r.waitForServer(ctx, v, app); err != nil {
			return "", err
		}
		if s := app.Server(); s.Application != "" && s.Address+s.Version == "" { // there is none
			return s.String(), nil
		}
		return strings.TrimSpace(app.Server().String() + " answers"), nil
	}}
	results, broken := task.RunChecks(ctx, slices.Concat([]task.Check{server}, r.otherWriter(v), app.Checks()))
	r.advise(results, broken)
	r.report.checks = results
	if r.options.output == "json" {
		return errors.Join(broken, r.writeChecks(results))
	}
	return errors.Join(broken, explainChecks(r.process.Stdout, results))
}

// advise gives the broken check the remedy that plan and apply would give.
func (r *runner) advise(results []task.CheckResult, broken error) {
	for i, c := range results {
		if c.Result == task.CheckBroken && c.Remedy == "" {
			a := adviceFor(r.task.Name, broken)
			results[i].Remedy, results[i].Docs = a.remedy, a.docs
		}
	}
}

// prove runs the checks of the outcome after an apply. What is not as the values
// promise is not a success.
func (r *runner) prove(ctx context.Context, app task.Application) error {
	checks := slices.DeleteFunc(app.Checks(), func(c task.Check) bool { return !c.Outcome })
	results, broken := task.RunChecks(ctx, checks)
	r.report.checks = results
	for _, c := range results {
		r.log.Info("checked", "check", c.Name, "result", c.Result, "finding", c.Finding)
	}
	if broken == nil {
		return nil
	}
	return &unprovenError{fmt.Errorf("the outcome is not as the values promise: %w", broken)}
}

// unprovenError is an outcome that a check found broken after an apply.
type unprovenError struct{ error }

func (e *unprovenError) Unwrap() error { return e.error }

// ErrorClass tells a broken outcome from a check that could not be done.
func (e *unprovenError) ErrorClass() task.Class {
	if _, isFault := errors.AsType[*task.Fault](e.error); isFault {
		return task.ClassUnsettled
	}
	return task.ClassFailed
}

func explainChecks(w io.Writer, results []task.CheckResult) error {
	width := 0
	for _, c := range results {
		width = max(width, len(c.Name))
	}
	b := bufio.NewWriter(w) // keeps its first error
	signs := map[string]string{task.CheckOK: "ok", task.CheckBroken: "BROKEN", task.CheckSkipped: "-"}
	for _, c := range results {
		fmt.Fprintf(b, "%d %-*s %-6s %s\n", c.Number, width, c.Name, signs[c.Result], c.Finding)
		if c.Remedy != "" {
			fmt.Fprintf(b, "%*s %s\n", width+10, "remedy:", c.Remedy)
		}
		if c.Docs != "" {
			fmt.Fprintf(b, "%*s %s\n", width+10, "see:", c.Docs)
		}
	}
	return b.Flush()
}

func (r *runner) writeChecks(results []task.CheckResult) error {
	return json.NewEncoder(r.process.Stdout).Encode(struct {
		FormatVersion int                `json:"formatVersion"`
		Task          string             `json:"task"`
		Checks        []task.CheckResult `json:"checks"`
	}{1, r.task.Name, results})
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
	doc := render.New(r.task.Name, r.header(v), p, v.Origins, r.options.groupsByKind())
	if r.options.output == "json" {
		return doc.WriteJSON(r.process.Stdout)
	}
	return doc.WriteText(r.process.Stdout)
}

// dump prints what teams have that the server knows and no value names, as values. It
// reads twice: the second time as if the values named them.
func (r *runner) dump(ctx context.Context, v values.Values, app task.Application) error {
	wanted := func(team string) bool {
		_, known := v.Teams[team]
		return team != values.PlatformTeam && (!known || slices.Contains(r.options.teams, team))
	}
	state, err := app.Live(ctx)
	if err != nil {
		return err
	}
	found := task.Dump(state, nil, wanted)
	named := v
	named.Teams = maps.Clone(v.Teams)
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

// validate loads the values and says what became of them: the release that they
// are of, what is not read, and the settings of our applications that nothing
// acts on.
func (r *runner) validate(ctx context.Context) error {
	v, err := r.load(ctx)
	if err != nil {
		return err
	}
	if err := r.checkTeams(v); err != nil {
		return err
	}
	if r.options.output == "json" {
		return json.NewEncoder(r.process.Stdout).Encode(struct {
			FormatVersion int             `json:"formatVersion"`
			Task          string          `json:"task"`
			Platform      string          `json:"platform"`
			Version       int             `json:"valuesVersion"`
			Teams         []string        `json:"teams"`
			Unread        []values.Unread `json:"notRead"`
			Unused        []string        `json:"notActedOn"`
		}{1, r.task.Name, v.Platform.Name, v.Version, v.TeamIDs(), v.Unread, v.Unused})
	}
	return describeValues(r.process.Stdout, v)
}

// describeValues is for a person.
func describeValues(w io.Writer, v values.Values) error {
	b := bufio.NewWriter(w) // keeps its first error
	if v.Platform.Versioned() {
		fmt.Fprintf(b, "platform: %s (%s, values version %d), teams: %s\n", v.Platform, v.Platform.Layout, v.Version, strings.Join(v.TeamIDs(), ", "))
	}
	if len(v.Unread) > 0 {
		files := 0
		for _, u := range v.Unread {
			files += u.Files
		}
		fmt.Fprintf(b, "not read: %d files\n", files)
	}
	for _, u := range v.Unread {
		fmt.Fprintf(b, "  %s: %s", u.File, u.Reason)
		if u.Files > 1 {
			fmt.Fprintf(b, " (%d files)", u.Files)
		}
		fmt.Fprintln(b)
	}
	if len(v.Unused) > 0 {
		fmt.Fprintf(b, "settings that no task acts on: %s\n", strings.Join(v.Unused, ", "))
	}
	return b.Flush()
}

// tellValues logs what a person should know of the values, once a run.
func (s *session) tellValues(v values.Values) {
	if v.Platform.Versioned() {
		s.log.Info("values loaded", "platform", v.Platform.String(), "version", v.Version, "teams", len(v.Teams))
	}
	for _, warning := range v.Warnings {
		s.log.Warn("values", "warning", warning.String())
	}
}
