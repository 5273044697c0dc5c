package run

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/pflag"

	"otomi.io/tasks/tasks/plan"
)

// flagCase is one flag: a value that is not its default, and where it arrives.
type flagCase struct {
	value string
	set   func(*options)
}

func flagCases() map[string]flagCase {
	return map[string]flagCase{
		"values":            {"a,b.yaml", func(o *options) { o.values = []string{"a,b.yaml"} }},
		"policy":            {"sync", func(o *options) { o.policyName = "sync" }},
		"team":              {"red,blue", func(o *options) { o.teams = []string{"red", "blue"} }},
		"shard":             {"1/3", func(o *options) { o.shardName = "1/3" }},
		"output":            {"json", func(o *options) { o.output = "json" }},
		"by":                {"kind", func(o *options) { o.by = "kind" }},
		"color":             {"always", func(o *options) { o.color = "always" }},
		"full":              {"true", func(o *options) { o.full = true }},
		"report":            {"report.html", func(o *options) { o.report = "report.html" }},
		"report-dir":        {"reports", func(o *options) { o.reportDir = "reports" }},
		"out":               {"plan.json", func(o *options) { o.out = "plan.json" }},
		"detailed-exitcode": {"true", func(o *options) { o.detailedExit = true }},
		"allow-removals":    {"role=3,group=1", func(o *options) { o.allowRemovals = map[string]int{"role": 3, "group": 1} }},
		"removal-cap":       {"0.5", func(o *options) { o.removalCap = 0.5 }},
		"accept":            {"no-teams,prefix", func(o *options) { o.accept = []string{"no-teams", "prefix"} }},
		"yes":               {"true", func(o *options) { o.yes = true }},
		"leavers":           {"disable", func(o *options) { o.leavers = "disable" }},
		"installation":      {"example.com/otomi/blue", func(o *options) { o.installation = "example.com/otomi/blue" }},
		"platform":          {"apl-4.5", func(o *options) { o.platform = "apl-4.5" }},
		"from-platform":     {"credentials,users", func(o *options) { o.fromPlatform = []string{"credentials", "users"} }},
		"release":           {"core", func(o *options) { o.release = "core" }},
		"timeout":           {"1m30s", func(o *options) { o.timeout = 90 * time.Second }},
		"wait":              {"7s", func(o *options) { o.waitFor = 7 * time.Second }},
		"workers":           {"3", func(o *options) { o.workers = 3 }},
		"page-size":         {"7", func(o *options) { o.pageSize = 7 }},
		"rate":              {"2.5", func(o *options) { o.rate = 2.5 }},
		"log-level":         {"debug", func(o *options) { o.logLevel = "debug" }},
		"log-format":        {"text", func(o *options) { o.logFormat = "text" }},
		"kubeconfig":        {"/tmp/config", func(o *options) { o.kubeconfig = "/tmp/config" }},
		"namespace":         {"otomi", func(o *options) { o.namespace = "otomi" }},
		"lock-wait":         {"5s", func(o *options) { o.lockWait = 5 * time.Second }},
		"termination-log":   {"/tmp/reason", func(o *options) { o.termination = "/tmp/reason" }},
	}
}

// variable is the documented name of a flag's variable, spelt by hand.
func variable(flag string) string {
	return "OTOMI_TASKS_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

func newFlags() (*pflag.FlagSet, *options) {
	var o options
	flags := pflag.NewFlagSet("test", pflag.ContinueOnError)
	o.add(flags)
	return flags, &o
}

// TestEnvironmentOfFlags: every flag has a variable, which does what the flag
// does and no more.
func TestEnvironmentOfFlags(t *testing.T) {
	t.Parallel()
	cases := flagCases()
	all, defaults := newFlags()
	all.VisitAll(func(f *pflag.Flag) {
		if _, tested := cases[f.Name]; !tested {
			t.Errorf("--%s is not in the table", f.Name)
		}
		if f.Usage == "" {
			t.Errorf("--%s has no help", f.Name)
		}
	})
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want := *defaults
			tc.set(&want)
			byVariable, fromVariable := newFlags()
			if err := fromEnvironment(byVariable, map[string]string{variable(name): tc.value}); err != nil {
				t.Fatalf("%s=%s: %v", variable(name), tc.value, err)
			}
			byFlag, fromFlag := newFlags()
			if err := byFlag.Parse([]string{"--" + name + "=" + tc.value}); err != nil {
				t.Fatalf("--%s=%s: %v", name, tc.value, err)
			}
			compare := cmp.AllowUnexported(options{})
			if diff := cmp.Diff(want, *fromVariable, compare); diff != "" {
				t.Errorf("%s=%s: -want, +got:\n%s", variable(name), tc.value, diff)
			}
			if diff := cmp.Diff(want, *fromFlag, compare); diff != "" {
				t.Errorf("--%s=%s: -want, +got:\n%s", name, tc.value, diff)
			}
		})
	}
}

