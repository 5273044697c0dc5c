package run

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"otomi.io/tasks/clients/transport"
	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/task"
	"otomi.io/tasks/tasks/values"
)

// planned is a plan with the application that made it.
type planned struct {
	task.Plan
	app task.Application
	// scope is what was read for it. rest are blocked changes that an earlier reading
	// showed outside of it.
	scope task.Scope
	rest  []plan.Line
	// missing is what this shard depends on and others have yet to make.
	missing []plan.Line
}

// lines are the changes of the plan and those that it does not show again.
func (p planned) lines() iter.Seq[plan.Line] {
	return func(yield func(plan.Line) bool) {
		for line := range plan.Lines(p) {
			if !yield(line) {
				return
			}
		}
		for _, line := range p.rest {
			if !yield(line) {
				return
			}
		}
	}
}

// planFirst is the first plan of a run. Where a shard has something to write, it
// waits until shard 0 has made what is the platform's, such as a realm, and writes
// nothing without it: a retry may help.
func (r *runner) planFirst(ctx context.Context, v values.Values, app task.Application) (planned, error) {
	p, err := r.plan(ctx, app, r.scope)
	if err == nil && r.scope.ByName && plan.TakesAway(p) { // it is measured against all
		r.scope = r.options.scope()
		p, err = r.plan(ctx, app, r.scope)
	}
	if !r.applies() || r.options.shard.Index == 0 {
		return p, err
	}
	again := func() (planned, error) { return r.planAnew(ctx, v) }
	if transport.IsForbidden(err) {
		p, err = again()
	}
	if err != nil {
		return p, err
	}
	p, err = r.awaitShards(ctx, p, again, planned.lacksPlatform)
	if err == nil && p.lacksPlatform() {
		err = p.missingError()
	}
	return p, err
}

// lacksPlatform tells whether there is something to write although the platform's
// own objects are not as they should be.
func (p planned) lacksPlatform() bool {
	platforms := func(line plan.Line) bool { return line.Team == "" }
	return plan.Count(plan.Lines(p)).Pending() > 0 && slices.ContainsFunc(p.missing, platforms)
}

// lacksAny tells whether other shards have anything to make that this one depends on.
func (p planned) lacksAny() bool { return len(p.missing) > 0 }

// planAnew plans with a new login: a token has no rights in a realm that is
// younger than itself, and shard 0 may make one at any moment. Twice, because
// that may have been just between the login and the reading.
func (r *runner) planAnew(ctx context.Context, v values.Values) (p planned, err error) {
	for range 2 {
		var app task.Application
		if app, err = r.task.Connect(v, r.chain, r.setting(v)); err != nil {
			return p, err
		}
		if p, err = r.plan(ctx, app, r.scope); !transport.IsForbidden(err) {
			return p, err
		}
	}
	return p, err
}

// awaitShards plans again and again while the plan lacks what other shards make. All
// waiting for them together may take as long as waiting for the server.
func (r *runner) awaitShards(ctx context.Context, p planned, again func() (planned, error), lacks func(planned) bool) (planned, error) {
	if r.shardsUntil.IsZero() {
		r.shardsUntil = time.Now().Add(r.options.waitFor)
	}
	tries := 0
	err := r.await(ctx, wait{what: "other shards", until: r.shardsUntil, backOff: waitBackOff(values.Wait{}), helps: isMissing}, func(context.Context) (err error) {
		if tries++; tries > 1 {
			if p, err = again(); err != nil {
				return err
			}
		}
		if lacks(p) {
			return p.missingError()
		}
		return nil
	})
	if isMissing(err) {
		return p, nil // the caller decides what a plan is worth without them
	}
	return p, err
}

// missingError is what this shard depends on and others have not made.
type missingError struct{ lines []plan.Line }

func (e *missingError) Error() string {
	return "other shards have not made what this one depends on: " + summarize(e.lines)
}

func isMissing(err error) bool {
	_, missing := errors.AsType[*missingError](err)
	return missing
}

// missingError is nil where nothing is missing.
func (p planned) missingError() error {
	if len(p.missing) == 0 {
		return nil
	}
	return &missingError{p.missing}
}

func summarize(lines []plan.Line) string {
	const limit = 3
	var names []string
	for _, line := range lines[:min(len(lines), limit)] {
		names = append(names, line.Kind+" "+line.Name)
	}
	if more := len(lines) - limit; more > 0 {
		names = append(names, fmt.Sprintf("%d more", more))
	}
	return strings.Join(names, ", ")
}

// lockName is the release's and the task's, and in a shard the shard's: shards run
// side by side.
func (s *session) lockName() string {
	name, shard := join("-", s.options.release, s.task.Name), s.options.shard
	if shard.Count == 0 {
		return name
	}
	return fmt.Sprintf("%s-%d-of-%d", name, shard.Index, shard.Count)
}
