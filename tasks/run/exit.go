package run

import (
	"context"
	"errors"

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
	ExitInvalid      = 3 // the input is wrong
	ExitRefused      = 4 // a guard refused the plan
	ExitUnauthorized = 5 // the login failed or rights are missing
	ExitLocked       = 6 // another run holds the lock
	ExitUnsettled    = 7 // applied, but the plan is not empty afterwards
)

// meaning explains a code in words.
func meaning(code int) string {
	switch code {
	case ExitInvalid:
		return "the input is wrong"
	case ExitRefused:
		return "a guard refused the plan"
	case ExitUnauthorized:
		return "the login failed or rights are missing"
	case ExitLocked:
		return "another run holds the lock"
	case ExitUnsettled:
		return "applied, but the plan is not empty afterwards"
	default:
		return "a retry may help"
	}
}

// usageError is a flag, an argument or a variable that is invalid.
type usageError struct{ error }

// verdict is the exit code of an error and its word in the outcome line.
func verdict(err error) (int, string) {
	var problems values.Problems
	var usage usageError
	var unsafe *plan.UnsafeError
	var foreign *inventory.OwnerError
	var locked *kube.LockedError
	switch {
	case errors.As(err, &problems), errors.As(err, &usage):
		return ExitInvalid, "invalid"
	case errors.As(err, &unsafe), errors.As(err, &foreign):
		return ExitRefused, "refused"
	case errors.As(err, &locked):
		return ExitLocked, "locked"
	case errors.Is(err, errUnsettled):
		return ExitUnsettled, "unsettled"
	case errors.Is(err, task.ErrStopped), errors.Is(err, context.Canceled):
		return ExitFailed, "stopped"
	case task.Unauthorized(err):
		return ExitUnauthorized, "unauthorized"
	default:
		return ExitFailed, "failed"
	}
}
