package cluster

import (
	"testing"

	batchv1 "k8s.io/api/batch/v1"
)

// TestPlainJob: in mode job the Job is part of the release, and Helm waits for
// it as for anything else. Only what changes a run makes another one.
func TestPlainJob(t *testing.T) {
	t.Parallel()
	keycloak := newKeycloak(t)
	r := newRelease(t, "v3", keycloak.values("alpha"), "taskDefaults: {mode: job}")
	r.do(t, "install", "--wait", "--wait-for-jobs")
	keycloak.equals(t, "helm install returned", "alpha")
	first := onlyJob(t, r.namespace)

	r.change(t, "taskDefaults: {cronJob: {schedule: '@daily'}}")
	r.do(t, "upgrade", "--wait", "--wait-for-jobs")
	if same := onlyJob(t, r.namespace); same.UID != first.UID {
		t.Errorf("another schedule made another Job, %s after %s", same.Name, first.Name)
	}
	r.change(t, keycloak.values("alpha", "beta"))
	r.do(t, "upgrade", "--wait", "--wait-for-jobs")
	keycloak.equals(t, "helm upgrade returned", "alpha", "beta")
	if second := onlyJob(t, r.namespace); second.Name == first.Name {
		t.Errorf("other values run in the same Job, %s", first.Name)
	}
}

func onlyJob(t *testing.T, namespace string) batchv1.Job {
	t.Helper()
	all := read[batchv1.JobList](t, "jobs", "--namespace="+namespace).Items
	if len(all) != 1 {
		t.Fatalf("%d Jobs, want one", len(all))
	}
	return all[0]
}
