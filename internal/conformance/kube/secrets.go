package kube

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"

	"otomi.io/tasks/tasks/kube"
	"otomi.io/tasks/tasks/values"
)

// opaque is a Secret with one key.
func (e *env) opaque(name, value string) kube.Secret {
	return kube.Secret{Namespace: e.namespace, Name: name, Data: map[string]values.Secret{"password": values.NewSecret(value)}}
}

// secrets: what is applied is held, twice is once, and what others changed is
// repaired while what is theirs stays.
func secrets(t *testing.T, config *rest.Config) {
	e := newEnv(t, config)
	_, found, err := e.cluster.Secret(t.Context(), e.namespace, "one")
	if found || err != nil {
		t.Fatalf("an absent secret: found %v: %v", found, err)
	}
	want := e.opaque("one", "geheim")
	want.Type, want.Labels = kube.Opaque, map[string]string{"team": "red"}
	check(t, "applying", e.cluster.ApplySecret(t.Context(), want))
	first := e.held(t, "one")
	if diff := cmp.Diff(map[string]string{"team": "red", kube.ManagedBy: kube.Manager}, first.Labels); diff != "" {
		t.Errorf("labels: -want, +got:\n%s", diff)
	}
	got, found, err := e.cluster.Secret(t.Context(), e.namespace, "one")
	if !found || err != nil || !got.Ours() {
		t.Fatalf("the secret: found %v, ours %v: %v", found, got.Ours(), err)
	}
	want.Labels = got.Labels
	if diff := cmp.Diff(want, got, cmp.Comparer(values.Secret.Equal)); diff != "" {
		t.Errorf("the secret: -want, +got:\n%s", diff)
	}
	check(t, "applying again", e.cluster.ApplySecret(t.Context(), want))
	if again := e.held(t, "one"); again.ResourceVersion != first.ResourceVersion {
		t.Errorf("applying again changed version %s to %s", first.ResourceVersion, again.ResourceVersion)
	}
	first.Data["password"], first.Data["theirs"] = []byte("edited"), []byte("x")
	_, err = e.client.CoreV1().Secrets(e.namespace).Update(t.Context(), first, metav1.UpdateOptions{})
	check(t, "editing", err)
	check(t, "repairing", e.cluster.ApplySecret(t.Context(), want))
	if diff := cmp.Diff(map[string][]byte{"password": []byte("geheim"), "theirs": []byte("x")}, e.held(t, "one").Data); diff != "" {
		t.Errorf("after the repair: -want, +got:\n%s", diff)
	}
	if err := e.cluster.ApplySecret(t.Context(), e.opaque("two", "")); err == nil {
		t.Error("an empty value was written")
	}
}

// fixed: a change that Kubernetes always refuses has its own error.
func fixed(t *testing.T, config *rest.Config) {
	e := newEnv(t, config)
	locked := true
	cases := map[string]struct {
		reason string
		have   corev1.Secret
	}{
		"type":      {"the type of a secret cannot be changed", corev1.Secret{Type: "example.com/other"}},
		"immutable": {"the secret was declared immutable", corev1.Secret{Immutable: &locked}},
	}
	for name, tc := range cases {
		tc.have.Name, tc.have.Data = name, map[string][]byte{"password": []byte("old")}
		e.make(t, tc.have)
		err := e.cluster.ApplySecret(t.Context(), e.opaque(name, "new"))
		if _, ok := errors.AsType[*kube.ImmutableError](err); !ok {
			t.Errorf("%s: the error is %v", tc.reason, err)
		}
	}
}

// deletions: ours go, others' stay.
func deletions(t *testing.T, config *rest.Config) {
	e := newEnv(t, config)
	e.make(t, corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "theirs"}})
	_, foreign := errors.AsType[*kube.ForeignError](e.cluster.DeleteSecret(t.Context(), e.namespace, "theirs"))
	if !foreign {
		t.Error("deleting another's secret gave no ForeignError")
	}
	e.held(t, "theirs")
	check(t, "applying", e.cluster.ApplySecret(t.Context(), e.opaque("ours", "x")))
	for range 2 { // the second time it is absent
		check(t, "deleting", e.cluster.DeleteSecret(t.Context(), e.namespace, "ours"))
		if _, found, err := e.cluster.Secret(t.Context(), e.namespace, "ours"); found || err != nil {
			t.Errorf("after the deletion: found %v: %v", found, err)
		}
	}
}

