// Package run is the loop that every task shares: load the values, read the
// application, plan, guard, apply, read again, report.
package run

import (
	"context"

	"otomi.io/tasks/clients/transport"
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
	Connect func(values.Values, *transport.Chain, Tuning) (Application[S, P], error)
}

// Tuning is how hard an application is worked.
type Tuning struct {
	// Workers is the number of writes under way at once.
	Workers int
	// PageSize is the number of objects asked for in one list request.
	PageSize int
}

// Application is one application server as the loop sees it. S is the state,
// the same type for both sides.
type Application[S any, P plan.Plan] interface {
	// Ready makes one cheap request and returns nil when the server answers.
	Ready(context.Context) error
	// Desired is the state that the values ask for.
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
