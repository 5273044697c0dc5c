package jsonmatch

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestJSON(t *testing.T) {
	cases := map[string]struct {
		reason    string
		want, got string
		problem   string // a part of it; "" means none
	}{
		"Same":             {"equal values match", `{"a":[1,"x",true]}`, `{"a":[1,"x",true]}`, ""},
		"Other":            {"the path leads to what differs", `{"a":{"b":1}}`, `{"a":{"b":2}}`, "a: b: got 2, want 1"},
		"More":             {"an object may hold more", `{"a":1}`, `{"a":1,"b":2}`, ""},
		"Less":             {"a field that is wanted must be there", `{"a":1,"b":2}`, `{"a":1}`, "b: got none"},
		"Any":              {"a text that is not known in advance", `{"id":"{any}"}`, `{"id":7}`, ""},
		"AnyMissing":       {"... must still be there", `{"id":"{any}"}`, `{}`, "id: got none"},
		"Missing":          {"null is wanted where a field must not be", `{"a":null}`, `{}`, ""},
		"Null":             {"... or be null", `{"a":null}`, `{"a":null}`, ""},
		"NotMissing":       {"... and nothing else", `{"a":null}`, `{"a":""}`, "want none"},
		"NoObject":         {"an object is not a list", `{}`, `[]`, "want an object"},
		"NoList":           {"null is not an empty list", `[]`, `null`, "want a list"},
		"Order":            {"the order of a list does not matter", `[1,2]`, `[2,1]`, ""},
		"LongList":         {"a list holds no more than is wanted", `[1]`, `[1,2]`, "got 2 elements"},
		"OpenList":         {"... unless that is said", `["...",1]`, `[2,1]`, ""},
		"OpenListLacksOne": {"... and what is wanted is there", `["...",3]`, `[2,1]`, "no element like 3"},
		"Twice":            {"an element counts once", `[1,1]`, `[1,2]`, "no element like 1"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got := JSON(decode(t, tc.want), decode(t, tc.got))
			if (got == "") != (tc.problem == "") || !strings.Contains(got, tc.problem) {
				t.Errorf("%s: got %q, want %q", tc.reason, got, tc.problem)
			}
		})
	}
}

func decode(t *testing.T, text string) (v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatal(err)
	}
	return v
}
