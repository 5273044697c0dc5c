package transport

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v4"
)

// Clock tells the time and waits. Tests give one that does not sleep.
type Clock interface {
	Now() time.Time
	After(time.Duration) <-chan time.Time
}

// RetryOptions bound the retries of one request. Zero values mean the defaults.
type RetryOptions struct {
	MaxAttempts      int               // attempts in all, the first included; default 5, 1 switches retries off
	MaxElapsed       time.Duration     // no wait begins that would end later than this after the start; default 3 min
	InitialInterval  time.Duration     // the first wait, give or take half of it; it grows by half each time; default 250 ms
	MaxInterval      time.Duration     // the longest wait, give or take half, unless Retry-After asks for more; default 10 s
	Timeout          time.Duration     // for one attempt, from connecting to the last byte of the answer; default 60 s
	MaxAnswer        int64             // bytes; a longer answer fails with ErrTooLarge; default 64 MiB
	ReadOnlyRequests []ReadOnlyRequest // POSTs that change nothing, retried like a GET
	// OnRetry is called after each failed attempt that will be repeated; nil for none.
	OnRetry func(context.Context, RetryEvent)
	Clock   Clock // default: the system's
}

// RetryEvent is one failed attempt after which another one follows.
type RetryEvent struct {
	Method, URL string        // the URL is redacted
	Attempt     int           // the one that failed, from 1
	Status      int           // of the answer; 0 when none came
	Err         error         // why no whole answer came; nil when one did
	Wait        time.Duration // until the next attempt
}

// WarnRetry gives an OnRetry that writes one line at level warn.
func WarnRetry(logger *slog.Logger) func(context.Context, RetryEvent) {
	return func(ctx context.Context, e RetryEvent) {
		attrs := []slog.Attr{
			slog.String("method", e.Method), slog.String("url", e.URL),
			slog.Int("attempt", e.Attempt), slog.Duration("wait", e.Wait),
		}
		if e.Err != nil {
			attrs = append(attrs, slog.Any("error", e.Err))
		} else {
			attrs = append(attrs, slog.Int("status", e.Status))
		}
		logger.LogAttrs(ctx, slog.LevelWarn, "trying again", attrs...)
	}
}

// Retry repeats what is safe to repeat, with exponential backoff and jitter, at least as late as the
// server's Retry-After asks. An answer is read whole before it is passed on, so that a body that
// breaks off is a failed attempt and never half an answer.
//
//	                                    GET, HEAD, OPTIONS, PUT,     other POSTs, PATCH
//	                                    DELETE, read-like POSTs
//	no connection could be made         again                        nothing was sent: again
//	429, 503                            again                        nothing was done: again
//	reset, timeout, body broken off     again                        passed on
//	408, 500, 502, 504                  again                        passed on
//	any other answer, RefusedError,
//	bad certificate                     passed on                    passed on
//
// After a POST or PATCH that is passed on it is unknown whether the server acted: the caller reads
// and compares. A DELETE that is repeated may answer 404 because the first attempt worked. The last attempt's answer or error is passed on as it is, at once when a wait would
// go beyond MaxElapsed or the context's deadline.
func Retry(next http.RoundTripper, o RetryOptions) http.RoundTripper {
	o.MaxAttempts = cmp.Or(o.MaxAttempts, 5)
	o.MaxElapsed = cmp.Or(o.MaxElapsed, 3*time.Minute)
	o.InitialInterval = cmp.Or(o.InitialInterval, 250*time.Millisecond)
	o.MaxInterval = cmp.Or(o.MaxInterval, 10*time.Second)
	o.Timeout = cmp.Or(o.Timeout, time.Minute)
	o.MaxAnswer = cmp.Or(o.MaxAnswer, 64<<20)
	if o.Clock == nil {
		o.Clock = systemClock{}
	}
	return &retry{next, o}
}

type systemClock struct{}

func (systemClock) Now() time.Time                         { return time.Now() }
func (systemClock) After(d time.Duration) <-chan time.Time { return time.After(d) }

type retry struct {
	next http.RoundTripper
	RetryOptions
}

func (t *retry) RoundTrip(req *http.Request) (*http.Response, error) {
	body, err := takeBody(req)
	if err != nil {
		return nil, fmt.Errorf("reading the request's body: %w", err)
	}
	pace := t.pace()
	for n := 1; ; n++ {
		resp, err := t.attempt(req, body)
		wait := pace.NextBackOff()
		if resp != nil {
			wait = max(wait, retryAfter(resp.Header, t.Clock.Now()))
		}
		if n >= t.MaxAttempts || !t.again(req, resp, err) || !t.fits(req.Context(), pace, wait) {
			return resp, err
		}
		t.report(req, n, resp, err, wait)
		if stopped := t.pause(req.Context(), wait); stopped != nil {
			return nil, fmt.Errorf("%w while waiting to try again after %s", stopped, failure(resp, err))
		}
	}
}

func (t *retry) pace() *backoff.ExponentialBackOff {
	return backoff.NewExponentialBackOff(
		backoff.WithInitialInterval(t.InitialInterval),
		backoff.WithMaxInterval(t.MaxInterval),
		backoff.WithMaxElapsedTime(0), // fits decides, it knows Retry-After too
		backoff.WithClockProvider(t.Clock),
	)
}

