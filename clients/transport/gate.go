package transport

import (
	"net/http"
	"strings"
	"sync/atomic"
)

// ReadOnlyRequest names requests that change nothing although their method says otherwise: a login, an
// export. PathSuffix is whole path segments with their leading slash, such as "/partial-export";
// without that slash it fits nothing.
type ReadOnlyRequest struct{ Method, PathSuffix string }

func (r ReadOnlyRequest) fits(req *http.Request) bool {
	return req.Method == r.Method && strings.HasPrefix(r.PathSuffix, "/") && strings.HasSuffix(req.URL.Path, r.PathSuffix)
}

// RefusedError is a request that was never sent. Trying again does not help.
type RefusedError struct {
	Method, URL string // the URL is redacted
	Reason      string
}

// Error gives the reason. Method and URL are left out because the http.Client puts them before it.
func (e *RefusedError) Error() string { return "refused: " + e.Reason }

// refuse closes the body, as the taker of a request must.
func refuse(req *http.Request, reason string) error {
	if req.Body != nil {
		_ = req.Body.Close()
	}
	return &RefusedError{Method: method(req), URL: Redact(req.URL.String()), Reason: reason}
}

// Gate is the guard that makes a plan read-only: while it is closed, and it begins closed, it
// refuses every method but GET, HEAD and OPTIONS and the named read-like requests with a
// [*RefusedError], before anything is sent. It may be used from many goroutines.
type Gate struct {
	next     http.RoundTripper
	readOnly []ReadOnlyRequest
	open     atomic.Bool
}

// NewGate gives a closed gate.
func NewGate(next http.RoundTripper, readOnly ...ReadOnlyRequest) *Gate {
	return &Gate{next: next, readOnly: readOnly}
}

// Open lets writes pass from now on.
func (g *Gate) Open() { g.open.Store(true) }

// Close refuses writes from now on; those under way are not stopped.
func (g *Gate) Close() { g.open.Store(false) }

// RoundTrip passes the request on or refuses it.
func (g *Gate) RoundTrip(req *http.Request) (*http.Response, error) {
	if g.open.Load() || reads(req, g.readOnly) {
		return g.next.RoundTrip(req)
	}
	return nil, refuse(req, "the run is read-only and "+method(req)+" writes")
}

// reads tells the requests that change nothing on the server.
func reads(req *http.Request, readOnly []ReadOnlyRequest) bool {
	switch method(req) {
	case http.MethodGet, http.MethodHead, http.MethodOptions:
		return true
	}
	for _, r := range readOnly {
		if r.fits(req) {
			return true
		}
	}
	return false
}

// method gives the method by name; net/http takes an empty one for GET.
func method(req *http.Request) string {
	if req.Method == "" {
		return http.MethodGet
	}
	return req.Method
}