// missing: a namespace that does not exist is pending, not failed.
func missing(t *testing.T, config *rest.Config) {
	e := newEnv(t, config)
	nowhere := e.namespace + "-not"
	if _, found, err := e.cluster.Secret(t.Context(), nowhere, "one"); found || err != nil {
		t.Errorf("reading there: found %v: %v", found, err)
	}
	s := e.opaque("one", "x")
	s.Namespace = nowhere
	err := e.cluster.ApplySecret(t.Context(), s)
	missing, ok := errors.AsType[*kube.NamespaceMissingError](err)
	if !ok || missing.Namespace != nowhere || missing.Terminating || !kube.Pending(err) {
		t.Errorf("applying there: %v", err)
	}
	err = e.cluster.AddPullSecrets(t.Context(), nowhere, "default", "one")
	if _, ok := errors.AsType[*kube.AccountMissingError](err); !ok || !kube.Pending(err) {
		t.Errorf("changing an account there: %v", err)
	}
	check(t, "deleting there", e.cluster.DeleteSecret(t.Context(), nowhere, "one"))
}

// pullSecrets: the list of a ServiceAccount is extended and never replaced.
func pullSecrets(t *testing.T, config *rest.Config) {
	e := newEnv(t, config)
	e.account(t, "builder", "theirs")
	e.account(t, "bare")
	steps := []struct {
		reason  string
		account string
		do      func() error
		want    []string
		written bool
	}{
		{"ours come behind theirs", "builder", func() error {
			return e.cluster.AddPullSecrets(t.Context(), e.namespace, "builder", "pull", "push")
		}, []string{"theirs", "pull", "push"}, true},
		{"twice is once", "builder", func() error {
			return e.cluster.AddPullSecrets(t.Context(), e.namespace, "builder", "push", "pull")
		}, []string{"theirs", "pull", "push"}, false},
		{"only what is named goes", "builder", func() error {
			return e.cluster.DropPullSecrets(t.Context(), e.namespace, "builder", "pull", "unknown")
		}, []string{"theirs", "push"}, true},
		{"a list may be empty at first", "bare", func() error {
			return e.cluster.AddPullSecrets(t.Context(), e.namespace, "bare", "pull")
		}, []string{"pull"}, true},
		{"and in the end", "bare", func() error {
			return e.cluster.DropPullSecrets(t.Context(), e.namespace, "bare", "pull")
		}, nil, true},
	}
	for _, step := range steps {
		_, before := e.pulls(t, step.account)
		check(t, step.reason, step.do())
		got, after := e.pulls(t, step.account)
		if diff := cmp.Diff(step.want, got); diff != "" {
			t.Errorf("%s: -want, +got:\n%s", step.reason, diff)
		}
		if (before != after) != step.written {
			t.Errorf("%s: written %v", step.reason, before != after)
		}
		ours, err := e.cluster.PullSecrets(t.Context(), e.namespace, step.account)
		if len(ours) != len(step.want) || err != nil {
			t.Errorf("%s: it reads %v: %v", step.reason, ours, err)
		}
	}
}

// pullSecretsAtOnce: writers at the same moment lose no entry of each other.
func pullSecretsAtOnce(t *testing.T, config *rest.Config) {
	e := newEnv(t, config)
	e.account(t, "builder")
	const writers = 4
	var group sync.WaitGroup
	for i := range writers {
		group.Go(func() {
			if err := e.cluster.AddPullSecrets(t.Context(), e.namespace, "builder", fmt.Sprintf("pull-%d", i)); err != nil {
				t.Errorf("writer %d: %v", i, err)
			}
		})
	}
	group.Wait()
	if got, _ := e.pulls(t, "builder"); len(got) != writers {
		t.Errorf("%d writers left %v", writers, got)
	}
}
