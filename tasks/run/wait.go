package run

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cenkalti/backoff/v4"

	"otomi.io/tasks/clients/transport"
)

// wait tries until the server is ready, and returns as soon as it is. What no
// waiting can heal (a refused log-in, a wrong certificate) ends it at once.
func (r *runner[S, P]) wait(ctx context.Context, ready func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, r.options.waitFor)
	defer cancel()
	defer stopNow(r.process.Stop, cancel)()
	r.bar.start("waiting for the server", 0)
	defer r.bar.end()
	try := func() error {
		err := ready(ctx)
		if err != nil && !transport.Temporary(err) && !transport.IsNotFound(err) {
			return backoff.Permanent(err)
		}
		return err
	}
	var last error
	note := func(err error, next time.Duration) {
		last = err
		r.log.Info("waiting for the server", "next", next.Round(time.Millisecond).String(), "reason", err)
	}
	err := backoff.RetryNotify(try, backoff.WithContext(patience(), ctx), note)
	if err != nil && ctx.Err() != nil {
		return fmt.Errorf("waiting %s for the server: %w", r.options.waitFor, errors.Join(last, ctx.Err()))
	}
	return err
}

// patience waits little at first, because most servers are up already, and
// never more than two seconds, because a person may be watching.
func patience() backoff.BackOff {
	b := backoff.NewExponentialBackOff()
	b.InitialInterval, b.MaxInterval, b.MaxElapsedTime = 100*time.Millisecond, 2*time.Second, 0
	return b
}

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
