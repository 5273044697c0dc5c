package plan_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"otomi.io/tasks/tasks/plan"
)

func TestParseShard(t *testing.T) {
	cases := map[string]struct {
		reason, text string
		want         plan.Shard
		bad          bool
	}{
		"First":    {reason: "counted from 0", text: "0/3", want: plan.Shard{Index: 0, Count: 3}},
		"Last":     {reason: "up to one less", text: "2/3", want: plan.Shard{Index: 2, Count: 3}},
		"One":      {reason: "the only one is everything", text: "0/1"},
		"Nothing":  {reason: "the default is everything", text: ""},
		"Beyond":   {reason: "would hold nothing", text: "3/3", bad: true},
		"Zero":     {reason: "no shards at all", text: "0/0", bad: true},
		"Negative": {reason: "below the first", text: "-1/3", bad: true},
		"Many":     {reason: "more shards than allowed", text: "0/1001", bad: true},
		"Number":   {reason: "of how many?", text: "1", bad: true},
		"Template": {reason: "an unexpanded variable", text: "$(JOB_COMPLETION_INDEX)/3", bad: true},
		"Empty":    {reason: "a variable that is not set", text: "/3", bad: true},
		"Space":    {reason: "nothing but the numbers", text: "0 /3", bad: true},
		"Overflow": {reason: "a number that does not fit", text: "99999999999/99999999999", bad: true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := plan.ParseShard(tc.text)
			if (err != nil) != tc.bad || got != tc.want {
				t.Errorf("%s: ParseShard(%q) = %v, %v", tc.reason, tc.text, got, err)
			}
			if again, err := plan.ParseShard(got.String()); err != nil || again != got {
				t.Errorf("%s: %q reads as %v, %v", tc.reason, got, again, err)
			}
		})
	}
}

