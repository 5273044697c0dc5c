package run_test

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"strings"
	"syscall"
	"testing"

	"otomi.io/tasks/tasks/run"
	"otomi.io/tasks/tasks/task"
)

// TestRemedies: every failure ends with what to do about it and where to read on, in the
// outcome, in the log and in the message of the pod.
func TestRemedies(t *testing.T) {
	t.Parallel()
	var syntax error
	if err := json.Unmarshal([]byte("<html>"), new(int)); err != nil {
		syntax = fmt.Errorf("reading the realm: %w", err)
	}
	read := func(err error) *app { return &app{read: func(context.Context, int) error { return err }} }
	plan := []string{"plan"}
	cases := map[string]struct {
		reason string
		app    *app
		args   []string
		remedy string
		anchor string
	}{
		"Flag":        {"a typo", &app{}, []string{"plan", "--polcy", "sync"}, "see shelf-items --help", "exit-codes"},
		"Values":      {"missing values", &app{}, []string{"plan", "--values", "gone.yaml"}, "shelf-items validate", "exit-codes"},
		"Guard":       {"a person decides", &app{desired: owned("a"), marks: dangerous}, plan, "run once by hand with --accept prefix", "guards"},
		"WrongLogin":  {"a wrong password", read(status(401)), plan, "set the password or token", "login"},
		"NoRight":     {"a missing right", read(status(403)), plan, "grant the account the right", "missing-rights"},
		"WrongPath":   {"another path", read(status(404)), plan, "look at the path", "another-application-answers"},
		"Page":        {"a page with 200", read(syntax), plan, "a proxy, a login page or another application", "another-application-answers"},
		"UnknownHost": {"a typo in the name", read(&net.DNSError{Err: "no such host", Name: "keyclaok", IsNotFound: true}), plan, "spelling of the address", "the-server-does-not-answer"},
		"NoListener":  {"nothing listens", read(&net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}), plan, "the server runs", "the-server-does-not-answer"},
		"UnknownCA":   {"a CA of one's own", read(x509.UnknownAuthorityError{}), plan, "NODE_EXTRA_CA_CERTS", "certificates"},
		"Gateway":     {"a server that is not well", read(status(503)), plan, "its own log", "the-server-does-not-answer"},
		"Rule":        {"a rule of the server", read(status(422)), plan, "change the setting", "what-the-server-refuses"},
		"Fault":       {"the task knows best", read(&task.Fault{Cause: "no issuer", Remedy: "repair the issuer", Docs: "docs/operations.md#login"}), plan, "repair the issuer", "login"},
		"Other":       {"nothing better is known", read(errors.New("odd")), plan, "read the errors above", "exit-codes"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := execute(t, tc.app, setup{args: tc.args})
			if r.code == run.ExitOK || !strings.Contains(r.outcome.Remedy, tc.remedy) || r.outcome.Docs != "docs/operations.md#"+tc.anchor {
				t.Errorf("%s: exit %d, remedy %q, docs %q", tc.reason, r.code, r.outcome.Remedy, r.outcome.Docs)
			}
			if !strings.Contains(r.stderr, r.outcome.Docs) {
				t.Errorf("%s: the log does not say where to read on: %s", tc.reason, r.stderr)
			}
		})
	}
}
