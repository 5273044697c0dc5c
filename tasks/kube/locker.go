package kube

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

const (
	leaseDuration = 30 * time.Second // the default
	leasePoll     = 2 * time.Second  // between two looks at another's Lease
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
	// seconds; 0 is 30 s. It is renewed three times as often.
	Duration time.Duration
	// Wait is how long to wait for another holder; 0 is not at all.
	Wait time.Duration
	// Lost is told, once and from another goroutine, that the lock is no
	// longer ours: the run must stop writing. nil for nobody.
	Lost func(error)
}

// Locker keeps other runs out with one Lease per name. It is a run.Locker. Its
// requests are writes even where a run changes nothing, so its Cluster must not
// be behind a gate.
type Locker struct {
	cluster *Cluster
	options LockOptions
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
// is unlocked, also after ctx has ended. While somebody else holds it, it waits
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
	ours, err := l.wait(ctx, held)
	if err != nil {
		return nil, fmt.Errorf("taking the lock: %w", err)
	}
	return l.hold(held, ours), nil
}

// wait tries until it has the Lease or the time is up. When that is, the error
// names the holder that was seen last, not the request that was cut short.
func (l *Locker) wait(ctx context.Context, held *lease) (leaseObject, error) {
	end := time.Now().Add(l.options.Wait)
	var seen error
	for {
		ours, err := held.try(ctx)
		if err != nil && ctx.Err() != nil && seen != nil {
			return leaseObject{}, seen
		}
		_, locked := errors.AsType[*LockedError](err)
		left := time.Until(end)
		if !locked || left <= 0 {
			return ours, err
		}
		seen = err
		select {
		case <-ctx.Done():
			return leaseObject{}, seen
		case <-time.After(min(leasePoll, left)):
		}
	}
}

// hold renews the Lease until the returned function is called.
func (l *Locker) hold(held *lease, ours leaseObject) (unlock func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	var kept leaseObject
	var lost error
	go func() {
		defer close(done)
		kept, lost = l.keep(ctx, held, ours)
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
		_ = held.release(ctx, kept) // if not, it ends by itself
	})
}

// keep renews until ctx ends and returns the Lease as it stands, or an error
// when it was lost: somebody else has it, or its time ran out before the
// server could be reached.
func (l *Locker) keep(ctx context.Context, held *lease, ours leaseObject) (leaseObject, error) {
	ticker := time.NewTicker(held.duration / 3)
	defer ticker.Stop()
	renewed := time.Now()
	for {
		select {
		case <-ctx.Done():
			return ours, nil
		case <-ticker.C:
		}
		started := time.Now()
		attempt, cancel := context.WithTimeout(ctx, held.duration/3)
		newer, err := held.renew(attempt, ours)
		cancel()
		_, taken := errors.AsType[*LockedError](err)
		switch {
		case err == nil:
			ours, renewed = newer, started
		case ctx.Err() != nil:
			return ours, nil
		case taken, time.Since(renewed) >= held.duration:
			return leaseObject{}, err
		}
	}
}
