package plan

// Ownership says whose an object is. An installation is one release of the suite
// against one platform.
type Ownership uint8

// The classes of ownership:
//
//	class        how it is told                                desired         no longer desired
//	Unowned      its kind carries no mark                      compared        left untouched
//	Ours         our installation's mark or inventory          compared        deleted under sync
//	Predecessor  the predecessor's shape, no mark              adopted         left untouched
//	Foreign      another installation's mark, or no mark       --accept owner  left untouched
const (
	Unowned Ownership = iota
	Ours
	Predecessor
	Foreign
)

// AcceptOwner is what --accept must name before an object is adopted that
// belongs to another installation, or that a person made.
const AcceptOwner = "owner"

// OursIf is Ours, or else the given class.
func OursIf(ours bool, otherwise Ownership) Ownership {
	if ours {
		return Ours
	}
	return otherwise
}

// Ours tells whether the object is ours. Nothing else is ever deleted.
func (m Meta) Ours() bool { return m.Ownership == Ours }

// adopts tells whether an object becomes ours.
func adopts(after, before Meta) bool { return after.Ownership == Ours && before.Ownership != Ours }

// ownerOf names the owner of an object that is not ours.
func ownerOf(m Meta) string {
	switch owner := m.extra().Owner; {
	case owner != "":
		return "installation " + owner
	case m.Ownership == Predecessor:
		return "the predecessor or a person"
	}
	return "no known installation"
}

// blockForeign holds back what would take an object from another owner.
func (k *Kind[T]) blockForeign() {
	for i, c := range k.Changes {
		if c.Foreign != "" && c.Blocked == "" {
			k.Changes[i].Blocked = "belongs to " + c.Foreign + ": --accept " + AcceptOwner + " takes it over"
		}
	}
}
