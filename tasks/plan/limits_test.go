package plan_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"otomi.io/tasks/tasks/plan"
)

// counted makes owned boxes, of which so many are no longer desired. One team
// stays.
func counted(owned, removed int) *boxes {
	desired, current := map[string]box{"kept": {Meta: plan.Meta{Team: "red"}}}, map[string]box{}
	for i := range owned {
		name := fmt.Sprintf("box-%04d", i)
		current[name] = box{Meta: plan.Meta{Team: "red", Ownership: plan.Ours}}
		if i >= removed {
			desired[name] = box{}
		}
	}
	return of(desired, current)
}

func reasons(t *testing.T, err error) []string {
	t.Helper()
	if err == nil {
		return nil
	}
	var unsafe *plan.UnsafeError
	if !errors.As(err, &unsafe) {
		t.Fatalf("Check(...): want an UnsafeError, got %T: %v", err, err)
	}
	return append(unsafe.Reasons, strings.Join(unsafe.Overrides, " "))
}

func TestCheckRemovals(t *testing.T) {
	cases := map[string]struct {
		reason         string
		owned, removed int
		limits         plan.Limits
		refused        bool
	}{
		"None":            {"nothing is removed", 4, 0, plan.Limits{}, false},
		"Floor":           {"a cap always allows one removal", 100, 1, plan.Limits{RemovalFraction: 0.001}, false},
		"FloorOfOne":      {"even of a single object", 1, 1, plan.Limits{RemovalFraction: 0.001}, false},
		"Two":             {"the second one is not", 100, 2, plan.Limits{RemovalFraction: 0.001}, true},
		"CapOfZero":       {"a cap of zero allows none", 100, 1, plan.Limits{RemovalFraction: 0}, true},
		"CapOfZeroNone":   {"and allows a plan without removals", 0, 0, plan.Limits{RemovalFraction: 0}, false},
		"CapOfZeroNamed":  {"but a person may say how many", 100, 1, plan.Limits{RemovalFraction: 0, AllowRemovals: map[string]int{"box": 1}}, false},
		"AtTheCap":        {"a quarter is not more than a quarter", 8, 2, plan.Limits{RemovalFraction: 0.25}, false},
		"AboveTheCap":     {"three of eleven are", 11, 3, plan.Limits{RemovalFraction: 0.25}, true},
		"JustBelow":       {"three of thirteen are not", 13, 3, plan.Limits{RemovalFraction: 0.25}, false},
		"BinaryFraction":  {"0.29 has no exact binary form: 29 of 100 are still not more than 29 %", 100, 29, plan.Limits{RemovalFraction: 0.29}, false},
		"BinaryFraction2": {"0.07 is rounded the other way: 8 of 100 are more than 7 %", 100, 8, plan.Limits{RemovalFraction: 0.07}, true},
		"Everything":      {"a cap of one allows all", 5, 5, plan.Limits{RemovalFraction: 1}, false},
		"Exact":           {"exactly as many as a person said", 4, 4, plan.Limits{AllowRemovals: map[string]int{"box": 4}}, false},
		"FewerThanSaid":   {"the person saw another plan", 4, 3, plan.Limits{AllowRemovals: map[string]int{"box": 4}}, true},
		"MoreThanSaid":    {"the person saw another plan", 4, 4, plan.Limits{AllowRemovals: map[string]int{"box": 3}}, true},
		"BelowCapNotSaid": {"what the cap would allow is still not what the person said", 8, 2, plan.Limits{RemovalFraction: 0.25, AllowRemovals: map[string]int{"box": 3}}, true},
		"OtherKind":       {"another kind's number does not help", 4, 4, plan.Limits{AllowRemovals: map[string]int{"rack": 4}}, true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			p := counted(tc.owned, tc.removed)
			if _, other := tc.limits.AllowRemovals["rack"]; other {
				p.Racks = plan.Diff("rack", map[string]rack{}, map[string]rack{
					"1": {Meta: plan.Meta{Ownership: plan.Ours}}, "2": {Meta: plan.Meta{Ownership: plan.Ours}},
					"3": {Meta: plan.Meta{Ownership: plan.Ours}}, "4": {Meta: plan.Meta{Ownership: plan.Ours}},
				})
			}
			if got := reasons(t, plan.Check(p, tc.limits)); (len(got) > 0) != tc.refused {
				t.Errorf("%s: removing %d of %d: refused %v, want %v", tc.reason, tc.removed, tc.owned, got, tc.refused)
			}
		})
	}
}

