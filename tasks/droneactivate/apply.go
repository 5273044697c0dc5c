package droneactivate

import (
	"context"
	"fmt"
	"sync"

	"otomi.io/tasks/clients/drone"
	"otomi.io/tasks/tasks/inventory"
	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/task"
)

// Apply performs the plan: access to Gitea first, then what depends on it,
// deletions last and in reverse. What we are about to make is noted as ours
// before, so that a run that is killed leaves nothing behind that no inventory
// names.
func (a *Application) Apply(ctx context.Context, p *Plan, j *task.Journal) {
	w := &writer{Application: a, inventory: p.reading.inventory, addresses: p.reading.addresses, listing: listing{repos: p.reading.repos}}
	w.claim(p)
	if err := w.inventory.Save(ctx); err != nil {
		j.Fail(err)
		return
	}
	task.Upsert(ctx, j, &p.Logins, w.login)
	task.Upsert(ctx, j, &p.Repos, w.repo)
	task.Upsert(ctx, j, &p.Hooks, w.hook)
	task.Upsert(ctx, j, &p.Secrets, w.secret)
	task.Upsert(ctx, j, &p.OrgSecrets, w.orgSecret)
	task.Upsert(ctx, j, &p.Crons, w.cron)
	task.Upsert(ctx, j, &p.Templates, w.template)

	task.Remove(ctx, j, &p.Templates, w.template)
	task.Remove(ctx, j, &p.Crons, w.cron)
	task.Remove(ctx, j, &p.OrgSecrets, w.orgSecret)
	task.Remove(ctx, j, &p.Secrets, w.secret)
	task.Remove(ctx, j, &p.Hooks, w.hook)
	task.Remove(ctx, j, &p.Repos, w.repo)
	for _, err := range append(w.ignored, w.inventory.Save(ctx)) {
		if err != nil {
			j.Fail(err)
		}
	}
}

// writer turns one change into its calls.
type writer struct {
	*Application
	inventory *inventory.Inventory
	addresses addresses
	listing   listing
	noAccess  string // why Drone has none to Gitea

	mu      sync.Mutex
	ignored []error // settings that Drone left out with a good answer
}

// claim notes in our inventory what this plan makes.
func (w *writer) claim(p *Plan) {
	for _, c := range p.Repos.Changes {
		if c.Blocked == "" && c.After != nil && (c.Before == nil || !c.Before.Active) {
			w.inventory.Own(ownedRepo, c.Name, c.After.Team)
		}
	}
	claimAll(w.inventory, ownedSecret, &p.Secrets)
	claimAll(w.inventory, ownedOrg, &p.OrgSecrets)
	claimAll(w.inventory, ownedCron, &p.Crons)
	claimAll(w.inventory, ownedTemplate, &p.Templates)
	w.number()
}

func claimAll[T plan.Object](known *inventory.Inventory, kind string, k *plan.Kind[T]) {
	for _, c := range k.Changes {
		if c.Blocked == "" && c.Action != plan.Delete {
			known.Own(kind, c.Name, c.Team())
		}
	}
}

// number notes Gitea's numbers of our repositories, which find them when they are
// renamed. The number of one that was renamed stays with its old name until the
// values use the new one.
func (w *writer) number() {
	for name := range w.inventory.Owned(ownedRepo) {
		if uid := w.listing.repos.uid(name); uid != "" && w.listing.repos.renamed()[name] == "" {
			w.inventory.Own(repoNumber, name, uid)
		}
	}
}

// drop takes an object out of our inventory, and its fingerprint with it. Key is
// its name in our states; the inventory may have an older one of its repository.
func (w *writer) drop(kind, key string) {
	for recorded := range w.inventory.Owned(kind) {
		if recorded == key || w.listing.key(recorded) == key {
			w.inventory.Disown(kind, recorded)
			w.inventory.Forget(printName(kind, recorded))
		}
	}
}

// listing is what Drone shows; once per run it is read again from Gitea.
type listing struct {
	read sync.Once
	err  error

	mu    sync.Mutex
	repos repositories
}

// slug is what Drone calls a repository.
func (l *listing) slug(name string) (namespace, repo string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return split(l.repos.slug(name))
}

// key is repositories.key.
func (l *listing) key(recorded string) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.repos.key(recorded)
}

// sync lets Drone read all repositories from Gitea once, in the foreground, and
// gives the one that was asked for; nil where Gitea does not list it.
func (l *listing) sync(ctx context.Context, client *drone.Client, name string) (*drone.Repo, error) {
	l.read.Do(func() {
		list, err := client.In(ctx).RepoListSync()
		l.err = inGitea(err)
		l.mu.Lock()
		defer l.mu.Unlock()
		l.repos.replace(list)
	})
	if l.err != nil {
		return nil, fmt.Errorf("letting Drone read its repositories from Gitea: %w", l.err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.repos.get(name), nil
}
