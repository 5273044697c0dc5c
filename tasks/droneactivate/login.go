package droneactivate

import (
	"context"
	"fmt"
	"strings"

	"otomi.io/tasks/clients/drone"
	"otomi.io/tasks/tasks/plan"
)

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
	if moved, ok := asRenamed(err); ok {
		r.current.blocked[moved.From] = moved.Error()
		access, err = works, nil
	}
	if err != nil {
		return fmt.Errorf("reading Drone's access to Gitea: %w", err)
	}
	if access != "" {
		r.current.Logins = map[string]Login{wanted: {Access: access}}
	}
	return nil
}

// access is works, or what Gitea says to Drone, or "" where the user never logged
// in. What Gitea shows without a login proves nothing.
func (a *Application) access(ctx context.Context, user *drone.User) (string, error) {
	if user.LastLogin == 0 {
		return "", nil
	}
	found, err := a.remote(ctx, platformRepo)
	if drone.NotInGitea(err) || err == nil && !found.Permissions.Write {
		err = a.drone.ProveAccess(ctx)
	}
	switch {
	case err == nil:
		return works, nil
	case drone.NoGrant(err):
		return message(err), nil
	}
	return "", err
}

// remote asks Gitea for a repository by way of Drone. It fails with a
// *RenamedError where Gitea answers with another one.
func (a *Application) remote(ctx context.Context, slug string) (*drone.RemoteRepo, error) {
	namespace, repo := split(slug)
	found, err := a.drone.RemoteRepo(ctx, namespace, repo)
	if err == nil && !sameName(found.Slug, slug) {
		return nil, &RenamedError{From: slug, To: found.Slug}
	}
	return found, err
}

// login logs Drone's user in at Gitea, as a person with a browser would.
func (w *writer) login(ctx context.Context, c plan.Change[Login]) error {
	err := w.logIn(ctx, c.Name)
	if err != nil {
		w.noAccess = "Drone has no access to Gitea"
	}
	return err
}

func (w *writer) logIn(ctx context.Context, login string) error {
	g := w.values.Apps.Gitea
	if w.gitea == nil || g.AdminPassword.IsZero() || !strings.EqualFold(g.AdminUsername, login) {
		return &PasswordError{Login: login, Known: g.AdminUsername}
	}
	return drone.Login(ctx, drone.LoginOptions{
		Drone: w.values.Apps.Drone.Address, Gitea: g.Address, Transport: w.browser,
		Account: drone.Account{Username: login, Password: g.AdminPassword.Reveal()},
	})
}
