package droneactivate

import "otomi.io/tasks/tasks/plan"

// AcceptVisibility is what --accept must name before builds that only members
// could read become public: their logs were written for fewer eyes.
const AcceptVisibility = "repository.visibility"

const public = "public"

// Plan is what has to change, kind by kind in the order in which they depend on
// each other: created and updated downwards, deleted upwards.
type Plan struct {
	Logins     plan.Kind[Login]
	Repos      plan.Kind[Repo]
	Hooks      plan.Kind[Hook]
	Secrets    plan.Kind[Secret]
	OrgSecrets plan.Kind[Secret]
	Crons      plan.Kind[Cron]
	Templates  plan.Kind[Template]

	reading *reading
}

// Kinds are the plan's kinds in the order of dependency.
func (p *Plan) Kinds() []plan.Set {
	return []plan.Set{&p.Logins, &p.Repos, &p.Hooks, &p.Secrets, &p.OrgSecrets, &p.Crons, &p.Templates}
}

// Plan is the pure difference of two states.
func (a *Application) Plan(desired, current State) *Plan { return Diff(desired, current) }

// Diff is the pure difference of two states.
func Diff(desired, current State) *Plan {
	p := &Plan{
		Logins: plan.Diff("login", desired.Logins, current.Logins),
		Repos: plan.DiffAs("repository", desired.Repos, current.Repos, func(_ string, after, before Repo) Repo {
			return after.takenBack(before.declared)
		}),
		Hooks:      plan.Diff("hook", desired.Hooks, current.Hooks),
		Secrets:    plan.Diff("secret", desired.Secrets, current.Secrets),
		OrgSecrets: plan.Diff("organisation-secret", desired.OrgSecrets, current.OrgSecrets),
		Crons:      plan.Diff("cron-job", desired.Crons, current.Crons),
		Templates:  plan.Diff("template", desired.Templates, current.Templates),
		reading:    current.reading,
	}
	block(&p.Repos, current.blocked, itself)
	block(&p.Hooks, current.blocked, itself)
	block(&p.Secrets, current.blocked, parent)
	block(&p.Crons, current.blocked, parent)
	respect(&p.Crons)
	respect(&p.Templates)
	for i, c := range p.Repos.Changes {
		if opens(c) {
			p.Repos.Changes[i].Danger, p.Repos.Changes[i].DangerReason = AcceptVisibility, "more people could see its builds and their logs"
		}
	}
	return p
}

// block holds back what would change an object of these repositories.
func block[T plan.Object](k *plan.Kind[T], reasons map[string]string, repo func(name string) string) {
	for i, c := range k.Changes {
		if reason := reasons[repo(c.Name)]; reason != "" && c.Blocked == "" {
			k.Changes[i].Blocked = reason
		}
	}
}

// respect holds back changes of what others made under a name of ours: another
// installation may want it as it is, and both would undo each other endlessly.
func respect[T interface {
	plan.Object
	Ours() bool
}](k *plan.Kind[T]) {
	for i, c := range k.Changes {
		if c.Action == plan.Update && !(*c.Before).Ours() {
			k.Changes[i].Foreign = "no installation that we know"
		}
	}
}

func itself(name string) string { return name }

func parent(name string) string {
	repo, _ := cutName(name)
	return repo
}

// opens tells whether builds become public.
func opens(c plan.Change[Repo]) bool {
	if c.After == nil || c.After.Visibility == nil || *c.After.Visibility != public {
		return false
	}
	return c.Before == nil || c.Before.Visibility != nil && *c.Before.Visibility != public
}
