package cluster

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/getsops/sops/v3"

	"otomi.io/tasks/internal/sim/git"
	"otomi.io/tasks/internal/testkit/encrypt"
)

// TestValuesInGit: each run of the CronJob follows a repository, over TLS by an
// authority of our own and with a login that comes from a Secret, as does the
// key to what is encrypted in the repository.
func TestValuesInGit(t *testing.T) {
	t.Parallel()
	repository, err := git.New(t.Context(), t.TempDir(), t.Output())
	if err != nil {
		t.Fatal(err)
	}
	repository.Guard("ada", "not-a-real-token")
	authority, certificate := certify(t)
	address := serve(t, repository, certificate)
	const word = "not-a-real-first-word"
	key := encrypt.Identity(t)
	encrypted := encrypt.Document(t, encrypt.YAMLStore(), "teamConfig: {alpha: {users: [{username: carol, email: carol@example.org, initialPassword: "+word+"}]}}", sops.Metadata{UnencryptedSuffix: "_unencrypted"}, key)
	commit := func(teams ...string) string {
		id, err := repository.Commit(t.Context(), "values.git", map[string]string{
			"env/teams.yaml": "teamConfig: {" + strings.Join(entries(teams), ", ") + "}\n", "env/secrets.teams.yaml": encrypted})
		if err != nil {
			t.Fatal(err)
		}
		return id
	}

	keycloak := newKeycloak(t)
	r := newRelease(t, "v3", keycloak.values(), fmt.Sprintf(`
global: {caBundle: {configMap: company-ca, key: bundle.pem}}
otomiValues: {from: [{git: {url: "%s/values.git", ref: main, path: env}}]}
taskDefaults:
  mode: cronjob-only
  credentials:
    OTOMI_TASKS_GIT_USERNAME: {secret: git, key: username}
    OTOMI_TASKS_GIT_PASSWORD: {secret: git, key: password}
    SOPS_AGE_KEY: {secret: otomi-sops, key: age.agekey}
`, address))
	bundle := filepath.Join(t.TempDir(), "bundle.pem")
	if err := os.WriteFile(bundle, []byte(authority), 0o600); err != nil {
		t.Fatal(err)
	}
	kubectl(t, "create", "configmap", "company-ca", "--from-file="+bundle, "--namespace="+r.namespace)
	kubectl(t, "create", "secret", "generic", "git", "--from-literal=username=ada", "--from-literal=password=not-a-real-token", "--namespace="+r.namespace)
	kubectl(t, "create", "secret", "generic", "otomi-sops", "--from-literal=age.agekey="+key.String(), "--namespace="+r.namespace)
	first := commit("alpha")
	r.do(t, "install")

	job := r.byHand(t, hookJob, "first")
	completed(t, r.namespace, job)
	keycloak.equals(t, "the first commit", "alpha")
	if got := keycloak.address(t, "carol"); got != "carol@example.org" {
		t.Errorf("the address of carol is %q, want what was encrypted", got)
	}
	log := logs(t, r.namespace, job)
	if !strings.Contains(log, first) || strings.Contains(log, "not-a-real-token") || strings.Contains(log, word) || strings.Contains(log, key.String()) {
		t.Errorf("the log lacks the commit %s, or shows a secret:\n%s", first, log)
	}
	commit("alpha", "beta")
	completed(t, r.namespace, r.byHand(t, hookJob, "second"))
	keycloak.equals(t, "the second commit", "alpha", "beta")
}
