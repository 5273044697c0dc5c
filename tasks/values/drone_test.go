package values_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"otomi.io/tasks/tasks/values"
)

const droneValues = `
apps:
  drone:
    repos:
      - name: otomi/values
        timeout: 90
        trusted: true
      - name: otomi/charts
        configPath: ci/drone.star
        visibility: private
        throttle: 0
        protected: true
        ignoreForks: true
        ignorePulls: false
        cancelPulls: true
        cancelPushes: true
        cancelRunning: false
        secrets:
          - {name: npm, value: "${TOKEN}"}
          - {name: key, value: "-----BEGIN-----\nx\n", pullRequests: true, pullRequestPushes: false}
        cron:
          - {name: nightly, expression: "0 0 4 * * *", branch: main, target: prod, disabled: true}
          - {name: week_ly, expression: "@weekly", branch: release/1.x}
    secrets:
      - {organisation: otomi, name: registry, value: s1}
    templates:
      - {organisation: otomi, name: plugin.yaml, data: "kind: pipeline\nname: {{ .input.name }}\n"}
teamConfig:
  demo: {drone: {repos: [{name: demo/app}]}}
  empty: {drone: {}}
`

func TestDrone(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "sound.yaml", []byte(sound))
	write(t, "drone.yaml", []byte(droneValues))
	got := load(t, values.Request{Sources: []string{"sound.yaml", "drone.yaml"}, App: values.AppDrone})
	want := values.DroneBuilds{
		Repos: []values.DroneRepo{
			{Name: "otomi/values", Timeout: new(90), Trusted: new(true)},
			{
				Name: "otomi/charts", ConfigPath: new("ci/drone.star"), Visibility: new("private"), Throttle: new(0), Protected: new(true), IgnoreForks: new(true),
				IgnorePulls: new(false), CancelPulls: new(true), CancelPushes: new(true), CancelRunning: new(false),
				Secrets: []values.DroneSecret{
					{Name: "npm", Value: values.NewSecret("${TOKEN}")},
					{Name: "key", Value: values.NewSecret("-----BEGIN-----\nx\n"), PullRequests: new(true), PullRequestPushes: new(false)},
				},
				Crons: []values.DroneCron{
					{Name: "nightly", Expression: "0 0 4 * * *", Branch: "main", Target: new("prod"), Disabled: new(true)},
					{Name: "week_ly", Expression: "@weekly", Branch: "release/1.x"},
				},
			},
		},
		OrgSecrets: []values.DroneOrgSecret{{Organisation: "otomi", DroneSecret: values.DroneSecret{Name: "registry", Value: values.NewSecret("s1")}}},
		Templates:  []values.DroneTemplate{{Organisation: "otomi", Name: "plugin.yaml", Data: "kind: pipeline\nname: {{ .input.name }}\n"}},
	}
	if diff := cmp.Diff(want, got.Apps.Drone.DroneBuilds); diff != "" {
		t.Errorf("apps.drone (-want +got):\n%s", diff)
	}
	teams := map[string]values.TeamDrone{"demo": {Repos: []values.DroneRepo{{Name: "demo/app"}}}, "empty": {}}
	for id, want := range teams {
		if diff := cmp.Diff(want, got.Teams[id].Drone); diff != "" {
			t.Errorf("team %s (-want +got):\n%s", id, diff)
		}
	}
}

