package run

import (
	"context"
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

// Remove performs the deletions of one kind.
func Remove[T plan.Object](ctx context.Context, j *Journal, k *plan.Kind[T], do func(context.Context, plan.Change[T]) error) {
	perform(ctx, j, k, do, true)
}

func perform[T plan.Object](ctx context.Context, j *Journal, k *plan.Kind[T], do func(context.Context, plan.Change[T]) error, deletes bool) {
	var group errgroup.Group
	group.SetLimit(j.workers)
	for _, c := range k.Changes {
		if c.Blocked != "" || (c.Action == plan.Delete) != deletes {
			continue
		}
		group.Go(func() error {
			if !j.halted(ctx) {
				j.note(k.Line(c), do(ctx, c))
			}
			return nil
		})
	}
	_ = group.Wait() // the journal holds the errors
}

// Together performs plans that take one request each, with the journal's
// workers, one call of do for each plan. It gives back those that do failed at,
// about which the journal does not know yet.
func Together[P plan.Plan](ctx context.Context, j *Journal, plans []P, do func(context.Context, P) error) (left []P) {
	var group errgroup.Group
	var mu sync.Mutex
	group.SetLimit(j.workers)
	for _, p := range plans {
		group.Go(func() error {
			if j.halted(ctx) {
				return nil
			}
			if err := do(ctx, p); err != nil {
				j.log.Debug("not made together", "changes", plan.Count(plan.Lines(p)), "error", err)
				mu.Lock()
				defer mu.Unlock()
				left = append(left, p)
				return nil
			}
			for line := range plan.Lines(p) {
				j.note(line, nil)
			}
			return nil
		})
	}
	_ = group.Wait() // what failed is left
	return left
}
