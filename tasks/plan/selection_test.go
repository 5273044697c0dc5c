package plan_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"otomi.io/tasks/tasks/plan"
)

// desk is an object that a team may share with others.
type desk struct {
	plan.Meta
	Colour string
}

type deskPlan struct{ desks plan.Kind[desk] }

func (p *deskPlan) Kinds() []plan.Set { return []plan.Set{&p.desks} }

func desks(desired, current map[string]desk) *deskPlan {
	return &deskPlan{desks: plan.Diff("desk", desired, current)}
}

func TestSelection(t *testing.T) {
	desired := map[string]desk{
		"platform": {},
		"red":      {Meta: plan.Meta{Team: "red"}},
		"shared":   {Meta: plan.Meta{Team: "blue", Extra: &plan.Extra{Shared: []string{"red"}}}},
	}
	current := map[string]desk{"left": {Meta: plan.Meta{Team: "gone", Ownership: plan.Ours}}, "foreign": {Meta: plan.Meta{Team: "theirs"}}}
	cases := map[string]struct {
		reason        string
		teams         []string
		want, unknown []string
	}{
		"All":     {"no selection keeps everything", nil, []string{"platform", "red", "shared", "left"}, nil},
		"Own":     {"a team's own objects and those that it shares", []string{"red"}, []string{"red", "shared"}, nil},
		"First":   {"the other side of a shared object", []string{"blue"}, []string{"shared"}, nil},
		"Left":    {"a team that only the server knows", []string{"gone"}, []string{"left"}, nil},
		"Foreign": {"a team without objects of ours is unknown", []string{"theirs"}, nil, []string{"theirs"}},
		"Typo":    {"an unknown team", []string{"red", "rde"}, []string{"red", "shared"}, []string{"rde"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			p := desks(desired, current)
			selection := plan.Selection{Teams: tc.teams}
			if diff := cmp.Diff(tc.unknown, selection.Unknown(p), equateEmpty()); diff != "" {
				t.Errorf("%s: unknown teams (-want +got):\n%s", tc.reason, diff)
			}
			plan.Restrict(p, plan.Sync, selection, nil)
			var got []string
			for line := range plan.Lines(p) {
				got = append(got, line.Name)
			}
			if diff := cmp.Diff(tc.want, got, equateEmpty()); diff != "" {
				t.Errorf("%s: objects (-want +got):\n%s", tc.reason, diff)
			}
		})
	}
}

func equateEmpty() cmp.Option {
	return cmp.FilterValues(func(a, b []string) bool { return len(a) == 0 && len(b) == 0 }, cmp.Ignore())
}

// TestConfine: a later plan deletes only what the first plan showed.
func TestConfine(t *testing.T) {
	owned := desk{Meta: plan.Meta{Ownership: plan.Ours}}
	shown := desks(nil, map[string]desk{"seen": owned, "blocked": {Meta: plan.Meta{Ownership: plan.Ours, Extra: &plan.Extra{DeletionBlockedBy: "holds others"}}}})
	later := desks(map[string]desk{"new": {}, "renamed": {}}, map[string]desk{"seen": owned, "unseen": owned, "blocked": owned})
	for i, c := range later.desks.Changes {
		if c.Name == "renamed" {
			later.desks.Changes[i].Danger = "alias"
		}
	}
	plan.Confine(later, plan.RisksOf(plan.Lines(shown)))
	got := map[string]string{}
	for line := range plan.Lines(later) {
		got[line.Name] = line.Blocked
	}
	const unseen = "not in the plan that was shown"
	want := map[string]string{"new": "", "renamed": unseen, "seen": "", "unseen": unseen, "blocked": unseen}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestKept: an object of ours that must stay is shown and neither deleted nor
// counted as a removal.
func TestKept(t *testing.T) {
	p := desks(nil, map[string]desk{"kept": {Meta: plan.Meta{Ownership: plan.Ours, Extra: &plan.Extra{DeletionBlockedBy: "holds others"}}}, "a": {Meta: plan.Meta{Team: "red", Ownership: plan.Ours}}})
	plan.Restrict(p, plan.Sync, plan.Selection{}, nil)
	want := []plan.Line{{Action: plan.Delete, Kind: "desk", Name: "a", Team: "red"}, {Action: plan.Delete, Kind: "desk", Name: "kept", Blocked: "holds others"}}
	if diff := cmp.Diff(want, slices.Collect(plan.Lines(p))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if err := plan.Check(p, plan.Limits{RemovalFraction: 0.25, Accept: []string{plan.NoTeams}}); err != nil {
		t.Errorf("one removal of two: %v", err)
	}
}
