package run

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"strings"
	"syscall"

	"otomi.io/tasks/clients/transport"
	"otomi.io/tasks/tasks/kube"
	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/task"
	"otomi.io/tasks/tasks/values"
)

// advice is what to do about an error, and where to read on.
type advice struct{ remedy, docs string }

func (a advice) String() string {
	if a.docs == "" {
		return a.remedy
	}
	return a.remedy + " (" + a.docs + ")"
}

// symptom is a kind of error with what to do about it.
type symptom struct {
	fits   func(error) bool
	remedy string
	anchor string // of docs/operations.md
}

// adviceFor finds what to do: what the error itself knows, or the first symptom that
// fits. Everything else is explained by its exit code.
func adviceFor(taskName string, err error) advice {
	if f := task.Explain(err); f.Remedy != "" {
		return advice{f.Remedy, f.Docs}
	}
	if unsafe, ok := errors.AsType[*plan.UnsafeError](err); ok {
		return advice{unsafeRemedy(unsafe), "docs/operations.md#guards"}
	}
	for _, s := range symptoms() {
		if s.fits(err) {
			return advice{strings.ReplaceAll(s.remedy, "TASK", taskName), "docs/operations.md#" + s.anchor}
		}
	}
	return advice{"read the errors above, and run it again", "docs/operations.md#exit-codes"}
}

func unsafeRemedy(e *plan.UnsafeError) string {
	if len(e.Overrides) == 0 {
		return "make a new plan"
	}
	return "repair the values, or if it is meant run once by hand with " + strings.Join(e.Overrides, " ")
}

// symptoms are in the order in which they count: an error may show several.
func symptoms() []symptom {
	return []symptom{
		{is[usageError], "see TASK --help", "exit-codes"},
		{is[values.Problems], "repair the values that are named; TASK validate lists all problems, offline", "exit-codes"},
		{is[*kube.LockedError], "wait until the other run has ended; it is named above", "locks"},
		{is[*kube.DeniedError], "grant the task's ServiceAccount the right, as the chart's Role does", "missing-rights"},
		{func(err error) bool { return errors.Is(err, task.ErrStopped) }, "run it again: it begins where the server stands", "exit-codes"},
		{func(err error) bool { return errors.Is(err, errUnsettled) }, "find who else writes there: another installation, an operator, a person", "exit-codes"},
		{isMissing, "run the other shards, at the same time or before", "shards"},
		{is[x509.UnknownAuthorityError], "name the file of the CA's certificate in NODE_EXTRA_CA_CERTS (global.caBundle in the chart)", "certificates"},
		{is[x509.HostnameError], "use a host name that the server's certificate has", "certificates"},
		{is[*tls.CertificateVerificationError], "look at the server's certificate, and at the clocks of both", "certificates"},
		{is[tls.RecordHeaderError], "the port does not speak TLS: write http:// or take the right port", "the-server-does-not-answer"},
		{func(err error) bool { return errors.Is(err, http.ErrSchemeMismatch) }, "the port does not speak TLS: write http:// or take the right port", "the-server-does-not-answer"},
		{unknownHost, "look at the spelling of the address; in a cluster at the Service and its namespace", "the-server-does-not-answer"},
		{func(err error) bool { return errors.Is(err, syscall.ECONNREFUSED) }, "see that the server runs, and that the port is right", "the-server-does-not-answer"},
		{foreignAnswer, "look at the address: a proxy, a login page or another application answers there", "another-application-answers"},
		{hasStatus(http.StatusUnauthorized), "set the password or token that the server knows; servers lock accounts that try wrong ones", "login"},
		{hasStatus(http.StatusForbidden), "grant the account the right, or use another account", "missing-rights"},
		{hasStatus(http.StatusNotFound), "look at the path of the address: another application or another version may answer there", "another-application-answers"},
		{hasStatus(http.StatusConflict), "another object holds this name or key: rename one of them", "what-the-server-refuses"},
		{hasStatus(http.StatusBadRequest, http.StatusUnprocessableEntity), "change the setting that the server's message names", "what-the-server-refuses"},
		{func(err error) bool { return errors.Is(err, context.DeadlineExceeded) }, "see that the server is up and that nothing between drops packets; a longer time is --wait or --timeout", "the-server-does-not-answer"},
		{transport.Temporary, "see that the server is up: its own log says more; then run again", "the-server-does-not-answer"},
	}
}

func hasStatus(statuses ...int) func(error) bool {
	return func(err error) bool {
		answer, ok := errors.AsType[*transport.StatusError](err)
		for _, s := range statuses {
			if ok && answer.Status == s {
				return true
			}
		}
		return false
	}
}

func unknownHost(err error) bool {
	e, ok := errors.AsType[*net.DNSError](err)
	return ok && e.IsNotFound
}

// foreignAnswer tells an answer that is no JSON, or other JSON than the application's.
func foreignAnswer(err error) bool {
	return is[*json.SyntaxError](err) || is[*json.UnmarshalTypeError](err)
}

// cause is the first line of an error, and how many more there are.
func cause(text string, limit int) string {
	return shorten(strings.Join(strings.Split(strings.TrimSpace(text), "\n"), "; "), limit)
}