func TestFromEnvironment(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		reason string
		args   []string
		env    map[string]string
		want   int // workers
		says   []string
	}{
		"Unset":   {"the default", nil, nil, 8, nil},
		"Empty":   {"charts set variables that they have no value for", nil, map[string]string{"OTOMI_TASKS_WORKERS": ""}, 8, nil},
		"FlagWin": {"the command line is nearer than the environment", []string{"--workers=2"}, map[string]string{"OTOMI_TASKS_WORKERS": "3"}, 2, nil},
		"Others":  {"variables of others", nil, map[string]string{"WORKERS": "3", "OTOMI_TASKS_NO_FLAG": "3"}, 8, nil},
		"Bad":     {"each variable that cannot be read is named", nil, map[string]string{"OTOMI_TASKS_WORKERS": "many", "OTOMI_TASKS_RATE": "fast"}, 0, []string{"OTOMI_TASKS_WORKERS", "OTOMI_TASKS_RATE"}},
		"BadFlag": {"a variable that the command line overrules is not read", []string{"--workers=2"}, map[string]string{"OTOMI_TASKS_WORKERS": "many"}, 2, nil},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			flags, o := newFlags()
			if err := flags.Parse(tc.args); err != nil {
				t.Fatal(err)
			}
			err := fromEnvironment(flags, tc.env)
			if (err != nil) != (tc.says != nil) || err == nil && o.workers != tc.want {
				t.Errorf("%s: %d workers, want %d: %v", tc.reason, o.workers, tc.want, err)
			}
			for _, name := range tc.says {
				if !strings.Contains(err.Error(), name) {
					t.Errorf("%s: no %s in %v", tc.reason, name, err)
				}
			}
		})
	}
}

// TestRepeatedFlags: lists grow with each flag; a source may hold a comma.
func TestRepeatedFlags(t *testing.T) {
	t.Parallel()
	flags, o := newFlags()
	args := []string{"--values=a,b", "--values=-", "--team=red", "--team=blue,green", "--accept=x", "--accept=y", "--allow-removals=a=1", "--allow-removals=b=2"}
	if err := flags.Parse(args); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"a,b", "-"}, o.values); diff != "" {
		t.Errorf("--values: -want, +got:\n%s", diff)
	}
	if diff := cmp.Diff(plan.Selection{Teams: []string{"red", "blue", "green"}}, o.selection()); diff != "" {
		t.Errorf("--team: -want, +got:\n%s", diff)
	}
	want := plan.Limits{RemovalFraction: 0.25, AllowRemovals: map[string]int{"a": 1, "b": 2}, Accept: []string{"x", "y"}}
	if diff := cmp.Diff(want, o.limits()); diff != "" {
		t.Errorf("limits: -want, +got:\n%s", diff)
	}
}

func TestEnvironment(t *testing.T) {
	t.Parallel()
	got := environment([]string{"A=1", "B=", "C=x=y", "D", "A=2"})
	if diff := cmp.Diff(map[string]string{"A": "2", "B": "", "C": "x=y"}, got); diff != "" {
		t.Errorf("environment(...): -want, +got:\n%s", diff)
	}
}

func TestShorten(t *testing.T) {
	t.Parallel()
	cases := map[string]struct{ reason, text, want string }{
		"Short":   {"what fits stays", "abcd", "abcd"},
		"Trimmed": {"white space around it does not count", " \n abcd\n", "abcd"},
		"Long":    {"what does not fit is cut, and one sees it", "abcdef", "abcd …"},
		"InRune":  {"no half characters", "abcäf", "abc …"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := shorten(tc.text, 4); got != tc.want {
				t.Errorf("%s: shorten(%q, 4) = %q, want %q", tc.reason, tc.text, got, tc.want)
			}
		})
	}
}

// TestProgress: one line that is written over and over, and gone in the end.
func TestProgress(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	p := &progress{log: &out, out: &out}
	fmt.Fprintln(p, "before")
	p.Start("waiting", 0)
	p.Start("applying", 2)
	p.Step()
	fmt.Fprintln(p, "failed")
	p.Step()
	p.End()
	fmt.Fprintln(p, "after")
	const again = "\r\x1b[K"
	want := "before\n" + again + "waiting" + again + "applying 0/2" + again + "applying 1/2" +
		again + "failed\n" + again + "applying 1/2" + again + "applying 2/2" + again + "after\n"
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("progress: -want, +got:\n%s", diff)
	}
}

// TestNoProgress: no escape sequences outside a terminal.
func TestNoProgress(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	p := newProgress(&out)
	p.Start("applying", 2)
	p.Step()
	p.End()
	if out.Len() != 0 {
		t.Errorf("outside a terminal: %q", out.String())
	}
}

// TestRemediesAreDocumented: docs/operations.md has every remedy under its heading.
func TestRemediesAreDocumented(t *testing.T) {
	t.Parallel()
	content, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	page := string(content)
	for _, s := range symptoms() {
		if !strings.Contains(page, s.remedy) {
			t.Errorf("docs/operations.md lacks the remedy: %s", s.remedy)
		}
	}
}
