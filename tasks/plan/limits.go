package plan

import (
	"fmt"
	"iter"
	"slices"
	"strings"
)

// NoTeams is what --accept must name before a run without a single desired
// team may proceed while objects of teams exist on the server.
const NoTeams = "no-teams"

// Limits are the guards between a finished plan and the first write.
type Limits struct {
	// RemovalFraction caps the removals of a kind, as a part of the objects of
	// ours that exist. Above 0 it always allows one removal, at 0 none.
	RemovalFraction float64
	// AllowRemovals lifts the cap of a kind for exactly that many removals.
	AllowRemovals map[string]int
	// Accept names the dangerous fields that may change.
	Accept []string
}

// Removals counts what a plan would take away of one kind.
type Removals struct {
	Kind    string
	Removed int
	Owned   int
}

// UnsafeError is a plan that a guard refused. Nothing was written.
type UnsafeError struct{ Reasons []string }

func (e *UnsafeError) Error() string {
	return "refusing the plan: " + strings.Join(e.Reasons, "; ")
}

// Check refuses, with an UnsafeError that holds every reason, a plan that
// removes more than its limits allow, that touches a dangerous field which
// was not accepted, or that no longer knows any team.
func Check(p Plan, l Limits) error {
	var reasons []string
	var teams teamCount
	for _, set := range p.Kinds() {
		if reason := l.removals(set.removals()); reason != "" {
			reasons = append(reasons, reason)
		}
		reasons = append(reasons, l.dangers(set.Lines())...)
		teams.desired += set.teamCount().desired
		teams.owned += set.teamCount().owned
	}
	if teams.desired == 0 && teams.owned > 0 && !slices.Contains(l.Accept, NoTeams) {
		reasons = append(reasons, fmt.Sprintf("the values name no team, and %d objects of teams exist: if that is meant, --accept %s", teams.owned, NoTeams))
	}
	if len(reasons) > 0 {
		return &UnsafeError{Reasons: reasons}
	}
	return nil
}

// slack is far below one object: fractions like 0.29 have no exact binary form.
const slack = 1e-6

func (l Limits) removals(r Removals) string {
	allowed, named := l.AllowRemovals[r.Kind]
	switch {
	case r.Removed == 0, named && r.Removed == allowed:
		return ""
	case named:
		return fmt.Sprintf("%s: the plan removes %d, --allow-removals says %d: the numbers must be equal", r.Kind, r.Removed, allowed)
	case r.Removed > l.floor() && float64(r.Removed) > l.RemovalFraction*float64(r.Owned)+slack:
		return fmt.Sprintf("%s: removes %d of %d, more than %.4g %%: if that is meant, --allow-removals %s=%d",
			r.Kind, r.Removed, r.Owned, 100*l.RemovalFraction, r.Kind, r.Removed)
	default:
		return ""
	}
}

// floor is what the cap allows of a kind, however few objects it has.
func (l Limits) floor() int {
	if l.RemovalFraction > 0 {
		return 1
	}
	return 0
}

func (l Limits) dangers(lines iter.Seq[Line]) []string {
	var reasons []string
	for line := range lines {
		if line.Danger != "" && line.Blocked == "" && !slices.Contains(l.Accept, line.Danger) {
			reasons = append(reasons, fmt.Sprintf("%s %s %s is dangerous: if that is meant, --accept %s", line.Action, line.Kind, line.Name, line.Danger))
		}
	}
	return reasons
}

func (k *Kind[T]) removals() Removals {
	r := Removals{Kind: k.Name, Owned: k.Owned}
	for _, c := range k.Changes {
		if c.TakesAway() && c.Blocked == "" {
			r.Removed++
		}
	}
	return r
}
