package gitea

import (
	"maps"
	"slices"
	"strings"
)

// mode is what a user may do.
type mode int

const (
	none mode = iota
	read
	write
	admin
	owner
)

func (m mode) String() string { return [...]string{"none", "read", "write", "admin", "owner"}[m] }

// parseMode: owner cannot be asked for, and an unknown word gives no mode.
func parseMode(text string) mode {
	switch text {
	case "read":
		return read
	case "write":
		return write
	case "admin":
		return admin
	}
	return none
}

// The parts of a repository that a team may or may not use.
const (
	code  = "repo.code"
	pulls = "repo.pulls"
	// A team can also hold one unknown unit.
	unknownUnit = ""
)

func allUnits() []string {
	return []string{code, "repo.issues", pulls, "repo.releases", "repo.wiki", "repo.ext_wiki", "repo.ext_issues", "repo.projects", "repo.packages", "repo.actions"}
}

// adminUnits are stored for a team that may do everything; two of them can only
// be read.
func adminUnits(m mode) map[string]mode {
	units := map[string]mode{}
	for _, unit := range allUnits() {
		units[unit] = m
	}
	units["repo.ext_wiki"], units["repo.ext_issues"] = read, read
	return units
}

// unitsOf reads units_map, which wins, or units, all of which get the permission
// . Neither of them is nil.
func unitsOf(permission string, list *[]string, byName *map[string]string) (map[string]mode, error) {
	units := map[string]mode{}
	if len(value(byName)) > 0 {
		for name, m := range *byName {
			unit := unitNamed(name)
			if _, twice := units[unit]; twice {
				return nil, crash("UNIQUE constraint failed: team_unit.team_id, team_unit.type")
			}
			units[unit] = parseMode(m)
		}
		return units, nil
	}
	if len(value(list)) == 0 {
		return nil, nil
	}
	for _, name := range *list {
		if unit := unitNamed(name); unit != unknownUnit {
			units[unit] = min(parseMode(permission), write)
		}
	}
	return units, nil
}

// unitNamed folds case; what is unknown is one and the same.
func unitNamed(name string) string {
	lower := strings.ToLower(name)
	if slices.Contains(allUnits(), lower) {
		return lower
	}
	return unknownUnit
}

// shownUnits: of a team that may do everything all units are shown alike.
func (t *team) shownUnits() (names *[]string, byName map[string]string) {
	byName = map[string]string{}
	if t.mode >= admin {
		for _, unit := range allUnits() {
			byName[unit] = t.mode.String()
		}
	} else {
		for unit, m := range t.units {
			byName[unit] = m.String()
		}
	}
	if len(byName) > 0 {
		names = new(slices.Sorted(maps.Keys(byName)))
	}
	return names, byName
}
