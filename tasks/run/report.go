package run

import (
	"errors"
	"fmt"
	"iter"
	"os"
	"slices"
	"strings"
	"time"

	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/report"
	"otomi.io/tasks/tasks/task"
	"otomi.io/tasks/tasks/values"
)

// record is what a run remembers of itself to tell at its end.
type record struct {
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
	page    *report.File // nil where none is wanted
	wanted  bool         // a report is
	lines   []plan.Line  // nil unless a report is wanted
	became  map[changeKey]error
	teams   []string // that the run looks at, "" for the platform's own
	header  plan.Header
	server  task.Server
	checks  []task.CheckResult
	// read is what a run with --full-every read.
	read  string
	shown bool // the plan was printed
}

// changeKey tells a change from others.
type changeKey struct {
	action     plan.Action
	kind, name string
}

// reportError is a report that cannot be written.
type reportError struct{ error }

func (e reportError) Unwrap() error { return e.error }

func keyOf(l plan.Line) changeKey { return changeKey{l.Action, l.Kind, l.Name} }

// open opens the file of --report and looks at the folder of --report-dir. It comes
// before the first request: no change is made that could not be reported.
func (r *record) open(o options) error {
	r.wanted = o.report != "" || o.reportDir != ""
	if o.reportDir != "" {
		err := os.MkdirAll(o.reportDir, 0o750)
		if err == nil {
			err = report.Writable(o.reportDir)
		}
		if err != nil {
			return reportError{fmt.Errorf("opening the folder of reports: %w", err)}
		}
	}
	if o.report == "" {
		return nil
	}
	var err error
	if r.page, err = report.Create(o.report); err != nil {
		r.page = nil
		return reportError{fmt.Errorf("opening the report: %w", err)}
	}
	return nil
}

// note keeps what became of a change, for several workers one after the other.
func (r *record) note(line plan.Line, err error) {
	if r.became != nil {
		r.became[keyOf(line)] = err
	}
}

// lookAt remembers the teams in the scope.
func (r *record) lookAt(v values.Values, s task.Scope) {
	outside := func(id string) bool { return !s.Reads(id) }
	r.teams = slices.DeleteFunc(append([]string{""}, v.TeamIDs()...), outside)
}

// remember keeps of the plan what is looked at later.
func (r *record) remember(lines iter.Seq[plan.Line]) {
	r.planned, r.risks = plan.Count(lines), plan.RisksOf(lines)
	for line := range lines {
		r.noteEvent(line)
		if line.Blocked != "" && (line.Action == plan.Update && !line.TakesAway() || line.Breaks != "") {
			r.repairs++
		}
	}
	if r.wanted {
		r.lines, r.became = slices.Collect(lines), map[changeKey]error{}
	}
}

// noteEvent keeps what the Event says of the plan besides its numbers.
func (r *record) noteEvent(line plan.Line) {
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
func (r *record) waits() string {
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
func (r *record) differs() bool { return r.planned.Pending()+r.repairs > 0 }

// word is the result of a run that met no error.
func (r *record) word(v verb) string {
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

// write writes the report of a run into the file and the folder that are wanted.
func (r *runner) writeReport(o Outcome) error {
	if !r.report.wanted {
		return nil
	}
	doc := r.report.document(o, r.verb, r.applies())
	var errs []error
	if r.report.page != nil {
		errs = append(errs, r.report.page.Fill(doc.WritePage))
	}
	if r.options.reportDir != "" && r.plans() {
		errs = append(errs, doc.Files(r.options.reportDir, r.reportName()))
	}
	if err := errors.Join(errs...); err != nil {
		return reportError{fmt.Errorf("writing the report: %w", err)}
	}
	return nil
}

// plans tells whether a run makes a plan: others would take the place of its report.
func (r *runner) plans() bool { return r.verb == verbPlan || r.applies() }

// reportName tells the reports of parts from that of the whole.
func (r *runner) reportName() string {
	parts := append([]string{r.task.Name}, r.options.teams...)
	if shard := r.options.shard.String(); shard != "" {
		parts = append(parts, strings.ReplaceAll(shard, "/", "-of-"))
	}
	return strings.Join(parts, "-")
}

func (r *record) document(o Outcome, v verb, applies bool) report.Report {
	doc := report.Report{
		FormatVersion: report.FormatVersion, Task: o.Task, Shard: o.Shard, Verb: string(v), Time: time.Now(), Seconds: o.Seconds,
		Result: o.Result, Error: o.Error, Remedy: o.Remedy, Docs: o.Docs, Header: r.header, Counts: r.planned,
		Reads: o.Requests.Reads, Writes: o.Requests.Writes, Changes: []report.Change{}, Checks: r.checks,
	}
	for _, line := range r.lines {
		doc.Changes = append(doc.Changes, r.change(line, applies, o.Error == ""))
	}
	doc.AddTeams(r.teams)
	return doc
}

// change tells what became of a line. What failed in a run without an error is as
// desired: it was read again.
func (r *record) change(line plan.Line, applies, good bool) report.Change {
	c := report.Change{Line: line}
	err, tried := r.became[keyOf(line)]
	var skip *task.SkipError
	switch {
	case line.Blocked != "":
		c.Became = report.Blocked
	case !applies:
		c.Became = report.Planned
	case !tried:
		c.Became = report.NotPerformed
	case err == nil || good:
		c.Became = report.Done(line.Action)
	case errors.As(err, &skip):
		c.Became, c.Failure = report.Skipped, skip.Reason
	default:
		c.Became, c.Failure = report.Failed, shorten(err.Error(), maxReason)
	}
	return c
}
