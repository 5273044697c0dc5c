// Package droneactivate proves the task drone-activate on a Drone with its Gitea:
// the simulators and the real servers run the very same tests. What the task
// wrote is read back, and drift is made, with plain requests that share no code
// with it.
package droneactivate

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"otomi.io/tasks/clients/transport"
	"otomi.io/tasks/internal/sim"
	"otomi.io/tasks/internal/testkit/runner"
	"otomi.io/tasks/tasks/droneactivate"
	"otomi.io/tasks/tasks/run"
)

// Server is a Drone and the Gitea that it builds from, which the suite may do
// with as it likes. No user has logged in at Drone yet.
type Server struct {
	Drone, Token, Gitea string
	Username, Password  string // of Gitea's administrator, who is also Drone's
	Version             string // of Drone, as it says it
	// Clock paces retries; nil is the system's.
	Clock transport.Clock
	// Faults break the requests of the task on their way to both simulators.
	Faults *sim.Faults
	// Log holds the requests that arrived at a simulator.
	Log *sim.Log
}

// Run runs the whole suite; start gives a fresh pair of servers.
func Run(t *testing.T, start func(*testing.T) Server) {
	t.Run("Converge", func(t *testing.T) { converge(t, start) })
	t.Run("Drift", func(t *testing.T) { drifts(t, start(t)) })
	t.Run("Rotation", func(t *testing.T) { rotation(t, start(t)) })
	t.Run("Removal", func(t *testing.T) { removal(t, start(t)) })
	t.Run("Foreign", func(t *testing.T) { foreign(t, start(t)) })
	t.Run("Adopt", func(t *testing.T) { adopt(t, start(t)) })
	t.Run("Refusal", func(t *testing.T) { refusals(t, start(t)) })
	t.Run("Doctor", func(t *testing.T) { doctor(t, start(t)) })
	t.Run("Neighbours", func(t *testing.T) { runNeighbours(t, start) })
}

// runNeighbours shows what others at the same servers may rely on.
func runNeighbours(t *testing.T, start func(*testing.T) Server) {
	for name, check := range map[string]func(*testing.T, Server){
		"Laptop": laptop, "Two": neighbours, "Older": older, "Spelling": spelling, "Renamed": renamed, "Strangers": strangers, "HookRemoved": hookRemoved,
	} {
		t.Run(name, func(t *testing.T) { check(t, start(t)) })
	}
}

// Unsupported shows that a version that is too old ends the run before it writes,
// and that a newer one than was tried is named.
func Unsupported(t *testing.T, start func(version string) Server) {
	r := newEnv(t, start("1"), Small).run(t, "apply").Want(t, run.ExitInvalid, "invalid", 0)
	if want := "Drone 1 is too old: supported are 1.10 to 2.28"; !strings.Contains(r.Outcome.Error, want) {
		t.Errorf("the range is not named: %s", r.Outcome.Error)
	}
	r = newEnv(t, start("99"), Small).run(t, "plan").Want(t, run.ExitOK, "planned", 0)
	if want := "Drone 99 is newer than the versions that were tried: 1.10 to 2.28"; !strings.Contains(r.Stdout+r.Stderr, want) {
		t.Errorf("no warning of an unknown version: %s", r.Stderr)
	}
}

// version1 tells a Drone without templates.
func (s Server) version1() bool { return strings.HasPrefix(s.Version, "1.") }

// env is a pair of servers with the values that it should equal.
type env struct {
	Server
	values  runner.Values
	secrets string // folder of our inventory
}

// newEnv makes the repositories of the values at Gitea and lays the values
// over each other.
func newEnv(t *testing.T, s Server, values ...string) *env {
	t.Helper()
	people := fmt.Sprintf("apps: {drone: {adminUser: %s}, gitea: {adminUsername: %s}}", s.Username, s.Username)
	return &env{Server: s, secrets: t.TempDir(), values: runner.Sources(t, append([]string{people}, values...)...)}
}

// run runs the task in this process.
func (b *env) run(t *testing.T, args ...string) runner.Result {
	t.Helper()
	raw := runner.Run(droneactivate.Task(), run.Process{
		Args: append([]string{"--secrets-dir", b.secrets}, b.values.Args(args...)...), Clock: b.Clock, Env: b.environment()})
	for _, secret := range []string{b.Token, b.Password, "value-of-"} {
		if strings.Contains(raw.String(), secret) {
			t.Errorf("the output shows a secret:\n%s", raw)
		}
	}
	return raw.Read(t)
}

