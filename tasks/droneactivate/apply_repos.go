package droneactivate

import (
	"context"
	"fmt"
	"strings"

	"otomi.io/tasks/clients/drone"
	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/task"
)

// repo sets a repository up and then activates it, so that already the first
// build runs with the right settings.
func (w *writer) repo(ctx context.Context, c plan.Change[Repo]) error {
	if c.Action == plan.Delete {
		return w.disable(ctx, c)
	}
	before := c.Before
	if before == nil {
		listed, err := w.find(ctx, c.Name)
		if err != nil {
			return err
		}
		before = new(repoFrom(listed))
		w.inventory.Own(repoNumber, c.Name, listed.UID)
	}
	if err := w.settings(ctx, c.Name, *c.After, *before); err != nil {
		return err
	}
	w.inventory.Own(repoSettings, c.Name, strings.Join(c.After.settings(), " "))
	if before.Active {
		return nil
	}
	if w.noAccess != "" {
		return &task.SkipError{Reason: w.noAccess}
	}
	return w.enable(ctx, c.Name)
}

// disable keeps the builds and the settings: Drone forgets nothing.
func (w *writer) disable(ctx context.Context, c plan.Change[Repo]) error {
	if err := w.sameRepo(ctx, c.Name, c.Before.ID); err != nil {
		return ignoreNotFound(err)
	}
	if err := ignoreNotFound(w.drone.In(ctx).RepoDisable(w.listing.slug(c.Name))); err != nil {
		return err
	}
	w.drop(ownedRepo, c.Name)
	w.inventory.Disown(repoNumber, c.Name)
	return nil
}

// sameRepo reads a repository again before something of it is deleted.
func (w *writer) sameRepo(ctx context.Context, name, uid string) error {
	now, err := w.drone.In(ctx).Repo(w.listing.slug(name))
	if err != nil {
		return err
	}
	if now.UID != uid || !sameName(now.Slug, name) {
		return &task.SkipError{Reason: fmt.Sprintf("%s is another repository now (%s, number %s at Gitea, was %s)", name, now.Slug, now.UID, uid)}
	}
	return nil
}

// find lets Drone read its repositories and gives the one that was asked for.
func (w *writer) find(ctx context.Context, name string) (*drone.Repo, error) {
	if w.noAccess != "" {
		return nil, &task.SkipError{Reason: w.noAccess}
	}
	found, err := w.listing.sync(ctx, w.drone, name)
	if err != nil || found != nil {
		return found, err
	}
	return nil, w.unlisted(ctx, name)
}

// unlisted says why Drone does not list a repository after it read them all.
func (w *writer) unlisted(ctx context.Context, slug string) error {
	_, err := w.remote(ctx, slug)
	switch {
	case err == nil:
		return &task.SkipError{Reason: "Gitea shows " + slug + " to Drone's user and not in the user's own list: grant the user a right in the repository; archived repositories are left out"}
	case drone.NotInGitea(err):
		return &task.SkipError{Reason: "Gitea has no repository " + slug + " for Drone's user: gitea-repos makes it"}
	}
	return inGitea(err)
}

// settings changes what is declared and differs. Drone answers 200 to a user who
// may not change all of it: what it left out is reported in the end.
func (w *writer) settings(ctx context.Context, name string, after, before Repo) error {
	after.Active = before.Active // is not changed here
	if len(plan.Compare(after, before)) == 0 {
		return nil
	}
	namespace, repo := w.listing.slug(name)
	answered, err := w.drone.In(ctx).RepoUpdate(namespace, repo, &drone.RepoPatch{
		Config: after.Config, Visibility: after.Visibility, Timeout: after.Timeout, Throttle: after.Throttle, Trusted: after.Trusted,
		Protected: after.Protected, IgnoreForks: after.IgnoreForks, IgnorePulls: after.IgnorePulls,
		CancelPulls: after.CancelPulls, CancelPush: after.CancelPush, CancelRunning: after.CancelRunning,
	})
	if err != nil {
		return fmt.Errorf("changing the settings: %w", err)
	}
	if left := plan.Compare(after, repoFrom(answered)); len(left) > 0 {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.ignored = append(w.ignored, newIgnoredError(name, left))
	}
	return nil
}
