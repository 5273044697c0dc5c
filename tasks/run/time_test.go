package run_test

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"otomi.io/tasks/clients/transport"
	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/run"
	"otomi.io/tasks/tasks/task"
)

// These tests run in a bubble whose clock stands still while a goroutine works, so
// that seconds are exact and pass at once.

// starting is a server that answers err for so long, and is ready then.
func starting(life time.Duration, err error) func(context.Context) error {
	ready := time.Now().Add(life)
	return func(context.Context) error {
		if time.Now().Before(ready) {
			return err
		}
		return nil
	}
}

// hanging is a server that does not answer.
func hanging(ctx context.Context) error {
	<-ctx.Done()
	return ctx.Err()
}

func unreachable() error {
	return &url.Error{Op: "Get", URL: "http://server.test/", Err: &net.OpError{Op: "dial", Err: errors.New("connection refused")}}
}

func TestWait(t *testing.T) {
	t.Parallel()
	const never = time.Hour
	cases := map[string]struct {
		reason string
		life   time.Duration
		err    error
		args   []string
		code   int
		says   string
		// from and to bound the seconds of the run.
		from, to float64
		// once is a server that is not asked a second time.
		once bool
	}{
		"Ready":       {reason: "a server that is up is not waited for", once: true},
		"Soon":        {reason: "the first wait is short", life: 50 * time.Millisecond, err: unreachable(), to: 0.2},
		"Unreachable": {reason: "the run goes on within two seconds of the server's start", life: 60 * time.Second, err: unreachable(), from: 60, to: 62},
		"Unavailable": {reason: "a gateway whose server is starting", life: 10 * time.Second, err: status(503), from: 10, to: 12},
		"NotYetThere": {reason: "a path that is only served when all is up", life: 10 * time.Second, err: status(404), from: 10, to: 12},
		"OtherPath":   {reason: "in a cluster a path may come with the server, but not endlessly", life: never, err: status(404), code: run.ExitFailed, says: "404", from: 30, to: 32},
		"GivesUp":     {reason: "no longer than given, with the last reason", life: never, err: unreachable(), args: []string{"--wait", "30s"}, code: run.ExitFailed, says: "waiting 30s for the server: Get \"http://server.test/\"", from: 30, to: 30},
		"RunIsOver":   {reason: "the whole run has less time", life: never, err: unreachable(), args: []string{"--wait", "30s", "--timeout", "20s"}, code: run.ExitFailed, says: "waiting 20s for the server: Get", from: 20, to: 20},
		"Refused":     {reason: "no waiting repairs a login", life: never, err: status(401), code: run.ExitUnauthorized, says: "401", once: true},
		"BadRequest":  {reason: "no waiting repairs a wrong path", life: never, err: status(400), code: run.ExitInvalid, says: "400", once: true},
		"Certificate": {reason: "no waiting repairs a certificate", life: never, err: x509.UnknownAuthorityError{}, code: run.ExitInvalid, says: "unknown authority", once: true},
		"Scheme":      {reason: "no waiting repairs an address", life: never, err: &url.Error{Op: "Get", URL: "ftp://server.test/", Err: errors.New(`unsupported protocol scheme "ftp"`)}, code: run.ExitInvalid, says: "ftp", once: true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				a := &app{ready: starting(tc.life, tc.err)}
				r := execute(t, a, setup{args: append([]string{"plan"}, tc.args...)})
				if r.code != tc.code || !strings.Contains(r.outcome.Error, tc.says) {
					t.Errorf("%s: exit %d, want %d: %s", tc.reason, r.code, tc.code, r.outcome.Error)
				}
				if r.outcome.Seconds < tc.from || r.outcome.Seconds > tc.to {
					t.Errorf("%s: %v s, want %v to %v", tc.reason, r.outcome.Seconds, tc.from, tc.to)
				}
				if (a.asked == 1) != tc.once {
					t.Errorf("%s: asked %d times", tc.reason, a.asked)
				}
				if (a.reads > 0) != (tc.code == run.ExitOK) {
					t.Errorf("%s: exit %d after %d reads", tc.reason, r.code, a.reads)
				}
			})
		})
	}
}

