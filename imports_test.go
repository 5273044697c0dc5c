package tasks_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// module is the module's path.
const module = "otomi.io/tasks"

// layer is a part of the module and what of the module it may import beside
// itself. Folders include what is below them; "*" stands for one name.
type layer struct {
	folder  string
	imports []string
	reason  string
}

// layers are in the order of precedence: a package belongs to the first one
// that fits.
func layers() []layer {
	shared := []string{"tasks/plan", "tasks/task", "tasks/inventory", "tasks/platform", "tasks/values", "tasks/kube", "tasks/document", "tasks/fingerprint"}
	return []layer{
		{"tasks/plan", nil, "a plan is pure: it imports only the standard library"},
		{"tasks/typo", nil, "comparing words needs nothing of ours"},
		{"tasks/values", []string{"tasks/platform", "tasks/typo"}, "the values know neither applications nor tasks"},
		{"tasks/document", nil, "merging JSON needs nothing of ours"},
		{"tasks/fingerprint", []string{"tasks/values"}, "a fingerprint is made of secrets"},
		{"tasks/kube", []string{"tasks/values"}, "every task uses Kubernetes, which knows none of them"},
		{"tasks/inventory", []string{"tasks/values", "tasks/kube"}, "what a task remembers is stored in Kubernetes"},
		{"tasks/platform", nil, "the platform is plain tables"},
		{"tasks/task", []string{"tasks/plan", "tasks/values", "tasks/kube", "tasks/inventory", "clients/transport"}, "the contract knows neither tasks nor the loop"},
		{"tasks/reading", []string{"tasks/plan", "tasks/task", "tasks/inventory", "tasks/values"}, "what to read follows from what was stored, without a request to an application"},
		{"tasks/report", []string{"tasks/plan", "tasks/task"}, "a report is told by the loop"},
		{"tasks/render", []string{"tasks/plan", "tasks/values"}, "what the values ask for needs no server"},
		{"tasks/run", []string{"tasks/report", "tasks/render", "tasks/typo", "tasks/plan", "tasks/task", "tasks/reading", "tasks/inventory", "tasks/platform", "tasks/values", "tasks/kube", "clients/transport", "clients/git"}, "the loop knows neither tasks nor applications"},
		{"tasks/*", append(shared, "clients"), "a task uses clients and the contract, never the loop, another task or a simulator"},
		{"clients/transport", nil, "transport is below every client"},
		{"clients", []string{"clients"}, "another module can import a client: it knows no task and no simulator"},
		{"cmd/simulator", []string{"internal/sim"}, "the simulator is not a task"},
		{"cmd/*", []string{"tasks", "clients"}, "a command starts its task and holds no simulator"},
		{"internal", []string{"internal", "tasks", "clients"}, "what proves the product may look at all of it"},
		{".", nil, "the root holds no code"},
	}
}

// source is what the files of one folder say.
type source struct {
	folder string
	// name and documented are of the package, without its tests.
	name                 string
	documented           bool
	imports, testImports []string
}

// sources reads every folder of the module. It reads the files itself and asks
// no other program, so that go test knows when to run this again.
func sources(t *testing.T) []source {
	t.Helper()
	var all []source
	err := filepath.WalkDir(".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.IsDir() {
			return err
		}
		if name != "." && foreign(name) {
			return fs.SkipDir
		}
		s, err := readFolder(name)
		if len(s.imports)+len(s.testImports) > 0 || s.name != "" {
			all = append(all, s)
		}
		return err
	})
	if err != nil {
		t.Fatalf("reading the module: %v", err)
	}
	if len(all) < 10 {
		t.Fatalf("only %d packages were found", len(all))
	}
	return all
}

// foreign folders are not part of the module for the go command either.
func foreign(folder string) bool {
	base := filepath.Base(folder)
	_, err := os.Stat(filepath.Join(folder, "go.mod"))
	return err == nil || base == "testdata" || strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_")
}

func readFolder(name string) (source, error) {
	s := source{folder: filepath.ToSlash(name)}
	files, err := filepath.Glob(filepath.Join(name, "*.go"))
	if err != nil {
		return s, err
	}
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly|parser.ParseComments)
		if err != nil {
			return s, err
		}
		into := &s.testImports
		if !strings.HasSuffix(file, "_test.go") {
			into = &s.imports
			s.name, s.documented = parsed.Name.Name, s.documented || strings.Contains(parsed.Doc.Text(), " ")
		}
		for _, spec := range parsed.Imports {
			*into = append(*into, strings.Trim(spec.Path.Value, `"`))
		}
	}
	return s, nil
}

