package document_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"otomi.io/tasks/tasks/document"
)

type role struct {
	Name       string            `json:"name"`
	Note       *string           `json:"note,omitempty"`
	Attributes map[string]string `json:"attributes,omitempty"`
	Tags       []string          `json:"tags"`
}

func TestMerge(t *testing.T) {
	cases := map[string]struct {
		reason   string
		base     string
		declared []any
		want     string
	}{
		"Nothing":      {"an object without keys is one", `{}`, nil, `{}`},
		"BaseOnly":     {"nothing is declared, nothing is lost", `{"b":1,"a":{"x":[1,2]}}`, nil, `{"a":{"x":[1,2]},"b":1}`},
		"Keep":         {"what is not declared stays", `{"id":"7","name":"old","composite":true,"tags":["y"]}`, []any{role{Name: "a", Tags: []string{}}}, `{"id":"7","name":"a","composite":true,"tags":[]}`},
		"MergeObjects": {"objects merge by key", `{"attributes":{"theirs":"1","ours":"0"}}`, []any{map[string]any{"attributes": map[string]string{"ours": "2"}}}, `{"attributes":{"theirs":"1","ours":"2"}}`},
		"MergeDeep":    {"at every depth", `{"a":{"b":{"c":{"x":1,"y":1}}}}`, []any{map[string]any{"a": map[string]any{"b": map[string]any{"c": map[string]any{"y": 2}}}}}, `{"a":{"b":{"c":{"x":1,"y":2}}}}`},
		"EmptyObject":  {"an empty object declares no key", `{"a":{"x":1}}`, []any{map[string]any{"a": map[string]any{}}}, `{"a":{"x":1}}`},
		"ReplaceList":  {"lists are replaced", `{"a":[1,2,3]}`, []any{map[string]any{"a": []int{4}}}, `{"a":[4]}`},
		"OtherType":    {"an object takes the place of another value", `{"a":"text"}`, []any{map[string]any{"a": map[string]any{"x": 1}}}, `{"a":{"x":1}}`},
		"OverObject":   {"another value takes the place of an object", `{"a":{"x":1}}`, []any{map[string]any{"a": "text"}}, `{"a":"text"}`},
		"OverNull":     {"an object takes the place of null", `{"a":null}`, []any{map[string]any{"a": map[string]any{"x": 1}}}, `{"a":{"x":1}}`},
		"Null":         {"a declared null is said", `{"a":{"x":1}}`, []any{map[string]any{"a": nil}}, `{"a":null}`},
		"Order":        {"later ones win", `{"a":0}`, []any{map[string]any{"a": 1, "b": 1}, map[string]any{"a": 2}}, `{"a":2,"b":1}`},
		"NilDeclared":  {"a nil pointer declares nothing", `{"a":1}`, []any{(*role)(nil)}, `{"a":1}`},
		"Numbers":      {"numbers keep every digit", `{"big":12345678901234567890,"one":1.0,"e":1e400}`, []any{map[string]any{"x": 1}}, `{"big":12345678901234567890,"e":1e400,"one":1.0,"x":1}`},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := document.Merge([]byte(tc.base), tc.declared...)
			if err != nil {
				t.Fatalf("%s\nMerge(...): %v", tc.reason, err)
			}
			if diff := cmp.Diff(decode(t, []byte(tc.want)), decode(t, got)); diff != "" {
				t.Errorf("%s\nMerge(...): -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

func TestNew(t *testing.T) {
	cases := map[string]struct {
		reason   string
		declared []any
		want     string // "" is an error
	}{
		"Nothing":     {"an object without keys", nil, `{}`},
		"One":         {"all that is declared", []any{role{Name: "a", Tags: []string{"x"}}}, `{"name":"a","tags":["x"]}`},
		"Several":     {"later ones win, objects merge", []any{map[string]any{"id": "7", "attributes": map[string]string{"a": "1"}}, role{Name: "a", Attributes: map[string]string{"b": "2"}}}, `{"id":"7","name":"a","attributes":{"a":"1","b":"2"},"tags":null}`},
		"Nil":         {"a nil pointer declares nothing", []any{(*role)(nil)}, `{}`},
		"List":        {"a list cannot be merged", []any{[]string{"a"}}, ""},
		"Unencodable": {"a channel has no JSON", []any{make(chan int)}, ""},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := document.New(tc.declared...)
			if tc.want == "" {
				if err == nil || errors.Is(err, document.ErrNoObject) {
					t.Errorf("%s: New(...) = %s, %v, want an error of what was declared", tc.reason, got, err)
				}
				return
			}
			if err != nil {
				t.Fatalf("%s\nNew(...): %v", tc.reason, err)
			}
			if diff := cmp.Diff(decode(t, []byte(tc.want)), decode(t, got)); diff != "" {
				t.Errorf("%s\nNew(...): -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

func TestMergeFails(t *testing.T) {
	cases := map[string]struct {
		reason   string
		base     string
		declared any
		server   bool // it is the server's object that is wrong
	}{
		"BaseEmpty":    {"an empty answer is not an object without keys", ``, role{}, true},
		"BaseBlank":    {"nor is a line end", "\r\n", role{}, true},
		"BaseNull":     {"null is not an object", ` null `, role{}, true},
		"BaseList":     {"a list is not an object", `[]`, role{}, true},
		"BaseText":     {"a text is not an object", `"a"`, role{}, true},
		"BaseCut":      {"half an answer is invalid", `{"a":`, role{}, true},
		"BasePage":     {"a proxy's page is invalid", `<html></html>`, role{}, true},
		"DeclaredList": {"a list cannot be merged", `{}`, []string{"a"}, false},
		"Unencodable":  {"a channel has no JSON", `{}`, map[string]any{"a": make(chan int)}, false},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := document.Merge([]byte(tc.base), tc.declared)
			if err == nil || got != nil || errors.Is(err, document.ErrNoObject) != tc.server {
				t.Errorf("%s: Merge(...) = %s, %v, want an error, of the server's object: %v", tc.reason, got, err, tc.server)
			}
		})
	}
}

// decode keeps the digits of numbers.
func decode(t *testing.T, data []byte) any {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		t.Fatalf("decoding %q: %v", data, err)
	}
	return value
}

// FuzzMerge lays one object over another one: all of the upper one is there,
// what only the lower one has is still there, and a second merge changes nothing.
func FuzzMerge(f *testing.F) {
	f.Add(`{"a":{"b":1,"c":[1]},"d":null}`, `{"a":{"b":2},"e":"x"}`)
	f.Add(`null`, `{"a":{}}`)
	f.Add(`{"a":{"a":{"a":1}}}`, `{"a":{"a":[]}}`)
	f.Add("{\"<&>\u2028\":\"<\"}", `{"":"\u0000"}`)
	f.Fuzz(func(t *testing.T, base, over string) {
		var declared map[string]json.RawMessage
		if !utf8.ValidString(base+over) || json.Unmarshal([]byte(over), &declared) != nil {
			return // no JSON object
		}
		once, err := document.Merge([]byte(base), declared)
		if !object([]byte(base)) {
			if !errors.Is(err, document.ErrNoObject) {
				t.Errorf("Merge(%q, %q) = %q, %v, want ErrNoObject", base, over, once, err)
			}
			return
		}
		if err != nil {
			t.Fatalf("Merge(%q, %q): %v", base, over, err)
		}
		twice, err := document.Merge(once, declared)
		if err != nil || !bytes.Equal(once, twice) {
			t.Errorf("Merge(%q, %q) = %q, once more %q, %v", base, over, once, twice, err)
		}
		checkMerged(t, fields(t, []byte(base)), fields(t, []byte(over)), fields(t, once))
	})
}

func object(data []byte) bool {
	var o map[string]json.RawMessage
	return json.Unmarshal(data, &o) == nil && o != nil
}

func fields(t *testing.T, data []byte) map[string]any {
	t.Helper()
	o, _ := decode(t, data).(map[string]any)
	return o
}

func checkMerged(t *testing.T, base, over, merged map[string]any) {
	t.Helper()
	for key, value := range over {
		inner, isObject := value.(map[string]any)
		lower, overObject := base[key].(map[string]any)
		if isObject && overObject {
			upper, _ := merged[key].(map[string]any)
			checkMerged(t, lower, inner, upper)
		} else if diff := cmp.Diff(value, merged[key]); diff != "" {
			t.Errorf("declared %q: -want, +got:\n%s", key, diff)
		}
	}
	for key, value := range base {
		if _, declared := over[key]; declared {
			continue
		}
		if diff := cmp.Diff(value, merged[key]); diff != "" {
			t.Errorf("%q was not declared: -want, +got:\n%s", key, diff)
		}
	}
}
