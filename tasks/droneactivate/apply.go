package droneactivate

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"otomi.io/tasks/clients/drone"
	"otomi.io/tasks/clients/transport"
	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/task"
	"otomi.io/tasks/tasks/values"
)

// Apply performs the plan: access to Gitea first, then what stands on it,
// deletions last and in reverse. What we are about to make is noted as ours
// before, so that a run that is killed leaves nothing behind that nobody owns.
func (a *Application) Apply(ctx context.Context, p *Plan, j *task.Journal) {
	w := &writer{Application: a}
	w.claim(p)
	if err := w.save(ctx); err != nil {
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
	for _, err := range append(w.ignored, w.save(ctx)) {
		if err != nil {
			j.Fail(err)
		}
	}
}

// writer turns one change into its calls.
type writer struct {
	*Application
	noAccess string // why Drone has none to Gitea

	sync    sync.Once
	synced  map[string]*drone.Repo
	syncErr error

	ignored []error // settings that Drone left out with a good answer; guarded by mu
}

// claim notes in our inventory what this plan makes.
func (w *writer) claim(p *Plan) {
	for _, c := range p.Repos.Changes {
		if c.Blocked == "" && c.After != nil && (c.Before == nil || !c.Before.Active) {
			w.state.Own(ownedRepo, c.Name, c.After.Team)
		}
	}
	claimAll(w.state.Own, ownedSecret, &p.Secrets)
	claimAll(w.state.Own, ownedOrg, &p.OrgSecrets)
	claimAll(w.state.Own, ownedCron, &p.Crons)
	claimAll(w.state.Own, ownedTemplate, &p.Templates)
}

func claimAll[T plan.Object](own func(kind, name, note string), kind string, k *plan.Kind[T]) {
	for _, c := range k.Changes {
		if c.Blocked == "" && c.Action != plan.Delete {
			own(kind, c.Name, c.Team())
		}
	}
}

func (w *writer) save(ctx context.Context) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.state.Save(ctx)
}

// gone takes an object out of our inventory, and its fingerprint with it.
func (w *writer) gone(kind, key string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.state.Disown(kind, key)
	w.state.Forget(printName(kind, key))
}

func (w *writer) remember(kind, key string, data values.Secret) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.state.Remember(printName(kind, key), data)
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

// PasswordError is a log-in for which the values hold no password.
type PasswordError struct{ Login, Known string }

func (e *PasswordError) Error() string {
	return fmt.Sprintf("Drone has to be logged in at Gitea as %s, and the values hold no password of that user: "+
		"set apps.gitea.adminPassword or GITEA_PASSWORD, for apps.gitea.adminUsername (%s)", e.Login, e.Known)
}

// Unauthorized says that trying again does not help.
func (e *PasswordError) Unauthorized() bool { return true }

// repo sets a repository up and then activates it, so that already the first
// build runs with the right settings.
func (w *writer) repo(ctx context.Context, c plan.Change[Repo]) error {
	if c.Action == plan.Delete {
		return w.disable(ctx, c.Name)
	}
	before := c.Before
	if before == nil {
		listed, err := w.find(ctx, c.Name)
		if err != nil {
			return err
		}
		before = new(repoFrom(listed))
	}
	if err := w.settings(ctx, c.Name, *c.After, *before); err != nil || before.Active {
		return err
	}
	if w.noAccess != "" {
		return &task.SkipError{Reason: w.noAccess}
	}
	return w.enable(ctx, c.Name)
}

// disable keeps the builds and the settings: Drone forgets nothing.
func (w *writer) disable(ctx context.Context, slug string) error {
	if err := absent(w.drone.In(ctx).RepoDisable(split(slug))); err != nil {
		return err
	}
	w.gone(ownedRepo, slug)
	return nil
}

