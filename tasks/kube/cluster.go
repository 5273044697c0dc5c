package kube

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"k8s.io/client-go/rest"
)

// Manager is the field manager of what we write, and the value of the label
// that marks what is ours.
const Manager = "otomi-tasks"

const (
	requestTime = time.Minute // for one request with its retries
	maxAnswer   = 16 << 20    // bytes; a Secret is at most about 1.5 MiB
)

// The content types that say how the server reads a PATCH.
const (
	applyPatch = "application/apply-patch+yaml" // JSON is YAML
	mergePatch = "application/merge-patch+json"
	plainJSON  = "application/json"
)

// Cluster is a Kubernetes API server. Every object is read by its name: but for
// PlatformSecrets it never lists or watches, so that RBAC can name what it may
// see. It may be used from many goroutines.
type Cluster struct {
	http *http.Client
	base *url.URL
}

// New makes a Cluster of a configuration. It sends nothing.
func New(config *rest.Config) (*Cluster, error) {
	client, err := rest.HTTPClientFor(config)
	if err != nil {
		return nil, fmt.Errorf("preparing the connection to Kubernetes: %w", err)
	}
	base, _, err := rest.DefaultServerUrlFor(config)
	if err != nil {
		return nil, fmt.Errorf("reading the address of Kubernetes: %w", err)
	}
	// A followed redirect would turn a write into a read: the API has none.
	direct := *client
	direct.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &Cluster{http: &direct, base: base}, nil
}

// call is one request.
type call struct {
	method string
	object object
	// collection addresses the kind in the namespace, not the object.
	collection bool
	query      string
	content    string // of the body; "" is plain JSON
	body       any    // nil for none
}

// object says which object is meant.
type object struct{ api, plural, namespace, name string }

func secretNamed(namespace, name string) object {
	return object{"api/v1", "secrets", namespace, name}
}

func accountNamed(namespace, name string) object {
	return object{"api/v1", "serviceaccounts", namespace, name}
}

func leaseNamed(namespace, name string) object {
	return object{"apis/coordination.k8s.io/v1", "leases", namespace, name}
}

func eventIn(namespace string) object {
	return object{api: "api/v1", plural: "events", namespace: namespace}
}

// do sends a call and reads its answer into a value; nil drops it.
func (c *Cluster) do(ctx context.Context, call call, into any) error {
	ctx, cancel := context.WithTimeout(ctx, requestTime)
	defer cancel()
	request, err := c.request(ctx, call)
	if err != nil {
		return err
	}
	answer, err := c.http.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
	if err != nil {
		return fmt.Errorf("reading the answer: %w", err)
	}
	if answer.StatusCode < 200 || answer.StatusCode > 299 {
		return failure(call, answer.StatusCode, body)
	}
	if into == nil {
		return nil
	}
	if err := json.Unmarshal(body, into); err != nil {
		return fmt.Errorf("reading the answer: %w", err)
	}
	return nil
}

func (c *Cluster) request(ctx context.Context, call call) (*http.Request, error) {
	address, err := c.address(call)
	if err != nil {
		return nil, err
	}
	var body io.Reader
	if call.body != nil {
		text, err := json.Marshal(call.body)
		if err != nil {
			return nil, fmt.Errorf("writing the request: %w", err)
		}
		body = bytes.NewReader(text)
	}
	request, err := http.NewRequestWithContext(ctx, call.method, address, body)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Accept", plainJSON)
	if call.body != nil {
		request.Header.Set("Content-Type", plainJSON)
	}
	if call.content != "" {
		request.Header.Set("Content-Type", call.content)
	}
	return request, nil
}

// address refuses invalid names: with an empty one a read would be a list, and
// a deletion would delete everything.
func (c *Cluster) address(call call) (string, error) {
	o := call.object
	if err := checkNamespace(o.namespace); err != nil {
		return "", err
	}
	path := []string{o.api, "namespaces", o.namespace, o.plural}
	if !call.collection {
		if err := checkName(o.name); err != nil {
			return "", err
		}
		path = append(path, o.name)
	}
	address := c.base.JoinPath(path...)
	address.RawQuery = call.query
	return address.String(), nil
}
