package kube

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	batchv1 "k8s.io/api/batch/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"

	"otomi.io/tasks/tasks/inventory"
	"otomi.io/tasks/tasks/kube"
	"otomi.io/tasks/tasks/values"
)

func (e *env) inventory(t *testing.T) *inventory.Inventory {
	t.Helper()
	i, err := inventory.Open(t.Context(), e.cluster, inventory.Options{Namespace: e.namespace, Name: "state", Installation: "example.com/otomi"})
	if err != nil {
		t.Fatalf("opening the inventory: %v", err)
	}
	return i
}

// inventories: nothing is written without a difference, the Secret names its
// installation, and no writer overwrites another.
func inventories(t *testing.T, config *rest.Config) {
	e := newEnv(t, config)
	first, late := e.inventory(t), e.inventory(t)
	check(t, "saving an empty inventory", first.Save(t.Context()))
	if _, found, err := e.cluster.Secret(t.Context(), e.namespace, "state"); found || err != nil {
		t.Fatalf("an empty inventory was written: %v, %v", found, err)
	}
	first.Remember("red", values.NewSecret("geheim"))
	first.Own("robot", "team-red-pull", "slot a")
	check(t, "saving", first.Save(t.Context()))
	second, held := e.inventory(t), e.held(t, "state")
	check(t, "saving without a difference", second.Save(t.Context()))
	if after := e.held(t, "state").ResourceVersion; after != held.ResourceVersion || held.Annotations["otomi.io/installation"] != "example.com/otomi" {
		t.Errorf("saving without a difference wrote version %s over %s; annotations %v", after, held.ResourceVersion, held.Annotations)
	}
	second.Disown("robot", "team-red-pull")
	check(t, "saving the second", second.Save(t.Context()))
	late.Own("robot", "late", "")
	check(t, "saving beside a newer inventory", late.Save(t.Context()))
	last := e.inventory(t)
	if diff := cmp.Diff(map[string]string{"late": ""}, last.Owned("robot")); diff != "" || !last.Matches("red", values.NewSecret("geheim")) {
		t.Errorf("the inventory of all three (-want +got):\n%s", diff)
	}
}

// largeInventory: what 5,000 teams with three robots need fits into one Secret;
// four times as much is taken by the server in parts.
func largeInventory(t *testing.T, config *rest.Config) {
	e := newEnv(t, config)
	i := e.inventory(t)
	note := func(teams int) {
		for n := range 3 * teams {
			name := fmt.Sprintf("team-platform%05d-%s", n/3, []string{"pull", "push", "builds"}[n%3])
			i.Remember(name, values.NewSecret(name))
			i.Own("robot", name, "a 2026-11-22T19:00:00Z")
		}
		check(t, "saving", i.Save(t.Context()))
	}
	note(5_000)
	if size := e.size(t, "state"); size > inventory.MaxSecretBytes/2 {
		t.Errorf("the inventory of 5,000 teams takes %d bytes of %d", size, inventory.MaxSecretBytes)
	}
	note(20_000)
	for part := 1; part <= inventory.Parts; part++ {
		if size := e.size(t, fmt.Sprintf("state-%d", part)); size > inventory.MaxSecretBytes*3/4 {
			t.Errorf("part %d of the inventory of 20,000 teams takes %d bytes", part, size)
		}
	}
	if got := len(e.inventory(t).Owned("robot")); got != 60_000 {
		t.Errorf("%d objects of 60,000 are there", got)
	}
}

func (e *env) size(t *testing.T, name string) int {
	t.Helper()
	size := 0
	for _, value := range e.held(t, name).Data {
		size += len(value)
	}
	return size
}

// locker is a run that does not wait.
func (e *env) locker(holder string, wait time.Duration) *kube.Locker {
	return kube.NewLocker(e.cluster, kube.LockOptions{Namespace: e.namespace, Holder: holder, Wait: wait})
}

