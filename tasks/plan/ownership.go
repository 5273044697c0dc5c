package plan

// Ownership says whose an object is. An installation is one release of the suite
// against one platform.
type Ownership uint8

// The classes of ownership:
//
//	class        how it is recognised                          desired         no longer desired
//	Unowned      its kind carries no mark                      compared        left untouched
//	Ours         our installation's mark, or we made it        compared        deleted under sync
//	Adopted      was there before us, and carries no mark      compared        shown; sync with --accept owner deletes it
//	Predecessor  the predecessor's shape, no mark              adopted         left untouched
//	Foreign      another installation's mark, or no mark       --accept owner  left untouched; shown where a mark names the owner
const (
	Unowned Ownership = iota
	Ours
	Adopted
	Predecessor
	Foreign
)

// AcceptOwner is what --accept must name before an object is adopted that
// belongs to another installation, or that a person made.
const AcceptOwner = "owner"

// Maker is the owner of an adopted object: no mark tells who that is.
const Maker = "its unknown maker"

// OursIf is Ours, or else the given class.
func OursIf(ours bool, otherwise Ownership) Ownership {
	if ours {
		return Ours
	}
	return otherwise
}

// Ours tells whether the object is ours. Nothing else is ever deleted.
func (m Meta) Ours() bool { return m.Ownership == Ours || m.Ownership == Adopted }

// adopts tells whether an object becomes ours.
func adopts(after, before Meta) bool { return after.Ownership == Ours && !before.Ours() }

// owner names the owner of an object that is not ours alone.
func (m Meta) owner() string {
	switch owner := m.extra().Owner; {
	case m.Ownership == Adopted:
		return Maker
	case owner != "":
		return "installation " + owner
	}
	return "no known installation"
}

// named tells whether a mark says which other installation the object belongs to.
func (m Meta) named() bool { return m.Ownership == Foreign && m.extra().Owner != "" }

// deletion is the change of an object that is not desired. That of another
// installation is only shown.
func deletion[T Object](name string, before T) Change[T] {
	m := before.meta()
	c := Change[T]{Action: Delete, Name: name, Before: copied(before), Blocked: m.extra().DeletionBlockedBy}
	switch {
	case m.Ownership == Adopted:
		c.Foreign = Maker
	case m.named():
		c.Blocked = "belongs to " + m.owner()
	}
	return c
}

// Spare holds back the updates of a field with which the maker of an adopted object
// may work, such as a key.
func (k *Kind[T]) Spare(field string) {
	for i, c := range k.Changes {
		if c.Action == Update && (*c.Before).meta().Ownership == Adopted && c.Differs(field) {
			k.Changes[i].Foreign = Maker
		}
	}
}

// blockForeign holds back what would take an object from another owner.
func (k *Kind[T]) blockForeign() {
	for i, c := range k.Changes {
		if c.Foreign == "" || c.Blocked != "" {
			continue
		}
		what := "takes it over"
		if c.Action == Delete {
			what = "deletes it"
		}
		k.Changes[i].Blocked = "belongs to " + c.Foreign + ": --accept " + AcceptOwner + " " + what
	}
}
