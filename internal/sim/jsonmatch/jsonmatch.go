// Package jsonmatch compares the answers of servers with what a test wants of them.
package jsonmatch

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// JSON says what of want is not in got, or nothing; both are decoded JSON. An
// object may hold more than is wanted, null is wanted where a field must be
// missing or null, the text "{any}" matches everything, and the order of a list
// does not matter. A list whose first element is "..." may hold more.
func JSON(want, got any) string {
	switch w := want.(type) {
	case map[string]any:
		return matchObject(w, got)
	case []any:
		return matchList(w, got)
	default:
		if want != "{any}" && want != got {
			return fmt.Sprintf("got %v, want %v", got, want)
		}
		return ""
	}
}

func matchObject(want map[string]any, got any) string {
	object, ok := got.(map[string]any)
	if !ok {
		return fmt.Sprintf("got %v, want an object", got)
	}
	var problems []string
	for _, key := range slices.Sorted(maps.Keys(want)) {
		v, found := object[key]
		switch {
		case want[key] == nil && v != nil:
			problems = append(problems, fmt.Sprintf("%s: got %v, want none", key, v))
		case want[key] == nil:
		case !found:
			problems = append(problems, fmt.Sprintf("%s: got none, want %v", key, want[key]))
		default:
			if problem := JSON(want[key], v); problem != "" {
				problems = append(problems, key+": "+problem)
			}
		}
	}
	return strings.Join(problems, "; ")
}

func matchList(want []any, got any) string {
	list, ok := got.([]any)
	if !ok {
		return fmt.Sprintf("got %v, want a list", got)
	}
	open := len(want) > 0 && want[0] == "..."
	if open {
		want = want[1:]
	}
	if !open && len(list) != len(want) {
		return fmt.Sprintf("got %d elements %v, want %d", len(list), list, len(want))
	}
	left := slices.Clone(list)
	for _, w := range want {
		i := slices.IndexFunc(left, func(g any) bool { return JSON(w, g) == "" })
		if i < 0 {
			return fmt.Sprintf("no element like %v", w)
		}
		left = slices.Delete(left, i, i+1)
	}
	return ""
}
