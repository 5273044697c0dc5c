// Package kube proves tasks/kube on a Kubernetes API server: one in memory and
// the real one run the same tests. What was written is read back, and other
// writers are played, through the typed clients of client-go, which tasks/kube
// does not use.
package kube

import (
	"context"
	"crypto/rand"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"

	"otomi.io/tasks/tasks/kube"
)

// Run runs all tests that any API server must pass.
func Run(t *testing.T, config *rest.Config) {
	t.Run("Secret", func(t *testing.T) { secrets(t, config) })
	t.Run("Fixed", func(t *testing.T) { fixed(t, config) })
	t.Run("Delete", func(t *testing.T) { deletions(t, config) })
	t.Run("Missing", func(t *testing.T) { missing(t, config) })
	t.Run("PullSecrets", func(t *testing.T) { pullSecrets(t, config) })
	t.Run("PullSecretsAtOnce", func(t *testing.T) { pullSecretsAtOnce(t, config) })
	t.Run("Inventory", func(t *testing.T) { inventories(t, config) })
	t.Run("LargeInventory", func(t *testing.T) { largeInventory(t, config) })
	t.Run("Lease", func(t *testing.T) { leases(t, config) })
	t.Run("DeadHolder", func(t *testing.T) { deadHolder(t, config) })
	t.Run("Event", func(t *testing.T) { events(t, config) })
}

// RunReal runs also what only a real API server decides: field managers,
// rights, and namespaces that are being removed.
func RunReal(t *testing.T, config *rest.Config) {
	Run(t, config)
	t.Run("Atomic", func(t *testing.T) { atomic(t, config) })
	t.Run("Manager", func(t *testing.T) { manager(t, config) })
	t.Run("Rights", func(t *testing.T) { rights(t, config) })
	t.Run("Terminating", func(t *testing.T) { terminating(t, config) })
}

// env is a namespace of a test's own, with the cluster under test and an
// independent client.
type env struct {
	namespace string
	config    *rest.Config
	cluster   *kube.Cluster
	client    *kubernetes.Clientset
}

func newEnv(t *testing.T, config *rest.Config) *env {
	t.Helper()
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		t.Fatalf("making a client: %v", err)
	}
	e := &env{namespace: "otomi-suite-" + strings.ToLower(rand.Text()[:10]), config: config, cluster: connect(t, config), client: client}
	_, err = client.CoreV1().Namespaces().Create(t.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: e.namespace}}, metav1.CreateOptions{})
	if err != nil {
		t.Fatalf("creating namespace %s: %v", e.namespace, err)
	}
	t.Cleanup(func() {
		err := client.CoreV1().Namespaces().Delete(context.WithoutCancel(t.Context()), e.namespace, metav1.DeleteOptions{})
		if err != nil {
			t.Errorf("deleting namespace %s: %v", e.namespace, err)
		}
	})
	return e
}

func connect(t *testing.T, config *rest.Config) *kube.Cluster {
	t.Helper()
	cluster, err := kube.New(config)
	if err != nil {
		t.Fatalf("kube.New(config): %v", err)
	}
	return cluster
}

// held reads a Secret the independent way.
func (e *env) held(t *testing.T, name string) *corev1.Secret {
	t.Helper()
	s, err := e.client.CoreV1().Secrets(e.namespace).Get(t.Context(), name, metav1.GetOptions{})
	if err != nil {
		t.Fatalf("reading secret %s: %v", name, err)
	}
	return s
}

// make creates a Secret as another writer.
func (e *env) make(t *testing.T, s corev1.Secret) {
	t.Helper()
	if _, err := e.client.CoreV1().Secrets(e.namespace).Create(t.Context(), &s, metav1.CreateOptions{}); err != nil {
		t.Fatalf("creating secret %s: %v", s.Name, err)
	}
}

// account creates a ServiceAccount as another writer.
func (e *env) account(t *testing.T, name string, pullSecrets ...string) {
	t.Helper()
	account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: name}}
	for _, secret := range pullSecrets {
		account.ImagePullSecrets = append(account.ImagePullSecrets, corev1.LocalObjectReference{Name: secret})
	}
	if _, err := e.client.CoreV1().ServiceAccounts(e.namespace).Create(t.Context(), account, metav1.CreateOptions{}); err != nil {
		t.Fatalf("creating service account %s: %v", name, err)
	}
}

// pulls reads a ServiceAccount the independent way.
func (e *env) pulls(t *testing.T, name string) (names []string, version string) {
	t.Helper()
	account, err := e.client.CoreV1().ServiceAccounts(e.namespace).Get(t.Context(), name, metav1.GetOptions{})
	if err != nil {
		t.Fatalf("reading service account %s: %v", name, err)
	}
	for _, r := range account.ImagePullSecrets {
		names = append(names, r.Name)
	}
	return names, account.ResourceVersion
}

func check(t *testing.T, doing string, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%s: %v", doing, err)
	}
}
