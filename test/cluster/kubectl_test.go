package cluster

import (
	"context"
	"encoding/json"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
)

// patience is how long a Job may take to end: a test that waits so long fails.
const patience = 4 * time.Minute

// kubectl runs kubectl and fails the test if that fails.
func kubectl(t *testing.T, args ...string) string {
	t.Helper()
	return apply(t, "", args...)
}

// apply is kubectl with something on stdin.
func apply(t *testing.T, stdin string, args ...string) string {
	t.Helper()
	out, err := here.run(t.Context(), stdin, "kubectl", args...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// read reads one object, or a list.
func read[T any](t *testing.T, args ...string) T {
	t.Helper()
	var object T
	out := kubectl(t, append([]string{"get", "--output=json"}, args...)...)
	if err := json.Unmarshal([]byte(out), &object); err != nil {
		t.Fatalf("reading %v: %v", args, err)
	}
	return object
}

// newNamespace makes a namespace that takes only pods of the standard
// "restricted", and removes it in the end. One of an earlier run that was killed
// may be there; a foreign one never is.
func newNamespace(t *testing.T, name string) string {
	t.Helper()
	if !strings.HasPrefix(name, "e2e-") && !strings.HasPrefix(name, "team-e2e-") {
		t.Fatalf("%s may be in use", name)
	}
	kubectl(t, "delete", "namespace", name, "--ignore-not-found")
	kubectl(t, "create", "namespace", name)
	forget(t, "delete", "namespace", name, "--wait=false")
	kubectl(t, "label", "namespace", name, "pod-security.kubernetes.io/enforce=restricted")
	return name
}

// forget runs kubectl when the test has ended.
func forget(t *testing.T, args ...string) {
	t.Helper()
	t.Cleanup(func() {
		if _, err := here.run(context.Background(), "", "kubectl", args...); err != nil {
			t.Error(err)
		}
	})
}

// until asks again and again whether something holds.
func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !holds(); {
		if time.Now().After(end) {
			t.Fatalf("waiting until %s", what)
		}
	}
}

// ended waits until a Job has ended, and returns it and the type of its last
// condition: Complete or Failed.
func ended(t *testing.T, namespace, job string) (batchv1.Job, batchv1.JobConditionType) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	command := exec.CommandContext(ctx, "kubectl", "get", "job", job, "--namespace="+namespace, "--watch", "--output=json")
	command.Env = here.env
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		cancel()
		_ = command.Wait() // it was killed
	}()
	for decoder := json.NewDecoder(out); ; {
		var seen batchv1.Job
		if err := decoder.Decode(&seen); err != nil {
			t.Fatalf("waiting for job %s/%s: %v\n%s", namespace, job, err, described(t, namespace, job))
		}
		for _, condition := range seen.Status.Conditions {
			if condition.Type == batchv1.JobComplete || condition.Type == batchv1.JobFailed {
				return seen, condition.Type
			}
		}
	}
}

// completed waits until a Job has succeeded.
func completed(t *testing.T, namespace, job string) batchv1.Job {
	t.Helper()
	seen, condition := ended(t, namespace, job)
	if condition != batchv1.JobComplete {
		t.Fatalf("job %s/%s: %s\n%s", namespace, job, condition, described(t, namespace, job))
	}
	return seen
}

// described is what a person would look at first.
func described(t *testing.T, namespace, job string) string {
	t.Helper()
	out, _ := here.run(context.Background(), "", "kubectl", "describe", "job", job, "--namespace="+namespace)
	pods, _ := here.run(context.Background(), "", "kubectl", "describe", "pods", "--namespace="+namespace, "--selector=batch.kubernetes.io/job-name="+job)
	return out + pods + logs(t, namespace, job)
}

// logs are those of all pods of a Job.
func logs(t *testing.T, namespace, job string) string {
	t.Helper()
	out, err := here.run(context.Background(), "", "kubectl", "logs", "--namespace="+namespace, "--selector=batch.kubernetes.io/job-name="+job, "--tail=-1")
	if err != nil {
		return err.Error()
	}
	return out
}

// pods are those of a Job, in the order of their start.
func pods(t *testing.T, namespace, job string) []corev1.Pod {
	t.Helper()
	all := read[corev1.PodList](t, "pods", "--namespace="+namespace, "--selector=batch.kubernetes.io/job-name="+job).Items
	slices.SortFunc(all, func(a, b corev1.Pod) int { return a.CreationTimestamp.Compare(b.CreationTimestamp.Time) })
	return all
}

// exit is the exit code of a pod's container and what it left as its last word.
func exit(pod corev1.Pod) (code int32, word string) {
	for _, status := range pod.Status.ContainerStatuses {
		if end := status.State.Terminated; end != nil {
			return end.ExitCode, end.Message
		}
	}
	return -1, ""
}

// outcome is the last line of a run's stdout.
type outcome struct {
	Task     string
	Shard    string
	Result   string
	Changes  map[string]int
	Requests struct{ Reads, Writes int }
	Error    string
}

// outcomes are those of all runs in a log.
func outcomes(log string) []outcome {
	var all []outcome
	for line := range strings.Lines(log) {
		var o outcome
		if json.Unmarshal([]byte(line), &o) == nil && o.Result != "" && o.Task != "" {
			all = append(all, o)
		}
	}
	return all
}
