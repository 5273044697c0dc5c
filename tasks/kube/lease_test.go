package kube_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	suite "otomi.io/tasks/internal/conformance/kube"
	"otomi.io/tasks/tasks/kube"
	"otomi.io/tasks/tasks/run"
)

// In these tests time is simulated: a minute passes when no goroutine has anything
// left to do.

const leases = "/apis/coordination.k8s.io/v1/namespaces/red/leases"

var _ run.Locker = (*kube.Locker)(nil)

func locker(t *testing.T, m *suite.Memory, o kube.LockOptions) *kube.Locker {
	t.Helper()
	o.Namespace = "red"
	return kube.NewLocker(connect(t, m.Config()), o)
}

func lock(t *testing.T, l *kube.Locker) (unlock func()) {
	t.Helper()
	unlock, err := l.Lock(t.Context(), "harbor-projects")
	if err != nil {
		t.Fatalf("locking: %v", err)
	}
	return unlock
}

// holder reads who has the lease.
func holder(t *testing.T, m *suite.Memory) string {
	t.Helper()
	_, text := ask(t, m, http.MethodGet, leases+"/harbor-projects", "")
	var lease struct {
		Spec struct{ HolderIdentity string }
	}
	if err := json.Unmarshal(text, &lease); err != nil {
		t.Fatal(err)
	}
	return lease.Spec.HolderIdentity
}

// TestRenewal: a run longer than the lease keeps it, and its unlocking works
// after its own context has ended, as after SIGTERM.
func TestRenewal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := memory(t)
		ctx, stop := context.WithCancel(t.Context())
		unlock, err := locker(t, m, kube.LockOptions{Holder: "a"}).Lock(ctx, "harbor-projects")
		if err != nil {
			t.Fatal(err)
		}
		stop()
		_, err = locker(t, m, kube.LockOptions{Holder: "b", Wait: 10 * time.Minute}).Lock(t.Context(), "harbor-projects")
		locked, ok := errors.AsType[*kube.LockedError](err)
		if !ok || !strings.HasPrefix(locked.Holder, "a (since 10m0s, last seen ") {
			t.Errorf("after ten minutes: %v", err)
		}
		unlock()
		if got := holder(t, m); got != "" {
			t.Errorf("after unlocking %q holds it", got)
		}
	})
}

// TestWait: who waits gets the lock soon after it is free, or says at its own
// deadline who holds it.
func TestWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := memory(t)
		unlock := lock(t, locker(t, m, kube.LockOptions{Holder: "a"}))
		time.AfterFunc(time.Minute, unlock)
		start := time.Now()
		second := lock(t, locker(t, m, kube.LockOptions{Holder: "b", Wait: time.Hour}))
		if waited := time.Since(start); waited < time.Minute || waited > time.Minute+2*time.Second {
			t.Errorf("waited %s for a lock that was free after a minute", waited)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		_, err := locker(t, m, kube.LockOptions{Holder: "c", Wait: time.Hour}).Lock(ctx, "harbor-projects")
		if _, locked := errors.AsType[*kube.LockedError](err); !locked {
			t.Errorf("at the deadline: %v", err)
		}
		second()
	})
}

// TestExpiry: a lease is taken from a holder that died, and only then.
func TestExpiry(t *testing.T) {
	cases := map[string]struct {
		reason  string
		renewed time.Duration // before now
		wait    time.Duration
		taken   bool
	}{
		"Alive":    {"its time is not over", 20 * time.Second, 0, false},
		"Skew":     {"clocks may differ by some seconds", 34 * time.Second, 0, false},
		"Gone":     {"its time is over", 36 * time.Second, 0, true},
		"Waited":   {"its time ends while we wait", 20 * time.Second, 20 * time.Second, true},
		"Future":   {"its clock is ahead: nothing shows that it crashed", -time.Hour, 20 * time.Second, false},
		"FutureOn": {"but that we saw no renewal for so long", -time.Hour, 40 * time.Second, true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := memory(t)
				renewed := time.Now().Add(-tc.renewed).UTC().Format("2006-01-02T15:04:05.000000Z")
				put(t, m, leases, `{"kind":"Lease","metadata":{"name":"harbor-projects"},"spec":{"holderIdentity":"dead","leaseDurationSeconds":30,"leaseTransitions":4,"acquireTime":"`+renewed+`","renewTime":"`+renewed+`"}}`)
				unlock, err := locker(t, m, kube.LockOptions{Holder: "a", Wait: tc.wait}).Lock(t.Context(), "harbor-projects")
				if (err == nil) != tc.taken {
					t.Errorf("%s: %v", tc.reason, err)
				}
				if err == nil {
					unlock()
				}
			})
		})
	}
}

