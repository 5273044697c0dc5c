package cluster

import (
	"fmt"
	"net/http"
	"slices"
	"testing"

	coordinationv1 "k8s.io/api/coordination/v1"
)

func teamNames(n int) []string {
	names := make([]string, 0, n)
	for i := range n {
		names = append(names, fmt.Sprintf("t%04d", i))
	}
	return names
}

// TestMemory: the chart's limit is enough for a first run of 5,000 teams and for
// one without differences.
func TestMemory(t *testing.T) {
	t.Parallel()
	teams := teamNames(5000)
	keycloak := newKeycloak(t)
	r := newRelease(t, "v3", keycloak.values(teams...), "taskDefaults: {mode: cronjob-only}")
	r.do(t, "install")
	for i, want := range []string{"converged", "unchanged"} {
		job := r.byHand(t, hookJob, fmt.Sprint(i))
		completed(t, r.namespace, job)
		if got := outcomes(logs(t, r.namespace, job)); len(got) != 1 || got[0].Result != want {
			t.Errorf("run %d: got %+v, want %s at the first attempt", i, got, want)
		}
	}
	if got := keycloak.teams(t); !slices.Equal(got, teams) {
		t.Errorf("%d teams in Keycloak, want %d", len(got), len(teams))
	}
}

// TestShards: three pods of one Job make 300 teams, each team once.
func TestShards(t *testing.T) {
	t.Parallel()
	teams := teamNames(300)
	keycloak := newKeycloak(t)
	r := newRelease(t, "v3", keycloak.values(teams...), "taskDefaults: {shards: 3}")
	r.do(t, "install")
	if got := keycloak.teams(t); !slices.Equal(got, teams) {
		t.Errorf("%d teams in Keycloak, want %d", len(got), len(teams))
	}
	made := 0
	for _, request := range keycloak.log.Writes() {
		if request.Method == http.MethodPost && request.Path == "/admin/realms/otomi/roles" {
			made++
		}
	}
	if want := len(teams) + 2; made != want { // the platform has two of its own
		t.Errorf("%d roles were made, want %d, each once", made, want)
	}
	shards := map[string]int{}
	for _, o := range outcomes(logs(t, r.namespace, hookJob)) {
		shards[o.Shard+" "+o.Result]++
	}
	if len(shards) != 3 || shards["0/3 converged"] != 1 || shards["1/3 converged"] != 1 || shards["2/3 converged"] != 1 {
		t.Errorf("the shards ended as %v", shards)
	}
	for i := range 3 {
		lease := read[coordinationv1.Lease](t, "lease", fmt.Sprintf("keycloak-roles-%d-of-3", i), "--namespace="+r.namespace)
		if holder := lease.Spec.HolderIdentity; holder != nil && *holder != "" {
			t.Errorf("the lock of shard %d was not given back: %s", i, *holder)
		}
	}
}
