package main

import (
	"errors"
	"flag"
	"testing"

	"github.com/google/go-cmp/cmp"

	"otomi.io/tasks/test/servers"
)

func TestParse(t *testing.T) {
	cases := map[string]struct {
		reason  string
		args    []string
		names   []string
		options servers.Options
	}{
		"Defaults": {
			reason: "everything but the name has a default",
			args:   []string{"keycloak"},
			names:  []string{"keycloak"},
		},
		"Everything": {
			reason:  "flags stand before the name",
			args:    []string{"-version", "22.0.5", "-port", "18080", "-username", "root", "-password", "x", "keycloak"},
			names:   []string{"keycloak"},
			options: servers.Options{Version: "22.0.5", Port: 18080, Username: "root", Password: "x"},
		},
		"Several": {
			reason: "several servers take free ports",
			args:   []string{"keycloak", "gitea"},
			names:  []string{"keycloak", "gitea"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			names, options, err := parse(tc.args)
			if err != nil {
				t.Fatalf("%s: %v", tc.reason, err)
			}
			if diff := cmp.Diff(tc.names, names); diff != "" {
				t.Errorf("%s: names (-want +got):\n%s", tc.reason, diff)
			}
			if diff := cmp.Diff(tc.options, options); diff != "" {
				t.Errorf("%s: options (-want +got):\n%s", tc.reason, diff)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	cases := map[string]struct {
		reason string
		args   []string
		want   error // nil: any
	}{
		"Nothing":          {reason: "a server has to be named", args: nil},
		"OnePortForTwo":    {reason: "two servers cannot share a port", args: []string{"-port", "1", "keycloak", "gitea"}},
		"OneVersionForTwo": {reason: "two servers have versions of their own", args: []string{"-version", "1", "keycloak", "gitea"}},
		"Help":             {reason: "help differs from a mistake", args: []string{"-h"}, want: flag.ErrHelp},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			_, _, err := parse(tc.args)
			if err == nil || (tc.want != nil && !errors.Is(err, tc.want)) {
				t.Errorf("%s: parse(%q) = %v, want %v", tc.reason, tc.args, err, tc.want)
			}
		})
	}
}

func TestStartUnknown(t *testing.T) {
	if started, err := start(t.Context(), "harbour", servers.Options{}); err == nil || len(started) != 0 {
		t.Errorf("start of an unknown server = %v, %v, want an error only", started, err)
	}
}
