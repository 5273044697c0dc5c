package run_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/pflag"

	suite "otomi.io/tasks/internal/conformance/kube"
	"otomi.io/tasks/tasks/kube"
	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/run"
	"otomi.io/tasks/tasks/task"
	"otomi.io/tasks/tasks/values"
)

// leases is the path of the Leases of the namespace otomi.
const leases = "/apis/coordination.k8s.io/v1/namespaces/otomi/leases"

// cluster is a small API server, and the kubeconfig that names it and the
// namespace otomi.
func cluster(t *testing.T) (memory *suite.Memory, kubeconfig string) {
	t.Helper()
	memory = suite.NewMemory()
	server := httptest.NewServer(memory)
	t.Cleanup(server.Close)
	kubeconfig = filepath.Join(t.TempDir(), "config")
	text := fmt.Sprintf(`{"current-context": "c", "contexts": [{"name": "c", "context": {"cluster": "c", "namespace": "otomi"}}],
		"clusters": [{"name": "c", "cluster": {"server": %q}}]}`, server.URL)
	if err := os.WriteFile(kubeconfig, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	call(t, memory, http.MethodPost, "/api/v1/namespaces", `{"metadata": {"name": "otomi"}}`)
	return memory, kubeconfig
}

func call(t *testing.T, memory *suite.Memory, method, path, body string) string {
	t.Helper()
	recorder := httptest.NewRecorder()
	memory.ServeHTTP(recorder, httptest.NewRequest(method, path, strings.NewReader(body)))
	if recorder.Code >= http.StatusMultipleChoices {
		t.Fatalf("%s %s: %d %s", method, path, recorder.Code, recorder.Body)
	}
	return recorder.Body.String()
}

// keeper is a task that keeps Secrets.
func keeper(t *task.Task) { t.Secrets = true }

// secret is what such a task writes.
func secret() kube.Secret {
	return kube.Secret{Namespace: "otomi", Name: "one", Data: map[string]values.Secret{"key": values.NewSecret("hush")}}
}

// TestLease: in a cluster a run that writes holds the task's Lease, and gives it
// back.
func TestLease(t *testing.T) {
	t.Parallel()
	memory, kubeconfig := cluster(t)
	var during string
	a := &app{desired: owned("a"), write: func(context.Context, plan.Change[item]) (bool, error) {
		during = call(t, memory, http.MethodGet, leases+"/shelf-items", "")
		return true, nil
	}}
	r := execute(t, a, setup{args: []string{"apply", "--kubeconfig", kubeconfig}, env: map[string]string{"POD_NAME": "pod-1"}})
	if r.code != run.ExitOK || !strings.Contains(during, `"holderIdentity":"pod-1/`) {
		t.Errorf("exit %d; while it wrote the lease was %s", r.code, during)
	}
	if after := call(t, memory, http.MethodGet, leases+"/shelf-items", ""); strings.Contains(after, "pod-1") {
		t.Errorf("it was not given back: %s", after)
	}
	if r.outcome.Kubernetes != nil {
		t.Errorf("the lock counts as requests of the task: %v", r.outcome.Kubernetes)
	}
}

// TestLeaseOfAnother: another run keeps this one from writing, and not from
// planning.
func TestLeaseOfAnother(t *testing.T) {
	t.Parallel()
	memory, kubeconfig := cluster(t)
	call(t, memory, http.MethodPost, leases, `{"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": "shelf-items", "namespace": "otomi"},
		"spec": {"holderIdentity": "pod-2/x", "leaseDurationSeconds": 3600, "renewTime": "2999-01-01T00:00:00.000000Z"}}`)
	for verb, code := range map[string]int{"apply": run.ExitLocked, "plan": run.ExitOK} {
		a := &app{desired: owned("a")}
		r := execute(t, a, setup{args: []string{verb, "--kubeconfig", kubeconfig, "--lock-wait", "0s"}})
		if r.code != code || len(a.attempts) > 0 || verb == "apply" && !strings.Contains(r.outcome.Error, "pod-2/x") {
			t.Errorf("%s: exit %d, changes %v, error %q", verb, r.code, a.attempts, r.outcome.Error)
		}
	}
}

// TestNoCluster: a task without Secrets needs no cluster, and one with them says
// what is missing before it sends a request.
func TestNoCluster(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		reason string
		setup  setup
		code   int
		says   string
	}{
		"Laptop":       {"the lock is for clusters", setup{args: []string{"apply"}}, run.ExitOK, ""},
		"Home":         {"a kubeconfig in the home folder is not used", setup{args: []string{"apply"}, env: map[string]string{"HOME": "testdata"}}, run.ExitOK, ""},
		"PodNoToken":   {"the chart may leave the token out", setup{args: []string{"apply"}, env: map[string]string{"KUBERNETES_SERVICE_HOST": "10.0.0.1"}}, run.ExitOK, ""},
		"Keeper":       {"its Secrets have no namespace", setup{args: []string{"plan"}, task: keeper}, run.ExitInvalid, "--secrets-dir"},
		"NoFile":       {"a typo", setup{args: []string{"plan", "--kubeconfig", "testdata/nowhere"}}, run.ExitInvalid, "testdata/nowhere"},
		"KeeperFolder": {"manifests instead", setup{args: []string{"apply", "--secrets-dir", t.TempDir()}, task: keeper}, run.ExitOK, ""},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := &app{desired: owned("a")}
			r := execute(t, a, tc.setup)
			if r.code != tc.code || !strings.Contains(r.outcome.Error, tc.says) {
				t.Errorf("%s: exit %d, error %q", tc.reason, r.code, r.outcome.Error)
			}
			if tc.code == run.ExitInvalid && a.asked > 0 {
				t.Errorf("%s: the application was asked", tc.reason)
			}
		})
	}
}