// spoiled is a locker whose requests pass spoil while it is switched on.
func spoiled(t *testing.T, m *suite.Memory, o kube.LockOptions, spoil func(*http.Request) (*http.Response, error)) *kube.Locker {
	t.Helper()
	o.Namespace = "red"
	w := &watched{spoil: spoil}
	return kube.NewLocker(connect(t, w.config(m)), o)
}

// TestOutage: a short outage of the API server does no harm; in a long one the
// run is told to stop before another one can take over.
func TestOutage(t *testing.T) {
	cases := map[string]struct {
		reason string
		outage time.Duration
		lost   bool
	}{
		"Short": {"the lease was renewed in time", 15 * time.Second, false},
		"Long":  {"another run may hold it now", time.Hour, true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m, start := memory(t), time.Now()
				var down atomic.Bool
				told := make(chan time.Duration, 1)
				l := spoiled(t, m, kube.LockOptions{Holder: "a", Lost: func(error) { told <- time.Since(start) }}, func(r *http.Request) (*http.Response, error) {
					if down.Load() && time.Since(start) < tc.outage {
						<-r.Context().Done() // the server does not answer
						return nil, r.Context().Err()
					}
					return nil, nil
				})
				unlock := lock(t, l)
				down.Store(true)
				<-time.After(2 * time.Minute)
				unlock()
				close(told)
				if after, lost := <-told; lost != tc.lost || after > 20*time.Second {
					t.Errorf("%s: lost after %s", tc.reason, after)
				}
				if got := holder(t, m); (got == "a") != tc.lost {
					t.Errorf("%s: in the end %q holds it", tc.reason, got)
				}
			})
		})
	}
}

// TestStolen: a holder that lost the lock is notified and leaves the
// new holder alone.
func TestStolen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := memory(t)
		lost := make(chan error, 1)
		var frozen atomic.Bool
		unlock := lock(t, spoiled(t, m, kube.LockOptions{Holder: "a", Lost: func(err error) { lost <- err }}, func(r *http.Request) (*http.Response, error) {
			if frozen.Load() {
				<-time.After(time.Minute) // the pod was frozen
			}
			return nil, r.Context().Err()
		}))
		frozen.Store(true)
		waited := 0
		second := lock(t, locker(t, m, kube.LockOptions{Holder: "b", Wait: 2 * time.Minute, Waiting: func(error) { waited++ }}))
		if waited == 0 {
			t.Error("its wait was not reported")
		}
		<-time.After(3 * time.Minute)
		unlock()
		if len(lost) != 1 {
			t.Error("the first holder was not told")
		}
		if got := holder(t, m); got != "b" {
			t.Errorf("%q holds it", got)
		}
		second()
	})
}

// TestTaken: a person takes a lease that is held, by hand.
func TestTaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := memory(t)
		lost := make(chan error, 1)
		unlock := lock(t, locker(t, m, kube.LockOptions{Holder: "a", Lost: func(err error) { lost <- err }}))
		body := `{"kind":"Lease","metadata":{"name":"harbor-projects"},"spec":{"holderIdentity":"b","leaseDurationSeconds":30,"leaseTransitions":1}}`
		if code, text := ask(t, m, http.MethodPut, leases+"/harbor-projects", body); code != http.StatusOK {
			t.Fatalf("taking it: %d: %s", code, text)
		}
		<-time.After(11 * time.Second)
		if locked, ok := errors.AsType[*kube.LockedError](<-lost); !ok || locked.Holder != "b" {
			t.Errorf("the holder was told: %v", locked)
		}
		unlock()
		if got := holder(t, m); got != "b" {
			t.Errorf("%q holds it", got)
		}
	})
}

