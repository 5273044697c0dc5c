package tests

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
)

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
			golden(t, filepath.Join("testdata", name+".golden.yaml"), h.template(t, args...))
		})
	}
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
		t.Errorf("%s (go test -update writes it anew): -want +got\n%s", file, diff)
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
		"helm.sh/hook-weight":            "0",
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
			rendered := h.objects(t, tc.args...)
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
		return h.objects(t, append(args, "--set=taskDefaults.mode=job")...).Jobs[0].Name
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
	h := newHelm(t)
	rendered := h.objects(t, "--set=taskDefaults.mode=job,fullnameOverride="+strings.Repeat("long-", 12)+"x", "--set=otomiValues.inline.a=b")
	// A CronJob's controller appends 11 characters; 63 is the limit of the label that carries a Job's name.
	names := map[string]int{
		rendered.CronJobs[0].Name: 52, rendered.Jobs[0].Name: 63,
		rendered.Secrets[0].Name: 63, rendered.ServiceAccounts[0].Name: 63,
	}
	for name, limit := range names {
		if len(name) > limit || strings.Contains(name, "--") {
			t.Errorf("%s has %d characters, at most %d are allowed", name, len(name), limit)
		}
	}
}

func TestJobSpec(t *testing.T) {
	want := batchv1.PodFailurePolicy{Rules: []batchv1.PodFailurePolicyRule{
		{
			Action:          batchv1.PodFailurePolicyActionIgnore,
			OnPodConditions: []batchv1.PodFailurePolicyOnPodConditionsPattern{{Type: corev1.DisruptionTarget, Status: corev1.ConditionTrue}},
		},
		{
			Action: batchv1.PodFailurePolicyActionFailJob,
			OnExitCodes: &batchv1.PodFailurePolicyOnExitCodesRequirement{
				ContainerName: new("keycloak-roles"), Operator: batchv1.PodFailurePolicyOnExitCodesOpIn, Values: []int32{3, 4, 5, 7},
			},
		},
	}}
	everySpec(t, func(t *testing.T, spec batchv1.JobSpec) {
		if diff := cmp.Diff(&want, spec.PodFailurePolicy); diff != "" {
			t.Errorf("podFailurePolicy: -want +got\n%s", diff)
		}
		pod := spec.Template.Spec
		if pod.RestartPolicy != corev1.RestartPolicyNever {
			t.Errorf("restartPolicy is %s; a podFailurePolicy demands Never", pod.RestartPolicy)
		}
		if got := pod.Containers[0].Name; got != *want.Rules[1].OnExitCodes.ContainerName {
			t.Errorf("the container is %s, which the podFailurePolicy does not name", got)
		}
		var timeout int64
		for _, arg := range pod.Containers[0].Args {
			_, _ = fmt.Sscanf(arg, "--timeout=%ds", &timeout)
		}
		if timeout == 0 || *spec.ActiveDeadlineSeconds <= timeout {
			t.Errorf("activeDeadlineSeconds is %d, the run's own timeout %d", *spec.ActiveDeadlineSeconds, timeout)
		}
		if got := pod.Containers[0].TerminationMessagePolicy; got != corev1.TerminationMessageFallbackToLogsOnError {
			t.Errorf("terminationMessagePolicy is %s", got)
		}
	})
}

// everySpec calls check with each Job spec that the chart renders, with the
// defaults and with each values file in ci.
func everySpec(t *testing.T, check func(*testing.T, batchv1.JobSpec)) {
	t.Helper()
	h := newHelm(t)
	for name, args := range ciValues(t) {
		specs := h.objects(t, args...).jobSpecs()
		if len(specs) == 0 {
			t.Errorf("%s renders no Job", name)
		}
		for object, spec := range specs {
			t.Run(name+"/"+object, func(t *testing.T) { check(t, spec) })
		}
	}
}

