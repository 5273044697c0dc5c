package transport

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
)

// ErrTooLarge says that an answer was longer than RetryOptions.MaxAnswer.
var ErrTooLarge = errors.New("answer too large")

// Temporary reports whether a retry may help: the network failed, time ran out, or the answer was
// 408, 425, 429 or 5xx. It is false for what stays as it is until a person acts: certificates,
// refused requests, a cancelled context, every other status.
func Temporary(err error) bool {
	if e, ok := errors.AsType[*StatusError](err); ok {
		return temporaryStatus(e.Status)
	}
	return err != nil && !lasting(err) && network(err)
}

func temporaryStatus(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests:
		return true
	}
	return status >= 500
}

// lasting tells the errors of a transport that come again however often one asks.
func lasting(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, ErrTooLarge) || errors.Is(err, http.ErrSchemeMismatch) ||
		is[*RefusedError](err) || is[*PageError](err) || untrusted(err) || badAddress(err) || unsendable(err)
}

// untrusted tells the failures of TLS that certificates and settings cause.
func untrusted(err error) bool {
	if e, ok := errors.AsType[*net.OpError](err); ok && (e.Op == "remote error" || e.Op == "local error") {
		return true // a TLS alert, as from a server that wants a client certificate
	}
	return is[*tls.CertificateVerificationError](err) || is[tls.RecordHeaderError](err) ||
		is[x509.UnknownAuthorityError](err) || is[x509.HostnameError](err) ||
		is[x509.CertificateInvalidError](err) || is[x509.SystemRootsError](err)
}

func badAddress(err error) bool {
	e, ok := errors.AsType[*url.Error](err)
	return is[*net.AddrError](err) || ok && e.Op == "parse"
}

// unsendable tells the requests that net/http itself refuses before it connects. Its errors for them
// have no type, only these words.
func unsendable(err error) bool {
	if e, ok := errors.AsType[*url.Error](err); ok {
		err = e.Err
	}
	if err == nil {
		return false
	}
	reason := err.Error()
	for _, start := range []string{
		"unsupported protocol scheme", "http: no Host in request URL", "http: nil Request.",
		"net/http: invalid method", "net/http: invalid header", "net/http: invalid trailer",
	} {
		if strings.HasPrefix(reason, start) {
			return true
		}
	}
	return false
}

// network tells the errors that come from the way to the server. An http.Client wraps all of its
// transport's errors in a *url.Error; without it only known kinds count.
func network(err error) bool {
	if e, ok := errors.AsType[net.Error](err); ok && e.Timeout() {
		return true
	}
	return is[*url.Error](err) || is[*net.OpError](err) || is[*net.DNSError](err) ||
		errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET) ||
		errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, syscall.EPIPE)
}

// unsent tells the errors after which the server certainly knows nothing of the request: no
// connection to it, or to the proxy before it, could be made, or none was tried.
func unsent(err error) bool {
	e, ok := errors.AsType[*net.OpError](err)
	return is[*RefusedError](err) || unsendable(err) || ok && (e.Op == "dial" || e.Op == "proxyconnect")
}

func is[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}
