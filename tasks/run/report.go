package run

import (
	_ "embed"
	"errors"
	"fmt"
	"html/template"
	"os"

	"otomi.io/tasks/tasks/plan"
)

//go:embed report.html
var reportPage string

// reportData is what the page shows.
type reportData struct {
	Outcome Outcome
	Counts  plan.Counts
	Lines   []plan.Line
}

// openReport opens the file of --report. It comes before the first request: no
// change is made whose report has no place.
func (r *runner) openReport() error {
	if r.options.report == "" {
		return nil
	}
	file, err := os.OpenFile(r.options.report, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("opening the report: %w", err)
	}
	r.report = file
	return nil
}

// writeReport writes the plan and its outcome as one page that needs nothing
// from elsewhere, and closes its file.
func (r *runner) writeReport(o Outcome) error {
	if r.report == nil {
		return nil
	}
	page, err := template.New("report").Parse(reportPage)
	if err != nil {
		return fmt.Errorf("preparing the report: %w", err)
	}
	err = page.Execute(r.report, reportData{Outcome: o, Counts: r.outcome.planned, Lines: r.outcome.lines})
	if err = errors.Join(err, r.report.Close()); err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	return nil
}
