package tasks_test

import (
	"bytes"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/pflag"

	"otomi.io/tasks/tasks/droneactivate"
	"otomi.io/tasks/tasks/gitearepos"
	"otomi.io/tasks/tasks/harborprojects"
	"otomi.io/tasks/tasks/keycloakroles"
	"otomi.io/tasks/tasks/run"
	"otomi.io/tasks/tasks/task"
)

var update = flag.Bool("update", false, "rewrite docs/flags.md")

// page is one Markdown file, taken apart.
type page struct {
	file     string
	prose    string   // without code
	spans    []string // code within a line
	commands []string // lines of fenced code, without comments
	anchors  map[string]bool
}

var (
	spanPattern    = regexp.MustCompile("`([^`]+)`")
	linkPattern    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	headingPattern = regexp.MustCompile(`^#+ +(.*)$`)
	quotedPattern  = regexp.MustCompile(`"[^"]*"|'[^']*'`)
	commentPattern = regexp.MustCompile(`(^|\s)#.*$`)
)

// pages reads every Markdown file of the repository.
func pages(t *testing.T) map[string]page {
	t.Helper()
	all := map[string]page{}
	err := filepath.WalkDir(".", func(file string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (entry.Name() == ".git" || entry.Name() == "testdata"):
			return fs.SkipDir
		case filepath.Ext(file) == ".md":
			all[file] = readPage(t, file)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func readPage(t *testing.T, file string) page {
	t.Helper()
	p := page{file: file, anchors: map[string]bool{}}
	fenced := false
	for line := range strings.SplitSeq(readFile(t, file), "\n") {
		switch heading := headingPattern.FindStringSubmatch(line); {
		case strings.HasPrefix(strings.TrimSpace(line), "```"):
			fenced = !fenced
		case fenced:
			p.commands = append(p.commands, strings.TrimSpace(commentPattern.ReplaceAllString(line, "")))
		case heading != nil:
			p.anchors[slug(heading[1])] = true
		}
		if fenced {
			continue
		}
		for _, span := range spanPattern.FindAllStringSubmatch(line, -1) {
			p.spans = append(p.spans, span[1])
		}
		p.prose += spanPattern.ReplaceAllString(line, "code") + "\n"
	}
	if fenced {
		t.Errorf("%s: a block of code does not end", file)
	}
	return p
}

func readFile(t *testing.T, file string) string {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// slug is the anchor that a heading gets where the repository is shown.
func slug(heading string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case unicode.IsLetter(r), unicode.IsDigit(r), r == '-', r == '_':
			return unicode.ToLower(r)
		}
		return -1
	}, heading)
}

// TestLinks keeps every relative link pointing at a file, and at a heading
// where it names one.
func TestLinks(t *testing.T) {
	all := pages(t)
	for file, p := range all {
		for _, match := range linkPattern.FindAllStringSubmatch(p.prose, -1) {
			link := match[1]
			if strings.Contains(link, "://") || strings.HasPrefix(link, "mailto:") {
				continue
			}
			name, anchor, _ := strings.Cut(link, "#")
			target := filepath.Join(filepath.Dir(file), filepath.FromSlash(name))
			if name == "" {
				target = file
			}
			if _, err := os.Stat(target); err != nil || !filepath.IsLocal(target) {
				t.Errorf("%s: the link %s leads nowhere", file, link)
			} else if anchor != "" && !all[target].anchors[anchor] {
				t.Errorf("%s: the link %s names a heading that does not exist", file, link)
			}
		}
	}
}

var (
	anchorPattern  = regexp.MustCompile(`docs/[\w-]+\.md#[\w-]+`)
	symptomPattern = regexp.MustCompile(`", "([a-z-]+)"\},`)
)

// TestErrorsLinkToDocs keeps the headings that errors send people to.
func TestErrorsLinkToDocs(t *testing.T) {
	all := pages(t)
	err := filepath.WalkDir("tasks", func(file string, _ fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(file) != ".go" || strings.HasSuffix(file, "_test.go") {
			return err
		}
		content := readFile(t, file)
		links := anchorPattern.FindAllString(content, -1)
		if filepath.Base(file) == "explain.go" {
			for _, match := range symptomPattern.FindAllStringSubmatch(content, -1) {
				links = append(links, "docs/operations.md#"+match[1])
			}
		}
		for _, link := range links {
			page, anchor, _ := strings.Cut(link, "#")
			if !all[page].anchors[anchor] {
				t.Errorf("%s: %s does not exist", file, link)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

var pathPattern = regexp.MustCompile(`^[\w.-]+(/[\w.-]+)+$`)

// TestPaths keeps the files and folders that the documents name.
func TestPaths(t *testing.T) {
	for file, p := range pages(t) {
		if strings.Contains(file, "/") && !strings.HasPrefix(file, "docs/") {
			continue // it speaks of its own folder
		}
		for _, span := range p.spans {
			top, _, _ := strings.Cut(span, "/")
			if _, err := os.Stat(top); err != nil || top == "bin" || !pathPattern.MatchString(span) {
				continue
			}
			if _, err := os.Stat(filepath.FromSlash(span)); err != nil {
				t.Errorf("%s: %s does not exist", file, span)
			}
		}
	}
}

var targetPattern = regexp.MustCompile(`(?m)^([a-z0-9-]+):`)

// TestMakeTargets keeps the targets of make that the documents name.
func TestMakeTargets(t *testing.T) {
	targets := map[string]bool{}
	for _, match := range targetPattern.FindAllStringSubmatch(readFile(t, "Makefile"), -1) {
		targets[match[1]] = true
	}
	for file, p := range pages(t) {
		for _, command := range append(p.commands, p.spans...) {
			words := strings.Fields(quotedPattern.ReplaceAllString(command, "x"))
			if len(words) == 0 || words[0] != "make" {
				continue
			}
			for _, word := range words[1:] {
				if !targets[word] && !strings.Contains(word, "=") {
					t.Errorf("%s: make has no target %s", file, word)
				}
			}
		}
	}
}

// TestExitCodes compares the README with the constants of tasks/run: the number
// and what their comments say.
func TestExitCodes(t *testing.T) {
	parsed, err := parser.ParseFile(token.NewFileSet(), "tasks/run/exit.go", nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{}
	ast.Inspect(parsed, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if ok && strings.HasPrefix(spec.Names[0].Name, "Exit") {
			want[spec.Values[0].(*ast.BasicLit).Value] = strings.TrimSpace(spec.Comment.Text())
		}
		return true
	})
	if len(want) != run.ExitUnsettled+1 {
		t.Errorf("tasks/run/exit.go has %d exit codes, the last is %d", len(want), run.ExitUnsettled)
	}
	readme := readFile(t, "README.md")
	_, rest, found := strings.Cut(readme, "<!-- exit codes:")
	table, _, ended := strings.Cut(rest, "<!-- end of exit codes -->")
	if !found || !ended {
		t.Fatal("README.md lacks the marks of the table of exit codes")
	}
	if diff := cmp.Diff(want, rows(strings.ReplaceAll(table, "`", ""))); diff != "" {
		t.Errorf("the table in README.md (-tasks/run/exit.go +README.md):\n%s", diff)
	}
}

// rows are the first two columns of a table's rows that begin with a number.
func rows(table string) map[string]string {
	found := map[string]string{}
	for line := range strings.SplitSeq(table, "\n") {
		cells := strings.Split(line, "|")
		if len(cells) < 3 {
			continue
		}
		key := strings.TrimSpace(cells[1])
		if _, err := strconv.Atoi(key); err == nil {
			found[key] = strings.TrimSpace(cells[2])
		}
	}
	return found
}

const flagsFile = "docs/flags.md"

// TestFlags compares docs/flags.md with what the task itself says. The flags are
// those of every task.
func TestFlags(t *testing.T) {
	var out bytes.Buffer
	if code := run.Run(keycloakroles.Task(), run.Process{Args: []string{"--help"}, Stdout: &out, Stderr: &out}); code != run.ExitOK {
		t.Fatalf("--help: exit %d\n%s", code, out.String())
	}
	made(t, flagsFile, "<!-- help: made by go test . -update -->\n```\n", out.String(), "```\n<!-- end of help -->\n")
}

// tasks are all of them.
func tasks() []task.Task {
	return []task.Task{keycloakroles.Task(), harborprojects.Task(), gitearepos.Task(), droneactivate.Task()}
}

// TestOwnFlags compares docs/flags.md with the flags and verbs that only some tasks have.
func TestOwnFlags(t *testing.T) {
	var table strings.Builder
	table.WriteString("| task | flag or verb | default | |\n|---|---|---|---|\n")
	var keepers []string
	for _, own := range tasks() {
		if own.Secrets {
			keepers = append(keepers, "`"+own.Name+"`")
		}
		for _, v := range own.Verbs {
			fmt.Fprintf(&table, "| `%s` | `%s` | | %s |\n", own.Name, v.Name, v.Short)
		}
		if own.Flags == nil {
			continue
		}
		flags := pflag.NewFlagSet(own.Name, pflag.ContinueOnError)
		own.Flags(flags)
		flags.VisitAll(func(f *pflag.Flag) {
			fmt.Fprintf(&table, "| `%s` | `--%s` | `%s` | %s |\n", own.Name, f.Name, f.DefValue, f.Usage)
		})
	}
	fmt.Fprintf(&table, "| %s | `--secrets-dir` | | write the Secrets as manifests into this folder instead of into a cluster |\n", strings.Join(keepers, ", "))
	made(t, flagsFile, "<!-- own flags: made by go test . -update -->\n", table.String(), "<!-- end of own flags -->\n")
}

// made compares a part of a document between two marks with what it should be.
func made(t *testing.T, file, start, part, end string) {
	t.Helper()
	content := readFile(t, file)
	before, rest, found := strings.Cut(content, start)
	_, after, ended := strings.Cut(rest, end)
	if !found || !ended {
		t.Fatalf("%s lacks the mark %s", file, start)
	}
	want := before + start + part + end + after
	if *update {
		if err := os.WriteFile(file, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, content); diff != "" {
		t.Errorf("%s is not up to date (-made +file), go test . -update writes it:\n%s", file, diff)
	}
}
