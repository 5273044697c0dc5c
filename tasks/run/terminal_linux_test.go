package run_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/run"
)

// onTerminal runs the task on a terminal where a person types.
func onTerminal(t *testing.T, a *app, typed string, args ...string) (code int, screen string) {
	t.Helper()
	person, terminal := openTerminal(t)
	seen := make(chan string, 1)
	go func() {
		content, _ := io.ReadAll(person) // ends with an error when the terminal is closed
		seen <- string(content)
	}()
	if _, err := person.WriteString(typed); err != nil {
		t.Fatal(err)
	}
	code = run.Run(a.task(""), run.Process{Args: args, Stdin: terminal, Stdout: terminal, Stderr: terminal, Version: "v1.2.3"})
	if err := terminal.Close(); err != nil {
		t.Fatal(err)
	}
	return code, strings.ReplaceAll(<-seen, "\r\n", "\n")
}

// openTerminal makes a pair of a pseudo-terminal that shows nothing of what is typed.
func openTerminal(t *testing.T) (person, terminal *os.File) {
	t.Helper()
	person, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = person.Close() })
	fd := int(person.Fd())
	number, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err = errors.Join(err, unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0)); err != nil {
		t.Fatal(err)
	}
	if terminal, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|unix.O_NOCTTY, 0); err != nil {
		t.Fatal(err)
	}
	modes, err := unix.IoctlGetTermios(int(terminal.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	modes.Lflag &^= unix.ECHO
	if err := unix.IoctlSetTermios(int(terminal.Fd()), unix.TCSETS, modes); err != nil {
		t.Fatal(err)
	}
	return person, terminal
}

// TestConfirmation: a person is asked once before something is taken away, and only
// on a terminal.
func TestConfirmation(t *testing.T) {
	const question = "2 changes take something away: item gone, item old\nGo on? Only yes does: "
	cases := map[string]struct {
		reason, typed string
		args          []string
		code, asked   int
		changes       int
	}{
		"Yes":     {"a person agrees", "yes\n", []string{"--policy", "sync"}, run.ExitOK, 1, 3},
		"No":      {"nothing is written", "no\n", []string{"--policy", "sync"}, run.ExitRefused, 1, 0},
		"Nothing": {"return does not mean yes", "\n", []string{"--policy", "sync"}, run.ExitRefused, 1, 0},
		"Flag":    {"the person said so before", "", []string{"--policy", "sync", "--yes"}, run.ExitOK, 0, 3},
		"Blocked": {"nothing is taken away", "", []string{"--policy", "upsert-only"}, run.ExitOK, 0, 1},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			a := &app{desired: owned("new"), current: owned("gone", "old")}
			code, screen := onTerminal(t, a, tc.typed, append([]string{"apply", "--allow-removals", "item=2"}, tc.args...)...)
			if code != tc.code || strings.Count(screen, question) != tc.asked || len(a.attempts) != tc.changes {
				t.Errorf("%s: exit %d, %d changes:\n%s", tc.reason, code, len(a.attempts), screen)
			}
		})
	}
	t.Run("Pipe", func(t *testing.T) {
		a := &app{desired: owned("new"), current: owned("gone", "old")}
		if r := execute(t, a, apply("--policy", "sync", "--allow-removals", "item=2")); r.code != run.ExitOK || strings.Contains(r.output(), "yes") {
			t.Errorf("exit %d: %s", r.code, r.output())
		}
	})
}

// TestScreen: a person reads words and no JSON, each error at most twice (when it came
// and in the end), and no line of the log in that of the progress.
func TestScreen(t *testing.T) {
	a := &app{desired: owned("a", "b", "c", "d", "e", "f"), write: func(_ context.Context, c plan.Change[item]) (bool, error) {
		return false, fmt.Errorf("no space for %s", c.Name)
	}}
	code, screen := onTerminal(t, a, "", "apply", "--workers", "1")
	if code != run.ExitFailed || strings.Contains(screen, `{"`) {
		t.Errorf("exit %d:\n%s", code, screen)
	}
	for _, name := range []string{"a", "f"} {
		if n := strings.Count(screen, "no space for "+name); n < 1 || n > 2 {
			t.Errorf("the error of %s is told %d times:\n%s", name, n, screen)
		}
	}
	for line := range strings.SplitSeq(screen, "\n") {
		if at := strings.Index(line, "level=ERROR"); at > 0 && strings.LastIndex(line[:at], "\r\x1b[K") < 0 {
			t.Errorf("a line of the log begins in that of the progress: %q", line)
		}
	}
	for _, want := range []string{"creating item a: no space for a (and 5 more above)", "\x1b[32m+ create item a\x1b[0m", "\nremedy: ", "shelf-items: failed, 0 created"} {
		if !strings.Contains(screen, want) {
			t.Errorf("no %q in:\n%s", want, screen)
		}
	}
}

// TestComment: of a run in Markdown nothing but the comment is on stdout, also where
// there is no plan.
func TestComment(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		reason string
		app    *app
		args   []string
		wants  []string
	}{
		"Plan":    {"the plan alone", &app{desired: owned("a")}, []string{"plan"}, []string{"<!-- otomi-tasks: shelf-items -->\n### shelf-items: 1 to create"}},
		"Refused": {"the plan, and why it is refused", &app{desired: owned("a"), marks: dangerous}, []string{"plan"}, []string{"### shelf-items: 1 to create", "**refused:**", "remedy: "}},
		"Failed":  {"why there is none", &app{unwanted: errors.New("no idea")}, []string{"plan"}, []string{"<!-- otomi-tasks: shelf-items -->\n### shelf-items: failed", "no idea", "remedy: "}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := perform(t, tc.app, setup{args: append(tc.args, "--output", "markdown")})
			for _, want := range tc.wants {
				if !strings.Contains(r.stdout, want) {
					t.Errorf("%s: no %q in:\n%s", tc.reason, want, r.stdout)
				}
			}
			if strings.Contains(r.stdout, `{"task"`) || strings.Count(r.stdout, "<!--") != 1 {
				t.Errorf("%s:\n%s", tc.reason, r.stdout)
			}
		})
	}
}
