package run

import (
	"context"
	"errors"
	"net/http"

	"otomi.io/tasks/clients/transport"
	"otomi.io/tasks/tasks/inventory"
	"otomi.io/tasks/tasks/kube"
	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/task"
	"otomi.io/tasks/tasks/values"
)

// The exit codes, which the Jobs' podFailurePolicy maps to its actions.
const (
	ExitOK           = 0 // converged, or nothing to do
	ExitFailed       = 1 // some objects failed; a retry may help
	ExitDifferences  = 2 // plan --detailed-exitcode found differences
	ExitInvalid      = 3 // the input is wrong, or the server is not supported
	ExitRefused      = 4 // a guard refused the plan
	ExitUnauthorized = 5 // the login failed or rights are missing
	ExitLocked       = 6 // another run holds the lock
	ExitUnsettled    = 7 // applied, but the plan or the outcome is not as it should be
)

// ending is how a run ends: its exit code, and its word in the outcome line.
type ending struct {
	code int
	word string
}

// meaning explains a code in words.
func meaning(code int) string {
	switch code {
	case ExitInvalid:
		return "the input is wrong, or the server is not supported"
	case ExitRefused:
		return "a guard refused the plan"
	case ExitUnauthorized:
		return "the login failed or rights are missing"
	case ExitLocked:
		return "another run holds the lock"
	case ExitUnsettled:
		return "applied, but the plan or the outcome is not as it should be"
	default:
		return "a retry may help"
	}
}

// usageError is a flag, an argument or a variable that is invalid.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// caError is a file of certificates that cannot be used.
type caError struct{ error }

// verdict is how a run with an error ends. The first rule that fits decides, so that
// of several errors the one counts that a person has to see first.
func verdict(err error) ending {
	switch {
	case is[values.Problems](err), is[usageError](err), is[*inventory.UnreadableError](err), is[*inventory.SizeError](err):
		return ending{ExitInvalid, "invalid"}
	case is[*plan.UnsafeError](err), is[*inventory.OwnerError](err):
		return ending{ExitRefused, "refused"}
	case is[*kube.LockedError](err):
		return ending{ExitLocked, "locked"}
	case errors.Is(err, errUnsettled):
		return ending{ExitUnsettled, "unsettled"}
	case errors.Is(err, task.ErrStopped), errors.Is(err, context.Canceled):
		return ending{ExitFailed, "stopped"}
	}
	classes := map[task.Class]bool{}
	addClasses(classes, err)
	for _, e := range endings() {
		if classes[e.class] {
			return e.ending
		}
	}
	return ending{ExitFailed, "failed"}
}

// classEnding is how a run ends whose errors have a class.
type classEnding struct {
	class  task.Class
	ending ending
}

// endings are in the order in which they count: nothing helps without a login, and a
// retry is worthwhile as long as it may help one object.
func endings() []classEnding {
	return []classEnding{
		{task.ClassUnauthorized, ending{ExitUnauthorized, "unauthorized"}},
		{task.ClassFailed, ending{ExitFailed, "failed"}},
		{task.ClassInvalid, ending{ExitInvalid, "invalid"}},
		{task.ClassRefused, ending{ExitRefused, "refused"}},
		{task.ClassUnsettled, ending{ExitUnsettled, "unsettled"}},
	}
}

// addClasses notes the classes of all joined errors. A change that was skipped has
// none: its parent's error has.
func addClasses(classes map[task.Class]bool, err error) {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range joined.Unwrap() {
			addClasses(classes, e)
		}
		return
	}
	if !is[*task.SkipError](err) {
		classes[classOf(err)] = true
	}
}

// refusals are the classes of answers that no retry changes: of a request of the run,
// and of a change of one object.
func refusals() map[int]struct{ run, object task.Class } {
	return map[int]struct{ run, object task.Class }{
		http.StatusBadRequest:          {task.ClassInvalid, task.ClassInvalid},
		http.StatusUnauthorized:        {task.ClassUnauthorized, task.ClassUnauthorized},
		http.StatusForbidden:           {task.ClassUnauthorized, task.ClassUnsettled},
		http.StatusConflict:            {task.ClassFailed, task.ClassUnsettled},
		http.StatusUnprocessableEntity: {task.ClassInvalid, task.ClassInvalid},
	}
}

func classOf(err error) task.Class {
	if class, known := task.ClassOf(err); known {
		return class
	}
	if answer, ok := errors.AsType[*transport.StatusError](err); ok {
		if class, known := refusals()[answer.Status]; known && is[*task.ObjectError](err) {
			return class.object
		} else if known {
			return class.run
		}
	}
	e, _ := transport.Explain(err)
	switch {
	case task.Unauthorized(err):
		return task.ClassUnauthorized
	case e.Input:
		return task.ClassInvalid
	case is[*kube.PolicyError](err), is[*kube.ImmutableError](err):
		return task.ClassUnsettled
	}
	return task.ClassFailed
}

func is[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}
