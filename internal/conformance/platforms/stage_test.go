package platforms_test

import (
	"context"
	"fmt"
	"net/http"
	"path"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	suitekube "otomi.io/tasks/internal/conformance/kube"
	"otomi.io/tasks/internal/conformance/platforms"
	"otomi.io/tasks/internal/sim"
	"otomi.io/tasks/internal/sim/gitea"
	"otomi.io/tasks/internal/sim/harbor"
	"otomi.io/tasks/internal/sim/keycloak"
	"otomi.io/tasks/internal/testkit/runner"
	"otomi.io/tasks/tasks/gitearepos"
	"otomi.io/tasks/tasks/harborprojects"
	"otomi.io/tasks/tasks/keycloakroles"
	"otomi.io/tasks/tasks/kube"
	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/run"
	"otomi.io/tasks/tasks/task"
)

// platformValues are a small platform, as every release could have it.
const platformValues = `
cluster: {domainSuffix: example.com}
otomi: {adminPassword: Admin-pass-1}
apps:
  keycloak: {idp: {clientSecret: client-secret-1}, redirectURIs: ['https://a.example.com/*', 'https://b.example.com/*']}
  harbor: {enabled: true, adminPassword: Harbor-pass-1}
  gitea: {enabled: true, adminPassword: Gitea-pass-1}
  argocd: {enabled: true}
  cert-manager: {issuer: letsencrypt, stage: production}
teamConfig: {admin: {}, a: {}, b: {}}
`

const people = `
users:
  - {email: rita@example.com, firstName: Rita, lastName: Root, initialPassword: Rita-pass-1, isPlatformAdmin: true}
  - {email: al.ice@example.com, firstName: Alice, lastName: Ash, initialPassword: Alice-pass-1, isTeamAdmin: true, teams: [a]}
`

// staged is an application in the state that a release's own tools left.
type staged struct {
	values runner.Values
	task   task.Task
	env    map[string]string
	flags  []string
	// secrets are in Kubernetes; nil where the task keeps none.
	secrets kube.SecretStore
	// round is one round of the tool.
	round func()
	// drift changes by hand what the next apply repairs: one object of that kind.
	drift     func()
	driftKind string
	// leaver are values without one of the people, whom the tool then deletes; nil
	// where the values have none.
	leaver func()
	// own are the changes of a first run that are more than an adoption, with the
	// fields that differ.
	own []string
}

func (s *staged) run(t *testing.T, args ...string) runner.Result {
	t.Helper()
	p := run.Process{Args: append(s.values.Args(args...), s.flags...), Env: s.env, Clock: runner.InstantClock{}, Secrets: s.secrets}
	return runner.Run(s.task, p).Read(t)
}

// dropIn plans on what the tools left, applies, and finds nothing left to do; nor
// does it beside the tools, where they run on.
func (s *staged) dropIn(t *testing.T, operators bool) {
	t.Helper()
	s.round()
	planned := s.run(t, "plan").Want(t, run.ExitOK, "planned", 0)
	adopted := 0
	for _, line := range planned.Lines {
		if line.TakesAway() && line.Blocked == "" {
			t.Errorf("takes away: %s", describe(line))
		}
		if line.Action == plan.Adopt || line.Adopts {
			adopted++
		}
		if line.Action != plan.Adopt && !s.expects(line) {
			t.Errorf("more than an adoption: %s", describe(line))
		}
	}
	if adopted == 0 {
		t.Errorf("adopts nothing:\n%s", planned)
	}
	s.run(t, "apply").Converged(t)
	s.run(t, "apply").Unchanged(t)
	s.run(t, "apply", "--policy", "sync").Unchanged(t)
	if operators {
		s.besideTool(t)
	}
	s.life(t)
}

