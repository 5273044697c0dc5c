// Package run is the loop that every task shares: load the values, read the
// application, plan, guard, apply, read again, report.
package run

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"go.opentelemetry.io/otel/trace"

	"otomi.io/tasks/clients/transport"
	"otomi.io/tasks/tasks/kube"
	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/task"
	"otomi.io/tasks/tasks/values"
)

// Process is everything that a run takes from the operating system, so that a
// test can give its own.
type Process struct {
	Args           []string
	Env            map[string]string
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	// Stop ends the run between two calls when it is closed.
	Stop <-chan struct{}
	// Locker keeps other runs of the task out; nil is a Lease where there is a
	// cluster, and else means that nobody else runs.
	Locker Locker
	// Secrets is where the Secrets of Kubernetes lie; nil is what the flags and
	// the environment say.
	Secrets kube.SecretStore
	// Clock paces the retries and dates the rotations; nil is the system's.
	Clock transport.Clock
	// Version is the version of the binary.
	Version string
}

// Locker makes sure of one writer.
type Locker interface {
	// Lock waits until it holds the lock of that name, or returns a
	// kube.LockedError. Unlock gives it back.
	Lock(ctx context.Context, name string) (unlock func(), err error)
}

// smallPod is the memory, in bytes, above which the garbage collector works
// harder, so that 5,000 teams fit into a pod of 64 MiB.
const smallPod = 40 << 20

// Main runs a task with the arguments, environment and signals of this
// process and returns its exit code.
func Main(t task.Task, version string) int {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(smallPod)
	}
	stop := make(chan struct{})
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-signals
		signal.Stop(signals) // a second signal ends the process at once
		close(stop)
	}()
	return Run(t, Process{
		Args: os.Args[1:], Env: environment(os.Environ()), Version: version, Stop: stop,
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
	})
}

// Run runs a task in the given process and returns its exit code.
func Run(t task.Task, p Process) int {
	r := &runner{task: t, process: p, started: time.Now()}
	err := r.command().Execute()
	if r.verb == "" {
		return r.finishUnstarted(err)
	}
	return r.conclude(err)
}

// customVerb is the task's own verb that was asked for; nil where it was one of
// all tasks.
func (r *runner) customVerb() *task.Verb {
	for i, v := range r.task.Verbs {
		if v.Name == string(r.verb) {
			return &r.task.Verbs[i]
		}
	}
	return nil
}

// applies tells whether this run writes.
func (r *runner) applies() bool {
	custom := r.customVerb()
	return r.verb == verbApply || custom != nil && !custom.ReadOnly
}

// runner is one run of one task.
type runner struct {
	task    task.Task
	process Process
	options options
	verb    verb
	started time.Time

	log     *slog.Logger
	chain   *transport.Chain
	kube    kubeEnv
	abandon context.CancelCauseFunc // ends the run's requests
	journal *task.Journal
	bar     *progress
	tracing trace.TracerProvider
	outcome outcome
	// prerequisites is what this shard stands on and others have yet to make, as the
	// last reading showed it.
	prerequisites        []plan.Line
	prerequisiteDeadline time.Time // until when other shards are waited for
	report               *os.File  // nil where none is wanted
}

// finishUnstarted is the end of help, version and arguments that cannot be meant.
func (r *runner) finishUnstarted(err error) int {
	if err == nil {
		return ExitOK
	}
	r.log = newLogger(r.process.Stderr, r.options)
	return r.conclude(errors.Join(usageError{err}, r.openReport()))
}

// execute runs one verb from its checked options to its error.
func (r *runner) execute(v verb) error {
	r.verb = v
	r.log = newLogger(r.process.Stderr, r.options)
	if err := r.prepare(); err != nil {
		return err
	}
	r.bar = newProgress(r.process.Stderr)
	r.journal = task.NewJournal(task.JournalOptions{Logger: r.log, Progress: r.bar, Workers: r.options.workers, Stop: r.process.Stop})
	ctx, cancel := context.WithTimeout(context.Background(), r.options.timeout)
	defer cancel()
	ctx, r.abandon = context.WithCancelCause(ctx)
	defer r.abandon(nil)
	defer stopLater(r.process.Stop, cancel)()
	if v == verbValidate {
		_, err := r.load(ctx)
		return err
	}
	return r.traced(ctx, r.converge)
}

// prepare checks the options and opens the report that they name, which tells
// of wrong options, too.
func (r *runner) prepare() error {
	unwritable := r.openReport()
	if err := r.options.check(); err != nil {
		return errors.Join(usageError{err}, unwritable)
	}
	return unwritable
}

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

func (r *runner) load(ctx context.Context) (values.Values, error) {
	return values.Load(ctx, values.Request{
		Sources: r.options.values, Env: r.process.Env, Stdin: r.process.Stdin, Remote: r.remote(), App: r.task.App,
	})
}

// environment turns KEY=value pairs into a map.
func environment(pairs []string) map[string]string {
	env := make(map[string]string, len(pairs))
	for _, pair := range pairs {
		if key, value, found := strings.Cut(pair, "="); found {
			env[key] = value
		}
	}
	return env
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

// conclude writes the outcome everywhere a person or a program looks for it.
func (r *runner) conclude(err error) int {
	if err != nil && !errors.Is(err, task.ErrStopped) && stopped(r.process.Stop) {
		err = errors.Join(task.ErrStopped, err)
	}
	code, word := ExitOK, r.outcome.word(r.verb)
	if err != nil {
		code, word = verdict(err)
	} else if r.verb == verbPlan && r.options.detailedExit && r.outcome.planned.Pending() > 0 {
		code = ExitDifferences
	}
	return r.publish(code, word, err)
}
