package kube

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// The times of a Lease, in parts of its duration since the last renewal was
// sent, by the holder's own clock:
//
//	1/3  the holder renews it, and tries again after each failure
//	2/3  a holder that could not renew it stops: Lost is called
//	1    another run may take it, by what it saw itself, or later by the clocks
const (
	leaseDuration = 30 * time.Second // the default
	leasePoll     = 2 * time.Second  // between two looks at another's Lease
	takingTime    = 15 * time.Second // at least, for an API server that is in trouble
	releaseTime   = 5 * time.Second  // for giving it back
)

// LockedError says who else is at work.
type LockedError struct{ Holder string }

func (e *LockedError) Error() string { return "another run holds the lock: " + e.Holder }

// LockOptions say how a Lease is held.
type LockOptions struct {
	// Namespace is the release's.
	Namespace string
	// Holder names this run among all: the pod and an id of the run.
	Holder string
	// Duration is how long a holder that died keeps others out, in whole
	// seconds; 0 is 30 s.
	Duration time.Duration
	// Wait is how long to wait for another holder; 0 is not at all.
	Wait time.Duration
	// Waiting is called with the reason each time that the lock cannot be had yet;
	// nil for none.
	Waiting func(error)
	// Lost is called, once and from another goroutine, when the lock is about to
	// be another run's: this one must stop writing. nil for none.
	Lost func(error)
}

// Locker keeps other runs out with one Lease per name. It is a run.Locker. Its
// requests are writes even where a run changes nothing, so its Cluster must not
// be behind a gate.
type Locker struct {
	cluster *Cluster
	options LockOptions
	text    string // to be left in the Lease
}

// NewLocker makes a Locker. It sends nothing.
func NewLocker(c *Cluster, o LockOptions) *Locker {
	if o.Duration == 0 {
		o.Duration = leaseDuration
	}
	o.Duration = min(max(o.Duration, time.Second), time.Hour).Truncate(time.Second)
	return &Locker{cluster: c, options: o}
}

// Lock takes the Lease of that name and renews it in the background until it
// is unlocked, also after ctx has ended. While another run holds it, it waits
// as long as the options and ctx allow, and then returns a *LockedError
// that names the holder and its age.
func (l *Locker) Lock(ctx context.Context, name string) (unlock func(), err error) {
	if l.options.Holder == "" {
		return nil, errors.New("taking the lock: the holder has no name")
	}
	held := &lease{
		cluster: l.cluster, target: leaseNamed(l.options.Namespace, name),
		holder: l.options.Holder, duration: l.options.Duration,
	}
	ours, taken, err := l.wait(ctx, held)
	if err != nil {
		return nil, fmt.Errorf("taking the lock: %w", err)
	}
	return l.hold(held, ours, taken), nil
}

// wait tries until it has the Lease, and returns when the request for it was
// sent. While another run holds it, it tries as long as the options say, and for
// some time at least while the server is in trouble. When the time is up the
// error names the holder that was seen last, not the request that was cut short.
func (l *Locker) wait(ctx context.Context, held *lease) (ours leaseObject, taken time.Time, err error) {
	start := time.Now()
	var seen error
	for {
		taken = time.Now()
		ours, err = l.try(ctx, held)
		if err == nil {
			return ours, taken, nil
		}
		allowed := l.options.Wait
		if _, locked := errors.AsType[*LockedError](err); locked {
			seen = err
		} else if temporary(err) {
			allowed = max(allowed, takingTime)
		} else if ctx.Err() == nil {
			return leaseObject{}, taken, err
		}
		if l.options.Waiting != nil {
			l.options.Waiting(cmp.Or(seen, err))
		}
		left := allowed - time.Since(start)
		if left <= 0 || pause(ctx, min(leasePoll, left)) != nil {
			return leaseObject{}, taken, cmp.Or(seen, err)
		}
	}
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// try bounds one look at the Lease: an answer that comes too late is worth
// nothing.
func (l *Locker) try(ctx context.Context, held *lease) (leaseObject, error) {
	ctx, cancel := context.WithTimeout(ctx, held.duration/3)
	defer cancel()
	return held.try(ctx)
}

// hold renews the Lease until the returned function is called.
func (l *Locker) hold(held *lease, ours leaseObject, taken time.Time) (unlock func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	var kept leaseObject
	var lost error
	go func() {
		defer close(done)
		kept, lost = held.keep(ctx, ours, taken)
		if lost != nil && l.options.Lost != nil {
			l.options.Lost(fmt.Errorf("keeping the lock: %w", lost))
		}
	}()
	return sync.OnceFunc(func() {
		cancel()
		<-done
		if lost != nil {
			return
		}
		ctx, cancel := context.WithTimeout(context.Background(), releaseTime)
		defer cancel()
		_ = held.release(ctx, kept, l.remember) // if not, it ends by itself
	})
}

// renewal is the result of one renewal.
type renewal struct {
	sent  time.Time
	lease leaseObject
	err   error
}

// keep renews until ctx ends and returns the Lease as it is then, or an error
// when it was lost: another run has it, or its time is up. A renewal that hangs
// does not delay that.
func (l *lease) keep(ctx context.Context, ours leaseObject, renewed time.Time) (leaseObject, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	results := make(chan renewal, 1)
	next, end := time.NewTimer(time.Until(renewed.Add(l.duration/3))), time.NewTimer(time.Until(renewed.Add(l.duration*2/3)))
	defer next.Stop()
	defer end.Stop()
	var last error
	for {
		select {
		case <-ctx.Done():
			return ours, nil
		case <-end.C:
			return leaseObject{}, fmt.Errorf("it could not be renewed for %s: %w", l.duration*2/3, cmp.Or(last, context.DeadlineExceeded))
		case <-next.C:
			go func() { results <- l.renewOnce(ctx, ours) }()
		case r := <-results:
			if _, taken := errors.AsType[*LockedError](r.err); taken {
				return leaseObject{}, r.err
			}
			if last = r.err; last != nil {
				next.Reset(l.duration / 30)
				continue
			}
			ours = r.lease
			next.Reset(time.Until(r.sent.Add(l.duration / 3)))
			end.Reset(time.Until(r.sent.Add(l.duration * 2 / 3)))
		}
	}
}

func (l *lease) renewOnce(ctx context.Context, ours leaseObject) renewal {
	ctx, cancel := context.WithTimeout(ctx, l.duration/10)
	defer cancel()
	sent := time.Now()
	newer, err := l.renew(ctx, ours)
	return renewal{sent, newer, err}
}
