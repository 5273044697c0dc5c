package droneactivate

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"otomi.io/tasks/clients/drone"
	"otomi.io/tasks/clients/transport"
	"otomi.io/tasks/tasks/inventory"
	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/task"
)

// The kinds of our inventory: what we made and may take away again.
const (
	ownedRepo     = "repository"
	ownedSecret   = "secret"
	ownedOrg      = "organisation-secret"
	ownedCron     = "cron-job"
	ownedTemplate = "template"
)

// repoSettings notes which settings the values declared of each repository.
const repoSettings = "repository-settings"

// repoNumber notes Gitea's number of each repository of ours.
const repoNumber = "repository-number"

// Current reads what desired and our inventory name. One failed list fails all:
// nothing is planned on half a state.
func (a *Application) Current(ctx context.Context, desired State, s task.Scope) (State, error) {
	if a.none() != "" {
		return State{}, nil
	}
	r := &reader{Application: a, scope: s, desired: desired, current: State{blocked: map[string]string{}, reading: &reading{}}}
	for _, read := range []func(context.Context) error{r.account, r.open, r.repositories, r.hooks, r.secrets, r.orgSecrets, r.crons, r.templates} {
		if err := read(ctx); err != nil {
			return State{}, err
		}
	}
	return r.current, nil
}

// reader fills the current state list by list.
type reader struct {
	*Application
	scope            task.Scope
	desired, current State
	user             *drone.User
}

func (r *reader) repos() repositories { return r.current.reading.repos }

// owned is what we made of a kind, by the names of our states.
func (r *reader) owned(kind string) map[string]claim {
	return r.repos().claims(r.current.reading.inventory.Owned(kind))
}

// open reads our inventory again, for the last apply may not have saved it, and
// where people reach Drone.
func (r *reader) open(ctx context.Context) (err error) {
	r.current.reading.inventory, r.current.reading.addresses, err = r.learned(ctx)
	return err
}

// learned are our inventory and the addresses that hooks may have.
func (a *Application) learned(ctx context.Context) (*inventory.Inventory, addresses, error) {
	known, err := inventory.Open(ctx, a.setting.Secrets, a.setting.Inventory)
	at := addresses{drone: a.values.Apps.Drone.Address, inventory: known}
	if err != nil || a.gitea == nil {
		return known, at, err
	}
	at.public, err = drone.PublicAddress(ctx, a.values.Apps.Drone.Address, a.browser)
	if _, isLogin := errors.AsType[*drone.LoginError](err); isLogin {
		return known, at, nil // the login says so, where one is needed
	}
	if err != nil {
		return nil, at, fmt.Errorf("reading Drone's own address: %w", err)
	}
	return known, at, nil
}

// repositories are all that our user saw at the last sync, in one list.
func (r *reader) repositories(ctx context.Context) error {
	list, err := r.drone.In(ctx).RepoList()
	if err != nil {
		return fmt.Errorf("reading Drone's repositories: %w", err)
	}
	r.current.reading.repos = newRepositories(list, r.desired.Repos, r.current.reading.inventory.Owned(repoNumber))
	maps.Copy(r.current.blocked, r.repos().renamed())
	owned := r.owned(ownedRepo)
	r.current.Repos = map[string]Repo{}
	for _, rep := range list {
		name := r.repos().name(rep.Slug)
		claimed, ours := owned[name]
		wanted, isWanted := r.desired.Repos[name]
		if !isWanted && (!ours || !rep.Active) {
			continue
		}
		repo := repoFrom(rep)
		noted, _ := r.current.reading.inventory.Note(repoSettings, name)
		repo.declared = strings.Fields(noted)
		repo.Meta = plan.Meta{ID: rep.UID, Team: claimed.team, Ownership: plan.OursIf(ours && rep.Active, plan.Unowned)}
		if isWanted {
			repo.Team = wanted.Team
		}
		r.current.Repos[name] = repo
	}
	return nil
}