// TestWaitTries: one hanging request does not use up the whole wait.
func TestWaitTries(t *testing.T) {
	t.Parallel()
	hangs := func(ctx context.Context, _ *app) error { return hanging(ctx) }
	ready := func(context.Context, *app) error { return nil }
	turn := func(ctx context.Context, a *app) error {
		// No server listens in a bubble: the closed gate refuses the request after its turn.
		var refused *transport.RefusedError
		err := a.send(ctx, http.MethodPut, "http://server.test/", "")
		if errors.As(err, &refused) && strings.Contains(refused.Reason, "read-only") {
			return nil
		}
		return err
	}
	busy := func(ctx context.Context, a *app) error { return errors.Join(turn(ctx, a), status(503)) }
	cases := map[string]struct {
		reason  string
		answers []func(context.Context, *app) error
		args    []string
		seconds float64
		says    string
	}{
		"FirstHangs": {"the second question is asked soon after the first was given up", []func(context.Context, *app) error{hangs, ready}, nil, 5.1, "no answer in time"},
		"AllHang":    {"each question has its own time", []func(context.Context, *app) error{hangs, hangs, hangs, ready}, nil, 15.475, "no answer in time"},
		"Slow": {"a slow answer is one", []func(context.Context, *app) error{func(ctx context.Context, _ *app) error {
			select {
			case <-time.After(4 * time.Second):
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		}}, nil, 4, ""},
		"Rate": {"a turn that comes later than one question may take is waited for", []func(context.Context, *app) error{busy, turn, turn, turn}, []string{"--rate", "0.125"}, 8, "503"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				a := &app{}
				a.ready = func(ctx context.Context) error { return tc.answers[min(a.asked, len(tc.answers))-1](ctx, a) }
				r := execute(t, a, setup{args: append([]string{"plan", "--wait", "60s"}, tc.args...)})
				if r.code != run.ExitOK || r.outcome.Seconds != tc.seconds {
					t.Errorf("%s: exit %d after %v s, want %v s: %s", tc.reason, r.code, r.outcome.Seconds, tc.seconds, r.outcome.Error)
				}
				if !strings.Contains(r.stderr, tc.says) {
					t.Errorf("%s: %q is not told:\n%s", tc.reason, tc.says, r.stderr)
				}
			})
		})
	}
}

// TestWaitIsTold: each reason is one line of the log, and a long wait is told once to
// the Job, with address, reason, time left and remedy.
func TestWaitIsTold(t *testing.T) {
	t.Parallel()
	both := func(context.Context) error { return unreachable() }
	cases := map[string]struct {
		reason string
		ready  func() func(context.Context) error
		lines  int
		events []string
	}{
		"Short": {"most servers are up soon", func() func(context.Context) error { return starting(9*time.Second, status(503)) }, 1, nil},
		"Long": {"after ten seconds a person may be looking", func() func(context.Context) error { return starting(40*time.Second, status(503)) }, 1,
			[]string{"Waiting shelf-items: waiting for the server at http://server.test, 49s left: http://server.test/: 503 Service Unavailable; remedy: see that the server is up"}},
		"Changes": {"another reason is news", func() func(context.Context) error {
			soon := starting(20*time.Second, status(503))
			return func(ctx context.Context) error {
				if soon(ctx) != nil {
					return soon(ctx)
				}
				return both(ctx)
			}
		}, 2, []string{"Waiting shelf-items: waiting for the server", "Failed shelf-items: exit 1, a retry may help: waiting 1m0s for the server at http://server.test: "}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				told := &fakeEvents{}
				a := &app{ready: tc.ready(), server: task.Server{Address: "http://server.test"}}
				r := execute(t, a, setup{args: []string{"plan", "--wait", "60s"}, env: inJob(), events: told})
				if got := strings.Count(r.stderr, `"msg":"waiting"`); got != tc.lines {
					t.Errorf("%s: %d lines, want %d:\n%s", tc.reason, got, tc.lines, r.stderr)
				}
				told.messages = slices.DeleteFunc(told.messages, func(m string) bool { return strings.HasPrefix(m, "Unchanged") })
				begins := func(got, want string) bool { return strings.HasPrefix(got, want) }
				if !slices.EqualFunc(told.messages, tc.events, begins) {
					t.Errorf("%s: events %q, want %q", tc.reason, told.messages, tc.events)
				}
			})
		})
	}
}

