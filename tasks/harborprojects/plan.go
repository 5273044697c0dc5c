package harborprojects

import "otomi.io/tasks/tasks/plan"

// Plan is what has to change in Harbor, kind by kind in the order in which they
// depend on each other: created and updated downwards, deleted upwards.
type Plan struct {
	Configurations plan.Kind[Configuration]
	Runners        plan.Kind[Runner]
	Groups         plan.Kind[Group]
	Projects       plan.Kind[Project]
	Quotas         plan.Kind[Quota]
	Members        plan.Kind[Member]
	Retentions     plan.Kind[Retention]
	Immutables     plan.Kind[Immutable]
	Credentials    plan.Kind[Credential]
}

// Kinds are the plan's kinds in the order of dependency.
func (p *Plan) Kinds() []plan.Set {
	return []plan.Set{&p.Configurations, &p.Runners, &p.Groups, &p.Projects, &p.Quotas, &p.Members, &p.Retentions,
		&p.Immutables, &p.Credentials}
}

// Diff is the pure difference of two states.
func Diff(desired, current State) *Plan {
	p := &Plan{
		Configurations: plan.Diff("configuration", desired.Configurations, current.Configurations),
		Runners:        plan.Diff("runner", desired.Runners, current.Runners),
		Groups:         plan.Diff("group", desired.Groups, current.Groups),
		Projects:       plan.Diff("project", desired.Projects, current.Projects),
		Quotas:         plan.Diff("quota", desired.Quotas, current.Quotas),
		Members:        plan.Diff("member", desired.Members, current.Members),
		Retentions:     plan.Diff("retention", desired.Retentions, current.Retentions),
		Immutables:     plan.Diff("immutable-tags", desired.Immutables, current.Immutables),
	}
	p.markDangers(current)
	p.diffCredentials(desired, current)
	return p
}
