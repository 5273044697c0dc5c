package run

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/cenkalti/backoff/v4"

	"otomi.io/tasks/clients/transport"
	"otomi.io/tasks/tasks/values"
)

// wait tries until the server is ready, and returns as soon as it is. What no
// waiting can heal (a refused log-in, a wrong certificate) ends it at once.
func (r *runner) wait(ctx context.Context, v values.Values, ready func(context.Context) error) error {
	if v.Wait.URL != "" {
		ready = func(ctx context.Context) error { return r.answers(ctx, v.Wait) }
	}
	ctx, cancel := context.WithTimeout(ctx, r.options.waitFor)
	defer cancel()
	defer stopNow(r.process.Stop, cancel)()
	r.bar.Start("waiting for the server", 0)
	defer r.bar.End()
	try := func() error {
		err := once(ctx, ready)
		if err != nil && !transport.Temporary(err) && !transport.IsNotFound(err) && !errors.Is(err, errNotReady) {
			return backoff.Permanent(err)
		}
		return err
	}
	var last error
	note := func(err error, next time.Duration) {
		last = err
		r.log.Info("waiting for the server", "next", next.Round(time.Millisecond).String(), "reason", err)
	}
	err := backoff.RetryNotify(try, backoff.WithContext(waitBackOff(v.Wait), ctx), note)
	if err != nil && ctx.Err() != nil {
		return fmt.Errorf("waiting %s for the server: %w", r.options.waitFor, errors.Join(last, ctx.Err()))
	}
	return err
}

// tryTime is how long one question may take: far longer than a server that is
// up needs for the cheap request, and short enough that a connection which was
// lost while the server started does not eat the whole wait.
const tryTime = 5 * time.Second

// once asks one time. Its end is a cancellation and no deadline, because a rate
// limit refuses for good what would get its turn only after a deadline. A
// redirect may have led to an address with a code in it, which nobody may see.
func once(ctx context.Context, ready func(context.Context) error) error {
	try, cancel := context.WithCancel(ctx)
	defer cancel()
	defer time.AfterFunc(tryTime, cancel).Stop()
	err := transport.RedactError(ready(try))
	if err != nil && try.Err() != nil && ctx.Err() == nil {
		return fmt.Errorf("no answer within %s: %w", tryTime, context.DeadlineExceeded)
	}
	return err
}

// waitBackOff waits little at first, because most servers are up already, and
// never more than two seconds, because a person may be watching.
func waitBackOff(w values.Wait) backoff.BackOff {
	b := backoff.NewExponentialBackOff()
	b.InitialInterval = cmp.Or(w.MinDelay, 100*time.Millisecond)
	b.MaxInterval = max(b.InitialInterval, cmp.Or(w.MaxDelay, 2*time.Second))
	b.RandomizationFactor, b.MaxElapsedTime = 0, 0 // the bounds are bounds
	b.Reset()
	if w.Retries == nil {
		return b
	}
	return backoff.WithMaxRetries(b, uint64(max(*w.Retries, 0)))
}

// answers asks the address of WAIT_URL instead of the application's own.
func (r *runner) answers(ctx context.Context, w values.Wait) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, w.URL, nil)
	if err != nil {
		return fmt.Errorf("asking WAIT_URL: %w", err)
	}
	if w.Host != "" {
		req.Host = w.Host
	}
	status := 0
	resp, err := r.chain.NoRetry.Do(req)
	var refused *transport.StatusError
	var page *transport.PageError // a page will do here
	switch {
	case err == nil:
		status = resp.StatusCode
		err = resp.Body.Close()
	case errors.As(err, &refused):
		status = refused.Status
	case errors.As(err, &page):
		status, err = page.Status, nil
	}
	switch {
	case w.Status == 0 || status == 0:
		return err
	case w.Status == status:
		return nil
	default:
		return fmt.Errorf("%w: WAIT_URL answers %d, WAIT_OPTIONS want %d", errNotReady, status, w.Status)
	}
}

// errNotReady is a server that answers, but not yet as it shall.
var errNotReady = errors.New("not ready")

// stopNow cancels as soon as the signal comes: nothing is under way that is
// worth its end.
func stopNow(stop <-chan struct{}, cancel context.CancelFunc) (release func()) {
	done := make(chan struct{})
	go func() {
		select {
		case <-done:
		case <-stop:
			cancel()
		}
	}()
	return func() { close(done) }
}
