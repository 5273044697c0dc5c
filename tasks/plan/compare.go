package plan

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// How a value that the server does not have is printed, and a secret one.
const (
	absent = "(absent)"
	masked = "***"
)

// revealer is a value that must not be printed: values.Secret is one.
type revealer interface{ Reveal() string }

// Compare lists the declared fields of desired that current does not equal, in
// the order of the struct, named by their JSON keys.
//
//	desired            declared?   compared with
//	nil pointer, any   no          nothing: unmanaged
//	nil map or slice   no          nothing
//	map                yes         the same keys only; others are the server's
//	slice              yes         the whole slice, empty means empty
//	struct             yes         its exported fields, one by one
//	anything else      yes         the same field
//
// Fields tagged `plan:"-"` are left out. Other tags are about printing: those of
// "review" are shown of an object that is created, with "omitempty" only where they are
// set; "bytes", "seconds", "minutes" and "days" are units.
func Compare[T any](desired, current T) []Field {
	return compareValue("", reflect.ValueOf(desired), reflect.ValueOf(current))
}

func compareValue(path string, desired, current reflect.Value) []Field {
	if desired.Type().Implements(reflect.TypeFor[revealer]()) {
		return compareSecret(path, desired, current)
	}
	if current.IsValid() && current.Type() != desired.Type() {
		return differ(path, desired, current) // two values of any
	}
	switch desired.Kind() {
	case reflect.Struct:
		return compareStruct(path, desired, current)
	case reflect.Pointer, reflect.Interface:
		return comparePointer(path, desired, current)
	case reflect.Map:
		return compareMap(path, desired, current)
	case reflect.Slice:
		if desired.IsNil() || equalSlices(desired, current) {
			return nil
		}
	default:
		if current.IsValid() && desired.Equal(current) {
			return nil
		}
	}
	return differ(path, desired, current)
}

func differ(path string, desired, current reflect.Value) []Field {
	if desired.Kind() == reflect.Slice && desired.Type().Elem().Implements(reflect.TypeFor[revealer]()) {
		return []Field{{Path: path, Secret: true}}
	}
	f := Field{Path: path, Before: format(current), After: format(desired)}
	if desired.Kind() == reflect.Slice && lengthOf(desired)+lengthOf(current) > longList {
		f.Added, f.Removed = beyond(desired, current), beyond(current, desired)
	}
	return []Field{f}
}

// longList is how many elements both sides of a list may have before only what differs
// is printed.
const longList = 4

// beyond are the elements of one list that the other does not have, ready to print.
func beyond(list, other reflect.Value) []string {
	others := map[string]bool{}
	for i := range lengthOf(other) {
		others[format(other.Index(i))] = true
	}
	var all []string
	for i := range lengthOf(list) {
		if element := format(list.Index(i)); !others[element] {
			all = append(all, element)
		}
	}
	return all
}

func lengthOf(list reflect.Value) int {
	if !list.IsValid() {
		return 0
	}
	return list.Len()
}

func compareStruct(path string, desired, current reflect.Value) []Field {
	var fields []Field
	for i := range desired.NumField() {
		f := desired.Type().Field(i)
		if !comparable(f) {
			continue
		}
		var other reflect.Value
		if current.IsValid() {
			other = current.Field(i)
		}
		fields = append(fields, inUnits(f, compareValue(join(path, fieldName(f)), desired.Field(i), other))...)
	}
	return fields
}

func comparable(f reflect.StructField) bool {
	return f.Type != reflect.TypeFor[Meta]() && f.IsExported() && !tagged(f, "-")
}

func tagged(f reflect.StructField, option string) bool {
	return slices.Contains(strings.Split(f.Tag.Get("plan"), ","), option)
}

func comparePointer(path string, desired, current reflect.Value) []Field {
	if desired.IsNil() {
		return nil
	}
	var other reflect.Value
	if current.IsValid() && !current.IsNil() {
		other = current.Elem()
	}
	return compareValue(path, desired.Elem(), other)
}

func compareMap(path string, desired, current reflect.Value) []Field {
	declared := map[string]reflect.Value{}
	for _, key := range desired.MapKeys() {
		declared[fmt.Sprint(key)] = key
	}
	var fields []Field
	for _, name := range slices.Sorted(maps.Keys(declared)) {
		var other reflect.Value
		if current.IsValid() {
			other = current.MapIndex(declared[name])
		}
		fields = append(fields, compareValue(join(path, name), desired.MapIndex(declared[name]), other)...)
	}
	return fields
}

func compareSecret(path string, desired, current reflect.Value) []Field {
	if desired.Kind() == reflect.Pointer && desired.IsNil() {
		return nil
	}
	if reveal(current) == reveal(desired) {
		return nil
	}
	return []Field{{Path: path, Secret: true}}
}

func reveal(v reflect.Value) string {
	if !v.IsValid() || v.Kind() == reflect.Pointer && v.IsNil() {
		return ""
	}
	secret, ok := v.Interface().(revealer)
	if !ok {
		return ""
	}
	return secret.Reveal()
}

func equalSlices(desired, current reflect.Value) bool {
	if !current.IsValid() || current.IsNil() || desired.Len() != current.Len() {
		return desired.Len() == 0 && (!current.IsValid() || current.Len() == 0)
	}
	return reflect.DeepEqual(desired.Interface(), current.Interface())
}

func fieldName(f reflect.StructField) string {
	if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name != "" && name != "-" {
		return name
	}
	return strings.ToLower(f.Name[:1]) + f.Name[1:]
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// format prints a value so that an empty text, an absent value and a text that
// looks like a number cannot be taken for each other.
func format(v reflect.Value) string {
	if !v.IsValid() {
		return absent
	}
	if v.Type().Implements(reflect.TypeFor[revealer]()) {
		return masked
	}
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return absent
		}
		return format(v.Elem())
	case reflect.String:
		return strconv.Quote(v.String())
	case reflect.Slice:
		items := make([]string, v.Len())
		for i := range items {
			items[i] = format(v.Index(i))
		}
		return "[" + strings.Join(items, ", ") + "]"
	case reflect.Struct, reflect.Map:
		return formatJSON(v)
	default:
		return fmt.Sprint(v.Interface())
	}
}

// formatJSON follows pointers, whose addresses would be another text each time.
func formatJSON(v reflect.Value) string {
	text, err := json.Marshal(v.Interface())
	if err != nil {
		return v.Type().String()
	}
	return string(text)
}
