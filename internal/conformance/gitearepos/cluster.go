package gitearepos

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	suite "otomi.io/tasks/internal/conformance/kube"
	"otomi.io/tasks/tasks/kube"
)

// cluster is a Kubernetes in memory that counts what is written to it.
type cluster struct {
	*kube.Cluster
	memory *suite.Memory
	counts *counter
}

// counter counts the writes on their way, and may break one.
type counter struct {
	next   http.RoundTripper
	writes atomic.Int64
	// lose is the number of the write whose answer is lost, from 1; 0 means none.
	lose atomic.Int64
}

func (c *counter) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := c.next.RoundTrip(r)
	if r.Method != http.MethodGet && err == nil && resp.StatusCode < http.StatusBadRequest {
		if n := c.writes.Add(1); n == c.lose.Load() {
			return nil, errLost
		}
	}
	return resp, err
}

var errLost = &lostError{}

// lostError is an answer that never came.
type lostError struct{}

func (*lostError) Error() string { return "the answer is lost" }

// newCluster has the namespaces of the release and of Drone.
func newCluster(t *testing.T) *cluster {
	t.Helper()
	memory := suite.NewMemory()
	config := memory.Config()
	counts := &counter{next: config.Transport}
	config.Transport = counts
	api, err := kube.New(config)
	if err != nil {
		t.Fatal(err)
	}
	c := &cluster{Cluster: api, memory: memory, counts: counts}
	for _, namespace := range []string{"default", "drone"} {
		c.send(t, http.MethodPost, "/api/v1/namespaces", `{"kind":"Namespace","apiVersion":"v1","metadata":{"name":"`+namespace+`"}}`)
	}
	return c
}

func (c *cluster) writes() int { return int(c.counts.writes.Load()) }

// send is a person with kubectl.
func (c *cluster) send(t *testing.T, method, path, body string) []byte {
	t.Helper()
	recorder := httptest.NewRecorder()
	request := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
	request.Header.Set("Content-Type", "application/json")
	c.memory.ServeHTTP(recorder, request)
	if recorder.Code >= http.StatusBadRequest && method != http.MethodGet {
		t.Fatalf("%s %s: %s", method, path, recorder.Body)
	}
	return recorder.Body.Bytes()
}

const droneSecret = "/api/v1/namespaces/drone/secrets/drone-source-control"

// field is a value of a Secret; empty where there is none.
func (c *cluster) field(t *testing.T, path, key string) string {
	t.Helper()
	var o struct{ Data map[string]string }
	if err := json.Unmarshal(c.send(t, http.MethodGet, path, ""), &o); err != nil {
		t.Fatal(err)
	}
	return decode(o.Data[key])
}

// secret is what the Secret of Drone holds; empty where there is none.
func (c *cluster) secret(t *testing.T) (clientID, clientSecret string) {
	t.Helper()
	return c.field(t, droneSecret, "clientId"), c.field(t, droneSecret, "clientSecret")
}

func decode(text string) string {
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return ""
	}
	return string(raw)
}

// edit replaces the client secret by hand.
func (c *cluster) edit(t *testing.T, secret string) {
	t.Helper()
	data := base64.StdEncoding.EncodeToString([]byte(secret))
	c.send(t, http.MethodPatch, droneSecret, `{"data":{"clientSecret":"`+data+`"}}`)
}

// store makes the Secret as the predecessor did, without our mark.
func (c *cluster) store(t *testing.T, clientID, clientSecret string) {
	t.Helper()
	encode := func(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }
	c.send(t, http.MethodPost, "/api/v1/namespaces/drone/secrets", `{"kind":"Secret","apiVersion":"v1","type":"Opaque",
		"metadata":{"name":"drone-source-control"},"data":{"clientId":"`+encode(clientID)+`","clientSecret":"`+encode(clientSecret)+`"}}`)
}

// secrets are what must never be printed.
func (c *cluster) secrets(t *testing.T) []string {
	t.Helper()
	_, secret := c.secret(t)
	return []string{secret}
}
