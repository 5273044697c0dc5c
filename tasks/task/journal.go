package task

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"sync"

	"otomi.io/tasks/clients/transport"
	"otomi.io/tasks/tasks/plan"
)

// ErrStopped is a run that a signal ended between two calls.
var ErrStopped = errors.New("stopped by a signal before the plan was finished")

// SkipError is a change that was not tried because its parent is missing.
type SkipError struct{ Reason string }

func (e *SkipError) Error() string { return "skipped: " + e.Reason }

// Results counts the results of the changes.
type Results struct {
	Created int `json:"created"`
	Updated int `json:"updated"`
	Deleted int `json:"deleted"`
	Adopted int `json:"adopted,omitempty"`
	Blocked int `json:"blocked"`
	Failed  int `json:"failed"`
	Skipped int `json:"skipped"`
}

func (r Results) String() string {
	text := fmt.Sprintf("%d created, %d updated, %d deleted", r.Created, r.Updated, r.Deleted)
	if r.Adopted > 0 {
		text += fmt.Sprintf(", %d adopted", r.Adopted)
	}
	if r.Blocked > 0 {
		text += fmt.Sprintf(", %d blocked", r.Blocked)
	}
	return text
}

// Progress is called after each change.
type Progress interface {
	Start(what string, total int)
	Step()
	End()
}

// JournalOptions are what a Journal works with.
type JournalOptions struct {
	Logger   *slog.Logger
	Progress Progress
	// Note is told what became of each change, one after the other; nil for none.
	Note func(plan.Line, error)
	// Workers is the number of changes under way at once.
	Workers int
	// Stop lets no further change begin when it is closed.
	Stop <-chan struct{}
}

// Journal notes the result of each change, for several workers at once.
type Journal struct {
	options JournalOptions

	mu      sync.Mutex
	results Results
	errs    []error
	healing bool // an error that another round may heal
	round   round
	fatal   error
}

// NewJournal makes an empty journal.
func NewJournal(o JournalOptions) *Journal { return &Journal{options: o} }

// Begin starts a round.
func (j *Journal) Begin(counts plan.Counts) {
	j.Reopen()
	j.round = round{}
	j.results.Blocked = counts.Blocked
	j.options.Progress.Start("applying", counts.Pending())
}

// Reopen forgets what failed: the server has shown what it holds since.
func (j *Journal) Reopen() {
	j.errs, j.healing = nil, false
	j.results.Failed, j.results.Skipped = 0, 0
}

// MayHeal tells whether applying what is left can lead anywhere: where nothing
// failed, that is not what was just applied.
func (j *Journal) MayHeal(otherPlan bool) bool {
	return j.healing || len(j.errs) == 0 && otherPlan
}

// Fail notes an error that belongs to none of the changes.
func (j *Journal) Fail(err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if endsRun(err) {
		j.setFatal(err)
	}
	j.healing = j.healing || heals(err)
	j.round.incomplete = true
	j.errs = append(j.errs, err)
}

// Fatal is the error that ended the round early; nil where none did.
func (j *Journal) Fatal() error { return j.fatal }

// Results counts the results of the changes so far.
func (j *Journal) Results() Results { return j.results }

// SetBlocked counts the changes that the last plan blocked.
func (j *Journal) SetBlocked(n int) { j.results.Blocked = n }

// Finish ends a round. It returns the joined error of what ended it early and of all
// changes that failed.
func (j *Journal) Finish() error {
	j.options.Progress.End()
	if j.round.allForbidden() {
		j.setFatal(forbidden())
	}
	return errors.Join(append([]error{j.fatal}, j.errs...)...)
}

// halted tells whether no further change may begin: after a signal, and after
// a refusal that every further request would meet as well.
func (j *Journal) halted(ctx context.Context) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	select {
	case <-j.options.Stop:
		j.setFatal(ErrStopped)
	case <-ctx.Done():
		j.setFatal(fmt.Errorf("applying: %w", context.Cause(ctx)))
	default:
	}
	return j.fatal != nil
}

func (j *Journal) setFatal(err error) {
	if j.fatal == nil {
		j.fatal = err
	}
}

// mayTakeAway tells whether something may be taken away: not where a create or an
// update of the round failed, for what is taken away may be what people still need.
func (j *Journal) mayTakeAway() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return !j.round.incomplete
}

// Skip notes the changes that are not tried because what they depend on is
// missing.
func (j *Journal) Skip(lines iter.Seq[plan.Line], reason string) {
	for line := range lines {
		if line.Blocked == "" && j.fatal == nil {
			j.note(line, &SkipError{Reason: reason})
		}
	}
}

func (j *Journal) note(line plan.Line, err error) {
	j.options.Progress.Step()
	var skip *SkipError
	switch {
	case err == nil:
		j.options.Logger.Info("applied", "action", line.Action, "kind", line.Kind, "name", line.Name)
	case errors.As(err, &skip):
		j.options.Logger.Warn("skipped", "kind", line.Kind, "name", line.Name, "reason", skip.Reason)
	default:
		j.options.Logger.Error("failed", "action", line.Action, "kind", line.Kind, "name", line.Name, "error", err)
	}
	j.count(line, err)
}

// heals recognises the errors after which reading again and comparing may show
// that all is well: the object exists already, or the answer was lost.
func heals(err error) bool { return transport.IsConflict(err) || transport.Temporary(err) }

func (j *Journal) count(line plan.Line, err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.options.Note != nil {
		j.options.Note(line, err)
	}
	j.healing = j.healing || heals(err)
	if fault := j.round.note(line, err); fault != nil {
		defer j.setFatal(fault)
	}
	var skip *SkipError
	switch {
	case errors.As(err, &skip):
		j.results.Skipped++
		j.errs = append(j.errs, named(line, err))
	case endsRun(err): // the first one is fatal, the others have the same cause
		j.results.Failed++
		j.setFatal(named(line, err))
	case err != nil:
		j.results.Failed++
		j.errs = append(j.errs, named(line, err))
	default:
		j.results.add(line.Action)
	}
}

func (r *Results) add(a plan.Action) {
	switch a {
	case plan.Create:
		r.Created++
	case plan.Update:
		r.Updated++
	case plan.Delete:
		r.Deleted++
	case plan.Adopt:
		r.Adopted++
	}
}

// ObjectError is the failure of one object. Others go on.
type ObjectError struct {
	Action     plan.Action
	Kind, Name string
	Err        error
}

func (e *ObjectError) Error() string {
	return fmt.Sprintf("%s %s %s: %v", gerund(e.Action), e.Kind, e.Name, e.Err)
}

func (e *ObjectError) Unwrap() error { return e.Err }

func named(line plan.Line, err error) error {
	return &ObjectError{line.Action, line.Kind, line.Name, err}
}

func gerund(a plan.Action) string {
	return map[plan.Action]string{plan.Create: "creating", plan.Update: "updating", plan.Delete: "deleting", plan.Adopt: "adopting"}[a]
}
