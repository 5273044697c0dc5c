package droneactivate

import (
	"context"
	"strings"

	"otomi.io/tasks/clients/drone"
	"otomi.io/tasks/clients/transport"
	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/task"
)

// cutName parts the key of an object into its parent and its name.
func cutName(key string) (parent, name string) {
	i := strings.LastIndex(key, "/")
	return key[:i], key[i+1:]
}

// homeless says of a part that its repository is missing.
func homeless(err error, slug string) error {
	if transport.IsNotFound(err) {
		return &task.SkipError{Reason: "Drone does not know the repository " + slug}
	}
	return err
}

// secret writes one of a repository.
func (w *writer) secret(ctx context.Context, c plan.Change[Secret]) (err error) {
	slug, name := cutName(c.Name)
	namespace, repo := split(slug)
	switch c.Action {
	case plan.Delete:
		if err = absent(w.drone.In(ctx).SecretDelete(namespace, repo, name)); err == nil {
			w.gone(ownedSecret, c.Name)
		}
		return err
	case plan.Create:
		_, err = w.drone.In(ctx).SecretCreate(namespace, repo, newSecret(name, *c.After))
		err = homeless(err, slug)
	case plan.Update:
		err = w.drone.PatchSecret(ctx, namespace, repo, name, patchOf(c))
	}
	if err == nil {
		w.remember(ownedSecret, c.Name, c.After.Data)
	}
	return err
}

// orgSecret writes one of an organisation.
func (w *writer) orgSecret(ctx context.Context, c plan.Change[Secret]) (err error) {
	organisation, name := cutName(c.Name)
	switch c.Action {
	case plan.Delete:
		if err = absent(w.drone.In(ctx).OrgSecretDelete(organisation, name)); err == nil {
			w.gone(ownedOrg, c.Name)
		}
		return err
	case plan.Create:
		_, err = w.drone.In(ctx).OrgSecretCreate(organisation, newSecret(name, *c.After))
	case plan.Update:
		err = w.drone.PatchOrgSecret(ctx, organisation, name, patchOf(c))
	}
	if err == nil {
		w.remember(ownedOrg, c.Name, c.After.Data)
	}
	return err
}

func newSecret(name string, s Secret) *drone.Secret {
	return &drone.Secret{Name: name, Data: s.Data.Reveal(), PullRequest: value(s.PullRequest), PullRequestPush: value(s.PullPush)}
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
	namespace, repo := split(slug)
	api := w.drone.In(ctx)
	if c.Action == plan.Delete || c.Action == plan.Update && c.Before.Expr != c.After.Expr {
		if err := absent(api.CronDelete(namespace, repo, name)); err != nil {
			return err
		}
	}
	if c.Action == plan.Delete {
		w.gone(ownedCron, c.Name)
		return nil
	}
	made := c.Before
	if c.Action == plan.Create || made.Expr != c.After.Expr {
		answered, err := api.CronCreate(namespace, repo, &drone.Cron{Name: name, Expr: c.After.Expr, Branch: c.After.Branch})
		if err != nil {
			return homeless(err, slug)
		}
		made = &Cron{Expr: answered.Expr, Branch: answered.Branch, Target: &answered.Target, Disabled: &answered.Disabled}
	}
	if len(plan.Compare(*c.After, *made)) == 0 {
		return nil
	}
	_, err := api.CronUpdate(namespace, repo, name, &drone.CronPatch{Branch: &c.After.Branch, Target: c.After.Target, Disabled: c.After.Disabled})
	return err
}

// template writes one of an organisation.
func (w *writer) template(ctx context.Context, c plan.Change[Template]) (err error) {
	organisation, name := split(c.Name)
	api := w.drone.In(ctx)
	switch c.Action {
	case plan.Delete:
		if err = absent(api.TemplateDelete(organisation, name)); err == nil {
			w.gone(ownedTemplate, c.Name)
		}
	case plan.Create:
		_, err = api.TemplateCreate(organisation, &drone.Template{Name: name, Data: c.After.Data})
	case plan.Update:
		_, err = api.TemplateUpdate(organisation, name, &drone.Template{Data: c.After.Data})
	}
	return err
}
