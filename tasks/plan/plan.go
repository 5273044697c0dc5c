// Package plan compares the desired with the current state of one application
// and says what would change: pure data, no network, no clock, no log.
package plan

import (
	"iter"
	"maps"
	"slices"
)

// Action is what a change does to one object.
type Action string

// The actions; an object without a change has none. Adopt makes an object ours
// that is as desired already. An update of an object that is not ours adopts it,
// too.
const (
	Create Action = "create"
	Update Action = "update"
	Delete Action = "delete"
	Adopt  Action = "adopt"
)

// Meta is what a plan must know of an object besides its fields. Every type of
// a state embeds it; it is never compared.
type Meta struct {
	// ID is the server's own identifier, empty on the desired side.
	ID string
	// Team is the team that the object belongs to, empty for the platform's own.
	Team string
	// Ownership says whose the object is. On the desired side Ours declares that
	// it becomes ours; of a kind that carries no mark it is Unowned.
	Ownership Ownership
	// Extra is nil for most objects, of which there are many.
	Extra *Extra
}

// Extra is what a plan must know of few objects.
type Extra struct {
	// Shared are the other teams that the object belongs to as well.
	Shared []string
	// DeletionBlockedBy says why the object must not be deleted although it is
	// ours.
	DeletionBlockedBy string
	// Owner is the installation that a foreign object belongs to, "" where its
	// mark names none.
	Owner string
}

func (m Meta) meta() Meta { return m }

func (m Meta) extra() Extra {
	if m.Extra == nil {
		return Extra{}
	}
	return *m.Extra
}

// Object is any type that embeds Meta.
type Object interface{ meta() Meta }

// TeamOf is the team that an object belongs to, empty for the platform's own.
func TeamOf(o Object) string { return o.meta().Team }

// Field is one declared field that differs. Before and After are ready to
// print; of a secret neither is set.
type Field struct {
	Path   string `json:"path"`
	Before string `json:"before,omitempty"`
	After  string `json:"after,omitempty"`
	Secret bool   `json:"secret,omitempty"`
	// Added and Removed are the elements in which long lists differ.
	Added   []string `json:"added,omitempty"`
	Removed []string `json:"removed,omitempty"`
}

// Change is one object that has to change.
type Change[T Object] struct {
	Action Action
	Name   string
	// Before is nil for a create, After for a delete.
	Before, After *T
	// Reason lists the fields that differ; whether an object changes at all is
	// decided by Action.
	Reason []Field
	// Adopts says that the object becomes ours with the change.
	Adopts bool
	// Foreign says whose the object is that the change would adopt or delete, ""
	// where it is ours. It takes --accept owner.
	Foreign string
	// Blocked says why the change is shown but not performed.
	Blocked string
	// Loss says in a few words what is lost with a change that is no
	// deletion, such as "2 redirect URIs"; "" where nothing is taken away. It counts
	// as a removal.
	Loss string
	// Danger names the field that a person must accept before this change, and
	// DangerReason says in a sentence what would happen.
	Danger, DangerReason string
	// Breaks says what does not work as long as the change is blocked, such as
	// "team red cannot pull images"; "" where nothing breaks. An apply that leaves
	// such a change does not succeed.
	Breaks string
}

// Kind is everything that changes among the objects of one kind, by name.
type Kind[T Object] struct {
	Name    string
	Changes []Change[T]
	// Owned counts the objects of ours that exist on the server: the measure
	// of the removal cap.
	Owned  int
	counts teamCount
	// shards is what all shards together own and lose; nil in a run without shards.
	shards *shardCount
	// asDesired counts the objects without a change; it says nothing of a part.
	asDesired int
	// untouched counts the objects of other owners that nothing asks for, by owner.
	untouched map[string]int
	narrowed  bool
}

// teamCount tells how many objects of teams are desired, how many of ours exist
// on the server, and which teams they all belong to.
type teamCount struct {
	desired, owned int
	known          map[string]bool
	// ownedBy counts all objects of ours by the team that decides their shard.
	ownedBy map[string]int
}

func (t *teamCount) know(m Meta) {
	if t.known == nil {
		t.known = map[string]bool{}
	}
	for _, team := range m.Teams() {
		t.known[team] = true
	}
}

func (t *teamCount) own(m Meta) {
	if t.ownedBy == nil {
		t.ownedBy = map[string]int{}
	}
	t.ownedBy[m.first()]++
	t.countOwned(m.first(), 1)
}

func (t *teamCount) countOwned(team string, n int) {
	if team != "" {
		t.owned += n
	}
}

