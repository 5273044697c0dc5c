package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
)

func testBuild(t *testing.T) build {
	t.Helper()
	b, err := newBuild(map[string]string{
		"ROOT": t.TempDir(), "VERSION": "1.2.3-rc.1", "REVISION": strings.Repeat("a", 40), "SOURCE_DATE_EPOCH": "1700000000",
	})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestUsage(t *testing.T) {
	complete := map[string]string{"ROOT": ".", "VERSION": "1.0.0", "REVISION": "a", "SOURCE_DATE_EPOCH": "0"}
	with := func(name, value string) map[string]string {
		env := map[string]string{name: value}
		for other, value := range complete {
			if other != name {
				env[other] = value
			}
		}
		return env
	}
	cases := map[string]struct {
		reason string
		args   []string
		env    map[string]string
	}{
		"NoVerb":     {"There is no default.", nil, complete},
		"NoVersion":  {"Nothing is guessed.", []string{"dist"}, with("VERSION", "")},
		"Time":       {"It must be a number.", []string{"dist"}, with("SOURCE_DATE_EPOCH", "today")},
		"NoRegistry": {"A chart is pushed nowhere by itself.", []string{"push"}, complete},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if err := execute(t.Context(), tc.args, tc.env, io.Discard); err == nil {
				t.Error(tc.reason)
			}
		})
	}
}

func TestNotes(t *testing.T) {
	const changelog = "# Changelog\n\nText.\n\n## 1.1.0 (2026-12-01)\n\n### Added\n\n- B.\n\n## 1.0.0\n\n- A.\n"
	newest := "### Added\n\n- B.\n"
	cases := map[string]struct{ reason, version, want string }{
		"Newest":  {"A version has its section.", "1.1.0", newest},
		"Oldest":  {"The last section ends with the file.", "1.0.0", "- A.\n"},
		"Between": {"A commit behind a tag has the newest section.", "1.0.0-3-g0123456789ab", newest},
		"NoTag":   {"So has one that no tag is near to.", "0123456789ab", newest},
		"Dirty":   {"So has what was not committed.", "1.0.0-dirty", newest},
		"Absent":  {"A release without notes is refused.", "2.0.0", ""},
		"Prefix":  {"A version is a whole word.", "1.1", ""},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := notes(changelog, tc.version)
			if got != tc.want || (err == nil) != (tc.want != "") {
				t.Errorf("%s: got %q, %v", tc.reason, got, err)
			}
		})
	}
}

// TestManuals finds a page for every task and verb, with neither a clock's time nor the machine's name in it.
func TestManuals(t *testing.T) {
	b := testBuild(t)
	files, err := b.manuals()
	if err != nil {
		t.Fatal(err)
	}
	again, err := b.manuals()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(files, again, cmp.AllowUnexported(entry{})); diff != "" {
		t.Errorf("the manuals are not the same twice:\n%s", diff)
	}
	for _, task := range tasks() {
		for _, file := range []string{
			"share/man/man1/" + task.Name + ".1", "share/man/man1/" + task.Name + "-apply.1",
			"share/bash-completion/completions/" + task.Name, "share/zsh/site-functions/_" + task.Name,
			"share/fish/vendor_completions.d/" + task.Name + ".fish",
		} {
			if !bytes.Contains(files[file].content, []byte(task.Name)) {
				t.Errorf("%s does not speak of %s", file, task.Name)
			}
		}
	}
	if page := files["share/man/man1/harbor-projects.1"].content; !bytes.Contains(page, []byte("Nov 2023")) || !bytes.Contains(page, []byte("1.2.3-rc.1")) {
		t.Errorf("the page does not say from when and which version it is:\n%s", page[:200])
	}
}

func TestProvenance(t *testing.T) {
	b := testBuild(t)
	line, err := b.provenance(map[string]string{"b": "22", "a": "11"})
	if err != nil {
		t.Fatal(err)
	}
	var got statement
	if err := json.Unmarshal(line, &got); err != nil {
		t.Fatal(err)
	}
	want := []resource{{Name: "a", Digest: map[string]string{"sha256": "11"}}, {Name: "b", Digest: map[string]string{"sha256": "22"}}}
	if diff := cmp.Diff(want, got.Subject); diff != "" {
		t.Errorf("the subjects: -want +got\n%s", diff)
	}
	from := got.Predicate.BuildDefinition.ResolvedDependencies[0]
	if from.Digest["gitCommit"] != b.revision || !strings.HasSuffix(from.URI, "@"+b.revision) {
		t.Errorf("it was made of %v", from)
	}
	if got.Type != "https://in-toto.io/Statement/v1" || got.PredicateType != "https://slsa.dev/provenance/v1" || bytes.Count(line, []byte("\n")) != 1 {
		t.Errorf("it is not one line of in-toto with SLSA's provenance:\n%s", line)
	}
}

