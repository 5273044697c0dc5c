package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/Masterminds/semver/v3"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"go.yaml.in/yaml/v3"
	"oras.land/oras-go/v2"
	"oras.land/oras-go/v2/content/oci"
)

// The types by which Helm knows a chart in a registry.
const (
	chartConfig = "application/vnd.cncf.helm.config.v1+json"
	chartLayer  = "application/vnd.cncf.helm.chart.content.v1.tar+gzip"
)

// chartVersion is the version of the chart. A commit that no tag is near to has none that Helm takes.
func chartVersion(version string) string {
	if _, err := semver.StrictNewVersion(version); err == nil {
		return version
	}
	return "0.0.0-g" + version
}

// chartFile is the chart's archive; its OCI layout is beside it.
func (b build) chartFile(suffix string) string {
	return b.path("bin", "chart", "core-"+chartVersion(b.version)+suffix)
}

// packageChart lets Helm package the chart, with the version of the images as its appVersion, and packs that again
// without the time of the clock.
func (b build) packageChart(ctx context.Context) error {
	scratch, err := os.MkdirTemp("", "chart")
	if err != nil {
		return fmt.Errorf("packaging the chart: %w", err)
	}
	defer os.RemoveAll(scratch) //nolint:errcheck // the system cleans up
	args := []string{
		"package", b.path("charts", "core"), "--destination", scratch,
		"--version", chartVersion(b.version), "--app-version", b.version,
	}
	helm := exec.CommandContext(ctx, b.helm, args...) //nolint:gosec // make says which Helm
	if out, err := helm.CombinedOutput(); err != nil {
		return fmt.Errorf("packaging the chart: %w\n%s", err, out)
	}
	files, err := unpack(filepath.Join(scratch, filepath.Base(b.chartFile(".tgz"))))
	if err != nil {
		return err
	}
	return b.writeChart(ctx, files)
}

func unpack(file string) (map[string]entry, error) {
	packed, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("reading the chart: %w", err)
	}
	plain, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, fmt.Errorf("unpacking the chart: %w", err)
	}
	files := map[string]entry{}
	for unpacked := tar.NewReader(plain); ; {
		header, err := unpacked.Next()
		if errors.Is(err, io.EOF) {
			return files, nil
		}
		if err != nil {
			return nil, fmt.Errorf("unpacking the chart: %w", err)
		}
		content, err := io.ReadAll(unpacked)
		if err != nil {
			return nil, fmt.Errorf("unpacking the chart: %w", err)
		}
		files[header.Name] = entry{content: content, mode: header.Mode}
	}
}

func (b build) writeChart(ctx context.Context, files map[string]entry) error {
	plain, err := archive(files, b.time)
	if err != nil {
		return err
	}
	packed, err := compress(plain)
	if err != nil {
		return err
	}
	layout, err := chartLayout(ctx, files["core/Chart.yaml"].content, packed, b.time)
	if err != nil {
		return fmt.Errorf("writing the chart as an OCI image layout: %w", err)
	}
	return errors.Join(write(b.chartFile(".tgz"), packed), write(b.chartFile(".oci.tar"), layout))
}

// chartLayout is an OCI archive of the chart, with the blobs that `helm push` makes of it.
func chartLayout(ctx context.Context, chart, packed []byte, at time.Time) ([]byte, error) {
	var about map[string]any
	if err := yaml.Unmarshal(chart, &about); err != nil {
		return nil, fmt.Errorf("reading Chart.yaml: %w", err)
	}
	config, err := json.Marshal(about)
	if err != nil {
		return nil, fmt.Errorf("writing Chart.yaml as JSON: %w", err)
	}
	dir, err := os.MkdirTemp("", "layout")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir) //nolint:errcheck // the system cleans up
	store, err := oci.NewWithContext(ctx, dir)
	if err != nil {
		return nil, err
	}
	if err := pack(ctx, store, about, config, packed, at); err != nil {
		return nil, err
	}
	files, err := folder(dir, "")
	if err != nil {
		return nil, err
	}
	delete(files, "ingest")
	return archive(files, at)
}

// pack puts the chart into a store, with its version as the tag.
func pack(ctx context.Context, store *oci.Store, about map[string]any, config, packed []byte, at time.Time) error {
	configured, err := oras.PushBytes(ctx, store, chartConfig, config)
	if err != nil {
		return err
	}
	layer, err := oras.PushBytes(ctx, store, chartLayer, packed)
	if err != nil {
		return err
	}
	manifest, err := oras.PackManifest(ctx, store, oras.PackManifestVersion1_1, "", oras.PackManifestOptions{
		ConfigDescriptor: &configured,
		Layers:           []ocispec.Descriptor{layer},
		ManifestAnnotations: map[string]string{
			ocispec.AnnotationTitle:       fmt.Sprint(about["name"]),
			ocispec.AnnotationVersion:     fmt.Sprint(about["version"]),
			ocispec.AnnotationDescription: fmt.Sprint(about["description"]),
			ocispec.AnnotationURL:         fmt.Sprint(about["home"]),
			ocispec.AnnotationCreated:     at.Format(time.RFC3339),
		},
	})
	if err != nil {
		return err
	}
	return store.Tag(ctx, manifest, tagOf(fmt.Sprint(about["version"])))
}

// tagOf is how Helm spells a version as a tag, in which + is not allowed.
func tagOf(version string) string { return strings.ReplaceAll(version, "+", "_") }
