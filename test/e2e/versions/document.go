package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

const head = `# Proven on

Written by ` + "`make e2e-versions`" + `, which runs the end-to-end tests on real servers of each version. A row
says what ran at the commit that it names, and how many requests a run sent that found nothing to do, by the test.

| server | version | tests | requests | minutes, and of a processor | commit | also by |
|---|---|---|---|---|---|---|
`

// document is the table of all rows, run or not, with what failed below it.
func document(all []row, results store) (string, error) {
	var table, failures strings.Builder
	for _, r := range all {
		kept, err := results.newest(r)
		if err != nil {
			return "", err
		}
		table.WriteString(line(r, kept))
		if kept == nil || len(kept.Failed) == 0 {
			continue
		}
		fmt.Fprintf(&failures, "\n%s fails:\n\n", r.name())
		for _, test := range kept.Failed {
			fmt.Fprintf(&failures, "- `%s`\n", test)
		}
	}
	return head + table.String() + failures.String(), nil
}

// summary is the table of the README: the versions of which everything passed, and
// what CI runs again on each commit.
func summary(all []row, results store) (string, error) {
	text := "| server | proven on | in CI |\n|---|---|---|\n"
	for _, server := range []string{keycloak, gitea, drone, harbor} {
		var proven, ci []string
		for _, r := range all {
			kept, err := results.newest(r)
			if err != nil {
				return "", err
			}
			if r.server != server {
				continue
			}
			switch {
			case r.when == already || kept != nil && len(kept.Failed) == 0 && !kept.Part:
				proven = append(proven, r.version)
			case kept != nil && len(kept.Failed) == 0:
				proven = append(proven, r.version+" (in part)")
			}
			if r.when != byHand {
				ci = append(ci, r.version+strings.TrimPrefix(string(r.when), string(already)))
			}
		}
		text += fmt.Sprintf("| %s | %s | %s |\n", server, strings.Join(proven, ", "), cmp.Or(strings.Join(ci, "; "), "its simulator"))
	}
	return text, nil
}

const startMark, endMark = "<!-- made by make e2e-versions -->\n", "<!-- end -->"

// replaceSummary puts the table between the marks of a page.
func replaceSummary(page, table string) (string, error) {
	before, rest, started := strings.Cut(page, startMark)
	_, after, ended := strings.Cut(rest, endMark)
	if !started || !ended {
		return "", fmt.Errorf("the page has no %q with %q after it", startMark, endMark)
	}
	return before + startMark + table + endMark + after, nil
}

func line(r row, kept *result) string {
	if kept == nil {
		return fmt.Sprintf("| %s | %s | %s | | | | %s |\n", r.server, r.version, notRun(r), r.when)
	}
	minutes := fmt.Sprintf("%.1f", float64(kept.Seconds)/60)
	if kept.CPU > 0 {
		minutes += fmt.Sprintf(", %.1f", float64(kept.CPU)/60)
	}
	return fmt.Sprintf("| %s | %s | %s | %s | %s | %s | %s |\n", r.server, r.version, verdict(kept), kept.idle(), minutes, kept.Commit, r.when)
}

func (r *result) idle() string {
	var all []string
	for _, test := range slices.Sorted(maps.Keys(r.Idle)) {
		all = append(all, fmt.Sprintf("%s %d", test, r.Idle[test]))
	}
	return strings.Join(all, ", ")
}

func notRun(r row) string {
	if r.when == already {
		return "all, on each commit"
	}
	if name := r.program(); name != "" {
		return "not run: needs its program in `" + name + "`"
	}
	return "not run"
}

func verdict(kept *result) string {
	text := fmt.Sprintf("%d passed", kept.Passed)
	if len(kept.Failed) > 0 {
		text += fmt.Sprintf(", **%d failed**", len(kept.Failed))
	}
	if kept.Part {
		text += ", of a part"
	}
	return text
}
