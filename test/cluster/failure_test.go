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
		"Values": {"Wrong values are known before anything is asked.", "v3", "otomiValues: {inline: {otomi: {hasExternalIDP: true}}}", 3, "oidc.issuer", 0},
		"Shown":  {"Helm 4 prints the log of a hook that failed.", "v4", "otomiValues: {inline: {otomi: {hasExternalIDP: true}}}", 3, "oidc.issuer", 0},
		"LogIn":  {"One log-in, as servers lock accounts.", "v3", "tasks: {keycloak-roles: {credentials: {KEYCLOAK_ADMIN_PASSWORD: {value: wrong-password}}}}", 5, "Invalid user credentials", 2},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			keycloak := newKeycloak(t)
			r := newRelease(t, tc.helm, keycloak.values("alpha"), tc.values)
			out, err := r.try(t.Context(), "install")
			if err == nil {
				t.Fatalf("%s: helm is content\n%s", tc.reason, r.state())
			}
			if tc.helm == "v4" && !strings.Contains(out+err.Error(), tc.says) {
				t.Errorf("%s: it does not say %q: %v\n%s", tc.reason, tc.says, err, out)
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
	keycloak.faults.Inject(sim.Fault{Effect: sim.Refuse, Method: http.MethodPost, Path: "/roles", Status: http.StatusBadRequest})
	r := newRelease(t, "v3", keycloak.values("alpha", "beta"))
	r.do(t, "install")
	keycloak.equals(t, "helm install returned", "alpha", "beta")
	if job := read[batchv1.Job](t, "job", hookJob, "--namespace="+r.namespace); job.Status.Failed != 1 || job.Status.Succeeded != 1 {
		t.Errorf("%d failed and %d succeeded, want one each", job.Status.Failed, job.Status.Succeeded)
	}
}

// TestPodIsDeleted in the middle of a run: the next one finishes its work.
func TestPodIsDeleted(t *testing.T) {
	t.Parallel()
	keycloak := newKeycloak(t)
	r := newRelease(t, "v3", keycloak.values("alpha", "beta"), "taskDefaults: {mode: cronjob-only}")
	r.do(t, "install")
	arrived, release := keycloak.gate.hold("/roles")
	defer release()
	job := r.byHand(t, hookJob, "now")
	await(t, "the run writes", arrived)
	first := pods(t, r.namespace, job)[0]
	kubectl(t, "delete", "pod", first.Name, "--namespace="+r.namespace) // returns when it is gone
	release()
	if job := completed(t, r.namespace, job); job.Status.Failed != 1 {
		t.Errorf("%d pods count as failed, want the deleted one", job.Status.Failed)
	}
	keycloak.equals(t, "the second pod has ended", "alpha", "beta")
	if got := outcomes(logs(t, r.namespace, job)); len(got) != 1 || got[0].Result != "converged" {
		t.Errorf("the second pod says %+v", got)
	}
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
