package cluster

import (
	"bytes"
	"io"
	"net/http"
	"sync"
	"testing"
)

// collector takes traces as OpenTelemetry's collector does.
type collector struct {
	mu     sync.Mutex
	traces bytes.Buffer
}

func (c *collector) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil || r.Method != http.MethodPost || r.URL.Path != "/v1/traces" {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.traces.Write(body)
}

// TestTraces: the chart hands OpenTelemetry's variables on, and a trace says
// which Job of which namespace it is of.
func TestTraces(t *testing.T) {
	t.Parallel()
	keycloak, traces := newKeycloak(t), &collector{}
	r := newRelease(t, "v3", keycloak.values("alpha"), `telemetry: {OTEL_EXPORTER_OTLP_ENDPOINT: "`+serve(t, traces, nil)+`"}`)
	r.do(t, "install")
	traces.mu.Lock()
	defer traces.mu.Unlock()
	pod := pods(t, r.namespace, hookJob)[0].Name
	for _, name := range []string{hookJob, r.namespace, pod} {
		if !bytes.Contains(traces.traces.Bytes(), []byte(name)) { // protobuf keeps strings as they are
			t.Errorf("%d bytes of traces do not name %s", traces.traces.Len(), name)
		}
	}
	hidden(t, "the traces", traces.traces.String())
}