// TestShardOfTeam pins the hash: another one would move every team to another
// run, in the middle of an upgrade.
func TestShardOfTeam(t *testing.T) {
	want := map[string]int{"": 0, "red": 2, "blue": 0, "ops": 1, "team-1": 1}
	got := map[string]int{}
	for team := range want {
		for i := range 3 {
			if (plan.Shard{Index: i, Count: 3}).Holds(team) {
				got[team] = i
			}
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want, +got:\n%s", diff)
	}
}

// TestShardsAreEven: no run has far more to do than the others.
func TestShardsAreEven(t *testing.T) {
	for _, count := range []int{2, 3, 8} {
		held := make([]int, count)
		for team := range 5000 {
			for i := range count {
				if (plan.Shard{Index: i, Count: count}).Holds(fmt.Sprintf("team-%d", team)) {
					held[i]++
				}
			}
		}
		if share := 5000 / count; slices.Min(held) < share*8/10 || slices.Max(held) > share*12/10 {
			t.Errorf("%d shards hold %v of 5000 teams", count, held)
		}
	}
}

// TestShardedSelection: the first of an object's teams decides, whether it is
// the object's own or one that shares it; a team that is named narrows a shard.
func TestShardedSelection(t *testing.T) {
	desired := map[string]desk{
		"platform":     {},
		"of red":       {Meta: plan.Meta{Team: "red"}},
		"of blue":      {Meta: plan.Meta{Team: "blue"}},
		"red and blue": {Meta: plan.Meta{Team: "red", Extra: &plan.Extra{Shared: []string{"blue"}}}},
		"blue and red": {Meta: plan.Meta{Team: "blue", Extra: &plan.Extra{Shared: []string{"red"}}}},
		"red, ops":     {Meta: plan.Meta{Team: "red", Extra: &plan.Extra{Shared: []string{"team-1", "ops"}}}},
	}
	current := map[string]desk{"left": {Meta: plan.Meta{Team: "ops", Ownership: plan.Ours}}}
	cases := map[string]struct {
		reason    string
		selection plan.Selection
		want      []string
	}{
		"First":    {"the platform's, and blue's by name", plan.Selection{Shard: plan.Shard{Index: 0, Count: 3}}, []string{"blue and red", "of blue", "platform", "red and blue"}},
		"Second":   {"also what only the server knows", plan.Selection{Shard: plan.Shard{Index: 1, Count: 3}}, []string{"red, ops", "left"}},
		"Third":    {"the rest", plan.Selection{Shard: plan.Shard{Index: 2, Count: 3}}, []string{"of red"}},
		"Both":     {"what is in both", plan.Selection{Shard: plan.Shard{Index: 0, Count: 3}, Teams: []string{"red"}}, []string{"blue and red", "red and blue"}},
		"Disjoint": {"nothing is in both", plan.Selection{Shard: plan.Shard{Index: 1, Count: 3}, Teams: []string{"blue"}}, nil},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			p := desks(desired, current)
			if unknown := tc.selection.Unknown(p); len(unknown) > 0 {
				t.Errorf("%s: %v is unknown, and is only in another shard", tc.reason, unknown)
			}
			plan.Restrict(p, plan.Sync, tc.selection, nil)
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

// TestShardLimits: the removal cap is one for all shards, or each of them would have
// a removal that costs nothing; a shard without a team is not a platform without one.
func TestShardLimits(t *testing.T) {
	current, few, half := map[string]desk{}, map[string]desk{}, map[string]desk{}
	for i := range 80 {
		team := fmt.Sprintf("t%d", i)
		current[team] = desk{Meta: plan.Meta{Team: team, Ownership: plan.Ours}}
		if i >= 8 {
			few[team] = desk{Meta: plan.Meta{Team: team}}
		}
		if i%2 == 0 {
			half[team] = desk{Meta: plan.Meta{Team: team}}
		}
	}
	cases := map[string]struct {
		reason  string
		desired map[string]desk
		limits  plan.Limits
		refused string
	}{
		"BelowTheCap": {"8 of 80 are below a quarter", few, plan.Limits{RemovalFraction: 0.25}, ""},
		"AboveTheCap": {"40 of 80 are not, although no shard does them all", half, plan.Limits{RemovalFraction: 0.25}, "removes 40 of 80"},
		"NoneFree":    {"8 removals are 8, and not one for each shard", few, plan.Limits{RemovalFraction: 0.01}, "removes 8 of 80"},
		"Named":       {"a person says how many all shards may remove", few, plan.Limits{AllowRemovals: map[string]int{"desk": 8}}, ""},
		"NamedMore":   {"other shards were faster", few, plan.Limits{AllowRemovals: map[string]int{"desk": 10}}, ""},
		"NamedFewer":  {"the person saw another plan", few, plan.Limits{AllowRemovals: map[string]int{"desk": 7}}, "--allow-removals says 7"},
		"NoTeams":     {"no team at all", nil, plan.Limits{RemovalFraction: 1}, "name no team"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			for i := range 8 {
				p := desks(tc.desired, current)
				plan.Restrict(p, plan.Sync, plan.Selection{Shard: plan.Shard{Index: i, Count: 8}}, nil)
				err := plan.Check(p, tc.limits)
				if (err != nil) != (tc.refused != "") || err != nil && !strings.Contains(err.Error(), tc.refused) {
					t.Errorf("%s: shard %d: %v, want %q", tc.reason, i, err, tc.refused)
				}
			}
		})
	}
	for i := range 8 {
		others := maps.Clone(current)
		maps.DeleteFunc(others, func(team string, _ desk) bool { return (plan.Shard{Index: i, Count: 8}).Holds(team) })
		p := desks(others, current)
		plan.Restrict(p, plan.Sync, plan.Selection{Shard: plan.Shard{Index: i, Count: 8}}, nil)
		if err := plan.Check(p, plan.Limits{RemovalFraction: 1}); err != nil {
			t.Errorf("shard %d lost its last team, other shards have some: %v", i, err)
		}
	}
}

// FuzzShards: whatever the teams are called and however many shards there are,
// each change of the whole plan is in exactly one of them, and so is each
// object that the limits count.
func FuzzShards(f *testing.F) {
	f.Add("red,blue,green", "blue,gone", uint16(3))
	f.Add("a,a b,ä,\x00,", "a", uint16(999))
	f.Add("", "x,y", uint16(1))
	f.Fuzz(func(t *testing.T, wanted, held string, count uint16) {
		n := int(count)%1000 + 1
		desired, current := teamDesks(wanted, false), teamDesks(held, true)
		whole := desks(desired, current)
		want, owned := map[string]plan.Line{}, whole.desks.Owned
		for line := range plan.Lines(whole) {
			want[line.Name] = line
		}
		got := map[string]plan.Line{}
		for i := range n {
			shard, err := plan.ParseShard(fmt.Sprintf("%d/%d", i, n))
			if err != nil {
				t.Fatal(err)
			}
			part := desks(desired, current)
			plan.Restrict(part, plan.Sync, plan.Selection{Shard: shard}, nil)
			for line := range plan.Lines(part) {
				if _, twice := got[line.Name]; twice {
					t.Errorf("%q is in two of %d shards", line.Name, n)
				}
				got[line.Name] = line
			}
			owned -= part.desks.Owned
		}
		if diff := cmp.Diff(want, got); diff != "" || owned != 0 {
			t.Errorf("%d shards, %d objects counted too few: -whole, +parts:\n%s", n, owned, diff)
		}
	})
}

// teamDesks gives each team a desk, which it shares with the one before it.
func teamDesks(teams string, owned bool) map[string]desk {
	all, last := map[string]desk{}, ""
	for team := range strings.SplitSeq(teams, ",") {
		m := plan.Meta{Team: team, Ownership: plan.OursIf(owned, plan.Unowned)}
		if last != "" && team != "" {
			m.Extra = &plan.Extra{Shared: []string{last}}
		}
		all["desk of "+team] = desk{Meta: m}
		last = team
	}
	return all
}

// TestPrerequisites: a shard may depend on what is the platform's and on what its
// teams share; what is as it should be, or belongs to another team alone, it does not.
func TestPrerequisites(t *testing.T) {
	desired := map[string]desk{
		"platform": {}, "other": {Colour: "new"}, "there": {Colour: "old"}, "of red": {Meta: plan.Meta{Team: "red"}}, "of ops": {Meta: plan.Meta{Team: "ops"}},
		"ops and blue": {Meta: plan.Meta{Team: "ops", Extra: &plan.Extra{Shared: []string{"blue"}}}}, "red and blue": {Meta: plan.Meta{Team: "red", Extra: &plan.Extra{Shared: []string{"blue"}}}},
	}
	current := map[string]desk{"other": {Colour: "old"}, "there": {Colour: "old"}, "gone": {Meta: plan.Meta{Ownership: plan.Ours}}}
	for i, want := range [][]string{nil, {"ops and blue", "other", "platform"}, {"other", "platform", "red and blue"}} {
		var got []string
		for _, line := range plan.Prerequisites(desks(desired, current), plan.Shard{Index: i, Count: 3}) {
			got = append(got, line.Name)
		}
		if diff := cmp.Diff(want, got, equateEmpty()); diff != "" {
			t.Errorf("shard %d: -want, +got:\n%s", i, diff)
		}
	}
	if got := plan.Prerequisites(desks(desired, current), plan.Shard{}); len(got) > 0 {
		t.Errorf("one run alone waits for %v", got)
	}
}