// Teams are all teams of an object, its own first; none for the platform's.
func (m Meta) Teams() []string {
	if m.Team == "" {
		return nil
	}
	return append([]string{m.Team}, m.extra().Shared...)
}

// Plan is the typed plan of one task: its kinds in the order in which they
// depend on each other.
type Plan interface{ Kinds() []Set }

// Set is what the loop sees of a Kind, whatever its type. No other package can
// implement it.
type Set interface { //nolint:interfacebloat // it hides one type parameter
	Lines() iter.Seq[Line]
	name() string
	teams() iter.Seq2[int, string]
	line(i int, full bool) Line
	unchanged() int
	others() map[string]int
	restrict(Policy)
	blockForeign()
	narrow(Selection)
	confine(shown Risks)
	prerequisites(Shard) []Line
	touch(teams map[string]bool)
	outside(Selection) []Line
	removals() removals
	teamCount() teamCount
}

// Diff compares two states of one kind. Only the declared fields of desired
// count; what only the server knows is a deletion when it is ours and left
// untouched when it is not.
func Diff[T Object](kind string, desired, current map[string]T) Kind[T] {
	return DiffAs(kind, desired, current, func(_ string, after, _ T) T { return after })
}

// DiffAs is Diff where what is desired of an object that exists also follows
// from how it is: expect, which must be pure, completes it one by one.
func DiffAs[T Object](kind string, desired, current map[string]T, expect func(name string, desired, current T) T) Kind[T] {
	k := Kind[T]{Name: kind}
	for _, name := range slices.Sorted(maps.Keys(desired)) {
		after := desired[name]
		k.counts.know(after.meta())
		if after.meta().Team != "" {
			k.counts.desired++
		}
		before, exists := current[name]
		if exists {
			after = expect(name, after, before)
		}
		if !exists {
			k.Changes = append(k.Changes, Change[T]{Action: Create, Name: name, After: copied(after)})
		} else if c := changeOf(name, after, before); c.Action != "" {
			k.Changes = append(k.Changes, c)
		} else {
			k.asDesired++
		}
	}
	k.addDeletes(desired, current)
	return k
}

// changeOf compares an object that exists; without a difference it has no action.
func changeOf[T Object](name string, after, before T) Change[T] {
	c := Change[T]{Name: name, Reason: Compare(after, before), Adopts: adopts(after.meta(), before.meta())}
	switch {
	case len(c.Reason) > 0:
		c.Action = Update
	case c.Adopts:
		c.Action = Adopt
	default:
		return c
	}
	c.Before, c.After = copied(before), copied(after)
	if c.Adopts && before.meta().Ownership == Foreign {
		c.Foreign = before.meta().owner()
	}
	return c
}

// copied is a copy for a change. Objects without one, which are most, need none.
func copied[T any](o T) *T { return &o }

func (k *Kind[T]) addDeletes(desired, current map[string]T) {
	for _, name := range slices.Sorted(maps.Keys(current)) {
		before := current[name]
		_, wanted := desired[name]
		if !before.meta().Ours() {
			k.countOther(before.meta(), wanted)
		} else {
			k.Owned++
			k.counts.know(before.meta())
			k.counts.own(before.meta())
		}
		if !wanted && (before.meta().Ours() || before.meta().named()) {
			k.Changes = append(k.Changes, deletion(name, before))
		}
	}
}

func (k *Kind[T]) countOther(m Meta, wanted bool) {
	if wanted || m.Ownership == Unowned || m.named() {
		return
	}
	if k.untouched == nil {
		k.untouched = map[string]int{}
	}
	k.untouched[m.owner()]++
}

// Differs tells whether one of these fields is among those that differ.
func (c Change[T]) Differs(paths ...string) bool {
	return slices.ContainsFunc(c.Reason, func(f Field) bool { return slices.Contains(paths, f.Path) })
}

// DiffersOnly tells whether nothing differs but this field.
func (c Change[T]) DiffersOnly(path string) bool {
	return !c.Adopts && len(c.Reason) == 1 && c.Reason[0].Path == path
}

// TakesAway tells whether anything is lost with the change.
func (c Change[T]) TakesAway() bool { return c.Action == Delete || c.Loss != "" }

// Team is the team that the changed object belongs to, empty for the
// platform's own.
func (c Change[T]) Team() string { return c.meta().Team }

func (c Change[T]) meta() Meta {
	if c.After != nil {
		return (*c.After).meta()
	}
	return (*c.Before).meta()
}

func (k *Kind[T]) teamCount() teamCount { return k.counts }
