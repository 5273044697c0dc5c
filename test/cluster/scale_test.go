package cluster

import (
	"fmt"
	"slices"
	"testing"
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
