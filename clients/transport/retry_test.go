package transport

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// outcome is what the caller and the server see of one request.
type outcome struct {
	Status   int
	Attempts int
	Failed   bool // an error instead of an answer
}

func TestRetryFaults(t *testing.T) {
	ok := status(http.StatusOK)
	cases := map[string]struct {
		reason string
		method string
		path   string
		faults []fault
		want   outcome
	}{
		"GetOK":                {"a success is passed on", "GET", "", []fault{ok}, outcome{200, 1, false}},
		"GetReset":             {"a GET is repeated after a reset", "GET", "", []fault{reset, ok}, outcome{200, 2, false}},
		"GetHalfBody":          {"half an answer is not an answer", "GET", "", []fault{half, ok}, outcome{200, 2, false}},
		"GetHalfChunked":       {"half a chunked answer is not an answer", "GET", "", []fault{halfChunk, ok}, outcome{200, 2, false}},
		"GetTimeoutStatus":     {"408 asks for another attempt", "GET", "", []fault{status(408), ok}, outcome{200, 2, false}},
		"GetTooMany":           {"429 asks for another attempt", "GET", "", []fault{status(429), ok}, outcome{200, 2, false}},
		"GetServerError":       {"500 may pass", "GET", "", []fault{status(500), ok}, outcome{200, 2, false}},
		"GetGateway":           {"502 and 504 may pass", "GET", "", []fault{status(502), status(504), ok}, outcome{200, 3, false}},
		"GetUnavailable":       {"503 may pass", "GET", "", []fault{status(503), ok}, outcome{200, 2, false}},
		"GetNotImplemented":    {"501 stays", "GET", "", []fault{status(501), ok}, outcome{501, 1, false}},
		"GetUnauthorized":      {"servers lock accounts after repeated 401", "GET", "", []fault{status(401), ok}, outcome{401, 1, false}},
		"GetForbidden":         {"403 stays", "GET", "", []fault{status(403), ok}, outcome{403, 1, false}},
		"GetNotFound":          {"404 is an answer", "GET", "", []fault{status(404), ok}, outcome{404, 1, false}},
		"PutConflict":          {"409 is an answer", "PUT", "", []fault{status(409), ok}, outcome{409, 1, false}},
		"GetLastAnswer":        {"the last answer is passed on", "GET", "", []fault{status(500), status(502), status(503)}, outcome{503, 4, false}},
		"GetLastError":         {"the last error is passed on", "GET", "", []fault{reset}, outcome{0, 4, true}},
		"HeadUnavailable":      {"HEAD is repeated", "HEAD", "", []fault{status(503), ok}, outcome{200, 2, false}},
		"OptionsReset":         {"OPTIONS is repeated", "OPTIONS", "", []fault{reset, ok}, outcome{200, 2, false}},
		"PutReset":             {"PUT twice is PUT once", "PUT", "", []fault{reset, ok}, outcome{200, 2, false}},
		"PutHalfBody":          {"PUT twice is PUT once", "PUT", "", []fault{half, ok}, outcome{200, 2, false}},
		"DeleteServerError":    {"DELETE twice is DELETE once", "DELETE", "", []fault{status(500), status(204)}, outcome{204, 2, false}},
		"PostTooMany":          {"429 says that nothing was done", "POST", "", []fault{status(429), ok}, outcome{200, 2, false}},
		"PostUnavailable":      {"503 says that nothing was done", "POST", "", []fault{status(503), ok}, outcome{200, 2, false}},
		"PostReset":            {"a POST may have worked before the reset", "POST", "", []fault{reset, ok}, outcome{0, 1, true}},
		"PostHalfBody":         {"a POST worked when its answer began", "POST", "", []fault{half, ok}, outcome{0, 1, true}},
		"PostServerError":      {"a POST may have worked before 500", "POST", "", []fault{status(500), ok}, outcome{500, 1, false}},
		"PostBadGateway":       {"a POST may have worked behind the gateway", "POST", "", []fault{status(502), ok}, outcome{502, 1, false}},
		"PostGatewayTimeout":   {"a POST may still be at work", "POST", "", []fault{status(504), ok}, outcome{504, 1, false}},
		"PostTimeoutStatus":    {"a POST may have worked before 408", "POST", "", []fault{status(408), ok}, outcome{408, 1, false}},
		"PatchReset":           {"PATCH is like POST", "PATCH", "", []fault{reset, ok}, outcome{0, 1, true}},
		"PatchUnavailable":     {"PATCH is like POST", "PATCH", "", []fault{status(503), ok}, outcome{200, 2, false}},
		"ReadOnlyPostReset":    {"a login is repeated like a read", "POST", "/realms/x/token", []fault{reset, ok}, outcome{200, 2, false}},
		"ReadOnlyUnauthorized": {"a wrong password is tried once", "POST", "/realms/x/token", []fault{status(401), ok}, outcome{401, 1, false}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got := sendThroughFaults(t, tc.method, tc.path, tc.faults)
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tc.reason, diff)
			}
		})
	}
}