// TestCheckBlocked: what is only shown is neither counted nor dangerous.
func TestCheckBlocked(t *testing.T) {
	p := counted(10, 9)
	p.Boxes.Changes[0].Danger = "prefix"
	plan.Restrict(p, plan.UpsertOnly, plan.Selection{}, nil)
	p.Boxes.Changes[0].Blocked = "not yet"
	if got := reasons(t, plan.Check(p, plan.Limits{})); got != nil {
		t.Errorf("Check(...) refused blocked changes: %q", got)
	}
}

// TestCheckForeign: objects of others do not widen the cap.
func TestCheckForeign(t *testing.T) {
	p := counted(4, 2)
	current := map[string]box{"a": {Meta: plan.Meta{Ownership: plan.Ours}}, "b": {Meta: plan.Meta{Ownership: plan.Ours}}}
	for i := range 100 {
		current[fmt.Sprintf("theirs-%d", i)] = box{}
	}
	p.Boxes = plan.Diff("box", map[string]box{"kept": {Meta: plan.Meta{Team: "red"}}}, current)
	if got := reasons(t, plan.Check(p, plan.Limits{RemovalFraction: 0.25})); len(got) != 2 {
		t.Errorf("removing two of two, beside 100 foreign objects: want one reason, got %q", got)
	}
}

