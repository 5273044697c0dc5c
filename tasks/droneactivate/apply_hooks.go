package droneactivate

import (
	"context"
	"fmt"
	"slices"

	"otomi.io/tasks/clients/gitea"
	"otomi.io/tasks/clients/response"
	"otomi.io/tasks/clients/transport"
	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/task"
)

// hook makes exactly one hook lead to Drone. Only Drone knows the hook's secret and
// can make it: an activation deletes the first one at its address and makes a new
// one, so it is asked for only where the newest does not do.
func (w *writer) hook(ctx context.Context, c plan.Change[Hook]) error {
	found, err := w.hooksOf(ctx, w.addresses, c.Name)
	if transport.IsForbidden(err) {
		err = fmt.Errorf("%w: %s", err, hookRemedy)
	}
	if err != nil {
		return err
	}
	if c.Action == plan.Delete {
		return w.dropHooks(ctx, c.Name, found.all())
	}
	if !found.heard(*c.After) {
		// A repository without a hook may be one that was recreated: Drone has to read it first.
		if _, err := w.find(ctx, c.Name); err != nil {
			return err
		}
		if err := w.enable(ctx, c.Name); err != nil {
			return err
		}
		if found, err = w.hooksOf(ctx, w.addresses, c.Name); err != nil {
			return err
		}
	}
	if len(found.valid) == 0 {
		return fmt.Errorf("drone made no hook that leads to one of %v", w.addresses.valid())
	}
	return w.dropHooks(ctx, c.Name, found.surplus())
}

func (w *writer) dropHooks(ctx context.Context, slug string, hooks []gitea.Hook) error {
	namespace, repo := split(slug)
	for _, h := range hooks {
		_, err := w.gitea.DeleteHookWithResponse(ctx, namespace, repo, response.Value(h.ID))
		if err := ignoreNotFound(err); err != nil {
			return fmt.Errorf("deleting hook %d: %w", response.Value(h.ID), err)
		}
	}
	return nil
}

// enable activates a repository. While we do not know where Drone's hooks lead,
// the hook that it makes shows that.
func (w *writer) enable(ctx context.Context, slug string) error {
	var before []gitea.Hook
	learning := w.gitea != nil && !w.addresses.learned()
	if learning {
		var err error
		before, err = w.allHooks(ctx, slug)
		learning = !transport.IsForbidden(err) // whose hooks are refused may still be built
		if err != nil && learning {
			return err
		}
	}
	_, err := w.drone.In(ctx).RepoEnable(w.listing.slug(slug))
	if transport.IsNotFound(err) {
		return &task.SkipError{Reason: "Drone does not know the repository"}
	}
	if err := inGitea(err); err != nil {
		return fmt.Errorf("activating: %w", err)
	}
	if learning {
		return w.learn(ctx, slug, before)
	}
	return nil
}

// learn notes where the new hook leads.
func (w *writer) learn(ctx context.Context, slug string, before []gitea.Hook) error {
	after, err := w.allHooks(ctx, slug)
	if err != nil {
		return err
	}
	made := slices.DeleteFunc(after, func(h gitea.Hook) bool {
		return !looksLikeDrones(h) || slices.ContainsFunc(before, func(old gitea.Hook) bool { return response.Value(old.ID) == response.Value(h.ID) })
	})
	if len(made) == 1 {
		w.inventory.Own(ownedAddress, target(made[0]), w.addresses.public)
	}
	return nil
}
