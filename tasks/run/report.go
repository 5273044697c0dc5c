package run

import (
	_ "embed"
	"errors"
	"fmt"
	"html/template"
	"iter"
	"os"
	"slices"
	"strings"
	"time"

	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/task"
)

//go:embed report.html
var reportPage string

// report is what a run remembers of itself to tell at its end.
type report struct {
	started time.Time
	planned plan.Counts
	// repairs counts the blocked changes that are missed: updates, and those without
	// which something does not work. A create may only be early, and what would take
	// something away is left over.
	repairs int
	risks   plan.Risks
	// waiting are the reasons for which something is not created yet, adopted the
	// objects that the inventory did not know.
	waiting []string
	adopted int
	lines   []plan.Line // nil unless a page is wanted
	page    *os.File    // nil where none is wanted
	header  plan.Header
	server  task.Server
	checks  []task.CheckResult
	shown   bool // the plan was printed
}

// reportData is what the page shows.
type reportData struct {
	Outcome Outcome
	Counts  plan.Counts
	Header  plan.Header
	Lines   []plan.Line
}

// reportError is a report that cannot be written.
type reportError struct{ error }

func (e reportError) Unwrap() error { return e.error }

// open opens the file of --report. It comes before the first request: no change is
// made that could not be reported.
func (r *report) open(name string) error {
	if name == "" {
		return nil
	}
	file, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return reportError{fmt.Errorf("opening the report: %w", err)}
	}
	r.page = file
	return nil
}

// remember keeps of the plan what is looked at later.
func (r *report) remember(lines iter.Seq[plan.Line]) {
	r.planned, r.risks = plan.Count(lines), plan.RisksOf(lines)
	for line := range lines {
		r.note(line)
		if line.Blocked != "" && (line.Action == plan.Update && !line.TakesAway() || line.Breaks != "") {
			r.repairs++
		}
	}
	if r.page != nil {
		r.lines = slices.Collect(lines)
	}
}

// note keeps what the Event says of the plan besides its numbers.
func (r *report) note(line plan.Line) {
	if line.Action == plan.Adopt {
		r.adopted++
	}
	if strings.HasSuffix(line.Blocked, " yet") && !slices.Contains(r.waiting, line.Blocked) {
		r.waiting = append(r.waiting, line.Blocked)
	}
}

// maxWaiting is how many reasons for waiting an Event names.
const maxWaiting = 3

// waits says what is missing outside, and whether the inventory was lost or is new.
func (r *report) waits() string {
	named := slices.Clone(r.waiting[:min(len(r.waiting), maxWaiting)])
	if more := len(r.waiting) - len(named); more > 0 {
		named = append(named, fmt.Sprintf("%d more wait", more))
	}
	if r.adopted > 0 {
		named = append(named, fmt.Sprintf("%d adopted that the inventory did not know", r.adopted))
	}
	return strings.Join(named, "; ")
}

// differs tells whether the server is not as the values say. What is merely left over
// is not a difference.
func (r *report) differs() bool { return r.planned.Pending()+r.repairs > 0 }

// word is the result of a run that met no error.
func (r *report) word(v verb) string {
	switch {
	case v == verbValidate:
		return "valid"
	case v == verbDoctor:
		return "healthy"
	case v == verbRender:
		return "rendered"
	case v == verbDump:
		return "dumped"
	case r.planned.Pending() == 0:
		return "unchanged"
	case v == verbPlan:
		return "planned"
	default:
		return "converged"
	}
}

// write writes the plan and its outcome as one page that needs nothing from
// elsewhere, and closes its file.
func (r *report) write(o Outcome) error {
	if r.page == nil {
		return nil
	}
	page, err := template.New("report").Parse(reportPage)
	if err != nil {
		return fmt.Errorf("preparing the report: %w", err)
	}
	err = page.Execute(r.page, reportData{Outcome: o, Counts: r.planned, Header: r.header, Lines: r.lines})
	if err = errors.Join(err, r.page.Close()); err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	return nil
}