// sendThroughFaults also checks what holds for every request: a wait between each two attempts, and
// the whole body in each.
func sendThroughFaults(t *testing.T, method, path string, faults []fault) outcome {
	t.Helper()
	server := newFaultyServer(t, faults...)
	clock := newFakeClock()
	rt := Retry(freshConnections(t), RetryOptions{MaxAttempts: 4, Clock: clock, ReadOnlyRequests: []ReadOnlyRequest{{http.MethodPost, "/token"}}})
	const sent = `{"name":"team-a"}`
	resp, err := rt.RoundTrip(newRequest(t, method, server.URL+path, sent))
	got := outcome{Attempts: len(server.received()), Failed: err != nil}
	if err == nil {
		got.Status = resp.StatusCode
		_ = readBody(t, resp)
	}
	if waits := len(clock.waited()); waits != got.Attempts-1 {
		t.Errorf("a wait between each two attempts: %d waits, %d attempts", waits, got.Attempts)
	}
	for n, body := range server.received() {
		if body != sent {
			t.Errorf("each attempt carries the whole body: attempt %d has %q", n+1, body)
		}
	}
	return got
}

func TestRetryReturnsTheAnswerWhole(t *testing.T) {
	server := newFaultyServer(t, status(503), status(200, "X-Total-Count", "7"))
	req := newRequest(t, "GET", server.URL, "")
	resp, err := Retry(freshConnections(t), RetryOptions{Clock: newFakeClock()}).RoundTrip(req)
	if err != nil {
		t.Fatalf("getting: %v", err)
	}
	if got := resp.Header.Get("X-Total-Count"); got != "7" {
		t.Errorf("headers are kept: X-Total-Count = %q", got)
	}
	if resp.Request != req {
		t.Error("the answer names the caller's request, whose context still lives")
	}
	if got := readBody(t, resp); got != "body of OK" {
		t.Errorf("the body can be read after the attempt's time is over: %q", got)
	}
}

func TestRetryPostWithoutConnection(t *testing.T) {
	cases := map[string]struct {
		reason   string
		err      error
		attempts int
	}{
		"Dial":    {"no connection: the server knows nothing", &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}, 3},
		"Proxy":   {"no connection to the proxy: the same", &net.OpError{Op: "proxyconnect", Err: syscall.ECONNREFUSED}, 3},
		"Write":   {"part of it may have arrived", &net.OpError{Op: "write", Err: syscall.EPIPE}, 1},
		"Read":    {"it has arrived", &net.OpError{Op: "read", Err: syscall.ECONNRESET}, 1},
		"Refused": {"refused for good", &RefusedError{Reason: "closed"}, 1},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			attempts := 0
			base := tripper(func(*http.Request) (*http.Response, error) {
				attempts++
				return nil, tc.err
			})
			rt := Retry(base, RetryOptions{MaxAttempts: 3, Clock: newFakeClock()})
			_, err := rt.RoundTrip(newRequest(t, "POST", "http://server.test/", "{}")) //nolint:bodyclose // it fails
			if !errors.Is(err, tc.err) {
				t.Errorf("the last error is passed on: %v", err)
			}
			if attempts != tc.attempts {
				t.Errorf("%s: want %d attempts, got %d", tc.reason, tc.attempts, attempts)
			}
		})
	}
}

