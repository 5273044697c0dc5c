package run

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"otomi.io/tasks/clients/transport"
	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/values"
)

// founded is the first plan of a run. Where a shard has something to write, it
// waits until shard 0 has made what is the platform's, such as a realm, and writes
// nothing without it: a retry may help.
func (r *runner[S, P]) founded(ctx context.Context, v values.Values, app Application[S, P]) (Application[S, P], P, error) {
	p, err := r.plan(ctx, app)
	if !r.applies() || r.options.shard.Index == 0 {
		return app, p, err
	}
	again := func() (P, error) {
		app, p, err = r.planAnew(ctx, v)
		return p, err
	}
	if transport.IsForbidden(err) {
		p, err = again()
	}
	if err != nil {
		return app, p, err
	}
	p, err = r.await(ctx, p, again, r.unfounded)
	if err == nil && r.unfounded(p) {
		err = r.elsewhereError()
	}
	return app, p, err
}

// unfounded tells whether there is something to write and the platform's own is
// not as it shall be.
func (r *runner[S, P]) unfounded(p P) bool {
	platforms := func(line plan.Line) bool { return line.Team == "" }
	return plan.Count(plan.Lines(p)).Pending() > 0 && slices.ContainsFunc(r.elsewhere, platforms)
}

// planAnew plans with a new log-in: a token has no rights in a realm that is
// younger than itself, and shard 0 may make one at any moment. Once more, because
// that may have been just between the log-in and the reading.
func (r *runner[S, P]) planAnew(ctx context.Context, v values.Values) (app Application[S, P], p P, err error) {
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
func (r *runner[S, P]) await(ctx context.Context, p P, again func() (P, error), waits func(P) bool) (P, error) {
	if r.othersBy.IsZero() {
		r.othersBy = time.Now().Add(r.options.waitFor)
	}
	wait, cancel := context.WithDeadline(ctx, r.othersBy)
	defer cancel()
	defer stopNow(r.process.Stop, cancel)()
	r.bar.start("waiting for other shards", 0)
	defer r.bar.end()
	for pause := patience(values.Wait{}); waits(p) && wait.Err() == nil; {
		next := pause.NextBackOff()
		r.log.Info("waiting for other shards", "missing", some(r.elsewhere), "next", next.String())
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

// elsewhereError says what this shard stands on and others have not made; nil
// where there is nothing.
func (r *runner[S, P]) elsewhereError() error {
	if len(r.elsewhere) == 0 {
		return nil
	}
	return fmt.Errorf("other shards have not made what this one stands on: %s", some(r.elsewhere))
}

func some(lines []plan.Line) string {
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
func (r *runner[S, P]) lockName() string {
	shard := r.options.shard
	if shard.Count == 0 {
		return r.task.Name
	}
	return fmt.Sprintf("%s-%d-of-%d", r.task.Name, shard.Index, shard.Count)
}
