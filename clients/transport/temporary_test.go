package transport

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"syscall"
	"testing"
)

func TestTemporary(t *testing.T) {
	_, fileErr := os.Open("/does/not/exist")
	jsonErr := json.Unmarshal([]byte("{"), &struct{}{})
	// What an http.Client makes of an error of its transport, wrapped again.
	sent := func(err error) error {
		return fmt.Errorf("reading roles: %w", &url.Error{Op: "Get", URL: "http://server.test/", Err: err})
	}
	cases := map[string]struct {
		reason string
		err    error
		want   bool
	}{
		"Nil":               {"no error", nil, false},
		"Unauthorized":      {"needs other credentials", &StatusError{Status: 401}, false},
		"Forbidden":         {"needs other rights", &StatusError{Status: 403}, false},
		"NotFound":          {"an answer", &StatusError{Status: 404}, false},
		"Conflict":          {"an answer", &StatusError{Status: 409}, false},
		"RequestTimeout":    {"408", sent(&StatusError{Status: 408}), true},
		"TooEarly":          {"425", &StatusError{Status: 425}, true},
		"TooManyRequests":   {"429", &StatusError{Status: 429}, true},
		"ServerError":       {"5xx", sent(&StatusError{Status: 500}), true},
		"Unavailable":       {"5xx", &StatusError{Status: 503}, true},
		"ConnectionRefused": {"the server is starting", sent(&net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}), true},
		"ConnectionReset":   {"the server restarted", sent(syscall.ECONNRESET), true},
		"NoSuchHost":        {"the Service is not there yet", sent(&net.DNSError{Err: "no such host", IsNotFound: true}), true},
		"CutBody":           {"the rest may come next time", fmt.Errorf("reading: %w", io.ErrUnexpectedEOF), true},
		"ServerClosed":      {"an unnamed error of net/http", sent(errors.New("http2: client connection lost")), true},
		"EndOfFile":         {"the server closed before it answered", sent(io.EOF), true},
		"Deadline":          {"next time it may be faster", sent(context.DeadlineExceeded), true},
		"AttemptTimeout":    {"next time it may be faster", os.ErrDeadlineExceeded, true},
		"Cancelled":         {"the caller cancelled", sent(context.Canceled), false},
		"RefusedRequest":    {"the gate stays closed", sent(&RefusedError{Reason: "closed"}), false},
		"TooLarge":          {"it would be as large again", sent(fmt.Errorf("%w: x", ErrTooLarge)), false},
		"UnknownAuthority":  {"needs a CA", sent(&tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}), false},
		"WrongHost":         {"needs another address", sent(x509.HostnameError{Certificate: &x509.Certificate{}, Host: "a"}), false},
		"Expired":           {"needs a new certificate", sent(x509.CertificateInvalidError{Reason: x509.Expired}), false},
		"NoRoots":           {"needs roots", sent(x509.SystemRootsError{}), false},
		"Alert":             {"the server wants a client certificate", sent(&net.OpError{Op: "remote error", Err: errors.New("tls: certificate required")}), false},
		"NotTLS":            {"the scheme is wrong", sent(tls.RecordHeaderError{Msg: "first record does not look like a TLS handshake"}), false},
		"SchemeMismatch":    {"the scheme is wrong", sent(http.ErrSchemeMismatch), false},
		"BadAddress":        {"needs another address", &url.Error{Op: "parse", URL: "http://a b", Err: url.InvalidHostError(" ")}, false},
		"File":              {"not of the network", fileErr, false},
		"JSON":              {"not of the network", jsonErr, false},
		"Foreign":           {"not of the network", errors.New("boom"), false},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if got := Temporary(tc.err); got != tc.want {
				t.Errorf("%s: Temporary(%v) = %v", tc.reason, tc.err, got)
			}
		})
	}
}

// TestTemporaryReal asks real servers that fail, for the errors' shapes are net/http's own.
func TestTemporaryReal(t *testing.T) {
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("listening: %v", err)
	}
	unused := "http://" + listener.Addr().String()
	_ = listener.Close()
	cases := map[string]struct {
		reason string
		url    string
		want   bool
		unsent bool
	}{
		"Nobody":  {"no server listens", unused, true, true},
		"Reset":   {"a reset", newFaultyServer(t, reset).URL, true, false},
		"NotHTTP": {"garbage instead of an answer", newFaultyServer(t, nonsense).URL, true, false},
		"NotTLS":  {"https to a server that speaks http", "https" + newFaultyServer(t, status(200)).URL[len("http"):], false, false},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			client := &http.Client{Transport: freshConnections(t)}
			resp, err := client.Do(newRequest(t, "POST", tc.url, "{}"))
			if err == nil {
				_ = resp.Body.Close()
			}
			if Temporary(err) != tc.want || unsent(err) != tc.unsent {
				t.Errorf("%s: temporary %v, unsent %v: %v", tc.reason, Temporary(err), unsent(err), err)
			}
		})
	}
}

// TestTemporaryUnsendable asks net/http for requests that it never sends: waiting does not repair them,
// and no server has seen them.
func TestTemporaryUnsendable(t *testing.T) {
	request := func(change func(*http.Request)) *http.Request {
		req := newRequest(t, "GET", "http://server.test/", "")
		change(req)
		return req
	}
	cases := map[string]struct {
		reason string
		req    *http.Request
	}{
		"Scheme":      {"a scheme other than http and https", request(func(r *http.Request) { r.URL.Scheme = "ftp" })},
		"NoScheme":    {"a host without a scheme", request(func(r *http.Request) { r.URL.Scheme = "" })},
		"NoHost":      {"an address without a host", request(func(r *http.Request) { r.URL.Host = "" })},
		"NoAddress":   {"no address", request(func(r *http.Request) { r.URL = nil })},
		"Method":      {"a method with a space", request(func(r *http.Request) { r.Method = "GET IT" })},
		"HeaderName":  {"a header's name with a space", request(func(r *http.Request) { r.Header = http.Header{"a b": {"c"}} })},
		"HeaderValue": {"a token with the line break of its file", request(func(r *http.Request) { r.Header.Set("Authorization", "Bearer a\n") })},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			resp, err := (&http.Client{Transport: freshConnections(t)}).Do(tc.req)
			if err == nil {
				_ = resp.Body.Close()
			}
			if err == nil || Temporary(err) || !unsent(err) {
				t.Errorf("%s: temporary %v, unsent %v: %v", tc.reason, Temporary(err), unsent(err), err)
			}
		})
	}
}

// TestUnsendableIsNotRetried: no second attempt, and the counter knows that nothing went out.
func TestUnsendableIsNotRetried(t *testing.T) {
	retries := 0
	chain := New(freshConnections(t), Options{Retry: RetryOptions{
		Clock: newFakeClock(), OnRetry: func(context.Context, RetryEvent) { retries++ },
	}})
	resp, err := chain.Client.Do(newRequest(t, "GET", "ftp://server.test/", ""))
	if err == nil {
		_ = resp.Body.Close()
		t.Fatal("want an error")
	}
	if counts := chain.Counter.Counts(); retries != 0 || counts != (Counts{}) {
		t.Errorf("retried %d times, counted %+v: %v", retries, counts, err)
	}
}

func nonsense(t *testing.T, w http.ResponseWriter, _ *http.Request) {
	t.Helper()
	conn := hijack(t, w)
	_, _ = io.WriteString(conn, "nonsense\r\n\r\n")
	_ = conn.Close()
}
