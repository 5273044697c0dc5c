package droneactivate

import (
	"context"

	"otomi.io/tasks/clients/drone"
	"otomi.io/tasks/clients/response"
	"otomi.io/tasks/clients/transport"
	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/task"
)

// requireRepository says of a part that its repository is missing.
func requireRepository(err error, slug string) error {
	if transport.IsNotFound(err) {
		return &task.SkipError{Reason: "Drone does not know the repository " + slug}
	}
	return err
}

// secret writes one of a repository.
func (w *writer) secret(ctx context.Context, c plan.Change[Secret]) (err error) {
	slug, name := cutName(c.Name)
	namespace, repo := w.listing.slug(slug)
	switch c.Action {
	case plan.Delete:
		if err = w.sameRepo(ctx, slug, c.Before.ID); err == nil {
			_, err = w.drone.In(ctx).Secret(namespace, repo, name) // Drone never shows its value
		}
		if err == nil {
			err = w.drone.In(ctx).SecretDelete(namespace, repo, name)
		}
		if err = ignoreNotFound(err); err == nil {
			w.drop(ownedSecret, c.Name)
		}
		return err
	case plan.Create:
		_, err = w.drone.In(ctx).SecretCreate(namespace, repo, newSecret(name, *c.After))
		err = requireRepository(err, slug)
	case plan.Update, plan.Adopt:
		err = w.drone.PatchSecret(ctx, namespace, repo, name, patchOf(c))
	}
	if err == nil {
		w.inventory.Remember(printName(ownedSecret, c.Name), c.After.Data)
	}
	return err
}

// orgSecret writes one of an organisation.
func (w *writer) orgSecret(ctx context.Context, c plan.Change[Secret]) (err error) {
	organisation, name := cutName(c.Name)
	switch c.Action {
	case plan.Delete:
		if _, err = w.drone.In(ctx).OrgSecret(organisation, name); err == nil {
			err = w.drone.In(ctx).OrgSecretDelete(organisation, name)
		}
		if err = ignoreNotFound(err); err == nil {
			w.drop(ownedOrg, c.Name)
		}
		return err
	case plan.Create:
		_, err = w.drone.In(ctx).OrgSecretCreate(organisation, newSecret(name, *c.After))
	case plan.Update, plan.Adopt:
		err = w.drone.PatchOrgSecret(ctx, organisation, name, patchOf(c))
	}
	if err == nil {
		w.inventory.Remember(printName(ownedOrg, c.Name), c.After.Data)
	}
	return err
}

func newSecret(name string, s Secret) *drone.Secret {
	return &drone.Secret{Name: name, Data: s.Data.Reveal(), PullRequest: response.Value(s.PullRequest), PullRequestPush: response.Value(s.PullPush)}
}

// patchOf leaves the value out where it is the one that we wrote.
func patchOf(c plan.Change[Secret]) drone.SecretPatch {
	p := drone.SecretPatch{PullRequest: c.After.PullRequest, PullRequestPush: c.After.PullPush}
	if c.Before.Data != c.After.Data {
		p.Data = new(c.After.Data.Reveal())
	}
	return p
}

// cron writes a cron job. Drone changes no expression, so that such a job is made
// anew, and takes target and disabled only of one that exists.
func (w *writer) cron(ctx context.Context, c plan.Change[Cron]) error {
	slug, name := cutName(c.Name)
	namespace, repo := w.listing.slug(slug)
	api := w.drone.In(ctx)
	if c.Action == plan.Delete || c.Action == plan.Update && c.Before.Expr != c.After.Expr {
		err := w.sameCron(ctx, slug, name, *c.Before)
		if err == nil {
			err = api.CronDelete(namespace, repo, name)
		}
		if err := ignoreNotFound(err); err != nil {
			return err
		}
	}
	if c.Action == plan.Delete {
		w.drop(ownedCron, c.Name)
		return nil
	}
	made := c.Before
	if c.Action == plan.Create || made.Expr != c.After.Expr {
		answered, err := api.CronCreate(namespace, repo, &drone.Cron{Name: name, Expr: c.After.Expr, Branch: c.After.Branch})
		if err != nil {
			return requireRepository(err, slug)
		}
		made = &Cron{Expr: answered.Expr, Branch: answered.Branch, Target: &answered.Target, Disabled: &answered.Disabled}
	}
	if len(plan.Compare(*c.After, *made)) == 0 {
		return nil
	}
	_, err := api.CronUpdate(namespace, repo, name, &drone.CronPatch{Branch: &c.After.Branch, Target: c.After.Target, Disabled: c.After.Disabled})
	return err
}

// sameCron reads a cron job once more before it is deleted.
func (w *writer) sameCron(ctx context.Context, slug, name string, before Cron) error {
	if err := w.sameRepo(ctx, slug, before.ID); err != nil {
		return err
	}
	namespace, repo := w.listing.slug(slug)
	now, err := w.drone.In(ctx).Cron(namespace, repo, name)
	if err == nil && (now.Expr != before.Expr || now.Branch != before.Branch) {
		return &task.SkipError{Reason: "the cron job was changed since it was read"}
	}
	return err
}

// template writes one of an organisation.
func (w *writer) template(ctx context.Context, c plan.Change[Template]) (err error) {
	organisation, name := split(c.Name)
	api := w.drone.In(ctx)
	switch c.Action {
	case plan.Delete:
		if err = w.sameTemplate(ctx, organisation, name, *c.Before); err == nil {
			err = api.TemplateDelete(organisation, name)
		}
		if err = ignoreNotFound(err); err == nil {
			w.drop(ownedTemplate, c.Name)
		}
	case plan.Create:
		_, err = api.TemplateCreate(organisation, &drone.Template{Name: name, Data: c.After.Data})
	case plan.Update, plan.Adopt:
		_, err = api.TemplateUpdate(organisation, name, &drone.Template{Data: c.After.Data})
	}
	return err
}

// sameTemplate reads a template again before it is deleted.
func (w *writer) sameTemplate(ctx context.Context, organisation, name string, before Template) error {
	now, err := w.drone.In(ctx).Template(organisation, name)
	if err == nil && digest(now.Data) != before.SHA256 {
		return &task.SkipError{Reason: "the template was changed since it was read"}
	}
	return err
}
