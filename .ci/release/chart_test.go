package main

import (
	"bytes"
	"context"
	"io"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

func TestChartVersion(t *testing.T) {
	cases := map[string]string{
		"1.0.0-rc.1":                 "1.0.0-rc.1",
		"1.0.0-rc.1-3-g0123456789ab": "1.0.0-rc.1-3-g0123456789ab",
		"0123456789ab":               "0.0.0-g0123456789ab",
		"0123456789ab-dirty":         "0.0.0-g0123456789ab-dirty",
	}
	for version, want := range cases {
		if got := chartVersion(version); got != want {
			t.Errorf("%s: the chart's version is %s, want %s", version, got, want)
		}
	}
}

// TestPushChart reads a chart back from a registry with a client that shares no code with ours.
func TestPushChart(t *testing.T) {
	b := testBuild(t)
	chart := map[string]entry{"core/Chart.yaml": {content: []byte("apiVersion: v2\nname: core\nversion: 1.2.3-rc.1\n"), mode: 0o644}}
	var before []byte
	for range 2 {
		if err := b.writeChart(t.Context(), chart); err != nil {
			t.Fatal(err)
		}
		layout, err := os.ReadFile(b.chartFile(".oci.tar"))
		if err != nil {
			t.Fatal(err)
		}
		if before != nil && !bytes.Equal(before, layout) {
			t.Error("the same chart gives two layouts")
		}
		before = layout
	}
	server := httptest.NewServer(registry.New())
	t.Cleanup(server.Close)
	where := strings.TrimPrefix(server.URL, "http://") + "/otomi"
	env := map[string]string{"REGISTRY": where, "PLAIN_HTTP": "yes", "REGISTRY_AUTH_FILE": filepath.Join(b.root, "auth.json")}
	if err := b.pushChart(t.Context(), env, io.Discard); err != nil {
		t.Fatal(err)
	}
	packed, err := os.ReadFile(b.chartFile(".tgz"))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{chartConfig, chartLayer, "sha256:" + sum(packed)}
	if diff := cmp.Diff(want, pushed(t.Context(), t, where+"/core:1.2.3-rc.1")); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
}

// pushed are the types of a chart's two blobs and the digest of the archive.
func pushed(ctx context.Context, t *testing.T, reference string) []string {
	t.Helper()
	tag, err := name.NewTag(reference, name.Insecure)
	if err != nil {
		t.Fatal(err)
	}
	image, err := remote.Image(tag, remote.WithContext(ctx))
	if err != nil {
		t.Fatal(err)
	}
	manifest, err := image.Manifest()
	if err != nil {
		t.Fatal(err)
	}
	layer := manifest.Layers[0]
	return []string{string(manifest.Config.MediaType), string(layer.MediaType), layer.Digest.String()}
}
