package plan_test

import (
	"maps"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"otomi.io/tasks/tasks/plan"
)

func TestDiff(t *testing.T) {
	ours := func(title string) box { return box{Meta: plan.Meta{ID: "1", Ownership: plan.Ours}, Title: title} }
	theirs := func(title string) box { return box{Meta: plan.Meta{ID: "2"}, Title: title} }
	wanted := func(title string) box { return box{Title: title} }
	change := func(action plan.Action, name string, before, after *box, fields ...plan.Field) plan.Change[box] {
		return plan.Change[box]{Action: action, Name: name, Before: before, After: after, Reason: fields}
	}
	title := plan.Field{Path: "title", Before: `"old"`, After: `"new"`}
	cases := map[string]struct {
		reason           string
		desired, current map[string]box
		want             []plan.Change[box]
		owned            int
	}{
		"Nothing": {
			reason: "two empty states are equal",
		},
		"Equal": {
			reason:  "the server's own ids make no difference",
			desired: map[string]box{"a": wanted("new")}, current: map[string]box{"a": ours("new")},
			owned: 1,
		},
		"Create": {
			reason:  "a desired object that the server does not have",
			desired: map[string]box{"a": wanted("new")},
			want:    []plan.Change[box]{change(plan.Create, "a", nil, new(wanted("new")))},
		},
		"Update": {
			reason:  "an object of ours that differs, with both sides and the reason",
			desired: map[string]box{"a": wanted("new")}, current: map[string]box{"a": ours("old")},
			want: []plan.Change[box]{change(plan.Update, "a", new(ours("old")), new(wanted("new")), title)}, owned: 1,
		},
		"UpdateForeign": {
			reason:  "a foreign desired object is taken over",
			desired: map[string]box{"a": wanted("new")}, current: map[string]box{"a": theirs("old")},
			want: []plan.Change[box]{change(plan.Update, "a", new(theirs("old")), new(wanted("new")), title)},
		},
		"Delete": {
			reason:  "an object of ours that is no longer desired",
			current: map[string]box{"a": ours("old")},
			want:    []plan.Change[box]{change(plan.Delete, "a", new(ours("old")), nil)}, owned: 1,
		},
		"Foreign": {
			reason:  "a foreign object is left untouched",
			current: map[string]box{"a": theirs("old")},
		},
		"Order": {
			reason:  "creates and updates by name, then deletions by name",
			desired: map[string]box{"e": wanted("new"), "b": wanted("new"), "d": wanted("new")},
			current: map[string]box{"f": ours("old"), "d": ours("old"), "a": ours("old"), "c": theirs("old")},
			want: []plan.Change[box]{
				change(plan.Create, "b", nil, new(wanted("new"))),
				change(plan.Update, "d", new(ours("old")), new(wanted("new")), title),
				change(plan.Create, "e", nil, new(wanted("new"))),
				change(plan.Delete, "a", new(ours("old")), nil),
				change(plan.Delete, "f", new(ours("old")), nil),
			},
			owned: 3,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			desired, current := maps.Clone(tc.desired), maps.Clone(tc.current)
			got := plan.Diff("box", tc.desired, tc.current)
			want := plan.Kind[box]{Name: "box", Changes: tc.want, Owned: tc.owned}
			ignore := []cmp.Option{cmpopts.IgnoreUnexported(plan.Kind[box]{}, box{}), cmp.AllowUnexported(secret{})}
			if diff := cmp.Diff(want, got, ignore...); diff != "" {
				t.Errorf("%s\nDiff(...): -want, +got:\n%s", tc.reason, diff)
			}
			if diff := cmp.Diff(desired, tc.desired, ignore...) + cmp.Diff(current, tc.current, ignore...); diff != "" {
				t.Errorf("%s\nDiff(...) changed its arguments: -before, +after:\n%s", tc.reason, diff)
			}
		})
	}
}

func TestTeam(t *testing.T) {
	red, blue := box{Meta: plan.Meta{Team: "red", Ownership: plan.Ours}, Title: "new"}, box{Meta: plan.Meta{Team: "blue", Ownership: plan.Ours}}
	cases := map[string]struct {
		reason           string
		desired, current map[string]box
		want             string
	}{
		"Create": {"of the new object", map[string]box{"a": red}, nil, "red"},
		"Update": {"of the desired side: it is what the values say", map[string]box{"a": red}, map[string]box{"a": blue}, "red"},
		"Delete": {"of the current object", nil, map[string]box{"a": blue}, "blue"},
		"None":   {"the platform's own", map[string]box{"a": {Title: "new"}}, nil, ""},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			k := plan.Diff("box", tc.desired, tc.current)
			if len(k.Changes) != 1 {
				t.Fatalf("%s: want one change, got %v", tc.reason, summarise(k.Changes))
			}
			if got := k.Changes[0].Team(); got != tc.want {
				t.Errorf("%s: Team() = %q, want %q", tc.reason, got, tc.want)
			}
		})
	}
}

