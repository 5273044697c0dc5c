package plan_test

import (
	"strings"
	"testing"

	"otomi.io/tasks/tasks/plan"
)

// TestOwnership goes through the table of ownership: what becomes of an object of
// each class, and what a person's word changes.
func TestOwnership(t *testing.T) {
	const (
		same = iota
		other
		gone
	)
	named := &plan.Extra{Owner: "blue"}
	cases := map[string]struct {
		reason  string
		before  plan.Meta
		wish    int
		action  plan.Action // "" means no change
		blocked string      // a part of it; "" means none
		freed   bool        // by --accept owner
	}{
		"Unowned":          {"a kind without marks is compared", plan.Meta{}, other, plan.Update, "", false},
		"UnownedGone":      {"and never deleted", plan.Meta{}, gone, "", "", false},
		"Ours":             {"ours needs no word", plan.Meta{Ownership: plan.Ours}, other, plan.Update, "", false},
		"OursGone":         {"and goes", plan.Meta{Ownership: plan.Ours}, gone, plan.Delete, "", false},
		"Adopted":          {"an adopted one is compared", plan.Meta{Ownership: plan.Adopted}, other, plan.Update, "", false},
		"AdoptedSame":      {"and not adopted again", plan.Meta{Ownership: plan.Adopted}, same, "", "", false},
		"AdoptedGone":      {"its maker may need it", plan.Meta{Ownership: plan.Adopted}, gone, plan.Delete, "belongs to its unknown maker: --accept owner deletes it", true},
		"Predecessor":      {"the predecessor's is adopted", plan.Meta{Ownership: plan.Predecessor}, same, plan.Adopt, "", false},
		"PredecessorGone":  {"or left untouched", plan.Meta{Ownership: plan.Predecessor}, gone, "", "", false},
		"Nobodys":          {"without a mark it has an unknown owner", plan.Meta{Ownership: plan.Foreign}, same, plan.Adopt, "belongs to no known installation: --accept owner takes it over", true},
		"NobodysGone":      {"of which there may be thousands", plan.Meta{Ownership: plan.Foreign}, gone, "", "", false},
		"AnotherOnes":      {"the mark names the owner", plan.Meta{Ownership: plan.Foreign, Extra: named}, other, plan.Update, "belongs to installation blue: --accept owner", true},
		"AnotherOnesGone":  {"shown, and no word deletes it", plan.Meta{Ownership: plan.Foreign, Extra: named}, gone, plan.Delete, "belongs to installation blue", false},
		"AdoptedAndInside": {"another reason comes first", plan.Meta{Ownership: plan.Adopted, Extra: &plan.Extra{DeletionBlockedBy: "holds commits"}}, gone, plan.Delete, "holds commits", false},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			after := plan.Meta{Ownership: plan.Ours}
			if tc.before.Ownership == plan.Unowned {
				after = plan.Meta{}
			}
			desired := map[string]box{"a": {Meta: after, Title: map[int]string{same: "t", other: "u"}[tc.wish]}}
			if tc.wish == gone {
				desired = nil
			}
			for _, accept := range [][]string{nil, {plan.AcceptOwner}} {
				p := &boxes{Boxes: plan.Diff("box", desired, map[string]box{"a": {Meta: tc.before, Title: "t"}})}
				plan.Restrict(p, plan.Sync, plan.Selection{}, accept)
				var c plan.Change[box]
				if len(p.Boxes.Changes) > 0 {
					c = p.Boxes.Changes[0]
				}
				free := tc.blocked == "" || tc.freed && accept != nil
				if c.Action != tc.action || free != (c.Blocked == "") || !free && !strings.Contains(c.Blocked, tc.blocked) {
					t.Errorf("%s: accepting %v plans %q, blocked by %q", tc.reason, accept, c.Action, c.Blocked)
				}
			}
		})
	}
}
