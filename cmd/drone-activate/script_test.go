package main

import (
	"encoding/json"
	"errors"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"otomi.io/tasks/internal/sim"
	"otomi.io/tasks/internal/sim/drone"
	giteasim "otomi.io/tasks/internal/sim/gitea"
	"otomi.io/tasks/internal/testkit/script"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"drone-activate": main})
}

const username, password, token = "otomi-admin", "example-only-gitea-password", "example-only-drone-token"

// TestScripts runs the binary against fresh simulators for each script. The
// organisation otomi has the repository values; gitea METHOD PATH [BODY] changes
// that.
func TestScripts(t *testing.T) {
	examples, err := filepath.Abs("../../examples/values")
	if err != nil {
		t.Fatal(err)
	}
	commands := script.Commands()
	commands["gitea"] = gitea
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script", Cmds: commands,
		Setup: func(env *testscript.Env) error {
			env.Setenv("EXAMPLES", examples)
			return serve(env)
		},
	})
}

// serve starts a Drone that builds from a Gitea.
func serve(env *testscript.Env) error {
	var front http.Handler
	running, err := sim.Listen("127.0.0.1:0", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { front.ServeHTTP(w, r) }))
	if err != nil {
		return err
	}
	git, err := sim.Listen("127.0.0.1:0", giteasim.New(giteasim.Options{Username: username, Password: password}))
	if err != nil {
		return errors.Join(err, running.Close())
	}
	env.Defer(func() { _, _ = running.Close(), git.Close() })
	for name, value := range map[string]string{
		"DRONE_URL": running.URL, "DRONE_TOKEN": token, "GITEA_URL": git.URL, "GITEA_PASSWORD": password, "OTOMI_TASKS_SECRETS_DIR": "secrets"} {
		env.Setenv(name, value)
	}
	simulated := drone.New(drone.Options{Gitea: git.URL, Users: []drone.User{{Login: username, Token: token, Admin: true}}})
	front = simulated
	var made struct {
		ClientID     string `json:"client_id"`
		ClientSecret string `json:"client_secret"`
	}
	err = errors.Join(
		request(git.URL, http.MethodPost, "/orgs", `{"username":"otomi"}`, nil),
		request(git.URL, http.MethodPost, "/orgs/otomi/repos", `{"name":"values","private":true}`, nil),
		request(git.URL, http.MethodPost, "/user/applications/oauth2",
			`{"name":"otomi-drone","confidential_client":true,"redirect_uris":["`+running.URL+`/login"]}`, &made))
	simulated.SetApplication(made.ClientID, made.ClientSecret)
	return err
}

func gitea(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: gitea METHOD PATH [BODY]")
	}
	ts.Check(request(ts.Getenv("GITEA_URL"), args[0], args[1], strings.Join(args[2:], ""), nil))
}

func request(address, method, path, body string, into any) error {
	req, err := http.NewRequest(method, address+"/api/v1"+path, strings.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.SetBasicAuth(username, password)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode >= http.StatusMultipleChoices {
		return errors.New(method + " " + path + ": " + resp.Status)
	}
	if into == nil {
		return nil
	}
	return json.NewDecoder(resp.Body).Decode(into)
}

func TestMainIsShort(t *testing.T) { script.MainIsShort(t) }
