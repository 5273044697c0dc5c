package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.yaml.in/yaml/v3"
)

// forge is the part of the API of Gitea and GitHub that comments need.
type forge struct {
	mu       sync.Mutex
	comments []string
	writes   []string
	faults   []string
}

func (f *forge) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if r.Header.Get("Authorization") != "token comment-token-1" {
		f.faults = append(f.faults, "no token")
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	var body struct{ Body string }
	var number int
	const issues = "/api/v1/repos/platform/values/issues/"
	switch path := strings.TrimPrefix(r.URL.Path, issues); {
	case r.Method == http.MethodGet && path == "7/comments":
		f.list(w, r)
		return
	case json.NewDecoder(r.Body).Decode(&body) != nil:
		f.faults = append(f.faults, "the body is not JSON")
		w.WriteHeader(http.StatusBadRequest)
		return
	case r.Method == http.MethodPost && path == "7/comments":
		f.comments = append(f.comments, body.Body)
	default:
		if _, err := fmt.Sscanf(r.Method+" "+path, "PATCH comments/%d", &number); err != nil || number < 100 || number >= 100+len(f.comments) {
			f.faults = append(f.faults, r.Method+" "+r.URL.Path)
			w.WriteHeader(http.StatusNotFound)
			return
		}
		f.comments[number-100] = body.Body
	}
	f.writes = append(f.writes, r.Method)
	_, _ = fmt.Fprint(w, "{}")
}

// comment has its fields in the order of the real ones: the address before the body.
type comment struct {
	ID      int    `json:"id"`
	HTMLURL string `json:"html_url"`
	User    struct {
		ID int `json:"id"`
	} `json:"user"`
	Body string `json:"body"`
}

// list answers as Gitea does: with angle brackets escaped, one page of two at a time.
func (f *forge) list(w http.ResponseWriter, r *http.Request) {
	const size = 2
	var page int
	_, _ = fmt.Sscan(r.URL.Query().Get("page"), &page)
	first := min((page-1)*size, len(f.comments))
	list := []comment{}
	for i, text := range f.comments[first:min(first+size, len(f.comments))] {
		id := 100 + first + i
		list = append(list, comment{ID: id, HTMLURL: fmt.Sprintf("http://forge.test/platform/values/pulls/7#issuecomment-%d", id), Body: text})
	}
	_ = json.NewEncoder(w).Encode(list)
}

// job is what a pipeline runs, in its own words.
type job struct {
	script string
	env    map[string]string
}

// prepared are the commands that a test has done already: programs and folders that are
// there.
var prepared = regexp.MustCompile(`^(sh pipelines/install\.sh|apk add .*|git worktree add .*)$`)

// actions reads a job of a workflow of Gitea or GitHub.
func actions(t *testing.T, file, name string, expressions map[string]string) job {
	t.Helper()
	var workflow struct {
		Env  map[string]string
		Jobs map[string]struct {
			Steps []struct {
				Run string
				Env map[string]string
			}
		}
	}
	readPipeline(t, file, &workflow)
	j := job{env: maps.Clone(workflow.Env)}
	for _, step := range workflow.Jobs[name].Steps {
		j.add(strings.Split(step.Run, "\n"))
		for key, value := range step.Env {
			resolved := regexp.MustCompile(`\$\{\{ *(\S+) *\}\}`).ReplaceAllStringFunc(value, func(e string) string {
				text, known := expressions[strings.Trim(e, "${} ")]
				if !known {
					t.Errorf("%s: %s is unknown", file, e)
				}
				return text
			})
			j.env[key] = resolved
		}
	}
	return j
}

func (j *job) add(commands []string) {
	for _, command := range commands {
		if command != "" && !prepared.MatchString(command) {
			j.script += command + "\n"
		}
	}
}

func readPipeline(t *testing.T, file string, into any) {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("..", "..", "examples", "pipelines", file))
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(content, into); err != nil {
		t.Fatal(err)
	}
}

// droneJob reads one of the two pipelines of .drone.yml.
func droneJob(t *testing.T, name string, secrets map[string]string) job {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("..", "..", "examples", "pipelines", "drone", ".drone.yml"))
	if err != nil {
		t.Fatal(err)
	}
	j := job{}
	for document := range bytes.SplitSeq(content, []byte("\n---\n")) {
		var pipeline struct {
			Name        string
			Environment map[string]string
			Steps       []struct {
				Commands    []string
				Environment map[string]any
			}
		}
		if err := yaml.Unmarshal(document, &pipeline); err != nil {
			t.Fatal(err)
		}
		if pipeline.Name != name {
			continue
		}
		j.env = maps.Clone(pipeline.Environment)
		for _, step := range pipeline.Steps {
			j.add(step.Commands)
			for key, value := range step.Environment {
				if secret, isSecret := value.(map[string]any); isSecret {
					value = secrets[secret["from_secret"].(string)]
				}
				j.env[key] = value.(string)
			}
		}
	}
	return j
}