// folder is a package's place in the module; false for the packages of others.
func folder(importPath string) (string, bool) {
	if importPath == module {
		return ".", true
	}
	return strings.CutPrefix(importPath, module+"/")
}

// within tells whether a folder is one of those that fit, or is below it.
func within(folder string, patterns ...string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		names := strings.Split(folder, "/")
		depth := min(len(names), strings.Count(pattern, "/")+1)
		fits, err := path.Match(pattern, strings.Join(names[:depth], "/"))
		return err == nil && fits
	})
}

// layerOf is the first layer that fits.
func layerOf(folder string) (layer, bool) {
	i := slices.IndexFunc(layers(), func(l layer) bool { return within(folder, l.folder) })
	if i < 0 {
		return layer{}, false
	}
	return layers()[i], true
}

// TestImports keeps the one direction of imports:
// cmd -> tasks/<task> -> clients/<app>, and tasks/run -> tasks/plan.
func TestImports(t *testing.T) {
	for _, s := range sources(t) {
		l, known := layerOf(s.folder)
		if !known {
			t.Errorf("%s lies in no layer: say in this test what it may import", s.folder)
		}
		for _, imported := range s.imports {
			target, ours := folder(imported)
			same := within(target, s.folder) || within(s.folder, target) || l.folder != "tasks/*" && within(target, l.folder)
			if ours && !same && !within(target, l.imports...) {
				t.Errorf("%s imports %s: %s", s.folder, target, l.reason)
			}
		}
	}
}

// TestImportsOfTests: tests may look further than what they test, but a client
// knows no task, and no package imports a command.
func TestImportsOfTests(t *testing.T) {
	for _, s := range sources(t) {
		for _, imported := range s.testImports {
			target, ours := folder(imported)
			if ours && within(s.folder, "clients") && within(target, "tasks") {
				t.Errorf("the tests of %s import %s: a client knows no task", s.folder, target)
			}
			if ours && within(target, "cmd") && target != s.folder {
				t.Errorf("the tests of %s import %s: no package may import a command", s.folder, target)
			}
		}
	}
}

// TestPlanImportsOnlyTheStandardLibrary: its paths have no dot in their first
// name.
func TestPlanImportsOnlyTheStandardLibrary(t *testing.T) {
	s, err := readFolder("tasks/plan")
	if err != nil || len(s.imports) == 0 {
		t.Fatalf("reading tasks/plan: %d imports, %v", len(s.imports), err)
	}
	for _, imported := range s.imports {
		if first, _, _ := strings.Cut(imported, "/"); strings.Contains(first, ".") {
			t.Errorf("tasks/plan imports %s", imported)
		}
	}
}

// TestPackages: each package says its one job, and none is named after what it
// is not.
func TestPackages(t *testing.T) {
	vague := []string{"base", "common", "helper", "helpers", "lib", "misc", "pkg", "shared", "util", "utils"}
	for _, s := range sources(t) {
		if s.name != "" && !s.documented {
			t.Errorf("%s has no package comment", s.folder)
		}
		for _, name := range append(strings.Split(s.folder, "/"), s.name) {
			if slices.Contains(vague, name) {
				t.Errorf("%s: a package named %s says nothing", s.folder, name)
			}
		}
	}
}

// TestWithin keeps the other tests honest: a rule that fits nothing finds
// nothing.
func TestWithin(t *testing.T) {
	cases := map[string]struct {
		reason, folder, pattern string
		want                    bool
	}{
		"Same":    {"the folder itself", "tasks/plan", "tasks/plan", true},
		"Below":   {"a folder below", "clients/internal/address", "clients", true},
		"Above":   {"not the one above", "tasks", "tasks/plan", false},
		"Star":    {"any task", "tasks/keycloakroles", "tasks/*", true},
		"Deep":    {"below any task", "tasks/keycloakroles/part", "tasks/*", true},
		"Prefix":  {"half a name does not match", "tasks/planner", "tasks/plan", false},
		"Another": {"another folder", "cmd/simulator", "clients", false},
		"Root":    {"the root is not a parent folder", "cmd/simulator", ".", false},
		"IsRoot":  {"the root", ".", ".", true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if got := within(tc.folder, tc.pattern); got != tc.want {
				t.Errorf("%s: within(%q, %q) = %v", tc.reason, tc.folder, tc.pattern, got)
			}
		})
	}
}
