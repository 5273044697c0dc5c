package cluster

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	batchv1 "k8s.io/api/batch/v1"
)

// TestSchedule: the CronJob starts it, and it repairs what drifted.
func TestSchedule(t *testing.T) {
	t.Parallel()
	keycloak := newKeycloak(t)
	r := newRelease(t, "v3", keycloak.values("alpha", "beta"), "taskDefaults: {cronJob: {schedule: '* * * * *', suspend: false}}")
	r.do(t, "install")
	arrived, release := keycloak.gate.hold("/roles")
	release() // it only tells
	keycloak.dropRole(t, "team-beta")
	await(t, "the CronJob repairs", arrived)

	started := map[string]bool{}
	for _, job := range read[batchv1.JobList](t, "jobs", "--namespace="+r.namespace).Items {
		if job.Name == hookJob {
			continue
		}
		completed(t, r.namespace, job.Name)
		for _, owner := range job.OwnerReferences {
			started[owner.Kind+"/"+owner.Name] = true
		}
	}
	keycloak.equals(t, "the CronJob's run", "alpha", "beta")
	if diff := cmp.Diff(map[string]bool{"CronJob/" + hookJob: true}, started); diff != "" {
		t.Errorf("who started the Jobs: -want +got\n%s", diff)
	}
}
