// Package report keeps what became of runs: a page and a JSON file for each, and an
// index of all that lie in one folder.
package report

import (
	"cmp"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"
	"time"

	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/task"
)

// FormatVersion is the version of the JSON form; it grows when a reader would have to
// change.
const FormatVersion = 1

// Report is one run of one task.
type Report struct {
	FormatVersion int    `json:"formatVersion"`
	Task          string `json:"task"`
	Shard         string `json:"shard,omitempty"`
	Verb          string `json:"verb"`
	// Time is when the run ended.
	Time    time.Time          `json:"time"`
	Seconds float64            `json:"seconds"`
	Result  string             `json:"result"`
	Error   string             `json:"error,omitempty"`
	Remedy  string             `json:"remedy,omitempty"`
	Docs    string             `json:"docs,omitempty"`
	Header  plan.Header        `json:"header,omitempty"`
	Counts  plan.Counts        `json:"counts"`
	Reads   int                `json:"reads"`
	Writes  int                `json:"writes"`
	Teams   []Team             `json:"teams"`
	Changes []Change           `json:"changes"`
	Checks  []task.CheckResult `json:"checks,omitempty"`
}

// Change is one change of the plan with what became of it.
type Change struct {
	plan.Line
	// Became is planned, blocked, created, updated, deleted, adopted, failed, skipped or
	// not performed.
	Became string `json:"became"`
	// Failure is the error of one that failed or was skipped.
	Failure string `json:"failure,omitempty"`
}

// What becomes of changes that are not done.
const (
	Planned      = "planned"
	Blocked      = "blocked"
	Failed       = "failed"
	Skipped      = "skipped"
	NotPerformed = "not performed"
)

// Done is the word for a change that was performed.
func Done(a plan.Action) string {
	return map[plan.Action]string{plan.Create: "created", plan.Update: "updated", plan.Delete: "deleted", plan.Adopt: "adopted"}[a]
}

// Team is what a run found of one team, "" for the platform's own.
type Team struct {
	Name  string `json:"name"`
	State string `json:"state"`
	// Open counts the differences that are left.
	Open int `json:"open"`
}

// The states of a team.
const (
	StateOK     = "ok"
	StateDrift  = "drift"
	StateFailed = "failed"
)

// AddTeams tells the states of these teams, and of those that have changes.
func (r *Report) AddTeams(names []string) {
	states := map[string]*Team{}
	team := func(name string) *Team {
		if states[name] == nil {
			states[name] = &Team{Name: name, State: StateOK}
		}
		return states[name]
	}
	for _, name := range names {
		team(name)
	}
	for _, c := range r.Changes {
		t := team(c.Team)
		switch {
		case c.Became == Failed:
			t.State = StateFailed
			t.Open++
		case c.open():
			if t.State == StateOK {
				t.State = StateDrift
			}
			t.Open++
		}
	}
	r.Teams = make([]Team, 0, len(states))
	for _, t := range states {
		r.Teams = append(r.Teams, *t)
	}
	slices.SortFunc(r.Teams, func(a, b Team) int { return strings.Compare(a.Name, b.Name) })
}

// open tells whether a change leaves a difference. What is merely left over is none.
func (c Change) open() bool {
	switch c.Became {
	case Planned, Skipped, NotPerformed:
		return true
	case Blocked:
		return c.Action == plan.Update && !c.TakesAway() || c.Breaks != ""
	}
	return false
}

// WriteJSON writes the report for programs.
func (r Report) WriteJSON(w io.Writer) error { return json.NewEncoder(w).Encode(r) }

//go:embed *.html
var pages embed.FS

// WritePage writes the report as a page that needs nothing from elsewhere.
func (r Report) WritePage(w io.Writer) error { return writePage(w, "report.html", r) }

func writePage(w io.Writer, name string, data any) error {
	page, err := template.New(name).Funcs(template.FuncMap{"anchor": anchor, "title": title}).ParseFS(pages, "*.html")
	if err != nil {
		return fmt.Errorf("preparing the page: %w", err)
	}
	return page.Execute(w, data)
}

// ByTeam groups the changes, the platform's own first.
func (r Report) ByTeam() []Group {
	var groups []Group
	changes := slices.Clone(r.Changes)
	slices.SortStableFunc(changes, func(a, b Change) int { return strings.Compare(a.Team, b.Team) })
	for _, c := range changes {
		if len(groups) == 0 || groups[len(groups)-1].Team != c.Team {
			groups = append(groups, Group{Team: c.Team})
		}
		last := &groups[len(groups)-1]
		last.Changes = append(last.Changes, c)
	}
	return groups
}

// Group is the changes of one team.
type Group struct {
	Team    string
	Changes []Change
}

// anchor is the place of a team in a page.
func anchor(team string) string { return "team-" + cmp.Or(team, "-") }

func title(team string) string { return plan.Heading(team) }

// Files writes the report into a folder, and the index of all reports there anew. name
// tells it from the reports of other tasks and other parts.
func (r Report) Files(dir, name string) error {
	return errors.Join(
		Replace(dir, name+".json", r.WriteJSON),
		Replace(dir, name+".html", r.WritePage),
		WriteIndex(dir))
}