// TestWaitHoldsNoLock: who waits for a server keeps no other run out.
func TestWaitHoldsNoLock(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l, while := &fakeLocker{}, 0
		ready := starting(5*time.Second, status(503))
		a := &app{desired: owned("a"), ready: func(ctx context.Context) error { while += l.locked; return ready(ctx) }}
		s := apply()
		s.locker = l
		if r := execute(t, a, s); r.code != run.ExitOK || while != 0 || l.locked != 1 || l.unlocks != 1 {
			t.Errorf("exit %d, locked %d times while it waited, %d times in all, unlocked %d times", r.code, while, l.locked, l.unlocks)
		}
	})
}

// TestWaitAtATerminal: a person most likely has the wrong address, which no waiting
// repairs.
func TestWaitAtATerminal(t *testing.T) {
	t.Parallel()
	for name, err := range map[string]error{"Path": status(404), "Name": &url.Error{Op: "Get", URL: "http://server.test/", Err: &net.DNSError{Err: "no such host", IsNotFound: true}}} {
		terminal, openErr := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
		if openErr != nil {
			t.Fatal(openErr)
		}
		a := &app{ready: func(context.Context) error { return err }}
		code := run.Run(a.task(""), run.Process{Args: []string{"plan"}, Stdout: io.Discard, Stderr: terminal})
		if closeErr := terminal.Close(); code != run.ExitFailed || a.asked != 1 || closeErr != nil {
			t.Errorf("%s: exit %d, asked %d times", name, code, a.asked)
		}
	}
}

func TestHangingServer(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		reason  string
		app     *app
		seconds float64
		begun   []string
		want    map[string]int
	}{
		"Ready": {"while it waits", &app{ready: hanging}, 30, nil, map[string]int{}},
		"Read":  {"while it reads", &app{read: func(ctx context.Context, _ int) error { return hanging(ctx) }}, 60, nil, map[string]int{}},
		"Change": {
			"in the middle of the changes: the rest is not begun", &app{desired: owned("a", "b", "c"), write: func(ctx context.Context, c plan.Change[item]) (bool, error) {
				if c.Name == "b" {
					return false, hanging(ctx)
				}
				return true, nil
			}}, 60, []string{"create a", "create b"}, map[string]int{"created": 1, "failed": 1},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := execute(t, tc.app, apply("--timeout", "60s", "--wait", "30s"))
				if r.code != run.ExitFailed || r.outcome.Result != "failed" || r.outcome.Seconds != tc.seconds {
					t.Errorf("%s: exit %d, result %q after %v s, want %v s", tc.reason, r.code, r.outcome.Result, r.outcome.Seconds, tc.seconds)
				}
				if !strings.Contains(r.outcome.Error, context.DeadlineExceeded.Error()) {
					t.Errorf("%s: the error does not tell that time is up: %s", tc.reason, r.outcome.Error)
				}
				if diff := cmp.Diff(tc.begun, tc.app.attempts); diff != "" {
					t.Errorf("%s: changes: -want, +got:\n%s", tc.reason, diff)
				}
				if diff := cmp.Diff(tc.want, changes(r.outcome)); diff != "" {
					t.Errorf("%s: counts: -want, +got:\n%s", tc.reason, diff)
				}
			})
		})
	}
}

