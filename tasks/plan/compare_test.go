package plan_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"otomi.io/tasks/tasks/plan"
)

func TestCompare(t *testing.T) {
	cases := map[string]struct {
		reason           string
		desired, current box
		want             []plan.Field
	}{
		"Nothing": {
			reason: "two zero values are equal",
		},
		"NilPointer": {
			reason:  "nil means unmanaged",
			current: box{Note: new("theirs"), Open: new(true)},
		},
		"PointerToZero": {
			reason:  "a declared empty text and a declared false are said",
			desired: box{Note: new(""), Open: new(false)}, current: box{Note: new("old"), Open: new(true)},
			want: []plan.Field{{Path: "note", Before: `"old"`, After: `""`}, {Path: "open", Before: "true", After: "false"}},
		},
		"PointerToAbsent": {
			reason:  "the server has no such field yet: empty and absent are not the same",
			desired: box{Note: new(""), Open: new(false)},
			want:    []plan.Field{{Path: "note", Before: "(absent)", After: `""`}, {Path: "open", Before: "(absent)", After: "false"}},
		},
		"PointerEqual": {
			reason:  "two pointers to the same text are equal",
			desired: box{Note: new("a")}, current: box{Note: new("a")},
		},
		"Scalar": {
			reason:  "a field that cannot be nil is always declared",
			current: box{Title: "theirs", Count: 3},
			want:    []plan.Field{{Path: "title", Before: `"theirs"`, After: `""`}, {Path: "count", Before: "3", After: "0"}},
		},
		"NumberAndText": {
			reason:  "a text that looks like a number is quoted, a number is not",
			desired: box{Title: "3", Count: 4}, current: box{Title: "2", Count: 3},
			want: []plan.Field{{Path: "title", Before: `"2"`, After: `"3"`}, {Path: "count", Before: "3", After: "4"}},
		},
		"NilSlice": {
			reason:  "a nil slice is not declared",
			current: box{Tags: []string{"theirs"}},
		},
		"EmptySlice": {
			reason:  "an empty slice means empty",
			desired: box{Tags: []string{}}, current: box{Tags: []string{"a", "b"}},
			want: []plan.Field{{Path: "tags", Before: `["a", "b"]`, After: "[]"}},
		},
		"EmptySliceAndNone": {
			reason:  "servers leave out empty lists: empty and absent lists are equal",
			desired: box{Tags: []string{}},
		},
		"Slice": {
			reason:  "the whole slice counts, with its order",
			desired: box{Tags: []string{"b", "a"}}, current: box{Tags: []string{"a", "b"}},
			want: []plan.Field{{Path: "tags", Before: `["a", "b"]`, After: `["b", "a"]`}},
		},
		"SliceToAbsent": {
			reason:  "a list that the server does not have prints as an empty one",
			desired: box{Tags: []string{"a"}},
			want:    []plan.Field{{Path: "tags", Before: "[]", After: `["a"]`}},
		},
		"SliceEqual": {
			reason:  "equal texts in other memory",
			desired: box{Tags: []string{"a"}}, current: box{Tags: []string{"a"}},
		},
		"SliceOfStructs": {
			reason:  "the items print as what they hold, not as addresses in memory",
			desired: box{Parts: []part{{Name: "a", Notes: new("n")}}}, current: box{Parts: []part{{Name: "a"}}},
			want: []plan.Field{{Path: "parts", Before: `[{"name":"a"}]`, After: `[{"name":"a","notes":"n"}]`}},
		},
		"SliceOfStructsEqual": {
			reason:  "pointers inside items are followed",
			desired: box{Parts: []part{{Name: "a", Notes: new("n")}}}, current: box{Parts: []part{{Name: "a", Notes: new("n")}}},
		},
		"NilMap": {
			reason:  "a nil map is not declared",
			current: box{Config: map[string]string{"theirs": "1"}},
		},
		"EmptyMap": {
			reason:  "an empty map declares no key, and other keys are the server's",
			desired: box{Config: map[string]string{}}, current: box{Config: map[string]string{"theirs": "1"}},
		},
		"Map": {
			reason:  "only the declared keys, in their order",
			desired: box{Config: map[string]string{"z": "1", "a": "2", "same": "3", "new": ""}},
			current: box{Config: map[string]string{"z": "0", "a": "0", "same": "3", "theirs": "4"}},
			want: []plan.Field{
				{Path: "config.a", Before: `"0"`, After: `"2"`},
				{Path: "config.new", Before: "(absent)", After: `""`},
				{Path: "config.z", Before: `"0"`, After: `"1"`},
			},
		},
		"MapToAbsent": {
			reason:  "the server has no map at all",
			desired: box{Config: map[string]string{"a": "1"}},
			want:    []plan.Field{{Path: "config.a", Before: "(absent)", After: `"1"`}},
		},
		"MapOfNumbers": {
			reason:  "keys that are not texts are told apart, too",
			desired: box{Levels: map[int]string{1: "a", 2: "b"}}, current: box{Levels: map[int]string{1: "x", 2: "y"}},
			want: []plan.Field{{Path: "levels.1", Before: `"x"`, After: `"a"`}, {Path: "levels.2", Before: `"y"`, After: `"b"`}},
		},
		"MapOfSlices": {
			reason:  "each list follows the rules of lists",
			desired: box{Lists: map[string][]string{"nil": nil, "empty": {}, "none": {}, "other": {"b"}, "same": {"c"}}},
			current: box{Lists: map[string][]string{"nil": {"theirs"}, "empty": {"x"}, "other": {"a"}, "same": {"c"}}},
			want: []plan.Field{
				{Path: "lists.empty", Before: `["x"]`, After: "[]"},
				{Path: "lists.other", Before: `["a"]`, After: `["b"]`},
			},
		},
		"NestedStruct": {
			reason:  "a struct is compared field by field, its nil pointers are not declared",
			desired: box{Lid: lid{Weight: 2}}, current: box{Lid: lid{Colour: new("red"), Weight: 1}},
			want: []plan.Field{{Path: "lid.weight", Before: "1", After: "2"}},
		},
		"NilStruct": {
			reason:  "a nil struct is not declared",
			current: box{Spare: &lid{Weight: 3}},
		},
		"StructToAbsent": {
			reason:  "each declared field of a struct that the server does not have",
			desired: box{Spare: &lid{Colour: new("red")}},
			want:    []plan.Field{{Path: "spare.colour", Before: "(absent)", After: `"red"`}, {Path: "spare.weight", Before: "(absent)", After: "0"}},
		},
		"AnyNil": {
			reason:  "nil means unmanaged, whatever the type",
			current: box{Extra: 3},
		},
		"AnyScalar": {
			reason:  "the values inside are compared",
			desired: box{Extra: "a"}, current: box{Extra: "b"},
			want: []plan.Field{{Path: "extra", Before: `"b"`, After: `"a"`}},
		},
		"AnyMap": {
			reason:  "a map inside keeps the rules of maps",
			desired: box{Extra: map[string]any{"a": 1.0}}, current: box{Extra: map[string]any{"a": 1.0, "b": 2.0}},
		},
		"AnyOtherType": {
			reason:  "another type is another value, not a crash",
			desired: box{Extra: map[string]any{"a": 1.0}}, current: box{Extra: []any{"a"}},
			want: []plan.Field{{Path: "extra", Before: `["a"]`, After: `{"a":1}`}},
		},
		"Tags": {
			reason:  "left out where the tag says so, named like the field where JSON has no name",
			desired: box{Parent: "a", JustAName: "a", Hidden: "a", private: "a"}, current: box{Parent: "b", JustAName: "b", Hidden: "b", private: "b"},
			want: []plan.Field{{Path: "justAName", Before: `"b"`, After: `"a"`}, {Path: "hidden", Before: `"b"`, After: `"a"`}},
		},
		"Meta": {
			reason:  "what a plan knows besides the fields is not compared",
			desired: box{Meta: plan.Meta{Team: "a"}}, current: box{Meta: plan.Meta{ID: "1", Team: "b", Ownership: plan.Ours}},
		},
		"Order": {
			reason:  "fields come in the order of the struct",
			desired: box{Hidden: "a", Count: 1, Title: "a"},
			want: []plan.Field{
				{Path: "title", Before: `""`, After: `"a"`}, {Path: "count", Before: "0", After: "1"}, {Path: "hidden", Before: `""`, After: `"a"`},
			},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, plan.Compare(tc.desired, tc.current)); diff != "" {
				t.Errorf("%s\nCompare(...): -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// TestCompareSecrets uses secrets that print themselves: only Compare can hide
// them.
func TestCompareSecrets(t *testing.T) {
	a, b := secret{"sesame-a"}, secret{"sesame-b"}
	cases := map[string]struct {
		reason           string
		desired, current box
		want             []plan.Field
	}{
		"Changed":        {"neither value is shown", box{Key: a}, box{Key: b}, []plan.Field{{Path: "key", Secret: true}}},
		"Same":           {"equal texts", box{Key: a}, box{Key: a}, nil},
		"NilPointer":     {"nil means unmanaged", box{}, box{NextKey: &a}, nil},
		"PointerChanged": {"a pointer to a secret is one", box{NextKey: &a}, box{NextKey: &b}, []plan.Field{{Path: "nextKey", Secret: true}}},
		"PointerAbsent":  {"the server has none", box{NextKey: &a}, box{}, []plan.Field{{Path: "nextKey", Secret: true}}},
		"PointerSame":    {"equal texts behind two pointers", box{NextKey: &a}, box{NextKey: &secret{"sesame-a"}}, nil},
		"List":           {"a list of secrets is one", box{Keys: []secret{a}}, box{Keys: []secret{b}}, []plan.Field{{Path: "keys", Secret: true}}},
		"ListSame":       {"equal lists", box{Keys: []secret{a}}, box{Keys: []secret{a}}, nil},
		"Map":            {"the key is shown, the value is not", box{KeyOf: map[string]secret{"door": a}}, box{KeyOf: map[string]secret{"door": b}}, []plan.Field{{Path: "keyOf.door", Secret: true}}},
		"MapAbsent":      {"a new secret in a map", box{KeyOf: map[string]secret{"door": a}}, box{}, []plan.Field{{Path: "keyOf.door", Secret: true}}},
		"InAny":          {"a secret in an any", box{Extra: a}, box{Extra: b}, []plan.Field{{Path: "extra", Secret: true}}},
		"ForText":        {"a secret where a text was", box{Extra: a}, box{Extra: "sesame-old"}, []plan.Field{{Path: "extra", Secret: true}}},
		"TextFor":        {"a text where a secret was", box{Extra: "a"}, box{Extra: a}, []plan.Field{{Path: "extra", Before: "***", After: `"a"`}}},
		"InListOfAny":    {"a secret among other things", box{Extra: []any{a, 1}}, box{Extra: []any{b, 1}}, []plan.Field{{Path: "extra", Before: "[***, 1]", After: "[***, 1]"}}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, plan.Compare(tc.desired, tc.current)); diff != "" {
				t.Errorf("%s\nCompare(...): -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}
