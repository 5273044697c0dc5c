package kube

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"sigs.k8s.io/yaml"
)

// Directory takes the place of a cluster where manifests are wanted: for
// GitOps, and for laptops. It has the methods of Cluster and keeps one file per
// object, as NAMESPACE/secret-NAME.yaml and NAMESPACE/serviceaccount-NAME.yaml.
// The files hold secrets in base64: their mode is 0600.
//
// Every namespace and ServiceAccount is taken to exist. The pull secrets of a
// ServiceAccount's manifest are only those added here; applying it
// replaces the list in the cluster. It is for one process at a time.
type Directory struct{ path string }

// NewDirectory makes a Directory of a path, which is made when it is first
// written to.
func NewDirectory(path string) *Directory { return &Directory{path} }

// Secret reads one Secret; an absent one is not an error: found is false.
func (d *Directory) Secret(_ context.Context, namespace, name string) (s Secret, found bool, err error) {
	o, version, err := d.read(namespace, name)
	if err != nil || version == "" {
		return Secret{}, false, err
	}
	return o.secret(), true, nil
}

// read also returns a version, which is the content's hash, "" for no file.
func (d *Directory) read(namespace, name string) (o secretObject, version string, err error) {
	version, err = d.load(namespace, "secret", name, &o)
	if err != nil {
		return secretObject{}, "", fmt.Errorf("reading secret %s/%s: %w", namespace, name, err)
	}
	return o, version, nil
}

// ApplySecret writes the Secret's manifest, unless it says the same already.
func (d *Directory) ApplySecret(_ context.Context, s Secret) error {
	err := s.check()
	if err == nil {
		err = d.store(s.Namespace, "secret", s.Name, newSecretObject(s))
	}
	if err != nil {
		return fmt.Errorf("applying secret %s/%s: %w", s.Namespace, s.Name, err)
	}
	return nil
}

// DeleteSecret removes the manifest of a Secret of ours. An absent one is no
// error; one without our mark is a ForeignError.
func (d *Directory) DeleteSecret(_ context.Context, namespace, name string) error {
	o, version, err := d.read(namespace, name)
	if err == nil && version != "" && !o.secret().Ours() {
		err = &ForeignError{Namespace: namespace, Name: name}
	}
	if err == nil && version != "" {
		err = os.Remove(d.file(namespace, "secret", name))
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("deleting secret %s/%s: %w", namespace, name, err)
	}
	return nil
}

// PullSecrets reads the names of a ServiceAccount's image pull secrets.
func (d *Directory) PullSecrets(_ context.Context, namespace, account string) ([]string, error) {
	var o accountObject
	if _, err := d.load(namespace, "serviceaccount", account, &o); err != nil {
		return nil, fmt.Errorf("reading service account %s/%s: %w", namespace, account, err)
	}
	return o.names(), nil
}

// AddPullSecrets puts names behind the image pull secrets that the manifest has.
func (d *Directory) AddPullSecrets(ctx context.Context, namespace, account string, names ...string) error {
	return d.editPullSecrets(ctx, namespace, account, func(have []string) []string { return union(have, names) })
}

// DropPullSecrets takes names from the manifest's image pull secrets.
func (d *Directory) DropPullSecrets(ctx context.Context, namespace, account string, names ...string) error {
	return d.editPullSecrets(ctx, namespace, account, func(have []string) []string { return without(have, names) })
}

func (d *Directory) editPullSecrets(ctx context.Context, namespace, account string, edit func([]string) []string) error {
	have, err := d.PullSecrets(ctx, namespace, account)
	if err != nil {
		return err
	}
	want := edit(have)
	if slices.Equal(want, have) {
		return nil
	}
	err = d.store(namespace, "serviceaccount", account, accountObject{
		APIVersion: "v1", Kind: "ServiceAccount", ImagePullSecrets: references(want),
		Metadata: metadata{Name: account, Namespace: namespace},
	})
	if err != nil {
		return fmt.Errorf("changing the pull secrets of service account %s/%s: %w", namespace, account, err)
	}
	return nil
}

// ReadVersion reads one Secret and its version, "" for none.
func (d *Directory) ReadVersion(_ context.Context, namespace, name string) (Secret, string, error) {
	o, version, err := d.read(namespace, name)
	return o.secret(), version, err
}

// WriteOver writes over that version and returns the new one, or ErrConflict.
func (d *Directory) WriteOver(ctx context.Context, s Secret, version string) (string, error) {
	_, now, err := d.read(s.Namespace, s.Name)
	if err == nil && now != version {
		err = fmt.Errorf("writing secret %s/%s: %w", s.Namespace, s.Name, ErrConflict)
	}
	if err != nil {
		return "", err
	}
	if err := d.ApplySecret(ctx, s); err != nil {
		return "", err
	}
	_, now, err = d.read(s.Namespace, s.Name)
	return now, err
}

func (d *Directory) file(namespace, kind, name string) string {
	return filepath.Join(d.path, namespace, kind+"-"+name+".yaml")
}

// load reads a manifest into an object; without a file it leaves it as it is.
func (d *Directory) load(namespace, kind, name string, into any) (version string, err error) {
	if err := errors.Join(checkNamespace(namespace), checkName(name)); err != nil {
		return "", err
	}
	text, err := os.ReadFile(d.file(namespace, kind, name))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	// The parser's error may quote the text.
	if yaml.Unmarshal(text, into) != nil {
		return "", fmt.Errorf("%s is not a Kubernetes manifest in YAML", d.file(namespace, kind, name))
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:]), nil
}

// store writes a manifest in one step: a reader sees the old or the new one.
func (d *Directory) store(namespace, kind, name string, object any) error {
	if err := errors.Join(checkNamespace(namespace), checkName(name)); err != nil {
		return err
	}
	text, err := yaml.Marshal(object)
	if err != nil {
		return fmt.Errorf("writing the manifest: %w", err)
	}
	file := d.file(namespace, kind, name)
	if have, err := os.ReadFile(file); err == nil && slices.Equal(have, text) {
		return os.Chmod(file, 0o600)
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return err
	}
	return replace(file, text)
}

func replace(file string, text []byte) error {
	part, err := os.CreateTemp(filepath.Dir(file), ".part-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(part.Name()) //nolint:errcheck // after the rename there is none
	_, err = part.Write(text)
	if err = errors.Join(err, part.Sync(), part.Close()); err != nil {
		return err
	}
	return os.Rename(part.Name(), file)
}
