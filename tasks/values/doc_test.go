package values

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestDocTable keeps the table of the package comment and the code together.
func TestDocTable(t *testing.T) {
	data, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]string{}
	path := ""
	for _, row := range regexp.MustCompile(`(?m)^//\t(.*)$`).FindAllStringSubmatch(string(data), -1) {
		if cell, _, _ := strings.Cut(row[1], " "); cell != "" {
			path = cell
		}
		rows[path] += row[1] + "\n"
	}
	for _, v := range variables() {
		name := v.name
		if v.credential {
			name += " *"
		}
		cells := regexp.MustCompile(`\s{2,}|,\s|\s\(|\n`).Split(rows[v.path], -1)
		if !slices.Contains(cells, name) && !slices.Contains(cells, name+",") {
			t.Errorf("the row of %s in the package comment lacks %q: %q", v.path, name, rows[v.path])
		}
	}
}

func TestVariablesAreUnique(t *testing.T) {
	seen := map[string]bool{}
	for _, v := range variables() {
		if seen[v.name] {
			t.Errorf("variable %s stands twice in the table", v.name)
		}
		seen[v.name] = true
	}
}
