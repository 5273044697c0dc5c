package main

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"text/template"
)

//go:embed pom.xml
var pom string

// fetch returns the vendor's spec as the pinned artifact holds it.
func fetch(ctx context.Context, source Source) ([]byte, error) {
	switch source.Kind {
	case "go":
		return fetchGo(ctx, source)
	case "maven":
		return fetchMaven(ctx, source)
	default:
		return nil, fmt.Errorf("%s knows the kinds go and maven, not %q", sourceFile, source.Kind)
	}
}

// fetchGo downloads a Go module and reads one of its files.
func fetchGo(ctx context.Context, source Source) ([]byte, error) {
	out, err := run(ctx, "", "go", "mod", "download", "-json", source.Artifact+"@"+source.Version)
	if err != nil {
		return nil, err
	}
	var module struct{ Dir string }
	if err := json.Unmarshal(out, &module); err != nil {
		return nil, fmt.Errorf("reading the answer of go mod download: %w", err)
	}
	return os.ReadFile(filepath.Join(module.Dir, filepath.FromSlash(source.File)))
}

// fetchMaven lets a Maven plugin read the classes of the artifact and write the spec.
func fetchMaven(ctx context.Context, source Source) ([]byte, error) {
	folder, err := os.MkdirTemp("", "refresh-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	if err := writePOM(filepath.Join(folder, "pom.xml"), source); err != nil {
		return nil, fmt.Errorf("writing pom.xml: %w", err)
	}
	if _, err := run(ctx, folder, "mvn", "--batch-mode", "--quiet", "generate-resources"); err != nil {
		return nil, err
	}
	return os.ReadFile(filepath.Join(folder, "target", filepath.FromSlash(source.File)))
}

func writePOM(path string, source Source) error {
	parsed, err := template.New("pom.xml").Funcs(template.FuncMap{"split": strings.Split}).Parse(pom)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	if err := parsed.Execute(&out, source); err != nil {
		return err
	}
	return os.WriteFile(path, out.Bytes(), 0o600)
}

// run returns what the command wrote to its output; its error carries what it wrote to its error output.
func run(ctx context.Context, folder, name string, arguments ...string) ([]byte, error) {
	command := exec.CommandContext(ctx, name, arguments...)
	var out, problems bytes.Buffer
	command.Dir, command.Stdout, command.Stderr = folder, &out, &problems
	if err := command.Run(); err != nil {
		return nil, fmt.Errorf("running %s: %w\n%s%s", name, err, out.Bytes(), problems.Bytes())
	}
	return out.Bytes(), nil
}
