package kube

import (
	"context"
	"fmt"
	"net/http"
	"net/url"

	"otomi.io/tasks/tasks/values"
)

// PlatformSecrets reads what the platform keeps in Secrets of its own. It never
// writes.
type PlatformSecrets struct{ Cluster *Cluster }

// Secret returns the data of one Secret and whether it exists.
func (p PlatformSecrets) Secret(ctx context.Context, namespace, name string) (map[string]values.Secret, bool, error) {
	s, found, err := p.Cluster.Secret(ctx, namespace, name)
	return s.Data, found, err
}

// pageSize is how many Secrets one request for a list returns.
const pageSize = 250

// secretList is one page of Secrets.
type secretList struct {
	Metadata struct {
		Continue string `json:"continue"`
	} `json:"metadata"`
	Items []secretObject `json:"items"`
}

// List returns the data of all Secrets of a namespace, by their names: those of
// the platform's users have unpredictable names. It is the only list
// that is ever asked for.
func (p PlatformSecrets) List(ctx context.Context, namespace string) (map[string]map[string]values.Secret, error) {
	all := map[string]map[string]values.Secret{}
	query := url.Values{"limit": {fmt.Sprint(pageSize)}}
	for {
		var page secretList
		err := p.Cluster.do(ctx, call{method: http.MethodGet, object: object{"api/v1", "secrets", namespace, ""}, collection: true, query: query.Encode()}, &page)
		if err != nil {
			return nil, fmt.Errorf("listing the secrets of namespace %s: %w", namespace, err)
		}
		for _, item := range page.Items {
			all[item.Metadata.Name] = item.secret().Data
		}
		if page.Metadata.Continue == "" {
			return all, nil
		}
		query.Set("continue", page.Metadata.Continue)
	}
}
