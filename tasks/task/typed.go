package task

import (
	"context"

	"otomi.io/tasks/clients/transport"
	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/values"
)

// Converger is an application with its own types. S is the state, the same
// type for both sides, and P the plan. It may also be a Checker and Versioned.
type Converger[S any, P plan.Plan] interface {
	// Ready is Application.Ready.
	Ready(context.Context) error
	// Desired is the state that the values ask for, computed for each plan. What the
	// scope leaves out need not be in it.
	Desired(context.Context, Scope) (S, error)
	// Current reads the state of the server as far as desired speaks of it and the
	// scope says. It never writes.
	Current(ctx context.Context, desired S, s Scope) (S, error)
	// Plan is the pure difference of both. Nothing else passes from Current to
	// Apply.
	Plan(desired, current S) P
	// Apply is Plan.Apply.
	Apply(context.Context, P, *Journal)
}

// Typed turns a function that makes a Converger into Task.Connect.
func Typed[S any, P plan.Plan](connect func(values.Values, *transport.Chain, Setting) (Converger[S, P], error)) func(values.Values, *transport.Chain, Setting) (Application, error) {
	return func(v values.Values, c *transport.Chain, s Setting) (Application, error) {
		converger, err := connect(v, c, s)
		if err != nil {
			return nil, err
		}
		return application[S, P]{converger}, nil
	}
}

// application hides the types of a Converger from the loop.
type application[S any, P plan.Plan] struct{ converger Converger[S, P] }

func (a application[S, P]) Ready(ctx context.Context) error { return a.converger.Ready(ctx) }

// Plan keeps neither state: those of a large platform are most of a run's memory.
func (a application[S, P]) Plan(ctx context.Context, s Scope) (Plan, error) {
	desired, err := a.converger.Desired(ctx, s)
	if err != nil {
		return Plan{}, err
	}
	current, err := a.converger.Current(ctx, desired, s)
	if err != nil {
		return Plan{}, err
	}
	p := a.converger.Plan(desired, current)
	return Plan{Plan: p, apply: func(ctx context.Context, j *Journal) { a.converger.Apply(ctx, p, j) }}, nil
}

func (a application[S, P]) Desired(ctx context.Context) (plan.Plan, error) {
	desired, err := a.converger.Desired(ctx, Scope{})
	if err != nil {
		return nil, err
	}
	var empty S
	return a.converger.Plan(desired, empty), nil
}

func (a application[S, P]) Live(ctx context.Context) (any, error) {
	desired, err := a.converger.Desired(ctx, Scope{})
	if err != nil {
		return nil, err
	}
	return a.converger.Current(ctx, desired, Scope{})
}

func (a application[S, P]) Checks() []Check {
	if checker, ok := a.converger.(Checker); ok {
		return checker.Checks()
	}
	return nil
}

func (a application[S, P]) Server() Server {
	if versioned, ok := a.converger.(Versioned); ok {
		return versioned.Server()
	}
	return Server{}
}
