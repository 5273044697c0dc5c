package keycloak

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"path"
	"reflect"
	"strings"
)

// refusal is an answer other than 2xx.
type refusal struct {
	status int
	body   failure
}

func (r refusal) Error() string { return fmt.Sprintf("%d %+v", r.status, r.body) }

// failure is the body of a refusal. Keycloak has three ways of saying it and
// mixes them.
type failure struct {
	Error            string    `json:"error,omitempty"`
	ErrorDescription string    `json:"error_description,omitempty"`
	Field            string    `json:"field,omitempty"`
	ErrorMessage     string    `json:"errorMessage,omitempty"`
	Params           []any     `json:"params,omitempty"`
	Errors           []failure `json:"errors,omitempty"`
}

func notFound(what string) error {
	return refusal{http.StatusNotFound, failure{Error: what}}
}

func conflict(format string, args ...any) error {
	return refusal{http.StatusConflict, failure{ErrorMessage: fmt.Sprintf(format, args...)}}
}

func invalid(format string, args ...any) error {
	return refusal{http.StatusBadRequest, failure{ErrorMessage: fmt.Sprintf(format, args...)}}
}

// duplicate is what a broken constraint of the database turns into, also that
// of a column which must not be empty.
func duplicate() error {
	return refusal{http.StatusConflict, failure{Error: "conflict", ErrorDescription: "Duplicate resource error"}}
}

// crash is what an unexpected exception turns into.
func crash() error {
	return refusal{http.StatusInternalServerError, failure{Error: "unknown_error", ErrorDescription: "For more on this error consult the server log."}}
}

func httpError(status int) error {
	return refusal{status, failure{Error: fmt.Sprintf("HTTP %d %s", status, http.StatusText(status))}}
}

// refuse answers with a refusal; any other error is a fault of the simulator.
func refuse(w http.ResponseWriter, _ *http.Request, err error) {
	var r refusal
	if !errors.As(err, &r) {
		r = refusal{http.StatusInternalServerError, failure{Error: "simulator: " + err.Error()}}
	}
	answerJSON(w, r.status, r.body)
}

func answerJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // into memory
}

// refuseParameter: an invalid number is a path that does not exist.
func refuseParameter(w http.ResponseWriter, r *http.Request, _ error) {
	refuse(w, r, httpError(http.StatusNotFound))
}

func refuseBody(w http.ResponseWriter, r *http.Request, err error) {
	var wrongType *json.UnmarshalTypeError
	f := failure{Error: "invalid_request", ErrorDescription: "Cannot parse the JSON"}
	switch {
	case errors.As(err, &wrongType):
		f.Error = "unknown_error"
	case r.URL.Path == "/admin/realms":
		f = failure{ErrorMessage: unreadable}
	}
	status := http.StatusBadRequest
	if isImport(r) {
		status = http.StatusInternalServerError
	}
	refuse(w, r, refusal{status, f})
}

// isImport tells the one resource that answers 500 to a body that it cannot read.
func isImport(r *http.Request) bool { return path.Base(r.URL.Path) == "partialImport" }

// unreadableBy is what the two resources that parse their body themselves say of
// one that they cannot use; nil for all others.
func unreadableBy(r *http.Request) error {
	switch {
	case r.URL.Path == "/admin/realms":
		return invalid(unreadable)
	case isImport(r):
		return unreadableImport()
	}
	return nil
}

func unreadableImport() error {
	return refusal{http.StatusInternalServerError, failure{Error: "unknown_error", ErrorDescription: "Cannot parse the JSON"}}
}

const unreadable = "unable to read contents from stream"

// call is what the handlers of the admin API need of a request besides its
// parameters.
type call struct {
	base string // scheme and host as the client wrote them
	path string
	body []byte
}

type callKey struct{}

func withCall(r *http.Request, body []byte) context.Context {
	return context.WithValue(r.Context(), callKey{}, call{base: "http://" + r.Host, path: r.URL.EscapedPath(), body: body})
}

func callOf(ctx context.Context) call {
	c, _ := ctx.Value(callKey{}).(call)
	return c
}

// created is the address of the object that a POST to a list has made.
func created(ctx context.Context, id string) string {
	c := callOf(ctx)
	return c.base + strings.TrimSuffix(c.path, "/") + "/" + id
}

// checkBody refuses a missing body and fields that the server does not know.
func checkBody(next StrictHandlerFunc, _ string) StrictHandlerFunc {
	return func(ctx context.Context, w http.ResponseWriter, r *http.Request, request any) (any, error) {
		body := reflect.ValueOf(request).FieldByName("Body")
		if !body.IsValid() || (body.IsNil() && r.Method == http.MethodDelete) {
			return next(ctx, w, r, request)
		}
		if body.IsNil() {
			return nil, missingBody(r)
		}
		if err := checkFields(callOf(ctx).body, body.Type().Elem(), r); err != nil {
			return nil, err
		}
		return next(ctx, w, r, request)
	}
}

func missingBody(r *http.Request) error {
	if err := unreadableBy(r); err != nil {
		return err
	}
	return crash()
}

func checkFields(body []byte, t reflect.Type, r *http.Request) error {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	err := decoder.Decode(reflect.New(t).Interface())
	if err == nil {
		return nil
	}
	if err := unreadableBy(r); err != nil {
		return err
	}
	if t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	field := strings.TrimPrefix(err.Error(), "json: unknown field ")
	return refusal{http.StatusBadRequest, failure{Error: fmt.Sprintf(
		"Invalid json representation for %s. Unrecognized field %s at line 1 column %d.", t.Name(), field, decoder.InputOffset()+1)}}
}