// expects tells whether a change is one of our own.
func (s *staged) expects(line plan.Line) bool {
	parts := []string{string(line.Action), line.Kind, strings.ReplaceAll(line.Name, "/", "|")}
	for _, f := range line.Fields {
		parts = append(parts, f.Path)
	}
	return slices.ContainsFunc(s.own, func(pattern string) bool {
		match, _ := path.Match(strings.ReplaceAll(pattern, "/", "|"), strings.Join(parts, " "))
		return match
	})
}

// besideTool finds no more to write than what the tool changes for the first time.
func (s *staged) besideTool(t *testing.T) {
	t.Helper()
	s.round()
	s.run(t, "apply")
	for range 3 {
		s.round()
		s.run(t, "apply", "--policy", "sync").Unchanged(t)
	}
}

// life goes on: a drift is repaired, a new team is made, and one that leaves
// keeps what it has.
func (s *staged) life(t *testing.T) {
	t.Helper()
	s.drift()
	repaired := s.run(t, "apply").Converged(t)
	if len(repaired.Lines) != 1 || repaired.Lines[0].Kind != s.driftKind || repaired.Lines[0].Action != plan.Update {
		t.Errorf("a drift is not repaired alone: %v", runner.Names(repaired.Lines))
	}
	s.values.Add(t, "teamConfig: {c: {}}")
	for _, line := range s.run(t, "apply").Converged(t).Lines {
		if line.Action != plan.Create && line.Kind != "login-source" {
			t.Errorf("a new team changes what is there: %s", describe(line))
		}
	}
	s.run(t, "apply").Unchanged(t)
	s.values = s.values[:len(s.values)-1]
	for _, line := range s.run(t, "apply", "--allow-removals", "login-source=1").Lines {
		if line.Blocked == "" && line.Action == plan.Delete {
			t.Errorf("a team that left loses something: %s", describe(line))
		}
	}
	s.run(t, "apply").Unchanged(t)
	if s.leaver != nil {
		s.leaver()
		for _, line := range s.run(t, "apply").Lines {
			if line.Blocked == "" && line.TakesAway() {
				t.Errorf("a person who left loses something unasked: %s", describe(line))
			}
		}
		s.round()
		s.run(t, "apply") // forgets whom the tool deleted
		s.run(t, "apply").Unchanged(t)
	}
}

func describe(line plan.Line) string {
	text := fmt.Sprintf("%s %s %s", line.Action, line.Kind, line.Name)
	for _, f := range line.Fields {
		text += fmt.Sprintf(" %s: %s -> %s", f.Path, f.Before, f.After)
	}
	return text + " " + line.Blocked
}

// listen serves a simulator as long as the test runs.
func listen(t *testing.T, h http.Handler) string {
	t.Helper()
	server, err := sim.Listen("127.0.0.1:0", h)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	return server.URL
}

// cluster is a Kubernetes with the namespaces of the teams.
func cluster(t *testing.T) (kubernetes.Interface, kube.SecretStore) {
	t.Helper()
	config := suitekube.NewMemory().Config()
	api, err := kubernetes.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	store, err := kube.New(config)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"default", "drone", "team-admin", "team-a", "team-b", "team-c"} {
		namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}
		if _, err := api.CoreV1().Namespaces().Create(context.Background(), namespace, metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
		account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: "default"}}
		if _, err := api.CoreV1().ServiceAccounts(name).Create(context.Background(), account, metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	return api, store
}

