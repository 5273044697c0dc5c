// Package schema makes JSON Schemas of Go types and checks documents against them: as
// much of draft 2020-12 as the schemas of docs/schemas use.
package schema

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"

	"github.com/google/go-cmp/cmp"
)

// Schema is a JSON Schema.
type Schema = map[string]any

// Draft is what the schemas are written in.
const Draft = "https://json-schema.org/draft/2020-12/schema"

// Published compares a schema with its file in docs/schemas, and writes it first where
// that is wanted; "" is no difference.
func Published(file string, s Schema, update bool) (diff string, err error) {
	want, err := Encode(s)
	if err == nil && update {
		err = os.WriteFile(file, want, 0o600)
	}
	if err != nil {
		return "", err
	}
	got, err := os.ReadFile(file)
	return cmp.Diff(string(want), string(got)), err
}

// Of makes the schema of a type as encoding/json writes it. Some fields have a schema of
// their own, by the name of the type and the field, such as Line.action.
func Of(t reflect.Type, own map[string]Schema) Schema {
	switch {
	case t.Kind() == reflect.Pointer:
		return Of(t.Elem(), own)
	case t.PkgPath() == "time" && t.Name() == "Time":
		return Schema{"type": "string", "format": "date-time"}
	}
	switch t.Kind() {
	case reflect.Struct:
		return object(t, own)
	case reflect.Slice:
		return Schema{"type": "array", "items": Of(t.Elem(), own)}
	case reflect.Map:
		return Schema{"type": "object", "additionalProperties": Of(t.Elem(), own)}
	case reflect.Bool:
		return Schema{"type": "boolean"}
	case reflect.Float64:
		return Schema{"type": "number"}
	case reflect.Int, reflect.Int64:
		return Schema{"type": "integer"}
	case reflect.String:
		return Schema{"type": "string"}
	default:
		return Schema{}
	}
}

func object(t reflect.Type, own map[string]Schema) Schema {
	properties, required := Schema{}, []any{}
	for _, f := range reflect.VisibleFields(t) {
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.Anonymous || name == "" {
			continue
		}
		s, special := own[t.Name()+"."+name]
		if !special {
			s = Of(f.Type, own)
		}
		properties[name] = s
		if !strings.Contains(options, "omit") {
			required = append(required, name)
		}
	}
	return Schema{"type": "object", "properties": properties, "required": required}
}

// Encode prints a schema.
func Encode(s Schema) ([]byte, error) {
	text, err := json.MarshalIndent(s, "", "  ")
	return append(text, '\n'), err
}

// Check lists what of a decoded document does not fit. A property that the schema does
// not name is none, unless strict.
func Check(s Schema, document any, strict bool) []string {
	c := checker{strict: strict}
	c.check(s, document, "")
	slices.Sort(c.faults)
	return c.faults
}

type checker struct {
	strict bool
	faults []string
}

func (c *checker) fail(path, format string, args ...any) {
	c.faults = append(c.faults, path+": "+fmt.Sprintf(format, args...))
}

func (c *checker) check(s Schema, v any, path string) {
	if kinds := listOf(s["type"]); len(kinds) > 0 && !slices.ContainsFunc(kinds, func(k any) bool { return is(k, v) }) {
		c.fail(path, "%v is not of type %v", v, s["type"])
		return
	}
	if values := listOf(s["enum"]); len(values) > 0 && !slices.Contains(values, v) {
		c.fail(path, "%v is not one of %v", v, values)
	}
	if want, fixed := s["const"]; fixed && !reflect.DeepEqual(want, v) {
		c.fail(path, "%v is not %v", v, want)
	}
	c.object(s, v, path)
	items, _ := s["items"].(Schema)
	list, _ := v.([]any)
	for i, item := range list {
		if items != nil {
			c.check(items, item, fmt.Sprintf("%s[%d]", path, i))
		}
	}
	for _, part := range listOf(s["allOf"]) {
		rule, _ := part.(Schema)
		c.conditional(rule, v, path)
	}
}

// conditional checks the then of a part whose if fits.
func (c *checker) conditional(s Schema, v any, path string) {
	condition, _ := s["if"].(Schema)
	then, _ := s["then"].(Schema)
	if condition != nil && len(Check(condition, v, false)) == 0 {
		c.check(then, v, path)
	}
}

func (c *checker) object(s Schema, v any, path string) {
	fields, isObject := v.(map[string]any)
	properties, _ := s["properties"].(Schema)
	if !isObject {
		return
	}
	for _, name := range listOf(s["required"]) {
		key, _ := name.(string)
		if _, there := fields[key]; !there {
			c.fail(path, "has no %s", name)
		}
	}
	more, others := s["additionalProperties"].(Schema)
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		property, known := properties[name].(Schema)
		switch {
		case known:
			c.check(property, fields[name], path+"."+name)
		case others:
			c.check(more, fields[name], path+"."+name)
		case s["additionalProperties"] == false, c.strict && properties != nil:
			c.fail(path, "%s is not known", name)
		}
	}
}

func listOf(v any) []any {
	if list, ok := v.([]any); ok {
		return list
	}
	if text, ok := v.(string); ok {
		return []any{text}
	}
	return nil
}

func is(kind, v any) bool {
	switch kind {
	case "object":
		_, ok := v.(map[string]any)
		return ok
	case "array":
		_, ok := v.([]any)
		return ok
	case "string":
		_, ok := v.(string)
		return ok
	case "boolean":
		_, ok := v.(bool)
		return ok
	case "null":
		return v == nil
	}
	n, isNumber := v.(float64)
	return isNumber && (kind == "number" || n == float64(int64(n)))
}