func TestRestrict(t *testing.T) {
	inTeam := func(team, title string) box {
		return box{Meta: plan.Meta{Team: team, Ownership: plan.Ours}, Title: title}
	}
	desired := map[string]box{"new-red": inTeam("red", ""), "old-red": inTeam("red", "new"), "platform": inTeam("", "new")}
	current := map[string]box{"old-red": inTeam("red", "old"), "blue": inTeam("blue", "old"), "platform": inTeam("", "old")}
	const all, upserts, creates = "", "policy upsert-only", "policy create-only"
	cases := map[string]struct {
		reason string
		policy plan.Policy
		teams  []string
		want   []summary
	}{
		"Sync": {
			reason: "everything is performed", policy: plan.Sync,
			want: []summary{
				{plan.Create, "new-red", all}, {plan.Update, "old-red", all},
				{plan.Update, "platform", all}, {plan.Delete, "blue", all},
			},
		},
		"UpsertOnly": {
			reason: "deletions are shown and blocked", policy: plan.UpsertOnly,
			want: []summary{
				{plan.Create, "new-red", all}, {plan.Update, "old-red", all},
				{plan.Update, "platform", all}, {plan.Delete, "blue", upserts},
			},
		},
		"CreateOnly": {
			reason: "what exists stays as it is", policy: plan.CreateOnly,
			want: []summary{
				{plan.Create, "new-red", all}, {plan.Update, "old-red", creates},
				{plan.Update, "platform", creates}, {plan.Delete, "blue", creates},
			},
		},
		"NoPolicy": {
			reason: "an unknown policy is the most careful one", policy: "",
			want: []summary{
				{plan.Create, "new-red", all}, {plan.Update, "old-red", "policy "},
				{plan.Update, "platform", "policy "}, {plan.Delete, "blue", "policy "},
			},
		},
		"OneTeam": {
			reason: "neither other teams nor the platform's own", policy: plan.Sync, teams: []string{"red"},
			want: []summary{{plan.Create, "new-red", all}, {plan.Update, "old-red", all}},
		},
		"TwoTeams": {
			reason: "a team that is gone can be selected, too", policy: plan.UpsertOnly, teams: []string{"blue", "red"},
			want: []summary{{plan.Create, "new-red", all}, {plan.Update, "old-red", all}, {plan.Delete, "blue", upserts}},
		},
		"UnknownTeam": {
			reason: "nothing is left", policy: plan.Sync, teams: []string{"green"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			p := of(desired, current)
			plan.Restrict(p, tc.policy, plan.Selection{Teams: tc.teams}, nil)
			if diff := cmp.Diff(tc.want, summarise(p.Boxes.Changes)); diff != "" {
				t.Errorf("%s\nRestrict(...): -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// TestRestrictKeepsReason: what a task itself has blocked keeps its reason, and
// a second Restrict changes nothing.
func TestRestrictKeepsReason(t *testing.T) {
	p := of(nil, map[string]box{"a": {Meta: plan.Meta{Ownership: plan.Ours}}})
	p.Boxes.Changes[0].Blocked = "its list could not be read"
	plan.Restrict(p, plan.UpsertOnly, plan.Selection{}, nil)
	plan.Restrict(p, plan.CreateOnly, plan.Selection{}, nil)
	want := []summary{{plan.Delete, "a", "its list could not be read"}}
	if diff := cmp.Diff(want, summarise(p.Boxes.Changes)); diff != "" {
		t.Errorf("Restrict(...): -want, +got:\n%s", diff)
	}
}

func TestParsePolicy(t *testing.T) {
	cases := map[string]struct {
		reason string
		name   string
		bad    bool
	}{
		"CreateOnly": {"a policy", "create-only", false},
		"UpsertOnly": {"a policy", "upsert-only", false},
		"Sync":       {"a policy", "sync", false},
		"Case":       {"policies are written in one way", "Sync", true},
		"Unknown":    {"an unknown policy is invalid", "delete-all", true},
		"Empty":      {"an empty policy is invalid", "", true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := plan.ParsePolicy(tc.name)
			if (err != nil) != tc.bad || !tc.bad && got != plan.Policy(tc.name) {
				t.Errorf("%s: ParsePolicy(%q) = %q, %v", tc.reason, tc.name, got, err)
			}
		})
	}
}

func TestDiffers(t *testing.T) {
	c := plan.Change[box]{Action: plan.Update, Reason: []plan.Field{{Path: "size"}, {Path: "lid.colour"}}}
	one := plan.Change[box]{Action: plan.Update, Reason: c.Reason[:1]}
	cases := map[string]struct {
		reason    string
		got, want bool
	}{
		"One":      {"it is among the fields", c.Differs("lid.colour"), true},
		"OneOf":    {"one of those asked for is", c.Differs("label", "size"), true},
		"None":     {"a part of a path is another field", c.Differs("lid", "label"), false},
		"Nothing":  {"none was asked for", c.Differs(), false},
		"Only":     {"there is no other", one.DiffersOnly("size"), true},
		"NotOnly":  {"there is another", c.DiffersOnly("size"), false},
		"Another":  {"it is another", one.DiffersOnly("label"), false},
		"Creation": {"of a new object no field differs", plan.Change[box]{Action: plan.Create}.DiffersOnly("size"), false},
	}
	for name, tc := range cases {
		if tc.got != tc.want {
			t.Errorf("%s: %s: want %v, got %v", name, tc.reason, tc.want, tc.got)
		}
	}
}