// TestBrokenDrone is the table of what is refused of it, with the exact message.
func TestBrokenDrone(t *testing.T) {
	repo := func(rest string) string { return "apps: {drone: {repos: [{name: otomi/charts, " + rest + "}]}}\n" }
	cases := map[string]struct {
		reason, values string
		want           []string
	}{
		"RepoNoList":   {"repositories are a list", "apps: {drone: {repos: {name: x}}}\n", []string{`broken.yaml:1:23: apps.drone.repos: want a list, got a mapping`}},
		"RepoIsText":   {"each of them a mapping", "apps: {drone: {repos: [otomi/charts]}}\n", []string{`broken.yaml:1:24: apps.drone.repos[0]: want a mapping, got text`}},
		"RepoNameless": {"a repository has a name", "apps: {drone: {repos: [{trusted: true}]}}\n", []string{`broken.yaml:1:24: apps.drone.repos[0]: has no name`}},
		"RepoNoOrg":    {"and an organisation", "apps: {drone: {repos: [{name: charts}]}}\n", []string{`broken.yaml:1:31: apps.drone.repos[0].name: "charts" is not the name of an organisation, a slash and the name of a repository`}},
		"RepoParent":   {"no name leads elsewhere", "apps: {drone: {repos: [{name: otomi/..}]}}\n", []string{`broken.yaml:1:31: apps.drone.repos[0].name: "otomi/.." is not the name of an organisation, a slash and the name of a repository`}},
		"RepoTwice":    {"Gitea folds case", "apps: {drone: {repos: [{name: otomi/charts}, {name: Otomi/Charts}]}}\n", []string{`broken.yaml:1:46: apps.drone.repos[1]: repository "Otomi/Charts" is in apps.drone.repos[0], too`}},
		"RepoOfTwo": {"a repository has one place", "apps: {drone: {repos: [{name: demo/app}]}}\nteamConfig: {demo: {drone: {repos: [{name: demo/app}]}}}\n",
			[]string{`broken.yaml:2:37: teamConfig.demo.drone.repos[0]: repository "demo/app" is in apps.drone.repos[0], too`}},
		"PlatformRepo": {"no team changes the platform's own", "teamConfig: {demo: {drone: {repos: [{name: otomi/values}]}}}\n",
			[]string{`broken.yaml:1:44: teamConfig.demo.drone.repos[0].name: "otomi/values" is the platform's own: set it up in apps.drone.repos`}},
		"TeamDroneText": {"a section is a mapping", "teamConfig: {demo: {drone: all}}\n", []string{`broken.yaml:1:28: teamConfig.demo.drone: want a mapping, got text`}},
		"Slip": {"a typo would silently change nothing", "apps: {drone: {secrets: [{organisation: o, name: a, value: b, pullRequest: true}]}}\n",
			[]string{`broken.yaml:1:63: apps.drone.secrets[0].pullRequest: is not known: want one of name, value, pullRequests, pullRequestPushes, organisation`}},
		"Timeout":    {"0 would become 60", repo("timeout: 0"), []string{`broken.yaml:1:54: apps.drone.repos[0].timeout: 0 is not between 1 and 2147483647`}},
		"Throttle":   {"a number", repo("throttle: some"), []string{`broken.yaml:1:55: apps.drone.repos[0].throttle: want a whole number, got text`}},
		"Trusted":    {"a switch", repo("trusted: 2"), []string{`broken.yaml:1:54: apps.drone.repos[0].trusted: want true or false, got a whole number`}},
		"Visibility": {"Drone takes any text", repo("visibility: secret"), []string{`broken.yaml:1:57: apps.drone.repos[0].visibility: "secret" is not one of public, private, internal`}},
		"ConfigPath": {"a file in the repository", repo("configPath: ../x"), []string{`broken.yaml:1:57: apps.drone.repos[0].configPath: "../x" is not the path of a file in the repository`}},
		"SecretName": {"Drone refuses others", repo("secrets: [{name: a b, value: c}]"),
			[]string{`broken.yaml:1:62: apps.drone.repos[0].secrets[0].name: "a b" is not a name that Drone takes (A-Z, a-z, 0-9, ., _ and -)`}},
		"SecretEmpty": {"Drone refuses none", repo("secrets: [{name: a}]"), []string{`broken.yaml:1:55: apps.drone.repos[0].secrets[0]: has no value`}},
		"SecretMasked": {"a mask is not a secret", repo(`secrets: [{name: a, value: "****"}]`),
			[]string{`broken.yaml:1:72: apps.drone.repos[0].secrets[0].value: is masked or redacted: not the real text`}},
		"SecretEncrypted": {"nor is an encrypted value", repo(`secrets: [{name: a, value: "ENC[AES256_GCM,x]"}]`),
			[]string{`broken.yaml:1:72: apps.drone.repos[0].secrets[0].value: is still encrypted: the file has lost its sops metadata`}},
		"SecretTwice": {"one value for a name", repo("secrets: [{name: a, value: b}, {name: A, value: c}]"),
			[]string{`broken.yaml:1:83: apps.drone.repos[0].secrets[1].name: duplicate "A" in apps.drone.repos[0].secrets`}},
		"CronName": {"Drone would change it", repo(`cron: [{name: Nightly, expression: "@daily", branch: main}]`),
			[]string{`broken.yaml:1:59: apps.drone.repos[0].cron[0].name: "Nightly" is not a valid name of a cron job (a-z, 0-9, and single - or _ between them)`}},
		"CronFive": {"Drone takes the first of five for seconds", repo(`cron: [{name: a, expression: "0 4 * * *", branch: main}]`),
			[]string{`broken.yaml:1:74: apps.drone.repos[0].cron[0].expression: "0 4 * * *" is neither a word like @daily nor six fields, of which the first are the seconds`}},
		"CronRange": {"there is no hour 25", repo(`cron: [{name: a, expression: "0 0 25 * * *", branch: main}]`),
			[]string{`broken.yaml:1:74: apps.drone.repos[0].cron[0].expression: "0 0 25 * * *" is not a valid cron expression`}},
		"CronWord": {"nor such a word", repo(`cron: [{name: a, expression: "@dayly", branch: main}]`),
			[]string{`broken.yaml:1:74: apps.drone.repos[0].cron[0].expression: "@dayly" is not a valid cron expression`}},
		"CronNever": {"Drone takes a time without an end for one that is over, and builds at every tick", repo(`cron: [{name: a, expression: "0 0 4 31 2 *", branch: main}]`),
			[]string{`broken.yaml:1:74: apps.drone.repos[0].cron[0].expression: "0 0 4 31 2 *" names a date that never comes`}},
		"CronBranch": {"Drone refuses none", repo(`cron: [{name: a, expression: "@daily"}]`), []string{`broken.yaml:1:52: apps.drone.repos[0].cron[0]: has no branch`}},
		"CronPattern": {"a branch is not a pattern", repo(`cron: [{name: a, expression: "@daily", branch: "v*"}]`),
			[]string{`broken.yaml:1:92: apps.drone.repos[0].cron[0].branch: "v*" is not a valid name of a branch`}},
		"OrgSecretTwice": {"in an organisation case does not count", "apps: {drone: {secrets: [{organisation: o, name: a, value: b}, {organisation: O, name: A, value: c}]}}\n",
			[]string{`broken.yaml:1:64: apps.drone.secrets[1]: secret "O/A" is in apps.drone.secrets[0], too`}},
		"OrgSecretNoOrg": {"a secret belongs somewhere", "apps: {drone: {secrets: [{name: a, value: b}]}}\n", []string{`broken.yaml:1:26: apps.drone.secrets[0]: has no organisation`}},
		"TemplateEnding": {"the ending is the language", "apps: {drone: {templates: [{organisation: o, name: a.txt, data: b}]}}\n",
			[]string{`broken.yaml:1:52: apps.drone.templates[0].name: "a.txt" does not end in .yaml, .yml, .jsonnet, .star, .starlark or .script`}},
		"TemplateEmpty": {"Drone refuses none", "apps: {drone: {templates: [{organisation: o, name: a.yaml}]}}\n", []string{`broken.yaml:1:28: apps.drone.templates[0]: has no data`}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			write(t, "sound.yaml", []byte(sound))
			write(t, "broken.yaml", []byte(tc.values))
			_, err := values.Load(t.Context(), values.Request{Sources: []string{"sound.yaml", "broken.yaml"}, App: values.AppDrone})
			if diff := diffMessages(tc.want, messages(t, err)); diff != "" {
				t.Errorf("%s\nLoad(...): -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}