// TestStop: a signal ends the run between two calls, a call that is under way
// may end, and the run still reports.
func TestStop(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		reason string
		// prepare says what happens; stop is the signal.
		prepare func(a *app, stop chan struct{})
		seconds float64
		begun   []string
		want    map[string]int
	}{
		"Before": {
			reason:  "a signal before the first change",
			prepare: func(_ *app, stop chan struct{}) { close(stop) },
			want:    map[string]int{},
		},
		"Between": {
			reason: "the change under way ends, the next one does not begin",
			prepare: func(a *app, stop chan struct{}) {
				a.write = func(_ context.Context, c plan.Change[item]) (bool, error) {
					if c.Name == "b" {
						close(stop)
					}
					return true, nil
				}
			},
			begun: []string{"create a", "create b"}, want: map[string]int{"created": 2},
		},
		"SlowChange": {
			reason: "a change that needs some seconds more gets them",
			prepare: func(a *app, stop chan struct{}) {
				a.write = func(ctx context.Context, _ plan.Change[item]) (bool, error) {
					close(stop)
					select {
					case <-time.After(9 * time.Second):
						return true, nil
					case <-ctx.Done():
						return false, ctx.Err()
					}
				}
			},
			seconds: 9, begun: []string{"create a"}, want: map[string]int{"created": 1},
		},
		"HangingChange": {
			reason: "a change that does not end is given up before Kubernetes kills the pod",
			prepare: func(a *app, stop chan struct{}) {
				a.write = func(ctx context.Context, _ plan.Change[item]) (bool, error) {
					close(stop)
					return false, hanging(ctx)
				}
			},
			seconds: 10, begun: []string{"create a"}, want: map[string]int{"failed": 1},
		},
		"HangingRead": {
			reason: "so is a read",
			prepare: func(a *app, stop chan struct{}) {
				a.read = func(ctx context.Context, _ int) error {
					close(stop)
					return hanging(ctx)
				}
			},
			seconds: 10, want: map[string]int{},
		},
		"Waiting": {
			reason: "nothing is under way while it waits: it ends at once",
			prepare: func(a *app, stop chan struct{}) {
				a.ready = func(context.Context) error { return unreachable() }
				time.AfterFunc(7*time.Second, func() { close(stop) })
			},
			seconds: 7, want: map[string]int{},
		},
		"HangingReady": {
			reason: "nor does the request outlast the signal",
			prepare: func(a *app, stop chan struct{}) {
				a.ready = hanging
				time.AfterFunc(7*time.Second, func() { close(stop) })
			},
			seconds: 7, want: map[string]int{},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				a := &app{desired: owned("a", "b", "c")}
				s := apply()
				s.stop = make(chan struct{})
				tc.prepare(a, s.stop)
				r := execute(t, a, s)
				if r.code != run.ExitFailed || r.outcome.Result != "stopped" || r.outcome.Seconds != tc.seconds {
					t.Errorf("%s: exit %d, result %q after %v s, want %v s", tc.reason, r.code, r.outcome.Result, r.outcome.Seconds, tc.seconds)
				}
				if diff := cmp.Diff(tc.begun, a.attempts); diff != "" {
					t.Errorf("%s: changes: -want, +got:\n%s", tc.reason, diff)
				}
				if diff := cmp.Diff(tc.want, changes(r.outcome)); diff != "" {
					t.Errorf("%s: counts: -want, +got:\n%s", tc.reason, diff)
				}
				for place, text := range map[string]string{"outcome": r.outcome.Error, "log": r.stderr} {
					if n := strings.Count(text, "stopped by a signal"); n != 1 {
						t.Errorf("%s: the %s tells of the signal %d times: %s", tc.reason, place, n, text)
					}
				}
			})
		})
	}
}

// TestStopAfterTheLast: the work is done, the signal changes nothing.
func TestStopAfterTheLast(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a, s := &app{desired: owned("a")}, apply()
		s.stop = make(chan struct{})
		a.write = func(context.Context, plan.Change[item]) (bool, error) {
			close(s.stop)
			return true, nil
		}
		if r := execute(t, a, s); r.code != run.ExitOK || r.outcome.Result != "converged" {
			t.Errorf("exit %d, result %q: %s", r.code, r.outcome.Result, r.outcome.Error)
		}
	})
}

// TestStopKeepsOtherTroubles: earlier failures are reported as well.
func TestStopKeepsOtherTroubles(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a, s := &app{desired: owned("a", "b", "c")}, apply()
		s.stop = make(chan struct{})
		a.write = func(_ context.Context, c plan.Change[item]) (bool, error) {
			if c.Name == "a" {
				return false, errors.New("no space left")
			}
			close(s.stop)
			return true, nil
		}
		r := execute(t, a, s)
		if r.outcome.Result != "stopped" || !strings.Contains(r.outcome.Error, "creating item a: no space left") {
			t.Errorf("result %q: %s", r.outcome.Result, r.outcome.Error)
		}
	})
}

// TestRate: requests leave no faster than they may.
func TestRate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := &app{}
		a.read = func(ctx context.Context, _ int) error {
			for range 5 {
				// No server listens in a bubble: the request is refused after its turn.
				var refused *transport.RefusedError
				if err := a.send(ctx, http.MethodPut, "http://server.test/", ""); !errors.As(err, &refused) {
					return fmt.Errorf("sending: %w", err)
				}
			}
			return nil
		}
		if r := execute(t, a, setup{args: []string{"plan", "--rate", "0.5"}}); r.code != run.ExitOK || r.outcome.Seconds != 8 {
			t.Errorf("exit %d, five requests in %v s, want 8 s: %s", r.code, r.outcome.Seconds, r.outcome.Error)
		}
	})
}
