package e2e

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"code.gitea.io/sdk/gitea"
	"sigs.k8s.io/yaml"

	suite "otomi.io/tasks/internal/conformance/droneactivate"
	giteasuite "otomi.io/tasks/internal/conformance/gitearepos"
	"otomi.io/tasks/tasks/droneactivate"
	"otomi.io/tasks/tasks/gitearepos"
	"otomi.io/tasks/tasks/run"
	"otomi.io/tasks/test/servers"
)

// pair is a Gitea and the Drone that builds from it, kept equal to the same
// values by the two tasks as a platform runs them: one after the other, with
// nothing between them but the Secret that the first one hands to Drone.
type pair struct {
	gitea           giteasuite.Server // with the password that the values have
	drone           *servers.Server
	options         servers.DroneOptions
	values, secrets string // a file and a folder
}

// TestFromEmpty begins with an empty Gitea and no Drone at all.
func TestFromEmpty(t *testing.T) {
	f := newPair(t, startGitea(t))
	f.giteaRepos(t, "converged")
	f.startDrone(t)
	f.droneActivate(t, "converged")
	f.settled(t)
	f.builds(t)

	t.Log("another password of the administrator, in Gitea and then in the values")
	f.changePassword(t, "another-Pass-1")
	f.settled(t)
	f.builds(t)

	t.Log("the OAuth2 application is deleted: Drone can renew no login any more")
	f.addPipeline(t)
	f.deleteApplication(t)
	f.doctor(t, run.ExitFailed)
	f.giteaRepos(t, "converged")
	f.startDrone(t) // as a Deployment does whose Secret has changed
	f.droneActivate(t, "converged")
	f.doctor(t, run.ExitOK)
	f.settled(t)
	f.builds(t)
}

func newPair(t *testing.T, server giteasuite.Server) *pair {
	t.Helper()
	port, err := servers.FreePort(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	f := &pair{gitea: server, values: filepath.Join(t.TempDir(), "values.yaml"), secrets: t.TempDir()}
	f.options = servers.DroneOptions{
		Options: servers.Options{Port: port, Username: server.Username}, Gitea: server.URL, Token: "token-of-drones-admin",
		Environment: []string{"DRONE_DATABASE_DATASOURCE=" + filepath.Join(t.TempDir(), "drone.sqlite")}} // which outlives a restart
	text := fmt.Sprintf(`
cluster: {domainSuffix: example.com}
apps:
  argocd: {enabled: true}
  gitea: {address: %q, adminUsername: %s}
  drone: {address: %q, adminUser: %s}
teamConfig:
  a: {gitea: {repos: [{name: shop, autoInit: true}]}, drone: {repos: [{name: otomi/shop}]}}
  b: {selfService: {apps: [gitea]}}
  c: {}
`, server.URL, server.Username, f.options.URL(), server.Username)
	if err := os.WriteFile(f.values, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.stopDrone(t) })
	return f
}

// process runs a task on the values.
func (f *pair) process(t *testing.T, args ...string) (run.Process, *bytes.Buffer) {
	t.Helper()
	var output bytes.Buffer
	return run.Process{
		Args: append(args, "--values", f.values, "--secrets-dir", f.secrets, "--wait", "20s"), Stdout: &output, Stderr: &output,
		Env: map[string]string{"GITEA_PASSWORD": f.gitea.Password, "DRONE_TOKEN": f.options.Token}}, &output
}

func (f *pair) giteaRepos(t *testing.T, result string) run.Outcome {
	t.Helper()
	p, output := f.process(t, "apply", "--policy", "sync")
	return ended(t, run.Run(gitearepos.Task(), p), output, result)
}

func (f *pair) droneActivate(t *testing.T, result string) run.Outcome {
	t.Helper()
	p, output := f.process(t, "apply", "--policy", "sync")
	return ended(t, run.Run(droneactivate.Task(), p), output, result)
}

// doctor looks for what keeps a push from being built.
func (f *pair) doctor(t *testing.T, code int) {
	t.Helper()
	p, output := f.process(t, "doctor")
	if got := run.Run(droneactivate.Task(), p); got != code {
		t.Errorf("the doctor ends with %d, want %d\n%s", got, code, output)
	}
	if broken := strings.Contains(output.String(), "BROKEN"); broken == (code == run.ExitOK) {
		t.Errorf("the doctor ends with %d and says\n%s", code, output)
	}
}

