package cluster

import (
	"net/http"
	"strings"
	"testing"

	batchv1 "k8s.io/api/batch/v1"

	"otomi.io/tasks/internal/sim"
)

// TestFailsAtOnce: what no retry can help takes one attempt, and Kubernetes and
// Helm say what is wrong.
func TestFailsAtOnce(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		reason   string
		helm     string
		values   string
		code     int32
		says     string // what a person must read
		requests int    // that Keycloak got
	}{
		"Values": {"Wrong values are known before anything is asked, and Helm prints the log of a hook that failed.", "v3", "otomiValues: {inline: {otomi: {hasExternalIDP: true}}}", 3, "oidc.issuer", 0},
		"Helm4":  {"So does Helm 4.", "v4", "otomiValues: {inline: {otomi: {hasExternalIDP: true}}}", 3, "oidc.issuer", 0},
		"LogIn":  {"One login, as servers lock accounts.", "v3", "tasks: {keycloak-roles: {credentials: {KEYCLOAK_ADMIN_PASSWORD: {value: wrong-password}}}}", 5, "Invalid user credentials", 2},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			keycloak := newKeycloak(t)
			r := newRelease(t, tc.helm, keycloak.values("alpha"), tc.values)
			out, err := r.try(t.Context(), "install")
			if err == nil {
				t.Fatalf("%s: helm is content\n%s", tc.reason, r.state())
			}
			if !strings.Contains(out+err.Error(), tc.says) {
				t.Errorf("%s: helm does not say %q: %v\n%s", tc.reason, tc.says, err, out)
			}
			job, _ := ended(t, r.namespace, hookJob)
			if job.Status.Failed != 1 {
				t.Errorf("%s: %d attempts, want one", tc.reason, job.Status.Failed)
			}
			all := pods(t, r.namespace, hookJob)
			if code, word := exit(all[0]); code != tc.code || !strings.Contains(word, tc.says) {
				t.Errorf("%s: exit %d, want %d; the pod's last word is %q", tc.reason, code, tc.code, word)
			}
			seen := kubectl(t, "describe", "job", hookJob, "--namespace="+r.namespace)
			if !strings.Contains(seen, tc.says) {
				t.Errorf("%s: kubectl describe job does not say %q:\n%s", tc.reason, tc.says, seen)
			}
			hidden(t, "kubectl describe", described(t, r.namespace, hookJob))
			if got := len(keycloak.log.Requests()); got != tc.requests {
				t.Errorf("%s: Keycloak got %d requests, want %d: %v", tc.reason, got, tc.requests, keycloak.log.Requests())
			}
		})
	}
}

// TestRetries: what a retry may help gets another pod.
func TestRetries(t *testing.T) {
	t.Parallel()
	keycloak := newKeycloak(t)
	// The five attempts of one request.
	keycloak.faults.Inject(sim.Fault{Effect: sim.Refuse, Method: http.MethodGet, Path: "/admin/realms", Status: http.StatusServiceUnavailable, Times: 5})
	r := newRelease(t, "v3", keycloak.values("alpha", "beta"))
	r.do(t, "install")
	keycloak.equals(t, "helm install returned", "alpha", "beta")
	if job := read[batchv1.Job](t, "job", hookJob, "--namespace="+r.namespace); job.Status.Failed != 1 || job.Status.Succeeded != 1 {
		t.Errorf("%d failed and %d succeeded, want one each", job.Status.Failed, job.Status.Succeeded)
	}
}

// TestPodGoes in the middle of a run: the next one finishes its work.
func TestPodGoes(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		reason string
		remove func(t *testing.T, namespace, pod string)
		failed int32
	}{
		"Deleted": {"It was deleted by hand: that attempt is used up.", func(t *testing.T, namespace, pod string) {
			kubectl(t, "delete", "pod", pod, "--namespace="+namespace)
		}, 1},
		"Evicted": {"Its node is drained: that does not count as an attempt.", evict, 0},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			keycloak := newKeycloak(t)
			r := newRelease(t, "v3", keycloak.values("alpha", "beta"), "taskDefaults: {mode: cronjob-only}")
			r.do(t, "install")
			arrived, release := keycloak.gate.hold("/roles")
			defer release()
			job := r.byHand(t, hookJob, "now")
			await(t, "the run writes", arrived)
			first := pods(t, r.namespace, job)[0].Name
			tc.remove(t, r.namespace, first)
			kubectl(t, "wait", "--for=delete", "pod/"+first, "--namespace="+r.namespace, "--timeout="+patience.String())
			release()
			if job := completed(t, r.namespace, job); job.Status.Failed != tc.failed {
				t.Errorf("%s: %d pods count as failed, want %d", tc.reason, job.Status.Failed, tc.failed)
			}
			keycloak.equals(t, "the second pod has ended", "alpha", "beta")
			if got := outcomes(logs(t, r.namespace, job)); len(got) != 1 || got[0].Result != "converged" {
				t.Errorf("%s: the second pod says %+v", tc.reason, got)
			}
		})
	}
}

// evict is what kubectl drain does to each pod of a node.
func evict(t *testing.T, namespace, pod string) {
	t.Helper()
	apply(t, `{"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "`+pod+`", "namespace": "`+namespace+`"}}`,
		"create", "--raw=/api/v1/namespaces/"+namespace+"/pods/"+pod+"/eviction", "--filename=-")
}

// TestOneWriter: a run by hand while the hook runs ends with 6, and its next pod
// finds the lock free.
func TestOneWriter(t *testing.T) {
	t.Parallel()
	keycloak := newKeycloak(t)
	r := newRelease(t, "v3", keycloak.values("alpha"), "taskDefaults: {mode: cronjob-only, extraArgs: [--lock-wait=1s]}")
	r.do(t, "install")
	arrived, release := keycloak.gate.hold("/roles")
	defer release()
	first := r.byHand(t, hookJob, "first")
	await(t, "the first run writes", arrived)

	second := r.byHand(t, hookJob, "second")
	kubectl(t, "wait", "--for=jsonpath={.status.failed}=1", "job/"+second, "--namespace="+r.namespace, "--timeout="+patience.String())
	holder := pods(t, r.namespace, first)[0].Name
	code, word := exit(pods(t, r.namespace, second)[0])
	if code != 6 || !strings.Contains(word, holder) {
		t.Errorf("exit %d %q, want 6 and the name of the pod that holds the lock, %s", code, word, holder)
	}
	release()
	completed(t, r.namespace, first)
	completed(t, r.namespace, second)
	keycloak.equals(t, "both have ended", "alpha")
}
