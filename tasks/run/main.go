// Package run is the loop that every task shares: load the values, read the
// application, plan, guard, apply, read again, report.
package run

import (
	"context"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"otomi.io/tasks/clients/transport"
	"otomi.io/tasks/tasks/kube"
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
	r := &runner{session: session{task: t, process: p, fetched: &fetched{}}, report: report{started: time.Now()}}
	err := r.command().Execute()
	if r.verb == "" {
		return r.finishUnstarted(err)
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
