package harbor

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
)

// refusal is an answer other than 2xx.
type refusal struct {
	status        int
	code, message string
}

func (r refusal) Error() string { return fmt.Sprintf("%d %s: %s", r.status, r.code, r.message) }

func badRequest(format string, args ...any) error {
	return refusal{http.StatusBadRequest, "BAD_REQUEST", fmt.Sprintf(format, args...)}
}

func unauthorized() error { return refusal{http.StatusUnauthorized, "UNAUTHORIZED", "unauthorized"} }

func forbidden(message string) error { return refusal{http.StatusForbidden, "FORBIDDEN", message} }

// denied has the status of forbidden and another code.
func denied(message string) error { return refusal{http.StatusForbidden, "DENIED", message} }

func notFound(format string, args ...any) error {
	return refusal{http.StatusNotFound, "NOT_FOUND", fmt.Sprintf(format, args...)}
}

func conflict(format string, args ...any) error {
	return refusal{http.StatusConflict, "CONFLICT", fmt.Sprintf(format, args...)}
}

func precondition(message string) error {
	return refusal{http.StatusPreconditionFailed, "PRECONDITION", message}
}

// invalid is what the check of the request against the specification says; it
// comes before any look at who asks.
func invalid(message string) error {
	return refusal{http.StatusUnprocessableEntity, "UNPROCESSABLE_ENTITY", "validation failure list:\n" + message}
}

// crash is what an unexpected error turns into.
func crash() error {
	return refusal{http.StatusInternalServerError, "UNKNOWN", "internal server error"}
}

// mute has no body: a handler that panicked, or one that does not say why.
func mute(status int) error { return refusal{status: status} }

// refuse answers with a refusal; any other error is a fault of the simulator.
func refuse(w http.ResponseWriter, _ *http.Request, err error) {
	var r refusal
	if !errors.As(err, &r) {
		r = refusal{http.StatusInternalServerError, "UNKNOWN", "simulator: " + err.Error()}
	}
	if r.code == "" {
		w.WriteHeader(r.status)
		return
	}
	type failure struct {
		Code    string `json:"code"`
		Message string `json:"message"`
	}
	answerJSON(w, r.status, map[string][]failure{"errors": {{r.code, r.message}}})
}

// refuseInput: a parameter or a body that is not of its type.
func refuseInput(w http.ResponseWriter, r *http.Request, err error) {
	refuse(w, r, invalid(err.Error()))
}

func answerJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // into memory
}
