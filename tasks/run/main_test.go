package run_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"otomi.io/tasks/tasks/run"
)

// asProgram makes this test binary the program shelf-items.
const asProgram = "RUN_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		a := &app{desired: owned("a")}
		if os.Getenv(asProgram) == "waiting" {
			a.ready = func(context.Context) error { return unreachable() }
		}
		os.Exit(run.Main(a.task(""), "v1.2.3"))
	}
	os.Exit(m.Run())
}

func program(t *testing.T, how string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], args...)
	cmd.Env = append(os.Environ(), asProgram+"="+how)
	return cmd
}

// TestMainUsesTheProcess: arguments, environment, stdin, stdout and exit code
// are those of the process.
func TestMainUsesTheProcess(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		reason string
		args   []string
		env    string
		stdin  string
		code   int
		stdout string
	}{
		"Bare":        {"no argument at all", nil, "", "", run.ExitOK, "+ create item a\n"},
		"Arguments":   {"the arguments", []string{"plan", "--detailed-exitcode"}, "", "", run.ExitDifferences, "+ create item a\n"},
		"Environment": {"the environment", []string{"plan"}, "OTOMI_TASKS_DETAILED_EXITCODE=true", "", run.ExitDifferences, "+ create item a\n"},
		"Stdin":       {"stdin", []string{"validate", "--values", "-"}, "", "- no mapping\n", run.ExitInvalid, `"result":"invalid"`},
		"Version":     {"the version of the build", []string{"version"}, "", "", run.ExitOK, "shelf-items v1.2.3\n"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cmd := program(t, "ready", tc.args...)
			cmd.Env = append(cmd.Env, tc.env)
			cmd.Stdin = strings.NewReader(tc.stdin)
			stdout, err := cmd.Output()
			var exit *exec.ExitError
			if err != nil && !errors.As(err, &exit) {
				t.Fatal(err)
			}
			if got := cmd.ProcessState.ExitCode(); got != tc.code || !strings.Contains(string(stdout), tc.stdout) {
				t.Errorf("%s: exit %d, want %d, with %q in\n%s", tc.reason, got, tc.code, tc.stdout, stdout)
			}
		})
	}
}

// TestMainStops: SIGTERM and SIGINT end a run that waits, and it still reports.
func TestMainStops(t *testing.T) {
	t.Parallel()
	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		t.Run(signal.String(), func(t *testing.T) {
			t.Parallel()
			cmd := program(t, "waiting", "apply", "--log-level", "info")
			var stdout bytes.Buffer
			cmd.Stdout = &stdout
			stderr, err := cmd.StderrPipe()
			if err == nil {
				err = cmd.Start()
			}
			if err != nil {
				t.Fatal(err)
			}
			log := bufio.NewReader(stderr)
			if line, err := log.ReadString('\n'); err != nil || !strings.Contains(line, "waiting") {
				t.Errorf("the first line of the log is %q, %v", line, err)
			}
			if err := cmd.Process.Signal(signal); err != nil {
				t.Fatal(err)
			}
			if _, err := io.Copy(io.Discard, log); err != nil {
				t.Errorf("reading the log: %v", err)
			}
			var exit *exec.ExitError
			if err := cmd.Wait(); !errors.As(err, &exit) || exit.ExitCode() != run.ExitFailed {
				t.Errorf("want exit %d, got %v", run.ExitFailed, err)
			}
			var o outcome
			if err := json.Unmarshal([]byte(lastLine(stdout.String())), &o); err != nil || o.Result != "stopped" {
				t.Errorf("outcome %+v, %v", o, err)
			}
		})
	}
}