// TestDist puts a release together from files that stand for what was built.
func TestDist(t *testing.T) {
	b := testBuild(t)
	for file, content := range map[string]string{
		"CHANGELOG.md": "## 1.2.3-rc.1\n\n- New.\n", "LICENSE": "free", "README.md": "# Read",
		"bin/release/linux_amd64/keycloak-roles": "program", "bin/release/keycloak-roles_linux_amd64.cdx.json": "{}",
		"bin/chart/core-1.2.3-rc.1.tgz": "chart", "bin/chart/core-1.2.3-rc.1.oci.tar": "layout",
		"dist/old": "of a former release",
	} {
		if err := write(b.path(file), []byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	var before string
	for minute := range 2 {
		image, err := archive(map[string]entry{"index.json": {[]byte("{}"), 0o644}}, b.time.Add(time.Duration(minute)*time.Minute))
		if err := errors.Join(err, write(b.path("bin/images/keycloak-roles.tar"), image)); err != nil {
			t.Fatal(err)
		}
		if err := b.distribute(); err != nil {
			t.Fatal(err)
		}
		sums, err := os.ReadFile(b.path("dist", "SHA256SUMS"))
		if err != nil {
			t.Fatal(err)
		}
		if before != "" && before != string(sums) {
			t.Errorf("the same files give two releases:\n%s\n%s", before, sums)
		}
		before = string(sums)
	}
	var names []string
	for line := range strings.Lines(before) {
		digest, name, _ := strings.Cut(strings.TrimSpace(line), "  ")
		content, err := os.ReadFile(b.path("dist", name))
		if err != nil || sum(content) != digest {
			t.Errorf("%s is not what its checksum says: %v", name, err)
		}
		names = append(names, name)
	}
	want := []string{
		"NOTES.md", "core-1.2.3-rc.1.oci.tar", "core-1.2.3-rc.1.tgz", "keycloak-roles-1.2.3-rc.1.oci.tar",
		"keycloak-roles_linux_amd64.cdx.json", "otomi-tasks_1.2.3-rc.1.intoto.jsonl", "otomi-tasks_1.2.3-rc.1_linux_amd64.tar.gz",
	}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

// TestVersions keeps the places that name the version of the tree together.
func TestVersions(t *testing.T) {
	newest := func(file string) string {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		_, rest, _ := strings.Cut(string(content), "\n## ")
		heading, _, _ := strings.Cut(rest, "\n")
		version, _, _ := strings.Cut(heading, " ")
		return version
	}
	content, err := os.ReadFile("../../charts/core/Chart.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var chart struct {
		Version     string            `yaml:"version"`
		AppVersion  string            `yaml:"appVersion"`
		Annotations map[string]string `yaml:"annotations"`
	}
	if err := yaml.Unmarshal(content, &chart); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{"../../CHANGELOG.md", "../../charts/core/CHANGELOG.md"} {
		if got := newest(file); got != "Unreleased" && got != chart.Version {
			t.Errorf("the newest section of %s is %s, the chart's version is %s", file, got, chart.Version)
		}
	}
	images := chart.Annotations["artifacthub.io/images"]
	if chart.AppVersion != chart.Version || strings.Count(images, ":"+chart.Version+`"`) != len(tasks()) {
		t.Errorf("the chart %s installs %s, and names the images\n%s", chart.Version, chart.AppVersion, images)
	}
}

func TestArchive(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "program"), []byte("x"), 0o755); err != nil {
		t.Fatal(err)
	}
	entries, err := folder(dir, "bin/")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]entry{"bin/program": {content: []byte("x"), mode: 0o755}}
	if diff := cmp.Diff(want, entries, cmp.AllowUnexported(entry{})); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	once, err := archive(entries, time.Unix(0, 0))
	if err != nil {
		t.Fatal(err)
	}
	twice, err := archive(entries, time.Unix(0, 0))
	if err != nil || !bytes.Equal(once, twice) {
		t.Errorf("the same files give two archives: %v", err)
	}
}
