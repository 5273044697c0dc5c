// Package run is the loop that every task shares: load the values, read the
// application, plan, guard, apply, read again, report.
package run

import (
	"context"
	"errors"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"otomi.io/tasks/clients/transport"
	"otomi.io/tasks/tasks/kube"
	"otomi.io/tasks/tasks/reading"
	"otomi.io/tasks/tasks/task"
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
	// cluster, otherwise no other run is expected.
	Locker Locker
	// Events takes the Events of the run's Job; nil is the cluster.
	Events reporter
	// Secrets is where the Secrets of Kubernetes are; nil is what the flags and
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
const smallPod = 38 << 20

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

// Command is a task's command line, for its manual.
func Command(t task.Task, version string) *cobra.Command {
	return newRunner(t, Process{Version: version}).command()
}

func newRunner(t task.Task, p Process) *runner {
	return &runner{session: session{task: t, process: p, fetched: &fetched{}}, report: record{started: time.Now()}}
}

// Run runs a task in the given process and returns its exit code.
func Run(t task.Task, p Process) int {
	r := newRunner(t, p)
	c := r.command()
	err := c.Execute()
	if r.verb == "" {
		return r.finishUnstarted(err, c)
	}
	return r.conclude(err)
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

// runner is one run of one task: the session that it works with, the journal of
// its writes, and the report of both.
type runner struct {
	session
	journal *task.Journal
	report  record
	// teams is how many the values have, scope what is read of them.
	teams int
	scope task.Scope
	// known is what earlier runs left; nil without --full-every.
	known *reading.Memory
	// saved is the plan that apply was given as a file; nil where it makes its own.
	saved *savedPlan
	// shardsUntil is until when this shard waits for others; zero before it has to.
	shardsUntil time.Time
}

// finishUnstarted is the end of help, version and invalid arguments.
func (r *runner) finishUnstarted(err error, c *cobra.Command) int {
	if err == nil {
		return ExitOK
	}
	_ = fromEnvironment(c.PersistentFlags(), r.process.Env) // they say where to tell of the mistake
	r.listen()
	return r.conclude(errors.Join(usageError{err}, r.report.open(r.options)))
}

// execute runs one verb from its checked options to its error.
func (r *runner) execute(v verb) error {
	r.verb = v
	r.listen()
	if err := r.prepare(); err != nil {
		return err
	}
	r.journal = task.NewJournal(task.JournalOptions{Logger: r.log, Progress: r.bar, Workers: r.options.workers, Stop: r.process.Stop, Note: r.report.note})
	ctx, cancel := context.WithTimeout(context.Background(), r.options.timeout)
	defer cancel()
	ctx, r.abandon = context.WithCancelCause(ctx)
	defer r.abandon(nil)
	defer stopLater(r.process.Stop, cancel)()
	switch v {
	case verbValidate:
		return r.validate(ctx)
	case verbRender:
		return r.render(ctx)
	default:
		return r.traced(ctx, r.converge)
	}
}

// listen begins the log and the progress.
func (r *runner) listen() {
	r.bar = newProgress(r.process.Stderr)
	r.log = newLogger(r.process.Stderr, r.bar, r.options)
}

// prepare checks the options and opens the report that they name, which tells
// of wrong options, too.
func (r *runner) prepare() error {
	unwritable := r.report.open(r.options)
	if r.options.saved != "" {
		if err := r.readSaved(r.options.saved); err != nil {
			return errors.Join(usageError{err}, unwritable)
		}
	}
	if err := r.options.check(); err != nil {
		return errors.Join(usageError{err}, unwritable)
	}
	return unwritable
}

// conclude writes the outcome everywhere a person or a program looks for it.
func (r *runner) conclude(err error) int {
	if err != nil && !errors.Is(err, task.ErrStopped) && stopped(r.process.Stop) {
		err = errors.Join(task.ErrStopped, err)
	}
	end := ending{ExitOK, r.report.word(r.verb)}
	if err != nil {
		end = verdict(err)
	} else if r.verb == verbPlan && r.options.detailedExit && r.report.differs() {
		end.code = ExitDifferences
	}
	return r.publish(end, err)
}
