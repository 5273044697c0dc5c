package task

import "errors"

// Class says what an error means for the run. tasks/run has an exit code for each.
type Class uint8

// The classes of errors.
const (
	// ClassFailed is everything after which a retry may help.
	ClassFailed Class = iota
	// ClassInvalid is a wrong input, or a server that is not supported.
	ClassInvalid
	// ClassRefused needs --accept or another option of a person.
	ClassRefused
	// ClassUnauthorized is a refused login or a missing right.
	ClassUnauthorized
	// ClassUnsettled is an outcome that is not as the values promise.
	ClassUnsettled
)

// Fault is something broken with the way to repair it.
type Fault struct {
	Class Class
	// Cause and Remedy are one sentence each, without a full stop.
	Cause, Remedy string
	// Docs is where to read on: a file of docs with its anchor, such as
	// docs/operations.md#login.
	Docs string
	// Err is what it was told from; nil where the fault is all that is known.
	Err error
}

func (f *Fault) Error() string {
	text := f.Cause
	if f.Err != nil {
		text += ": " + f.Err.Error()
	}
	return text
}

func (f *Fault) Unwrap() error { return f.Err }

// ErrorClass is the fault's own class.
func (f *Fault) ErrorClass() Class { return f.Class }

// ClassOf is the class that an error says it has.
func ClassOf(err error) (c Class, known bool) {
	var e interface{ ErrorClass() Class }
	if errors.As(err, &e) {
		return e.ErrorClass(), true
	}
	return ClassFailed, false
}

// Advised is an error that knows what repairs it, and where to read on.
type Advised interface{ Advice() (remedy, docs string) }

// Explain finds the fault in an error, or its advice; the zero Fault with the error's
// own text where there is neither.
func Explain(err error) Fault {
	if f, ok := errors.AsType[*Fault](err); ok {
		return *f
	}
	f := Fault{Cause: err.Error()}
	if advised := Advised(nil); errors.As(err, &advised) {
		f.Remedy, f.Docs = advised.Advice()
	}
	return f
}
