package task_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/task"
	"otomi.io/tasks/tasks/values"
)

type store struct {
	Shops map[string]shop
	Doors map[string]shopDoor
	Notes map[string]string // of no team
}

type shop struct {
	plan.Meta
	Name   string
	Open   *bool
	Till   values.Secret
	Config map[string]string
}

type shopDoor struct {
	plan.Meta
	Shop, Colour string
}

// TestDump: settings of a section, entries of a list and entries of those, for the teams
// that are wanted; nothing of what a server leaves open.
func TestDump(t *testing.T) {
	red, blue := plan.Meta{Team: "red"}, plan.Meta{Team: "blue"}
	state := store{
		Shops: map[string]shop{
			"books":  {Meta: red, Name: "Books", Open: new(false), Till: values.NewSecret("hidden"), Config: map[string]string{"tax.rate": "7"}},
			"toys":   {Meta: blue, Name: "toys"},
			"shared": {Name: "shared"},
		},
		Doors: map[string]shopDoor{"books front": {red, "books", "green"}, "nowhere": {red, "closed", "grey"}, "toys back": {blue, "toys", ""}},
		Notes: map[string]string{"a": "b"},
	}
	cases := map[string]struct {
		reason string
		rules  []task.DumpRule
		wanted func(string) bool
		want   map[string]map[string]any
	}{
		"Teams": {"every team has its place", nil, func(string) bool { return true }, map[string]map[string]any{"red": {}, "blue": {}}},
		"Section": {"settings of a section", []task.DumpRule{{State: "Shops", Path: "shop", Fields: map[string]string{"open": "Open", "rate": "Config/tax.rate"}}},
			func(team string) bool { return team == "red" }, map[string]map[string]any{"red": {"shop": map[string]any{"open": false, "rate": "7"}}}},
		"Lists": {"an entry in a list of an entry, and a list of names", []task.DumpRule{
			{State: "Shops", Path: "trade.shops", List: true, Fields: map[string]string{"name": "Name"}},
			{State: "Doors", Path: "trade.shops", List: true, Parent: "Shop", Below: "doors", Fields: map[string]string{"name": "name", "colour": "Colour"}},
			{State: "Shops", Path: "names", List: true, Fields: map[string]string{"": "Name"}},
		}, func(team string) bool { return team == "red" }, map[string]map[string]any{"red": {
			"trade": map[string]any{"shops": []any{map[string]any{"name": "Books", "doors": []any{map[string]any{"name": "books front", "colour": "green"}}}}},
			"names": []any{"Books"},
		}}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, task.Dump(state, tc.rules, tc.wanted)); diff != "" {
				t.Errorf("%s: -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}
