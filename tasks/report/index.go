package report

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// index is a matrix of teams by tasks.
type index struct {
	Columns []column
	Rows    []row
	Made    time.Time
}

// column is one task with its runs: several where shards, or runs for some teams, have
// a report each.
type column struct {
	Task string
	Runs []run
}

// run is one report in a folder.
type run struct {
	Report
	Page string
}

// row is one team.
type row struct {
	Team  string
	Cells []cell
}

// cell is what the latest run of a task that looked at a team found.
type cell struct {
	Team
	Page string
	Time time.Time
}

// WriteIndex makes the index of a folder anew, once more if reports have come meanwhile:
// the tasks may run side by side.
func WriteIndex(dir string) error {
	for {
		runs, err := readRuns(dir)
		if err != nil {
			return err
		}
		if err := Replace(dir, "index.html", func(w io.Writer) error { return writePage(w, "index.html", newIndex(runs)) }); err != nil {
			return err
		}
		again, err := readRuns(dir)
		if err != nil || slices.EqualFunc(runs, again, func(a, b run) bool { return a.Page == b.Page && a.Time.Equal(b.Time) }) {
			return err
		}
	}
}

// readRuns reads the reports of a folder, the latest of each task first.
func readRuns(dir string) ([]run, error) {
	names, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		return nil, fmt.Errorf("listing reports: %w", err)
	}
	var runs []run
	for _, name := range names {
		content, err := os.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("reading a report: %w", err)
		}
		r := run{Page: strings.TrimSuffix(filepath.Base(name), ".json") + ".html"}
		if json.Unmarshal(content, &r.Report) == nil && r.FormatVersion == FormatVersion && r.Task != "" { // others' files may lie there
			runs = append(runs, r)
		}
	}
	slices.SortFunc(runs, func(a, b run) int { return cmp.Or(strings.Compare(a.Task, b.Task), b.Time.Compare(a.Time)) })
	return runs, nil
}

func newIndex(runs []run) index {
	x := index{}
	teams := map[string]bool{}
	for _, r := range runs {
		if last := len(x.Columns) - 1; last < 0 || x.Columns[last].Task != r.Task {
			x.Columns = append(x.Columns, column{Task: r.Task})
		}
		last := &x.Columns[len(x.Columns)-1]
		last.Runs = append(last.Runs, r)
		for _, t := range r.Teams {
			teams[t.Name] = true
		}
		if r.Time.After(x.Made) {
			x.Made = r.Time
		}
	}
	for _, team := range slices.Sorted(maps.Keys(teams)) {
		r := row{Team: team}
		for _, c := range x.Columns {
			r.Cells = append(r.Cells, c.cell(team))
		}
		x.Rows = append(x.Rows, r)
	}
	return x
}

func (c column) cell(team string) cell {
	for _, r := range c.Runs {
		for _, t := range r.Teams {
			if t.Name == team {
				return cell{t, r.Page, r.Time}
			}
		}
	}
	return cell{}
}