// leases: one holder at a time, named to the other.
func leases(t *testing.T, config *rest.Config) {
	e := newEnv(t, config)
	unlock, err := e.locker("pod-a/1", 0).Lock(t.Context(), "harbor-projects")
	check(t, "locking", err)
	_, err = e.locker("pod-b/2", 0).Lock(t.Context(), "harbor-projects")
	locked, ok := errors.AsType[*kube.LockedError](err)
	if !ok || !strings.HasPrefix(locked.Holder, "pod-a/1 (since ") {
		t.Errorf("the second holder: %v", err)
	}
	other, err := e.locker("pod-b/2", 0).Lock(t.Context(), "gitea-repos")
	check(t, "another lock", err)
	other()
	unlock()
	unlock()
	again, err := e.locker("pod-b/2", time.Minute).Lock(t.Context(), "harbor-projects")
	check(t, "locking what was unlocked", err)
	lease, err := e.client.CoordinationV1().Leases(e.namespace).Get(t.Context(), "harbor-projects", metav1.GetOptions{})
	check(t, "reading the lease", err)
	if *lease.Spec.HolderIdentity != "pod-b/2" || *lease.Spec.LeaseDurationSeconds != 30 || *lease.Spec.LeaseTransitions != 1 {
		t.Errorf("the lease: holder %s for %d s, transitions %d", *lease.Spec.HolderIdentity, *lease.Spec.LeaseDurationSeconds, *lease.Spec.LeaseTransitions)
	}
	again()
	lease, err = e.client.CoordinationV1().Leases(e.namespace).Get(t.Context(), "harbor-projects", metav1.GetOptions{})
	check(t, "reading the lease", err)
	if held := lease.Spec.HolderIdentity; held != nil && *held != "" {
		t.Errorf("after unlocking %s holds it", *held)
	}
}

// deadHolder: who died without unlocking loses the lock.
func deadHolder(t *testing.T, config *rest.Config) {
	e := newEnv(t, config)
	holder, seconds, long := "pod-dead/0", int32(30), metav1.NewMicroTime(time.Now().Add(-time.Hour))
	_, err := e.client.CoordinationV1().Leases(e.namespace).Create(t.Context(), &coordinationv1.Lease{
		ObjectMeta: metav1.ObjectMeta{Name: "harbor-projects"},
		Spec:       coordinationv1.LeaseSpec{HolderIdentity: &holder, LeaseDurationSeconds: &seconds, RenewTime: &long, AcquireTime: &long},
	}, metav1.CreateOptions{})
	check(t, "creating the lease of a crashed holder", err)
	unlock, err := e.locker("pod-a/1", 0).Lock(t.Context(), "harbor-projects")
	check(t, "taking it over", err)
	unlock()
}

// events: one Event is listed under the Job.
func events(t *testing.T, config *rest.Config) {
	e := newEnv(t, config)
	suspended := true
	created, err := e.client.BatchV1().Jobs(e.namespace).Create(t.Context(), &batchv1.Job{
		ObjectMeta: metav1.ObjectMeta{Name: "core-harbor-projects"},
		Spec: batchv1.JobSpec{Suspend: &suspended, Template: corev1.PodTemplateSpec{Spec: corev1.PodSpec{
			RestartPolicy: corev1.RestartPolicyNever, Containers: []corev1.Container{{Name: "task", Image: "localhost/none:1"}},
		}}},
	}, metav1.CreateOptions{})
	check(t, "creating a job", err)
	job := kube.Job{Namespace: e.namespace, Name: created.Name, UID: string(created.UID), Pod: "core-harbor-projects-x"}
	check(t, "reporting", e.cluster.Report(t.Context(), job, kube.Event{
		Warning: true, Reason: "Refused", Message: "geheim " + strings.Repeat("é", 600), Hide: []values.Secret{values.NewSecret("geheim")},
	}))
	events, err := e.client.CoreV1().Events(e.namespace).List(t.Context(), metav1.ListOptions{
		FieldSelector: "involvedObject.name=" + job.Name + ",involvedObject.uid=" + job.UID + ",reason=Refused",
	})
	check(t, "listing events", err)
	if len(events.Items) != 1 {
		t.Fatalf("%d events about the job", len(events.Items))
	}
	got := events.Items[0]
	if got.Type != corev1.EventTypeWarning || got.Reason != "Refused" || len(got.Message) > kube.MaxEventMessage || !strings.HasPrefix(got.Message, "*** é") {
		t.Errorf("the event: %s %s, %d bytes: %s", got.Type, got.Reason, len(got.Message), got.Message)
	}
}
