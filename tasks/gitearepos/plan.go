package gitearepos

import (
	"fmt"
	"iter"
	"slices"

	"otomi.io/tasks/tasks/plan"
)

// AcceptPublic is what --accept must name before a private repository becomes
// public: what everybody has seen cannot be hidden again.
const AcceptPublic = "repository.private"

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
}

// Kinds are the plan's kinds in the order of dependency.
func (p *Plan) Kinds() []plan.Set {
	return []plan.Set{&p.Organizations, &p.Users, &p.Teams, &p.Members, &p.Repositories, &p.Accesses,
		&p.Protections, &p.Hooks, &p.DeployKeys, &p.Applications}
}

// inOrganization are the changes of everything that lives in the organisation.
func (p *Plan) inOrganization() iter.Seq[plan.Line] {
	inside := *p
	inside.Organizations, inside.Users, inside.Applications = plan.Kind[Organization]{}, plan.Kind[User]{}, plan.Kind[OAuth2App]{}
	return plan.Lines(&inside)
}

// Diff is the pure difference of two states.
func Diff(desired, current State) *Plan {
	p := &Plan{
		Organizations: plan.Diff("organization", desired.Organizations, current.Organizations),
		Users:         plan.Diff("user", desired.Users, current.Users),
		Teams:         plan.Diff("team", desired.Teams, current.Teams),
		Members:       plan.Diff("member", desired.Members, current.Members),
		Repositories:  plan.Diff("repository", desired.Repositories, current.Repositories),
		Accesses:      plan.Diff("access", desired.Accesses, current.Accesses),
		Protections:   plan.Diff("branch-protection", desired.Protections, current.Protections),
		Hooks:         plan.Diff("hook", desired.Hooks, current.Hooks),
		DeployKeys:    plan.Diff("deploy-key", desired.DeployKeys, current.DeployKeys),
		Applications:  plan.Diff("oauth2-application", desired.Applications, current.Applications),
	}
	p.judgeRepositories()
	p.blockProtections(desired, current)
	p.blockMembers(desired, current)
	p.blockApplications()
	return p
}

// judgeRepositories finds what is dangerous, and what Gitea would pass over
// without a word.
func (p *Plan) judgeRepositories() {
	for i := range p.Repositories.Changes {
		c := &p.Repositories.Changes[i]
		if c.Action != plan.Update {
			continue
		}
		hidden := c.Differs("private")
		switch {
		case hidden && c.Before.Fork:
			c.Blocked = "is a fork: who may see it is up to the repository that it comes from"
		case c.Before.BranchMissing && c.Differs("default_branch"):
			c.Blocked = "branch " + *c.After.DefaultBranch + " does not exist yet"
		}
		if hidden && !c.After.Private {
			c.Danger = AcceptPublic
		}
	}
}

// blockProtections holds back what Gitea refuses for now.
func (p *Plan) blockProtections(desired, current State) {
	for i := range p.Protections.Changes {
		c := &p.Protections.Changes[i]
		rule := c.After
		if rule == nil {
			rule = c.Before
		}
		if current.Repositories[rule.Repository].Archived {
			c.Blocked = "repository " + rule.Repository + " is archived"
		} else if c.After != nil {
			c.Blocked = waitsFor(desired, current, slices.Concat(rule.PushUsers, rule.MergeUsers)...)
		}
	}
}

// waitsFor is why something must wait for an account, empty where all exist or
// are about to.
func waitsFor(desired, current State, users ...string) string {
	for _, user := range users {
		exists, asked := current.Accounts[fold(user)]
		if _, made := desired.Users[fold(user)]; asked && !exists && !made {
			return "account " + user + " does not exist yet; it may come with a first log-in"
		}
	}
	return ""
}

// blockMembers keeps an owner in the organisation, and holds back people whom
// Gitea does not know yet.
func (p *Plan) blockMembers(desired, current State) {
	owners := 0
	for _, m := range current.Members {
		if m.TeamName == teamOwners {
			owners++
		}
	}
	for i := range p.Members.Changes {
		c := &p.Members.Changes[i]
		switch {
		case c.Action == plan.Create:
			c.Blocked = waitsFor(desired, current, c.After.User)
		case c.Action == plan.Delete && c.Before.TeamName == teamOwners && c.Blocked == "":
			if owners--; owners < 1 {
				c.Blocked = fmt.Sprintf("is the last owner of %s", organization)
			}
		}
	}
}
