package plan_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"otomi.io/tasks/tasks/plan"
)

// vault is a kind with everything that a plan prints in its own way.
type vault struct {
	plan.Meta `json:"-"`
	Public    bool     `json:"public" plan:"review"`
	Quota     *int64   `json:"quota" plan:"review,bytes"`
	Lease     int64    `json:"lease" plan:"seconds"`
	Readers   []string `json:"readers" plan:"review"`
	Key       secret   `json:"key" plan:"review"`
}

type vaults struct{ vaults plan.Kind[vault] }

func (v *vaults) Kinds() []plan.Set { return []plan.Set{&v.vaults} }

func vaultPlan() *vaults {
	ours := func(team string) plan.Meta { return plan.Meta{Team: team, Ownership: plan.Ours} }
	people := []string{"ada", "ben", "cleo", "dan"}
	p := &vaults{plan.Diff("vault",
		map[string]vault{
			"platform": {Meta: ours(""), Quota: new(int64(10 << 30))},
			"new":      {Meta: ours("red"), Public: true, Quota: new(int64(-1)), Lease: 90, Readers: []string{"ada"}, Key: secret{"sesame"}},
			"longer":   {Meta: ours("red"), Lease: 5400, Readers: append([]string{"eve"}, people[1:]...)},
			"same":     {Meta: ours("blue")},
		},
		map[string]vault{
			"platform": {Meta: ours(""), Quota: new(int64(3 << 20))},
			"longer":   {Meta: ours("red"), Lease: 60, Readers: people},
			"same":     {Meta: ours("blue")},
			"gone":     {Meta: ours("blue")},
		})}
	for i, c := range p.vaults.Changes {
		switch c.Name {
		case "new":
			p.vaults.Changes[i].Danger, p.vaults.Changes[i].DangerReason = "vault.public", "everyone could look into it"
		case "longer":
			p.vaults.Changes[i].Loss = "1 reader"
		case "gone":
			p.vaults.Changes[i].Blocked, p.vaults.Changes[i].Breaks = "was renamed to cellar", "team blue finds nothing"
		}
	}
	return p
}

func TestView(t *testing.T) {
	header := plan.Header{{Name: "server", Value: "Vault 1.2 at https://vault.example.com"}, {Name: "policy", Value: "sync"}}
	cases := map[string]struct {
		reason string
		view   plan.View
		file   string
	}{
		"ByTeam": {"what a reviewer sees", plan.View{Header: header}, "view.txt"},
		"ByKind": {"the order of dependency", plan.View{Header: header, ByKind: true}, "view-kind.txt"},
		"Full":   {"every field of what is created", plan.View{Full: true}, "view-full.txt"},
		"Color":  {"one colour for each sign", plan.View{Color: true}, "view-color.txt"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			if err := tc.view.WriteText(&out, vaultPlan()); err != nil {
				t.Fatalf("%s: %v", tc.reason, err)
			}
			golden(t, tc.file, out.Bytes())
		})
	}
	t.Run("Markdown", func(t *testing.T) {
		var out bytes.Buffer
		if err := (plan.View{Header: header}).WriteMarkdown(&out, "vaults", vaultPlan()); err != nil {
			t.Fatal(err)
		}
		golden(t, "view.md", out.Bytes())
	})
}

// TestMarkdownFits: a comment of any plan fits, ends its blocks and says what it leaves
// out.
func TestMarkdownFits(t *testing.T) {
	for _, teams := range []int{3, 60, 500, 5000} {
		desired := map[string]desk{}
		for i := range teams {
			team := fmt.Sprintf("team-%04d", i)
			for j := range 4 {
				desired[fmt.Sprintf("%s ~~~ <b>%d", team, j)] = desk{Meta: plan.Meta{Team: team}, Colour: strings.Repeat("blue ", 9)}
			}
		}
		var out bytes.Buffer
		if err := (plan.View{}).WriteMarkdown(&out, "desks", desks(desired, nil)); err != nil {
			t.Fatal(err)
		}
		text := out.String()
		if len(text) > 65536 {
			t.Errorf("%d teams: a comment of %d bytes", teams, len(text))
		}
		if open, shut := strings.Count(text, "<details>"), strings.Count(text, "</details>"); open != shut || strings.Count(text, "~~~")%2 != 0 {
			t.Errorf("%d teams: %d blocks begin, %d end", teams, open, shut)
		}
		var omitted int
		_, _ = fmt.Sscan(text[strings.LastIndex(text, "</details>")+len("</details>"):], &omitted)
		if got := strings.Count(text, "\n+ create desk "); got+omitted != 4*teams {
			t.Errorf("%d teams: %d changes are shown, %d are left out", teams, got, omitted)
		}
	}
}

// TestUnchangedOfAPart: nothing is said of objects that were not looked at.
func TestUnchangedOfAPart(t *testing.T) {
	p := vaultPlan()
	plan.Restrict(p, plan.Sync, plan.Selection{Teams: []string{"red"}}, nil)
	var out bytes.Buffer
	if err := (plan.View{}).WriteText(&out, p); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(false, strings.Contains(out.String(), "unchanged")); diff != "" {
		t.Errorf("%s", out.String())
	}
}
