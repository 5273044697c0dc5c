package transport

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

const (
	maxErrorBody = 64 << 10  // bytes of an error's body that are read for its message
	maxDrain     = 256 << 10 // bytes read and dropped after that, so that the connection can be used again
)

// StatusError is an answer that is not a success: any status but 2xx, apart from the redirects that
// the http.Client follows. It holds nothing secret: the URL is redacted, and what the request
// carried as a credential is masked in the message.
type StatusError struct {
	// Method and URL of the request; see [Redact] for what is masked.
	Method, URL string
	// Status is the HTTP status code.
	Status int
	// Message is what the server says about the failure, on one line and at most 500 characters
	// long; empty when it says nothing.
	Message string
	// RetryAfter is the time that the server asks to wait before the next attempt, 0 when it does
	// not ask.
	RetryAfter time.Duration
}

// Error gives the status and the server's message. Method and URL are left out because the
// http.Client puts them before every error of its transport.
func (e *StatusError) Error() string {
	status := strings.TrimSpace(fmt.Sprintf("%d %s", e.Status, http.StatusText(e.Status)))
	if e.Message == "" {
		return status
	}
	return status + ": " + e.Message
}

// IsNotFound reports whether err is an answer 404: the object is absent.
func IsNotFound(err error) bool { return hasStatus(err, http.StatusNotFound) }

// IsConflict reports whether err is an answer 409: an object of that name exists.
func IsConflict(err error) bool { return hasStatus(err, http.StatusConflict) }

// IsUnauthorized reports whether err is an answer 401: the credentials are wrong or worn out.
func IsUnauthorized(err error) bool { return hasStatus(err, http.StatusUnauthorized) }

// IsForbidden reports whether err is an answer 403: the credentials are right, the rights are missing.
func IsForbidden(err error) bool { return hasStatus(err, http.StatusForbidden) }

func hasStatus(err error, status int) bool {
	e, ok := errors.AsType[*StatusError](err)
	return ok && e.Status == status
}

// Strict turns every answer that is not a success into a [*StatusError], a web page that claims to
// be one into a [*PageError], and closes the body of both. A redirect that the http.Client can
// follow is passed on.
func Strict(next http.RoundTripper) http.RoundTripper { return &strict{next} }

type strict struct{ next http.RoundTripper }

func (t *strict) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := t.next.RoundTrip(req)
	switch {
	case err != nil:
		return nil, err
	case succeeded(resp):
		return refusePage(req, resp)
	case redirects(resp):
		return resp, nil
	}
	return nil, newStatusError(req, resp)
}

func succeeded(resp *http.Response) bool { return resp.StatusCode/100 == 2 }

// redirects tells the answers that http.Client follows. Any other 3xx would end as an answer
// without content that looks like a success.
func redirects(resp *http.Response) bool {
	switch resp.StatusCode {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther,
		http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return resp.Header.Get("Location") != ""
	}
	return false
}

func newStatusError(req *http.Request, resp *http.Response) *StatusError {
	defer resp.Body.Close()
	// The status is the failure: of a body that breaks off, what arrived is shown.
	body, _ := io.ReadAll(io.LimitReader(resp.Body, maxErrorBody))
	_, _ = io.CopyN(io.Discard, resp.Body, maxDrain)
	return &StatusError{
		Method:     method(req),
		URL:        Redact(req.URL.String()),
		Status:     resp.StatusCode,
		Message:    message(body, newMask(req)),
		RetryAfter: retryAfter(resp.Header, time.Now()),
	}
}
