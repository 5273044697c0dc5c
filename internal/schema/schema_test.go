package schema_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"otomi.io/tasks/internal/schema"
	"otomi.io/tasks/internal/sim"
	"otomi.io/tasks/internal/sim/keycloak"
	"otomi.io/tasks/tasks/keycloakroles"
	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/render"
	"otomi.io/tasks/tasks/report"
	"otomi.io/tasks/tasks/run"
	"otomi.io/tasks/tasks/task"
)

var update = flag.Bool("update", false, "write docs/schemas anew")

// planDocument is the JSON form of a plan, which is written line by line.
type planDocument struct {
	FormatVersion int         `json:"formatVersion"`
	Task          string      `json:"task"`
	Header        plan.Header `json:"header,omitempty"`
	Changes       []plan.Line `json:"changes"`
	Counts        plan.Counts `json:"counts"`
}

// output is one JSON form that people may read with programs of theirs.
type output struct {
	title   string
	version int
	form    any
}

func outputs() map[string]output {
	return map[string]output{
		"plan":    {"A plan (--output json)", plan.FormatVersion, planDocument{}},
		"outcome": {"The outcome of a run, the last line of stdout", 1, run.Outcome{}},
		"report":  {"The report of a run (--report-dir)", report.FormatVersion, report.Report{}},
		"render":  {"What the values ask for (render --output json)", render.FormatVersion, render.Document{}},
	}
}

// own are the fields of which a type says too little.
func own() map[string]schema.Schema {
	words := func(all ...any) schema.Schema { return schema.Schema{"type": "string", "enum": all} }
	version := schema.Schema{"type": "integer", "const": 1.0}
	actions := words("create", "update", "delete", "adopt")
	counts := schema.Of(reflect.TypeFor[plan.Counts](), nil)
	results := schema.Of(reflect.TypeFor[task.Results](), nil)
	either := schema.Schema{"type": "object", "properties": schema.Schema{}}
	for _, s := range []schema.Schema{counts, results} {
		for name, property := range s["properties"].(schema.Schema) {
			either["properties"].(schema.Schema)[name] = property
		}
	}
	return map[string]schema.Schema{
		"planDocument.formatVersion": version, "Report.formatVersion": version, "Document.formatVersion": version,
		"Line.action": actions, "Change.action": actions, "Outcome.changes": either, "Team.state": words("ok", "drift", "failed"),
		"Change.became":  words("planned", "blocked", "created", "updated", "deleted", "adopted", "failed", "skipped", "not performed"),
		"Outcome.result": words("valid", "healthy", "planned", "unchanged", "converged", "failed", "stopped", "invalid", "refused", "unauthorized", "locked", "unsettled"),
	}
}

func (o output) schema(name string) schema.Schema {
	s := schema.Of(reflect.TypeOf(o.form), own())
	s["$schema"], s["$id"], s["title"] = schema.Draft, "https://otomi.io/tasks/schemas/"+fileName(name, o.version), o.title
	return s
}

func fileName(name string, version int) string {
	return name + "-" + string(rune('0'+version)) + ".json"
}

// TestSchemasAreCurrent keeps docs/schemas equal to the types.
func TestSchemasAreCurrent(t *testing.T) {
	for name, o := range outputs() {
		path := filepath.Join("..", "..", "docs", "schemas", fileName(name, o.version))
		diff, err := schema.Published(path, o.schema(name), *update)
		if err != nil {
			t.Fatal(err)
		}
		if diff != "" {
			t.Errorf("%s is out of date (go test ./internal/schema -update): -want, +got:\n%s", path, diff)
		}
	}
}

// published reads a schema as users have it.
func published(t *testing.T, name string) schema.Schema {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("..", "..", "docs", "schemas", fileName(name, outputs()[name].version)))
	if err != nil {
		t.Fatal(err)
	}
	var s schema.Schema
	if err := json.Unmarshal(content, &s); err != nil {
		t.Fatal(err)
	}
	return s
}

func fits(t *testing.T, name, reason string, content []byte) {
	t.Helper()
	var document any
	if err := json.Unmarshal(content, &document); err != nil {
		t.Fatalf("%s: %v\n%s", reason, err, content)
	}
	for _, fault := range schema.Check(published(t, name), document, true) {
		t.Errorf("%s does not fit the schema of %s: %s", reason, name, fault)
	}
}

