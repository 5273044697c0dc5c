package harborprojects

import (
	"fmt"

	"otomi.io/tasks/tasks/plan"
)

// AcceptPrefix is what --accept must name before robot_name_prefix changes on a
// Harbor that has robot accounts: all of them are renamed at once, those of
// other people too, and what they log in with is wrong from then on.
const AcceptPrefix = "robot_name_prefix"

// AcceptMode is what --accept must name before auth_mode changes from a way to
// log in that somebody chose.
const AcceptMode = "auth_mode"

// AcceptPublic is what --accept must name before a private project becomes
// public.
const AcceptPublic = "project.public"

// localAuth is the auth_mode of a Harbor that nobody has configured.
const localAuth = "db_auth"

// markDangers finds what a person must accept, and what Harbor will not do.
func (p *Plan) markDangers(current State) {
	for i := range p.Configurations.Changes {
		markConfiguration(&p.Configurations.Changes[i])
	}
	for i, c := range p.Projects.Changes {
		if c.Action == plan.Update && c.Differs("public") && *c.After.Public {
			p.Projects.Changes[i].Danger = AcceptPublic
		}
	}
	p.blockGroups(current)
	p.blockQuotas(current)
}

func markConfiguration(c *plan.Change[Configuration]) {
	before := c.Before
	switch {
	case before == nil:
	case before.Managed != "":
		c.Blocked = before.Managed
	case c.Differs("robot_name_prefix") && before.Robots:
		c.Danger = AcceptPrefix
	case c.Differs("auth_mode") && value(before.AuthMode) != localAuth:
		c.Danger = AcceptMode
	}
}

// blockGroups: Harbor can change the type of no group, and a group of another
// type cannot become a member under the name.
func (p *Plan) blockGroups(current State) {
	blocked := map[string]string{}
	for i, c := range p.Groups.Changes {
		if c.Action == plan.Update {
			blocked[c.Name] = fmt.Sprintf("group %s is of type %d, which Harbor cannot change: delete it there", c.Name, current.Groups[c.Name].Type)
			p.Groups.Changes[i].Blocked = blocked[c.Name]
		}
	}
	for i, c := range p.Members.Changes {
		_, group := memberOf(c.Name)
		if c.Action == plan.Create {
			p.Members.Changes[i].Blocked = blocked[group]
		}
	}
}

// noQuota: Harbor makes the quota together with the project, or not at all.
const noQuota = "the project was made while quotas were switched off in Harbor"

func (p *Plan) blockQuotas(current State) {
	for i, c := range p.Quotas.Changes {
		if _, exists := current.Projects[c.Name]; exists && c.Action == plan.Create {
			p.Quotas.Changes[i].Blocked = noQuota
		}
	}
}
