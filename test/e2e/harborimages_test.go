//go:build harbor

package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
	"sigs.k8s.io/yaml"

	"otomi.io/tasks/internal/testkit/runner"
	"otomi.io/tasks/tasks/harborprojects"
	"otomi.io/tasks/tasks/run"
	"otomi.io/tasks/test/servers"
)

const imageTeams = `
cluster: {domainSuffix: example.com}
apps: {keycloak: {idp: {clientSecret: client-secret-1}}}
teamConfig:
  a: {harbor: {immutableTags: [{tags: "v*"}]}}
  b: {}
`

// TestHarborImages lets people work: what the Secrets of a team hold pushes and
// pulls images, and the registry keeps to the rules that the values declare.
func TestHarborImages(t *testing.T) {
	w := newImageWork(t)
	w.apply("apply")
	w.cannot("pull", "push", "team-a/web:v1", http.StatusUnauthorized, "a pull credential cannot push")
	w.can("push", "push", "team-a/web:v1", "a person pushes")
	w.can("builds", "push", "team-a/web:latest", "a build pushes")
	w.can("pull", "pull", "team-a/web:v1", "a pod pulls")
	w.cannot("push", "push", "team-b/web:v1", http.StatusUnauthorized, "another team's project")
	w.cannot("push", "push", "team-a/web:v1", http.StatusPreconditionFailed, "a tag that is immutable")
	w.can("push", "push", "team-a/web:latest", "a tag that is not")

	former := w.credential("pull")
	w.apply("rotate", "--team", "a")
	if w.credential("pull") == former {
		t.Error("the Secret holds what it held before the rotation")
	}
	w.can("pull", "pull", "team-a/web:v1", "a pod that starts after a rotation")
	if err := w.pull(former, "team-a/web:v1"); err != nil {
		t.Errorf("a pod that started before it: %v", err)
	}
}

// imageWork is a Harbor with a registry, and the Secrets of team a in a folder.
type imageWork struct {
	t      *testing.T
	server *servers.HarborServer
	values runner.Values
	folder string
}

func newImageWork(t *testing.T) imageWork {
	t.Helper()
	images := httptest.NewServer(registry.New(registry.Logger(slog.NewLogLogger(slog.DiscardHandler, slog.LevelError))))
	t.Cleanup(images.Close)
	server, err := servers.Harbor(context.Background(), servers.HarborOptions{Registry: images.URL})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	})
	return imageWork{t, server, runner.Sources(t, imageTeams), t.TempDir()}
}

func (w imageWork) apply(args ...string) {
	w.t.Helper()
	w.run(args...).Converged(w.t)
}

func (w imageWork) run(args ...string) runner.Result {
	w.t.Helper()
	return runner.Run(harborprojects.Task(), run.Process{
		Args: w.values.Args(append(args, "--secrets-dir", w.folder)...),
		Env:  map[string]string{"HARBOR_BASE_URL": w.server.URL, "HARBOR_USER": w.server.Username, "HARBOR_PASSWORD": w.server.Password},
	}).Read(w.t)
}

// credential is what a container runtime reads out of the Secret for a use.
func (w imageWork) credential(use string) authn.Basic {
	w.t.Helper()
	file := map[string]string{"pull": "harbor-pullsecret", "push": "harbor-pushsecret", "builds": "harbor-pushsecret-builds"}[use]
	text, err := os.ReadFile(filepath.Join(w.folder, "team-a", "secret-"+file+".yaml"))
	if err != nil {
		w.t.Fatal(err)
	}
	var secret struct{ Data map[string][]byte }
	if err := yaml.Unmarshal(text, &secret); err != nil {
		w.t.Fatal(err)
	}
	for _, content := range secret.Data {
		var config struct{ Auths map[string]authn.Basic }
		if err := json.Unmarshal(content, &config); err != nil {
			w.t.Fatal(err)
		}
		if found, ok := config.Auths["harbor.example.com"]; ok {
			return found
		}
	}
	w.t.Fatalf("%s has no login to Harbor", file)
	return authn.Basic{}
}

// can pushes a new image, or pulls one.
func (w imageWork) can(use, what, image, reason string) {
	w.t.Helper()
	if err := w.do(use, what, image); err != nil {
		w.t.Errorf("%s: %s of %s: %v", reason, what, image, err)
	}
}

func (w imageWork) cannot(use, what, image string, status int, reason string) {
	w.t.Helper()
	err := w.do(use, what, image)
	var refused *transport.Error
	if !errors.As(err, &refused) || refused.StatusCode != status {
		w.t.Errorf("%s: %s of %s: %v, want status %d", reason, what, image, err, status)
	}
}

func (w imageWork) do(use, what, image string) error {
	w.t.Helper()
	if what == "pull" {
		return w.pull(w.credential(use), image)
	}
	made, err := random.Image(100, 1)
	if err != nil {
		w.t.Fatal(err)
	}
	credential := w.credential(use)
	return remote.Write(w.tag(image), made, remote.WithAuth(&credential))
}

func (w imageWork) pull(credential authn.Basic, image string) error {
	w.t.Helper()
	found, err := remote.Image(w.tag(image), remote.WithAuth(&credential))
	if err != nil {
		return err
	}
	_, err = found.Digest()
	return err
}

func (w imageWork) tag(image string) name.Tag {
	w.t.Helper()
	tag, err := name.NewTag(strings.TrimPrefix(w.server.URL, "http://")+"/"+image, name.Insecure)
	if err != nil {
		w.t.Fatal(err)
	}
	return tag
}
