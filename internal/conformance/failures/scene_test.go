package failures_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	suite "otomi.io/tasks/internal/conformance/kube"
	"otomi.io/tasks/internal/sim"
	"otomi.io/tasks/internal/sim/drone"
	"otomi.io/tasks/internal/sim/gitea"
	"otomi.io/tasks/internal/sim/harbor"
	"otomi.io/tasks/internal/sim/keycloak"
	"otomi.io/tasks/internal/testkit/runner"
	"otomi.io/tasks/tasks/droneactivate"
	"otomi.io/tasks/tasks/gitearepos"
	"otomi.io/tasks/tasks/harborprojects"
	"otomi.io/tasks/tasks/keycloakroles"
	"otomi.io/tasks/tasks/kube"
	"otomi.io/tasks/tasks/run"
	"otomi.io/tasks/tasks/task"
)

// The tasks, by the word that a row of the catalogue has for them.
const (
	roles    = "keycloak-roles"
	projects = "harbor-projects"
	repos    = "gitea-repos"
	builds   = "drone-activate"
)

const password = "Simulated-admin-1"

// scene is one run of a task whose surroundings a seed has broken.
type scene struct {
	*testing.T
	task   task.Task
	server *httptest.Server // the application's
	faults sim.Faults       // of its requests
	front  http.Handler     // before the application; nil is nothing
	git    *httptest.Server // Gitea, where the application is Drone
	values runner.Values
	args   []string
	env    map[string]string
	stop   chan struct{}
	folder string
}

// newScene is a platform on which the task works.
func newScene(t *testing.T, name string) *scene {
	t.Helper()
	s := &scene{T: t, folder: t.TempDir(), stop: make(chan struct{}), values: runner.Values{"../../../examples/values"}}
	s.args = []string{"apply", "--workers", "1", "--wait", "60s"}
	s.env = map[string]string{"HOME": s.folder, "OTOMI_TASKS_SECRETS_DIR": filepath.Join(s.folder, "secrets")}
	switch name {
	case roles:
		s.task = keycloakroles.Task()
		s.serve(keycloak.New(keycloak.Options{Username: "admin", Password: password}))
		s.address("KEYCLOAK_ADDRESS_INTERNAL", "KEYCLOAK_ADMIN_PASSWORD")
		s.env["KEYCLOAK_ADMIN"] = "admin"
		delete(s.env, "OTOMI_TASKS_SECRETS_DIR")
	case projects:
		s.task = harborprojects.Task()
		s.serve(harbor.New(harbor.Options{Username: "admin", Password: password}))
		s.address("HARBOR_BASE_URL", "HARBOR_PASSWORD")
	case repos:
		s.task = gitearepos.Task()
		s.serve(gitea.New(gitea.Options{Username: "otomi-admin", Password: password}))
		s.address("GITEA_URL", "GITEA_PASSWORD")
	case builds:
		s.task = droneactivate.Task()
		s.drone(drone.User{Login: "otomi-admin", Token: password, Admin: true})
	}
	return s
}

// serve puts an application in the place of the one that is served.
func (s *scene) serve(app http.Handler) {
	s.Helper()
	app = s.faults.Wrap(app)
	s.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.front != nil {
			s.front.ServeHTTP(w, r)
			return
		}
		app.ServeHTTP(w, r)
	}))
	s.Cleanup(s.server.Close)
}

// address tells the task where its application is, and the credential.
func (s *scene) address(url, credential string) {
	s.env[url], s.env[credential] = s.server.URL, password
}

// drone serves a Drone that builds from a Gitea.
func (s *scene) drone(user drone.User) {
	s.git = httptest.NewServer(gitea.New(gitea.Options{Username: "otomi-admin", Password: password}))
	s.Cleanup(s.git.Close)
	simulated := drone.New(drone.Options{Gitea: s.git.URL, Users: []drone.User{user}})
	s.serve(simulated)
	s.address("DRONE_URL", "DRONE_TOKEN")
	s.env["GITEA_URL"], s.env["GITEA_PASSWORD"] = s.git.URL, password
	var made struct {
		ClientID     string `json:"client_id"`
		ClientSecret string `json:"client_secret"`
	}
	s.ask(http.MethodPost, "/orgs", `{"username":"otomi"}`)
	s.ask(http.MethodPost, "/orgs/otomi/repos", `{"name":"values","private":true}`)
	answer := s.ask(http.MethodPost, "/user/applications/oauth2", `{"name":"otomi-drone","confidential_client":true,"redirect_uris":["`+s.server.URL+`/login"]}`)
	if err := json.Unmarshal(answer, &made); err != nil {
		s.Fatal(err)
	}
	simulated.SetApplication(made.ClientID, made.ClientSecret)
}

