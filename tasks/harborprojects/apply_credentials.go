package harborprojects

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"

	"otomi.io/tasks/clients/harbor"
	"otomi.io/tasks/clients/response"
	"otomi.io/tasks/clients/transport"
	"otomi.io/tasks/tasks/harborprojects/credential"
	"otomi.io/tasks/tasks/kube"
	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/values"
)

// credential makes, repairs or revokes one credential.
func (w *writer) credential(ctx context.Context, c plan.Change[Credential]) error {
	key, known := credential.ParseKey(c.Name)
	switch {
	case !known:
		return fmt.Errorf("invalid credential name %q", c.Name)
	case c.Action == plan.Delete:
		return w.revoke(ctx, key, *c.Before)
	case c.Action == plan.Create:
		b := value(c.After.basis) // none where there are no robot accounts of its names
		return w.renew(ctx, key, b.Next, Credential{basis: &b})
	case c.After.renew:
		return w.renew(ctx, key, c.After.slot, *c.Before)
	}
	return w.repair(ctx, key, *c.Before, *c.After)
}

// renew makes a robot account, and publishes its secret when that is known to
// work. Until then the former robot account works and is what the Secret names.
// What is in the slot is something else, or cannot log in.
func (w *writer) renew(ctx context.Context, k credential.Key, s credential.Slot, before Credential) error {
	mark, err := w.ownMark(ctx)
	if err != nil {
		return err
	}
	if occupant := before.basis.robots.In(s); occupant != nil {
		if err := w.remove(ctx, k.Robot(s), *occupant); err != nil {
			return err
		}
	}
	created, err := response.Created(w.access.to("robot:create").CreateRobotWithResponse(ctx, harbor.RobotCreate{
		Name: new(k.Robot(s)), Level: new(systemLevel), Duration: new(int64(w.values.Apps.Harbor.RobotDuration)), Permissions: new(permissions(rightsOf(k))),
		Description: new(mark.Describe(k.Kind.Name + " for " + k.Project)),
	}))
	if transport.IsNotFound(err) {
		return missingProject(k.Project)
	}
	if err != nil {
		return fmt.Errorf("creating robot account %s: %w", k.Robot(s), err)
	}
	username, password := value(created.Name), values.NewSecret(value(created.Secret))
	if err := w.verify(ctx, k, username, password); err != nil {
		return err
	}
	if err := w.publish(ctx, k, username, password, before); err != nil {
		return err
	}
	w.markVerified(ctx, k, s, password)
	return nil
}

// remove deletes a robot account that still is as the plan showed it; one that is
// already gone is not an error.
func (w *writer) remove(ctx context.Context, name string, r credential.Robot) error {
	found, err := response.OK(w.access.to("robot:read").GetRobotWithResponse(ctx, robotID(r.ID)))
	if transport.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading robot account %s: %w", name, err)
	}
	if !w.isStill(found, name, r) {
		return changedSince("robot account " + name)
	}
	_, err = w.access.to("robot:delete").DeleteRobotWithResponse(ctx, robotID(r.ID))
	if err != nil && !transport.IsNotFound(err) {
		return fmt.Errorf("deleting robot account %s: %w", name, err)
	}
	return nil
}

// isStill tells whether a robot account is the one that the plan was made for.
func (w *writer) isStill(found harbor.Robot, name string, r credential.Robot) bool {
	now := newRobot(found)
	return strings.TrimPrefix(value(found.Name), w.server.prefix) == name && now.ID == r.ID && now.Mark == r.Mark && now.Disabled == r.Disabled
}

// publish writes the Secret and lets the pods of the namespace pull with it. The
// logins for other registries stay in it.
func (w *writer) publish(ctx context.Context, k credential.Key, username string, password values.Secret, before Credential) error {
	var held kube.Secret
	var err error
	if before.Secret != nil {
		if held, _, err = w.setting.Secrets.Secret(ctx, k.Project, k.Kind.Secret); err != nil {
			return err
		}
	}
	config, err := mergeLogin(k, held.Data[k.Kind.DataKey], w.values.Apps.Harbor.BaseRepoURL, username, password)
	if err != nil {
		return err
	}
	if before.Secret != nil && before.Secret.Type != k.Kind.Type {
		if err := w.setting.Secrets.DeleteSecret(ctx, k.Project, k.Kind.Secret); err != nil {
			return err
		}
	}
	err = w.setting.Secrets.ApplySecret(ctx, kube.Secret{
		Namespace: k.Project, Name: k.Kind.Secret, Type: k.Kind.Type, Data: map[string]values.Secret{k.Kind.DataKey: config},
	})
	if err != nil {
		return err
	}
	return w.attach(ctx, k)
}

func (w *writer) attach(ctx context.Context, k credential.Key) error {
	if !k.Kind.Attached {
		return nil
	}
	defer w.lockServiceAccount(k.Project)()
	return w.setting.Secrets.AddPullSecrets(ctx, k.Project, account, k.Kind.Secret)
}

// verify proves by use what is about to be stored in the Secret.
func (w *writer) verify(ctx context.Context, k credential.Key, username string, password values.Secret) error {
	accepted, err := w.accepts(ctx, k.Project, username, password)
	if err == nil && !accepted {
		err = &deadError{username}
	}
	return err
}

// deadError is a login that should work and is refused.
type deadError struct{ username string }

func (e *deadError) Error() string { return "harbor refuses the secret of robot account " + e.username }

