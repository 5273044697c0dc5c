package tests

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
)

// failurePolicy is how Kubernetes must treat a task's exit codes. A shard fails alone.
func failurePolicy(task string, indexed bool) *batchv1.PodFailurePolicy {
	action := batchv1.PodFailurePolicyActionFailJob
	if indexed {
		action = batchv1.PodFailurePolicyActionFailIndex
	}
	return &batchv1.PodFailurePolicy{Rules: []batchv1.PodFailurePolicyRule{
		{
			Action:          batchv1.PodFailurePolicyActionIgnore,
			OnPodConditions: []batchv1.PodFailurePolicyOnPodConditionsPattern{{Type: corev1.DisruptionTarget, Status: corev1.ConditionTrue}},
		},
		{
			Action: action,
			OnExitCodes: &batchv1.PodFailurePolicyOnExitCodesRequirement{
				ContainerName: &task, Operator: batchv1.PodFailurePolicyOnExitCodesOpIn, Values: []int32{3, 4, 5, 7, 137},
			},
		},
	}}
}

func TestJobSpec(t *testing.T) {
	everySpec(t, func(t *testing.T, spec batchv1.JobSpec) {
		pod := spec.Template.Spec
		if diff := cmp.Diff(failurePolicy(pod.Containers[0].Name, spec.CompletionMode != nil), spec.PodFailurePolicy); diff != "" {
			t.Errorf("podFailurePolicy: -want +got\n%s", diff)
		}
		if pod.RestartPolicy != corev1.RestartPolicyNever {
			t.Errorf("restartPolicy is %s; a podFailurePolicy demands Never", pod.RestartPolicy)
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
	h := newHelm(t)
	for _, file := range []string{"existing", "gitops", "narrow"} {
		rendered := h.objects(t, "--values=../ci/"+file+"-values.yaml")
		for _, job := range rendered.Jobs {
			cronJob := of(t, job.Labels[component], rendered.CronJobs)
			container := &job.Spec.Template.Spec.Containers[0]
			container.Args = slices.DeleteFunc(container.Args, func(arg string) bool { return arg == "--log-format=text" }) // for Helm, which prints it
			if diff := cmp.Diff(job.Spec, cronJob.Spec.JobTemplate.Spec); diff != "" {
				t.Errorf("%s: what runs by schedule differs from what runs as a hook: -hook +cron\n%s", job.Name, diff)
			}
		}
	}
}

func TestDeadlineCoversEveryAttempt(t *testing.T) {
	rendered := newHelm(t).objects(t, "--set=taskDefaults.timeoutSeconds=100,taskDefaults.job.backoffLimit=4")
	if got := *rendered.Jobs[0].Spec.ActiveDeadlineSeconds; got != (100+60)*5 {
		t.Errorf("activeDeadlineSeconds is %d; the limit of the Job must leave room for each of five attempts", got)
	}
}

func TestCronJob(t *testing.T) {
	rendered := newHelm(t).objects(t, "--values=../ci/cronjob-only-values.yaml", "--set=taskDefaults.cronJob.suspend=true")
	got := of(t, keycloak, rendered.CronJobs).Spec
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

// The tasks start one after the other, as their hooks do, where the schedule has
// room for it. Whether they are suspended is the chart's only where it was said.
func TestSchedules(t *testing.T) {
	all := []string{keycloak, harbor, gitea, drone}
	cases := map[string]struct {
		reason string
		args   []string
		want   []string // in the order of the hooks
	}{
		"Default": {"two minutes apart", nil, []string{"*/15 * * * *", "2-59/15 * * * *", "4-59/15 * * * *", "6-59/15 * * * *"}},
		"Often":   {"the minutes are used up", []string{"--set=taskDefaults.cronJob.schedule=*/3 * * * *"}, []string{"*/3 * * * *", "2-59/3 * * * *", "*/3 * * * *", "*/3 * * * *"}},
		"Exact":   {"a time that was said holds", []string{"--set=taskDefaults.cronJob.schedule=7 4 * * 1"}, []string{"7 4 * * 1", "7 4 * * 1", "7 4 * * 1", "7 4 * * 1"}},
		"Macro":   {"so does a name", []string{"--set=taskDefaults.cronJob.schedule=@hourly"}, []string{"@hourly", "@hourly", "@hourly", "@hourly"}},
	}
	h := newHelm(t)
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			rendered := h.objects(t, tc.args...)
			var got []string
			for _, task := range all {
				spec := of(t, task, rendered.CronJobs).Spec
				if got = append(got, spec.Schedule); spec.Suspend != nil {
					t.Errorf("%s: suspend is %v", task, *spec.Suspend)
				}
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s: -want +got\n%s", tc.reason, diff)
			}
		})
	}
}

// A shard knows which it is by the index that Kubernetes gives its pod.
func TestShards(t *testing.T) {
	rendered := newHelm(t).objects(t, "--values=../ci/narrow-values.yaml", "--set=tasks.harbor-projects.shards=1")
	type sharding struct {
		Mode                   *batchv1.CompletionMode
		Completions, Parallel  *int32
		Backoff, BackoffPerOne *int32
		LastArg                string
	}
	shape := func(task string) sharding {
		spec := of(t, task, rendered.CronJobs).Spec.JobTemplate.Spec
		args := spec.Template.Spec.Containers[0].Args
		return sharding{spec.CompletionMode, spec.Completions, spec.Parallelism, spec.BackoffLimit, spec.BackoffLimitPerIndex, args[len(args)-1]}
	}
	want := map[string]sharding{
		keycloak: {new(batchv1.IndexedCompletion), new(int32(3)), new(int32(3)), nil, new(int32(3)), "--shard=$(JOB_COMPLETION_INDEX)/3"},
		harbor:   {Backoff: new(int32(3)), LastArg: "--timeout=600s"},
	}
	if diff := cmp.Diff(want, map[string]sharding{keycloak: shape(keycloak), harbor: shape(harbor)}); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	if args := of(t, keycloak, rendered.Pods).Spec.Containers[0].Args; slices.Contains(args, want[keycloak].LastArg) {
		t.Errorf("the test pod has no index, but its arguments are %q", args)
	}
}

// helm test only looks, and fails where there is something to do.
func TestHelmTest(t *testing.T) {
	h := newHelm(t)
	rendered := h.objects(t, "--values=../ci/existing-values.yaml")
	for _, pod := range rendered.Pods {
		job := of(t, pod.Labels[component], rendered.Jobs)
		want := job.Spec.Template.Spec.DeepCopy()
		want.Containers[0].Args[0] = "plan"
		at := slices.IndexFunc(want.Containers[0].Args, func(arg string) bool { return strings.HasPrefix(arg, "--timeout=") })
		want.Containers[0].Args = slices.Insert(want.Containers[0].Args, at+1, "--detailed-exitcode")
		if diff := cmp.Diff(*want, pod.Spec); diff != "" {
			t.Errorf("%s differs from the Job's pod in more than its verb: -want +got\n%s", pod.Name, diff)
		}
		if pod.Annotations["helm.sh/hook"] != "test" {
			t.Errorf("%s is not a test: %v", pod.Name, pod.Annotations)
		}
	}
	if len(rendered.Pods) != 4 {
		t.Errorf("%d test pods for four tasks", len(rendered.Pods))
	}
	if without := h.objects(t, "--set=helmTest=false"); len(without.Pods) != 0 {
		t.Errorf("%d test pods although there should be none", len(without.Pods))
	}
}