func TestJobAndCronJobAreAlike(t *testing.T) {
	rendered := newHelm(t).objects(t, "--values=../ci/existing-values.yaml")
	if diff := cmp.Diff(rendered.Jobs[0].Spec, rendered.CronJobs[0].Spec.JobTemplate.Spec); diff != "" {
		t.Errorf("what runs by schedule differs from what runs as a hook: -hook +cron\n%s", diff)
	}
}

func TestDeadlineCoversEveryAttempt(t *testing.T) {
	rendered := newHelm(t).objects(t, "--set=taskDefaults.timeoutSeconds=100,taskDefaults.job.backoffLimit=4")
	if got := *rendered.Jobs[0].Spec.ActiveDeadlineSeconds; got != (100+60)*5 {
		t.Errorf("activeDeadlineSeconds is %d; the limit of the Job must leave room for each of five attempts", got)
	}
}

func TestCronJob(t *testing.T) {
	got := newHelm(t).objects(t, "--values=../ci/cronjob-only-values.yaml", "--set=taskDefaults.cronJob.suspend=true").CronJobs[0].Spec
	want := batchv1.CronJobSpec{
		Schedule: "30 2 * * *", TimeZone: new("Europe/Amsterdam"), Suspend: new(true),
		ConcurrencyPolicy: batchv1.ForbidConcurrent, StartingDeadlineSeconds: new(int64(3600)),
		SuccessfulJobsHistoryLimit: new(int32(1)), FailedJobsHistoryLimit: new(int32(3)),
		JobTemplate: got.JobTemplate,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

// The evaluator is the one of the API server's admission.
func TestPodsAreRestricted(t *testing.T) {
	evaluator, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	if err != nil {
		t.Fatal(err)
	}
	restricted := api.LevelVersion{Level: api.LevelRestricted, Version: api.LatestVersion()}
	everySpec(t, func(t *testing.T, spec batchv1.JobSpec) {
		pod := spec.Template
		result := policy.AggregateCheckResults(evaluator.EvaluatePod(restricted, &pod.ObjectMeta, &pod.Spec))
		if !result.Allowed {
			t.Errorf("Pod Security restricted refuses the pod: %s", result.ForbiddenDetail())
		}
		for _, container := range pod.Spec.Containers {
			context := container.SecurityContext
			if context == nil || context.ReadOnlyRootFilesystem == nil || !*context.ReadOnlyRootFilesystem {
				t.Errorf("the root file system of %s can be written", container.Name)
			}
		}
		// The runtime interface drops the group of the image's USER.
		if group := pod.Spec.SecurityContext.RunAsGroup; group == nil || *group != 65532 {
			t.Errorf("runAsGroup is %v", group)
		}
	})
}

func TestNoTokenIsMounted(t *testing.T) {
	everySpec(t, func(t *testing.T, spec batchv1.JobSpec) {
		pod := spec.Template.Spec
		if pod.AutomountServiceAccountToken == nil || *pod.AutomountServiceAccountToken {
			t.Error("the pod mounts its ServiceAccount's token")
		}
		for _, volume := range pod.Volumes {
			if volume.Projected == nil {
				continue
			}
			for _, source := range volume.Projected.Sources {
				if source.ServiceAccountToken != nil {
					t.Errorf("volume %s holds a token", volume.Name)
				}
			}
		}
	})
	for _, account := range newHelm(t).objects(t).ServiceAccounts {
		if account.AutomountServiceAccountToken == nil || *account.AutomountServiceAccountToken {
			t.Errorf("ServiceAccount %s mounts its token", account.Name)
		}
	}
}

func TestSecretsStayInTheSecret(t *testing.T) {
	const password = "not-a-real-password"
	rendered := newHelm(t).template(t, "--values=../ci/inline-values.yaml")
	if !strings.Contains(decode(t, rendered).Secrets[0].StringData["values.yaml"], password) {
		t.Fatal("the Secret does not hold the inline values")
	}
	if got := strings.Count(rendered, password); got != 1 {
		t.Errorf("the password stands %d times in what is rendered; once, in the Secret, is right", got)
	}
}

// Every path in an argument or a variable must be the path of a mounted file.
func TestPathsAreMounted(t *testing.T) {
	everySpec(t, func(t *testing.T, spec batchv1.JobSpec) {
		container := spec.Template.Spec.Containers[0]
		mounted := mountedFiles(spec.Template.Spec)
		var used []string
		for _, arg := range container.Args {
			if file, found := strings.CutPrefix(arg, "--values="); found {
				used = append(used, file)
			}
		}
		for _, env := range container.Env {
			if strings.HasPrefix(env.Value, "/") {
				used = append(used, env.Value)
			}
		}
		slices.Sort(used)
		if diff := cmp.Diff(mounted, used); diff != "" {
			t.Errorf("-mounted +used\n%s", diff)
		}
	})
}

// mountedFiles lists the files that the volumes put into the container.
func mountedFiles(pod corev1.PodSpec) []string {
	var files []string
	for _, mount := range pod.Containers[0].VolumeMounts {
		for _, volume := range pod.Volumes {
			if volume.Name != mount.Name {
				continue
			}
			for _, item := range items(volume) {
				files = append(files, path.Join(mount.MountPath, item.Path))
			}
		}
	}
	slices.Sort(files)
	return files
}

func items(volume corev1.Volume) []corev1.KeyToPath {
	if volume.ConfigMap != nil {
		return volume.ConfigMap.Items
	}
	var all []corev1.KeyToPath
	for _, source := range volume.Projected.Sources {
		if source.Secret != nil {
			all = append(all, source.Secret.Items...)
		}
		if source.ConfigMap != nil {
			all = append(all, source.ConfigMap.Items...)
		}
	}
	return all
}

func TestTaskOverridesDefaults(t *testing.T) {
	rendered := newHelm(t).objects(t, valuesFile(t, `
taskDefaults:
  extraArgs: [--log-level=debug]
  extraEnv: {A: default, B: default, C: default}
  credentials: {SOPS_AGE_KEY: {secret: sops, key: age}, KEYCLOAK_ADMIN_PASSWORD: {secret: admin, key: password}}
  cronJob: {suspend: true}
  terminationGracePeriodSeconds: 30
  podLabels: {app.kubernetes.io/name: other, team: platform}
tasks:
  keycloak-roles:
    extraArgs: []
    extraEnv: {B: "", C: null, D: {fieldRef: {fieldPath: metadata.name}}}
    credentials: {SOPS_AGE_KEY: null}
    cronJob: {suspend: false}
    job: {backoffLimit: 0, ttlSecondsAfterFinished: 0}
`))
	pod := rendered.Jobs[0].Spec.Template
	got := map[string]any{
		"args":        pod.Spec.Containers[0].Args,
		"env":         pod.Spec.Containers[0].Env,
		"suspend":     *rendered.CronJobs[0].Spec.Suspend,
		"backoff":     *rendered.Jobs[0].Spec.BackoffLimit,
		"ttl":         *rendered.Jobs[0].Spec.TTLSecondsAfterFinished,
		"grace":       *pod.Spec.TerminationGracePeriodSeconds,
		"credentials": mountedFiles(pod.Spec),
		"labels":      pod.Labels["app.kubernetes.io/name"] + " " + pod.Labels["team"],
	}
	want := map[string]any{
		"args": []string{"apply", "--policy=upsert-only", "--timeout=600s"},
		"env": []corev1.EnvVar{
			{Name: "A", Value: "default"},
			{Name: "B", Value: ""},
			{Name: "D", ValueFrom: &corev1.EnvVarSource{FieldRef: &corev1.ObjectFieldSelector{FieldPath: "metadata.name"}}},
			{Name: "KEYCLOAK_ADMIN_PASSWORD_FILE", Value: "/etc/otomi/credentials/KEYCLOAK_ADMIN_PASSWORD"},
		},
		"suspend": false, "backoff": int32(0), "ttl": int32(0), "grace": int64(30),
		"credentials": []string{"/etc/otomi/credentials/KEYCLOAK_ADMIN_PASSWORD"},
		"labels":      "core platform",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("maps merge, null removes, false, zero and empty count: -want +got\n%s", diff)
	}
}

// A further task needs values and a line in the schema, but no template.
func TestFurtherTaskNeedsNoTemplate(t *testing.T) {
	rendered := newHelm(t).objects(t, "--skip-schema-validation", "--set=tasks.harbor-projects.hook.weight=10")
	got := map[string]string{}
	for _, job := range rendered.Jobs {
		got[job.Name] = job.Annotations["helm.sh/hook-weight"] + " " + job.Spec.Template.Spec.Containers[0].Image
	}
	want := map[string]string{
		"core-keycloak-roles":  "0 otomi/keycloak-roles:0.1.0",
		"core-harbor-projects": "10 otomi/harbor-projects:0.1.0",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if len(rendered.CronJobs) != 2 || len(rendered.ServiceAccounts) != 2 {
		t.Errorf("%d CronJobs and %d ServiceAccounts for two tasks", len(rendered.CronJobs), len(rendered.ServiceAccounts))
	}
}

func TestNotes(t *testing.T) {
	const byHand = "kubectl --namespace otomi create job --from=cronjob/core-keycloak-roles core-keycloak-roles-now"
	const warning = "no Otomi Values are given"
	cases := map[string]struct {
		reason   string
		args     []string
		contains []string
		lacks    []string
	}{
		"Default": {
			reason:   "Without values the notes warn.",
			contains: []string{byHand, "logs job/core-keycloak-roles", "repairs drift as a CronJob: */15 * * * * (Etc/UTC)", warning},
		},
		"Values": {
			reason:   "With values there is nothing to warn of.",
			args:     []string{"--values=../ci/inline-values.yaml"},
			contains: []string{byHand, "policy upsert-only"},
			lacks:    []string{warning, "not-a-real"},
		},
		"CronJobOnly": {
			reason:   "No hook ran, so its logs are not named.",
			args:     []string{"--values=../ci/cronjob-only-values.yaml"},
			contains: []string{byHand, "30 2 * * *"},
			lacks:    []string{"logs job/core-keycloak-roles\n", "hook"},
		},
		"Disabled": {
			reason: "A disabled task is not spoken of.",
			args:   []string{"--set=tasks.keycloak-roles.enabled=false"},
			lacks:  []string{"keycloak-roles"},
		},
	}
	h := newHelm(t)
	chart := chartWithNotes(t)
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			notes, err := h.run(t, append([]string{"template", release, chart, "--namespace=otomi", "--kube-version=" + oldest,
				"--show-only=templates/notes.yaml"}, tc.args...)...)
			if err != nil {
				t.Fatal(err)
			}
			for _, text := range tc.contains {
				if !strings.Contains(notes, text) {
					t.Errorf("%s: the notes lack %q:\n%s", tc.reason, text, notes)
				}
			}
			for _, text := range tc.lacks {
				if strings.Contains(notes, text) {
					t.Errorf("%s: the notes hold %q:\n%s", tc.reason, text, notes)
				}
			}
		})
	}
}

// chartWithNotes copies the chart and adds a template that renders its notes,
// as Helm shows them only after an installation.
func chartWithNotes(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	files := map[string]string{"templates/notes.yaml": "notes: |\n  {{- include (print .Template.BasePath \"/NOTES.txt\") . | nindent 2 }}\n"}
	for _, pattern := range []string{"*.yaml", "*.json", "templates/*"} {
		found, err := filepath.Glob(filepath.Join(chartDir, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range found {
			content, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			files[strings.TrimPrefix(filepath.ToSlash(file), chartDir+"/")] = string(content)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(files[name]), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