// repair repairs a credential whose password works: the robot account in
// place, and the Secret around the same password.
func (w *writer) repair(ctx context.Context, k credential.Key, before, after Credential) error {
	restored, err := w.restore(ctx, k, before, after)
	if err != nil {
		return err
	}
	if restored || before.Login != credential.Proved || before.Ownership != plan.Ours || len(plan.Compare(after.stored(), before.stored())) > 0 {
		err = w.rewrite(ctx, k, before, after)
	}
	if _, dead := errors.AsType[*deadError](err); dead && before.Login == credential.Disabled {
		return w.renew(ctx, k, before.basis.Next, before)
	}
	if err == nil && before.Attached != nil && !*before.Attached {
		err = w.attach(ctx, k)
	}
	if err == nil {
		err = w.retireOld(ctx, k, before)
	}
	return err
}

// stored is the part of a credential that the Secret holds.
func (c Credential) stored() Credential { return Credential{Username: c.Username, Secret: c.Secret} }

// restore enables the robot account and gives it its permissions back.
func (w *writer) restore(ctx context.Context, k credential.Key, before, after Credential) (bool, error) {
	wanted := plan.Compare(Credential{Permissions: after.Permissions}, Credential{Permissions: before.Permissions})
	if before.Login != credential.Disabled && len(wanted) == 0 {
		return false, nil
	}
	return true, w.change(ctx, k.Robot(before.slot), *before.basis.robots.In(before.slot), robotChange{Permissions: permissions(after.Permissions)})
}

// change reads a robot account and sends it back with a change.
func (w *writer) change(ctx context.Context, name string, r credential.Robot, c robotChange) error {
	read, err := w.admin.GetRobotWithResponse(ctx, robotID(r.ID))
	found, err := response.OK(read, err)
	if err != nil {
		return fmt.Errorf("reading robot account %s: %w", name, err)
	}
	if !w.isStill(found, name, r) {
		return changedSince("robot account " + name)
	}
	if err := w.put(ctx, r.ID, read.Body, c); err != nil {
		return fmt.Errorf("changing robot account %s: %w", name, err)
	}
	return nil
}

// rewrite notes that the password works, and corrects what is stored around it.
func (w *writer) rewrite(ctx context.Context, k credential.Key, before, after Credential) error {
	s, found, err := w.setting.Secrets.Secret(ctx, k.Project, k.Kind.Secret)
	if err != nil {
		return err
	}
	held := loginOf(k, s, w.values.Apps.Harbor.BaseRepoURL)
	if !found || held.Username != before.Username {
		return changedSince("secret " + k.Project + "/" + k.Kind.Secret)
	}
	if before.Login == credential.Disabled || before.Username != after.Username {
		if err := w.verify(ctx, k, after.Username, held.Password); err != nil {
			return err
		}
	}
	if len(plan.Compare(after.stored(), before.stored())) > 0 {
		if err := w.publish(ctx, k, after.Username, held.Password, before); err != nil {
			return err
		}
	}
	w.markVerified(ctx, k, before.slot, held.Password)
	return nil
}

// retireOld ends the former robot account step by step.
func (w *writer) retireOld(ctx context.Context, k credential.Key, before Credential) error {
	if before.basis == nil || before.basis.Due == credential.Nothing {
		return nil
	}
	name, former := k.Robot(before.slot.Other()), before.basis.robots.In(before.slot.Other())
	if before.basis.Due == credential.Disable {
		return w.change(ctx, name, *former, robotChange{Disable: true})
	}
	return w.remove(ctx, name, *former)
}

// revoke takes a credential back. A Secret of that name that is not ours stays,
// and so does a robot account that is not ours or serves other projects, too.
func (w *writer) revoke(ctx context.Context, k credential.Key, before Credential) error {
	if k.Kind.Attached {
		if err := w.detach(ctx, k); err != nil {
			return err
		}
	}
	err := w.setting.Secrets.DeleteSecret(ctx, k.Project, k.Kind.Secret)
	if _, foreign := errors.AsType[*kube.ForeignError](err); err != nil && !foreign && !kube.Pending(err) {
		return err
	}
	claim := w.claim(true)
	for _, s := range []credential.Slot{credential.A, credential.B} {
		r := before.basis.robots.In(s)
		if r == nil || !r.Only(k.Project) || claim.Owner(r, false) != plan.Ours {
			continue
		}
		if err := w.remove(ctx, k.Robot(s), *r); err != nil {
			return err
		}
	}
	w.inventory.Forget(k.String())
	return nil
}

func (w *writer) detach(ctx context.Context, k credential.Key) error {
	defer w.lockServiceAccount(k.Project)()
	err := w.setting.Secrets.DropPullSecrets(ctx, k.Project, account, k.Kind.Secret)
	if kube.Pending(err) {
		return nil
	}
	return err
}

// ownMark is the mark of what we make. The number is stored before it is used
// for the first time: a run that is killed must know its own robot accounts.
func (w *writer) ownMark(ctx context.Context) (credential.Mark, error) {
	w.marking.Lock()
	defer w.marking.Unlock()
	m := credential.Mark{Installation: w.setting.Installation}
	if numbers := w.claim(false).Inventories; len(numbers) > 0 {
		m.Inventory = numbers[0]
		return m, nil
	}
	const digits = 10
	m.Inventory = strings.ToLower(rand.Text()[:digits])
	w.inventory.Own(ownInstallation, m.Inventory, m.Installation)
	return m, w.inventory.Save(ctx)
}
