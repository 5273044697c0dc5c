package task

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"otomi.io/tasks/tasks/plan"
)

// DumpRule says how the objects of one field of a state become values of their team:
//
//	List   Parent   the values have an object as
//	no     ""       settings of the section at Path
//	yes    ""       an entry of the list at Path
//	yes    set      an entry of the list Below, in that entry of the list at Path whose name is the object's Parent
type DumpRule struct {
	State, Path   string
	List          bool
	Parent, Below string
	// Fields are the object's by the names that the values have for them: Private, or
	// Config/claim.value for what is in a map. An entry that is not a mapping has one field,
	// named "".
	Fields map[string]string
}

// nameField stands for the object's own name.
const nameField = "name"

// Dump turns the objects of teams into teamConfig. Secrets are left out, as servers
// show none.
func Dump(state any, rules []DumpRule, wanted func(team string) bool) map[string]map[string]any {
	d := dumper{state: reflect.ValueOf(state), teams: map[string]map[string]any{}, wanted: wanted}
	for i := range d.state.NumField() {
		d.each(d.state.Field(i), func(string, string, reflect.Value) {})
	}
	for _, rule := range rules {
		d.each(d.state.FieldByName(rule.State), func(team, name string, object reflect.Value) { d.add(rule, team, name, object) })
	}
	return d.teams
}

type dumper struct {
	state  reflect.Value
	teams  map[string]map[string]any
	wanted func(team string) bool
}

// each calls do for each object of a wanted team, by name.
func (d *dumper) each(objects reflect.Value, do func(team, name string, object reflect.Value)) {
	if objects.Kind() != reflect.Map || !objects.CanInterface() {
		return
	}
	byName := map[string]reflect.Value{}
	for _, key := range objects.MapKeys() {
		byName[key.String()] = objects.MapIndex(key)
	}
	for _, name := range slices.Sorted(maps.Keys(byName)) {
		object, isObject := byName[name].Interface().(plan.Object)
		if !isObject {
			return
		}
		if team := plan.TeamOf(object); team != "" && d.wanted(team) {
			if d.teams[team] == nil {
				d.teams[team] = map[string]any{}
			}
			do(team, name, byName[name])
		}
	}
}

func (d *dumper) add(rule DumpRule, team, name string, object reflect.Value) {
	entry := map[string]any{}
	for key, path := range rule.Fields {
		if v := valueAt(object, name, path); v != nil {
			entry[key] = v
		}
	}
	if len(entry) == 0 {
		return
	}
	section, list := rule.Path, ""
	if rule.List {
		section, list, _ = cutLast(rule.Path)
	}
	target := descend(d.teams[team], section)
	switch {
	case !rule.List:
		maps.Copy(target, entry)
	case rule.Parent != "":
		if parent := entryNamed(target[list], valueAt(object, name, rule.Parent)); parent != nil {
			appendTo(parent, rule.Below, entry)
		}
	default:
		appendTo(target, list, entry)
	}
}

func cutLast(path string) (before, last string, nested bool) {
	i := strings.LastIndexByte(path, '.')
	return path[:max(i, 0)], path[i+1:], i >= 0
}

// descend finds or makes the mapping at a dotted path.
func descend(m map[string]any, path string) map[string]any {
	if path == "" {
		return m
	}
	for name := range strings.SplitSeq(path, ".") {
		inner, there := m[name].(map[string]any)
		if !there {
			inner = map[string]any{}
			m[name] = inner
		}
		m = inner
	}
	return m
}

func appendTo(m map[string]any, list string, entry map[string]any) {
	entries, _ := m[list].([]any)
	if scalar, isScalar := entry[""]; isScalar {
		m[list] = append(entries, scalar)
		return
	}
	m[list] = append(entries, entry)
}

func entryNamed(list, name any) map[string]any {
	entries, _ := list.([]any)
	for _, e := range entries {
		if entry, ok := e.(map[string]any); ok && strings.EqualFold(fmt.Sprint(entry["name"]), fmt.Sprint(name)) {
			return entry
		}
	}
	return nil
}

// valueAt is a field of an object as YAML has it; nil where it says nothing.
func valueAt(object reflect.Value, name, path string) any {
	if path == nameField {
		return name
	}
	field, key, inMap := strings.Cut(path, "/")
	v := object.FieldByName(field)
	if inMap {
		v = v.MapIndex(reflect.ValueOf(key))
	}
	for v.IsValid() && v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	if !v.IsValid() || v.Kind() != reflect.Bool && v.IsZero() {
		return nil
	}
	return v.Interface()
}
