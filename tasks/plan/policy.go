package plan

import (
	"fmt"
	"iter"
	"slices"
)

// Policy says which actions of a finished plan are performed.
type Policy string

// The policies, from the most careful to the complete one.
const (
	// CreateOnly adds what is missing and changes nothing that exists.
	CreateOnly Policy = "create-only"
	// UpsertOnly adds and repairs, and deletes nothing.
	UpsertOnly Policy = "upsert-only"
	// Sync also deletes what is ours and no longer desired.
	Sync Policy = "sync"
)

// Policies are all of them, in the order of the help text.
func Policies() []Policy { return []Policy{CreateOnly, UpsertOnly, Sync} }

// ParsePolicy reads a policy by its name.
func ParsePolicy(name string) (Policy, error) {
	if !slices.Contains(Policies(), Policy(name)) {
		return "", fmt.Errorf("parsing policy %q: want one of %v", name, Policies())
	}
	return Policy(name), nil
}

func (p Policy) allows(a Action) bool {
	switch p {
	case Sync:
		return true
	case UpsertOnly:
		return a != Delete
	default:
		return a == Create
	}
}

// Selection narrows a plan to some teams, a shard, or what is in both; the zero
// value keeps everything.
type Selection struct {
	Teams []string
	Shard Shard
}

func (s Selection) keeps(m Meta) bool {
	return s.Shard.holds(m) && s.names(m)
}

func (s Selection) names(m Meta) bool {
	return len(s.Teams) == 0 || slices.ContainsFunc(m.Teams(), func(team string) bool { return slices.Contains(s.Teams, team) })
}

// Unknown are the selected teams of which neither the desired state nor the
// server holds anything: most likely a typo.
func (s Selection) Unknown(p Plan) []string {
	return slices.DeleteFunc(slices.Clone(s.Teams), func(team string) bool {
		return slices.ContainsFunc(p.Kinds(), func(set Set) bool { return set.teamCount().known[team] })
	})
}

// Restrict drops the changes outside the selection and blocks those that the
// policy does not allow, or that would take an object from another owner without
// --accept; blocked changes stay visible in the plan.
func Restrict(p Plan, policy Policy, selection Selection, accept []string) {
	for _, set := range p.Kinds() {
		set.restrict(policy)
		if !slices.Contains(accept, AcceptOwner) {
			set.blockForeign()
		}
		set.narrow(selection)
	}
}

func (k *Kind[T]) restrict(policy Policy) {
	for i, c := range k.Changes {
		if c.Blocked == "" && !policy.allows(c.Action) {
			k.Changes[i].Blocked = "policy " + string(policy)
		}
	}
}

func (k *Kind[T]) narrow(selection Selection) {
	if selection.Shard.Count > 0 {
		k.keep(Selection{Teams: selection.Teams})
		k.measure(selection.Shard)
	}
	k.narrowed = k.narrowed || selection.Shard.Count > 0 || len(selection.Teams) > 0
	k.keep(selection)
}

func (k *Kind[T]) keep(s Selection) {
	k.Changes = slices.DeleteFunc(k.Changes, func(c Change[T]) bool { return !s.keeps(c.meta()) })
}

// shardCount is what all shards together own and lose of a kind.
type shardCount struct {
	owned int
	lost  losses
}

// measure counts the objects of ours that the shard holds, and before that those of
// all shards: the removal cap is one for all. Whether there is any desired team is a
// question about all of them, too.
func (k *Kind[T]) measure(shard Shard) {
	k.shards = &shardCount{k.Owned, k.losses()}
	k.Owned, k.counts.owned = 0, 0
	for team, n := range k.counts.ownedBy {
		if shard.Holds(team) {
			k.Owned += n
			k.counts.countOwned(team, n)
		}
	}
}

// Risks are the changes of a plan that a person wants to have seen before: its
// deletions and dangerous ones, without those that are blocked.
type Risks map[risk]bool

type risk struct {
	action             Action
	kind, name, danger string
}

func (l Line) risk() risk { return risk{l.Action, l.Kind, l.Name, l.Danger} }

func (l Line) risky() bool {
	return l.Blocked == "" && (l.TakesAway() || l.Danger != "")
}

// RisksOf finds the risks among the lines of a plan.
func RisksOf(lines iter.Seq[Line]) Risks {
	found := Risks{}
	for line := range lines {
		if line.risky() {
			found[line.risk()] = true
		}
	}
	return found
}

// Confine blocks the risks of a later plan that the first one did not
// show: another run, with newer values, may have made objects that this one does
// not know.
func Confine(p Plan, shown Risks) {
	for _, set := range p.Kinds() {
		set.confine(shown)
	}
}

func (k *Kind[T]) confine(shown Risks) {
	for i, c := range k.Changes {
		if line := k.Line(c); line.risky() && !shown[line.risk()] {
			k.Changes[i].Blocked = "not in the plan that was shown"
		}
	}
}
