// Package run is the loop that every task shares: load the values, read the
// application, plan, guard, apply, read again, report.
package run

import (
	"context"
	"io"
	"time"

	"github.com/spf13/pflag"

	"otomi.io/tasks/clients/transport"
	"otomi.io/tasks/tasks/kube"
	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/values"
)

// Task is what the loop must know of a task before it has read any values.
type Task[S any, P plan.Plan] struct {
	// Name is the binary's name, as in keycloak-roles.
	Name string
	// Short says in one line what the task makes equal to the values.
	Short string
	// App is the application whose values must be complete.
	App string
	// ReadLike are the POSTs that change nothing, so that planning may send them.
	ReadLike []transport.ReadLike
	// Connect makes the application of these values; it sends nothing.
	Connect func(values.Values, *transport.Chain, Setting) (Application[S, P], error)
	// Secrets says that the task keeps Secrets in Kubernetes, its state among
	// them: without a cluster or a folder for them it cannot run.
	Secrets bool
	// Flags adds the flags that only this task has; nil for none.
	Flags func(*pflag.FlagSet)
	// Verbs are those that only this task knows.
	Verbs []Verb[S, P]
}

// Verb is what a person may ask of one task besides plan, apply, validate and
// version.
type Verb[S any, P plan.Plan] struct {
	Name, Short string
	// Do is done with an application that is ready, and prints to the writer;
	// it only reads. nil applies as apply does, and Setting.Verb tells the task.
	Do func(context.Context, Application[S, P], io.Writer) error
}

// own is the task's own verb that was asked for; nil where it was one of all tasks.
func (r *runner[S, P]) own() *Verb[S, P] {
	for i, v := range r.task.Verbs {
		if v.Name == string(r.verb) {
			return &r.task.Verbs[i]
		}
	}
	return nil
}

// applies tells whether this run writes.
func (r *runner[S, P]) applies() bool {
	own := r.own()
	return r.verb == verbApply || own != nil && own.Do == nil
}

// Setting is what a run hands to its task besides the values.
type Setting struct {
	// Verb is what the person asked for.
	Verb string
	// Secrets is where the Secrets of Kubernetes lie; nil unless Task.Secrets.
	Secrets kube.Place
	// Namespace is the release's: the task's own state lies in it.
	Namespace string
	// Now is the clock that rotations and expiry are measured with.
	Now func() time.Time
	// Workers is the number of writes under way at once, and of readings.
	Workers int
	// PageSize is the number of objects asked for in one list request.
	PageSize int
	// Teams are those that the run is limited to; none is all of them, and the
	// platform's own objects.
	Teams []string
	// Shard is the part of all objects that the run works on. Others are worked on
	// at the same time: what a task remembers must not be written by two of them.
	Shard plan.Shard
}

// Application is one application server as the loop sees it. S is the state,
// the same type for both sides.
type Application[S any, P plan.Plan] interface {
	// Ready makes one cheap request and returns nil when the server answers.
	Ready(context.Context) error
	// Desired is the state that the values ask for, anew for each plan.
	Desired(context.Context) (S, error)
	// Current reads the state of the server as far as desired speaks of it. It
	// never writes.
	Current(ctx context.Context, desired S) (S, error)
	// Plan is the pure difference of both.
	Plan(desired, current S) P
	// Apply performs the plan, keeps going when an object fails, and notes in
	// the journal what became of each change.
	Apply(context.Context, P, *Journal)
}
