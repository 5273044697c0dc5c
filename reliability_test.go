package tasks_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	namedPackage = regexp.MustCompile("`([a-z][\\w/]*)`((?:,? `Test[\\w/]+`)+)")
	namedTest    = regexp.MustCompile("`(Test\\w+)(?:/(\\w+))?`")
)

// TestReliabilityNamesTests: each test that docs/reliability.md names exists in the
// package beside it, and so does its part.
func TestReliabilityNamesTests(t *testing.T) {
	text, err := os.ReadFile("docs/reliability.md")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, named := range namedPackage.FindAllStringSubmatch(string(text), -1) {
		source := sourceOf(t, named[1])
		for _, test := range namedTest.FindAllStringSubmatch(named[2], -1) {
			found++
			if !strings.Contains(source, "func "+test[1]+"(") {
				t.Errorf("%s has no %s", named[1], test[1])
			}
			if part := test[2]; part != "" && !strings.Contains(source, `"`+part+`"`) {
				t.Errorf("%s %s has no part %s", named[1], test[1], part)
			}
		}
	}
	if found < 40 {
		t.Errorf("%d tests are named, want one at least for each line", found)
	}
}

// sourceOf is all Go of one folder.
func sourceOf(t *testing.T, folder string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%s holds no Go: %v", folder, err)
	}
	var all strings.Builder
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(text)
	}
	return all.String()
}
