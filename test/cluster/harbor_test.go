package cluster

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"

	"otomi.io/tasks/internal/sim"
	"otomi.io/tasks/internal/sim/harbor"
)

const (
	harborPassword = "not-a-real-harbor"
	pullTeam       = "e2e-pull" // whose namespace is there from the beginning
	lateTeam       = "e2e-late"
)

// harborServer is a simulated Harbor with a registry, where pods reach it.
type harborServer struct {
	host string // also of the registry
	log  sim.Log
}

func newHarbor(t *testing.T) *harborServer {
	t.Helper()
	s := &harborServer{}
	app := harbor.New(harbor.Options{Password: harborPassword})
	address := serve(t, withRegistry(s.log.Wrap(app), newImages(t, "team-"+pullTeam+"/hello")), nil)
	s.host = strings.TrimPrefix(address, "http://")
	return s
}

func (s *harborServer) values() string {
	return fmt.Sprintf(`
tasks:
  harbor-projects:
    enabled: true
    extraEnv: {HARBOR_BASE_URL: "http://%s", HARBOR_BASE_REPO_URL: "%s"}
    credentials: {HARBOR_PASSWORD: {value: %s}}
`, s.host, s.host, harborPassword)
}

// TestHarbor: after Keycloak comes Harbor; teams get their Secrets as soon as
// they have a namespace, and their pods pull with them unasked.
func TestHarbor(t *testing.T) {
	t.Parallel()
	const harborJob = "core-harbor-projects"
	keycloak, harbor := newKeycloak(t), newHarbor(t)
	team := newNamespace(t, "team-"+pullTeam)
	r := newRelease(t, "v3", keycloak.values(pullTeam, lateTeam), harbor.values())
	r.do(t, "install")

	first, second := read[batchv1.Job](t, "job", hookJob, "--namespace="+r.namespace), read[batchv1.Job](t, "job", harborJob, "--namespace="+r.namespace)
	if second.Status.StartTime.Before(first.Status.CompletionTime) {
		t.Errorf("Harbor's hook began at %s, before Keycloak's ended at %s", second.Status.StartTime, first.Status.CompletionTime)
	}
	if diff := cmp.Diff(ticketTypes(), teamSecrets(t, team)); diff != "" {
		t.Errorf("Secrets of a team: -want +got\n%s", diff)
	}
	pull(t, team, harbor.host+"/team-"+pullTeam+"/hello:1")

	late := newNamespace(t, "team-"+lateTeam)
	job := r.byHand(t, harborJob, "late")
	completed(t, r.namespace, job)
	if diff := cmp.Diff(ticketTypes(), teamSecrets(t, late)); diff != "" {
		t.Errorf("Secrets of a team whose namespace came later: -want +got\n%s", diff)
	}
	log := logs(t, r.namespace, job)
	hidden(t, "the log", log)
	job = r.byHand(t, harborJob, "again")
	completed(t, r.namespace, job)
	if got := outcomes(logs(t, r.namespace, job)); len(got) != 1 || got[0].Result != "unchanged" {
		t.Errorf("another run: %+v", got)
	}
	uninstalled(t, r, harborJob+"-late", harborJob+"-again")
	if diff := cmp.Diff(ticketTypes(), teamSecrets(t, late)); diff != "" {
		t.Errorf("pods of teams still need their Secrets: -want +got\n%s", diff)
	}
}

// TestHarborShards: three pods share what the task must remember, and none of
// them is tried twice for that.
func TestHarborShards(t *testing.T) {
	t.Parallel()
	const harborJob = "core-harbor-projects"
	keycloak, harbor := newKeycloak(t), newHarbor(t)
	var teams []string
	for i := range 6 {
		teams = append(teams, fmt.Sprintf("e2e-shard-%d", i))
		newNamespace(t, "team-"+teams[i])
	}
	r := newRelease(t, "v3", keycloak.values(teams...), harbor.values(), "tasks: {harbor-projects: {shards: 3}}")
	r.do(t, "install")
	if job := read[batchv1.Job](t, "job", harborJob, "--namespace="+r.namespace); job.Status.Succeeded != 3 || job.Status.Failed != 0 {
		t.Errorf("%d pods succeeded and %d failed, want 3 and none", job.Status.Succeeded, job.Status.Failed)
	}
	for _, team := range teams {
		if diff := cmp.Diff(ticketTypes(), teamSecrets(t, "team-"+team)); diff != "" {
			t.Errorf("Secrets of %s: -want +got\n%s", team, diff)
		}
	}
	job := r.byHand(t, harborJob, "again")
	completed(t, r.namespace, job)
	for _, o := range outcomes(logs(t, r.namespace, job)) {
		if o.Result != "unchanged" {
			t.Errorf("another run: shard %s: %+v", o.Shard, o)
		}
	}
}

// ticketTypes are the Secrets that each team gets.
func ticketTypes() map[string]corev1.SecretType {
	return map[string]corev1.SecretType{
		"harbor-pullsecret": corev1.SecretTypeDockerConfigJson, "harbor-pushsecret": corev1.SecretTypeDockerConfigJson,
		"harbor-pushsecret-builds": corev1.SecretTypeOpaque,
	}
}

func teamSecrets(t *testing.T, namespace string) map[string]corev1.SecretType {
	t.Helper()
	types := map[string]corev1.SecretType{}
	for _, secret := range read[corev1.SecretList](t, "secrets", "--namespace="+namespace).Items {
		types[secret.Name] = secret.Type
	}
	return types
}

// pull runs a pod of a team with an image that no node has, and that only
// Harbor's robot accounts may pull. The pod itself names no pull secret.
func pull(t *testing.T, namespace, image string) {
	t.Helper()
	account := read[corev1.ServiceAccount](t, "serviceaccount", "default", "--namespace="+namespace)
	if got := len(account.ImagePullSecrets); got != 2 {
		t.Errorf("the namespace's pods have %d pull secrets, want those for pulling and pushing", got)
	}
	for _, reference := range account.ImagePullSecrets {
		secret := read[corev1.Secret](t, "secret", reference.Name, "--namespace="+namespace)
		if got := pullDirectly(t, secret.Data[corev1.DockerConfigJsonKey], image); got != http.StatusOK {
			t.Errorf("%s: the registry answers %d", reference.Name, got)
		}
	}
	if here.registries == "" {
		return // the nodes' runtime takes no registry without TLS
	}
	host, _, _ := strings.Cut(image, "/")
	folder := filepath.Join(here.registries, host)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	if err := os.WriteFile(filepath.Join(folder, "hosts.toml"), []byte("[host.\"http://"+host+"\"]\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	apply(t, fmt.Sprintf(`
apiVersion: v1
kind: Pod
metadata: {name: hello, namespace: %s}
spec:
  restartPolicy: Never
  automountServiceAccountToken: false
  securityContext: {runAsNonRoot: true, runAsUser: 65532, runAsGroup: 65532, seccompProfile: {type: RuntimeDefault}}
  containers:
    - name: hello
      image: %s
      imagePullPolicy: Always
      args: [version]
      securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}
`, namespace, image), "create", "--filename=-")
	kubectl(t, "wait", "--for=jsonpath={.status.phase}=Succeeded", "pod/hello", "--namespace="+namespace, "--timeout="+patience.String())
}
