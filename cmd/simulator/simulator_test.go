package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"otomi.io/tasks/tasks/droneactivate"
	"otomi.io/tasks/tasks/gitearepos"
	"otomi.io/tasks/tasks/harborprojects"
	"otomi.io/tasks/tasks/keycloakroles"
	"otomi.io/tasks/tasks/run"
	"otomi.io/tasks/tasks/task"
)

func TestMain(m *testing.M) {
	commands := map[string]func(){"simulator": main, "login": login}
	for _, t := range []task.Task{keycloakroles.Task(), harborprojects.Task(), gitearepos.Task(), droneactivate.Task()} {
		commands[t.Name] = func() { os.Exit(run.Main(t, "v1.0.0")) }
	}
	testscript.Main(m, commands)
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:  "testdata/script",
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"exits": exits},
	})
}

// exits runs a command and demands its exit code: exits 7 simulator -- sh -c 'exit 7'.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND [ARG…]")
	}
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var failed *exec.ExitError
		if !errors.As(err, &failed) {
			ts.Fatalf("%s: %v", args[1], err)
		}
		got = failed.ExitCode()
	}
	if fmt.Sprint(got) != args[0] {
		ts.Fatalf("exit code %d, want %s", got, args[0])
	}
}

// login is what a command in front of the simulator does: it finds Keycloak in
// its environment and logs in.
func login() {
	resp, err := http.PostForm(os.Getenv("KEYCLOAK_ADDRESS_INTERNAL")+"/realms/master/protocol/openid-connect/token", url.Values{
		"grant_type": {"password"}, "client_id": {"admin-cli"},
		"username": {os.Getenv("KEYCLOAK_ADMIN")}, "password": {os.Getenv("KEYCLOAK_ADMIN_PASSWORD")}})
	if err != nil {
		_, _ = fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	_ = resp.Body.Close()
	_, _ = fmt.Fprintln(os.Stdout, "logged in:", resp.StatusCode)
}

// TestServe starts the binary without a command, looks at what it serves and
// tells it to stop.
func TestServe(t *testing.T) {
	for name, stop := range map[string]os.Signal{"Interrupt": os.Interrupt, "Terminate": syscall.SIGTERM} {
		t.Run(name, func(t *testing.T) {
			cmd := exec.Command("simulator", "--keycloak", "127.0.0.1:0")
			stdout, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = cmd.Process.Kill() })
			reader := bufio.NewReader(stdout)
			line, err := reader.ReadString('\n')
			if err != nil {
				t.Fatalf("reading the line that tells where the applications are: %v", err)
			}
			visit(t, line)
			if err := cmd.Process.Signal(stop); err != nil {
				t.Fatal(err)
			}
			rest, err := io.ReadAll(reader)
			if err != nil || len(rest) > 0 {
				t.Errorf("one line is all that stdout holds: %q %v", rest, err)
			}
			if err := cmd.Wait(); err != nil {
				t.Errorf("a signal ends it well: %v", err)
			}
		})
	}
}

// visit asks every application of the line whether it is there.
func visit(t *testing.T, line string) {
	t.Helper()
	var endpoints map[string]endpoint
	if err := json.Unmarshal([]byte(line), &endpoints); err != nil {
		t.Fatalf("parsing %q: %v", line, err)
	}
	at, found := endpoints["keycloak"]
	if !found || len(endpoints) != 1 || at.Username != "admin" || at.Password == "" {
		t.Fatalf("got %q, want only keycloak and how to log in", line)
	}
	resp, err := http.Get(at.URL + "/realms/master")
	if err != nil {
		t.Fatalf("asking keycloak: %v", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Errorf("keycloak answers %d", resp.StatusCode)
	}
}
