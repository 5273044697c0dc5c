package cluster

import (
	"fmt"
	"net/http"
	"slices"
	"testing"

	coordinationv1 "k8s.io/api/coordination/v1"

	"otomi.io/tasks/internal/sim/gitea"
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
	cases := map[string]func(t *testing.T) []string{
		"keycloak-roles":  func(t *testing.T) []string { return []string{newKeycloak(t).values(teams...)} },
		"harbor-projects": func(t *testing.T) []string { return []string{newKeycloak(t).values(teams...), newHarbor(t).values()} },
		"gitea-repos":     func(t *testing.T) []string { return []string{newKeycloak(t).values(teams...), giteaValues(t)} },
	}
	for task, values := range cases {
		t.Run(task, func(t *testing.T) {
			r := newRelease(t, "v3", append(values(t), "taskDefaults: {mode: cronjob-only}")...)
			r.do(t, "install")
			for i, want := range []string{"converged", "unchanged"} {
				job := r.byHand(t, "core-"+task, fmt.Sprint(i))
				completed(t, r.namespace, job)
				got := outcomes(logs(t, r.namespace, job))
				if len(got) != 1 || got[0].Result != want {
					t.Errorf("run %d: got %+v, want %s at the first attempt", i, got, want)
				} else if made := got[0].Changes["created"]; i == 0 && made < len(teams) {
					t.Errorf("%d objects were made for %d teams", made, len(teams))
				}
			}
		})
	}
}

// giteaValues make gitea-repos work on a simulated Gitea.
func giteaValues(t *testing.T) string {
	t.Helper()
	return fmt.Sprintf(`
tasks:
  gitea-repos:
    enabled: true
    extraEnv: {GITEA_URL: "%s", DRONE_URL: "https://drone.example.com"}
    credentials: {GITEA_PASSWORD: {value: %s}}
`, serve(t, gitea.New(gitea.Options{Password: password}), nil), password)
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
		lease := read[coordinationv1.Lease](t, "lease", fmt.Sprintf("core-keycloak-roles-%d-of-3", i), "--namespace="+r.namespace)
		if holder := lease.Spec.HolderIdentity; holder != nil && *holder != "" {
			t.Errorf("the lock of shard %d was not given back: %s", i, *holder)
		}
	}
}