// find reads all repositories from Gitea once, in the foreground, and gives the
// one that was asked for.
func (w *writer) find(ctx context.Context, slug string) (*drone.Repo, error) {
	if w.noAccess != "" {
		return nil, &task.SkipError{Reason: w.noAccess}
	}
	w.sync.Do(func() {
		list, err := w.drone.In(ctx).RepoListSync()
		w.syncErr, w.synced = inGitea(err), map[string]*drone.Repo{}
		for _, rep := range list {
			w.synced[rep.Slug] = rep
		}
	})
	if w.syncErr != nil {
		return nil, fmt.Errorf("letting Drone read its repositories from Gitea: %w", w.syncErr)
	}
	if found, ok := w.synced[slug]; ok {
		return found, nil
	}
	return nil, w.hidden(ctx, slug)
}

// hidden says why Drone does not list a repository after it read them all.
func (w *writer) hidden(ctx context.Context, slug string) error {
	namespace, repo := split(slug)
	_, err := w.drone.RemoteRepo(ctx, namespace, repo)
	switch {
	case err == nil:
		return &task.SkipError{Reason: "Gitea shows " + slug + " to Drone's user and not in the list of his own: give him a right in it of his own; archived repositories are left out"}
	case drone.NotInGitea(err):
		return &task.SkipError{Reason: "Gitea has no repository " + slug + " for Drone's user: gitea-repos makes it"}
	}
	return inGitea(err)
}

// settings changes what is declared and differs. Drone answers well to who may
// not change all of it: what it left out is told in the end.
func (w *writer) settings(ctx context.Context, slug string, after, before Repo) error {
	after.Active = before.Active // is not changed here
	if len(plan.Compare(after, before)) == 0 {
		return nil
	}
	namespace, repo := split(slug)
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
		w.ignored = append(w.ignored, newIgnoredError(slug, left))
	}
	return nil
}

// IgnoredError is settings that Drone left out although it answered well. Only
// its administrators may change trusted, timeout and throttle, and only Drone 2
// knows auto_cancel_running.
type IgnoredError struct {
	Repo   string
	Fields []string
	Rights bool // among them is one for administrators
}

func newIgnoredError(slug string, left []plan.Field) *IgnoredError {
	e := &IgnoredError{Repo: slug}
	for _, f := range left {
		e.Fields = append(e.Fields, f.Path)
		e.Rights = e.Rights || slices.Contains([]string{"trusted", "timeout", "throttle"}, f.Path)
	}
	return e
}

func (e *IgnoredError) Error() string {
	reason := "its version does not know them"
	if e.Rights {
		reason = "the user of the token is no administrator of Drone: set admin:true in DRONE_USER_CREATE"
	}
	return fmt.Sprintf("setting %s of %s: Drone answered well and left it out: %s", strings.Join(e.Fields, ", "), e.Repo, reason)
}

// Unauthorized says that trying again does not help.
func (e *IgnoredError) Unauthorized() bool { return e.Rights }

// GiteaError is Gitea's refusal of what Drone asked it for. Trying again does not
// help.
type GiteaError struct{ Words string }

func (e *GiteaError) Error() string {
	return fmt.Sprintf("Gitea refuses it to Drone (%s): Drone's user must be an administrator of the repository there", e.Words)
}

// AccessError is a Drone that has no access to Gitea.
type AccessError struct{ Words string }

func (e *AccessError) Error() string {
	return fmt.Sprintf("Drone has no access to Gitea (%s): a run of %s apply logs it in", e.Words, name)
}

// inGitea tells what Gitea refused from a Drone that is not well: both are a 500.
func inGitea(err error) error {
	words := message(err)
	switch {
	case err == nil:
		return nil
	case drone.NoGrant(err):
		return &AccessError{Words: words}
	case words == "Not Found" || words == "Forbidden":
		return &GiteaError{Words: words}
	}
	return err
}

// message is what a server said about a failure.
func message(err error) string {
	status, ok := errors.AsType[*transport.StatusError](err)
	if !ok {
		return ""
	}
	return status.Message
}
