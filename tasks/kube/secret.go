package kube

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"otomi.io/tasks/tasks/values"
)

// ManagedBy is the label that marks what is ours, with the value Manager.
const ManagedBy = "app.kubernetes.io/managed-by"

// The types of our Secrets.
const (
	Opaque           = "Opaque"
	DockerConfigJSON = "kubernetes.io/dockerconfigjson" // with the key DockerConfigKey
	DockerConfigKey  = ".dockerconfigjson"
)

// Secret is a Kubernetes Secret as far as it concerns us.
type Secret struct {
	Namespace, Name string
	// Type cannot be changed later; "" is Opaque.
	Type string
	// Labels are those that we declare, or all that it has. ManagedBy is
	// added to what is written.
	Labels, Annotations map[string]string
	// Data is by key; its values are never empty.
	Data map[string]values.Secret
}

// Ours tells whether the Secret carries our mark.
func (s Secret) Ours() bool { return s.Labels[ManagedBy] == Manager }

// check refuses empty values: that is where a credential got lost.
func (s Secret) check() error {
	if len(s.Data) == 0 {
		return fmt.Errorf("secret %s/%s has no data", s.Namespace, s.Name)
	}
	for _, key := range slices.Sorted(maps.Keys(s.Data)) {
		if s.Data[key].IsZero() {
			return fmt.Errorf("secret %s/%s has no value for %s", s.Namespace, s.Name, key)
		}
	}
	return nil
}

// metadata is the part of an object that all kinds share.
type metadata struct {
	Name            string            `json:"name,omitempty"`
	GenerateName    string            `json:"generateName,omitempty"`
	Namespace       string            `json:"namespace,omitempty"`
	UID             string            `json:"uid,omitempty"`
	ResourceVersion string            `json:"resourceVersion,omitempty"`
	Labels          map[string]string `json:"labels,omitempty"`
	Annotations     map[string]string `json:"annotations,omitempty"`
}

// secretObject is a Secret as the API has it. JSON writes the bytes in base64, as
// Kubernetes does.
type secretObject struct {
	APIVersion string            `json:"apiVersion"`
	Kind       string            `json:"kind"`
	Metadata   metadata          `json:"metadata"`
	Type       string            `json:"type,omitempty"`
	Data       map[string][]byte `json:"data,omitempty"`
}

func newSecretObject(s Secret) secretObject {
	labels := map[string]string{}
	maps.Copy(labels, s.Labels)
	labels[ManagedBy] = Manager
	kind := s.Type
	if kind == "" {
		kind = Opaque
	}
	data := make(map[string][]byte, len(s.Data))
	for key, value := range s.Data {
		data[key] = []byte(value.Reveal())
	}
	return secretObject{
		APIVersion: "v1", Kind: "Secret", Type: kind, Data: data,
		Metadata: metadata{Name: s.Name, Namespace: s.Namespace, Labels: labels, Annotations: s.Annotations},
	}
}

func (o secretObject) secret() Secret {
	data := make(map[string]values.Secret, len(o.Data))
	for key, value := range o.Data {
		data[key] = values.NewSecret(string(value))
	}
	return Secret{
		Namespace: o.Metadata.Namespace, Name: o.Metadata.Name, Type: o.Type,
		Labels: o.Metadata.Labels, Annotations: o.Metadata.Annotations, Data: data,
	}
}

// Secret reads one Secret. An absent one, also in an absent namespace, is no
// error: found is false.
func (c *Cluster) Secret(ctx context.Context, namespace, name string) (s Secret, found bool, err error) {
	o, found, err := c.read(ctx, namespace, name)
	if err != nil || !found {
		return Secret{}, false, err
	}
	return o.secret(), true, nil
}

func (c *Cluster) read(ctx context.Context, namespace, name string) (o secretObject, found bool, err error) {
	err = c.do(ctx, call{method: http.MethodGet, object: secretNamed(namespace, name)}, &o)
	if apierrors.IsNotFound(err) {
		return secretObject{}, false, nil
	}
	if err != nil {
		return secretObject{}, false, fmt.Errorf("reading secret %s/%s: %w", namespace, name, err)
	}
	return o, true, nil
}

// ApplySecret sets the declared fields of a Secret, also over other
// writers, and marks it as ours. It takes back the fields that we declared
// earlier and leaves those of others. It returns a NamespaceMissingError where
// it is too early, and a ImmutableError where Kubernetes allows no change.
func (c *Cluster) ApplySecret(ctx context.Context, s Secret) error {
	err := s.check()
	if err == nil {
		err = c.do(ctx, call{
			method: http.MethodPatch, object: secretNamed(s.Namespace, s.Name), content: applyPatch,
			query: asManager(url.Values{"force": {"true"}}), body: newSecretObject(s),
		}, nil)
	}
	if apierrors.IsInvalid(err) && immutable(err) {
		err = &ImmutableError{Namespace: s.Namespace, Name: s.Name, Err: err}
	}
	if err != nil {
		return fmt.Errorf("applying secret %s/%s: %w", s.Namespace, s.Name, err)
	}
	return nil
}

func asManager(query url.Values) string {
	query.Set("fieldManager", Manager)
	return query.Encode()
}

// immutable tells the fields that cannot be changed from those that are wrong.
func immutable(err error) bool {
	status, ok := errors.AsType[*apierrors.StatusError](err)
	if !ok || status.ErrStatus.Details == nil {
		return false
	}
	for _, cause := range status.ErrStatus.Details.Causes {
		// The server names a type that differs as "type", and "data" when the
		// whole Secret is immutable; a wrong key is data[…].
		if cause.Field == "type" || cause.Field == "data" {
			return true
		}
	}
	return false
}

// options of a deletion. Nothing is deleted that changed since it was read.
type deleteOptions struct {
	APIVersion    string        `json:"apiVersion"`
	Kind          string        `json:"kind"`
	Preconditions preconditions `json:"preconditions"`
}

type preconditions struct {
	UID             string `json:"uid"`
	ResourceVersion string `json:"resourceVersion"`
}

// DeleteSecret deletes a Secret of ours, as it was when its mark was read. An
// absent one is not an error; one without our mark is a ForeignError.
func (c *Cluster) DeleteSecret(ctx context.Context, namespace, name string) error {
	o, found, err := c.read(ctx, namespace, name)
	if err == nil && found && !o.secret().Ours() {
		err = &ForeignError{Namespace: namespace, Name: name}
	}
	if err == nil && found {
		err = c.do(ctx, call{
			method: http.MethodDelete, object: secretNamed(namespace, name),
			body: deleteOptions{"v1", "DeleteOptions", preconditions{o.Metadata.UID, o.Metadata.ResourceVersion}},
		}, nil)
	}
	if err != nil && !apierrors.IsNotFound(err) {
		return fmt.Errorf("deleting secret %s/%s: %w", namespace, name, err)
	}
	return nil
}
