package task

import (
	"errors"
	"fmt"

	"otomi.io/tasks/clients/transport"
	"otomi.io/tasks/tasks/plan"
)

// maxStreak is how many changes may fail in a row before the run stops: a server
// that is unreachable is not asked a thousand times more.
const maxStreak = 10

// round is what one round of changes met.
type round struct {
	// incomplete is a round in which a create or update did not happen.
	incomplete bool
	// done, failed and forbidden count changes; those that were skipped are in none.
	done, failed, forbidden int
	// streak counts the changes since the last success that met a server which is
	// away.
	streak int
}

// note counts a change, and returns the fault that ends the round with it.
func (r *round) note(line plan.Line, err error) error {
	if err != nil && !line.TakesAway() {
		r.incomplete = true
	}
	var skip *SkipError
	switch {
	case errors.As(err, &skip):
	case err == nil:
		r.done++
		r.streak = 0
	case transport.IsForbidden(err):
		r.failed++
		r.forbidden++
	default:
		r.failed++
		r.streak = next(r.streak, err)
	}
	switch {
	case r.streak >= maxStreak:
		return away(err)
	case r.allForbidden() && r.forbidden >= maxStreak:
		return forbidden()
	default:
		return nil
	}
}

// next counts an error of an unreachable server; any other shows that it answers.
func next(streak int, err error) int {
	if transport.Temporary(err) {
		return streak + 1
	}
	return 0
}

// allForbidden tells whether the server refused every change for want of a right: that
// is the account's trouble and no object's.
func (r *round) allForbidden() bool { return r.forbidden > 0 && r.forbidden == r.failed && r.done == 0 }

func away(last error) error {
	f := &Fault{
		Class: ClassFailed, Docs: "docs/operations.md#the-server-became-unreachable",
		Cause:  fmt.Sprintf("stopping after %d failures in a row, the last one", maxStreak),
		Remedy: "see that the server is up, and run again", Err: last,
	}
	if known := Explain(last); known.Remedy != "" {
		f.Remedy, f.Docs = known.Remedy, known.Docs
	}
	return f
}

func forbidden() error {
	return &Fault{
		Class: ClassUnauthorized, Docs: "docs/operations.md#missing-rights",
		Cause:  "the server refused every change: the account lacks the right",
		Remedy: "grant the account the rights that the task's page names, or use another one",
	}
}
