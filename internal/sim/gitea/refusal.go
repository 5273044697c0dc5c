package gitea

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"
)

// refusal is an answer other than 2xx.
type refusal struct {
	status  int
	message string
	errors  *[]string // only what is not found has it
	bare    bool      // without the address of the documentation
	address string    // where a moved repository is
}

func (r refusal) Error() string { return fmt.Sprintf("%d %s", r.status, r.message) }

func refused(status int, format string, args ...any) error {
	return refusal{status: status, message: fmt.Sprintf(format, args...)}
}

func invalid(format string, args ...any) error {
	return refused(http.StatusUnprocessableEntity, format, args...)
}

func forbidden(format string, args ...any) error {
	return refused(http.StatusForbidden, format, args...)
}

// lockedOut is what is said to those who may not call at all.
func lockedOut(message string) error {
	return refusal{status: http.StatusForbidden, message: message, bare: true}
}

// crash is an error that the server did not foresee. Only administrators read it.
func crash(format string, args ...any) error {
	return refused(http.StatusInternalServerError, format, args...)
}

func notFound() error { return notFoundBecause("not found") }

func notFoundBecause(message string, errs ...string) error {
	return refusal{status: http.StatusNotFound, message: message, errors: &errs}
}

// refuse answers with a refusal; any other error is a fault of the simulator.
func refuse(w http.ResponseWriter, r *http.Request, err error) {
	var f refusal
	if !errors.As(err, &f) {
		f = refusal{status: http.StatusInternalServerError, message: "simulator: " + err.Error()}
	} else if f.status == http.StatusInternalServerError && !callOf(r.Context()).isAdmin() {
		f.message = ""
	}
	if f.address != "" {
		w.Header().Set("Location", f.address)
	}
	body := map[string]any{"message": f.message}
	if !f.bare {
		body["url"] = callOf(r.Context()).base + "/api/swagger"
	}
	if f.errors != nil {
		body["errors"] = *f.errors
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(f.status)
	_ = json.NewEncoder(w).Encode(body) // into memory
}

// refuseParameter: an invalid id is not found.
func refuseParameter(w http.ResponseWriter, r *http.Request, _ error) { refuse(w, r, notFound()) }

func refuseBody(w http.ResponseWriter, r *http.Request, err error) {
	refuse(w, r, invalid("[]: %s", errors.Unwrap(err)))
}

// form is a body that can be wrong in itself.
type form interface{ problem() error }

// checkBody checks what is in a body before its operation sees it.
func checkBody(next StrictHandlerFunc, _ string) StrictHandlerFunc {
	return func(ctx context.Context, w http.ResponseWriter, r *http.Request, request any) (any, error) {
		body := reflect.ValueOf(request).FieldByName("Body")
		if !body.IsValid() {
			return next(ctx, w, r, request)
		}
		untyped := r.Header.Get("Content-Type") == ""
		if untyped && r.Method != http.MethodPatch {
			return nil, invalid("[]: Empty Content-Type")
		}
		if f, checked := body.Interface().(form); checked && !untyped { // an untyped PATCH is not even read
			if err := f.problem(); err != nil {
				return nil, err
			}
		}
		return next(ctx, w, r, request)
	}
}

// messageOf is what a refusal says, for another status.
func messageOf(err error) string {
	var f refusal
	errors.As(err, &f)
	return f.message
}