// TestPlaceBehindTheGate: planning can write no Secret, applying can, and both
// are counted.
func TestPlaceBehindTheGate(t *testing.T) {
	t.Parallel()
	memory, kubeconfig := cluster(t)
	var planning error
	a := &app{desired: owned("a")}
	a.read = func(ctx context.Context, number int) error {
		if number == 1 {
			planning = a.setting.Secrets.ApplySecret(ctx, secret())
		}
		return nil
	}
	a.write = func(ctx context.Context, _ plan.Change[item]) (bool, error) {
		return true, a.setting.Secrets.ApplySecret(ctx, secret())
	}
	r := execute(t, a, setup{args: []string{"apply", "--kubeconfig", kubeconfig}, task: keeper})
	if r.code != run.ExitOK || planning == nil || a.setting.Namespace != "otomi" {
		t.Errorf("exit %d, namespace %q; a write while planning: %v", r.code, a.setting.Namespace, planning)
	}
	if diff := cmp.Diff(map[string]int{"reads": 0, "writes": 1}, r.outcome.Kubernetes); diff != "" {
		t.Errorf("requests: -want, +got:\n%s", diff)
	}
	call(t, memory, http.MethodGet, "/api/v1/namespaces/otomi/secrets/one", "")
}

// TestOwnVerbs: the verbs that only one task has apply.
func TestOwnVerbs(t *testing.T) {
	t.Parallel()
	var loud bool
	shape := func(t *task.Task) {
		t.Flags = func(f *pflag.FlagSet) { f.BoolVar(&loud, "loud", false, "shout") }
		t.Verbs = []task.Verb{{Name: "dust", Short: "Apply with a duster"}}
	}
	l := &fakeLocker{}
	dusted := &app{desired: owned("a")}
	r := execute(t, dusted, setup{args: []string{"dust"}, env: map[string]string{"OTOMI_TASKS_LOUD": "true"}, task: shape, locker: l})
	if r.code != run.ExitOK || r.outcome.Changes["created"] != 1 || l.locked != 1 || dusted.setting.Verb != "dust" || !loud {
		t.Errorf("dust: exit %d, %v, locked %d times, verb %q, flag %t", r.code, r.outcome.Changes, l.locked, dusted.setting.Verb, loud)
	}
}
