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
	"otomi.io/tasks/tasks/task"
	"otomi.io/tasks/tasks/values"
)

// wait is what a run waits for.
type wait struct {
	what    string
	until   time.Time
	backOff backoff.BackOff
	// helps tells whether waiting can help after this error.
	helps func(error) bool
}

// maxShown is how much of a reason is shown on one line of a terminal.
const maxShown = 120

// await calls try until it succeeds, until no waiting can help, or until the time
// is over; then the last error of try is in what it returns.
func (s *session) await(ctx context.Context, w wait, try func(context.Context) error) error {
	ctx, cancel := context.WithDeadline(ctx, w.until)
	defer cancel()
	defer stopNow(s.process.Stop, cancel)()
	s.bar.Start("waiting for "+w.what, 0)
	defer s.bar.End()
	var last error
	attempt := func() error {
		err := try(ctx)
		if ctx.Err() == nil || !cancelled(err) {
			last = err
		}
		if err != nil && !w.helps(err) {
			return backoff.Permanent(err)
		}
		return err
	}
	note := func(err error, next time.Duration) {
		left := time.Until(w.until).Round(time.Second).String()
		s.log.Info("waiting", "for", w.what, "next", next.Round(time.Millisecond).String(), "left", left, "reason", err)
		s.bar.Start(fmt.Sprintf("waiting for %s, %s left: %s", w.what, left, cause(err.Error(), maxShown)), 0)
	}
	err := backoff.RetryNotify(attempt, backoff.WithContext(w.backOff, ctx), note)
	if err != nil && ctx.Err() != nil {
		return fmt.Errorf("waiting %s for %s: %w", s.options.waitFor, w.what, errors.Join(last, ctx.Err()))
	}
	return err
}

func cancelled(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// waitForServer returns as soon as the server is ready. What no waiting can repair,
// such as a refused login or a wrong certificate, ends it at once.
func (s *session) waitForServer(ctx context.Context, v values.Values, app task.Application) error {
	ready := app.Ready
	if v.Wait.URL != "" {
		ready = func(ctx context.Context) error { return s.answers(ctx, v.Wait) }
	}
	w := wait{
		what: "the server", until: time.Now().Add(s.options.waitFor), backOff: waitBackOff(v.Wait),
		helps: s.mayStart,
	}
	if address := app.Server().Address; address != "" {
		w.what += " at " + address
	}
	if err := s.await(ctx, w, func(ctx context.Context) error { return once(ctx, ready) }); err != nil {
		return err
	}
	return app.Server().Unsupported()
}

// mayStart tells whether a server may still be starting. In a cluster its name and its
// path may come with it; a person at a terminal most likely has the wrong address.
func (s *session) mayStart(err error) bool {
	if isTerminal(s.process.Stderr) && (unknownHost(err) || transport.IsNotFound(err)) {
		return false
	}
	return transport.Temporary(err) || transport.IsNotFound(err) || errors.Is(err, errNotReady)
}

// tryTime is how long one question may take: far longer than a server that is
// up needs for the cheap request, and short enough that a connection which was
// lost while the server started does not eat the whole wait.
const tryTime = 5 * time.Second

// once asks one time. Its end is a cancellation and no deadline, because a rate
// limit refuses for good what would get its turn only after a deadline. A
// redirect may have led to an address with a code in it, which must not be shown.
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
func (s *session) answers(ctx context.Context, w values.Wait) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, w.URL, nil)
	if err != nil {
		return fmt.Errorf("asking WAIT_URL: %w", err)
	}
	if w.Host != "" {
		req.Host = w.Host
	}
	status := 0
	resp, err := s.chain.NoRetry.Do(req)
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

// errNotReady is a server that answers, but not yet as it should.
var errNotReady = errors.New("not ready")

// stopGrace is how long calls under way may go on after a signal: less than
// the 30 s that Kubernetes gives a pod.
const stopGrace = 10 * time.Second

// stopLater cancels the run's requests some time after the stop signal, so
// that a call under way can end and only then the run does.
func stopLater(stop <-chan struct{}, cancel context.CancelFunc) (release func()) {
	done := make(chan struct{})
	go func() {
		select {
		case <-done:
			return
		case <-stop:
		}
		timer := time.NewTimer(stopGrace)
		defer timer.Stop()
		select {
		case <-done:
		case <-timer.C:
			cancel()
		}
	}()
	return func() { close(done) }
}

// stopNow cancels as soon as the signal comes: no call under way is worth
// finishing.
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

// stopped tells whether the run was asked to end.
func stopped(stop <-chan struct{}) bool {
	select {
	case <-stop:
		return true
	default:
		return false
	}
}
