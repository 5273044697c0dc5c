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

// explanation is a class of failures on the way to a server, with what repairs it.
type explanation struct {
	fits          func(error) bool
	cause, remedy string // an empty cause is the error's own text
}

// explanations are tried in their order: an error may wrap another one that says less.
func explanations() []explanation {
	const network = "compare the address with the server's, and look at the network policies between here and there"
	return []explanation{
		{is[*RefusedError], "", "use the address of the application itself"},
		{is[*PageError], "", "use the address of the application itself, without a path of its pages, and look whether a login or maintenance page stands in front of it"},
		{errorIs(ErrTooLarge), "the answer is too large", "look at what the server sends: no list of this API is as large"},
		{says(http.StatusBadRequest, "http request to an https server", "plain http request was sent to https port"), "the port expects HTTPS, the address says http", "write https:// in the address"},
		{speaksHTTP, "the port speaks HTTP, the address says https", "write http:// in the address, or the port that speaks HTTPS"},
		{is[x509.UnknownAuthorityError], "the certificate is signed by an unknown authority", "name the authority's certificate in NODE_EXTRA_CA_CERTS (chart: global.caBundle)"},
		{expired, "the certificate has expired or is not valid yet", "renew the certificate, and compare the clocks of both machines"},
		{is[x509.HostnameError], "", "use a name that the certificate holds, or renew it with this one"},
		{untrusted, "", "compare the TLS settings of both sides: certificate, version, client certificate"},
		{resolves, "", "the name server has no answer now: look at the cluster's DNS"},
		{is[*net.DNSError], "the name is unknown", "correct the name in the address; in a cluster it is SERVICE.NAMESPACE, and both must exist"},
		{operation("proxyconnect"), "the proxy does not answer", "correct HTTPS_PROXY or HTTP_PROXY, or name the host in NO_PROXY"},
		{errorIs(syscall.ECONNREFUSED), "the connection was refused: nothing listens there", "start the server, or correct the port in the address"},
		{timedOut, "no answer in time", network + "; the server may be overloaded"},
		{brokeOff, "the connection was cut off before the answer was complete", "look at the server's log and at proxies in between; a later run reads and compares again"},
		{operation("dial"), "", network},
		{badAddress, "", "write the address as https://HOST[:PORT]"},
		{unsendable, "", "write the address as https://HOST[:PORT]"},
		{statusIs(http.StatusUnauthorized), "", "compare the credential with the server's"},
		{statusIs(http.StatusForbidden), "", "grant the account the right that the message names, or use an administrator"},
		{statusIs(http.StatusTooManyRequests), "", "run with a lower --rate"},
		{statusIs(http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout), "", "the server is starting, stopped or in maintenance: look at its pods and at the proxy in front of it"},
		{statusIs(http.StatusInternalServerError), "", "look at the server's log of this minute"},
		{statusIs(http.StatusNotFound), "", "use the address of the application itself, with its sub-path if it has one"},
		{is[*StatusError], "", "read the server's message"},
	}
}

// Explain names the cause of a failed request, beginning with the address, and what repairs it. Both are empty for an error that did
// not come from the way to a server. It holds no secret.
func Explain(err error) (cause, remedy string) {
	if err == nil || errors.Is(err, errEndless) {
		return "", ""
	}
	for _, e := range explanations() {
		if !e.fits(err) {
			continue
		}
		cause = e.cause
		if cause == "" {
			cause = innermost(err)
		}
		if address := addressOf(err); address != "" {
			cause = address + ": " + cause
		}
		return cause, e.remedy
	}
	return "", ""
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