// attempt sends the request once and reads the whole answer within the time for one attempt.
func (t *retry) attempt(req *http.Request, body []byte) (*http.Response, error) {
	ctx, cancel := context.WithTimeout(req.Context(), t.Timeout)
	defer cancel()
	resp, err := t.next.RoundTrip(withBody(req.WithContext(ctx), body))
	if err == nil {
		err = readWhole(resp, t.MaxAnswer)
	}
	if err == nil {
		resp.Request = req
		return resp, nil
	}
	return nil, t.timeError(req.Context(), ctx, err)
}

// timeError gives the end of the caller's context and of the attempt's time their own errors: the
// first is final, the second is not.
func (t *retry) timeError(caller, attempt context.Context, err error) error {
	if end := caller.Err(); end != nil {
		return end
	}
	if attempt.Err() != nil && !lasting(err) {
		return fmt.Errorf("no whole answer within %s: %w", t.Timeout, os.ErrDeadlineExceeded)
	}
	return err
}

func (t *retry) again(req *http.Request, resp *http.Response, err error) bool {
	if req.Context().Err() != nil {
		return false
	}
	repeatable := repeats(req, t.ReadOnlyRequests)
	if err != nil {
		return !lasting(err) && (repeatable || unsent(err))
	}
	switch resp.StatusCode {
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		return true
	case http.StatusRequestTimeout, http.StatusInternalServerError, http.StatusBadGateway, http.StatusGatewayTimeout:
		return repeatable
	}
	return false
}

// repeats tells the requests whose second sending does no harm.
func repeats(req *http.Request, readOnly []ReadOnlyRequest) bool {
	return req.Method == http.MethodPut || req.Method == http.MethodDelete || reads(req, readOnly)
}

func (t *retry) fits(ctx context.Context, pace *backoff.ExponentialBackOff, wait time.Duration) bool {
	deadline, ok := ctx.Deadline()
	if ok && t.Clock.Now().Add(wait).After(deadline) {
		return false
	}
	return pace.GetElapsedTime()+wait <= t.MaxElapsed
}

func (t *retry) report(req *http.Request, n int, resp *http.Response, err error, wait time.Duration) {
	if t.OnRetry == nil {
		return
	}
	event := RetryEvent{Method: method(req), URL: Redact(req.URL.String()), Attempt: n, Err: err, Wait: wait}
	if resp != nil {
		event.Status = resp.StatusCode
	}
	t.OnRetry(req.Context(), event)
}

func (t *retry) pause(ctx context.Context, wait time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.Clock.After(wait):
		return nil
	}
}

func failure(resp *http.Response, err error) string {
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf("%d %s", resp.StatusCode, http.StatusText(resp.StatusCode))
}

// takeBody reads and closes the request's body; nil when it has none.
func takeBody(req *http.Request) ([]byte, error) {
	if req.Body == nil || req.Body == http.NoBody {
		return nil, nil
	}
	defer req.Body.Close()
	return io.ReadAll(req.Body)
}

// withBody changes req, which must be a copy. With GetBody the base transport can move a request
// from an idle connection that the server just closed to a new one.
func withBody(req *http.Request, body []byte) *http.Request {
	if len(body) == 0 {
		if req.Body != nil {
			req.Body, req.GetBody, req.ContentLength = http.NoBody, nil, 0
		}
		return req
	}
	req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	req.Body = io.NopCloser(bytes.NewReader(body))
	req.ContentLength = int64(len(body))
	return req
}

// readWhole replaces the answer's body by its content in memory and frees the connection.
func readWhole(resp *http.Response, limit int64) error {
	defer resp.Body.Close()
	var buffer bytes.Buffer
	if 0 < resp.ContentLength && resp.ContentLength <= limit {
		buffer.Grow(int(resp.ContentLength) + bytes.MinRead)
	}
	n, err := buffer.ReadFrom(io.LimitReader(resp.Body, limit+1))
	switch {
	case err != nil:
		return fmt.Errorf("reading the answer: %w", err)
	case n > limit:
		return fmt.Errorf("%w: more than %d bytes", ErrTooLarge, limit)
	}
	resp.Body = io.NopCloser(&buffer)
	return nil
}

// maxRetryAfter is longer than any run; it keeps sums of times from overflowing.
const maxRetryAfter = 24 * time.Hour

// retryAfter reads the header Retry-After, seconds or an HTTP date, as the time to wait; 0 when it is
// absent, past or senseless. A date is compared with the answer's own Date when there is one, so that
// the clocks of both sides need not agree.
func retryAfter(h http.Header, now time.Time) time.Duration {
	value := strings.TrimSpace(h.Get("Retry-After"))
	if seconds, err := strconv.ParseUint(value, 10, 64); err == nil {
		return time.Duration(min(seconds, uint64(maxRetryAfter/time.Second))) * time.Second
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	if sent, err := http.ParseTime(h.Get("Date")); err == nil {
		now = sent
	}
	return min(max(0, at.Sub(now)), maxRetryAfter)
}