// checkout makes a values repository with the scripts, the values of a pull request, and
// those of its target.
func checkout(t *testing.T) string {
	t.Helper()
	dir, examples := t.TempDir(), filepath.Join("..", "..", "examples")
	for from, to := range map[string]string{"values/env": "env", "values/env ": ".base/env", "pipelines": "pipelines"} {
		if err := os.CopyFS(filepath.Join(dir, to), os.DirFS(filepath.Join(examples, strings.TrimSpace(from)))); err != nil {
			t.Fatal(err)
		}
	}
	added := "teamConfig: {ferry: {harbor: {storageQuota: 5Gi}, gitea: {repos: [{name: timetable, description: \"A \\\\ and \\\"quotes\\\"\"}]}}}\n"
	if err := os.WriteFile(filepath.Join(dir, "env", "teams-ferry.yaml"), []byte(added), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

func (j job) run(t *testing.T, dir string, command ...string) {
	t.Helper()
	cmd := exec.Command(command[0], append(command[1:], "-euc", j.script)...)
	cmd.Dir, cmd.Env = dir, os.Environ()
	for _, key := range slices.Sorted(maps.Keys(j.env)) {
		cmd.Env = append(cmd.Env, key+"="+j.env[key])
	}
	if output, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s\n%s", err, j.script, output)
	}
}

// TestPipelines runs the steps of the documented pipelines as they stand: twice for a
// pull request, whose comments the second run updates, and once for the merge.
func TestPipelines(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil {
		t.Fatal("the scripts need curl: ", err)
	}
	pipelines := map[string]func(api string) (plan, apply job){
		"GitHub": func(api string) (job, job) { return workflow(t, "github/.github/workflows/values.yaml", api) },
		"Gitea":  func(api string) (job, job) { return workflow(t, "gitea/.gitea/workflows/values.yaml", api) },
		"Drone": func(api string) (job, job) {
			plan := droneJob(t, "plan", map[string]string{"comment_token": "comment-token-1"})
			maps.Copy(plan.env, map[string]string{"DRONE_REPO": "platform/values", "DRONE_PULL_REQUEST": "7", "API": api + "/api/v1"})
			return plan, droneJob(t, "apply", nil)
		},
	}
	for name, read := range pipelines {
		t.Run(name, func(t *testing.T) {
			f := &forge{comments: []string{"First!", "Looks good", "See #issuecomment-100"}}
			server := httptest.NewServer(f)
			defer server.Close()
			dir := checkout(t)
			plan, apply := read(server.URL)
			plan.run(t, dir, "sh")
			plan.run(t, dir, "sh")
			f.verify(t)
			apply.env["OTOMI_TASKS_SECRETS_DIR"] = t.TempDir()
			delete(apply.env, "KUBECONFIG_CONTENT") // the Secrets go into a folder
			apply.run(t, dir, "simulator", "--", "sh")
		})
	}
}

func workflow(t *testing.T, file, api string) (plan, apply job) {
	expressions := map[string]string{
		"github.api_url": api + "/api/v1", "github.server_url": api, "github.repository": "platform/values", "github.event.number": "7",
		"github.token": "comment-token-1", "secrets.COMMENT_TOKEN": "comment-token-1", "secrets.KUBECONFIG": "", "secrets.KEYCLOAK_ADMIN_PASSWORD": "x",
		"secrets.HARBOR_PASSWORD": "x", "secrets.GITEA_PASSWORD": "x", "secrets.DRONE_TOKEN": "x",
	}
	return actions(t, file, "plan", expressions), actions(t, file, "apply", expressions)
}

// verify looks at the comments: one for each task, with what the pull request changes.
func (f *forge) verify(t *testing.T) {
	t.Helper()
	if len(f.faults) > 0 || !slices.Equal(f.writes, []string{"POST", "POST", "POST", "POST", "PATCH", "PATCH", "PATCH", "PATCH"}) || len(f.comments) != 7 {
		t.Fatalf("writes %v, faults %v, comments %q", f.writes, f.faults, f.comments)
	}
	wants := []string{"+ create role team-ferry", "storage: 5 GiB", "+ create repository timetable", "### drone-activate: no changes"}
	for i, want := range wants {
		comment := f.comments[3+i]
		if !strings.Contains(comment, want) || !strings.HasPrefix(comment, "<!-- otomi-tasks: ") || strings.Contains(comment, "team-search") {
			t.Errorf("no %q, or more, in comment %d:\n%s", want, i, comment)
		}
	}
}
