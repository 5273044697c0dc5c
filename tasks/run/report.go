package run

import (
	_ "embed"
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

// writeReport writes the plan and its outcome as one page that needs nothing
// from elsewhere.
func (r *runner[S, P]) writeReport(o Outcome) (err error) {
	if r.options.report == "" {
		return nil
	}
	page, err := template.New("report").Parse(reportPage)
	if err != nil {
		return fmt.Errorf("preparing the report: %w", err)
	}
	file, err := os.OpenFile(r.options.report, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	err = page.Execute(file, reportData{Outcome: o, Counts: r.outcome.planned, Lines: r.outcome.lines})
	if closeErr := file.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	return nil
}
