package kube

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation"
)

// NamespaceMissingError is a namespace that does not exist yet, or is about to
// be deleted. Its objects are pending; nothing failed.
type NamespaceMissingError struct {
	Namespace string
	// Terminating tells that it still exists and is being removed.
	Terminating bool
}

func (e *NamespaceMissingError) Error() string {
	if e.Terminating {
		return fmt.Sprintf("namespace %s is being removed", e.Namespace)
	}
	return fmt.Sprintf("namespace %s does not exist yet", e.Namespace)
}

// AccountMissingError is a ServiceAccount that does not exist yet: its
// namespace does not, or is so new that Kubernetes has still to fill it.
type AccountMissingError struct{ Namespace, Name string }

func (e *AccountMissingError) Error() string {
	return fmt.Sprintf("service account %s/%s does not exist yet", e.Namespace, e.Name)
}

// Pending tells whether an error only says that it is too early: the namespace
// or its ServiceAccount is missing.
func Pending(err error) bool {
	var namespace *NamespaceMissingError
	var account *AccountMissingError
	return errors.As(err, &namespace) || errors.As(err, &account)
}

// ForeignError is a Secret that we were asked to delete and that is not ours.
type ForeignError struct{ Namespace, Name string }

func (e *ForeignError) Error() string {
	return fmt.Sprintf("secret %s/%s was not made by this suite: it lacks the label %s=%s", e.Namespace, e.Name, ManagedBy, Manager)
}

// ImmutableError is a Secret that Kubernetes does not let us change: its type is
// another one, or it was declared immutable. It must be deleted by hand.
type ImmutableError struct {
	Namespace, Name string
	Err             error // as the server says it
}

func (e *ImmutableError) Error() string {
	return fmt.Sprintf("secret %s/%s cannot be changed, delete it and run again: %v", e.Namespace, e.Name, e.Err)
}

func (e *ImmutableError) Unwrap() error { return e.Err }

// DeniedError is a login that Kubernetes refused, or a right that RBAC does
// not grant.
type DeniedError struct{ Err error }

func (e *DeniedError) Error() string { return e.Err.Error() }

func (e *DeniedError) Unwrap() error { return e.Err }

// Unauthorized returns true: the run ends with the exit code for missing rights.
func (e *DeniedError) Unauthorized() bool { return true }

// PolicyError is a quota, an admission policy or a webhook that forbids an object.
type PolicyError struct{ Err error }

func (e *PolicyError) Error() string { return e.Err.Error() }

func (e *PolicyError) Unwrap() error { return e.Err }

// foreignAnswerError is an answer that no API server gave, such as a proxy's
// page. Its 404 must not be taken for an absent object.
type foreignAnswerError struct{ code int }

func (e *foreignAnswerError) Error() string {
	return fmt.Sprintf("%d %s, and not from a Kubernetes API server", e.code, http.StatusText(e.code))
}

// failure is the error of an answer that reports one.
func failure(call call, code int, body []byte) error {
	var status metav1.Status
	if err := json.Unmarshal(body, &status); err != nil || status.Kind != "Status" {
		return &foreignAnswerError{code}
	}
	if status.Code == 0 {
		status.Code = int32(code) //nolint:gosec // three digits
	}
	err := &apierrors.StatusError{ErrStatus: status}
	switch terminating := apierrors.HasStatusCause(err, "NamespaceTerminating"); {
	case terminating, apierrors.IsNotFound(err) && about(status, "namespaces"):
		return &NamespaceMissingError{Namespace: call.object.namespace, Terminating: terminating}
	case apierrors.IsUnauthorized(err), apierrors.IsForbidden(err) && byRules(status):
		return &DeniedError{err}
	case apierrors.IsForbidden(err):
		return &PolicyError{err}
	}
	return err
}

func about(status metav1.Status, plural string) bool {
	return status.Details != nil && status.Details.Kind == plural
}

// byRules tells a right that is missing from a quota or an admission rule that
// says no with the same status; only the message differs.
func byRules(status metav1.Status) bool {
	return strings.Contains(status.Message, " cannot ") && strings.Contains(status.Message, " resource ")
}

// temporary tells whether the same request may succeed later: the server did not
// answer, or is in trouble.
func temporary(err error) bool {
	if foreign, ok := errors.AsType[*foreignAnswerError](err); ok {
		return foreign.code >= http.StatusInternalServerError
	}
	status, ok := errors.AsType[*apierrors.StatusError](err)
	if !ok {
		_, network := errors.AsType[*url.Error](err)
		return network
	}
	return status.ErrStatus.Code >= http.StatusInternalServerError || apierrors.IsTooManyRequests(status)
}

func checkNamespace(name string) error {
	if faults := validation.IsDNS1123Label(name); len(faults) > 0 {
		return fmt.Errorf("invalid namespace name %q: %s", name, strings.Join(faults, "; "))
	}
	return nil
}

func checkName(name string) error {
	if faults := validation.IsDNS1123Subdomain(name); len(faults) > 0 {
		return fmt.Errorf("invalid object name %q: %s", name, strings.Join(faults, "; "))
	}
	return nil
}
