package kube

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	applycore "k8s.io/client-go/applyconfigurations/core/v1"
	"k8s.io/client-go/rest"

	"otomi.io/tasks/tasks/kube"
)

// atomic shows why pull secrets are not applied: the server replaces the whole
// list of a ServiceAccount.
func atomic(t *testing.T, config *rest.Config) {
	e := newEnv(t, config)
	e.account(t, "builder", "theirs")
	ours := applycore.ServiceAccount("builder", e.namespace).WithImagePullSecrets(applycore.LocalObjectReference().WithName("pull"))
	_, err := e.client.CoreV1().ServiceAccounts(e.namespace).Apply(t.Context(), ours, metav1.ApplyOptions{FieldManager: "suite", Force: true})
	check(t, "applying a service account", err)
	got, _ := e.pulls(t, "builder")
	if diff := cmp.Diff([]string{"pull"}, got); diff != "" {
		t.Errorf("the server merges the list now, so that it can be applied: -want, +got:\n%s", diff)
	}
}

// manager: our fields are held by our field manager, and a key that we no
// longer declare goes.
func manager(t *testing.T, config *rest.Config) {
	e := newEnv(t, config)
	s := e.opaque("one", "x")
	s.Data["old"] = s.Data["password"]
	check(t, "applying", e.cluster.ApplySecret(t.Context(), s))
	check(t, "applying less", e.cluster.ApplySecret(t.Context(), e.opaque("one", "x")))
	held := e.held(t, "one")
	if _, still := held.Data["old"]; still {
		t.Error("a key that is no longer declared stayed")
	}
	fields := held.ManagedFields
	if len(fields) != 1 || fields[0].Manager != kube.Manager || fields[0].Operation != metav1.ManagedFieldsOperationApply {
		t.Errorf("managed fields: %v", fields)
	}
}

// rights: the narrow rights of the documentation are enough, and a right that
// is missing differs from everything else.
func rights(t *testing.T, config *rest.Config) {
	e := newEnv(t, config)
	e.account(t, "task")
	e.account(t, "builder")
	e.grant(t, "task",
		rbacv1.PolicyRule{APIGroups: []string{""}, Resources: []string{"secrets"}, Verbs: []string{"get", "patch", "delete"}, ResourceNames: []string{"pull", "state"}},
		rbacv1.PolicyRule{APIGroups: []string{""}, Resources: []string{"secrets", "events"}, Verbs: []string{"create"}},
		rbacv1.PolicyRule{APIGroups: []string{""}, Resources: []string{"serviceaccounts"}, Verbs: []string{"get", "patch"}, ResourceNames: []string{"builder"}},
		rbacv1.PolicyRule{APIGroups: []string{"coordination.k8s.io"}, Resources: []string{"leases"}, Verbs: []string{"create"}},
		rbacv1.PolicyRule{APIGroups: []string{"coordination.k8s.io"}, Resources: []string{"leases"}, Verbs: []string{"get", "update"}, ResourceNames: []string{"harbor-projects"}},
	)
	task := *e
	task.cluster = connect(t, e.as("task"))
	check(t, "applying", task.cluster.ApplySecret(t.Context(), task.opaque("pull", "x")))
	check(t, "applying again", task.cluster.ApplySecret(t.Context(), task.opaque("pull", "y")))
	check(t, "deleting", task.cluster.DeleteSecret(t.Context(), e.namespace, "pull"))
	check(t, "extending", task.cluster.AddPullSecrets(t.Context(), e.namespace, "builder", "pull"))
	for _, kind := range []string{"a", "b"} { // created, then patched
		state := task.inventory(t)
		state.Own(kind, "x", "")
		check(t, "saving the inventory", state.Save(t.Context()))
	}
	unlock, err := task.locker("pod-a/1", 0).Lock(t.Context(), "harbor-projects")
	check(t, "locking", err)
	unlock()
	check(t, "reporting", task.cluster.Report(t.Context(), kube.Job{Namespace: e.namespace, Name: "x"}, kube.Event{Reason: "Converged"}))
	for doing, err := range map[string]error{
		"reading another secret": second(task.cluster.Secret(t.Context(), e.namespace, "another")),
		"writing another secret": task.cluster.ApplySecret(t.Context(), task.opaque("another", "x")),
		"a user without rights":  second(connect(t, e.as("builder")).Secret(t.Context(), e.namespace, "pull")),
	} {
		if denied, ok := errors.AsType[*kube.DeniedError](err); !ok || !denied.Unauthorized() {
			t.Errorf("%s: the error is %v", doing, err)
		}
	}
}

func second(_ kube.Secret, _ bool, err error) error { return err }

// as is the configuration of a ServiceAccount.
func (e *env) as(account string) *rest.Config {
	config := rest.CopyConfig(e.config)
	config.Impersonate.UserName = "system:serviceaccount:" + e.namespace + ":" + account
	return config
}

func (e *env) grant(t *testing.T, account string, rules ...rbacv1.PolicyRule) {
	t.Helper()
	roles := e.client.RbacV1()
	_, err := roles.Roles(e.namespace).Create(t.Context(), &rbacv1.Role{ObjectMeta: metav1.ObjectMeta{Name: account}, Rules: rules}, metav1.CreateOptions{})
	check(t, "creating a role", err)
	_, err = roles.RoleBindings(e.namespace).Create(t.Context(), &rbacv1.RoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: account},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: account},
		Subjects:   []rbacv1.Subject{{Kind: rbacv1.ServiceAccountKind, Namespace: e.namespace, Name: account}},
	}, metav1.CreateOptions{})
	check(t, "binding a role", err)
}

// terminating: a namespace that is being removed is pending too, though the server
// answers with the status of a right that is missing.
func terminating(t *testing.T, config *rest.Config) {
	e := newEnv(t, config)
	maps := e.client.CoreV1().ConfigMaps(e.namespace)
	keeper := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "keeper", Finalizers: []string{"otomi.io/suite"}}}
	_, err := maps.Create(t.Context(), keeper, metav1.CreateOptions{})
	check(t, "creating what keeps the namespace", err)
	check(t, "deleting the namespace", e.client.CoreV1().Namespaces().Delete(t.Context(), e.namespace, metav1.DeleteOptions{}))
	err = e.cluster.ApplySecret(t.Context(), e.opaque("one", "x"))
	if missing, ok := errors.AsType[*kube.NamespaceMissingError](err); !ok || !missing.Terminating {
		t.Errorf("applying there: %v", err)
	}
	keeper.Finalizers = nil
	_, err = maps.Update(t.Context(), keeper, metav1.UpdateOptions{})
	check(t, "letting the namespace go", err)
}
