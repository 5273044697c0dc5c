package gitearepos

import (
	"iter"

	"otomi.io/tasks/clients/gitea"
	"otomi.io/tasks/tasks/plan"
)

// Plan is what has to change in Gitea, kind by kind in the order in which they
// depend on each other: created and updated downwards, deleted upwards.
type Plan struct {
	Organizations plan.Kind[Organization]
	Users         plan.Kind[User]
	Teams         plan.Kind[Team]
	Members       plan.Kind[Member]
	Repositories  plan.Kind[Repository]
	Accesses      plan.Kind[Access]
	Protections   plan.Kind[Protection]
	Hooks         plan.Kind[Hook]
	DeployKeys    plan.Kind[DeployKey]
	Applications  plan.Kind[OAuth2App]
	LoginSources  plan.Kind[LoginSource]

	ServiceAccounts plan.Kind[ServiceAccount]

	facts Facts
}

// Kinds are the plan's kinds in the order of dependency.
func (p *Plan) Kinds() []plan.Set {
	return []plan.Set{&p.Organizations, &p.Users, &p.Teams, &p.Members, &p.Repositories, &p.Accesses,
		&p.Protections, &p.Hooks, &p.DeployKeys, &p.Applications, &p.ServiceAccounts, &p.LoginSources}
}

// inOrganization are the changes of everything that lives in the organisation.
func (p *Plan) inOrganization() iter.Seq[plan.Line] {
	return plan.Lines(&Plan{Teams: p.Teams, Members: p.Members, Repositories: p.Repositories, Accesses: p.Accesses,
		Protections: p.Protections, Hooks: p.Hooks, DeployKeys: p.DeployKeys})
}

// Diff is the pure difference of two states.
func Diff(desired, current State) *Plan {
	p := &Plan{
		Organizations: plan.Diff("organization", desired.Organizations, current.Organizations),
		Users: plan.DiffAs("user", desired.Users, current.Users, func(_ string, after, before User) User {
			after.FullName = takenBack(after.FullName, before.described)
			return after
		}),
		Teams:   plan.Diff("team", desired.Teams, current.Teams),
		Members: plan.Diff("member", desired.Members, current.Members),
		Repositories: plan.DiffAs("repository", desired.Repositories, current.Repositories, func(_ string, after, before Repository) Repository {
			after.Description = takenBack(after.Description, before.described)
			return after
		}),
		Accesses:    plan.Diff("access", desired.Accesses, current.Accesses),
		Protections: plan.Diff("branch-protection", desired.Protections, current.Protections),
		Hooks: plan.DiffAs("hook", desired.Hooks, current.Hooks, func(_ string, after, before Hook) Hook {
			return after.asShown(current.version, before)
		}),
		DeployKeys: plan.Diff("deploy-key", desired.DeployKeys, current.DeployKeys),
		Applications: plan.DiffAs("oauth2-application", desired.Applications, current.Applications, func(_ string, after, before OAuth2App) OAuth2App {
			// A change makes a new secret, which costs more than one consent page.
			if before.SecretWorks || !current.version.Supports(gitea.SkipConsent) {
				after.SkipConsent = nil
			}
			return after
		}),
		ServiceAccounts: plan.Diff("service-account", desired.ServiceAccounts, current.ServiceAccounts),
		LoginSources: plan.DiffAs("login-source", desired.LoginSources, current.LoginSources, func(_ string, after, before LoginSource) LoginSource {
			return after.asMerged(before)
		}),
		facts: current.Facts,
	}
	g := guard{desired: desired, current: current}
	g.users(p)
	g.teams(p)
	g.members(p)
	g.repositories(p)
	g.protections(p)
	g.hooks(p)
	g.deployKeys(p)
	g.applications(p)
	g.serviceAccounts(p)
	g.loginSources(p)
	g.children(p)
	return p
}

// takenBack empties a text that the values once gave and no longer do.
func takenBack(text *string, given bool) *string {
	if text == nil && given {
		return new("")
	}
	return text
}
