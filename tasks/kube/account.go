package kube

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
)

// maxConflicts bounds how often a ServiceAccount is read again because another
// writer changed it meanwhile.
const maxConflicts = 10

// accountObject is a ServiceAccount as the API has it.
type accountObject struct {
	APIVersion       string      `json:"apiVersion,omitempty"`
	Kind             string      `json:"kind,omitempty"`
	Metadata         metadata    `json:"metadata"`
	ImagePullSecrets []reference `json:"imagePullSecrets"`
}

type reference struct {
	Name string `json:"name"`
}

// names are of the Secrets, in the account's order.
func (o accountObject) names() []string {
	names := make([]string, 0, len(o.ImagePullSecrets))
	for _, r := range o.ImagePullSecrets {
		names = append(names, r.Name)
	}
	return names
}

func references(names []string) []reference {
	list := make([]reference, 0, len(names))
	for _, name := range names {
		list = append(list, reference{name})
	}
	return list
}

// PullSecrets reads the names of a ServiceAccount's image pull secrets. It
// returns an AccountMissingError when there is no such account yet.
func (c *Cluster) PullSecrets(ctx context.Context, namespace, account string) ([]string, error) {
	o, err := c.account(ctx, namespace, account)
	if err != nil {
		return nil, err
	}
	return o.names(), nil
}

// AddPullSecrets puts names behind the image pull secrets that a
// ServiceAccount has. Without a difference it writes nothing.
func (c *Cluster) AddPullSecrets(ctx context.Context, namespace, account string, names ...string) error {
	return c.editPullSecrets(ctx, namespace, account, func(have []string) []string { return union(have, names) })
}

// DropPullSecrets takes names from a ServiceAccount's image pull secrets and
// leaves the others. Without a difference it writes nothing.
func (c *Cluster) DropPullSecrets(ctx context.Context, namespace, account string, names ...string) error {
	return c.editPullSecrets(ctx, namespace, account, func(have []string) []string { return without(have, names) })
}

// union keeps the order of the list and puts what it lacks behind it.
func union(have, names []string) []string {
	all := slices.Clone(have)
	for _, name := range names {
		if !slices.Contains(all, name) {
			all = append(all, name)
		}
	}
	return all
}

func without(have, names []string) []string {
	return slices.DeleteFunc(slices.Clone(have), func(name string) bool { return slices.Contains(names, name) })
}

// editPullSecrets writes the whole list, as server-side apply would: for
// Kubernetes the list of a ServiceAccount is atomic, not merged by name. So
// that no entry of another writer is lost, the write holds only for the
// version that was read.
func (c *Cluster) editPullSecrets(ctx context.Context, namespace, account string, edit func([]string) []string) error {
	for attempt := 1; ; attempt++ {
		o, err := c.account(ctx, namespace, account)
		if err != nil {
			return err
		}
		want := edit(o.names())
		if slices.Equal(want, o.names()) {
			return nil
		}
		err = c.do(ctx, call{
			method: http.MethodPatch, object: accountNamed(namespace, account), content: mergePatch, query: asManager(url.Values{}),
			body: accountObject{Metadata: metadata{ResourceVersion: o.Metadata.ResourceVersion}, ImagePullSecrets: references(want)},
		}, nil)
		if err == nil {
			return nil
		}
		if !apierrors.IsConflict(err) || attempt == maxConflicts {
			return fmt.Errorf("changing the pull secrets of service account %s/%s: %w", namespace, account, err)
		}
	}
}

func (c *Cluster) account(ctx context.Context, namespace, name string) (accountObject, error) {
	var o accountObject
	err := c.do(ctx, call{method: http.MethodGet, object: accountNamed(namespace, name)}, &o)
	if apierrors.IsNotFound(err) {
		err = &AccountMissingError{Namespace: namespace, Name: name}
	}
	if err != nil {
		return accountObject{}, fmt.Errorf("reading service account %s/%s: %w", namespace, name, err)
	}
	return o, nil
}
