package run

import (
	"context"
	"errors"
	"time"

	"otomi.io/tasks/tasks/task"
)

// runner is one run of one task: the session that it works with, the journal of
// its writes, and the report of both.
type runner struct {
	session
	journal *task.Journal
	report  report
	// saved is the plan that apply was given as a file; nil where it makes its own.
	saved *savedPlan
	// shardsUntil is until when this shard waits for others; zero before it has to.
	shardsUntil time.Time
}

// finishUnstarted is the end of help, version and invalid arguments.
func (r *runner) finishUnstarted(err error) int {
	if err == nil {
		return ExitOK
	}
	r.log = newLogger(r.process.Stderr, r.options)
	return r.conclude(errors.Join(usageError{err}, r.report.open(r.options.report)))
}

// execute runs one verb from its checked options to its error.
func (r *runner) execute(v verb) error {
	r.verb = v
	r.log = newLogger(r.process.Stderr, r.options)
	if err := r.prepare(); err != nil {
		return err
	}
	r.bar = newProgress(r.process.Stderr)
	r.journal = task.NewJournal(task.JournalOptions{Logger: r.log, Progress: r.bar, Workers: r.options.workers, Stop: r.process.Stop})
	ctx, cancel := context.WithTimeout(context.Background(), r.options.timeout)
	defer cancel()
	ctx, r.abandon = context.WithCancelCause(ctx)
	defer r.abandon(nil)
	defer stopLater(r.process.Stop, cancel)()
	if v == verbValidate {
		v, err := r.load(ctx)
		if err != nil {
			return err
		}
		return r.checkTeams(v)
	}
	return r.traced(ctx, r.converge)
}

// prepare checks the options and opens the report that they name, which tells
// of wrong options, too.
func (r *runner) prepare() error {
	unwritable := r.report.open(r.options.report)
	if r.options.saved != "" {
		if err := r.readSaved(r.options.saved); err != nil {
			return errors.Join(usageError{err}, unwritable)
		}
	}
	if err := r.options.check(); err != nil {
		return errors.Join(usageError{err}, unwritable)
	}
	return unwritable
}

// conclude writes the outcome everywhere a person or a program looks for it.
func (r *runner) conclude(err error) int {
	if err != nil && !errors.Is(err, task.ErrStopped) && stopped(r.process.Stop) {
		err = errors.Join(task.ErrStopped, err)
	}
	end := ending{ExitOK, r.report.word(r.verb)}
	if err != nil {
		end = verdict(err)
	} else if r.verb == verbPlan && r.options.detailedExit && r.report.differs() {
		end.code = ExitDifferences
	}
	return r.publish(end, err)
}
