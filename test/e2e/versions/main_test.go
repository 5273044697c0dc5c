package main

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestReadEvents(t *testing.T) {
	got, err := readEvents(strings.NewReader(`# a warning of the linker
{"Action":"run","Test":"TestA"}
{"Action":"output","Test":"TestA/one","Output":"    runner.go:9: a run that finds nothing to do: 13 requests\n"}
{"Action":"pass","Test":"TestA/one"}
{"Action":"fail","Test":"TestA/two/deep"}
{"Action":"fail","Test":"TestA/two"}
{"Action":"fail","Test":"TestA"}
{"Action":"fail","Test":"TestAB"}
{"Action":"skip","Test":"TestC"}
{"Action":"fail"}
`))
	if err != nil {
		t.Fatal(err)
	}
	want := result{Passed: 1, Failed: []string{"TestA/two/deep", "TestAB"}, Idle: map[string]int{"one": 13}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("only the innermost failures are listed (-want +got):\n%s", diff)
	}
}

func TestChosen(t *testing.T) {
	cases := map[string]struct {
		reason  string
		options options
		row     row
		want    bool
	}{
		"All":     {reason: "without names every row is run", row: row{server: gitea, version: "1.19.3"}, want: true},
		"Server":  {reason: "a name may be that of the server", options: options{names: []string{"gitea"}}, row: row{server: gitea, version: "1.19.3"}, want: true},
		"Version": {reason: "a name may be the beginning of a version", options: options{names: []string{"gitea 1.2"}}, row: row{server: gitea, version: "1.19.3"}},
		"Default": {reason: "make e2e has run the default version", options: options{ci: true}, row: row{when: already}},
		"CI":      {reason: "CI runs what is marked", options: options{ci: true}, row: row{when: inCI}, want: true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if got := tc.options.chosen(tc.row); got != tc.want {
				t.Errorf("%s: chosen = %t, want %t", tc.reason, got, tc.want)
			}
		})
	}
}

// TestPart: CI runs a part of each row that is marked, and of no other.
func TestPart(t *testing.T) {
	for _, r := range (options{ci: true}).rows() {
		if r.when != inCI || r.tests.run == "" {
			t.Errorf("CI runs %q of %s", r.tests.run, r.name())
		}
	}
}

// TestMissing: what installs itself is never missing, what cannot is until its
// variable is set.
func TestMissing(t *testing.T) {
	for _, r := range rows() {
		name := r.program()
		if name == "" {
			continue
		}
		t.Setenv(name, "")
		if err := os.Unsetenv(name); err != nil || !r.missing() {
			t.Errorf("%s is not missing without %s (%v)", r.name(), name, err)
		}
		t.Setenv(name, "/programs")
		if r.missing() || !strings.Contains(strings.Join(r.environment(), " "), "=/programs") {
			t.Errorf("%s is missing in spite of %s", r.name(), name)
		}
	}
}

func TestDocument(t *testing.T) {
	results := store(t.TempDir())
	all := []row{{server: keycloak, version: "22.0.5"}, {server: drone, version: "2.7.3", when: inCI}}
	if err := results.write(all[0], result{Commit: "abc", Passed: 7, Failed: []string{"TestA/two"}, Seconds: 61, CPU: 30, Idle: map[string]int{"Teams500": 13, "Sample": 12}}); err != nil {
		t.Fatal(err)
	}
	got, err := document(all, results)
	if err != nil {
		t.Fatal(err)
	}
	want := head + `| Keycloak | 22.0.5 | 7 passed, **1 failed** | Sample 12, Teams500 13 | 1.0, 0.5 | abc |  |
| Drone | 2.7.3 | not run: needs its program in ` + "`DRONE_2_7_3`" + ` | | | | ` + string(inCI) + ` |

Keycloak 22.0.5 fails:

- ` + "`TestA/two`" + `
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("document (-want +got):\n%s", diff)
	}
}

func TestSummary(t *testing.T) {
	results := store(t.TempDir())
	all := []row{
		{server: keycloak, version: "20.0.5", when: inCI}, {server: keycloak, version: "22.0.5"}, {server: keycloak, version: "26.4.0", when: already},
		{server: drone, version: "2.7.3"},
	}
	for r, kept := range map[row]result{all[0]: {Passed: 7}, all[1]: {Failed: []string{"TestA"}}, all[3]: {Passed: 1}} {
		if err := results.write(r, kept); err != nil {
			t.Fatal(err)
		}
	}
	table, err := summary(all, results)
	if err != nil {
		t.Fatal(err)
	}
	got, err := replaceSummary("before\n"+startMark+"old"+endMark+"\nafter", table)
	if err != nil {
		t.Fatal(err)
	}
	want := "before\n" + startMark + `| server | proven on | in CI |
|---|---|---|
| Keycloak | 20.0.5, 26.4.0 | 20.0.5, in part; 26.4.0 |
| Gitea |  | its simulator |
| Drone | 2.7.3 | its simulator |
| Harbor |  | its simulator |
` + endMark + "\nafter"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("summary (-want +got):\n%s", diff)
	}
	if _, err := replaceSummary("a page without marks", table); err == nil {
		t.Error("a page without marks is taken")
	}
}
