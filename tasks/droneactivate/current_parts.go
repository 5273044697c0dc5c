package droneactivate

import (
	"context"
	"fmt"

	"otomi.io/tasks/clients/drone"
	"otomi.io/tasks/clients/transport"
	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/values"
)

func parentsOf[T any](objects map[string]T, parent func(T) string) []string {
	var all []string
	for _, o := range objects {
		all = append(all, parent(o))
	}
	return all
}

func (s Secret) parent() string   { return s.Parent }
func (c Cron) parent() string     { return c.Parent }
func (t Template) parent() string { return t.Parent }

// secrets lists those of the repositories that have some of ours or should have.
func (r *reader) secrets(ctx context.Context) error {
	r.current.Secrets = map[string]Secret{}
	owned := r.owned(ownedSecret)
	all, err := collect(ctx, r.setting, r.holding(parentsOf(r.desired.Secrets, Secret.parent), ownedSecret), func(ctx context.Context, name string) ([]*drone.Secret, error) {
		list, err := r.drone.In(ctx).SecretList(split(r.repos().slug(name)))
		return list, named(err, "reading the secrets of %s", name)
	})
	for name, list := range all {
		for _, rep := range list {
			key := name + "/" + rep.Name
			claimed, ours := owned[key]
			wanted, isWanted := r.desired.Secrets[key]
			if isWanted || ours {
				meta := plan.Meta{ID: r.repos().uid(name), Team: claimed.team, Ownership: plan.OursIf(ours, plan.Foreign)}
				s := secretFrom(key, rep, wanted, meta)
				s.Data = r.proven(ownedSecret, claimed.recorded, wanted)
				r.current.Secrets[key] = s
			}
		}
	}
	return err
}

// named says what an error is about.
func named(err error, what, name string) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf(what+": %w", name, err)
}

// orgSecrets are those of all organisations, in one list that only Drone's
// administrators see.
func (r *reader) orgSecrets(ctx context.Context) error {
	owned := r.current.reading.inventory.Owned(ownedOrg)
	if len(owned)+len(r.desired.OrgSecrets) == 0 {
		return nil
	}
	list, err := r.drone.In(ctx).OrgSecretListAll()
	if err != nil {
		return fmt.Errorf("reading the secrets of organisations: %w", r.explain(err))
	}
	r.current.OrgSecrets = map[string]Secret{}
	for _, rep := range list {
		key := rep.Namespace + "/" + rep.Name
		_, ours := owned[key]
		wanted, isWanted := r.desired.OrgSecrets[key]
		if isWanted || ours {
			s := secretFrom(key, rep, wanted, plan.Meta{Ownership: plan.OursIf(ours, plan.Foreign)})
			s.Data = r.proven(ownedOrg, []string{key}, wanted)
			r.current.OrgSecrets[key] = s
		}
	}
	return nil
}

func secretFrom(key string, rep *drone.Secret, wanted Secret, meta plan.Meta) Secret {
	parent, name := cutName(key)
	if wanted.Name != "" {
		meta.Team = wanted.Team
	}
	return Secret{Meta: meta, Parent: parent, Name: name, PullRequest: &rep.PullRequest, PullPush: &rep.PullRequestPush}
}

// proven is the value of the values where a fingerprint says that it was the last
// one written, and nothing where none does.
func (r *reader) proven(kind string, recorded []string, wanted Secret) values.Secret {
	for _, key := range recorded {
		if !wanted.Data.IsZero() && r.current.reading.inventory.Matches(printName(kind, key), wanted.Data) {
			return wanted.Data
		}
	}
	return values.Secret{}
}

// printName is the name of a fingerprint.
func printName(kind, key string) string { return kind + " " + key }

func (r *reader) crons(ctx context.Context) error {
	r.current.Crons = map[string]Cron{}
	owned := r.owned(ownedCron)
	all, err := collect(ctx, r.setting, r.holding(parentsOf(r.desired.Crons, Cron.parent), ownedCron), func(ctx context.Context, name string) ([]*drone.Cron, error) {
		list, err := r.drone.In(ctx).CronList(split(r.repos().slug(name)))
		return list, named(err, "reading the cron jobs of %s", name)
	})
	for name, list := range all {
		for _, rep := range list {
			key := name + "/" + rep.Name
			claimed, ours := owned[key]
			wanted, isWanted := r.desired.Crons[key]
			if isWanted {
				claimed.team = wanted.Team
			}
			if isWanted || ours {
				r.current.Crons[key] = Cron{
					Meta: plan.Meta{ID: r.repos().uid(name), Team: claimed.team, Ownership: plan.OursIf(ours, plan.Unowned)}, Parent: name, Name: rep.Name,
					Expr: rep.Expr, Branch: rep.Branch, Target: &rep.Target, Disabled: &rep.Disabled}
			}
		}
	}
	return err
}

func (r *reader) templates(ctx context.Context) error {
	owned := r.current.reading.inventory.Owned(ownedTemplate)
	r.current.Templates = map[string]Template{}
	for organisation := range r.organisations(owned) {
		list, err := r.drone.In(ctx).TemplateList(organisation)
		if transport.IsNotFound(err) {
			return fmt.Errorf("reading the templates of %s: %w", organisation, TooOld())
		}
		if err != nil {
			return fmt.Errorf("reading the templates of %s: %w", organisation, r.explain(err))
		}
		for _, rep := range list {
			key := organisation + "/" + rep.Name
			_, ours := owned[key]
			if _, isWanted := r.desired.Templates[key]; isWanted || ours {
				r.current.Templates[key] = Template{
					Meta: plan.Meta{Ownership: plan.OursIf(ours, plan.Unowned)}, Parent: organisation, Name: rep.Name, Data: rep.Data, SHA256: digest(rep.Data)}
			}
		}
	}
	return nil
}

func (r *reader) organisations(owned map[string]string) map[string]bool {
	all := map[string]bool{}
	for _, organisation := range parentsOf(r.desired.Templates, Template.parent) {
		all[organisation] = true
	}
	for key := range owned {
		organisation, _ := split(key)
		all[organisation] = true
	}
	return all
}

// explain says which right is missing where Drone only refuses.
func (r *reader) explain(err error) error {
	if !r.user.Admin && (transport.IsForbidden(err) || transport.IsUnauthorized(err)) {
		return &RightsError{Login: r.user.Login, Needs: "organisation secrets and templates"}
	}
	return err
}
