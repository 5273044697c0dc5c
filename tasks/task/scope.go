package task

import (
	"slices"

	"otomi.io/tasks/tasks/plan"
)

// Scope is the part of an application that one reading looks at. What a server
// tells of one team only, such as members, Secrets, accesses and hooks, is read of
// the teams in the scope:
//
//	scope          teams in it         lists that come by page
//	everything     all                 whole
//	--team         those named         whole: removals are measured against all
//	--shard        those of the shard  whole: removals are measured against all
//	after writes   those touched       by name where the server can be asked so
//
// The zero value is everything.
type Scope struct {
	plan.Selection
	// ByName says that the teams are so few that asking for their objects by name
	// costs less than the lists of all.
	ByName bool
}

// fewTeams is how many times as many teams there must be as a reading by name
// looks at.
const fewTeams = 5

// Reads tells whether what belongs to any of these teams is read one by one. No
// team stands for the platform's own.
func (s Scope) Reads(teams ...string) bool {
	if len(teams) == 0 {
		return len(s.Teams) == 0
	}
	named := func(team string) bool { return len(s.Teams) == 0 || slices.Contains(s.Teams, team) }
	return slices.ContainsFunc(teams, named) && slices.ContainsFunc(teams, s.Shard.Holds)
}

// Lists tells whether the lists that are read show the objects of a team.
func (s Scope) Lists(team string) bool { return !s.ByName || s.Reads(team) }

// After is the scope of the reading after a plan was applied: the teams that it
// touches, of so many. What belongs to the platform may show in every team, and many teams
// cost less by page: then it is the scope itself.
func (s Scope) After(p plan.Plan, all int) Scope {
	touched, platform := plan.Touched(p)
	if len(s.Teams) > 0 {
		touched = slices.DeleteFunc(touched, func(team string) bool { return !slices.Contains(s.Teams, team) })
	}
	return s.Only(touched, platform, all)
}

// Only is the scope of these teams, where they are few.
func (s Scope) Only(teams []string, platform bool, all int) Scope {
	if platform || len(teams) == 0 || len(teams)*fewTeams >= all {
		return s
	}
	return Scope{Selection: plan.Selection{Teams: teams, Shard: s.Shard}, ByName: true}
}
