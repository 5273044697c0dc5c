package transport

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"syscall"
)

// Explanation is what a person needs to know of a failed request. It holds no secret.
type Explanation struct {
	Cause  string // begins with the redacted address
	Remedy string
	Topic  string // the heading of docs/operations.md, as its anchor
	Input  bool   // an address or another setting is wrong: no retry helps
}

// failureClass is a class of failures between the task and a server, with what repairs it.
type failureClass struct {
	fits                 func(error) bool
	cause, remedy, topic string // an empty cause is the error's own text
	input                bool
}

// Topics of docs/operations.md.
const (
	noAnswer     = "the-server-does-not-answer"
	otherAnswer  = "another-application-answers"
	certificate  = "certificates-and-proxies"
	login        = "login"
	right        = "missing-rights"
	serverRule   = "what-the-server-refuses"
	useItsOwn    = "look at the address: a proxy, a login page or another application answers there"
	isItUp       = "see that the server is up: its own log says more; then run again"
	writeAddress = "write the address as https://HOST[:PORT]"
	slow         = "see that the server is up and that nothing between drops packets; a longer time is --wait or --timeout"
)

// failureClasses are tried in their order: an error may wrap another one that says less.
func failureClasses() []failureClass {
	return []failureClass{
		{is[*RefusedError], "", "use the address of the application itself", otherAnswer, false},
		{is[*PageError], "", useItsOwn, otherAnswer, false},
		{errorIs(ErrTooLarge), "the answer is too large", useItsOwn, otherAnswer, false},
		{says(http.StatusBadRequest, "http request to an https server", "plain http request was sent to https port"), "the port expects HTTPS, the address says http", "write https:// in the address", noAnswer, true},
		{speaksHTTP, "the port speaks HTTP, the address says https", "the port does not speak TLS: write http:// or take the right port", noAnswer, true},
		{is[x509.UnknownAuthorityError], "the certificate is signed by an unknown authority", "name the file of the CA's certificate in NODE_EXTRA_CA_CERTS (global.caBundle in the chart)", certificate, true},
		{is[x509.HostnameError], "", "use a host name that the server's certificate has", certificate, true},
		{expired, "the certificate has expired or is not valid yet", "renew the certificate, and compare the clocks of both machines", certificate, false},
		{untrusted, "", "look at the server's certificate, and at the clocks of both", certificate, false},
		{resolves, "", "the name server has no answer now: look at the cluster's DNS", noAnswer, false},
		{is[*net.DNSError], "the name is unknown", "look at the spelling of the address; in a cluster at the Service and its namespace", noAnswer, false},
		{operation("proxyconnect"), "the proxy does not answer", "correct HTTPS_PROXY or HTTP_PROXY, or name the host in NO_PROXY", noAnswer, false},
		{errorIs(syscall.ECONNREFUSED), "the connection was refused: nothing listens there", "see that the server runs, and that the port is right", noAnswer, false},
		{timedOut, "no answer in time", slow, noAnswer, false},
		{brokeOff, "the connection was cut off before the answer was complete", isItUp, noAnswer, false},
		{operation("dial"), "", slow, noAnswer, false},
		{badAddress, "", writeAddress, noAnswer, true},
		{unsendable, "", writeAddress, noAnswer, true},
		{says(http.StatusForbidden, "must change your password"), "", "log in once with a browser and choose another password, or use a token", login, false},
		{says(http.StatusUnauthorized, "otp", "only signed in user is allowed"), "", "the account has two factors: use a token instead of its password, or an account without them", login, false},
		{statusIs(http.StatusUnauthorized), "", "set the password or token that the server knows; servers lock accounts that try wrong ones", login, false},
		{statusIs(http.StatusForbidden), "", "grant the account the right, or use another account", right, false},
		{statusIs(http.StatusNotFound), "", "look at the path of the address: another application or another version may answer there", otherAnswer, false},
		{statusIs(http.StatusConflict), "", "another object holds this name or key: rename one of them", serverRule, false},
		{statusIs(http.StatusBadRequest, http.StatusUnprocessableEntity), "", "change the setting that the server's message names", serverRule, false},
		{statusIs(http.StatusTooManyRequests), "", "run with a lower --rate", noAnswer, false},
		{Temporary, "", isItUp, noAnswer, false},
	}
}

// Explain names the cause of a failed request and what repairs it; false for an error that did not come from the way to a server.
func Explain(err error) (Explanation, bool) {
	if err == nil || errors.Is(err, errEndless) {
		return Explanation{}, false
	}
	for _, c := range failureClasses() {
		if !c.fits(err) {
			continue
		}
		e := Explanation{Cause: c.cause, Remedy: c.remedy, Topic: c.topic, Input: c.input}
		if e.Cause == "" {
			e.Cause = innermost(err)
		}
		if address := addressOf(err); address != "" {
			e.Cause = address + ": " + e.Cause
		}
		return e, true
	}
	return Explanation{}, false
}

// addressOf is where the request went, redacted; a *url.Error knows it, and so do our own.
func addressOf(err error) string {
	if e, ok := errors.AsType[*url.Error](err); ok {
		return Redact(e.URL)
	}
	if e, ok := errors.AsType[*StatusError](err); ok {
		return e.URL
	}
	if e, ok := errors.AsType[*PageError](err); ok {
		return e.URL
	}
	return ""
}

// innermost is the text of an error without the addresses that wrap it.
func innermost(err error) string {
	if e, ok := errors.AsType[*StatusError](err); ok {
		return e.Error()
	}
	if e, ok := errors.AsType[*url.Error](err); ok {
		return innermost(e.Err)
	}
	if e, ok := errors.AsType[*PageError](err); ok {
		return e.Error()
	}
	return Printable(err.Error())
}

func errorIs(target error) func(error) bool {
	return func(err error) bool { return errors.Is(err, target) }
}

func statusIs(statuses ...int) func(error) bool {
	return func(err error) bool {
		e, ok := errors.AsType[*StatusError](err)
		return ok && slices.Contains(statuses, e.Status)
	}
}

// says tells an answer by its status and words in lower case.
func says(status int, words ...string) func(error) bool {
	return func(err error) bool {
		e, ok := errors.AsType[*StatusError](err)
		return ok && e.Status == status && slices.ContainsFunc(words, func(w string) bool { return strings.Contains(strings.ToLower(e.Message), w) })
	}
}

func operation(op string) func(error) bool {
	return func(err error) bool {
		e, ok := errors.AsType[*net.OpError](err)
		return ok && e.Op == op
	}
}

func speaksHTTP(err error) bool {
	return errors.Is(err, http.ErrSchemeMismatch) || is[tls.RecordHeaderError](err)
}

func expired(err error) bool {
	e, ok := errors.AsType[x509.CertificateInvalidError](err)
	return ok && e.Reason == x509.Expired
}

// resolves tells a name server that did not answer from one that knows no such name.
func resolves(err error) bool {
	e, ok := errors.AsType[*net.DNSError](err)
	return ok && !e.IsNotFound
}

func timedOut(err error) bool {
	e, ok := errors.AsType[net.Error](err)
	return ok && e.Timeout()
}

func brokeOff(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}