func (b *env) environment() map[string]string {
	return map[string]string{"DRONE_URL": b.Drone, "DRONE_TOKEN": b.Token, "GITEA_URL": b.Gitea, "GITEA_PASSWORD": b.Password}
}

// apply converges, whatever that takes.
func (b *env) apply(t *testing.T, args ...string) runner.Result {
	t.Helper()
	return b.run(t, append([]string{"apply"}, args...)...).Converged(t)
}

// settled demands a run that finds nothing to do, and writes nothing into our
// inventory either.
func (b *env) settled(t *testing.T, args ...string) runner.Result {
	t.Helper()
	before := b.inventory(t)
	r := b.run(t, append([]string{"apply"}, args...)...).Unchanged(t)
	if b.inventory(t) != before {
		t.Error("a run that finds nothing to do wrote its inventory")
	}
	return r
}

func (b *env) inventory(t *testing.T) string {
	t.Helper()
	content, err := os.ReadFile(b.inventoryFile())
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return string(content)
}

func (b *env) inventoryFile() string {
	return filepath.Join(b.secrets, "default", "secret-otomi-tasks-drone-activate.yaml")
}

// restore puts an older inventory in the place of the present one.
func (b *env) restore(t *testing.T, content string) {
	t.Helper()
	if err := os.WriteFile(b.inventoryFile(), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// operator is a person with curl.
type operator struct {
	*env
	t *testing.T
}

func (b *env) operator(t *testing.T) *operator { return &operator{b, t} }

// drone asks Drone's API as its administrator; what fails ends the test.
func (h *operator) drone(method, path, body string) any {
	h.t.Helper()
	return h.send(method, h.Drone+"/api"+path, body, func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+h.Token) })
}

// gitea asks Gitea's API as its administrator.
func (h *operator) gitea(method, path, body string) any {
	h.t.Helper()
	return h.send(method, h.Gitea+"/api/v1"+path, body, func(r *http.Request) { r.SetBasicAuth(h.Username, h.Password) })
}

func (h *operator) send(method, address, body string, authorize func(*http.Request)) any {
	h.t.Helper()
	req, err := http.NewRequestWithContext(h.t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		h.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	authorize(req)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		h.t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode >= http.StatusMultipleChoices {
		h.t.Fatalf("%s %s %s: %d %s %v", method, address, body, resp.StatusCode, answer, err)
	}
	if len(answer) == 0 {
		return nil
	}
	var decoded any
	if err := json.Unmarshal(answer, &decoded); err != nil {
		h.t.Fatalf("%s %s: %v in %s", method, address, err, answer)
	}
	return decoded
}

// makeRepo makes a private repository at Gitea.
func (h *operator) makeRepo(slug string) {
	h.t.Helper()
	organisation, repo, _ := strings.Cut(slug, "/")
	h.gitea("POST", "/orgs/"+organisation+"/repos", `{"name":"`+repo+`","private":true,"auto_init":true,"default_branch":"main"}`)
}

// makePlatform makes what gitea-repos would have made.
func (h *operator) makePlatform(more ...string) {
	h.t.Helper()
	h.gitea("POST", "/orgs", `{"username":"otomi"}`)
	for _, slug := range append([]string{"otomi/values"}, more...) {
		h.makeRepo(slug)
	}
}

// hooks are a repository's hooks by the address that they lead to, without the
// query.
func (h *operator) hooks(slug string) []map[string]any {
	h.t.Helper()
	list, _ := h.gitea("GET", "/repos/"+slug+"/hooks?limit=50", "").([]any)
	var all []map[string]any
	for _, item := range list {
		hook, _ := item.(map[string]any)
		all = append(all, hook)
	}
	return all
}

// hookPath is where a hook of the platform's own repository is.
func hookPath(hook map[string]any) string {
	return fmt.Sprintf("/repos/otomi/values/hooks/%v", hook["id"])
}

func (h *operator) repo(slug string) map[string]any {
	h.t.Helper()
	repo, _ := h.drone("GET", "/repos/"+slug, "").(map[string]any)
	return repo
}