func repoFrom(rep *drone.Repo) Repo {
	return Repo{
		Active: rep.Active, Config: &rep.Config, Visibility: &rep.Visibility, Timeout: &rep.Timeout, Throttle: &rep.Throttle,
		Trusted: &rep.Trusted, Protected: &rep.Protected, IgnoreForks: &rep.IgnoreForks, IgnorePulls: &rep.IgnorePulls,
		CancelPulls: &rep.CancelPulls, CancelPush: &rep.CancelPush, CancelRunning: &rep.CancelRunning,
	}
}

// hooks reads those of every repository, each in a request of its own: Gitea has
// no list of them all.
func (r *reader) hooks(ctx context.Context) error {
	if r.gitea == nil {
		return nil
	}
	wanted := map[string]bool{}
	for name := range r.desired.Hooks {
		wanted[name] = r.scope.Reads(r.desired.Repos[name].Teams()...)
	}
	for name, repo := range r.current.Repos {
		wanted[name] = wanted[name] || repo.Ours() && r.scope.Reads(repo.Teams()...)
	}
	for name := range r.current.blocked {
		delete(wanted, name)
	}
	all, err := collect(ctx, r.setting, wanted, r.hooksIn)
	r.current.Hooks = map[string]Hook{}
	for name, found := range all {
		repo := r.current.Repos[name]
		switch {
		case found.blocked != "":
			r.current.blocked[name] = found.blocked
		case len(found.all()) > 0:
			hook := found.hook()
			hook.Meta = plan.Meta{Team: repo.Team, Ownership: repo.Ownership}
			r.current.Hooks[name] = hook
		}
	}
	return err
}

// hooksIn lists the hooks of a repository. One that was renamed, or whose hooks are
// refused, keeps no other from being read: the first is blocked, the second fails
// when its hook is due.
func (r *reader) hooksIn(ctx context.Context, name string) (hooks, error) {
	found, err := r.hooksOf(ctx, r.current.reading.addresses, name)
	if moved, ok := asRenamed(err); ok {
		return hooks{blocked: moved.Error()}, nil
	}
	if transport.IsForbidden(err) && !strings.Contains(message(err), wholeAccount) {
		return hooks{}, nil
	}
	return found, err
}

// wholeAccount is in Gitea's refusal of an account, whatever it asks for.
const wholeAccount = "change your password"

// collect reads something of each repository that is wanted, several at once.
func collect[T any](ctx context.Context, s task.Setting, wanted map[string]bool, read func(context.Context, string) (T, error)) (map[string]T, error) {
	maps.DeleteFunc(wanted, func(_ string, is bool) bool { return !is })
	var mu sync.Mutex
	all := map[string]T{}
	err := s.Each(ctx, slices.Sorted(maps.Keys(wanted)), func(ctx context.Context, name string) error {
		found, err := read(ctx, name)
		mu.Lock()
		defer mu.Unlock()
		all[name] = found
		return err
	})
	return all, err
}

// holding are the repositories that hold something of a kind, or should. One that
// Drone does not show holds nothing.
func (r *reader) holding(parents []string, kind string) map[string]bool {
	names := map[string]bool{}
	for _, parent := range parents {
		names[parent] = r.scope.Reads(r.desired.Repos[parent].Teams()...)
	}
	for key, claimed := range r.owned(kind) {
		parent, _ := cutName(key)
		names[parent] = names[parent] || r.scope.Reads(plan.Meta{Team: claimed.team}.Teams()...)
	}
	for parent := range names {
		names[parent] = names[parent] && r.repos().shows(parent)
	}
	return names
}

// ignoreNotFound turns a 404 into nothing: what is not there has no parts.
func ignoreNotFound(err error) error {
	if transport.IsNotFound(err) {
		return nil
	}
	return err
}

func sameName(a, b string) bool { return strings.EqualFold(a, b) }
