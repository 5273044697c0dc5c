package tests

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
)

const (
	tableStart = "<!-- values: made from values.yaml by the chart's tests (go test -update) -->\n"
	tableEnd   = "<!-- end of values -->\n"
)

// row is one documented key of values.yaml.
type row struct {
	Path        []string
	Default     string
	Description string
}

func (r row) key() string { return strings.Join(r.Path, ".") }

func TestReadmeTable(t *testing.T) {
	file := filepath.Join(chartDir, "README.md")
	readme, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(readme), tableStart)
	_, after, ended := strings.Cut(rest, tableEnd)
	if !found || !ended {
		t.Fatalf("%s lacks the marks of the table", file)
	}
	golden(t, file, before+tableStart+table(t)+tableEnd+after)
}

// table renders the documented keys, with the types that the schema gives them.
func table(t *testing.T) string {
	t.Helper()
	schema := readSchema(t)
	var out strings.Builder
	out.WriteString("| Key | Type | Default | Description |\n|---|---|---|---|\n")
	for _, r := range documented(t) {
		node, found := schema.at(r.Path)
		if !found {
			t.Errorf("values.schema.json lacks %s", r.key())
			continue
		}
		fmt.Fprintf(&out, "| `%s` | %s | `%s` | %s |\n", r.key(), node.typeName(), r.Default, strings.ReplaceAll(r.Description, "|", "\\|"))
	}
	return out.String()
}

// documented reads the keys of values.yaml. A key without a description, whose
// value is not a map of described keys, fails the test.
func documented(t *testing.T) []row {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(chartDir, "values.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var document yaml.Node
	if err := yaml.Unmarshal(data, &document); err != nil {
		t.Fatal(err)
	}
	return walk(t, document.Content[0], nil)
}

func walk(t *testing.T, node *yaml.Node, path []string) []row {
	t.Helper()
	var rows []row
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, value := node.Content[i], node.Content[i+1]
		here := append(slices.Clone(path), key.Value)
		description, found := describe(key.HeadComment)
		switch {
		case found:
			rows = append(rows, row{Path: here, Default: shorten(asJSON(t, value)), Description: description})
		case value.Kind == yaml.MappingNode && len(value.Content) > 0:
			rows = append(rows, walk(t, value, here)...)
		default:
			t.Errorf("values.yaml:%d: %s has no comment that starts with \"# --\"", key.Line, strings.Join(here, "."))
		}
	}
	return rows
}

// describe finds the description in the comment above a key.
func describe(comment string) (string, bool) {
	_, text, found := strings.Cut(comment, "# -- ")
	return strings.Join(strings.Fields(strings.ReplaceAll(text, "\n#", "\n")), " "), found
}

// shorten keeps a cell of the table readable.
func shorten(text string) string {
	if len(text) > 200 {
		return "see values.yaml"
	}
	return text
}

func asJSON(t *testing.T, node *yaml.Node) string {
	t.Helper()
	var value any
	if err := node.Decode(&value); err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// What the schema allows must be documented, and described in the schema too.
func TestSchemaIsDocumented(t *testing.T) {
	rows := map[string]bool{}
	for _, r := range documented(t) {
		for end := range r.Path {
			rows[strings.Join(r.Path[:end+1], ".")] = end+1 == len(r.Path)
		}
	}
	schema := readSchema(t)
	schema.each(nil, func(path []string, node schemaNode) bool {
		key := strings.Join(path, ".")
		if node.description() == "" {
			t.Errorf("%s has no description in values.schema.json", key)
		}
		complete, found := rows[key]
		if !found {
			t.Errorf("values.schema.json has %s, values.yaml has not", key)
		}
		return found && !complete
	})
}

// The credentials that the schema knows are those that the tasks read.
func TestCredentialsAreRead(t *testing.T) {
	doc, err := os.ReadFile(filepath.Join(rootDir, "tasks", "values", "doc.go"))
	if err != nil {
		t.Fatal(err)
	}
	read := []string{"OTOMI_TASKS_GIT_PASSWORD", "OTOMI_TASKS_GIT_USERNAME", "SOPS_AGE_KEY"}
	for _, match := range regexp.MustCompile(`(?m)^//\t\S+ +([A-Z_]+) \*`).FindAllStringSubmatch(string(doc), -1) {
		read = append(read, match[1])
	}
	slices.Sort(read)
	schema := readSchema(t)
	node, _ := schema.at([]string{"taskDefaults", "credentials"})
	if diff := cmp.Diff(read, slices.Sorted(maps.Keys(node.properties()))); diff != "" {
		t.Errorf("what the tasks read and what the schema allows: -tasks/values +schema\n%s", diff)
	}
}

// A misspelt key must never pass in silence.
func TestSchemaIsStrict(t *testing.T) {
	schema := readSchema(t)
	schema.each(nil, func(path []string, node schemaNode) bool {
		if closed := node.resolved()["additionalProperties"]; len(node.properties()) > 0 && closed != false && path[0] != "global" {
			t.Errorf("%s accepts keys that it does not know", strings.Join(path, "."))
		}
		return true
	})
}

// schemaNode is a place in the JSON schema.
type schemaNode struct{ root, value map[string]any }

func readSchema(t *testing.T) schemaNode {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(chartDir, "values.schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	var root map[string]any
	if err := json.Unmarshal(data, &root); err != nil {
		t.Fatal(err)
	}
	return schemaNode{root: root, value: root}
}

// resolved follows a reference, also the first of an allOf.
func (n schemaNode) resolved() map[string]any {
	value := n.value
	if all, ok := value["allOf"].([]any); ok {
		value, _ = all[0].(map[string]any)
	}
	reference, ok := value["$ref"].(string)
	if !ok {
		return value
	}
	definitions, _ := n.root["definitions"].(map[string]any)
	target, _ := definitions[strings.TrimPrefix(reference, "#/definitions/")].(map[string]any)
	return target
}

func (n schemaNode) properties() map[string]any {
	properties, _ := n.resolved()["properties"].(map[string]any)
	return properties
}

func (n schemaNode) description() string {
	text, _ := n.value["description"].(string)
	return text
}

// at finds the node of a path of keys.
func (n schemaNode) at(path []string) (schemaNode, bool) {
	for _, key := range path {
		next, ok := n.properties()[key].(map[string]any)
		if !ok {
			return schemaNode{}, false
		}
		n.value = next
	}
	return n, true
}

// each visits all properties, parents first; visit says whether to go deeper.
func (n schemaNode) each(path []string, visit func([]string, schemaNode) bool) {
	for key, value := range n.properties() {
		next, _ := value.(map[string]any)
		child, here := schemaNode{root: n.root, value: next}, append(slices.Clone(path), key)
		if visit(here, child) {
			child.each(here, visit)
		}
	}
}

func (n schemaNode) typeName() string {
	node := n.resolved()
	if _, ok := node["enum"]; ok {
		return "string"
	}
	if many, ok := node["type"].([]any); ok {
		return strings.ReplaceAll(strings.Trim(fmt.Sprint(many), "[]"), " ", " or ")
	}
	return fmt.Sprint(node["type"])
}