func stageKeycloak(t *testing.T, r platforms.Release) *staged {
	t.Helper()
	const username, password = "otomi-admin", "Admin-pass-1"
	address := listen(t, keycloak.New(keycloak.Options{Username: username, Password: password}))
	tool := &platforms.KeycloakTool{
		KeycloakRelease: r.Keycloak, URL: address, Username: username, Password: password, Secret: "client-secret-1", Hostname: "https://keycloak.example.com",
		Redirects: []string{"https://a.example.com/*", "https://b.example.com/*"}, Teams: []string{"a", "b"},
	}
	s := &staged{
		task: keycloakroles.Task(), values: runner.Sources(t, platformValues), flags: []string{"--platform", r.Name}, env: map[string]string{"KEYCLOAK_ADDRESS": address},
		round: func() { tool.Round(t) }, drift: func() { tool.Drift(t) }, driftKind: "realm",
		own: []string{"create mapper client otomi/email", "update client otomi defaultClientScopes optionalClientScopes", "update group * members"},
	}
	if r.Keycloak.People && !strings.HasPrefix(r.Name, "apl-6") { // whose people are Secrets
		s.values = append(runner.Sources(t, people), s.values...)
		tool.Users = []platforms.Person{
			{Email: "rita@example.com", First: "Rita", Last: "Root", Password: "Rita-pass-1", Groups: []string{"platform-admin"}},
			{Email: "al.ice@example.com", First: "Alice", Last: "Ash", Password: "Alice-pass-1", Groups: []string{"team-admin", "team-a"}},
		}
		s.leaver = func() {
			tool.Users = tool.Users[:1]
			s.values.Add(t, "users: [{email: rita@example.com, firstName: Rita, lastName: Root, initialPassword: Rita-pass-1, isPlatformAdmin: true}]")
		}
	}
	return s
}

func stageHarbor(t *testing.T, r platforms.Release) *staged {
	t.Helper()
	const username, password = "admin", "Harbor-pass-1"
	address := listen(t, harbor.New(harbor.Options{Username: username, Password: password}))
	api, store := cluster(t)
	tool := platforms.HarborTool{
		HarborRelease: r.Harbor, URL: address, Username: username, Password: password, Secret: "client-secret-1", Cluster: api,
		Issuer: "https://keycloak.example.com/realms/otomi", Host: "harbor.example.com", Teams: []string{"admin", "a", "b"},
	}
	return &staged{
		task: harborprojects.Task(), values: runner.Sources(t, platformValues), secrets: store, env: map[string]string{"HARBOR_BASE_URL": address},
		flags: []string{"--platform", r.Name}, round: func() { tool.Round(t) }, drift: func() { tool.Drift(t) }, driftKind: "configuration",
		own: []string{"create service-robot otomi-tasks", "update configuration harbor oidc_client_secret", "update configuration harbor oidc_scope oidc_client_secret", "update credential * login secret.managedBy"},
	}
}

func stageGitea(t *testing.T, r platforms.Release) *staged {
	t.Helper()
	const username, password = "otomi-admin", "Gitea-pass-1"
	address := listen(t, gitea.New(gitea.Options{Username: username, Password: password}))
	api, store := cluster(t)
	tool := &platforms.GiteaTool{
		GiteaRelease: r.Gitea, URL: address, Username: username, Password: password, Secret: "client-secret-1", Cluster: api,
		Issuer: "https://keycloak.example.com/realms/otomi", Host: "https://gitea.example.com", Teams: []string{"admin", "a", "b"},
	}
	if r.Drone {
		tool.DroneApplication(t, "https://drone.example.com")
	}
	return &staged{
		task: gitearepos.Task(), values: runner.Sources(t, platformValues), secrets: store, env: map[string]string{"GITEA_URL": address},
		flags: []string{"--platform", r.Name}, round: func() { tool.Round(t) }, drift: func() { tool.Drift(t) }, driftKind: "team",
	}
}

// TestDropIn takes over what each generation's tools left in each application.
func TestDropIn(t *testing.T) {
	t.Parallel()
	for name, stage := range map[string]func(*testing.T, platforms.Release) *staged{"Keycloak": stageKeycloak, "Harbor": stageHarbor, "Gitea": stageGitea} {
		for _, r := range platforms.Releases() {
			t.Run(name+"/"+r.Name, func(t *testing.T) {
				t.Parallel()
				stage(t, r).dropIn(t, r.Operators)
			})
		}
	}
}
