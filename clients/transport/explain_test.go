package transport

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"syscall"
	"testing"
)

// TestExplain shows the first line that a person reads after a failure, and the
// word in the second line that says what to change.
func TestExplain(t *testing.T) {
	const address = "https://harbor.test/api/v2.0/health"
	sent := func(err error) error {
		return fmt.Errorf("reading the projects: %w", &url.Error{Op: "Get", URL: address + "?code=value-of-code", Err: err})
	}
	cases := map[string]struct {
		reason, cause, remedy string
		err                   error
	}{
		"Redirect":   {"a redirect to another host", "refused: a redirect leaves https", "address of the application", sent(&RefusedError{Reason: "a redirect leaves https"})},
		"Page":       {"another application, a login, maintenance", "a web page (content type text/html) instead of JSON: We'll be back", "a login page", sent(&PageError{ContentType: "text/html", Title: "We'll be back"})},
		"TooLarge":   {"64 MiB", "the answer is too large", "another application", sent(fmt.Errorf("%w: x", ErrTooLarge))},
		"HTTPOnTLS":  {"http to an https port", "the port expects HTTPS", "https://", sent(&StatusError{Status: 400, Message: "Client sent an HTTP request to an HTTPS server."})},
		"TLSOnHTTP":  {"https to an http port", "the port speaks HTTP", "http://", sent(http.ErrSchemeMismatch)},
		"UnknownCA":  {"a CA of the platform", "signed by an unknown authority", "global.caBundle", sent(&tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}})},
		"Expired":    {"also one that begins tomorrow", "has expired or is not valid yet", "clocks", sent(&tls.CertificateVerificationError{Err: x509.CertificateInvalidError{Reason: x509.Expired}})},
		"OtherName":  {"a certificate of another name", "not b", "host name that the server's certificate has", sent(x509.HostnameError{Certificate: &x509.Certificate{DNSNames: []string{"a"}}, Host: "b"})},
		"ClientCert": {"a server that wants a certificate", "certificate required", "server's certificate", sent(&net.OpError{Op: "remote error", Err: errors.New("tls: certificate required")})},
		"NoSuchHost": {"a typo in the name", "the name is unknown", "Service and its namespace", sent(&net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", IsNotFound: true}})},
		"NoAnswer":   {"an unreachable name server", "server misbehaving", "DNS", sent(&net.DNSError{Err: "server misbehaving", IsTemporary: true})},
		"Proxy":      {"a proxy that is gone", "the proxy does not answer", "HTTPS_PROXY", sent(&net.OpError{Op: "proxyconnect", Err: syscall.ECONNREFUSED})},
		"Refused":    {"nothing listens", "connection was refused", "port is right", sent(&net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)})},
		"Hang":       {"a server that takes the request and says nothing", "no answer in time", "--wait", sent(os.ErrDeadlineExceeded)},
		"CutOff":     {"a body that ends too soon", "cut off", "its own log", sent(io.ErrUnexpectedEOF)},
		"NoRoute":    {"an unreachable network", "no route to host", "drops packets", sent(&net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.EHOSTUNREACH)})},
		"NoScheme":   {"an address without a scheme", "unsupported protocol scheme", "https://HOST", sent(errors.New(`unsupported protocol scheme ""`))},
		"Password":   {"a wrong password", "401 Unauthorized: no", "password or token", sent(&StatusError{Status: 401, Message: "no"})},
		"Right":      {"a missing right", "403 Forbidden", "grant", sent(&StatusError{Status: 403})},
		"Busy":       {"an overloaded server", "429", "--rate", sent(&StatusError{Status: 429})},
		"Down":       {"a proxy whose server is down", "503 Service Unavailable", "server is up", sent(&StatusError{Status: 503})},
		"Crash":      {"a server with a fault", "500", "own log", sent(&StatusError{Status: 500})},
		"Path":       {"a wrong sub-path", "404", "path of the address", sent(&StatusError{Status: 404})},
		"Refusal":    {"a rule of the server", "422", "setting", sent(&StatusError{Status: 422})},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			e, _ := Explain(tc.err)
			cause, remedy := e.Cause, e.Remedy
			if e.Topic == "" {
				t.Errorf("%s: there is no place to read on", tc.reason)
			}
			if !strings.HasPrefix(cause, address) || strings.Contains(cause, "value-of") {
				t.Errorf("%s: the address is not shown, or a secret is: %q", tc.reason, cause)
			}
			if !strings.Contains(cause, tc.cause) || !strings.Contains(remedy, tc.remedy) {
				t.Errorf("%s: got %q and %q, want %q and %q", tc.reason, cause, remedy, tc.cause, tc.remedy)
			}
		})
	}
	for name, err := range map[string]error{"Nil": nil, "Own": errors.New("no teams"), "File": os.ErrNotExist} {
		if e, ok := Explain(err); ok {
			t.Errorf("%s comes from no server: %+v", name, e)
		}
	}
}

// TestStrictPages shows what is taken for an answer and what for a page.
func TestStrictPages(t *testing.T) {
	cases := map[string]struct {
		reason, kind, body string
		title              string // "" is an answer
	}{
		"JSON":      {"an answer", "application/json", `{"a":"<html>"}`, ""},
		"Empty":     {"no content is an answer", "", "", ""},
		"Text":      {"a word for a probe", "text/plain", "OK", ""},
		"XML":       {"markup of another kind", "application/octet-stream", "<a/>", ""},
		"Page":      {"a login page", "text/html; charset=utf-8", "<!DOCTYPE html><title>Sign in</title>", "Sign in"},
		"Pretended": {"a page with the API's content type", "application/json", "\n  <!doctype html><title>Maintenance</title>", "Maintenance"},
		"Secret":    {"a page that repeats the credential", "text/html", "<html><title>no value-of-token here</title>", "no *** here"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", tc.kind)
				_, _ = io.WriteString(w, tc.body)
			}))
			defer server.Close()
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/api", http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Authorization", "Bearer value-of-token")
			resp, err := New(http.DefaultTransport, Options{}).Client.Do(req)
			page, _ := errors.AsType[*PageError](err)
			switch {
			case tc.title != "" && (page == nil || page.Title != tc.title || page.URL != server.URL+"/api"):
				t.Errorf("%s: got %+v, %v", tc.reason, page, err)
			case tc.title == "" && err != nil:
				t.Errorf("%s: %v", tc.reason, err)
			case tc.title == "":
				defer resp.Body.Close()
				if body, err := io.ReadAll(resp.Body); err != nil || string(body) != tc.body {
					t.Errorf("%s: got %q %v", tc.reason, body, err)
				}
			}
		})
	}
}
