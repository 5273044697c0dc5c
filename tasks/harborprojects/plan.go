package harborprojects

import (
	"fmt"
	"slices"

	"otomi.io/tasks/tasks/plan"
)

// AcceptPrefix is what --accept must name before robot_name_prefix changes on a
// Harbor that has robot accounts: all of them are renamed at once, those of
// other people too, and what they log in with is wrong from then on.
const AcceptPrefix = "robot_name_prefix"

// AcceptMode is what --accept must name before auth_mode changes from a way to
// log in that an administrator chose.
const AcceptMode = "auth_mode"

// AcceptPublic is what --accept must name before a project is public.
const AcceptPublic = "project.public"

// localAuth is the auth_mode of a Harbor that is not configured yet.
const localAuth = "db_auth"

// noQuota: Harbor makes the quota together with the project, or not at all.
const noQuota = "the project was made while quotas were switched off in Harbor"

// Plan is what has to change in Harbor, kind by kind in the order in which they
// depend on each other: created and updated downwards, deleted upwards.
type Plan struct {
	Configurations plan.Kind[Configuration]
	ServiceRobots  plan.Kind[ServiceRobot]
	Groups         plan.Kind[Group]
	Projects       plan.Kind[Project]
	Quotas         plan.Kind[Quota]
	Members        plan.Kind[Member]
	Retentions     plan.Kind[Retention]
	Immutables     plan.Kind[Immutable]
	Credentials    plan.Kind[Credential]

	server server // as it was read
	prefix string // of robot accounts when the plan has been performed
}

// Kinds are the plan's kinds in the order of dependency.
func (p *Plan) Kinds() []plan.Set {
	return []plan.Set{&p.Configurations, &p.ServiceRobots, &p.Groups, &p.Projects, &p.Quotas, &p.Members, &p.Retentions,
		&p.Immutables, &p.Credentials}
}

// Diff is the pure difference of two states.
func Diff(desired, current State) *Plan {
	p := &Plan{
		Configurations: plan.Diff("configuration", desired.Configurations, current.Configurations),
		ServiceRobots:  plan.Diff("service-robot", desired.ServiceRobots, current.ServiceRobots),
		Groups:         plan.Diff("group", desired.Groups, current.Groups),
		Projects:       plan.Diff("project", desired.Projects, current.Projects),
		Quotas:         plan.Diff("quota", desired.Quotas, current.Quotas),
		Members:        plan.Diff("member", desired.Members, current.Members),
		Retentions:     plan.Diff("retention", desired.Retentions, current.Retentions),
		Immutables:     plan.Diff("immutable-tags", desired.Immutables, current.Immutables),
		server:         current.server,
	}
	for i := range p.Configurations.Changes {
		markConfiguration(&p.Configurations.Changes[i])
	}
	for i := range p.ServiceRobots.Changes {
		p.ServiceRobots.Changes[i].After.rights = current.server.rights
	}
	for i := range p.Projects.Changes {
		markProject(&p.Projects.Changes[i])
	}
	p.planMembers(current)
	p.blockQuotas(current)
	p.planRetentions(current)
	p.prefix = p.prefixAfter()
	p.planCredentials(desired, current)
	return p
}

// prefixAfter is the prefix of robot accounts when this plan has been performed.
func (p *Plan) prefixAfter() string {
	for _, c := range p.Configurations.Changes {
		if c.After != nil && c.After.RobotNamePrefix != nil && c.Blocked == "" {
			return *c.After.RobotNamePrefix
		}
	}
	return p.server.prefix
}

// markConfiguration finds what a person must accept, and what people lose.
func markConfiguration(c *plan.Change[Configuration]) {
	before := c.Before
	switch {
	case before == nil:
	case before.Managed != "":
		c.Blocked = before.Managed
	case c.Differs("robot_name_prefix") && before.Robots:
		c.Danger, c.DangerReason = AcceptPrefix, "logins with the present names of robot accounts would fail"
	case c.Differs("auth_mode") && value(before.AuthMode) != localAuth:
		c.Danger, c.DangerReason = AcceptMode, "people would have to log in another way than today"
	}
	if before == nil || value(before.AuthMode) != oidcAuth {
		return // no user logs in that way yet
	}
	switch {
	case c.Differs("oidc_admin_group") && value(before.OIDCAdminGroup) != "":
		c.Loss = fmt.Sprintf("administration by group %s", *before.OIDCAdminGroup)
	case c.Differs("oidc_user_claim") && value(before.OIDCUserClaim) != "":
		c.Loss = "accounts that are known by their claim " + *before.OIDCUserClaim
	}
}

// markProject: making a project public needs --accept, making it private takes
// something away.
func markProject(c *plan.Change[Project]) {
	switch {
	case c.After == nil || c.Action != plan.Create && !c.Differs("public"):
	case *c.After.Public:
		c.Danger, c.DangerReason = AcceptPublic, "everyone who reaches Harbor could pull its images"
	case c.Before != nil && value(c.Before.Public):
		c.Loss = "pulls without a login"
	}
}

// planMembers: Harbor can change the type of no group, and a group of another
// type cannot become a member under the name. A lower role is a loss.
func (p *Plan) planMembers(current State) {
	blocked := map[string]string{}
	for i, c := range p.Groups.Changes {
		if c.Action == plan.Update {
			blocked[c.Name] = fmt.Sprintf("group %s is of type %d, which Harbor cannot change: delete it there", c.Name, current.Groups[c.Name].Type)
			p.Groups.Changes[i].Blocked = blocked[c.Name]
		}
	}
	ranks := []string{roleProjectAdmin, roleMaintainer, roleDeveloper, roleGuest, roleLimitedGuest}
	for i, c := range p.Members.Changes {
		_, group := memberOf(c.Name)
		switch before := slices.Index(ranks, value(c.Before).Role); {
		case c.Action == plan.Create:
			p.Members.Changes[i].Blocked = blocked[group]
		case before >= 0 && before < slices.Index(ranks, c.After.Role):
			p.Members.Changes[i].Loss = "role " + c.Before.Role
		}
	}
}

func (p *Plan) blockQuotas(current State) {
	for i, c := range p.Quotas.Changes {
		if _, exists := current.Projects[c.Name]; exists && c.Action == plan.Create {
			p.Quotas.Changes[i].Blocked = noQuota
		}
	}
}
