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

func (b *bench) state(t *testing.T) *inventory.Inventory {
	t.Helper()
	s, err := inventory.Open(t.Context(), b.cluster, b.namespace, "state")
	if err != nil {
		t.Fatalf("opening the state: %v", err)
	}
	return s
}

// states: what is remembered is there in the next run, nothing is written
// without a difference, and no writer overwrites another.
func states(t *testing.T, config *rest.Config) {
	b := newBench(t, config)
	first := b.state(t)
	check(t, "saving an empty state", first.Save(t.Context()))
	if _, found, err := b.cluster.Secret(t.Context(), b.namespace, "state"); found || err != nil {
		t.Fatalf("an empty state was written: %v, %v", found, err)
	}
	first.Remember("red", values.NewSecret("geheim"))
	first.KeepCredential("runner", values.NewSecret("credential"))
	first.Own("robot", "team-red-pull", "slot a")
	check(t, "saving", first.Save(t.Context()))
	late, second, version := b.state(t), b.state(t), b.held(t, "state").ResourceVersion
	check(t, "saving without a difference", second.Save(t.Context()))
	if after := b.held(t, "state").ResourceVersion; after != version {
		t.Errorf("saving without a difference wrote version %s over %s", after, version)
	}
	if !second.Matches("red", values.NewSecret("geheim")) || second.Matches("red", values.NewSecret("other")) || second.Matches("blue", values.NewSecret("geheim")) {
		t.Error("the fingerprint tells the wrong secret")
	}
	if second.Credential("runner").Reveal() != "credential" || second.Owned("robot")["team-red-pull"] != "slot a" {
		t.Error("the credential or the inventory got lost")
	}
	if diff := cmp.Diff([]string{"red"}, second.Remembered()); diff != "" {
		t.Errorf("remembered (-want +got):\n%s", diff)
	}
	second.Disown("robot", "team-red-pull")
	check(t, "saving the second", second.Save(t.Context()))
	late.Own("robot", "late", "")
	check(t, "saving beside a newer state", late.Save(t.Context()))
	if diff := cmp.Diff(map[string]string{"late": ""}, b.state(t).Owned("robot")); diff != "" {
		t.Errorf("the inventory of both (-want +got):\n%s", diff)
	}
}

// firstStates: of two runs that make the state at once both keep what they
// noted, under the key of the one that was first.
func firstStates(t *testing.T, config *rest.Config) {
	b := newBench(t, config)
	one, two := b.state(t), b.state(t)
	one.Remember("red", values.NewSecret("geheim"))
	two.Remember("blue", values.NewSecret("geheim"))
	check(t, "saving one", one.Save(t.Context()))
	check(t, "saving the other", two.Save(t.Context()))
	for name, s := range map[string]*inventory.Inventory{"the other": two, "a later run": b.state(t)} {
		if !s.Matches("red", values.NewSecret("geheim")) || !s.Matches("blue", values.NewSecret("geheim")) {
			t.Errorf("%s does not know both fingerprints: %v", name, s.Remembered())
		}
	}
}

// deletedState: who still knows what stood there writes all of it again.
func deletedState(t *testing.T, config *rest.Config) {
	b := newBench(t, config)
	s := b.state(t)
	s.Remember("red", values.NewSecret("one"))
	check(t, "saving", s.Save(t.Context()))
	check(t, "deleting it", b.client.CoreV1().Secrets(b.namespace).Delete(t.Context(), "state", metav1.DeleteOptions{}))
	s.Own("project", "blue", "")
	check(t, "saving again", s.Save(t.Context()))
	if again := b.state(t); !again.Matches("red", values.NewSecret("one")) || len(again.Owned("project")) != 1 {
		t.Error("something was lost")
	}
}

// largeState: 5,000 teams with three robots each fit; what does not is refused
// before it is sent.
func largeState(t *testing.T, config *rest.Config) {
	b := newBench(t, config)
	s := b.state(t)
	for i := range 15_000 {
		name := fmt.Sprintf("team-platform%04d-%s", i/3, []string{"pull", "push", "builds"}[i%3])
		s.Remember(name, values.NewSecret(name))
		s.Own("robot", name, "a 2026-11-22T19:00:00Z")
	}
	check(t, "saving", s.Save(t.Context()))
	size := 0
	for _, value := range b.held(t, "state").Data {
		size += len(value)
	}
	t.Logf("5,000 teams with 3 robots each: %d bytes of %d", size, inventory.MaxSecretBytes)
	if size > inventory.MaxSecretBytes/2 {
		t.Errorf("the state of 5,000 teams takes %d bytes", size)
	}
	for i := range 60_000 {
		s.Remember(fmt.Sprintf("more-%d", i), values.NewSecret("x"))
	}
	if _, ok := errors.AsType[*inventory.SizeError](s.Save(t.Context())); !ok {
		t.Error("a state beyond the limit was not refused")
	}
}

