package cluster

import (
	"archive/tar"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

// withRegistry puts a registry behind a simulated Harbor: Harbor gives the
// tokens, and a pull needs the right to pull from the project.
func withRegistry(harbor, images http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		repository, isImage := strings.CutPrefix(r.URL.Path, "/v2/")
		if !isImage || repository == "" {
			harbor.ServeHTTP(w, r)
			return
		}
		var answer httptest.ResponseRecorder
		login := httptest.NewRequestWithContext(r.Context(), http.MethodGet, "/v2/", nil)
		login.Host, login.Header = r.Host, r.Header
		harbor.ServeHTTP(&answer, login)
		if answer.Code != http.StatusOK || !mayPull(r.Header.Get("Authorization"), repository) {
			w.Header().Set("WWW-Authenticate", fmt.Sprintf(`Bearer realm="http://%s/service/token",service="harbor-registry"`, r.Host))
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		images.ServeHTTP(w, r)
	})
}

// mayPull reads a token whose signature Harbor has looked at.
func mayPull(authorization, path string) bool {
	parts := strings.Split(authorization, ".")
	if len(parts) != 3 {
		return false
	}
	data, err := base64.RawURLEncoding.DecodeString(parts[1])
	var claims struct {
		Access []struct {
			Name    string
			Actions []string
		}
	}
	if err != nil || json.Unmarshal(data, &claims) != nil {
		return false
	}
	for _, access := range claims.Access {
		if strings.HasPrefix(path, access.Name+"/") && slices.Contains(access.Actions, "pull") {
			return true
		}
	}
	return false
}

// publish puts an image with the binary of a task into a registry, under a name
// that no node has seen.
func publish(t *testing.T, images http.Handler, repository string) {
	t.Helper()
	server := httptest.NewServer(images)
	defer server.Close()
	binary, err := os.ReadFile(filepath.Join(rootDir, "bin", "linux", arch, "keycloak-roles"))
	if err != nil {
		t.Fatal(err)
	}
	var packed bytes.Buffer
	writer := tar.NewWriter(&packed)
	if err := writer.WriteHeader(&tar.Header{Name: "task", Mode: 0o755, Size: int64(len(binary))}); err != nil {
		t.Fatal(err)
	}
	if _, err := writer.Write(binary); err != nil {
		t.Fatal(err)
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	layer, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(packed.Bytes())), nil })
	if err != nil {
		t.Fatal(err)
	}
	image, err := mutate.AppendLayers(empty.Image, layer)
	if err != nil {
		t.Fatal(err)
	}
	image, err = mutate.Config(image, v1.Config{Entrypoint: []string{"/task"}})
	if err != nil {
		t.Fatal(err)
	}
	tag, err := name.NewTag(strings.TrimPrefix(server.URL, "http://")+"/"+repository+":1", name.Insecure)
	if err != nil {
		t.Fatal(err)
	}
	if err := remote.Write(tag, image, remote.WithContext(t.Context())); err != nil {
		t.Fatal(err)
	}
}

// newImages is a registry with one image in that repository.
func newImages(t *testing.T, repository string) http.Handler {
	t.Helper()
	images := registry.New(registry.Logger(slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)))
	publish(t, images, repository)
	return images
}

// pullDirectly asks for an image's manifest with what a pull secret holds, and
// returns the status.
func pullDirectly(t *testing.T, config []byte, image string) int {
	t.Helper()
	var docker struct {
		Auths map[string]struct{ Username, Password string }
	}
	if err := json.Unmarshal(config, &docker); err != nil {
		t.Fatal(err)
	}
	tag, err := name.NewTag(image, name.Insecure)
	if err != nil {
		t.Fatal(err)
	}
	login, found := docker.Auths[tag.RegistryStr()]
	if !found {
		t.Errorf("the pull secret is not for %s", tag.RegistryStr())
	}
	_, err = remote.Head(tag, remote.WithContext(t.Context()), remote.WithAuth(&authn.Basic{Username: login.Username, Password: login.Password}))
	var refused *transport.Error
	switch {
	case errors.As(err, &refused):
		return refused.StatusCode
	case err != nil:
		t.Fatal(err)
	}
	return http.StatusOK
}
