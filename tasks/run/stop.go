package run

import (
	"context"
	"time"
)

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
