package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
)

// source is where the commits are.
const source = "git+https://otomi.io/tasks"

// statement is one of in-toto, version 1, with the provenance of SLSA, version 1. It is not signed: who builds a release
// signs it.
type statement struct {
	Type          string     `json:"_type"`
	Subject       []resource `json:"subject"`
	PredicateType string     `json:"predicateType"`
	Predicate     predicate  `json:"predicate"`
}

type resource struct {
	Name   string            `json:"name,omitempty"`
	URI    string            `json:"uri,omitempty"`
	Digest map[string]string `json:"digest"`
}

type predicate struct {
	BuildDefinition definition `json:"buildDefinition"`
	RunDetails      details    `json:"runDetails"`
}

type definition struct {
	BuildType            string            `json:"buildType"`
	ExternalParameters   map[string]string `json:"externalParameters"`
	InternalParameters   map[string]string `json:"internalParameters"`
	ResolvedDependencies []resource        `json:"resolvedDependencies"`
}

type details struct {
	Builder struct {
		ID string `json:"id"`
	} `json:"builder"`
}

// provenance tells from which commit, and how, files with these checksums were made. It holds no time, so that it is
// the same twice.
func (b build) provenance(sums map[string]string) ([]byte, error) {
	s := statement{
		Type: "https://in-toto.io/Statement/v1", PredicateType: "https://slsa.dev/provenance/v1",
		Predicate: predicate{BuildDefinition: definition{
			BuildType:          "https://otomi.io/tasks/docs/release.md#build-type-1",
			ExternalParameters: map[string]string{"source": source, "command": "make release VERSION=" + b.version},
			InternalParameters: map[string]string{"go": runtime.Version()},
			ResolvedDependencies: []resource{
				{URI: source + "@" + b.revision, Digest: map[string]string{"gitCommit": b.revision}},
			},
		}},
	}
	s.Predicate.RunDetails.Builder.ID = "https://otomi.io/tasks/docs/release.md#builder"
	for _, name := range slices.Sorted(maps.Keys(sums)) {
		s.Subject = append(s.Subject, resource{Name: name, Digest: map[string]string{"sha256": sums[name]}})
	}
	line, err := json.Marshal(s)
	if err != nil {
		return nil, fmt.Errorf("writing the provenance: %w", err)
	}
	return append(line, '\n'), nil
}

// checksums are in the form that `sha256sum --check` reads.
func checksums(sums map[string]string) []byte {
	var out strings.Builder
	for _, name := range slices.Sorted(maps.Keys(sums)) {
		fmt.Fprintf(&out, "%s  %s\n", sums[name], name)
	}
	return []byte(out.String())
}

func sum(content []byte) string {
	digest := sha256.Sum256(content)
	return hex.EncodeToString(digest[:])
}
