package run

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v4"

	"otomi.io/tasks/clients/transport"
	"otomi.io/tasks/tasks/kube"
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

// toldAfter is how long a run waits before it tells its Job.
const toldAfter = 10 * time.Second

// notice tells of a wait: the log once for each reason, the Job once, a terminal each
// time.
type notice struct {
	session *session
	wait
	started time.Time
	logged  string
	emitted bool
}

func (s *session) notice(w wait) *notice { return &notice{session: s, wait: w, started: time.Now()} }

func (n *notice) tell(ctx context.Context, err error) {
	s, reason, left := n.session, reasonOf(err), time.Until(n.until).Round(time.Second).String()
	if reason != n.logged {
		n.logged = reason
		s.log.Info("waiting", "for", n.what, "left", left, "reason", reason)
	}
	text := fmt.Sprintf("waiting for %s, %s left: ", n.what, left)
	s.bar.Start(text+cause(reason, maxShown), 0)
	if !n.emitted && time.Since(n.started) >= toldAfter {
		n.emitted = true
		s.emit(ctx, kube.Event{Reason: "Waiting", Message: fmt.Sprintf("%s: %s%s; remedy: %s", s.name(), text, cause(reason, maxCause), adviceFor(s.task.Name, err))})
	}
}

// reasonOf is a short reason that is the same for each attempt that fails in the same
// way.
func reasonOf(err error) string {
	if e, ok := transport.Explain(err); ok {
		return e.Cause
	}
	text, _, _ := strings.Cut(err.Error(), " (since ") // the ages of a lock's holder
	return text
}

// await calls try until it succeeds, until no waiting can help, or until the time
// is over; then the last error of try is in what it returns.
func (s *session) await(ctx context.Context, w wait, try func(context.Context) error) error {
	ctx, cancel := context.WithDeadline(ctx, w.until)
	defer cancel()
	defer stopNow(s.process.Stop, cancel)()
	s.bar.Start("waiting for "+w.what, 0)
	defer s.bar.End()
	n := s.notice(w)
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
	err := backoff.RetryNotify(attempt, backoff.WithContext(w.backOff, ctx), func(err error, _ time.Duration) { n.tell(ctx, err) })
	if err != nil && ctx.Err() != nil {
		return fmt.Errorf("waiting %s for %s: %w", time.Since(n.started).Round(100*time.Millisecond), w.what, cmp.Or(last, ctx.Err()))
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
		helps: s.mayStart(),
	}
	if address := app.Server().Address; address != "" {
		w.what += " at " + address
	}
	if err := s.await(ctx, w, func(ctx context.Context) error { return once(ctx, ready) }); err != nil {
		return err
	}
	return app.Server().Unsupported()
}

// pathTime is how long a server in a cluster may answer 404: its path may come with
// it.
const pathTime = 30 * time.Second

// mayStart tells whether a server may still be starting. In a cluster its name and its
// path may come with it; a person at a terminal most likely has the wrong address.
func (s *session) mayStart() func(error) bool {
	patient := !isTerminal(s.process.Stderr)
	var missing time.Time // since then
	return func(err error) bool {
		if unknownHost(err) {
			return patient
		}
		if !transport.IsNotFound(err) {
			missing = time.Time{}
			return transport.Temporary(err) || errors.Is(err, errNotReady)
		}
		if missing.IsZero() {
			missing = time.Now()
		}
		return patient && time.Since(missing) < pathTime
	}
}

// tryTime is how long one question may take: far longer than a server that is
// up needs for the cheap request, and short enough that a connection which was
// lost while the server started does not use up the whole wait.
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
