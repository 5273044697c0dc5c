package plan

import (
	"cmp"
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
	// ours that exist. Above 0 it always allows one removal of a team's object, at 0
	// none. The platform's own objects are below no cap but 1, which allows
	// everything.
	RemovalFraction float64
	// AllowRemovals lifts the cap of a kind for exactly that many removals; where
	// shards do them, for at most so many.
	AllowRemovals map[string]int
	// Accept names the dangerous fields that may change.
	Accept []string
}

// losses count what a plan takes away: of teams, and of the platform's own.
type losses struct{ teams, platform int }

func (l *losses) add(m Meta) {
	if m.Team == "" {
		l.platform++
		return
	}
	l.teams++
}

// removals are the losses of one kind beside the objects of ours that exist, over
// all shards.
type removals struct {
	kind    string
	lost    losses
	owned   int
	sharded bool
}

// UnsafeError is a plan that a guard refused. Nothing was written.
type UnsafeError struct {
	// Reasons say what would happen, Overrides which flags allow
	// it.
	Reasons, Overrides []string
}

func (e *UnsafeError) Error() string {
	text := "refusing the plan: " + strings.Join(e.Reasons, "; ")
	if len(e.Overrides) > 0 {
		text += ": if that is meant, " + strings.Join(e.Overrides, " ")
	}
	return text
}

// refusals collect the reasons of an UnsafeError.
type refusals struct {
	reasons, removals, accept []string
}

func (r *refusals) err() error {
	if len(r.reasons) == 0 {
		return nil
	}
	e := &UnsafeError{Reasons: r.reasons}
	if len(r.removals) > 0 {
		e.Overrides = append(e.Overrides, "--allow-removals "+strings.Join(r.removals, ","))
	}
	if len(r.accept) > 0 {
		slices.Sort(r.accept)
		e.Overrides = append(e.Overrides, "--accept "+strings.Join(slices.Compact(r.accept), ","))
	}
	return e
}

// Check refuses, with an UnsafeError that holds every reason, a plan that
// removes more than its limits allow, that touches a dangerous field which
// was not accepted, or that no longer knows any team.
func Check(p Plan, l Limits) error {
	var found refusals
	var teams teamCount
	for _, set := range p.Kinds() {
		l.removals(&found, set.removals())
		l.dangers(&found, set.Lines())
		teams.desired += set.teamCount().desired
		teams.owned += set.teamCount().owned
	}
	if teams.desired == 0 && teams.owned > 0 && !slices.Contains(l.Accept, NoTeams) {
		found.reasons = append(found.reasons, fmt.Sprintf("the values name no team, and %d objects of teams exist", teams.owned))
		found.accept = append(found.accept, NoTeams)
	}
	return found.err()
}

// slack is far below one object: fractions like 0.29 have no exact binary form.
const slack = 1e-6

func (l Limits) removals(found *refusals, r removals) {
	if reason := l.tooMany(r); reason != "" {
		found.reasons = append(found.reasons, r.kind+": "+reason)
		found.removals = append(found.removals, fmt.Sprintf("%s=%d", r.kind, r.lost.teams+r.lost.platform))
	}
}

// tooMany is why so many removals are too many, "" where they are not.
func (l Limits) tooMany(r removals) string {
	removed := r.lost.teams + r.lost.platform
	allowed, named := l.AllowRemovals[r.kind]
	switch {
	case removed == 0, named && removed == allowed, named && r.sharded && removed < allowed:
		return ""
	case named:
		return fmt.Sprintf("the plan removes %d, --allow-removals says %d", removed, allowed)
	case r.lost.platform > 0 && l.RemovalFraction < 1:
		return fmt.Sprintf("removes %d of the platform's own", r.lost.platform)
	case removed > l.allowed(r):
		return fmt.Sprintf("removes %d of %d, more than %.4g %%", removed, r.owned, 100*l.RemovalFraction)
	default:
		return ""
	}
}

// allowed is how many removals of teams' objects the limits allow: the cap, which
// allows one however few objects there are.
func (l Limits) allowed(r removals) int {
	if n, named := l.AllowRemovals[r.kind]; named {
		return n
	}
	if l.RemovalFraction == 0 {
		return 0
	}
	return max(1, int(l.RemovalFraction*float64(r.owned)+slack))
}

// note tells the removals of a kind beside what is allowed; "" where there are none.
func (l Limits) note(r removals) string {
	removed := r.lost.teams + r.lost.platform
	if removed == 0 {
		return ""
	}
	return fmt.Sprintf("; takes away from %d of %d, allowed are %d", removed, r.owned, l.allowed(r))
}

func (l Limits) dangers(found *refusals, lines iter.Seq[Line]) {
	for line := range lines {
		if line.Danger != "" && line.Blocked == "" && !slices.Contains(l.Accept, line.Danger) {
			found.reasons = append(found.reasons, fmt.Sprintf("%s %s %s: %s", line.Action, line.Kind, line.Name, cmp.Or(line.DangerReason, "it is dangerous")))
			found.accept = append(found.accept, line.Danger)
		}
	}
}

func (k *Kind[T]) removals() removals {
	if k.shards != nil {
		return removals{kind: k.Name, lost: k.shards.lost, owned: k.shards.owned, sharded: true}
	}
	return removals{kind: k.Name, lost: k.losses(), owned: k.Owned}
}

// losses count what is not only shown.
func (k *Kind[T]) losses() losses {
	var l losses
	for _, c := range k.Changes {
		if c.TakesAway() && c.Blocked == "" {
			l.add(c.meta())
		}
	}
	return l
}
