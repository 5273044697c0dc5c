package credential

import (
	"testing"
	"time"

	"otomi.io/tasks/tasks/plan"
)

// TestOwner is the table at the top of the package.
func TestOwner(t *testing.T) {
	copied, other := Mark{"example.com/otomi", "xyz"}, Mark{"blue", "xyz"}
	for name, tc := range map[string]struct {
		reason            string
		mark              Mark
		handedOut, logsIn bool
		want              plan.Ownership
	}{
		"Ours":            {"our inventory made it", ours(), false, false, plan.Ours},
		"Renamed":         {"our inventory made it when the installation had another name", Mark{"old", ours().Inventory}, false, false, plan.Ours},
		"CopyHandedOut":   {"our inventory was lost, and knows the credential again", copied, true, false, plan.Ours},
		"CopyLogsIn":      {"our inventory was lost, and the Secret logs in", copied, false, true, plan.Predecessor},
		"Copy":            {"a laptop, or a copy of the cluster, made it", copied, false, false, plan.Foreign},
		"Other":           {"another installation made it", other, false, false, plan.Foreign},
		"OtherHandedOut":  {"even where we once published the credential", other, true, false, plan.Foreign},
		"OtherLogsIn":     {"even where our Secret logs in", other, false, true, plan.Foreign},
		"Plain":           {"nothing proves anything", Mark{}, false, false, plan.Foreign},
		"PlainHandedOut":  {"an earlier release of ours made it", Mark{}, true, false, plan.Ours},
		"PlainLogsIn":     {"the predecessor made it", Mark{}, false, true, plan.Predecessor},
		"PlainBothProofs": {"and we adopted it", Mark{}, true, true, plan.Ours},
	} {
		t.Run(name, func(t *testing.T) {
			claim := ourClaim()
			claim.HandedOut = tc.handedOut
			if got := claim.Owner(&Robot{Mark: tc.mark}, tc.logsIn); got != tc.want {
				t.Errorf("%s: %v, want %v", tc.reason, got, tc.want)
			}
		})
	}
}

// TestHolder: the robot account that blocks a new one.
func TestHolder(t *testing.T) {
	theirs := func() *Robot { return aged(time.Hour).of(Mark{"blue", "xyz"}) }
	plain := func() *Robot { return aged(time.Hour).of(Mark{}) }
	for name, tc := range map[string]struct {
		reason    string
		pair      Pair
		used      Slot
		login     Login
		handedOut bool
		next      Slot
		held      bool
	}{
		"Free":         {"nothing exists", Pair{}, None, NoLogin, false, A, false},
		"Theirs":       {"none of ours goes beside another owner's", Pair{theirs(), nil}, None, NoLogin, false, B, true},
		"TheirsBoth":   {"nor in its place", Pair{theirs(), theirs()}, None, NoLogin, false, A, true},
		"Plain":        {"an unmarked one that works has another owner", Pair{plain(), nil}, None, NoLogin, false, B, true},
		"PlainDead":    {"one that cannot log in is replaced", Pair{plain().disabledFor(time.Hour), nil}, None, NoLogin, false, B, false},
		"TheirsDead":   {"another installation's is never replaced", Pair{nil, theirs().disabledFor(time.Hour)}, None, NoLogin, false, A, true},
		"OursGone":     {"what we published comes back in its own slot", Pair{nil, theirs()}, A, NoRobot, true, A, false},
		"OursDead":     {"ours is replaced, not theirs", Pair{aged(time.Hour), theirs().disabledFor(time.Hour)}, A, Refused, true, A, false},
		"RotateTheirs": {"a rotation waits for --accept", Pair{aged(time.Hour), theirs()}, A, Rotating, true, B, true},
	} {
		t.Run(name, func(t *testing.T) {
			f := facts(tc.pair, tc.used)
			f.Claim.HandedOut = tc.handedOut
			next, holder := f.next(tc.used, tc.login, noon())
			if next != tc.next || (holder != nil) != tc.held {
				t.Errorf("%s: slot %d, held %v; want %d, %v", tc.reason, next, holder != nil, tc.next, tc.held)
			}
		})
	}
}

// TestNeverRetired: a former robot account that is not ours goes on working.
func TestNeverRetired(t *testing.T) {
	for name, tc := range map[string]struct {
		reason string
		former Mark
		leaves bool
		want   Due
	}{
		"Ours":     {"its time is over", ours(), false, Disable},
		"Theirs":   {"another installation's", Mark{"blue", "xyz"}, false, Nothing},
		"Adopted":  {"the predecessor's, which we adopted", Mark{}, false, Disable},
		"Operator": {"one that the operator would make again", Mark{}, true, Nothing},
	} {
		t.Run(name, func(t *testing.T) {
			f := facts(Pair{aged(90 * time.Hour).of(tc.former), aged(48 * time.Hour)}, B)
			f.Claim.HandedOut, f.Claim.Leaves = true, tc.leaves
			if got := f.due(B, rules()); got != tc.want {
				t.Errorf("%s: %s, want %s", tc.reason, got, tc.want)
			}
		})
	}
}

// TestMark: what is written is read again, whatever a person wrote before it.
func TestMark(t *testing.T) {
	for text, want := range map[string]Mark{
		ours().Describe("pull for team-a"):     ours(),
		"pull for team-a, made by otomi-tasks": {},
		"made by otomi-tasks for x":            {},
		"":                                     {},
	} {
		if got := ReadMark(text); got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}