// TestOutputsFit: what real runs print fits, however they end.
func TestOutputsFit(t *testing.T) {
	server, err := sim.Listen("127.0.0.1:0", keycloak.New(keycloak.Options{Username: "admin", Password: "simulated-admin"}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	dir := t.TempDir()
	env := map[string]string{"KEYCLOAK_ADDRESS_INTERNAL": server.URL, "KEYCLOAK_ADMIN": "admin", "KEYCLOAK_ADMIN_PASSWORD": "simulated-admin", "OTOMI_TASKS_REPORT_DIR": dir}
	runs := []struct {
		reason string
		args   []string
		code   int
		lines  []string // the schemas of the last lines of stdout
		report bool
	}{
		{"a plan", []string{"plan", "-o", "json"}, run.ExitOK, []string{"plan", "outcome"}, true},
		{"what is asked for", []string{"render", "-o", "json"}, run.ExitOK, []string{"render"}, false},
		{"an apply", []string{"apply", "-o", "json"}, run.ExitOK, []string{"plan", "outcome"}, true},
		{"another apply", []string{"apply"}, run.ExitOK, []string{"outcome"}, true},
		{"an invalid flag", []string{"apply", "--workers", "0"}, run.ExitInvalid, []string{"outcome"}, true},
		{"a doctor", []string{"doctor"}, run.ExitOK, []string{"outcome"}, false},
		{"invalid values", []string{"validate", "--values", "none"}, run.ExitInvalid, []string{"outcome"}, false},
		{"a refused plan", []string{"plan", "-o", "json", "--values", "testdata/renamed.yaml"}, run.ExitRefused, []string{"plan", "outcome"}, true},
	}
	for _, tc := range runs {
		var stdout, stderr bytes.Buffer
		args := append([]string{"--values", "../../examples/values"}, tc.args...)
		code := run.Run(keycloakroles.Task(), run.Process{Args: args, Env: env, Stdin: strings.NewReader(""), Stdout: &stdout, Stderr: &stderr, Version: "v1.0.0"})
		if code != tc.code {
			t.Errorf("%s: exit %d, want %d: %s", tc.reason, code, tc.code, stderr.String())
		}
		lines := bytes.Split(bytes.TrimSpace(stdout.Bytes()), []byte("\n"))
		for i, name := range tc.lines {
			fits(t, name, tc.reason, lines[len(lines)-len(tc.lines)+i])
		}
		if !tc.report {
			continue
		}
		content, err := os.ReadFile(filepath.Join(dir, "keycloak-roles.json"))
		if err != nil {
			t.Fatal(err)
		}
		fits(t, "report", tc.reason, content)
	}
}

// TestCheck: the checker sees what does not fit.
func TestCheck(t *testing.T) {
	s := schema.Schema{
		"type": "object", "required": []any{"a"}, "properties": schema.Schema{
			"a": schema.Schema{"type": "integer"}, "b": schema.Schema{"type": []any{"string", "null"}, "enum": []any{"x", nil}},
			"list":   schema.Schema{"type": "array", "items": schema.Schema{"type": "boolean"}},
			"strict": schema.Schema{"type": "object", "properties": schema.Schema{}, "additionalProperties": false},
		},
		"allOf": []any{schema.Schema{
			"if":   schema.Schema{"properties": schema.Schema{"b": schema.Schema{"const": "x"}}, "required": []any{"b"}},
			"then": schema.Schema{"required": []any{"list"}},
		}},
	}
	cases := map[string][]string{
		`{"a":1}`:                             nil,
		`{"a":1,"b":null,"other":1}`:          nil,
		`{"a":1.5}`:                           {".a: 1.5 is not of type integer"},
		`{"b":"y"}`:                           {".b: y is not one of [x <nil>]", ": has no a"},
		`{"a":1,"b":"x"}`:                     {": has no list"},
		`{"a":1,"list":[true,"no"]}`:          {".list[1]: no is not of type boolean"},
		`{"a":1,"strict":{"unknown":"here"}}`: {".strict: unknown is not known"},
		`[]`:                                  {": [] is not of type object"},
	}
	for text, want := range cases {
		var document any
		if err := json.Unmarshal([]byte(text), &document); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, schema.Check(s, document, false)); diff != "" {
			t.Errorf("%s: -want, +got:\n%s", text, diff)
		}
	}
}
