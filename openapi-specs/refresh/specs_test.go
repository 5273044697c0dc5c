package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// folders are the applications' folders beside this one.
func folders(t *testing.T) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join("..", "*", sourceFile))
	if err != nil || len(found) == 0 {
		t.Fatalf("got folders %v and error %v", found, err)
	}
	for i := range found {
		found[i] = filepath.Dir(found[i])
	}
	return found
}

func TestSpecsHoldTheListedOperations(t *testing.T) {
	for _, folder := range folders(t) {
		wanted, err := readOperations(folder)
		if err != nil {
			t.Fatal(err)
		}
		var spec tree
		if err := readYAML(filepath.Join(folder, specFile), &spec); err != nil {
			t.Fatal(err)
		}
		got := Operations{}
		for path, item := range child(spec, "paths") {
			for method, operation := range item.(tree) {
				tags := operation.(tree)["tags"].([]any)
				name := operation.(tree)["operationId"].(string)
				got[strings.ToUpper(method)+" "+path] = Operation{Name: name, Tag: tags[0].(string)}
			}
		}
		if diff := cmp.Diff(wanted, got); diff != "" {
			t.Errorf("%s: spec.json is older than operations.yaml, run make specs (-want +got)\n%s", folder, diff)
		}
	}
}

func TestOverlaysGiveReasons(t *testing.T) {
	for _, folder := range folders(t) {
		var overlay struct {
			Overlay string
			Dialect string `yaml:"x-speakeasy-jsonpath"`
			Info    tree
			Actions []struct {
				Target, Description string
				Update              any
				Remove              bool
			}
		}
		if err := readYAML(filepath.Join(folder, "overlay.yaml"), &overlay); err != nil {
			t.Fatal(err)
		}
		for _, action := range overlay.Actions {
			if action.Description == "" {
				t.Errorf("%s: the action on %s has no reason", folder, action.Target)
			}
		}
	}
}

func TestReadOperationsRefusesDoubles(t *testing.T) {
	for _, folder := range []string{"testdata/same-name", "testdata/same-route"} {
		if _, err := readOperations(folder); err == nil {
			t.Errorf("%s: a duplicate operation would be lost silently", folder)
		}
	}
}

func TestCheckSum(t *testing.T) {
	source := Source{Artifact: "a", Version: "1", File: "f", SHA256: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}
	if err := checkSum(t.TempDir(), source, nil, false); err != nil {
		t.Errorf("the pinned content is accepted: got error %v", err)
	}
	if err := checkSum(t.TempDir(), source, []byte("other"), false); err == nil {
		t.Error("other content under the same version must be refused")
	}
}