func TestRetryWaits(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	date := func(after time.Duration) string { return now.Add(after).Format(http.TimeFormat) }
	cases := map[string]struct {
		reason   string
		options  RetryOptions
		faults   []fault
		min, max []time.Duration
	}{
		"Exponential": {
			"each wait grows by half, give or take half of it, up to the longest",
			RetryOptions{MaxAttempts: 4, InitialInterval: 4 * time.Second, MaxInterval: 8 * time.Second},
			[]fault{status(503)},
			[]time.Duration{2 * time.Second, 3 * time.Second, 4 * time.Second},
			[]time.Duration{6 * time.Second, 9 * time.Second, 12 * time.Second},
		},
		"RetryAfterSeconds": {
			"the server's wish is the least wait",
			RetryOptions{MaxAttempts: 2}, []fault{status(429, "Retry-After", "30")},
			[]time.Duration{30 * time.Second}, []time.Duration{30 * time.Second},
		},
		"RetryAfterDate": {
			"a date counts from the answer's own date",
			RetryOptions{MaxAttempts: 2}, []fault{status(503, "Date", date(0), "Retry-After", date(40*time.Second))},
			[]time.Duration{40 * time.Second}, []time.Duration{40 * time.Second},
		},
		"RetryAfterShort": {
			"a shorter wish does not shorten the backoff",
			RetryOptions{MaxAttempts: 2, InitialInterval: 4 * time.Second}, []fault{status(503, "Retry-After", "0")},
			[]time.Duration{2 * time.Second}, []time.Duration{6 * time.Second},
		},
		"MaxElapsed": {
			"no wait begins that would end too late",
			RetryOptions{MaxElapsed: 50 * time.Second}, []fault{status(503, "Retry-After", "20")},
			[]time.Duration{20 * time.Second, 20 * time.Second}, []time.Duration{20 * time.Second, 20 * time.Second},
		},
		"RetryAfterBeyondMaxElapsed": {
			"a wish beyond our time ends the attempts at once",
			RetryOptions{MaxElapsed: 50 * time.Second}, []fault{status(503, "Retry-After", "51")}, nil, nil,
		},
		"RetryAfterHuge": {
			"a senseless wish does not overflow",
			RetryOptions{}, []fault{status(503, "Retry-After", "18446744073709551615")}, nil, nil,
		},
		"SwitchedOff": {"one attempt means no retry", RetryOptions{MaxAttempts: 1}, []fault{status(503)}, nil, nil},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got := waitsOf(t, tc.options, tc.faults)
			if len(got) != len(tc.min) {
				t.Fatalf("%s: want %d waits, got %v", tc.reason, len(tc.min), got)
			}
			for i, wait := range got {
				if wait < tc.min[i] || wait > tc.max[i]+1 {
					t.Errorf("%s: wait %d is %v, want %v to %v", tc.reason, i+1, wait, tc.min[i], tc.max[i])
				}
			}
		})
	}
}

func waitsOf(t *testing.T, o RetryOptions, faults []fault) []time.Duration {
	t.Helper()
	clock := newFakeClock()
	o.Clock = clock
	resp, err := Retry(freshConnections(t), o).RoundTrip(newRequest(t, "GET", newFaultyServer(t, faults...).URL, ""))
	if err != nil {
		t.Fatalf("getting: %v", err)
	}
	_ = readBody(t, resp)
	return clock.waited()
}

func TestRetryDeadline(t *testing.T) {
	server := newFaultyServer(t, status(503, "Retry-After", "60"))
	clock := newFakeClock()
	ctx, cancel := context.WithDeadline(t.Context(), clock.Now().Add(30*time.Second))
	defer cancel()
	rt := Retry(freshConnections(t), RetryOptions{Clock: clock})
	resp, err := rt.RoundTrip(newRequest(t, "GET", server.URL, "").WithContext(ctx))
	if err != nil {
		t.Fatalf("getting: %v", err)
	}
	_ = readBody(t, resp)
	if resp.StatusCode != http.StatusServiceUnavailable || len(clock.waited()) != 0 {
		t.Errorf("a wait beyond the deadline is not begun: status %d, waits %v", resp.StatusCode, clock.waited())
	}
}

// endlessClock never ends a wait: only cancelling does.
type endlessClock struct {
	*fakeClock
	waiting context.CancelFunc
}

func (c endlessClock) After(time.Duration) <-chan time.Time {
	c.waiting()
	return nil
}

