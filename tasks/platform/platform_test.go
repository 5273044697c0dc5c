package platform_test

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"otomi.io/tasks/tasks/platform"
)

var update = flag.Bool("update", false, "rewrite the table of docs/platforms.md")

// TestGenerations leaves no values version and no release without a table.
func TestGenerations(t *testing.T) {
	all := platform.Generations()
	for i, g := range all {
		if g.Name == "" || g.Layout == platform.LayoutPlain || g.From > g.To || len(g.Keycloak.Accesses) == 0 {
			t.Errorf("generation %d is incomplete: %+v", i, g)
		}
		if i == 0 {
			continue
		}
		before := all[i-1]
		// 4.4 shares its version with 4.2 and 4.3.
		if g.From != before.To+1 && g.From != before.To {
			t.Errorf("%s begins at values version %d, %s ends at %d", g.Name, g.From, before.Name, before.To)
		}
		if cmp.Diff(g, platform.Generations()[i]) != "" {
			t.Errorf("%s differs when it is made twice: tables share memory", g.Name)
		}
	}
	if first, last := all[0], all[len(all)-1]; first.From != platform.Oldest || last.To != platform.Newest {
		t.Errorf("want versions from %d to %d, got from %d to %d", platform.Oldest, platform.Newest, first.From, last.To)
	}
}

func TestByName(t *testing.T) {
	cases := map[string]string{
		"unversioned": "unversioned", "otomi-1.0": "otomi-1.0", "2.1": "otomi-2.0", "v2.11.5": "otomi-2.2", "3.0": "apl-3.0", "APL-4.3": "apl-4.0", "4.4.2": "apl-4.4",
		"apl-4.6": "apl-4.5", "4.12": "apl-4.9", "4.14": "apl-4.13", "5.1.0": "apl-4.15", "6.2": "apl-6.0",
		"": "", "7.0": "", "4": "", "0.16": "", "apl": "", "4.6.x": "", "99999.1": "",
	}
	for name, want := range cases {
		g, err := platform.ByName(name)
		if g.Name != want || (err == nil) != (want != "") {
			t.Errorf("ByName(%q): want %q, got %q, %v", name, want, g.Name, err)
		}
	}
}

func TestByVersion(t *testing.T) {
	cases := map[int]string{
		-1: "otomi-1.0", 0: "otomi-1.0", 15: "otomi-1.0", 16: "otomi-2.0", 17: "otomi-2.2", 21: "otomi-2.2", 28: "apl-3.0", 31: "apl-4.0", 32: "apl-4.0",
		39: "apl-4.5", 43: "apl-4.7", 44: "apl-4.9", 46: "apl-4.13", 49: "apl-4.13", 56: "apl-4.15", 61: "apl-4.15", 70: "apl-6.0", 71: "apl-6.0", 500: "apl-6.0",
	}
	for version, want := range cases {
		if got := platform.ByVersion(version).Name; got != want {
			t.Errorf("ByVersion(%d): want %s, got %s", version, want, got)
		}
	}
}

// TestDocs keeps the table of docs/platforms.md equal to the tables here.
func TestDocs(t *testing.T) {
	const page, start, end = "../../docs/platforms.md", "<!-- generations -->\n", "<!-- end -->\n"
	data, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, _ := strings.Cut(string(data), start)
	_, tail, found := strings.Cut(rest, end)
	if !found {
		t.Fatalf("%s: want the table between %q and %q", page, start, end)
	}
	want := head + start + table() + end + tail
	if *update {
		if err := os.WriteFile(page, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, string(data)); diff != "" {
		t.Errorf("%s is not what the tables say (go test ./tasks/platform -update): -want, +got:\n%s", page, diff)
	}
}

func table() string {
	rows := [][]string{
		{"releases", "`--platform`", "values version", "layout", "administrators (role of each group)", "login theme", "access token", "Harbor's administrators", "Gitea", "Drone"},
		slices.Repeat([]string{"---"}, 10),
	}
	for _, g := range platform.Generations() {
		var access []string
		for _, a := range g.Keycloak.Accesses {
			access = append(access, fmt.Sprintf("`%s` (`%s`)", a.Group, a.Role))
		}
		rows = append(rows, []string{
			g.String(), "`" + g.Name + "`", fmt.Sprintf("%d - %d", g.From, g.To), strings.TrimPrefix(g.Layout.String(), "layout "), strings.Join(access, ", "),
			"`" + g.Keycloak.Theme + "`", fmt.Sprintf("%d s", g.Keycloak.Lives.AccessToken), "`" + g.Harbor.AdminGroup + "`",
			giteaOf(g.Gitea), map[bool]string{true: "yes", false: "removed"}[g.Drone.Exists],
		})
	}
	var out strings.Builder
	for _, r := range rows {
		out.WriteString("| " + strings.Join(r, " | ") + " |\n")
	}
	return out.String()
}

func giteaOf(g platform.Gitea) string {
	if g.TeamOrganizations {
		return "`otomi` and one organisation a team"
	}
	return "`otomi`"
}
