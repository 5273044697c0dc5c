package kube_test

import (
	"context"
	"errors"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"

	"otomi.io/tasks/tasks/kube"
	"otomi.io/tasks/tasks/values"
)

var update = flag.Bool("update", false, "write the golden files")

// store is what harbor-projects needs of both places to write to.
type store interface {
	Secret(ctx context.Context, namespace, name string) (kube.Secret, bool, error)
	ApplySecret(context.Context, kube.Secret) error
	DeleteSecret(ctx context.Context, namespace, name string) error
	PullSecrets(ctx context.Context, namespace, account string) ([]string, error)
	AddPullSecrets(ctx context.Context, namespace, account string, names ...string) error
	DropPullSecrets(ctx context.Context, namespace, account string, names ...string) error
}

var (
	_ store = (*kube.Cluster)(nil)
	_ store = (*kube.Directory)(nil)
)

// files are all below a folder, with their modes.
func files(t *testing.T, dir string) map[string]fs.FileMode {
	t.Helper()
	found := map[string]fs.FileMode{}
	err := filepath.WalkDir(dir, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(dir, name)
		found[filepath.ToSlash(relative)] = info.Mode()
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestDirectory(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "manifests")
	d, ctx := kube.NewDirectory(dir), t.Context()
	if _, found, err := d.Secret(ctx, "red", "one"); found || err != nil {
		t.Fatalf("an absent secret: found %v: %v", found, err)
	}
	content, err := kube.Dockerconfig("harbor.example.com", "otomi-team-red-pull", values.NewSecret("geheim"))
	if err != nil {
		t.Fatal(err)
	}
	want := kube.Secret{Namespace: "team-red", Name: "harbor-pullsecret", Type: kube.DockerConfigJSON, Data: map[string]values.Secret{kube.DockerConfigKey: content}}
	for range 2 {
		if err := errors.Join(d.ApplySecret(ctx, want), d.AddPullSecrets(ctx, "team-red", "default", "harbor-pullsecret")); err != nil {
			t.Fatal(err)
		}
	}
	got, found, err := d.Secret(ctx, "team-red", "harbor-pullsecret")
	want.Labels = map[string]string{kube.ManagedBy: kube.Manager}
	if diff := cmp.Diff(want, got, cmp.Comparer(values.Secret.Equal)); diff != "" || !found || err != nil {
		t.Errorf("read back: found %v: %v: -want, +got:\n%s", found, err, diff)
	}
	wantFiles := map[string]fs.FileMode{"team-red/secret-harbor-pullsecret.yaml": 0o600, "team-red/serviceaccount-default.yaml": 0o600}
	if diff := cmp.Diff(wantFiles, files(t, dir)); diff != "" {
		t.Errorf("files: -want, +got:\n%s", diff)
	}
	for name := range wantFiles {
		golden(t, filepath.Join(dir, name), filepath.Join("testdata", filepath.Base(name)))
	}
	typed(t, filepath.Join(dir, "team-red", "secret-harbor-pullsecret.yaml"), content)
	if err := errors.Join(d.DropPullSecrets(ctx, "team-red", "default", "harbor-pullsecret"), d.DeleteSecret(ctx, "team-red", "harbor-pullsecret"), d.DeleteSecret(ctx, "team-red", "harbor-pullsecret")); err != nil {
		t.Fatal(err)
	}
	if names, err := d.PullSecrets(ctx, "team-red", "default"); len(names) != 0 || err != nil {
		t.Errorf("pull secrets in the end: %v, %v", names, err)
	}
}

func golden(t *testing.T, file, wanted string) {
	t.Helper()
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(wanted, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(wanted)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s: -want, +got:\n%s", wanted, diff)
	}
}

// typed reads a manifest as Kubernetes would.
func typed(t *testing.T, file string, content values.Secret) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var s corev1.Secret
	if err := yaml.UnmarshalStrict(text, &s); err != nil || string(s.Data[corev1.DockerConfigJsonKey]) != content.Reveal() || s.Type != corev1.SecretTypeDockerConfigJson {
		t.Errorf("Kubernetes would read type %s: %v", s.Type, err)
	}
}

// TestDirectoryRefusals: nothing leaves the directory, nothing of others goes,
// and no error shows a secret.
func TestDirectoryRefusals(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	dir := filepath.Join(root, "manifests")
	write(t, filepath.Join(dir, "red", "secret-theirs.yaml"), "kind: Secret\nmetadata: {name: theirs}\n")
	write(t, filepath.Join(dir, "red", "secret-broken.yaml"), "data: geheim: {")
	d, ctx := kube.NewDirectory(dir), t.Context()
	before := files(t, root)
	outside := secret("../../x", "x")
	_, _, broken := d.Secret(ctx, "red", "broken")
	for reason, err := range map[string]error{
		"a name with slashes":      d.ApplySecret(ctx, outside),
		"a namespace that leaves":  d.AddPullSecrets(ctx, "..", "default", "x"),
		"a foreign secret":         d.DeleteSecret(ctx, "red", "theirs"),
		"a secret without a value": d.ApplySecret(ctx, secret("one", "")),
		"a broken manifest":        broken,
	} {
		if err == nil || strings.Contains(err.Error(), "geheim") {
			t.Errorf("%s: %v", reason, err)
		}
	}
	if diff := cmp.Diff(before, files(t, root)); diff != "" {
		t.Errorf("files: -before, +after:\n%s", diff)
	}
}
