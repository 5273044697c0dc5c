package e2e

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"otomi.io/tasks/internal/conformance/droneactivate"
	"otomi.io/tasks/internal/sim/apitest"
)

func startDroneServer(t *testing.T) droneactivate.Server { return startDroneWith(t) }

func startDroneWith(t *testing.T, environment ...string) droneactivate.Server {
	t.Helper()
	p := startDrone(t, environment...)
	return droneactivate.Server{
		Drone: p.Drone, Token: p.Token, Gitea: p.Gitea, Username: p.Username, Password: p.Password, Version: p.Version}
}

// TestDroneActivate runs the suite of the task on a real Drone with a real Gitea.
func TestDroneActivate(t *testing.T) {
	droneactivate.Run(t, startDroneServer)
}

// TestDroneProxied runs with hooks that lead to another address than Drone's own.
func TestDroneProxied(t *testing.T) {
	s := startDroneWith(t, "DRONE_SERVER_PROXY_HOST=drone.inside:8080", "DRONE_SERVER_PROXY_PROTO=http")
	droneactivate.Proxied(t, s, "http://drone.inside:8080")
}

// TestPushIsBuilt shows what all of it is for: after one run of the task from an
// empty Gitea and a Drone without any login so far, a commit that is pushed
// with git starts a build.
func TestPushIsBuilt(t *testing.T) {
	s := startDroneServer(t)
	droneactivate.FirstRun(t, s)
	pushIsBuilt(t, s)
}

// pushIsBuilt pushes a commit and waits until Drone lists its build.
func pushIsBuilt(t *testing.T, s droneactivate.Server) {
	t.Helper()
	head := push(t, s)
	waitFor(t, "a build of "+head, func() bool {
		return slices.ContainsFunc(builds(t, s), func(b droneBuild) bool { return b.After == head && b.Event == "push" })
	})
}

// push commits a pipeline to otomi/values and pushes it; it returns the commit.
func push(t *testing.T, s droneactivate.Server) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "values")
	address, err := url.Parse(s.Gitea)
	if err != nil {
		t.Fatal(err)
	}
	address.User = url.UserPassword(s.Username, s.Password)
	runGit(t, ".", "clone", "--quiet", address.JoinPath("otomi", "values.git").String(), dir)
	pipeline := "kind: pipeline\ntype: docker\nname: default\nsteps:\n- {name: hello, image: alpine, commands: [echo " + rand.Text() + "]}\n"
	if err := os.WriteFile(filepath.Join(dir, ".drone.yml"), []byte(pipeline), 0o600); err != nil {
		t.Fatal(err)
	}
	runGit(t, dir, "add", ".drone.yml")
	runGit(t, dir, "-c", "user.name=Ann", "-c", "user.email=ann@example.com", "commit", "--quiet", "-m", "build something")
	runGit(t, dir, "push", "--quiet", "origin", "HEAD")
	return runGit(t, dir, "rev-parse", "HEAD")
}

func runGit(t *testing.T, dir string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "git", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GIT_TERMINAL_PROMPT=0", "GIT_CONFIG_GLOBAL=/dev/null")
	output, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("git %s: %v\n%s", args[0], err, output)
	}
	return strings.TrimSpace(string(output))
}

type droneBuild struct {
	Event, After, Status string
}

func builds(t *testing.T, s droneactivate.Server) []droneBuild {
	t.Helper()
	req := apitest.Request(t, http.MethodGet, s.Drone+"/api/repos/otomi/values/builds", "")
	req.Header.Set("Authorization", "Bearer "+s.Token)
	got := apitest.Send(t, http.DefaultClient, req)
	var list []droneBuild
	if err := json.Unmarshal(got.Body, &list); err != nil || got.Status != http.StatusOK {
		t.Fatalf("reading the builds: %s %v", got, err)
	}
	return list
}

// waitFor asks until something is so, for as long as a busy machine may need.
func waitFor(t *testing.T, what string, so func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for !so() {
		select {
		case <-ctx.Done():
			t.Fatalf("waiting for %s: %v", what, ctx.Err())
		case <-tick.C:
		}
	}
}