// TestLostAnswers: a write whose answer is lost is neither a lock lost nor one
// that no run can take.
func TestLostAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := memory(t)
		plain := m.Config().Transport
		cut := errors.New("connection reset")
		var cutting atomic.Bool
		cutting.Store(true)
		lost := make(chan error, 1)
		l := spoiled(t, m, kube.LockOptions{Holder: "a", Lost: func(err error) { lost <- err }}, func(r *http.Request) (*http.Response, error) {
			if r.Method == http.MethodGet || !cutting.Load() {
				return nil, nil
			}
			cutting.Store(false)
			if _, err := plain.RoundTrip(r); err != nil {
				return nil, err
			}
			return nil, cut
		})
		unlock := lock(t, l) // at the second attempt it is ours already
		cutting.Store(true)
		<-time.After(2 * time.Minute)
		unlock()
		if got := holder(t, m); len(lost) != 0 || got != "" {
			t.Errorf("lost %d times; %q holds it", len(lost), got)
		}
	})
}

func TestLockErrors(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		reason string
		code   int
		body   string
		holder string
	}{
		"Right":    {"a missing right is not a lock that another run holds", 403, status(403, "Forbidden", `User "x" cannot get resource "leases"`), "a"},
		"NoHolder": {"a holder without a name would share the lock", 200, `{}`, ""},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := kube.NewLocker(connect(t, always(tc.code, tc.body)), kube.LockOptions{Namespace: "red", Holder: tc.holder, Wait: time.Hour})
			_, err := l.Lock(t.Context(), "harbor-projects")
			if _, locked := errors.AsType[*kube.LockedError](err); err == nil || locked {
				t.Errorf("%s: %v", tc.reason, err)
			}
		})
	}
}

// TestTrouble: taking the lock outlasts a short trouble of the API server, also
// for a run that does not wait for other holders.
func TestTrouble(t *testing.T) {
	cases := map[string]struct {
		reason  string
		answer  func() (*http.Response, error)
		lasts   time.Duration
		wait    time.Duration
		refused bool
	}{
		"Restart": {"the server restarts", func() (*http.Response, error) { return nil, errors.New("connection refused") }, 10 * time.Second, 0, false},
		"Busy":    {"the server is overloaded", func() (*http.Response, error) { return answer(503, status(503, "ServiceUnavailable", "x")), nil }, 10 * time.Second, 0, false},
		"Proxy":   {"the proxy before the server has no backend", func() (*http.Response, error) { return answer(502, "<html>"), nil }, 10 * time.Second, 0, false},
		"Long":    {"it lasts longer than the wait", func() (*http.Response, error) { return answer(500, status(500, "InternalError", "x")), nil }, time.Hour, time.Minute, true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m, start := memory(t), time.Now()
				l := spoiled(t, m, kube.LockOptions{Holder: "a", Wait: tc.wait}, func(*http.Request) (*http.Response, error) {
					if time.Since(start) < tc.lasts {
						return tc.answer()
					}
					return nil, nil
				})
				unlock, err := l.Lock(t.Context(), "harbor-projects")
				if _, locked := errors.AsType[*kube.LockedError](err); (err != nil) != tc.refused || locked {
					t.Errorf("%s: %v", tc.reason, err)
				}
				if err == nil {
					unlock()
				}
			})
		})
	}
}

// TestCutOff runs in real time: a holder that is cut off from the server has
// stopped writing before the next one begins, however it is cut off.
func TestCutOff(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		reason string
		answer func(*http.Request) (*http.Response, error)
	}{
		"Refused": {"the server's node is gone", func(*http.Request) (*http.Response, error) { return nil, errors.New("connection refused") }},
		"Hangs":   {"packets are dropped", func(r *http.Request) (*http.Response, error) { <-r.Context().Done(); return nil, r.Context().Err() }},
		"Deaf":    {"the connection hangs, and nothing ends it", func(*http.Request) (*http.Response, error) { select {} }},
		"Errors":  {"a proxy answers for it", func(*http.Request) (*http.Response, error) { return answer(503, "<html>"), nil }},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := memory(t)
			var cut, stopped atomic.Bool
			l := spoiled(t, m, kube.LockOptions{Holder: "a", Duration: 3 * time.Second, Lost: func(error) { stopped.Store(true) }}, func(r *http.Request) (*http.Response, error) {
				if cut.Load() {
					return tc.answer(r)
				}
				return nil, nil
			})
			unlock := lock(t, l)
			cut.Store(true)
			release := lock(t, locker(t, m, kube.LockOptions{Holder: "b", Duration: 3 * time.Second, Wait: time.Minute}))
			if !stopped.Load() {
				t.Errorf("%s: two runs write", tc.reason)
			}
			release()
			unlock()
		})
	}
}
