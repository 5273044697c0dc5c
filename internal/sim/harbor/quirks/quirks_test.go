package quirks

import (
	"flag"
	"fmt"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"otomi.io/tasks/internal/sim/harbor"
)

var update = flag.Bool("update", false, "rewrite docs/quirks/harbor.md")

func TestQuirks(t *testing.T) {
	for _, minor := range []int{6, 12, 15} {
		t.Run(fmt.Sprintf("2.%d", minor), func(t *testing.T) {
			Run(t, minor, func(_ testing.TB, o harbor.Options) http.Handler { return harbor.New(o) })
		})
	}
}

// TestDocument: the table for people has a row for each scenario.
func TestDocument(t *testing.T) {
	const file = "../../../../docs/quirks/harbor.md"
	var b strings.Builder
	b.WriteString(`# Quirks of Harbor

What surprises a client of Harbor. Each row is a scenario in internal/sim/harbor/quirks, which the simulator passes in
versions 2.6, 2.12 and 2.15, and a real server with ` + "`make e2e-harbor`" + `. This file is written by
` + "`go test ./internal/sim/harbor/quirks -run TestDocument -update`" + `.

| test TestQuirks/ | what the server does | versions |
|---|---|---|
`)
	all := chapters()
	for _, chapter := range slices.Sorted(maps.Keys(all)) {
		for _, name := range slices.Sorted(maps.Keys(all[chapter])) {
			s := all[chapter][name]
			fmt.Fprintf(&b, "| %s/%s | %s | %s |\n", chapter, name, s.reason, s.versions())
		}
	}
	if *update {
		if err := os.WriteFile(file, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(b.String(), string(text)); diff != "" {
		t.Errorf("docs/quirks/harbor.md (-scenarios +file):\n%s", diff)
	}
}

func (s scenario) versions() string {
	switch {
	case s.since > 0:
		return fmt.Sprintf("from 2.%d", s.since)
	case s.before > 0:
		return fmt.Sprintf("before 2.%d", s.before)
	}
	return "all"
}
