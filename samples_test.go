package tasks_test

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"otomi.io/tasks/internal/sim"
	"otomi.io/tasks/internal/sim/keycloak"
	"otomi.io/tasks/tasks/keycloakroles"
	"otomi.io/tasks/tasks/run"
)

// keycloakAt runs keycloak-roles on a server and returns what it prints, with what
// differs from run to run as people would see it.
func keycloakAt(t *testing.T, url string, env map[string]string, args ...string) string {
	t.Helper()
	all := map[string]string{"KEYCLOAK_ADDRESS_INTERNAL": url, "KEYCLOAK_ADMIN": "admin", "KEYCLOAK_ADMIN_PASSWORD": "simulated-admin"}
	for name, value := range env {
		all[name] = value
	}
	var stdout, stderr bytes.Buffer
	if code := run.Run(keycloakroles.Task(), run.Process{Args: args, Env: all, Stdin: strings.NewReader(""), Stdout: &stdout, Stderr: &stderr, Version: "v1.0.0"}); code != run.ExitOK {
		t.Fatalf("%v: exit %d\n%s", args, code, stderr.String())
	}
	text := strings.ReplaceAll(stdout.String(), url, "https://keycloak.example.com")
	text = regexp.MustCompile(`"seconds":[0-9.]+`).ReplaceAllString(text, `"seconds":0.2`)
	return regexp.MustCompile(` \(working copy of [0-9a-f]+\)`).ReplaceAllString(text, "") // only a repository has a commit
}

// TestSamples keeps the samples of README.md and docs/plan.md what real runs print.
func TestSamples(t *testing.T) {
	server, err := sim.Listen("127.0.0.1:0", keycloak.New(keycloak.Options{Username: "admin", Password: "simulated-admin"}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	values := []string{"--values", "examples/values"}
	before := map[string]string{"TEAM_IDS": `["payments","storefront"]`, "KEYCLOAK_TOKEN_TTL": "300"}
	keycloakAt(t, server.URL, before, append([]string{"apply"}, values...)...)
	plan := keycloakAt(t, server.URL, map[string]string{"TEAM_IDS": `["payments","search"]`}, append([]string{"plan"}, values...)...)
	made(t, "README.md", "$ TEAM_IDS='[\"payments\",\"search\"]' bin/keycloak-roles plan --values examples/values\n", plan, "```\n\n`+` creates")
	rendered := keycloakAt(t, server.URL, nil, "render", "--values", "testdata/render.yaml", "--team", "ferry")
	made(t, "docs/plan.md", "$ keycloak-roles render --values testdata/render.yaml --team ferry\n", rendered, "```\n\nWhere the object")
}
