package kube

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
)

// ErrConflict means that another writer changed the object after it was read.
var ErrConflict = errors.New("another writer changed it since it was read")

// versionedStore keeps a Secret that is written only over the version that was read.
type versionedStore interface {
	// ReadVersion also returns the version; "" means that there is no Secret.
	ReadVersion(ctx context.Context, namespace, name string) (Secret, string, error)
	// WriteOver writes over that version and returns the new one, or ErrConflict.
	WriteOver(ctx context.Context, s Secret, version string) (string, error)
}

// ReadVersion reads one Secret and its version, "" for none.
func (c *Cluster) ReadVersion(ctx context.Context, namespace, name string) (Secret, string, error) {
	o, found, err := c.read(ctx, namespace, name)
	if err != nil || !found {
		return Secret{}, "", err
	}
	return o.secret(), o.Metadata.ResourceVersion, nil
}

// WriteOver writes over that version and returns the new one, or ErrConflict.
func (c *Cluster) WriteOver(ctx context.Context, s Secret, version string) (string, error) {
	o := newSecretObject(s)
	write := call{object: secretNamed(s.Namespace, s.Name), query: asManager(url.Values{})}
	if version == "" {
		write.method, write.collection = http.MethodPost, true
	} else {
		o.Metadata.ResourceVersion = version
		write.method, write.content = http.MethodPatch, mergePatch
	}
	write.body = o
	var written secretObject
	err := c.do(ctx, write, &written)
	if apierrors.IsConflict(err) || apierrors.IsAlreadyExists(err) || version != "" && apierrors.IsNotFound(err) {
		err = fmt.Errorf("%w: %w", ErrConflict, err)
	}
	if err != nil {
		return "", fmt.Errorf("writing secret %s/%s: %w", s.Namespace, s.Name, err)
	}
	return written.Metadata.ResourceVersion, nil
}
