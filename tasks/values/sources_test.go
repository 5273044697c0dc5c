package values_test

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"otomi.io/tasks/tasks/values"
)

func TestMerge(t *testing.T) {
	const archive = `
-- a.yaml --
otomi: {hasExternalIDP: true, adminPassword: first}
apps: {keycloak: {theme: first, redirectURIs: ["https://a/*", "https://b/*"], idp: {alias: kept}}}
teamConfig: {one: {password: kept}, two: {selfService: {apps: [gitea]}}}
-- b.json --
{"otomi": {"adminPassword": "second", "hasExternalIDP": null},
 "apps": {"keycloak": {"redirectURIs": ["https://c/*"], "theme": null, "idp": null}},
 "teamConfig": {"two": null, "three": {}}}
-- empty.yaml --
`
	unpack(t, archive)
	v := load(t, values.Request{Sources: []string{"a.yaml", "empty.yaml", "-"}, Stdin: strings.NewReader(read(t, "b.json"))})
	k := v.Apps.Keycloak
	got := []any{v.Otomi.HasExternalIDP, v.Otomi.AdminPassword.Reveal(), k.Theme, k.RedirectURIs, k.IDP.Alias, v.TeamIDs(), v.Teams["one"].Password.Reveal(), v.Teams["two"].SelfService.Apps}
	want := []any{true, "second", "first", []string{"https://c/*"}, "kept", []string{"one", "three", "two"}, "kept", []string{"gitea"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("later wins, maps merge, lists replace, null says nothing: -want, +got:\n%s", diff)
	}
}

func TestMergeManyTeams(t *testing.T) {
	const n = 3000
	var plain, secret strings.Builder
	for i := range n {
		fmt.Fprintf(&plain, "  t%d: {oidc: {groupMapping: g%d}}\n", i, i)
		fmt.Fprintf(&secret, "  t%d: {password: p%d}\n", n-1-i, n-1-i)
	}
	unpack(t, "-- env/teams.yaml --\nteamConfig:\n"+plain.String()+"-- env/secrets.teams.yaml --\nteamConfig:\n"+secret.String()+"  more: {}\n")
	v := load(t, values.Request{Sources: []string{"."}})
	got := []any{len(v.Teams), v.Teams["t0"].Password.Reveal(), v.Teams["t2999"].Password.Reveal(), v.Teams["t1500"].OIDC.GroupMapping}
	if diff := cmp.Diff([]any{n + 1, "p0", "p2999", "g1500"}, got); diff != "" {
		t.Errorf("teams of both files merge whatever their order: -want, +got:\n%s", diff)
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestMergeBlamesTheLastFile(t *testing.T) {
	unpack(t, "-- a.yaml --\napps:\n  keycloak:\n    tokenTTL: 60\n-- b.yaml --\napps: {keycloak: {tokenTTL: 0}}\n")
	_, err := values.Load(t.Context(), values.Request{Sources: []string{"a.yaml", "b.yaml"}})
	want := []string{`b.yaml:1:29: apps.keycloak.tokenTTL: 0 is not between 1 and 2147483647`}
	if diff := diffMessages(want, messages(t, err)); diff != "" {
		t.Errorf("the value came from b.yaml: -want, +got:\n%s", diff)
	}
}

// theme lets each file of a layout say its own name, so that the winner shows.
func theme(name string) string { return "apps: {keycloak: {theme: " + name + "}}\n" }

func TestDirectory(t *testing.T) {
	cases := map[string]struct {
		reason string
		files  map[string]string
		want   string
	}{
		"PathOrder": {
			reason: "files are laid over each other in the order of their paths",
			files:  map[string]string{"env/settings.yaml": theme("settings"), "env/apps/keycloak.yaml": theme("app"), "env/cluster.yaml": theme("cluster")},
			want:   "settings",
		},
		"SecretsLast": {
			reason: "secrets.* win over all that is plain, wherever they are",
			files:  map[string]string{"env/settings.yaml": theme("settings"), "env/apps/secrets.keycloak.yaml": theme("secret"), "env/zz.yaml": theme("zz")},
			want:   "secret",
		},
		"SecretsInPathOrder": {
			reason: "and among themselves by path",
			files:  map[string]string{"env/secrets.settings.yaml": theme("settings"), "env/apps/secrets.keycloak.yaml": theme("app")},
			want:   "settings",
		},
		"WithoutEnv": {
			reason: "the directory may be env itself",
			files:  map[string]string{"settings.yaml": theme("here"), "apps/k.yml": theme("app")},
			want:   "here",
		},
		"OnlyEnv": {
			reason: "beside env nothing is read",
			files:  map[string]string{"env/a.yaml": theme("env"), "zz.yaml": "- not values\n", "charts/x.yaml": "{{ x }}"},
			want:   "env",
		},
		"Foreign": {
			reason: "decrypted copies, templates, charts and hidden files are not values",
			files: map[string]string{
				"env/a.yaml": theme("a"), "env/secrets.a.yaml.dec": theme("dec"), "env/b.tpl": "{{", "env/b.gotmpl": "{{", "env/z.json": "{",
				"env/charts/c/values.yaml": "- x", "env/templates/t.yaml": "{{ t }}: {", "env/.sops.yaml": "- x", "env/.git/x.yaml": "- x", "env/README.md": "#",
			},
			want: "a",
		},
		"Workloads": {
			reason: "a team must not set the platform's values through its workload's",
			files:  map[string]string{"env/a.yaml": theme("a"), "env/teams/workloads/demo/w1.yaml": theme("team"), "env/teams/workloads/demo/secrets.w1.yaml": theme("team")},
			want:   "a",
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			unpack(t, "")
			for file, text := range c.files {
				write(t, "repo/"+file, []byte(text))
			}
			v := load(t, values.Request{Sources: []string{"repo"}})
			if v.Apps.Keycloak.Theme != c.want {
				t.Errorf("%s: theme: want %s, got %s", c.reason, c.want, v.Apps.Keycloak.Theme)
			}
		})
	}
}

// TestDirectoryMounted reads a Secret as Kubernetes mounts it: each file is a
// link through ..data into a hidden directory.
func TestDirectoryMounted(t *testing.T) {
	unpack(t, "-- values/..2024_01_01/a.yaml --\n"+theme("mounted"))
	for from, to := range map[string]string{"values/..data": "..2024_01_01", "values/a.yaml": "..data/a.yaml"} {
		if err := os.Symlink(to, from); err != nil {
			t.Fatal(err)
		}
	}
	v := load(t, values.Request{Sources: []string{"values"}})
	if v.Apps.Keycloak.Theme != "mounted" {
		t.Errorf("theme: want mounted, got %s", v.Apps.Keycloak.Theme)
	}
}

func TestSourceProblems(t *testing.T) {
	broken := iotest.ErrReader(errors.New("pipe broke"))
	cases := map[string]struct {
		reason  string
		request values.Request
		want    []string
	}{
		"NoFile":       {reason: "a missing path", request: values.Request{Sources: []string{"gone.yaml"}}, want: []string{`gone.yaml: reading: no such file or directory`}},
		"NoValues":     {reason: "an empty directory is a wrong one", request: values.Request{Sources: []string{"docs"}}, want: []string{`docs: holds no values: want *.yaml files, or a directory env with them`}},
		"NoStdin":      {reason: "- without standard input", request: values.Request{Sources: []string{"-"}}, want: []string{`-: there is no standard input, or it is named twice`}},
		"StdinTwice":   {reason: "it can be read once", request: values.Request{Sources: []string{"-", "-"}, Stdin: strings.NewReader("{}")}, want: []string{`-: there is no standard input, or it is named twice`}},
		"StdinBroken":  {reason: "an error of the reader", request: values.Request{Sources: []string{"-"}, Stdin: broken}, want: []string{`-: reading: pipe broke`}},
		"StdinNoYAML":  {reason: "standard input has positions too", request: values.Request{Sources: []string{"-"}, Stdin: strings.NewReader("- a\n")}, want: []string{`-:1:1: want a mapping at the top, got a list`}},
		"TooLarge":     {reason: "values are never that large", request: values.Request{Sources: []string{"-"}, Stdin: strings.NewReader(strings.Repeat("#\n", 9<<20))}, want: []string{`-: is larger than 16 MiB`}},
		"EverySource":  {reason: "one bad source does not hide the next", request: values.Request{Sources: []string{"gone.yaml", "bad.yaml"}}, want: []string{`bad.yaml:1:1: want a mapping at the top, got a list`, `gone.yaml: reading: no such file or directory`}},
		"DirectoryBad": {reason: "a file is named with its directory", request: values.Request{Sources: []string{"repo"}}, want: []string{`repo/env/bad.yaml:1:1: want a mapping at the top, got a list`}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			unpack(t, "-- bad.yaml --\n- a\n-- docs/README.md --\nx\n-- repo/env/bad.yaml --\n- a\n")
			_, err := values.Load(t.Context(), c.request)
			if diff := diffMessages(c.want, messages(t, err)); diff != "" {
				t.Errorf("%s\nLoad(...): -want, +got:\n%s", c.reason, diff)
			}
		})
	}
}
