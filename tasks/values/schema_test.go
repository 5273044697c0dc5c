package values

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"otomi.io/tasks/internal/schema"
	"otomi.io/tasks/tasks/platform"
	"otomi.io/tasks/tasks/values/tree"
)

// The schemas of the values are made by asking the readers: each place is given a
// mapping, an empty entry and a text that cannot be right, and what they say is wrong
// tells what they take.

// prober asks the readers of all generations.
type prober struct{ generations []platform.Generation }

func newProber(t *testing.T) prober {
	t.Helper()
	p := prober{[]platform.Generation{platform.Unversioned(), platform.ByVersion(platform.Newest)}}
	for _, name := range []string{"apl-4.5", "otomi-1.0"} {
		g, err := platform.ByName(name)
		if err != nil {
			t.Fatal(err)
		}
		p.generations = append(p.generations, g)
	}
	return p
}

// ask returns what is wrong with one value at a path, of which every [] is the one item
// of a list.
func (p prober) ask(path string, value any) (messages map[string][]string) {
	messages = map[string][]string{}
	parts := strings.Split(path, ".")
	for _, part := range slices.Backward(parts) {
		if name, isList := strings.CutSuffix(part, "[]"); isList {
			value = map[string]any{name: []any{value}}
		} else {
			value = map[string]any{part: value}
		}
	}
	text, _ := json.Marshal(value) // plain data
	for _, g := range p.generations {
		root, _ := tree.Parse("probe", text)
		v := defaults(g, false)
		rd := tree.Reader{}
		decode(tree.Cursor{Reader: &rd, Node: root}, nil, &v)
		for _, problem := range rd.Problems {
			place := strings.ReplaceAll(problem.Path, "[0]", "[]")
			messages[place] = append(messages[place], problem.Message)
		}
	}
	return messages
}

const unknownKey = "probe-x"

var (
	wantPattern = regexp.MustCompile(`^want (text|true or false|a whole number|a list|a mapping|bytes, a size like 10Gi, or unlimited), got`)
	keysPattern = regexp.MustCompile(`^is not known: want one of (.*)$`)
	enumPattern = regexp.MustCompile(`is not one of (.*)$`)
	needPattern = regexp.MustCompile(`^has no (\w+)$`)
)

func first(pattern *regexp.Regexp, messages []string) string {
	for _, m := range messages {
		if found := pattern.FindStringSubmatch(m); found != nil {
			return found[1]
		}
	}
	return ""
}

// schemaOf is what the readers take at a path.
func (p prober) schemaOf(path string) schema.Schema {
	said := p.ask(path, map[string]any{unknownKey: 1})
	switch first(wantPattern, said[path]) {
	case "text":
		s := schema.Schema{"type": "string"}
		if words := first(enumPattern, p.ask(path, "?")[path]); words != "" {
			s["enum"] = list(strings.Split(words, ", "))
		}
		return s
	case "true or false":
		return schema.Schema{"type": "boolean"}
	case "a whole number":
		return schema.Schema{"type": "integer"}
	case "a list":
		return schema.Schema{"type": "array", "items": p.schemaOf(path + "[]")}
	case "bytes, a size like 10Gi, or unlimited":
		return schema.Schema{"type": []any{"integer", "string"}}
	}
	names := strings.Split(first(keysPattern, said[tree.Join(path, unknownKey)]), ", ")
	strict := names[0] != ""
	if !strict {
		names = lenient()[path]
	}
	if len(names) == 0 {
		return schema.Schema{}
	}
	s := schema.Schema{"type": "object", "properties": schema.Schema{}}
	if strict {
		s["additionalProperties"] = false
	}
	for _, name := range names {
		s["properties"].(schema.Schema)[name] = p.schemaOf(path + "." + name)
	}
	var required []string
	for _, message := range p.ask(path, map[string]any{})[path] {
		if found := needPattern.FindStringSubmatch(message); found != nil && !slices.Contains(required, found[1]) {
			required = append(required, found[1])
		}
	}
	if len(required) > 0 {
		s["required"] = list(required)
	}
	return s
}

// lenient are the entries of which the readers take more keys than they read.
func lenient() map[string][]string {
	return map[string][]string{
		"users[]":                {"email", "firstName", "lastName", "initialPassword", "isPlatformAdmin", "isTeamAdmin", "teams", "groups"},
		"teamConfig.red.users[]": {"email", "username", "firstName", "lastName", "initialPassword"},
	}
}

func list(words []string) []any {
	out := make([]any, len(words))
	for i, w := range words {
		out[i] = w
	}
	return out
}

// put lays a schema at a dotted path of another.
func put(root schema.Schema, path string, s schema.Schema) {
	for name := range strings.SplitSeq(path, ".") {
		properties, there := root["properties"].(schema.Schema)
		if !there {
			properties = schema.Schema{}
			root["type"], root["properties"] = "object", properties
		}
		if properties[name] == nil {
			properties[name] = schema.Schema{}
		}
		root = properties[name].(schema.Schema)
	}
	for key, value := range s {
		root[key] = value
	}
}

// add lays the settings of a table into a schema, with what people want to know of each.
func (p prober) add(root schema.Schema, prefix string, all []setting) {
	for _, s := range all {
		for _, path := range append([]string{s.path}, s.aliases...) {
			found := p.schemaOf(prefix + s.path)
			var notes []string
			if s.fallback != "" {
				notes = append(notes, "default: "+s.fallback)
			}
			if len(s.variables) > 0 {
				notes = append(notes, "variable: "+strings.Join(s.variables, ", "))
			}
			if len(notes) > 0 {
				found["description"] = strings.Join(notes, "; ")
			}
			put(root, path, found)
		}
	}
}

