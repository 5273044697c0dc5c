package plan_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"otomi.io/tasks/tasks/plan"
)

// door is a kind with a field for reviewers and a long list.
type door struct {
	plan.Meta `json:"-"`
	Public    bool     `json:"public" plan:"review"`
	Keys      []string `json:"keys" plan:"review"`
}

// house is a plan of a platform with some teams: most are new, every seventh has an
// update, every fortieth is gone.
type house struct {
	vaults plan.Kind[vault]
	doors  plan.Kind[door]
}

func (h *house) Kinds() []plan.Set { return []plan.Set{&h.vaults, &h.doors} }

func newHouse(teams int) *house {
	ours := func(team string) plan.Meta { return plan.Meta{Team: team, Ownership: plan.Ours} }
	vaults, hasVaults := map[string]vault{}, map[string]vault{}
	doors, hasDoors := map[string]door{}, map[string]door{}
	var keys []string
	for i := range 12 {
		keys = append(keys, fmt.Sprintf("https://app-%02d.example.com/oauth2/callback", i))
	}
	doors["front"], hasDoors["front"] = door{Meta: ours(""), Keys: keys}, door{Meta: ours(""), Keys: keys[:1]}
	hasDoors["garage"] = door{Meta: plan.Meta{Ownership: plan.Foreign, Extra: &plan.Extra{Owner: "b.example.com/default"}}}
	for i := range teams {
		team := fmt.Sprintf("team-%03d", i)
		switch {
		case i%40 == 39:
			hasVaults[team] = vault{Meta: ours(team)}
		case i%7 == 2:
			vaults[team], hasVaults[team] = vault{Meta: ours(team), Lease: 5400}, vault{Meta: ours(team), Lease: 60}
		default:
			vaults[team] = vault{Meta: ours(team), Quota: new(int64(10 << 30))}
			doors[team+"/in"] = door{Meta: ours(team), Keys: keys[:2]}
		}
	}
	return &house{plan.Diff("vault", vaults, hasVaults), plan.Diff("door", doors, hasDoors)}
}

// TestViewOfManyTeams: three teams are shown whole; the more there are, the more of
// what is alike is folded, and what is taken away never is.
func TestViewOfManyTeams(t *testing.T) {
	header := plan.Header{{Name: "server", Value: "House 1.2 at https://house.example.com"}, {Name: "policy", Value: "sync"}}
	for _, teams := range []int{3, 60, 500} {
		for _, byKind := range []bool{false, true} {
			h := newHouse(teams)
			plan.Restrict(h, plan.Sync, plan.Selection{}, nil)
			var out bytes.Buffer
			v := plan.View{Header: header, ByKind: byKind, Limits: plan.Limits{RemovalFraction: 0.25}}
			if err := v.WriteText(&out, h); err != nil {
				t.Fatal(err)
			}
			name := fmt.Sprintf("teams-%d.txt", teams)
			if byKind {
				name = fmt.Sprintf("teams-%d-kind.txt", teams)
			}
			golden(t, name, out.Bytes())
			if got, want := strings.Count(out.String(), "\n- delete vault "), teams/40; got != want && !byKind {
				t.Errorf("%d teams: %d deletions are shown, want %d", teams, got, want)
			}
		}
	}
}
