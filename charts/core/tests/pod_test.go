package tests

import (
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
)

// everyPod calls check with each pod that comes of what the chart renders, with
// the defaults and with each values file in ci.
func everyPod(t *testing.T, check func(*testing.T, corev1.PodTemplateSpec)) {
	t.Helper()
	h := newHelm(t)
	for name, args := range ciValues(t) {
		for object, pod := range h.objects(t, args...).podSpecs() {
			t.Run(name+"/"+object, func(t *testing.T) { check(t, pod) })
		}
	}
}

// The evaluator is the one of the API server's admission.
func TestPodsAreRestricted(t *testing.T) {
	evaluator, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	if err != nil {
		t.Fatal(err)
	}
	restricted := api.LevelVersion{Level: api.LevelRestricted, Version: api.LatestVersion()}
	check := func(t *testing.T, pod corev1.PodTemplateSpec) {
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
	}
	everyPod(t, check)
	check(t, newHelm(t).objects(t, "--values=../ci/simulated-values.yaml").Deployments[0].Spec.Template)
}

// A pod without a token has no rights either, and none come from elsewhere.
func TestToken(t *testing.T) {
	h := newHelm(t)
	for name, args := range ciValues(t) {
		rendered := h.objects(t, args...)
		for object, pod := range rendered.podSpecs() {
			task := pod.Spec.Containers[0].Name
			want := name != "narrow" || task != keycloak
			if got := pod.Spec.AutomountServiceAccountToken; got == nil || *got != want {
				t.Errorf("%s: %s mounts its token: %v, want %v", name, object, got, want)
			}
			bound := slices.ContainsFunc(rendered.Roles, func(role rbacv1.Role) bool { return role.Labels[component] == task })
			if bound != want {
				t.Errorf("%s: %s has a Role: %v, want %v", name, object, bound, want)
			}
		}
		for _, account := range rendered.ServiceAccounts {
			if account.AutomountServiceAccountToken == nil || *account.AutomountServiceAccountToken {
				t.Errorf("%s: ServiceAccount %s mounts its token into whatever pod", name, account.Name)
			}
		}
	}
}

func TestSecretsStayInSecrets(t *testing.T) {
	rendered := newHelm(t).template(t, "--values=../ci/inline-values.yaml")
	kept := map[string]string{}
	for _, secret := range decode(t, rendered).Secrets {
		for key, value := range secret.StringData {
			kept[secret.Name+"/"+key] = value
		}
	}
	places := map[string]string{
		"not-a-real-password": "core-values/values.yaml",
		"not-a-real-admin":    "core-keycloak-roles-credentials/KEYCLOAK_ADMIN_PASSWORD",
	}
	for password, place := range places {
		if !strings.Contains(kept[place], password) {
			t.Errorf("%s does not hold the secret that belongs there", place)
		}
		if got := strings.Count(rendered, password); got != 1 {
			t.Errorf("what belongs into %s stands %d times in what is rendered, not once", place, got)
		}
	}
}