// values is the schema of a file with full paths.
func (p prober) values() schema.Schema {
	root := schema.Schema{"type": "object", "properties": schema.Schema{}}
	for _, g := range p.generations {
		v := defaults(g, false)
		p.add(root, "", settings(&v))
	}
	team := schema.Schema{"type": []any{"object", "null"}, "properties": schema.Schema{}}
	p.add(team, "teamConfig.red.", teamRows())
	team["type"] = []any{"object", "null"}
	put(root, "teamConfig", schema.Schema{"type": "object", "additionalProperties": team})
	return root
}

// documents is the schema of a file with one document, whose kind and name say what its
// spec is.
func documents(values schema.Schema, kinds ...string) schema.Schema {
	all := values["properties"].(schema.Schema)
	at := func(name string) schema.Schema { return all[name].(schema.Schema) }
	team := at("teamConfig")["additionalProperties"].(schema.Schema)
	users, _ := at("users")["items"].(schema.Schema)
	specs := map[string]schema.Schema{
		"AplCluster": at("cluster"), "AplCapabilitySet": at("otomi"), "AplIdentityProvider": at("oidc"), "AplUser": users, "AplTeamSettingSet": team,
	}
	rules := []any{}
	rule := func(condition, spec schema.Schema) {
		rules = append(rules, schema.Schema{"if": condition, "then": schema.Schema{"properties": schema.Schema{"spec": spec}}})
	}
	kind := func(name string) schema.Schema { return schema.Schema{"kind": schema.Schema{"const": name}} }
	for _, name := range kinds {
		rule(schema.Schema{"required": []any{"kind"}, "properties": kind(name)}, specs[name])
	}
	for app, spec := range at("apps")["properties"].(schema.Schema) {
		condition := kind("AplApp")
		condition["metadata"] = schema.Schema{"properties": schema.Schema{"name": schema.Schema{"const": app}}, "required": []any{"name"}}
		rule(schema.Schema{"required": []any{"kind", "metadata"}, "properties": condition}, spec.(schema.Schema))
	}
	slices.SortFunc(rules, func(a, b any) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	return schema.Schema{
		"type": "object", "required": []any{"kind", "spec"}, "allOf": rules,
		"properties": schema.Schema{"kind": schema.Schema{"type": "string"}, "metadata": schema.Schema{"type": "object"}, "spec": schema.Schema{}},
	}
}

func (p prober) layouts() map[string]schema.Schema {
	b := []string{"AplCluster", "AplCapabilitySet", "AplIdentityProvider", "AplUser", "AplTeamSettingSet"}
	c := slices.DeleteFunc(slices.Clone(b), func(kind string) bool { return kind == "AplUser" })
	values := p.values()
	return map[string]schema.Schema{"values-a": values, "values-b": documents(values, b...), "values-c": documents(values, c...)}
}

// TestValuesSchemas keeps docs/schemas equal to what the readers take.
func TestValuesSchemas(t *testing.T) {
	for name, s := range newProber(t).layouts() {
		s["$schema"], s["$id"], s["title"] = schema.Draft, "https://otomi.io/tasks/schemas/"+name+".json", "Otomi Values, layout "+strings.ToUpper(name[len(name)-1:])
		path := filepath.Join("..", "..", "docs", "schemas", name+".json")
		diff, err := schema.Published(path, s, *update)
		if err != nil {
			t.Fatal(err)
		}
		if diff != "" {
			t.Errorf("%s is out of date (go test ./tasks/values -run Schemas -update): -want, +got:\n%s", path, diff)
		}
	}
}

// TestExamplesFitSchemas: files that the tasks take fit, and typos in what is all ours
// do not.
func TestExamplesFitSchemas(t *testing.T) {
	cases := []struct{ schema, folder string }{
		{"values-a", "values"}, {"values-a", "platform-a"}, {"values-b", "platform-b"}, {"values-c", "platform-c"},
	}
	for _, tc := range cases {
		files, err := filepath.Glob(filepath.Join("..", "..", "examples", tc.folder, "env", "*", "*.yaml"))
		if err != nil || len(files) == 0 {
			t.Fatal(files, err)
		}
		s := readSchema(t, tc.schema)
		for _, file := range files {
			for _, fault := range schema.Check(s, readYAML(t, file), false) {
				t.Errorf("%s: %s", file, fault)
			}
		}
	}
	typo := map[string]any{"teamConfig": map[string]any{"red": map[string]any{"harbor": map[string]any{"storageQouta": "5Gi", "public": "yes"}}}}
	want := []string{".teamConfig.red.harbor.public: yes is not of type boolean", ".teamConfig.red.harbor: storageQouta is not known"}
	if diff := cmp.Diff(want, schema.Check(readSchema(t, "values-a"), typo, false)); diff != "" {
		t.Errorf("-want, +got:\n%s", diff)
	}
}

func readSchema(t *testing.T, name string) schema.Schema {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("..", "..", "docs", "schemas", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var s schema.Schema
	if err := json.Unmarshal(content, &s); err != nil {
		t.Fatal(err)
	}
	return s
}

// readYAML reads a file as JSON would have it.
func readYAML(t *testing.T, file string) any {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var document any
	if err := yaml.Unmarshal(content, &document); err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(document)
	if err != nil {
		t.Fatal(err)
	}
	var out any
	if err := json.Unmarshal(text, &out); err != nil {
		t.Fatal(err)
	}
	return out
}
