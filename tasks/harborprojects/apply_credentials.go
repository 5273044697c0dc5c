package harborprojects

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"otomi.io/tasks/clients/harbor"
	"otomi.io/tasks/clients/response"
	"otomi.io/tasks/clients/transport"
	"otomi.io/tasks/tasks/kube"
	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/task"
	"otomi.io/tasks/tasks/values"
)

// credential makes, mends or takes back one credential.
func (w *writer) credential(ctx context.Context, c plan.Change[Credential]) error {
	t, known := ticketOf(c.Name)
	switch {
	case !known:
		return fmt.Errorf("there is no use named %s", c.Name)
	case c.Action == plan.Delete:
		return w.withdraw(ctx, t)
	case c.Action == plan.Create:
		next := t.pair(w.seen.robots).next(slotNone, loginNone, w.setting.Now())
		return w.renew(ctx, t, next, Credential{})
	case c.After.renew:
		return w.renew(ctx, t, c.After.slot, *c.Before)
	}
	return w.mend(ctx, t, *c.Before, *c.After)
}

// renew makes a robot account and hands its secret out. Until that is done the
// former robot account works. Whatever is in the slot is not what the Secret
// names, or is dead.
func (w *writer) renew(ctx context.Context, t ticket, s slot, before Credential) error {
	if occupant := w.seen.robots[t.robot(s)]; occupant != nil {
		if err := w.remove(ctx, occupant); err != nil {
			return err
		}
	}
	made, err := response.Created(w.api.CreateRobotWithResponse(ctx, harbor.RobotCreate{
		Name: new(t.robot(s)), Level: new(systemLevel), Duration: new(int64(w.values.Apps.Harbor.RobotDuration)), Permissions: new(permissions(t.rights())),
		Description: new(fmt.Sprintf("%s for %s, made by otomi-tasks", t.use.name, t.project)),
	}))
	if transport.IsNotFound(err) {
		return &task.SkipError{Reason: "there is no project " + t.project}
	}
	if err != nil {
		return fmt.Errorf("creating robot account %s: %w", t.robot(s), err)
	}
	username, password := value(made.Name), values.NewSecret(value(made.Secret))
	if err := w.handOut(ctx, t, username, password, before); err != nil {
		return err
	}
	if err := w.mustWork(ctx, t, username, password); err != nil {
		return err
	}
	w.noteRotation(t)
	w.note(t, s, password)
	return nil
}

// remove deletes a robot account; one that is gone already is no error.
func (w *writer) remove(ctx context.Context, r *robot) error {
	_, err := w.api.DeleteRobotWithResponse(ctx, robotID(r.id))
	if err != nil && !transport.IsNotFound(err) {
		return fmt.Errorf("deleting robot account %d: %w", r.id, err)
	}
	return nil
}

func robotID(id int64) harbor.RobotID { return harbor.RobotID(id) }

// handOut writes the Secret and lets the pods of the namespace pull with it.
func (w *writer) handOut(ctx context.Context, t ticket, username string, password values.Secret, before Credential) error {
	config, err := kube.Dockerconfig(w.values.Apps.Harbor.BaseRepoURL, username, password)
	if err != nil {
		return err
	}
	// Kubernetes lets nobody change a Secret's type.
	if before.Secret != nil && before.Secret.Type != t.use.kind {
		if err := w.setting.Secrets.DeleteSecret(ctx, t.project, t.use.secret); err != nil {
			return err
		}
	}
	err = w.setting.Secrets.ApplySecret(ctx, kube.Secret{
		Namespace: t.project, Name: t.use.secret, Type: t.use.kind, Data: map[string]values.Secret{t.use.key: config},
	})
	if err != nil {
		return err
	}
	return w.attach(ctx, t)
}

func (w *writer) attach(ctx context.Context, t ticket) error {
	if !t.use.attached {
		return nil
	}
	defer w.alone(t.project)()
	return w.setting.Secrets.AddPullSecrets(ctx, t.project, account, t.use.secret)
}

// mustWork is the proof by use of what stands in the Secret.
func (w *writer) mustWork(ctx context.Context, t ticket, username string, password values.Secret) error {
	works, err := w.alive(ctx, t.project, username, password)
	if err == nil && !works {
		err = &deadError{username}
	}
	return err
}

// deadError is a log-in that should work and is refused.
type deadError struct{ username string }

func (e *deadError) Error() string { return "harbor refuses the secret of robot account " + e.username }

