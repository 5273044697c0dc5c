package cluster

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/getsops/sops/v3"
	"github.com/getsops/sops/v3/aes"
	sopsage "github.com/getsops/sops/v3/age"
	"github.com/getsops/sops/v3/config"
	"github.com/getsops/sops/v3/stores/yaml"

	"otomi.io/tasks/internal/sim/git"
)

// TestValuesInGit: each run of the CronJob follows a repository, over TLS by an
// authority of our own and with a log-in that comes from a Secret, as does the
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
	const sealed = "not-a-real-first-word"
	encrypted, key := seal(t, "teamConfig: {alpha: {users: [{username: carol, email: carol@example.org, initialPassword: "+sealed+"}]}}")
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
	kubectl(t, "create", "secret", "generic", "otomi-sops", "--from-literal=age.agekey="+key, "--namespace="+r.namespace)
	first := commit("alpha")
	r.do(t, "install")

	job := r.byHand(t, hookJob, "first")
	completed(t, r.namespace, job)
	keycloak.equals(t, "the first commit", "alpha")
	if got := keycloak.address(t, "carol"); got != "carol@example.org" {
		t.Errorf("the address of carol is %q, want what was encrypted", got)
	}
	log := logs(t, r.namespace, job)
	if !strings.Contains(log, first) || strings.Contains(log, "not-a-real-token") || strings.Contains(log, sealed) || strings.Contains(log, key) {
		t.Errorf("the log lacks the commit %s, or shows a secret:\n%s", first, log)
	}
	commit("alpha", "beta")
	completed(t, r.namespace, r.byHand(t, hookJob, "second"))
	keycloak.equals(t, "the second commit", "alpha", "beta")
}

// seal encrypts values as the sops command does, for an age key that it makes.
func seal(t *testing.T, plain string) (encrypted, key string) {
	t.Helper()
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	recipient, err := sopsage.MasterKeyFromRecipient(identity.Recipient().String())
	if err != nil {
		t.Fatal(err)
	}
	store := yaml.NewStore(&config.YAMLStoreConfig{Indent: 2})
	branches, err := store.LoadPlainFile([]byte(plain))
	if err != nil {
		t.Fatal(err)
	}
	tree := sops.Tree{Branches: branches, Metadata: sops.Metadata{KeyGroups: []sops.KeyGroup{{recipient}}, Version: "3.13.3"}}
	dataKey, errs := tree.GenerateDataKey()
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	cipher := aes.NewCipher()
	mac, err := tree.Encrypt(dataKey, cipher)
	if err != nil {
		t.Fatal(err)
	}
	tree.Metadata.LastModified = time.Now().UTC()
	tree.Metadata.MessageAuthenticationCode, err = cipher.Encrypt(mac, dataKey, tree.Metadata.LastModified.Format(time.RFC3339))
	if err != nil {
		t.Fatal(err)
	}
	out, err := store.EmitEncryptedFile(tree)
	if err != nil {
		t.Fatal(err)
	}
	return string(out), identity.String()
}
