// Package droneactivate proves the task drone-activate on a Drone with its Gitea:
// the simulators and the real servers run the very same tests. What the task
// wrote is read back, and drift is made, with plain requests that share no code
// with it.
package droneactivate

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"otomi.io/tasks/clients/transport"
	"otomi.io/tasks/tasks/droneactivate"
	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/run"
)

// Server is a Drone and the Gitea that it builds from, which the suite may do
// with as it likes. Nobody has logged in at Drone yet.
type Server struct {
	Drone, Token, Gitea string
	Username, Password  string // of Gitea's administrator, who is also Drone's
	Version1            bool   // a Drone without templates
	// Clock paces retries; nil is the system's.
	Clock transport.Clock
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
}

// bench is a pair of servers with the values that it shall equal.
type bench struct {
	Server
	values  []string // sources
	secrets string   // folder of our state
}

// newBench makes the repositories of the values at Gitea and lays the values
// over each other.
func newBench(t *testing.T, s Server, values ...string) *bench {
	t.Helper()
	b := &bench{Server: s, secrets: t.TempDir()}
	b.addValues(t, fmt.Sprintf("apps: {drone: {adminUser: %s}, gitea: {adminUsername: %s}}", s.Username, s.Username))
	for _, v := range values {
		b.addValues(t, v)
	}
	return b
}

// addValues adds a source that wins over the earlier ones.
func (b *bench) addValues(t *testing.T, yaml string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), fmt.Sprintf("values-%d.yaml", len(b.values)))
	if err := os.WriteFile(file, []byte(yaml), 0o600); err != nil {
		t.Fatal(err)
	}
	b.values = append(b.values, file)
}

// result is what one run of the task left behind.
type result struct {
	code           int
	outcome        run.Outcome
	lines          []plan.Line
	stdout, stderr string
}

// run runs the task in this process.
func (b *bench) run(t *testing.T, args ...string) result {
	t.Helper()
	args = append([]string{"--output", "json", "--wait", "20s", "--secrets-dir", b.secrets}, args...)
	for _, v := range b.values {
		args = append(args, "--values", v)
	}
	var stdout, stderr bytes.Buffer
	code := run.Run(droneactivate.Task(), run.Process{
		Args: args, Stdout: &stdout, Stderr: &stderr, Clock: b.Clock,
		Env: map[string]string{"DRONE_URL": b.Drone, "DRONE_TOKEN": b.Token, "GITEA_URL": b.Gitea, "GITEA_PASSWORD": b.Password},
	})
	r := parse(t, code, stdout.String(), stderr.String())
	for _, secret := range []string{b.Token, b.Password, "value-of-"} {
		if strings.Contains(r.stdout+r.stderr, secret) {
			t.Errorf("the output shows a secret:\n%s%s", r.stdout, r.stderr)
		}
	}
	return r
}

func parse(t *testing.T, code int, stdout, stderr string) result {
	t.Helper()
	r := result{code: code, stdout: stdout, stderr: stderr}
	rows := strings.Split(strings.TrimSpace(stdout), "\n")
	if err := json.Unmarshal([]byte(rows[len(rows)-1]), &r.outcome); err != nil {
		t.Fatalf("the last line of stdout is no outcome: %v\n%s%s", err, stdout, stderr)
	}
	if strings.HasPrefix(rows[0], "{") && len(rows) > 1 {
		var document struct{ Changes []plan.Line }
		if err := json.Unmarshal([]byte(rows[0]), &document); err != nil {
			t.Fatalf("the plan is no JSON: %v\n%s", err, stdout)
		}
		r.lines = document.Changes
	}
	return r
}

// want fails the test unless the run ended in this way.
func (r result) want(t *testing.T, code int, word string, writes int) result {
	t.Helper()
	if r.code != code || r.outcome.Result != word {
		t.Fatalf("exit %d %s, want %d %s\n%s%s", r.code, r.outcome.Result, code, word, r.stdout, r.stderr)
	}
	if writes >= 0 && r.outcome.Requests.Writes != writes {
		t.Errorf("%d writes, want %d\n%s%s", r.outcome.Requests.Writes, writes, r.stdout, r.stderr)
	}
	return r
}

const anyWrites = -1

// apply converges, whatever that takes.
func (b *bench) apply(t *testing.T, args ...string) result {
	t.Helper()
	return b.run(t, append([]string{"apply"}, args...)...).want(t, run.ExitOK, "converged", anyWrites)
}

// settled demands a run that finds nothing to do, and writes nothing into our
// state either.
func (b *bench) settled(t *testing.T, args ...string) result {
	t.Helper()
	before := b.stateFile(t)
	r := b.run(t, append([]string{"apply"}, args...)...).want(t, run.ExitOK, "unchanged", 0)
	if b.stateFile(t) != before {
		t.Error("a run that finds nothing to do wrote its state")
	}
	return r
}

func (b *bench) stateFile(t *testing.T) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(b.secrets, "default", "secret-otomi-tasks-drone-activate.yaml"))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return string(content)
}

func names(lines []plan.Line) []string {
	var all []string
	for _, l := range lines {
		all = append(all, string(l.Action)+" "+l.Kind+" "+l.Name)
	}
	return all
}

// hand is a person with curl.
type hand struct {
	*bench
	t *testing.T
}

func (b *bench) hand(t *testing.T) *hand { return &hand{b, t} }

// drone asks Drone's API as its administrator; what fails ends the test.
func (h *hand) drone(method, path, body string) any {
	h.t.Helper()
	return h.send(method, h.Drone+"/api"+path, body, func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+h.Token) })
}

// gitea asks Gitea's API as its administrator.
func (h *hand) gitea(method, path, body string) any {
	h.t.Helper()
	return h.send(method, h.Gitea+"/api/v1"+path, body, func(r *http.Request) { r.SetBasicAuth(h.Username, h.Password) })
}

func (h *hand) send(method, address, body string, authorize func(*http.Request)) any {
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
func (h *hand) makeRepo(slug string) {
	h.t.Helper()
	organisation, repo, _ := strings.Cut(slug, "/")
	h.gitea("POST", "/orgs/"+organisation+"/repos", `{"name":"`+repo+`","private":true,"auto_init":true,"default_branch":"main"}`)
}

// makePlatform makes what gitea-repos would have made.
func (h *hand) makePlatform(more ...string) {
	h.t.Helper()
	h.gitea("POST", "/orgs", `{"username":"otomi"}`)
	for _, slug := range append([]string{"otomi/values"}, more...) {
		h.makeRepo(slug)
	}
}

// hooks are a repository's hooks by the address that they lead to, without the
// query.
func (h *hand) hooks(slug string) []map[string]any {
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

func (h *hand) repo(slug string) map[string]any {
	h.t.Helper()
	repo, _ := h.drone("GET", "/repos/"+slug, "").(map[string]any)
	return repo
}