func TestCheckReasons(t *testing.T) {
	ofRed := plan.Meta{Team: "red", Ownership: plan.Ours}
	gone := box{Meta: plan.Meta{Team: "red", Ownership: plan.Ours}}
	noTeams := func() *boxes {
		return of(map[string]box{"platform": {}}, map[string]box{"platform": {}, "a": gone, "b": gone, "c": gone})
	}
	dangerous := func() *boxes {
		p := of(map[string]box{"a": {Title: "new"}, "b": {Title: "new"}}, map[string]box{"a": {Title: "old"}})
		p.Boxes.Changes[0].Danger, p.Boxes.Changes[1].Danger = "title", "new-box"
		return p
	}
	cases := map[string]struct {
		reason string
		plan   *boxes
		limits plan.Limits
		want   []string
	}{
		"NoTeams": {
			reason: "an empty list of teams is more often a mistake than meant", plan: noTeams(), limits: plan.Limits{RemovalFraction: 1},
			want: []string{"the values name no team, and 3 objects of teams exist", "--accept no-teams"},
		},
		"NoTeamsAccepted": {
			reason: "it was accepted", plan: noTeams(), limits: plan.Limits{RemovalFraction: 1, Accept: []string{"x", plan.NoTeams}},
		},
		"NoTeamsYet": {
			reason: "nothing of a team is there to lose", plan: of(map[string]box{"platform": {}}, nil),
		},
		"OneTeamLeft": {
			reason: "one team is enough", plan: of(map[string]box{"a": gone}, map[string]box{"a": gone, "b": gone}), limits: plan.Limits{RemovalFraction: 0.25},
		},
		"Dangers": {
			reason: "each dangerous change has its own reason", plan: dangerous(),
			want: []string{"update box a: it is dangerous", "create box b: it is dangerous", "--accept new-box,title"},
		},
		"DangerReason": {
			reason: "what would happen, also with a create",
			plan: func() *boxes {
				p := of(map[string]box{"a": {Meta: ofRed, Title: "open"}}, nil)
				p.Boxes.Changes[0].Danger, p.Boxes.Changes[0].DangerReason = "box.public", "everyone could look into it"
				return p
			}(),
			want: []string{"create box a: everyone could look into it", "--accept box.public"},
		},
		"Platform": {
			reason: "no removal of the platform's own is free",
			plan:   of(map[string]box{"kept": {Meta: ofRed}}, map[string]box{"kept": {Meta: ofRed}, "admins": {Meta: plan.Meta{Ownership: plan.Ours}}}), limits: plan.Limits{RemovalFraction: 0.9},
			want: []string{"box: removes 1 of the platform's own", "--allow-removals box=1"},
		},
		"PlatformWithoutCap": {
			reason: "a cap of one allows everything",
			plan:   of(map[string]box{"kept": {Meta: ofRed}}, map[string]box{"kept": {Meta: ofRed}, "admins": {Meta: plan.Meta{Ownership: plan.Ours}}}), limits: plan.Limits{RemovalFraction: 1},
		},
		"PlatformNamed": {
			reason: "it was accepted",
			plan:   of(map[string]box{"kept": {Meta: ofRed}}, map[string]box{"kept": {Meta: ofRed}, "admins": {Meta: plan.Meta{Ownership: plan.Ours}}}), limits: plan.Limits{AllowRemovals: map[string]int{"box": 1}},
		},
		"Loss": {
			reason: "what an update takes away is a removal, too",
			plan: func() *boxes {
				p := of(map[string]box{"a": {Meta: ofRed, Title: "new"}, "b": {Meta: ofRed, Title: "new"}}, map[string]box{"a": {Meta: ofRed}, "b": {Meta: ofRed}})
				p.Boxes.Changes[0].Loss, p.Boxes.Changes[1].Loss = "1 redirect URI", "1 redirect URI"
				return p
			}(), limits: plan.Limits{RemovalFraction: 0.25},
			want: []string{"box: removes 2 of 2, more than 25 %", "--allow-removals box=2"},
		},
		"DangerAccepted": {
			reason: "one was accepted, the other one was not", plan: dangerous(), limits: plan.Limits{Accept: []string{"title"}},
			want: []string{"create box b: it is dangerous", "--accept new-box"},
		},
		"DangersAccepted": {
			reason: "both were", plan: dangerous(), limits: plan.Limits{Accept: []string{"new-box", "title"}},
		},
		"Several": {
			reason: "all reasons at once, not one a run",
			plan: func() *boxes {
				p := noTeams()
				p.Boxes.Changes[0].Danger = "title"
				return p
			}(),
			limits: plan.Limits{RemovalFraction: 0.125},
			want:   []string{"box: removes 3 of 3, more than 12.5 %", "delete box a: it is dangerous", "the values name no team, and 3 objects of teams exist", "--allow-removals box=3 --accept no-teams,title"},
		},
		"CapOfZero": {
			reason: "a cap of zero names the way out, too", plan: counted(4, 1),
			want: []string{"box: removes 1 of 4, more than 0 %", "--allow-removals box=1"},
		},
		"ExactNumber": {
			reason: "both numbers are shown", plan: counted(4, 3), limits: plan.Limits{AllowRemovals: map[string]int{"box": 2}},
			want: []string{"box: the plan removes 3, --allow-removals says 2", "--allow-removals box=3"},
		},
		"TwoKinds": {
			reason: "each kind has its own cap",
			plan: func() *boxes {
				p := counted(8, 3)
				p.Racks = plan.Diff("rack", nil, map[string]rack{"1": {Meta: ofRed}, "2": {Meta: ofRed}})
				return p
			}(),
			limits: plan.Limits{RemovalFraction: 0.25},
			want:   []string{"box: removes 3 of 8, more than 25 %", "rack: removes 2 of 2, more than 25 %", "--allow-removals box=3,rack=2"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, reasons(t, plan.Check(tc.plan, tc.limits))); diff != "" {
				t.Errorf("%s\nCheck(...): -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}
