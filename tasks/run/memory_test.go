package run_test

import (
	"net/http"
	"strings"
	"testing"

	"otomi.io/tasks/tasks/run"
)

// TestUndone: what another writer takes back three times is named, and only that.
func TestUndone(t *testing.T) {
	t.Parallel()
	memory, kubeconfig := cluster(t)
	a := &app{desired: shelf{"a": coloured("red")}, current: shelf{"a": coloured("blue"), "b": coloured("blue")}}
	for n := range 4 {
		a.current["a"] = coloured("blue")
		if n == 1 { // another change, which stays
			a.desired["b"] = coloured("red")
		} else {
			a.desired["b"] = a.current["b"]
		}
		r := execute(t, a, apply("--kubeconfig", kubeconfig))
		if named := strings.Contains(r.stderr, `"another writer undoes this","change":"update item a colour`); r.code != run.ExitOK || named != (n >= 2) {
			t.Errorf("apply %d: exit %d, named %v\n%s", n+1, r.code, named, r.stderr)
		}
		if strings.Contains(r.stderr, "update item b colour (") {
			t.Errorf("a change that was made once is named:\n%s", r.stderr)
		}
	}
	lease := call(t, memory, http.MethodGet, leases+"/shelf-items", "")
	r := execute(t, a, apply("--kubeconfig", kubeconfig))
	if after := call(t, memory, http.MethodGet, leases+"/shelf-items", ""); r.outcome.Result != "unchanged" || remembered(after) != remembered(lease) {
		t.Errorf("a run without changes remembers something else: %s, %s", r.outcome.Result, after)
	}
	doctor := execute(t, a, setup{args: []string{"doctor", "--kubeconfig", kubeconfig}})
	if doctor.code != run.ExitUnsettled || !strings.Contains(doctor.stdout, "undone again and again: update item a colour (4 times)") {
		t.Errorf("doctor: exit %d\n%s", doctor.code, doctor.output())
	}
}

// remembered is the annotation of a Lease.
func remembered(lease string) string {
	_, text, _ := strings.Cut(lease, `"otomi.io/remembered":`)
	return strings.SplitN(text, "}]", 2)[0]
}

// TestOperator: doctor names the platform's operator where it runs.
func TestOperator(t *testing.T) {
	t.Parallel()
	const path = "/apis/apps/v1/namespaces/apl-keycloak-operator/deployments"
	cases := map[string]struct {
		reason, deployment, tree string
		want                     string
	}{
		"Runs":    {"both write to Keycloak", `{"metadata": {"name": "apl-keycloak-operator"}, "spec": {"replicas": 1}}`, "platform-b", "the platform's Deployment apl-keycloak-operator/apl-keycloak-operator writes there, too"},
		"Default": {"Kubernetes makes one replica where none is asked for", `{"metadata": {"name": "apl-keycloak-operator"}}`, "platform-b", "writes there, too"},
		"Stopped": {"it was scaled to 0", `{"metadata": {"name": "apl-keycloak-operator"}, "spec": {"replicas": 0}}`, "platform-b", "none known"},
		"None":    {"it was never installed", "", "platform-b", "none known"},
		"Jobs":    {"Otomi has jobs instead", `{"metadata": {"name": "apl-keycloak-operator"}}`, "platform-a", "none known"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			memory, kubeconfig := cluster(t)
			if tc.deployment != "" {
				call(t, memory, http.MethodPost, "/api/v1/namespaces", `{"metadata": {"name": "apl-keycloak-operator"}}`)
				call(t, memory, http.MethodPost, path, tc.deployment)
			}
			r := execute(t, &app{}, setup{args: []string{"doctor", "--values", "../../examples/" + tc.tree + "/env", "--kubeconfig", kubeconfig}, valuesFor: "keycloak"})
			if r.code != run.ExitOK || !strings.Contains(r.stdout, "2 other writers ok     ") || !strings.Contains(r.stdout, tc.want) {
				t.Errorf("%s: exit %d\n%s", tc.reason, r.code, r.output())
			}
		})
	}
}