func TestRetryCancelled(t *testing.T) {
	cases := map[string]struct {
		reason string
		fault  fault
		text   string
	}{
		"AfterAnswer": {"the last answer is named", status(503), "context canceled while waiting to try again after 503 Service Unavailable"},
		"AfterError":  {"the last error is named", half, "context canceled while waiting to try again after reading the answer: unexpected EOF"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			server := newFaultyServer(t, tc.fault)
			ctx, cancel := context.WithCancel(t.Context())
			rt := Retry(freshConnections(t), RetryOptions{Clock: endlessClock{newFakeClock(), cancel}})
			_, err := rt.RoundTrip(newRequest(t, "GET", server.URL, "").WithContext(ctx)) //nolint:bodyclose // it fails
			if !errors.Is(err, context.Canceled) || Temporary(err) {
				t.Errorf("cancelling ends the wait for good: %v", err)
			}
			if diff := cmp.Diff(tc.text, err.Error()); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tc.reason, diff)
			}
			if n := len(server.received()); n != 1 {
				t.Errorf("nothing is sent after cancelling: %d requests", n)
			}
		})
	}
}

func TestRetryCallerGone(t *testing.T) {
	stop := errors.New("SIGTERM")
	ctx, cancel := context.WithCancelCause(t.Context())
	base := tripper(func(r *http.Request) (*http.Response, error) {
		cancel(stop)
		return nil, context.Cause(r.Context()) // as http.Transport does
	})
	rt := Retry(base, RetryOptions{Clock: newFakeClock()})
	_, err := rt.RoundTrip(newRequest(t, "GET", "http://server.test/", "").WithContext(ctx)) //nolint:bodyclose // it fails
	if !errors.Is(err, context.Canceled) || Temporary(err) {
		t.Errorf("whatever the cause, a cancelled context is reported as one: %v", err)
	}
}

func TestRetryAnswerAfterCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	base := tripper(func(*http.Request) (*http.Response, error) {
		cancel()
		return answer(http.StatusServiceUnavailable, "busy"), nil
	})
	clock := newFakeClock()
	resp, err := Retry(base, RetryOptions{Clock: clock}).RoundTrip(newRequest(t, "GET", "http://server.test/", "").WithContext(ctx))
	if err != nil || readBody(t, resp) != "busy" || len(clock.waited()) != 0 {
		t.Errorf("an answer that came before the end is passed on without a wait: %v", err)
	}
}

func TestRetryAttemptTimeout(t *testing.T) {
	server := newFaultyServer(t, hang)
	rt := Retry(freshConnections(t), RetryOptions{MaxAttempts: 2, Timeout: 20 * time.Millisecond, Clock: newFakeClock()})
	_, err := rt.RoundTrip(newRequest(t, "GET", server.URL, "")) //nolint:bodyclose // it fails
	if !errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("an attempt's end is not taken for the end of the caller's context: %v", err)
	}
	if !Temporary(err) {
		t.Errorf("a slow server may be faster next time: %v", err)
	}
	if want := "no whole answer within 20ms"; !strings.Contains(err.Error(), want) {
		t.Errorf("want %q in %q", want, err)
	}
}

func TestRetrySlowThenFast(t *testing.T) {
	cases := map[string]int{"GET": 2, "PUT": 2, "POST": 1}
	for method, want := range cases {
		t.Run(method, func(t *testing.T) {
			attempts := 0
			base := tripper(func(r *http.Request) (*http.Response, error) {
				attempts++
				if attempts == 1 {
					<-r.Context().Done()
					return nil, r.Context().Err()
				}
				return answer(http.StatusOK, "ok"), nil
			})
			rt := Retry(base, RetryOptions{Timeout: time.Millisecond, Clock: newFakeClock()})
			resp, err := rt.RoundTrip(newRequest(t, method, "http://server.test/", ""))
			if err == nil {
				_ = readBody(t, resp)
			}
			if attempts != want || (err == nil) != (want == 2) {
				t.Errorf("only what may be sent twice is sent again: %d attempts, want %d, error %v", attempts, want, err)
			}
		})
	}
}

func TestRetryTooLarge(t *testing.T) {
	cases := map[string]struct {
		limit   int64
		tooLong bool
	}{
		"Fits":    {10, false},
		"TooLong": {9, true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			server := newFaultyServer(t, status(200))
			rt := Retry(freshConnections(t), RetryOptions{MaxAnswer: tc.limit, Clock: newFakeClock()})
			resp, err := rt.RoundTrip(newRequest(t, "GET", server.URL, ""))
			if errors.Is(err, ErrTooLarge) != tc.tooLong || Temporary(err) {
				t.Errorf("an answer of 10 bytes and a limit of %d: %v", tc.limit, err)
			}
			if n := len(server.received()); n != 1 {
				t.Errorf("a long answer is as long the next time: %d requests", n)
			}
			if !tc.tooLong && readBody(t, resp) != "body of OK" {
				t.Error("an answer just as long as the limit is whole")
			}
		})
	}
}

