package harbor

import (
	"cmp"
	"slices"
)

// object is what a table keeps: ids and names are unique.
type object interface {
	key() (id int64, name string)
}

// table keeps objects by id, by name, and in the order in which they are
// listed, so that a page costs no sorting.
type table[T object] struct {
	byID    map[int64]T
	byName  map[string]T
	list    []T
	compare func(a, b T) int
	issued  int64 // the newest id; a creation that fails after it got one has used it up
}

func newTable[T object](compare func(a, b T) int) *table[T] {
	return &table[T]{byID: map[int64]T{}, byName: map[string]T{}, compare: compare}
}

func byName[T object](a, b T) int {
	_, nameA := a.key()
	_, nameB := b.key()
	return cmp.Compare(nameA, nameB)
}

func byID[T object](a, b T) int {
	idA, _ := a.key()
	idB, _ := b.key()
	return cmp.Compare(idA, idB)
}

// next uses up an id.
func (t *table[T]) next() int64 {
	t.issued++
	return t.issued
}

func (t *table[T]) add(o T) {
	id, name := o.key()
	t.byID[id], t.byName[name] = o, o
	i, _ := slices.BinarySearchFunc(t.list, o, t.compare)
	t.list = slices.Insert(t.list, i, o)
}

func (t *table[T]) remove(o T) {
	id, name := o.key()
	delete(t.byID, id)
	delete(t.byName, name)
	if i, found := slices.BinarySearchFunc(t.list, o, t.compare); found {
		t.list = slices.Delete(t.list, i, i+1)
	}
}

// each converts a list; an empty one is [] and never null.
func each[T, U any](list []T, convert func(T) U) []U {
	converted := make([]U, 0, len(list))
	for _, o := range list {
		converted = append(converted, convert(o))
	}
	return converted
}

// filtered gives a new list.
func filtered[T any](list []T, wanted func(T) bool) []T {
	kept := make([]T, 0, len(list))
	for _, o := range list {
		if wanted(o) {
			kept = append(kept, o)
		}
	}
	return kept
}

// value is what a field holds, or nothing.
func value[T any](field *T) T {
	if field == nil {
		var none T
		return none
	}
	return *field
}

// orNone leaves a field out when there is nothing in it.
func orNone[T comparable](v T) *T {
	var none T
	if v == none {
		return nil
	}
	return &v
}
