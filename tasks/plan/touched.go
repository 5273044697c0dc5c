package plan

import (
	"maps"
	"slices"
)

// Touched are the teams whose objects a plan changes, and whether it changes any of
// the platform's own.
func Touched(p Plan) (teams []string, platform bool) {
	found := map[string]bool{}
	for _, set := range p.Kinds() {
		set.touch(found)
	}
	platform = found[""]
	delete(found, "")
	return slices.Sorted(maps.Keys(found)), platform
}

// touch adds the teams of the changes that are performed, "" for the platform.
func (k *Kind[T]) touch(found map[string]bool) {
	for _, c := range k.Changes {
		if c.Blocked != "" {
			continue
		}
		for _, side := range []*T{c.Before, c.After} {
			if side == nil {
				continue
			}
			found[(*side).meta().Team] = true
			for _, team := range (*side).meta().Teams() {
				found[team] = true
			}
		}
	}
}

// TakesAway tells whether anything is lost with a plan.
func TakesAway(p Plan) bool {
	for line := range Lines(p) {
		if line.Blocked == "" && line.TakesAway() {
			return true
		}
	}
	return false
}

// Outside are the blocked changes of a plan that a selection leaves out: what a
// reading of the selection will not show again.
func Outside(p Plan, s Selection) []Line {
	var lines []Line
	for _, set := range p.Kinds() {
		lines = append(lines, set.outside(s)...)
	}
	return lines
}

func (k *Kind[T]) outside(s Selection) []Line {
	var lines []Line
	for _, c := range k.Changes {
		if c.Blocked != "" && !s.keeps(c.meta()) {
			lines = append(lines, k.Line(c))
		}
	}
	return lines
}

// OwnAlso counts objects of ours of a team that were not read: the removal cap is
// measured against them, too.
func (k *Kind[T]) OwnAlso(team string, n int) {
	k.Owned += n
	for range n {
		k.counts.own(Meta{Team: team})
	}
}