// locker is a run that does not wait.
func (b *bench) locker(holder string, wait time.Duration) *kube.Locker {
	return kube.NewLocker(b.cluster, kube.LockOptions{Namespace: b.namespace, Holder: holder, Wait: wait})
}

// leases: one holder at a time, named to the other.
func leases(t *testing.T, config *rest.Config) {
	b := newBench(t, config)
	unlock, err := b.locker("pod-a/1", 0).Lock(t.Context(), "harbor-projects")
	check(t, "locking", err)
	_, err = b.locker("pod-b/2", 0).Lock(t.Context(), "harbor-projects")
	locked, ok := errors.AsType[*kube.LockedError](err)
	if !ok || !strings.HasPrefix(locked.Holder, "pod-a/1 (since ") {
		t.Errorf("the second holder: %v", err)
	}
	other, err := b.locker("pod-b/2", 0).Lock(t.Context(), "gitea-repos")
	check(t, "another lock", err)
	other()
	unlock()
	unlock()
	again, err := b.locker("pod-b/2", time.Minute).Lock(t.Context(), "harbor-projects")
	check(t, "locking what was unlocked", err)
	lease, err := b.client.CoordinationV1().Leases(b.namespace).Get(t.Context(), "harbor-projects", metav1.GetOptions{})
	check(t, "reading the lease", err)
	if *lease.Spec.HolderIdentity != "pod-b/2" || *lease.Spec.LeaseDurationSeconds != 30 || *lease.Spec.LeaseTransitions != 1 {
		t.Errorf("the lease: holder %s for %d s, transitions %d", *lease.Spec.HolderIdentity, *lease.Spec.LeaseDurationSeconds, *lease.Spec.LeaseTransitions)
	}
	again()
	lease, err = b.client.CoordinationV1().Leases(b.namespace).Get(t.Context(), "harbor-projects", metav1.GetOptions{})
	check(t, "reading the lease", err)
	if held := lease.Spec.HolderIdentity; held != nil && *held != "" {
		t.Errorf("after unlocking %s holds it", *held)
	}
}

// deadHolder: who died without unlocking loses the lock.
func deadHolder(t *testing.T, config *rest.Config) {
	b := newBench(t, config)
	holder, seconds, long := "pod-dead/0", int32(30), metav1.NewMicroTime(time.Now().Add(-time.Hour))
	_, err := b.client.CoordinationV1().Leases(b.namespace).Create(t.Context(), &coordinationv1.Lease{
		ObjectMeta: metav1.ObjectMeta{Name: "harbor-projects"},
		Spec:       coordinationv1.LeaseSpec{HolderIdentity: &holder, LeaseDurationSeconds: &seconds, RenewTime: &long, AcquireTime: &long},
	}, metav1.CreateOptions{})
	check(t, "creating the lease of a dead holder", err)
	unlock, err := b.locker("pod-a/1", 0).Lock(t.Context(), "harbor-projects")
	check(t, "taking it over", err)
	unlock()
}

// events: one Event stands under the Job.
func events(t *testing.T, config *rest.Config) {
	b := newBench(t, config)
	suspended := true
	created, err := b.client.BatchV1().Jobs(b.namespace).Create(t.Context(), &batchv1.Job{
		ObjectMeta: metav1.ObjectMeta{Name: "core-harbor-projects"},
		Spec: batchv1.JobSpec{Suspend: &suspended, Template: corev1.PodTemplateSpec{Spec: corev1.PodSpec{
			RestartPolicy: corev1.RestartPolicyNever, Containers: []corev1.Container{{Name: "task", Image: "localhost/none:1"}},
		}}},
	}, metav1.CreateOptions{})
	check(t, "creating a job", err)
	job := kube.Job{Namespace: b.namespace, Name: created.Name, UID: string(created.UID), Pod: "core-harbor-projects-x"}
	check(t, "reporting", b.cluster.Report(t.Context(), job, kube.Event{
		Warning: true, Reason: "Refused", Message: "geheim " + strings.Repeat("é", 600), Hide: []values.Secret{values.NewSecret("geheim")},
	}))
	events, err := b.client.CoreV1().Events(b.namespace).List(t.Context(), metav1.ListOptions{
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