// Every path in an argument or a variable must be the path of a mounted file.
func TestPathsAreMounted(t *testing.T) {
	everyPod(t, func(t *testing.T, pod corev1.PodTemplateSpec) {
		container := pod.Spec.Containers[0]
		mounted := mountedFiles(pod.Spec)
		var used []string
		for _, arg := range container.Args {
			if file, found := strings.CutPrefix(arg, "--values="); found && !strings.HasPrefix(file, "git+") {
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

// self is what a pod says of itself; other variables may refer to it.
func self() []corev1.EnvVar {
	env := []corev1.EnvVar{{Name: "POD_NAME"}, {Name: "POD_NAMESPACE"}, {Name: "JOB_NAME"}, {Name: "JOB_UID"}}
	fields := []string{"metadata.name", "metadata.namespace", "metadata.labels['batch.kubernetes.io/job-name']", "metadata.labels['batch.kubernetes.io/controller-uid']"}
	for i := range env {
		env[i].ValueFrom = &corev1.EnvVarSource{FieldRef: &corev1.ObjectFieldSelector{FieldPath: fields[i]}}
	}
	return env
}

// What the pod says of itself comes before all that could refer to it, and no
// name comes twice.
func TestEnvironment(t *testing.T) {
	everyPod(t, func(t *testing.T, pod corev1.PodTemplateSpec) {
		env := pod.Spec.Containers[0].Env
		if diff := cmp.Diff(self(), env[:len(self())]); diff != "" {
			t.Errorf("-want +got\n%s", diff)
		}
		names := map[string]bool{}
		for _, variable := range env {
			if names[variable.Name] {
				t.Errorf("%s is set twice", variable.Name)
			}
			names[variable.Name] = true
		}
	})
}

func TestTelemetry(t *testing.T) {
	variables := func(args ...string) map[string]corev1.EnvVar {
		rendered := newHelm(t).objects(t, args...)
		found := map[string]corev1.EnvVar{}
		for _, variable := range of(t, keycloak, rendered.CronJobs).Spec.JobTemplate.Spec.Template.Spec.Containers[0].Env {
			if strings.HasPrefix(variable.Name, "OTEL_") {
				found[variable.Name] = variable
			}
		}
		return found
	}
	if got := variables(); len(got) != 0 {
		t.Errorf("without an exporter nothing is said about traces: %v", got)
	}
	const resource = "OTEL_RESOURCE_ATTRIBUTES"
	got := variables("--values=../ci/existing-values.yaml")
	if want := "k8s.namespace.name=$(POD_NAMESPACE),k8s.job.name=$(JOB_NAME),k8s.pod.name=$(POD_NAME)"; got[resource].Value != want {
		t.Errorf("traces name their pod: got %q", got[resource].Value)
	}
	if got["OTEL_EXPORTER_OTLP_HEADERS"].ValueFrom == nil {
		t.Error("headers, which may hold a token, come from a Secret")
	}
	if got := variables("--values=../ci/monitoring-values.yaml"); got[resource].Value != "deployment.environment=staging" {
		t.Errorf("attributes that are given win: %v", got)
	}
}

// The values' repository is an argument; its credentials are files.
func TestGitValues(t *testing.T) {
	cases := map[string]struct{ reason, git, want string }{
		"Whole":   {"The default branch and all of it.", "{url: https://git.example.com/a.git}", "git+https://git.example.com/a.git"},
		"Part":    {"Slashes stay readable.", "{url: https://git.example.com/a.git, ref: release/1, path: env/prod}", "git+https://git.example.com/a.git?ref=release/1&path=env/prod"},
		"Escaped": {"What an address reserves is escaped.", "{url: https://git.example.com/a.git, ref: 'a&b#c', path: x+y}", "git+https://git.example.com/a.git?ref=a%26b%23c&path=x%2By"},
	}
	h := newHelm(t)
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			rendered := h.objects(t, valuesFile(t, "otomiValues: {from: [{git: "+tc.git+"}]}"))
			if args := of(t, keycloak, rendered.Jobs).Spec.Template.Spec.Containers[0].Args; args[1] != "--values="+tc.want {
				t.Errorf("%s: got %s, want %s", tc.reason, args[1], tc.want)
			}
		})
	}
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
	job, cronJob := of(t, keycloak, rendered.Jobs), of(t, keycloak, rendered.CronJobs)
	pod := job.Spec.Template
	got := map[string]any{
		"args":        pod.Spec.Containers[0].Args,
		"env":         pod.Spec.Containers[0].Env[len(self()):],
		"suspend":     *cronJob.Spec.Suspend,
		"backoff":     *job.Spec.BackoffLimit,
		"ttl":         *job.Spec.TTLSecondsAfterFinished,
		"grace":       *pod.Spec.TerminationGracePeriodSeconds,
		"credentials": mountedFiles(pod.Spec),
		"labels":      pod.Labels["app.kubernetes.io/name"] + " " + pod.Labels["team"],
	}
	want := map[string]any{
		"args": []string{"apply", "--release=core", "--log-format=text", "--policy=upsert-only", "--timeout=600s"},
		"env": []corev1.EnvVar{
			{Name: "A", Value: "default"},
			{Name: "B", Value: ""},
			{Name: "D", ValueFrom: &corev1.EnvVarSource{FieldRef: &corev1.ObjectFieldSelector{FieldPath: "metadata.name"}}},
			{Name: "KEYCLOAK_ADMIN_PASSWORD_FILE", Value: "/etc/otomi/credentials/KEYCLOAK_ADMIN_PASSWORD/admin/password"},
		},
		"suspend": false, "backoff": int32(0), "ttl": int32(0), "grace": int64(30),
		"credentials": []string{"/etc/otomi/credentials/KEYCLOAK_ADMIN_PASSWORD/admin/password"},
		"labels":      "core platform",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("maps merge, null removes, false, zero and empty count: -want +got\n%s", diff)
	}
}
