package keycloak

import (
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/google/uuid"
)

// table keeps objects by id and by name; both are unique.
type table[T any] struct {
	byID, byName map[string]T
}

func newTable[T any]() table[T] {
	return table[T]{byID: map[string]T{}, byName: map[string]T{}}
}

func (t table[T]) add(id, name string, object T) {
	t.byID[id] = object
	t.byName[name] = object
}

func (t table[T]) remove(id, name string) {
	delete(t.byID, id)
	delete(t.byName, name)
}

func (t table[T]) rename(from, to string) {
	object := t.byName[from]
	delete(t.byName, from)
	t.byName[to] = object
}

// sorted is the list by name.
func (t table[T]) sorted() []T { return inOrder(t.byName) }

// unsorted is the list in an order that means nothing, as the database gives it:
// ids are random.
func (t table[T]) unsorted() []T { return inOrder(t.byID) }

func inOrder[T any](m map[string]T) []T {
	list := make([]T, 0, len(m))
	for _, key := range slices.Sorted(maps.Keys(m)) {
		list = append(list, m[key])
	}
	return list
}

// everything is the limit of lists that have none.
const everything = -1

// page is the part of a list that first and max ask for. Without max it is cut
// at limit; a negative number means no bound.
func page[T any](list []T, first, limit *int32, unasked int) []T {
	from, size := int(value(first)), unasked
	if limit != nil {
		size = int(*limit)
	}
	list = list[min(max(from, 0), len(list)):]
	if size >= 0 {
		list = list[:min(size, len(list))]
	}
	return list
}

// each converts a list; an empty one is [] and never null.
func each[T, U any](list []T, convert func(T) U) []U {
	converted := make([]U, 0, len(list))
	for _, object := range list {
		converted = append(converted, convert(object))
	}
	return converted
}

// value is what a field holds, or nothing.
func value[T any](field *T) T {
	if field == nil {
		var none T
		return none
	}
	return *field
}

// orNew is the id that the client chose, or a new one.
func orNew(id *string) string {
	if value(id) != "" {
		return *id
	}
	return uuid.NewString()
}

// isTooLong says whether the database refuses an id.
func isTooLong(id *string) bool { return len(value(id)) > 36 }

// withDefault fills a field that was left out.
func withDefault[T any](field **T, standard T) {
	if *field == nil {
		*field = &standard
	}
}

// merge takes over the fields that from has; every field of a representation is
// a pointer, and what it points to is never changed in place.
func merge[T any](into *T, from T) {
	target, source := reflect.ValueOf(into).Elem(), reflect.ValueOf(from)
	for i := range source.NumField() {
		if !source.Field(i).IsNil() {
			target.Field(i).Set(source.Field(i))
		}
	}
}

// mergeMap gives a new map of both; a value that is empty takes its key away.
func mergeMap(old, changes map[string]string) map[string]string {
	merged := maps.Clone(old)
	maps.Copy(merged, changes)
	return withoutEmpty(merged)
}

// withoutEmpty is the map as the database keeps it: an empty value is dropped.
func withoutEmpty(m map[string]string) map[string]string {
	kept := make(map[string]string, len(m))
	for key, v := range m {
		if v != "" {
			kept[key] = v
		}
	}
	return kept
}

// withoutEmptyLists is the same for attributes with several values.
func withoutEmptyLists(m map[string][]string) map[string][]string {
	kept := make(map[string][]string, len(m))
	for key, list := range m {
		if len(list) > 0 {
			kept[key] = list
		}
	}
	return kept
}

// containsFold says whether text contains part, whatever the case.
func containsFold(text, part string) bool {
	return strings.Contains(strings.ToLower(text), strings.ToLower(part))
}
