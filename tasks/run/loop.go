package run

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/task"
	"otomi.io/tasks/tasks/typo"
	"otomi.io/tasks/tasks/values"
)

// errUnsettled is a plan that is not empty after it was applied.
var errUnsettled = errors.New("the server does not hold what was written")

// converge is the loop. Everything before Apply only reads: the gate of the
// transport is closed and refuses anything else.
func (r *runner) converge(ctx context.Context) error {
	if err := r.discoverCluster(); err != nil {
		return err
	}
	if nothing, err := r.upToDate(ctx); nothing || err != nil {
		return err
	}
	v, err := r.load(ctx)
	if err != nil {
		return err
	}
	if nothing := r.narrow(v); nothing {
		return nil
	}
	app, err := r.connect(v)
	if err != nil {
		return err
	}
	if r.verb == verbDoctor {
		return r.doctor(ctx, v, app)
	}
	if err := r.waitForServer(ctx, v, app); err != nil {
		return err
	}
	if r.verb == verbDump {
		return r.dump(ctx, v, app)
	}
	unlock, err := r.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	p, err := r.planFirst(ctx, v, app)
	if err != nil {
		return err
	}
	if err := r.present(v, p); err != nil || !r.applies() {
		return err
	}
	if err := r.perform(ctx, v, &p); err != nil {
		return err
	}
	return r.keep(ctx, v, p)
}

// present shows the plan, lets the guards refuse it, and saves it where that was asked
// for.
func (r *runner) present(v values.Values, p planned) error {
	if err := r.show(v, p); err != nil {
		return err
	}
	if err := r.guard(p); err != nil {
		return err
	}
	return r.save(p)
}

// perform applies the plan, if there is anything in it, and proves the outcome.
func (r *runner) perform(ctx context.Context, v values.Values, p *planned) error {
	if r.report.planned.Pending() == 0 {
		return unmet(*p)
	}
	if err := r.confirm(ctx, *p); err != nil {
		return err
	}
	if err := r.invalidate(ctx, v); err != nil {
		return err
	}
	written := writesOf(*p)
	if err := r.reconcile(ctx, p); err != nil {
		return err
	}
	r.noteWrites(ctx, written)
	return r.prove(ctx, p.app)
}

// plan reads the scope, compares it with what is desired, and blocks what the
// policy does not allow.
func (r *runner) plan(ctx context.Context, app task.Application, scope task.Scope) (planned, error) {
	p, err := app.Plan(ctx, scope)
	if err != nil {
		return planned{}, err
	}
	if err := app.Server().Unsupported(); err != nil {
		return planned{}, err
	}
	missing := plan.Prerequisites(p, r.options.shard)
	plan.Restrict(p, r.options.policy, scope.Selection, r.options.accept)
	return planned{Plan: p, app: app, scope: scope, missing: missing}, nil
}

// guard refuses what a person has to look at first.
func (r *runner) guard(p planned) error {
	if unknown := r.options.selection().Unknown(p); len(unknown) > 0 {
		return usageError{fmt.Errorf("--team %s: no such team, neither in the values nor on the server", strings.Join(unknown, ", "))}
	}
	if err := r.checkNames(p); err != nil {
		return err
	}
	return errors.Join(r.checkSaved(p), plan.Check(p, r.options.limits()))
}

// maxRounds bounds how often a plan is applied: a second round repairs what
// another writer or a lost answer broke, a third one what the second revealed.
const maxRounds = 3

// reconcile applies the plan and reads again what it touched, until the plan is empty. What is
// left after an apply is applied once more only where that can help: the server
// said conflict or was out of reach, it shows something that was hidden before,
// as in a realm that was only just made, or another shard was waited for. A plan
// that was applied is dropped before the next reading: both would be most of the
// memory.
func (r *runner) reconcile(ctx context.Context, p *planned) error {
	for round := 1; ; round++ {
		applied, rest := digest(p), r.after(*p)
		failed := r.apply(ctx, *p)
		if r.journal.Fatal() != nil {
			return failed
		}
		*p = rest
		waited, err := r.planNext(ctx, p, failed != nil)
		if err != nil {
			return errors.Join(failed, err)
		}
		left := plan.Count(p.lines())
		r.journal.SetBlocked(left.Blocked)
		if left.Pending() == 0 {
			r.journal.Reopen()
			return unmet(*p)
		}
		helped := waited && !p.lacksAny()
		if round == maxRounds || !helped && !r.journal.MayHeal(digest(p) != applied) {
			return r.unsettled(failed, *p)
		}
	}
}