// ask is a person's request to Gitea.
func (s *scene) ask(method, path, body string) []byte {
	s.Helper()
	at := s.git
	if at == nil {
		at = s.server
	}
	req := httptest.NewRequest(method, "/api/v1"+path, strings.NewReader(body))
	req.Header.Set("Content-Type", "application/json")
	req.SetBasicAuth("otomi-admin", password)
	recorder := httptest.NewRecorder()
	at.Config.Handler.ServeHTTP(recorder, req)
	if recorder.Code >= http.StatusMultipleChoices {
		s.Fatalf("%s %s: %d %s", method, path, recorder.Code, recorder.Body)
	}
	return recorder.Body.Bytes()
}

// api makes a Kubernetes API server the task's cluster, behind a handler that may
// refuse.
func (s *scene) api(before func(http.ResponseWriter, *http.Request) (done bool)) *suite.Memory {
	memory := suite.NewMemory()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !before(w, r) {
			memory.ServeHTTP(w, r)
		}
	}))
	s.Cleanup(server.Close)
	for _, namespace := range []string{"otomi", "team-payments", "team-search", "team-storefront", "drone"} {
		put(memory, "/api/v1/namespaces", `{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"`+namespace+`"}}`)
	}
	for _, namespace := range []string{"team-payments", "team-search", "team-storefront"} {
		put(memory, "/api/v1/namespaces/"+namespace+"/serviceaccounts", `{"apiVersion":"v1","kind":"ServiceAccount","metadata":{"name":"default","namespace":"`+namespace+`"}}`)
	}
	s.kubeconfig(server.URL)
	return memory
}

func (s *scene) kubeconfig(address string) {
	delete(s.env, "OTOMI_TASKS_SECRETS_DIR")
	file := s.file("kubeconfig", fmt.Sprintf(`{"current-context":"c","contexts":[{"name":"c","context":{"cluster":"c","namespace":"otomi"}}],"clusters":[{"name":"c","cluster":{"server":%q}}]}`, address))
	s.args = append(s.args, "--kubeconfig", file)
}

func (s *scene) file(name, content string) string {
	s.Helper()
	file := filepath.Join(s.folder, name)
	if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o700), os.WriteFile(file, []byte(content), 0o600)); err != nil {
		s.Fatal(err)
	}
	return file
}

// end is what a person on call sees of a run.
type end struct {
	code            int
	stderr, message string
	event           kube.Event
}

// events keeps the last Event.
type events struct{ last kube.Event }

func (e *events) Report(_ context.Context, _ kube.Job, event kube.Event) error {
	e.last = event
	return nil
}

// run is the task in a pod of a Job, with a log for people.
func (s *scene) run() end {
	var told events
	var stderr, stdout bytes.Buffer
	message := filepath.Join(s.folder, "message")
	env := map[string]string{"POD_NAMESPACE": "otomi", "JOB_NAME": "core", "KUBERNETES_SERVICE_HOST": "10.0.0.1", "OTOMI_TASKS_LOG_FORMAT": "text", "OTOMI_TASKS_LOG_LEVEL": "error", "OTOMI_TASKS_TERMINATION_LOG": message}
	for name, value := range s.env {
		env[name] = value
	}
	code := run.Run(s.task, run.Process{
		Args: s.values.Args(s.args...), Env: env, Stdin: strings.NewReader(""), Stdout: &stdout, Stderr: &stderr,
		Stop: s.stop, Events: &told, Clock: runner.InstantClock{}, Version: "v1.0.0",
	})
	s.Log(stdout.String() + stderr.String())
	text, _ := os.ReadFile(message) // what is missing is seen by the caller
	return end{code: code, stderr: stderr.String(), message: string(text), event: told.last}
}

// well is a run before anything breaks.
func (s *scene) well() {
	s.Helper()
	if e := s.run(); e.code != run.ExitOK {
		s.Fatalf("the run before ended with %d: %s", e.code, e.stderr)
	}
}
