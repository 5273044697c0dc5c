package cluster

import (
	"os"
	"strings"
	"testing"
)

// TestPlanByHand runs the commands of docs/operations.md literally.
func TestPlanByHand(t *testing.T) {
	t.Parallel()
	keycloak := newKeycloak(t)
	r := newRelease(t, "v3", keycloak.values("alpha"))
	r.do(t, "install")
	keycloak.dropRole(t, "team-alpha")
	keycloak.log.Reset()

	text, err := os.ReadFile(rootDir + "/docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	_, block, _ := strings.Cut(string(text), "```bash\nkubectl --namespace otomi create job")
	block, _, found := strings.Cut(block, "```")
	if !found {
		t.Fatal("docs/operations.md does not say how to plan by hand")
	}
	command := strings.ReplaceAll("kubectl --namespace otomi create job"+block, "--namespace otomi", "--namespace "+r.namespace)
	if _, err := here.run(t.Context(), "", "bash", "-euo", "pipefail", "-c", command); err != nil {
		t.Fatal(err)
	}
	completed(t, r.namespace, hookJob+"-plan")
	got := outcomes(logs(t, r.namespace, hookJob+"-plan"))
	if _, writes := keycloak.log.Counts(); writes != 0 || len(got) != 1 || got[0].Result != "planned" {
		t.Errorf("%d writes and %+v, want a plan", writes, got)
	}
}
