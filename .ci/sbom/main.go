// Command sbom writes what a binary of Go is made of, as it says itself: a software bill of materials in CycloneDX 1.6.
// The same binary gives the same bytes.
//
//	sbom VERSION SECONDS BINARY
//
// VERSION is the binary's own, which it does not tell; SECONDS the time of the bill, since 1970.
package main

import (
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	cdx "github.com/CycloneDX/cyclonedx-go"
)

func main() {
	if err := write(os.Stdout, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// write writes the bill of the binary that the arguments name.
func write(w io.Writer, args []string) error {
	if len(args) != 3 {
		return errors.New("usage: sbom VERSION SECONDS BINARY")
	}
	seconds, err := strconv.ParseInt(args[1], 10, 64)
	if err != nil {
		return fmt.Errorf("reading the time: %w", err)
	}
	binary, err := application(args[2], args[0])
	if err != nil {
		return err
	}
	info, err := buildinfo.ReadFile(args[2])
	if err != nil {
		return fmt.Errorf("reading what %s is made of: %w", args[2], err)
	}
	bill := bill(info, binary)
	bill.Metadata.Timestamp = time.Unix(seconds, 0).UTC().Format(time.RFC3339)
	return cdx.NewBOMEncoder(w, cdx.BOMFileFormatJSON).SetPretty(true).Encode(bill)
}

// application is the binary itself, known by its checksum.
func application(file, version string) (cdx.Component, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return cdx.Component{}, fmt.Errorf("reading the binary: %w", err)
	}
	name, sum := filepath.Base(file), sha256.Sum256(content)
	return cdx.Component{
		BOMRef: name, Type: cdx.ComponentTypeApplication, Name: name, Version: version,
		Hashes: &[]cdx.Hash{{Algorithm: cdx.HashAlgoSHA256, Value: hex.EncodeToString(sum[:])}},
	}, nil
}

// bill lists the standard library and every module that is linked in. Which of
// them needs which a binary does not tell: it needs them all.
func bill(info *debug.BuildInfo, binary cdx.Component) *cdx.BOM {
	components := []cdx.Component{library("std", strings.TrimPrefix(info.GoVersion, "go"))}
	for _, module := range info.Deps {
		if module.Replace != nil {
			module = module.Replace
		}
		components = append(components, library(module.Path, module.Version))
	}
	needs := make([]string, 0, len(components))
	for _, component := range components {
		needs = append(needs, component.BOMRef)
	}
	binary.Properties = settings(info)
	bill := cdx.NewBOM()
	bill.Metadata = &cdx.Metadata{Component: &binary}
	bill.Components = &components
	bill.Dependencies = &[]cdx.Dependency{{Ref: binary.BOMRef, Dependencies: &needs}}
	return bill
}

func library(path, version string) cdx.Component {
	url := "pkg:golang/" + path + "@" + version
	return cdx.Component{BOMRef: url, Type: cdx.ComponentTypeLibrary, Name: path, Version: version, PackageURL: url}
}

// settings are those of the build, such as GOARCH.
func settings(info *debug.BuildInfo) *[]cdx.Property {
	properties := make([]cdx.Property, 0, len(info.Settings))
	for _, setting := range info.Settings {
		properties = append(properties, cdx.Property{Name: "go:build:" + setting.Key, Value: setting.Value})
	}
	return &properties
}
