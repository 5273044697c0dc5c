package plan_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"otomi.io/tasks/tasks/plan"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s: -want, +got:\n%s", path, diff)
	}
}

// many is a plan with every sort of line.
func many() *boxes {
	owned := plan.Meta{ID: "7", Team: "red", Ownership: plan.Ours}
	p := of(
		map[string]box{
			"created":  {Meta: plan.Meta{Team: "red"}, Title: "new"},
			"updated":  {Meta: plan.Meta{Team: "red"}, Title: `<b>"new"</b>`, Note: new("3"), Count: 3, Tags: []string{}, Key: secret{"sesame-a"}},
			"platform": {Count: 1},
		},
		map[string]box{
			"updated":            {Meta: owned, Title: "old\n+ create box forged", Tags: []string{"a", "b"}, Key: secret{"sesame-b"}},
			"platform":           {Meta: plan.Meta{Ownership: plan.Ours}, KeyOf: map[string]secret{"door": {"sesame-c"}}},
			"deleted":            {Meta: owned, Key: secret{"sesame-d"}},
			"kept for now":       {Meta: owned},
			"x\x1b[2K\n+ forged": {Meta: owned},
		})
	p.Boxes.Changes[2].Danger = "key"
	for i, c := range p.Boxes.Changes {
		if c.Name == "kept for now" {
			p.Boxes.Changes[i].Blocked = "policy upsert-only"
		}
	}
	p.Racks = plan.Diff("rack", map[string]rack{"first": {Size: 2}}, nil)
	return p
}

func TestWriteText(t *testing.T) {
	var out bytes.Buffer
	if err := plan.WriteText(&out, plan.Lines(many())); err != nil {
		t.Fatalf("WriteText(...): %v", err)
	}
	golden(t, "plan.txt", out.Bytes())
}

func TestWriteJSON(t *testing.T) {
	var out bytes.Buffer
	if err := plan.WriteJSON(&out, "box-task", plan.Header{{Name: "server", Value: "Boxes 1.2"}}, plan.Lines(many())); err != nil {
		t.Fatalf("WriteJSON(...): %v", err)
	}
	if line, rest, _ := strings.Cut(out.String(), "\n"); rest != "" || !json.Valid([]byte(line)) {
		t.Errorf("WriteJSON(...): want one line of JSON, got %q", out.String())
	}
	var indented bytes.Buffer
	if err := json.Indent(&indented, out.Bytes(), "", "  "); err != nil {
		t.Fatalf("WriteJSON(...) wrote no JSON: %v", err)
	}
	golden(t, "plan.json", indented.Bytes())
}

// TestWriteEmpty: a program finds a list, if an empty one, and a person a word.
func TestWriteEmpty(t *testing.T) {
	none := plan.Lines(&boxes{})
	cases := map[string]struct {
		reason string
		write  func(*bytes.Buffer) error
		want   string
	}{
		"Text": {"a word", func(b *bytes.Buffer) error { return plan.WriteText(b, none) }, "no changes\n"},
		"JSON": {"a list", func(b *bytes.Buffer) error { return plan.WriteJSON(b, "t", nil, none) },
			`{"formatVersion":1,"task":"t","changes":[],"counts":{"create":0,"update":0,"delete":0,"blocked":0}}` + "\n"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			if err := tc.write(&out); err != nil {
				t.Fatalf("%s: %v", tc.reason, err)
			}
			if diff := cmp.Diff(tc.want, out.String()); diff != "" {
				t.Errorf("%s: -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// TestSecretsAreNotWritten greps both forms for every secret of the plan.
func TestSecretsAreNotWritten(t *testing.T) {
	var out bytes.Buffer
	lines := plan.Lines(many())
	if err := errors.Join(plan.WriteText(&out, lines), plan.WriteJSON(&out, "t", nil, lines)); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(out.String(), "sesame") {
		t.Errorf("a secret was written:\n%s", out.String())
	}
	if !strings.Contains(out.String(), "key: changed") || !strings.Contains(out.String(), `"secret":true`) {
		t.Errorf("that a secret changes was not written:\n%s", out.String())
	}
}

// brokenPipe is a reader that went away.
type brokenPipe struct{}

var errBroken = errors.New("broken pipe")

func (brokenPipe) Write([]byte) (int, error) { return 0, errBroken }

func TestWriteFails(t *testing.T) {
	none := plan.Lines(&boxes{})
	for name, err := range map[string]error{
		"Text": plan.WriteText(brokenPipe{}, none),
		"JSON": plan.WriteJSON(brokenPipe{}, "t", nil, none),
	} {
		if !errors.Is(err, errBroken) {
			t.Errorf("%s: want the writer's error, got %v", name, err)
		}
	}
}

func TestCount(t *testing.T) {
	line := func(a plan.Action, blocked string) plan.Line { return plan.Line{Action: a, Blocked: blocked} }
	cases := map[string]struct {
		reason  string
		lines   []plan.Line
		want    plan.Counts
		pending int
		text    string
	}{
		"None":    {"nothing to do", nil, plan.Counts{}, 0, "no changes"},
		"Create":  {"one change", []plan.Line{line(plan.Create, "")}, plan.Counts{Create: 1}, 1, "1 to create, 0 to update, 0 to delete"},
		"Blocked": {"only blocked ones: nothing is pending, and yet not all is well", []plan.Line{line(plan.Delete, "policy")}, plan.Counts{Blocked: 1}, 0, "0 to create, 0 to update, 0 to delete, 1 blocked"},
		"All": {
			"a blocked change counts once",
			[]plan.Line{line(plan.Create, ""), line(plan.Update, ""), line(plan.Update, ""), line(plan.Delete, ""), line(plan.Create, "x"), line(plan.Update, "x")},
			plan.Counts{Create: 1, Update: 2, Delete: 1, Blocked: 2}, 4, "1 to create, 2 to update, 1 to delete, 2 blocked",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got := plan.Count(slices.Values(tc.lines))
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s\nCount(...): -want, +got:\n%s", tc.reason, diff)
			}
			if got.Pending() != tc.pending || got.String() != tc.text {
				t.Errorf("%s: Pending() = %d, String() = %q, want %d, %q", tc.reason, got.Pending(), got, tc.pending, tc.text)
			}
		})
	}
}

// TestLinesOrder: kinds come in the order of dependency, whatever their names.
func TestLinesOrder(t *testing.T) {
	p := of(map[string]box{"z": {}, "a": {}}, nil)
	p.Racks = plan.Diff("rack", map[string]rack{"m": {}}, nil)
	var got []string
	for line := range plan.Lines(p) {
		got = append(got, line.Kind+"/"+line.Name)
	}
	if diff := cmp.Diff([]string{"box/a", "box/z", "rack/m"}, got); diff != "" {
		t.Errorf("Lines(...): -want, +got:\n%s", diff)
	}
}
