package run

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"otomi.io/tasks/clients/transport"
	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/task"
	"otomi.io/tasks/tasks/values"
)

// planWithPrerequisites is the first plan of a run. Where a shard has something to write, it
// waits until shard 0 has made what is the platform's, such as a realm, and writes
// nothing without it: a retry may help.
func (r *runner) planWithPrerequisites(ctx context.Context, v values.Values, app task.Application) (task.Application, task.Plan, error) {
	p, err := r.plan(ctx, app)
	if !r.applies() || r.options.shard.Index == 0 {
		return app, p, err
	}
	again := func() (task.Plan, error) {
		app, p, err = r.planAnew(ctx, v)
		return p, err
	}
	if transport.IsForbidden(err) {
		p, err = again()
	}
	if err != nil {
		return app, p, err
	}
	p, err = r.await(ctx, p, again, r.missingPrerequisites)
	if err == nil && r.missingPrerequisites(p) {
		err = r.prerequisitesError()
	}
	return app, p, err
}

// missingPrerequisites tells whether there is something to write and the platform's own is
// not as it shall be.
func (r *runner) missingPrerequisites(p task.Plan) bool {
	platforms := func(line plan.Line) bool { return line.Team == "" }
	return plan.Count(plan.Lines(p)).Pending() > 0 && slices.ContainsFunc(r.prerequisites, platforms)
}

// planAnew plans with a new log-in: a token has no rights in a realm that is
// younger than itself, and shard 0 may make one at any moment. Once more, because
// that may have been just between the log-in and the reading.
func (r *runner) planAnew(ctx context.Context, v values.Values) (app task.Application, p task.Plan, err error) {
	for range 2 {
		if app, err = r.task.Connect(v, r.chain, r.setting()); err != nil {
			return app, p, err
		}
		if p, err = r.plan(ctx, app); !transport.IsForbidden(err) {
			break
		}
	}
	return app, p, err
}

// await plans again and again while the plan waits for other shards. All waiting
// for them together may take as long as waiting for the server.
func (r *runner) await(ctx context.Context, p task.Plan, again func() (task.Plan, error), waits func(task.Plan) bool) (task.Plan, error) {
	if r.prerequisiteDeadline.IsZero() {
		r.prerequisiteDeadline = time.Now().Add(r.options.waitFor)
	}
	wait, cancel := context.WithDeadline(ctx, r.prerequisiteDeadline)
	defer cancel()
	defer stopNow(r.process.Stop, cancel)()
	r.bar.Start("waiting for other shards", 0)
	defer r.bar.End()
	for pause := waitBackOff(values.Wait{}); waits(p) && wait.Err() == nil; {
		next := pause.NextBackOff()
		r.log.Info("waiting for other shards", "missing", summarize(r.prerequisites), "next", next.String())
		select {
		case <-wait.Done():
			continue
		case <-time.After(next):
		}
		var err error
		if p, err = again(); err != nil {
			return p, err
		}
	}
	return p, nil
}

// prerequisitesError says what this shard stands on and others have not made; nil
// where there is nothing.
func (r *runner) prerequisitesError() error {
	if len(r.prerequisites) == 0 {
		return nil
	}
	return fmt.Errorf("other shards have not made what this one stands on: %s", summarize(r.prerequisites))
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

// lockName is the task's, and in a shard the shard's: shards run side by side.
func (r *runner) lockName() string {
	shard := r.options.shard
	if shard.Count == 0 {
		return r.task.Name
	}
	return fmt.Sprintf("%s-%d-of-%d", r.task.Name, shard.Index, shard.Count)
}