// ended demands that a run ended well, in this way.
func ended(t *testing.T, code int, output *bytes.Buffer, result string) run.Outcome {
	t.Helper()
	var o run.Outcome
	for row := range strings.Lines(output.String()) {
		if strings.HasPrefix(row, `{"task":`) {
			if err := json.Unmarshal([]byte(row), &o); err != nil {
				t.Fatalf("%v in %s", err, row)
			}
		}
	}
	if code != run.ExitOK || o.Result != result {
		t.Fatalf("exit %d %s, want 0 %s\n%s", code, o.Result, result, output)
	}
	return o
}

// settled demands that neither task has anything to do, and that finding this
// out is cheap: to Gitea 2 requests per 50 teams, 10, and one for each of the six
// repositories that teams may see; to both from Drone's side 8.
func (f *pair) settled(t *testing.T) {
	t.Helper()
	for name, got := range map[string]struct {
		outcome run.Outcome
		most    int
	}{"gitea-repos": {f.giteaRepos(t, "unchanged"), 2 + 10 + 6}, "drone-activate": {f.droneActivate(t, "unchanged"), 8}} {
		if o := got.outcome.Requests; o.Writes != 0 || o.Reads > got.most {
			t.Errorf("%s: %d writes and %d reads in a run that finds nothing to do, want 0 and at most %d", name, o.Writes, o.Reads, got.most)
		}
	}
}

// startDrone starts Drone with what the Secret says, or restarts it.
func (f *pair) startDrone(t *testing.T) {
	t.Helper()
	f.stopDrone(t)
	text, err := os.ReadFile(filepath.Join(f.secrets, "drone", "secret-drone-source-control.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var secret struct{ Data map[string][]byte }
	if err := yaml.Unmarshal(text, &secret); err != nil {
		t.Fatal(err)
	}
	f.options.ClientID, f.options.ClientSecret = string(secret.Data["clientId"]), string(secret.Data["clientSecret"])
	if f.drone, err = servers.Drone(context.Background(), f.options); err != nil {
		t.Fatal(err)
	}
}

// stopDrone ends it; what it knows stays in its database.
func (f *pair) stopDrone(t *testing.T) {
	t.Helper()
	if f.drone == nil {
		return
	}
	if err := f.drone.Stop(); err != nil {
		t.Errorf("%v\nthe log of the server: %s", err, f.drone.Log)
	}
	f.drone = nil
}

// builds pushes a commit with git and waits for its build.
func (f *pair) builds(t *testing.T) {
	t.Helper()
	pushIsBuilt(t, suite.Server{
		Drone: f.drone.URL, Token: f.drone.Token, Gitea: f.gitea.URL, Username: f.gitea.Username, Password: f.gitea.Password})
}

func (f *pair) changePassword(t *testing.T, password string) {
	t.Helper()
	_, err := giteaAdmin(t, f.gitea).AdminEditUser(f.gitea.Username, gitea.EditUserOption{
		LoginName: f.gitea.Username, Password: password, MustChangePassword: new(false)})
	if err != nil {
		t.Fatal(err)
	}
	f.gitea.Password = password
}

// addPipeline gives the team's repository what the doctor looks for.
func (f *pair) addPipeline(t *testing.T) {
	t.Helper()
	text := base64.StdEncoding.EncodeToString([]byte("kind: pipeline\nname: default\n"))
	if _, _, err := giteaAdmin(t, f.gitea).CreateFile("otomi", "shop", ".drone.yml", gitea.CreateFileOptions{Content: text}); err != nil {
		t.Fatal(err)
	}
}

func (f *pair) deleteApplication(t *testing.T) {
	t.Helper()
	client := giteaAdmin(t, f.gitea)
	all, _, err := client.ListOauth2(gitea.ListOauth2Option{})
	if err != nil || len(all) != 1 {
		t.Fatalf("%d OAuth2 applications, %v", len(all), err)
	}
	if _, err := client.DeleteOauth2(all[0].ID); err != nil {
		t.Fatal(err)
	}
}
