package task

import (
	"context"
	"iter"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"otomi.io/tasks/tasks/plan"
)

// Each reads something under each name, as much at once as there are workers,
// until one reading fails.
func (s Setting) Each(ctx context.Context, names []string, read func(ctx context.Context, name string) error) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(max(1, s.Workers))
	for _, name := range names {
		group.Go(func() error { return read(ctx, name) })
	}
	return group.Wait()
}

// Upsert performs the creates and updates of one kind with the journal's
// workers, one call of do for each change, and goes on when one fails.
func Upsert[T plan.Object](ctx context.Context, j *Journal, k *plan.Kind[T], do func(context.Context, plan.Change[T]) error) {
	perform(ctx, j, k, do, false)
}

// Remove performs the deletions of one kind. Like everything that takes something
// away, they are skipped once a create or update of the round has failed.
func Remove[T plan.Object](ctx context.Context, j *Journal, k *plan.Kind[T], do func(context.Context, plan.Change[T]) error) {
	perform(ctx, j, k, do, true)
}

func perform[T plan.Object](ctx context.Context, j *Journal, k *plan.Kind[T], do func(context.Context, plan.Change[T]) error, deletes bool) {
	due := func(yield func(plan.Change[T]) bool) {
		for _, c := range k.Changes {
			if c.Blocked == "" && (c.Action == plan.Delete) == deletes && !yield(c) {
				return
			}
		}
	}
	forEachConcurrently(ctx, j, due, func(c plan.Change[T]) {
		if c.TakesAway() && !j.mayTakeAway() {
			j.note(k.Line(c), &SkipError{Reason: "a create or update failed in this round"})
			return
		}
		j.note(k.Line(c), do(ctx, c))
	})
}

// forEachConcurrently does something with each of all, with the journal's workers and until
// it is halted.
func forEachConcurrently[E any](ctx context.Context, j *Journal, all iter.Seq[E], do func(E)) {
	var group errgroup.Group
	group.SetLimit(j.options.Workers)
	for one := range all {
		group.Go(func() error {
			if !j.halted(ctx) {
				do(one)
			}
			return nil
		})
	}
	_ = group.Wait() // do keeps the errors
}

// ApplyBatches performs plans that take one request each, with the journal's
// workers, one call of do for each plan. It gives back those that do failed at,
// about which the journal does not know yet.
func ApplyBatches[P plan.Plan](ctx context.Context, j *Journal, plans []P, do func(context.Context, P) error) (left []P) {
	var mu sync.Mutex
	forEachConcurrently(ctx, j, slices.Values(plans), func(p P) {
		if err := do(ctx, p); err != nil {
			j.options.Logger.Debug("not made together", "changes", plan.Count(plan.Lines(p)), "error", err)
			mu.Lock()
			defer mu.Unlock()
			left = append(left, p)
			return
		}
		for line := range plan.Lines(p) {
			j.note(line, nil)
		}
	})
	return left
}
