// Package script has what the scripts of all binaries demand of a run: its exit
// code and its last line.
package script

import (
	"encoding/json"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// Commands are those of the scripts.
func Commands() map[string]func(*testscript.TestScript, bool, []string) {
	return map[string]func(*testscript.TestScript, bool, []string){"outcome": outcome, "exits": exits}
}

// exits runs a command and demands its exit code: exits 3 keycloak-roles plan.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND [ARG…]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		text := err.Error()
		got, err = strconv.Atoi(strings.TrimPrefix(text, "exit status "))
		if err != nil {
			ts.Fatalf("%s: %s", args[1], text)
		}
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// outcome demands fields of the last line of stdout: outcome result=converged requests.writes=0.
func outcome(ts *testscript.TestScript, neg bool, args []string) {
	rows := strings.Split(strings.TrimSpace(ts.ReadFile("stdout")), "\n")
	var got map[string]json.RawMessage
	if err := json.Unmarshal([]byte(rows[len(rows)-1]), &got); err != nil {
		ts.Fatalf("the last line is not an outcome: %v", err)
	}
	for _, arg := range args {
		path, want, _ := strings.Cut(arg, "=")
		if value := lookup(got, path); (value == want) == neg {
			ts.Fatalf("%s is %s, want %s", path, value, want)
		}
	}
}

func lookup(object map[string]json.RawMessage, path string) string {
	key, rest, nested := strings.Cut(path, ".")
	if nested {
		var inner map[string]json.RawMessage
		if json.Unmarshal(object[key], &inner) != nil {
			return ""
		}
		return lookup(inner, rest)
	}
	return strings.Trim(string(object[key]), `"`)
}

// MainIsShort keeps the way from main to the work short.
func MainIsShort(t *testing.T) {
	t.Helper()
	source, err := os.ReadFile("main.go")
	if err != nil {
		t.Fatal(err)
	}
	if lines := strings.Count(string(source), "\n"); lines > 40 {
		t.Errorf("main.go has %d lines, want at most 40", lines)
	}
}
