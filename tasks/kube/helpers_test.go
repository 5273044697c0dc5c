package kube_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"k8s.io/client-go/rest"

	suite "otomi.io/tasks/internal/conformance/kube"
	"otomi.io/tasks/tasks/kube"
	"otomi.io/tasks/tasks/values"
)

// tripper is a transport made of a function.
type tripper func(*http.Request) (*http.Response, error)

func (f tripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// answer is a whole answer.
func answer(code int, body string) *http.Response {
	return &http.Response{StatusCode: code, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body))}
}

// always answers every request the same way.
func always(code int, body string) *rest.Config {
	return &rest.Config{Host: "http://kubernetes.test", Transport: tripper(func(*http.Request) (*http.Response, error) {
		return answer(code, body), nil
	})}
}

// watched is the server in memory behind a transport that can be spoiled.
type watched struct {
	mu       sync.Mutex
	requests []string // method and path
	bodies   []string
	// spoil may answer in the server's place: nil, nil lets the server do it.
	spoil func(*http.Request) (*http.Response, error)
}

func (w *watched) config(m *suite.Memory) *rest.Config {
	config := m.Config()
	next := config.Transport
	config.Transport = tripper(func(r *http.Request) (*http.Response, error) {
		w.note(r)
		if w.spoil != nil {
			if resp, err := w.spoil(r); resp != nil || err != nil {
				return resp, err
			}
		}
		return next.RoundTrip(r)
	})
	return config
}

func (w *watched) note(r *http.Request) {
	var body []byte
	if r.Body != nil {
		body, _ = io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.requests = append(w.requests, r.Method+" "+r.URL.Path)
	w.bodies = append(w.bodies, string(body))
}

func connect(t *testing.T, config *rest.Config) *kube.Cluster {
	t.Helper()
	cluster, err := kube.New(config)
	if err != nil {
		t.Fatalf("kube.New(config): %v", err)
	}
	return cluster
}

// put stores an object in the server in memory as another writer.
func put(t *testing.T, m *suite.Memory, path, body string) {
	t.Helper()
	if code, text := ask(t, m, http.MethodPost, path, body); code != http.StatusCreated {
		t.Fatalf("creating %s: %d: %s", path, code, text)
	}
}

// ask sends a request of another writer.
func ask(t *testing.T, m *suite.Memory, method, path, body string) (code int, text []byte) {
	t.Helper()
	r, err := http.NewRequestWithContext(context.Background(), method, "http://kubernetes.test"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := m.Config().Transport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err = io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, text
}

// memory is a server with the namespace red.
func memory(t *testing.T) *suite.Memory {
	t.Helper()
	m := suite.NewMemory()
	put(t, m, "/api/v1/namespaces", `{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"red"}}`)
	return m
}

func secret(name, value string) kube.Secret {
	return kube.Secret{Namespace: "red", Name: name, Data: map[string]values.Secret{"password": values.NewSecret(value)}}
}
