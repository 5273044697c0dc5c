package tests

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
	batchv1 "k8s.io/api/batch/v1"
)

// The tasks.
const (
	keycloak = "keycloak-roles"
	harbor   = "harbor-projects"
	gitea    = "gitea-repos"
	drone    = "drone-activate"
)

// onlyKeycloak leaves only keycloak-roles.
const onlyKeycloak = "--set=tasks.harbor-projects.enabled=false,tasks.gitea-repos.enabled=false,tasks.drone-activate.enabled=false"

func TestLint(t *testing.T) {
	h := newHelm(t)
	for name, args := range ciValues(t) {
		t.Run(name, func(t *testing.T) {
			if out, err := h.run(t, append([]string{"lint", "--strict", chartDir, "--kube-version=" + oldest}, args...)...); err != nil {
				t.Errorf("helm lint --strict: %v\n%s", err, out)
			}
		})
	}
}

func TestGolden(t *testing.T) {
	h := newHelm(t)
	for name, args := range ciValues(t) {
		t.Run(name, func(t *testing.T) {
			// Without the version of the chart, so that a release changes none of them.
			rendered := strings.ReplaceAll(h.template(t, args...), chartVersion(t), "VERSION")
			golden(t, filepath.Join("testdata", name+".golden.yaml"), rendered)
		})
	}
}

func chartVersion(t *testing.T) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(chartDir, "Chart.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var chart struct {
		Version string `yaml:"version"`
	}
	if err := yaml.Unmarshal(content, &chart); err != nil {
		t.Fatal(err)
	}
	return chart.Version
}

// golden compares got with a file, or writes the file under -update.
func golden(t *testing.T, file, got string) {
	t.Helper()
	if flag.Lookup("update").Value.String() == "true" {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (go test -update rewrites it): -want +got\n%s", file, diff)
	}
}

func TestMain(m *testing.M) {
	flag.Bool("update", false, "write the golden files and the table in README.md")
	flag.Parse()
	os.Exit(m.Run())
}

func TestMode(t *testing.T) {
	hook := map[string]string{
		"helm.sh/hook":                   "post-install,post-upgrade,post-rollback",
		"helm.sh/hook-weight":            "10",
		"helm.sh/hook-delete-policy":     "before-hook-creation",
		"helm.sh/hook-output-log-policy": "hook-failed",
	}
	type want struct {
		Jobs, CronJobs int
		Annotations    map[string]string
	}
	cases := map[string]struct {
		reason string
		args   []string
		want   want
	}{
		"Default": {
			reason: "A task runs as a hook of Helm, and by its CronJob.",
			want:   want{Jobs: 1, CronJobs: 1, Annotations: hook},
		},
		"HookSettings": {
			reason: "Weight and policies come from the values; an annotation of the Job wins; an empty policy leaves none.",
			args: []string{"--set=tasks.keycloak-roles.hook.weight=-5,tasks.keycloak-roles.hook.outputLogPolicy=",
				`--set=tasks.keycloak-roles.job.annotations.helm\.sh/hook=post-upgrade`},
			want: want{Jobs: 1, CronJobs: 1, Annotations: map[string]string{
				"helm.sh/hook": "post-upgrade", "helm.sh/hook-weight": "-5", "helm.sh/hook-delete-policy": "before-hook-creation",
			}},
		},
		"Job": {
			reason: "A plain Job is part of the release, so it has no hook annotation.",
			args:   []string{"--set=tasks.keycloak-roles.mode=job"},
			want:   want{Jobs: 1, CronJobs: 1},
		},
		"CronJobOnly": {
			reason: "Nothing runs at install time.",
			args:   []string{"--set=taskDefaults.mode=cronjob-only"},
			want:   want{CronJobs: 1},
		},
		"NoCronJob": {
			reason: "A false of the task wins over the default's true.",
			args:   []string{"--set=tasks.keycloak-roles.cronJob.enabled=false"},
			want:   want{Jobs: 1, Annotations: hook},
		},
		"Disabled": {
			reason: "A disabled task leaves nothing behind.",
			args:   []string{"--set=tasks.keycloak-roles.enabled=false"},
		},
	}
	h := newHelm(t)
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			rendered := h.objects(t, append([]string{onlyKeycloak}, tc.args...)...)
			got := want{Jobs: len(rendered.Jobs), CronJobs: len(rendered.CronJobs)}
			for _, job := range rendered.Jobs {
				got.Annotations = job.Annotations
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s: -want +got\n%s", tc.reason, diff)
			}
		})
	}
}

// A Job is immutable: whatever changes its spec or the inline values must
// change the name of a plain Job, and nothing else may.
func TestJobName(t *testing.T) {
	h := newHelm(t)
	name := func(args ...string) string {
		return of(t, keycloak, h.objects(t, append(args, "--set=taskDefaults.mode=job")...).Jobs).Name
	}
	before := name()
	cases := map[string]struct {
		reason  string
		args    []string
		renamed bool
	}{
		"Same":         {"The same values give the same name.", nil, false},
		"Schedule":     {"The CronJob's schedule is not in the Job.", []string{"--set=taskDefaults.cronJob.schedule=@daily"}, false},
		"Image":        {"Another image is another spec.", []string{"--set=taskDefaults.image.tag=v2"}, true},
		"InlineValues": {"Other Otomi Values must be applied.", []string{"--set=otomiValues.inline.teamConfig.beta.x=1"}, true},
		"Credential":   {"So must another password, though it is in a Secret.", []string{"--set=tasks.keycloak-roles.credentials.IDP_CLIENT_SECRET.value=x"}, true},
	}
	for label, tc := range cases {
		t.Run(label, func(t *testing.T) {
			if got := name(tc.args...); (got != before) != tc.renamed {
				t.Errorf("%s: was %s, is %s", tc.reason, before, got)
			}
		})
	}
}

func TestNamesFit(t *testing.T) {
	rendered := newHelm(t).objects(t, "--set=taskDefaults.mode=job,fullnameOverride="+strings.Repeat("long-", 12)+"x",
		"--set=otomiValues.inline.a=b,taskDefaults.credentials.SOPS_AGE_KEY.value=x")
	// A CronJob's controller appends 11 characters; 63 is the limit of the label that carries a Job's name.
	names := map[string]int{}
	for i := range rendered.CronJobs {
		names[rendered.CronJobs[i].Name] = 52
		names[rendered.Jobs[i].Name] = 63
		names[rendered.ServiceAccounts[i].Name] = 63
		names[rendered.Pods[i].Name] = 63
	}
	for _, secret := range rendered.Secrets {
		names[secret.Name] = 253
	}
	for name, limit := range names {
		if len(name) > limit || strings.Contains(name, "--") {
			t.Errorf("%s has %d characters, at most %d are allowed", name, len(name), limit)
		}
	}
}

// Helm runs hooks in the order of their weights, and waits for each.
func TestOrder(t *testing.T) {
	jobs := newHelm(t).objects(t).Jobs
	slices.SortFunc(jobs, func(a, b batchv1.Job) int { return weight(t, a) - weight(t, b) })
	var got []string
	for _, job := range jobs {
		got = append(got, job.Labels[component])
	}
	want := []string{keycloak, harbor, gitea, drone}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Harbor, Gitea and Drone log people in through Keycloak, Drone through Gitea: -want +got\n%s", diff)
	}
}

func weight(t *testing.T, job batchv1.Job) int {
	t.Helper()
	weight, err := strconv.Atoi(job.Annotations["helm.sh/hook-weight"])
	if err != nil {
		t.Fatal(err)
	}
	return weight
}
