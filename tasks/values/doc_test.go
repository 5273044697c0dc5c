package values

import (
	flags "flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"otomi.io/tasks/tasks/platform"
)

var update = flags.Bool("update", false, "rewrite the golden files and the table of the package comment")

// TestDocTable keeps the table of the package comment equal to the settings that
// are read.
func TestDocTable(t *testing.T) {
	data, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	before, after := "// Unknown keys are ignored. <suffix> is cluster.domainSuffix.\n//\n", "//\n// The names of administrators' groups"
	head, rest, _ := strings.Cut(string(data), before)
	_, tail, found := strings.Cut(rest, after)
	if !found {
		t.Fatalf("doc.go: want the table between %q and %q", before, after)
	}
	want := head + before + table() + after + tail
	if *update {
		if err := os.WriteFile("doc.go", []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, string(data)); diff != "" {
		t.Errorf("doc.go is not what the settings say (go test ./tasks/values -run TestDocTable -update): -want, +got:\n%s", diff)
	}
}

// table has a row for each setting, whichever generation it belongs to.
func table() string {
	v := defaults(platform.Unversioned(), false)
	rows := [][3]string{{"path", "variable", "default"}}
	seen := map[string]bool{}
	add := func(prefix string, all []setting) {
		for _, s := range all {
			if !seen[prefix+s.path] {
				rows = append(rows, [3]string{prefix + s.path, documented(s), s.fallback})
			}
			seen[prefix+s.path] = true
		}
	}
	add("", settings(&v))
	newest := defaults(platform.ByVersion(platform.Newest), false)
	add("", settings(&newest))
	add("teamConfig.<id>.", teamRows())
	var out strings.Builder
	for _, r := range rows {
		out.WriteString(strings.TrimRight(fmt.Sprintf("//\t%-36s %-46s %s", r[0], r[1], r[2]), " ") + "\n")
	}
	return out.String()
}

func documented(s setting) string {
	mark := ""
	if s.shape == credentialShape {
		mark = " *"
	}
	names := make([]string, len(s.variables))
	for i, name := range s.variables {
		names[len(names)-1-i] = name + mark
	}
	return strings.Join(names, ", ")
}

func TestVariablesAreUnique(t *testing.T) {
	for _, g := range append(platform.Generations(), platform.Unversioned()) {
		v := defaults(g, false)
		seen := map[string]bool{}
		for _, s := range settings(&v) {
			for _, name := range s.variables {
				if seen[name] {
					t.Errorf("%s: duplicate variable %s", g.Name, name)
				}
				seen[name] = true
			}
		}
	}
}