// mend repairs a credential whose secret is good: the robot account in place,
// and the Secret around the same password.
func (w *writer) mend(ctx context.Context, t ticket, before, after Credential) error {
	restored, err := w.restore(ctx, t, before, after)
	if err != nil {
		return err
	}
	if restored || before.Login != loginProved || len(plan.Compare(after.written(), before.written())) > 0 {
		err = w.rewrite(ctx, t, before, after)
	}
	if _, dead := errors.AsType[*deadError](err); dead && before.Login == loginDisabled {
		return w.renew(ctx, t, before.next, before)
	}
	if err == nil && before.Attached != nil && !*before.Attached {
		err = w.attach(ctx, t)
	}
	if err == nil {
		err = w.retire(ctx, t, before)
	}
	return err
}

// written is what stands in the Secret.
func (c Credential) written() Credential {
	return Credential{Username: c.Username, Secret: c.Secret}
}

// restore enables the robot account and gives it its permissions back.
func (w *writer) restore(ctx context.Context, t ticket, before, after Credential) (bool, error) {
	wanted := plan.Compare(Credential{Permissions: after.Permissions}, Credential{Permissions: before.Permissions})
	if before.Login != loginDisabled && len(wanted) == 0 {
		return false, nil
	}
	return true, w.change(ctx, t.robot(before.slot), change{Permissions: permissions(after.Permissions)})
}

// change reads a robot account and sends it back with a change.
func (w *writer) change(ctx context.Context, name string, c change) error {
	id := robotID(w.seen.robots[name].id)
	read, err := w.api.GetRobotWithResponse(ctx, id)
	if err != nil {
		return fmt.Errorf("reading robot account %s: %w", name, err)
	}
	if err := w.put(ctx, int64(id), read.Body, c); err != nil {
		return fmt.Errorf("changing robot account %s: %w", name, err)
	}
	return nil
}

// rewrite notes that the password works, and corrects what stands around it.
func (w *writer) rewrite(ctx context.Context, t ticket, before, after Credential) error {
	s, found, err := w.setting.Secrets.Secret(ctx, t.project, t.use.secret)
	if err != nil {
		return err
	}
	held := t.held(s, w.values.Apps.Harbor.BaseRepoURL)
	if !found || held.Username != before.Username {
		return fmt.Errorf("secret %s/%s: %w", t.project, t.use.secret, kube.ErrConflict)
	}
	if before.Login == loginDisabled || before.Username != after.Username {
		if err := w.mustWork(ctx, t, after.Username, held.Password); err != nil {
			return err
		}
	}
	if len(plan.Compare(after.written(), before.written())) > 0 {
		if err := w.handOut(ctx, t, after.Username, held.Password, before); err != nil {
			return err
		}
	}
	w.note(t, before.slot, held.Password)
	return nil
}

// retire ends the former robot account step by step.
func (w *writer) retire(ctx context.Context, t ticket, before Credential) error {
	former := t.robot(before.slot.other())
	switch before.due {
	case dueDisable:
		return w.change(ctx, former, change{Disable: true})
	case dueDelete:
		return w.remove(ctx, w.seen.robots[former])
	case dueNothing:
	}
	return nil
}

// withdraw takes a credential back. Somebody else's Secret of that name stays.
func (w *writer) withdraw(ctx context.Context, t ticket) error {
	if t.use.attached {
		if err := w.detach(ctx, t); err != nil {
			return err
		}
	}
	err := w.setting.Secrets.DeleteSecret(ctx, t.project, t.use.secret)
	if _, foreign := errors.AsType[*kube.ForeignError](err); err != nil && !foreign && !kube.Pending(err) {
		return err
	}
	for _, r := range t.pair(w.seen.robots) {
		if r == nil || !r.only(t.project) {
			continue
		}
		if err := w.remove(ctx, r); err != nil {
			return err
		}
	}
	w.forget(t)
	return nil
}

func (w *writer) detach(ctx context.Context, t ticket) error {
	defer w.alone(t.project)()
	err := w.setting.Secrets.DropPullSecrets(ctx, t.project, account, t.use.secret)
	if kube.Pending(err) {
		return nil
	}
	return err
}

// only tells whether a robot account has rights in that project alone, or in
// none any more, as when the project is gone.
func (r *robot) only(project string) bool {
	return !slices.ContainsFunc(r.permissions, func(right string) bool {
		return !strings.HasPrefix(right, projectLevel+" "+project+" ")
	})
}