// closeNoter notes that it was closed.
type closeNoter struct {
	io.Reader
	closed *bool
}

func (c closeNoter) Close() error {
	*c.closed = true
	return nil
}

func TestRetryTakesTheBody(t *testing.T) {
	errBoom := errors.New("boom")
	cases := map[string]struct {
		reason string
		body   io.Reader
		want   []string
		err    error
	}{
		"WithoutGetBody": {"a stream is kept for the second attempt", strings.NewReader("stream"), []string{"stream", "stream"}, nil},
		"Empty":          {"an empty body stays empty", strings.NewReader(""), []string{"", ""}, nil},
		"Broken":         {"a body that cannot be read is not sent", io.MultiReader(strings.NewReader("x"), broken{errBoom}), nil, errBoom},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			server := newFaultyServer(t, status(503), status(200))
			closed := false
			req := newRequest(t, "PUT", server.URL, "")
			req.Body = closeNoter{tc.body, &closed}
			resp, err := Retry(freshConnections(t), RetryOptions{Clock: newFakeClock()}).RoundTrip(req)
			if err == nil {
				_ = readBody(t, resp)
			}
			if !errors.Is(err, tc.err) {
				t.Errorf("%s: want error %v, got %v", tc.reason, tc.err, err)
			}
			if diff := cmp.Diff(tc.want, server.received()); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tc.reason, diff)
			}
			if !closed {
				t.Error("a RoundTripper closes the request's body")
			}
		})
	}
}

type broken struct{ err error }

func (b broken) Read([]byte) (int, error) { return 0, b.err }

func TestRetryEvents(t *testing.T) {
	server := newFaultyServer(t, status(429, "Retry-After", "9"), half, status(200))
	var events []RetryEvent
	rt := Retry(freshConnections(t), RetryOptions{Clock: newFakeClock(), InitialInterval: time.Nanosecond,
		OnRetry: func(_ context.Context, e RetryEvent) { events = append(events, e) }})
	resp, err := rt.RoundTrip(newRequest(t, "GET", server.URL+"/x?code=s3cr3t", ""))
	if err != nil {
		t.Fatalf("getting: %v", err)
	}
	_ = readBody(t, resp)
	if len(events) != 2 {
		t.Fatalf("one event for each failed attempt that is repeated: %v", events)
	}
	want := RetryEvent{Method: "GET", URL: server.URL + "/x?code=***", Attempt: 1, Status: 429, Wait: 9 * time.Second}
	if diff := cmp.Diff(want, events[0]); diff != "" {
		t.Errorf("the first attempt was answered (-want +got):\n%s", diff)
	}
	if e := events[1]; e.Attempt != 2 || e.Status != 0 || !errors.Is(e.Err, io.ErrUnexpectedEOF) {
		t.Errorf("the second attempt broke off: %+v", e)
	}
}

func TestWarnRetry(t *testing.T) {
	cases := map[string]struct {
		event RetryEvent
		want  string
	}{
		"Answer": {
			RetryEvent{Method: "GET", URL: "http://a/", Attempt: 1, Status: 503, Wait: time.Second},
			"level=WARN msg=\"trying again\" method=GET url=http://a/ attempt=1 wait=1s status=503\n",
		},
		"Error": {
			RetryEvent{Method: "PUT", URL: "http://a/", Attempt: 2, Err: io.ErrUnexpectedEOF, Wait: time.Minute},
			"level=WARN msg=\"trying again\" method=PUT url=http://a/ attempt=2 wait=1m0s error=\"unexpected EOF\"\n",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			WarnRetry(textLogger(&out))(t.Context(), tc.event)
			if diff := cmp.Diff(tc.want, out.String()); diff != "" {
				t.Errorf("one line that says all (-want +got):\n%s", diff)
			}
		})
	}
}

// textLogger writes every level, without the time.
func textLogger(w io.Writer) *slog.Logger {
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{
		Level: slog.LevelDebug,
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		},
	}))
}
