package transport

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// fakeClock does not sleep: a wait is noted, moves the time on and is over at once.
type fakeClock struct {
	mu    sync.Mutex
	now   time.Time
	waits []time.Duration
}

func newFakeClock() *fakeClock { return &fakeClock{now: time.Now()} }

func (c *fakeClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *fakeClock) After(d time.Duration) <-chan time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	c.waits = append(c.waits, d)
	done := make(chan time.Time, 1)
	done <- c.now
	return done
}

func (c *fakeClock) waited() []time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.waits)
}

// fault is how the server treats one request.
type fault func(t *testing.T, w http.ResponseWriter, r *http.Request)

func status(code int, header ...string) fault {
	return func(_ *testing.T, w http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(code)
		_, _ = io.WriteString(w, "body of "+http.StatusText(code))
	}
}

// reset breaks the connection off with a TCP reset before anything is answered.
func reset(t *testing.T, w http.ResponseWriter, _ *http.Request) {
	t.Helper()
	conn := hijack(t, w)
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

// half promises a hundred bytes, sends a few and closes.
func half(t *testing.T, w http.ResponseWriter, _ *http.Request) {
	t.Helper()
	conn := hijack(t, w)
	_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"half\":")
	_ = conn.Close()
}

// halfChunk closes in the middle of a chunked body.
func halfChunk(t *testing.T, w http.ResponseWriter, _ *http.Request) {
	t.Helper()
	conn := hijack(t, w)
	_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n8\r\n{\"half\":\r\n")
	_ = conn.Close()
}

// hang answers only when the client has gone.
func hang(_ *testing.T, _ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

func hijack(t *testing.T, w http.ResponseWriter) net.Conn {
	t.Helper()
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		t.Errorf("taking the connection over: %v", err)
		conn, _ = net.Pipe()
	}
	return conn
}

// faultyServer treats each request by the next fault and the rest like the last one.
type faultyServer struct {
	*httptest.Server
	t      *testing.T
	mu     sync.Mutex
	faults []fault
	bodies []string
}

func newFaultyServer(t *testing.T, faults ...fault) *faultyServer {
	t.Helper()
	s := &faultyServer{t: t, faults: faults}
	s.Server = httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(s.Close)
	return s
}

func (s *faultyServer) serve(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	next := s.faults[min(len(s.bodies), len(s.faults)-1)]
	s.bodies = append(s.bodies, string(body))
	s.mu.Unlock()
	next(s.t, w, r)
}

// received gives the bodies of all requests so far.
func (s *faultyServer) received() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.bodies)
}

// tripper is a base made of a function.
type tripper func(*http.Request) (*http.Response, error)

func (f tripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// answer is a tripper's simplest answer.
func answer(code int, body string) *http.Response {
	return &http.Response{StatusCode: code, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body))}
}

func newRequest(t *testing.T, method, url, body string) *http.Request {
	t.Helper()
	var reader io.Reader
	if body != "" {
		reader = strings.NewReader(body)
	}
	req, err := http.NewRequestWithContext(t.Context(), method, url, reader)
	if err != nil {
		t.Fatalf("making %s %s: %v", method, url, err)
	}
	return req
}

// readBody reads and closes an answer's body.
func readBody(t *testing.T, resp *http.Response) string {
	t.Helper()
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("reading the body: %v", err)
	}
	return string(data)
}

// freshConnections is a base that never reuses a connection: net/http silently repeats a request
// whose idle connection was closed, which would blur who retries.
func freshConnections(t *testing.T) *http.Transport {
	t.Helper()
	base, err := Base(BaseOptions{})
	if err != nil {
		t.Fatalf("making the base: %v", err)
	}
	base.DisableKeepAlives = true
	return base
}
