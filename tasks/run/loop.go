package run

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"

	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/task"
)

// errUnsettled is a plan that is not empty after it was applied.
var errUnsettled = errors.New("the server does not hold what was written")

// converge is the loop. Everything before Apply only reads: the gate of the
// transport is closed and refuses anything else.
func (r *runner) converge(ctx context.Context) error {
	v, err := r.load(ctx)
	if err != nil {
		return err
	}
	if err := r.discoverCluster(); err != nil {
		return err
	}
	unlock, err := r.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	app, err := r.connect(v)
	if err != nil {
		return err
	}
	if err := r.wait(ctx, v, app.Ready); err != nil {
		return err
	}
	if verb := r.customVerb(); verb != nil && verb.ReadOnly {
		return app.Diagnose(ctx, r.process.Stdout)
	}
	app, p, err := r.planWithPrerequisites(ctx, v, app)
	if err != nil {
		return err
	}
	if err := r.show(p); err != nil {
		return err
	}
	if err := r.guard(p); err != nil {
		return err
	}
	if !r.applies() || r.outcome.planned.Pending() == 0 {
		return nil
	}
	return r.reconcile(ctx, app, p)
}

// plan reads the server, compares it with what is desired, and blocks what the
// policy does not allow.
func (r *runner) plan(ctx context.Context, app task.Application) (task.Plan, error) {
	p, err := app.Plan(ctx)
	if err != nil {
		return task.Plan{}, err
	}
	r.prerequisites = plan.Elsewhere(p, r.options.shard)
	plan.Restrict(p, r.options.policy, r.options.selection(), r.options.accept)
	return p, nil
}

// guard refuses what a person has to look at first.
func (r *runner) guard(p task.Plan) error {
	if unknown := r.options.selection().Unknown(p); len(unknown) > 0 {
		return usageError{fmt.Errorf("--team %s: no such team, neither in the values nor on the server", strings.Join(unknown, ", "))}
	}
	return plan.Check(p, r.options.limits())
}

// maxRounds bounds how often a plan is applied: a second round heals what
// another writer or a lost answer spoiled, a third one what that brought up.
const maxRounds = 3

// reconcile applies the plan and reads again, until the plan is empty. What is
// left after an apply is applied once more only where that can help: the server
// said conflict or was out of reach, it shows something that was hidden before,
// as in a realm that was only just made, or another shard was waited for.
func (r *runner) reconcile(ctx context.Context, app task.Application, p task.Plan) error {
	for round := 1; ; round++ {
		applied := digest(p)
		failed := r.apply(ctx, p)
		if r.journal.Fatal() != nil {
			return failed
		}
		var err error
		if p, err = r.plan(ctx, app); err != nil {
			return errors.Join(failed, fmt.Errorf("reading again after the apply: %w", err))
		}
		waited := failed != nil && len(r.prerequisites) > 0
		if waited {
			p, err = r.await(ctx, p, func() (task.Plan, error) { return r.plan(ctx, app) }, func(task.Plan) bool { return len(r.prerequisites) > 0 })
			if err != nil {
				return errors.Join(failed, err)
			}
		}
		plan.Confine(p, r.outcome.risks)
		left := plan.Count(plan.Lines(p))
		r.journal.SetBlocked(left.Blocked)
		if left.Pending() == 0 {
			r.journal.Reopen()
			return nil
		}
		helped := waited && len(r.prerequisites) == 0
		if round == maxRounds || !helped && !r.journal.MayHeal(digest(p) != applied) {
			return r.unsettled(failed, p)
		}
	}
}

// apply opens the gate for the writes and closes it behind them.
func (r *runner) apply(ctx context.Context, p task.Plan) error {
	defer r.openGates()()
	r.journal.Begin(plan.Count(plan.Lines(p)))
	p.Apply(ctx, r.journal)
	return r.journal.Finish()
}

// unsettled is the error of changes that failed, or else of a server that
// answered well and holds something else.
func (r *runner) unsettled(failed error, left task.Plan) error {
	if failed != nil {
		return errors.Join(r.prerequisitesError(), failed)
	}
	if err := r.showLeft(plan.Lines(left)); err != nil {
		return err
	}
	return fmt.Errorf("%w: %s", errUnsettled, plan.Count(plan.Lines(left)))
}

// digest tells one plan from another when the first one is gone: two plans of a
// large platform are much to remember.
func digest(p plan.Plan) [sha256.Size]byte {
	hash := sha256.New()
	_ = plan.WriteJSON(hash, "", plan.Lines(p)) // a hash takes everything
	return [sha256.Size]byte(hash.Sum(nil))
}