// after is what stays of a plan when it has been applied: what to read again, and
// what was blocked elsewhere. A shard in which something failed reads all, since
// it may have to wait for another one.
func (r *runner) after(p planned) planned {
	next := planned{app: p.app, scope: p.scope.After(p, r.teams)}
	if next.scope.ByName {
		next.rest = append(p.rest, plan.Outside(p, next.scope.Selection)...)
	}
	return next
}

// planNext plans what is left after an apply. Where changes failed and other shards
// have something to make that this one depends on, it waits for them.
func (r *runner) planNext(ctx context.Context, p *planned, failed bool) (waited bool, err error) {
	if failed && r.options.shard.Count > 0 {
		p.scope, p.rest = r.scope, nil
	}
	app, scope, rest := p.app, p.scope, p.rest
	again := func() (planned, error) { return r.plan(ctx, app, scope) }
	if *p, err = again(); err != nil {
		return false, fmt.Errorf("reading again after the apply: %w", err)
	}
	if waited = failed && p.lacksAny(); waited {
		*p, err = r.awaitShards(ctx, *p, again, planned.lacksAny)
	}
	if err == nil {
		plan.Confine(p, r.report.risks)
		p.rest = rest
	}
	return waited, err
}

// apply opens the gate for the writes and closes it behind them.
func (r *runner) apply(ctx context.Context, p planned) error {
	defer r.openGates()()
	r.journal.Begin(plan.Count(plan.Lines(p)))
	p.Apply(ctx, r.journal)
	return r.journal.Finish()
}

// unsettled is the error of changes that failed, or else of a server that
// answered 200 and holds something else.
func (r *runner) unsettled(failed error, left planned) error {
	if failed != nil {
		return errors.Join(left.missingError(), failed)
	}
	if err := r.showLeft(plan.Lines(left)); err != nil {
		return err
	}
	return fmt.Errorf("%w: %s", errUnsettled, plan.Count(plan.Lines(left)))
}

// unmet is the error of blocked changes without which something does not work; nil
// where there are none.
func unmet(p planned) error {
	var errs []error
	for line := range p.lines() {
		if line.Blocked != "" && line.Breaks != "" {
			errs = append(errs, &task.Fault{
				Class: task.ClassUnsettled, Docs: "docs/operations.md#blocked-repairs",
				Cause:  fmt.Sprintf("%s: %s %s %s is blocked: %s", line.Breaks, line.Action, line.Kind, line.Name, line.Blocked),
				Remedy: "remove what blocks it, and run again",
			})
		}
	}
	return errors.Join(errs...)
}

// digest tells what one plan performs from another when the first one is gone: two
// plans of a large platform are much to remember.
func digest(p plan.Plan) [sha256.Size]byte {
	hash := sha256.New()
	_ = plan.WriteJSON(hash, "", nil, func(yield func(plan.Line) bool) {
		for line := range plan.Lines(p) {
			if line.Blocked == "" && !yield(line) {
				return
			}
		}
	}) // a hash takes everything
	return [sha256.Size]byte(hash.Sum(nil))
}

// checkNames refuses kinds that the task does not have, and warns of accepted fields
// that nothing in the plan asks for.
func (r *runner) checkNames(p planned) error {
	var kinds []string
	for _, set := range p.Kinds() {
		kinds = append(kinds, plan.NameOf(set))
	}
	for _, kind := range slices.Sorted(maps.Keys(r.options.allowRemovals)) {
		if !slices.Contains(kinds, kind) {
			return usageError{fmt.Errorf("--allow-removals %s: no such kind%s", kind, typo.DidYouMean(kind, kinds))}
		}
	}
	if len(r.options.accept) == 0 {
		return nil
	}
	dangers := map[string]bool{plan.NoTeams: true, plan.AcceptOwner: true}
	for line := range plan.Lines(p) {
		dangers[line.Danger] = true
	}
	for _, name := range r.options.accept {
		if !dangers[name] {
			r.log.Warn("nothing in the plan asks for this --accept", "accept", name, "hint", typo.DidYouMean(name, slices.Sorted(maps.Keys(dangers))))
		}
	}
	return nil
}

// checkTeams refuses teams that the values do not name.
func (r *runner) checkTeams(v values.Values) error {
	for _, team := range r.options.teams {
		if _, known := v.Teams[team]; !known && team != values.PlatformTeam {
			return usageError{fmt.Errorf("--team %s: no such team in the values%s", team, typo.DidYouMean(team, v.TeamIDs()))}
		}
	}
	return nil
}
