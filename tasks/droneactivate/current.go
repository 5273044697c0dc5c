package droneactivate

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"otomi.io/tasks/clients/drone"
	"otomi.io/tasks/clients/transport"
	"otomi.io/tasks/tasks/plan"
)

// The kinds of our inventory: what we made and may take away again.
const (
	ownedRepo     = "repository"
	ownedSecret   = "secret"
	ownedOrg      = "organisation-secret"
	ownedCron     = "cron-job"
	ownedTemplate = "template"
)

// Current reads what desired and our inventory speak of. One failed list fails
// all: nothing is planned on half a state.
func (a *Application) Current(ctx context.Context, desired State) (State, error) {
	if !a.values.Apps.Drone.Enabled {
		return State{}, nil
	}
	r := &reader{Application: a, desired: desired, known: map[string]bool{}}
	for _, read := range []func(context.Context) error{r.account, a.open, r.repos, r.hooks, r.secrets, r.orgSecrets, r.crons, r.templates} {
		if err := read(ctx); err != nil {
			return State{}, err
		}
	}
	return r.current, nil
}

// reader fills the current state list by list.
type reader struct {
	*Application
	desired, current State
	user             *drone.User
	known            map[string]bool // repositories that Drone shows our user
}

// account reads whose the token is, and whether Drone still has access to Gitea
// as this user.
func (r *reader) account(ctx context.Context) error {
	user, err := r.drone.In(ctx).Self()
	if err != nil {
		return fmt.Errorf("reading the account of Drone's token: %w", err)
	}
	wanted := r.values.Apps.Drone.AdminUser
	if !strings.EqualFold(user.Login, wanted) {
		return &AccountError{Login: user.Login, Wanted: wanted}
	}
	r.user = user
	access, err := r.access(ctx, user)
	if err != nil {
		return fmt.Errorf("reading Drone's access to Gitea: %w", err)
	}
	if access != "" {
		r.current.Logins = map[string]Login{wanted: {Access: access}}
	}
	return nil
}

// access is works, or what Gitea says to Drone, or nothing where nobody ever
// logged in: Gitea then says no more than that it shows nobody this repository.
func (a *Application) access(ctx context.Context, user *drone.User) (string, error) {
	if user.LastLogin == 0 {
		return "", nil
	}
	namespace, repo := split(platformRepo)
	_, err := a.drone.RemoteRepo(ctx, namespace, repo)
	switch {
	case err == nil, drone.NotInGitea(err):
		return works, nil
	case drone.NoGrant(err):
		return message(err), nil
	}
	return "", err
}

// AccountError is a token of somebody else.
type AccountError struct{ Login, Wanted string }

func (e *AccountError) Error() string {
	return fmt.Sprintf("the token of Drone (apps.drone.adminToken) is that of %s, not of %s (apps.drone.adminUser)", e.Login, e.Wanted)
}

// Unauthorized says that trying again does not help.
func (e *AccountError) Unauthorized() bool { return true }

// repos are all that our user saw at the last sync, in one list.
func (r *reader) repos(ctx context.Context) error {
	list, err := r.drone.In(ctx).RepoList()
	if err != nil {
		return fmt.Errorf("reading Drone's repositories: %w", err)
	}
	owned := r.state.Owned(ownedRepo)
	r.current.Repos = map[string]Repo{}
	for _, rep := range list {
		team, ours := owned[rep.Slug]
		wanted, isWanted := r.desired.Repos[rep.Slug]
		r.known[rep.Slug] = true
		if isWanted || ours && rep.Active {
			repo := repoFrom(rep)
			repo.Meta = plan.Meta{Team: team, Ownership: plan.OursIf(ours && rep.Active, plan.Unowned)}
			if isWanted {
				repo.Team = wanted.Team
			}
			r.current.Repos[rep.Slug] = repo
		}
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
	r.current.Hooks = map[string]Hook{}
	wanted := map[string]bool{}
	for slug := range r.desired.Hooks {
		wanted[slug] = true
	}
	for slug, repo := range r.current.Repos {
		wanted[slug] = wanted[slug] || repo.Ours()
	}
	return r.each(ctx, wanted, func(ctx context.Context, slug string) error {
		found, err := r.hooksOf(ctx, slug)
		if err != nil || len(found.all()) == 0 {
			return err
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		hook := found.hook()
		hook.Meta = plan.Meta{Team: r.current.Repos[slug].Team, Ownership: r.current.Repos[slug].Ownership}
		r.current.Hooks[slug] = hook
		return nil
	})
}

// each reads something of every repository that is wanted.
func (r *reader) each(ctx context.Context, slugs map[string]bool, read func(context.Context, string) error) error {
	maps.DeleteFunc(slugs, func(_ string, wanted bool) bool { return !wanted })
	return r.setting.Each(ctx, slices.Sorted(maps.Keys(slugs)), read)
}

// inside are the repositories that hold something of a kind, or shall; a
// repository that Drone does not show holds nothing.
func (r *reader) inside(parents []string, kind string) map[string]bool {
	slugs := map[string]bool{}
	for _, parent := range parents {
		slugs[parent] = r.known[parent]
	}
	for object := range r.state.Owned(kind) {
		parent := object[:strings.LastIndex(object, "/")]
		slugs[parent] = r.known[parent]
	}
	return slugs
}

func split(slug string) (namespace, repo string) {
	namespace, repo, _ = strings.Cut(slug, "/")
	return namespace, repo
}

// absent turns a 404 into nothing: what is not there has no parts.
func absent(err error) error {
	if transport.IsNotFound(err) {
		return nil
	}
	return err
}
