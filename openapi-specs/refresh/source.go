package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"go.yaml.in/yaml/v3"
)

const (
	sourceFile     = "SOURCE"
	operationsFile = "operations.yaml"
	specFile       = "spec.json"
)

// Source is the content of a SOURCE file: where the vendor's spec comes from.
type Source struct {
	Kind     string // "maven": generated from the classes of Artifact; "go": a file of the Go module Artifact
	Artifact string // group:artifact, or module path
	Version  string // of Artifact
	Tool     string // "maven" only: group:artifact:version of the plugin that reads the classes
	File     string // path of the spec inside the artifact, or inside the build folder of the plugin
	SHA256   string // of that file
}

// Operation is one wanted operation: its name in our code and which generated packages hold it.
type Operation struct {
	Name string
	Tag  string // "client": client and simulator; "simulator": simulator only
}

// Operations are the wanted operations by "METHOD /path", as the vendor's spec writes it.
type Operations map[string]Operation

func readSource(folder string) (Source, error) {
	var source Source
	err := readYAML(filepath.Join(folder, sourceFile), &source)
	return source, err
}

// readOperations reads operations.yaml: tag -> name -> "METHOD /path". A duplicate path or name is an error.
func readOperations(folder string) (Operations, error) {
	var lists map[string]map[string]string
	if err := readYAML(filepath.Join(folder, operationsFile), &lists); err != nil {
		return nil, err
	}
	operations, names := Operations{}, map[string]bool{}
	for tag, list := range lists {
		for name, route := range list {
			if _, twice := operations[route]; twice || names[name] {
				return nil, fmt.Errorf("reading %s: %s (%s) is a duplicate", operationsFile, name, route)
			}
			operations[route], names[name] = Operation{Name: name, Tag: tag}, true
		}
	}
	return operations, nil
}

func readYAML(path string, into any) error {
	content, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	decoder := yaml.NewDecoder(bytes.NewReader(content))
	decoder.KnownFields(true)
	if err := decoder.Decode(into); err != nil {
		return fmt.Errorf("reading %s: %w", path, err)
	}
	return nil
}

// checkSum refuses an artifact whose checksum is not the pinned one; with accept it pins the new one.
func checkSum(folder string, source Source, artifact []byte, accept bool) error {
	hash := sha256.Sum256(artifact)
	sum := hex.EncodeToString(hash[:])
	if sum == source.SHA256 {
		return nil
	}
	if !accept {
		return fmt.Errorf("%s of %s %s has the checksum %s, pinned is %q (-accept pins the new one)",
			source.File, source.Artifact, source.Version, sum, source.SHA256)
	}
	path := filepath.Join(folder, sourceFile)
	content, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	pinned := bytes.Replace(content, []byte("sha256: "+source.SHA256), []byte("sha256: "+sum), 1)
	return os.WriteFile(path, pinned, 0o644)
}

// writeSpec writes spec.json with sorted keys and without HTML escapes.
func writeSpec(folder string, spec tree) error {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", " ")
	if err := encoder.Encode(spec); err != nil {
		return fmt.Errorf("writing %s: %w", specFile, err)
	}
	return os.WriteFile(filepath.Join(folder, specFile), out.Bytes(), 0o644)
}
