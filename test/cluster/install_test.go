package cluster

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	batchv1 "k8s.io/api/batch/v1"
)

// hidden fails the test if a text shows a secret.
func hidden(t *testing.T, where, text string) {
	t.Helper()
	for _, secret := range secrets() {
		if strings.Contains(text, secret) {
			t.Errorf("%s shows %s", where, secret)
		}
	}
}

// equals fails the test unless Keycloak has exactly these teams.
func (s *server) equals(t *testing.T, when string, teams ...string) {
	t.Helper()
	if diff := cmp.Diff(teams, s.teams(t)); diff != "" {
		t.Errorf("%s: teams in Keycloak: -want +got\n%s", when, diff)
	}
}

// TestLife is the life of a release: installed, tested, drifted, repaired by the
// CronJob, upgraded, rolled back, removed.
func TestLife(t *testing.T) {
	t.Parallel()
	for _, helm := range []string{"v3", "v4"} {
		t.Run(helm, func(t *testing.T) {
			t.Parallel()
			life(t, helm)
		})
	}
}

func life(t *testing.T, helm string) {
	keycloak := newKeycloak(t)
	r := newRelease(t, helm, keycloak.values("alpha", "beta"))

	notes := r.do(t, "install")
	keycloak.equals(t, "helm install returned", "alpha", "beta")
	hidden(t, "helm's output", notes)
	first := read[batchv1.Job](t, "job", hookJob, "--namespace="+r.namespace)
	log := logs(t, r.namespace, hookJob)
	hidden(t, "the log", log)
	if got := outcomes(log); len(got) != 1 || got[0].Result != "converged" {
		t.Errorf("the hook's log ends with %+v", got)
	}

	keycloak.log.Reset()
	r.do(t, "test")
	if _, writes := keycloak.log.Counts(); writes != 0 {
		t.Errorf("helm test made %d writes", writes)
	}
	keycloak.dropRole(t, "team-beta")
	if out, err := r.try(t.Context(), "test", "--logs"); err == nil || !strings.Contains(out+err.Error(), "team-beta") {
		t.Errorf("a role is missing, and helm test says: %v\n%s", err, out)
	}
	completed(t, r.namespace, r.byHand(t, hookJob, "now"))
	keycloak.equals(t, "a run by hand", "alpha", "beta")

	r.change(t, keycloak.values("alpha", "beta", "gamma"))
	r.do(t, "upgrade")
	keycloak.equals(t, "helm upgrade returned", "alpha", "beta", "gamma")
	if second := read[batchv1.Job](t, "job", hookJob, "--namespace="+r.namespace); second.UID == first.UID {
		t.Error("the upgrade ran no Job of its own")
	}

	r.values = r.values[:1]
	r.change(t, keycloak.values("beta", "gamma"))
	r.change(t, "taskDefaults: {policy: sync}")
	r.do(t, "upgrade")
	keycloak.equals(t, "an upgrade under sync", "beta", "gamma")
	r.do(t, "rollback", "1")
	keycloak.equals(t, "a rollback to upsert-only", "alpha", "beta", "gamma")

	uninstalled(t, r, hookJob+"-now")
}

// uninstalled removes the release as the README says, and demands that nothing
// of it is left. Jobs made by hand go with the CronJob that they were made from.
func uninstalled(t *testing.T, r *release, byHand ...string) {
	t.Helper()
	r.do(t, "uninstall")
	for _, job := range byHand {
		kubectl(t, "wait", "--for=delete", "job/"+job, "--namespace="+r.namespace)
	}
	for _, command := range readme(t, "## Uninstall") {
		line := strings.ReplaceAll(command, "--namespace otomi", "--namespace "+r.namespace)
		if strings.HasPrefix(line, "helm ") {
			continue // done
		}
		if _, err := here.run(t.Context(), "", "bash", "-euc", line); err != nil {
			t.Error(err)
		}
	}
	kubectl(t, "wait", "--for=delete", "jobs,pods", "--all", "--namespace="+r.namespace)
	if got := left(t, r.namespace); len(got) != 0 {
		t.Errorf("after all that is left: %v", got)
	}
	// What belongs to no namespace has ours in its name.
	if got := kubectl(t, "get", clusterKinds, "--output=name", "--selector=app.kubernetes.io/part-of=otomi"); strings.Contains(got, r.namespace) {
		t.Errorf("in the cluster is left: %s", got)
	}
}

// The kinds that the chart or a task makes, in its namespace and outside of any.
// Events go by themselves.
const (
	ownKinds     = "jobs,cronjobs,pods,secrets,configmaps,serviceaccounts,roles,rolebindings,networkpolicies,leases"
	clusterKinds = "clusterroles,clusterrolebindings,validatingadmissionpolicies,validatingadmissionpolicybindings"
)

// left are the objects of a namespace that Kubernetes did not make itself.
func left(t *testing.T, namespace string) []string {
	t.Helper()
	names := strings.Fields(kubectl(t, "get", ownKinds, "--namespace="+namespace, "--output=name"))
	return slices.DeleteFunc(names, func(name string) bool {
		return name == "configmap/kube-root-ca.crt" || name == "serviceaccount/default"
	})
}

// readme are the commands below a heading of the chart's README.
func readme(t *testing.T, heading string) []string {
	t.Helper()
	text, err := os.ReadFile(chartDir + "/README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), heading+"\n")
	_, block, _ := strings.Cut(section, "```bash\n")
	block, _, found := strings.Cut(block, "```\n")
	if !found {
		t.Fatalf("the README has no commands below %q", heading)
	}
	block = strings.ReplaceAll(block, " |\n  ", " | ") // goes on
	return strings.Split(strings.TrimSpace(block), "\n")
}
