package run_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	common "go.opentelemetry.io/proto/otlp/common/v1"
	trace "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/run"
)

// fakeCollector takes traces by OTLP over HTTP.
type fakeCollector struct {
	url string

	mu      sync.Mutex
	service map[string]string // the resource's attributes
	spans   []*trace.Span
	bodies  string
}

func newCollector(t *testing.T) *fakeCollector {
	t.Helper()
	c := &fakeCollector{service: map[string]string{}}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { c.take(t, w, r) }))
	t.Cleanup(server.Close)
	c.url = server.URL
	return c
}

func (c *fakeCollector) take(t *testing.T, w http.ResponseWriter, r *http.Request) {
	t.Helper()
	body, err := io.ReadAll(r.Body)
	var request collector.ExportTraceServiceRequest
	if err == nil {
		err = proto.Unmarshal(body, &request)
	}
	if err != nil || r.URL.Path != "/v1/traces" {
		t.Errorf("got traces at %s: %v", r.URL.Path, err)
	}
	w.Header().Set("Content-Type", "application/x-protobuf")
	c.mu.Lock()
	defer c.mu.Unlock()
	c.bodies += string(body)
	for _, resource := range request.ResourceSpans {
		keep(c.service, resource.Resource.Attributes)
		for _, scope := range resource.ScopeSpans {
			c.spans = append(c.spans, scope.Spans...)
		}
	}
}

func keep(into map[string]string, attributes []*common.KeyValue) {
	for _, a := range attributes {
		into[a.Key] = a.Value.GetStringValue()
	}
}

// named are the spans of one name.
func (c *fakeCollector) named(name string) []*trace.Span {
	c.mu.Lock()
	defer c.mu.Unlock()
	var found []*trace.Span
	for _, span := range c.spans {
		if span.Name == name {
			found = append(found, span)
		}
	}
	return found
}

// collecting is the environment of the run and of this process: the exporter
// reads the latter by itself.
func collecting(t *testing.T, pairs ...string) map[string]string {
	t.Helper()
	env := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		env[pairs[i]] = pairs[i+1]
		t.Setenv(pairs[i], pairs[i+1])
	}
	return env
}

func TestTraces(t *testing.T) {
	c := newCollector(t)
	address, _ := counting(t)
	a := &app{desired: owned("a")}
	a.read = func(ctx context.Context, _ int) error {
		return a.send(ctx, "GET", address+"/roles?access_token=sesame", "")
	}
	a.write = func(ctx context.Context, _ plan.Change[item]) (bool, error) {
		return true, a.send(ctx, "POST", address+"/roles", `{"password":"sesame"}`)
	}
	s := apply()
	s.env = collecting(t, "OTEL_EXPORTER_OTLP_ENDPOINT", c.url, "OTEL_RESOURCE_ATTRIBUTES", "k8s.pod.name=hook-1")
	if r := execute(t, a, s); r.code != run.ExitOK || r.stderr != "" && strings.Contains(r.stderr, "traces") {
		t.Errorf("exit %d: %s", r.code, r.stderr)
	}
	whole := c.named("shelf-items apply")
	if len(whole) != 1 || len(c.named("GET")) != 2 || len(c.named("POST")) != 1 {
		t.Fatalf("want one span of the run, two of reads and one of a write, got %v", c.spans)
	}
	for _, span := range append(c.named("GET"), c.named("POST")...) {
		if string(span.TraceId) != string(whole[0].TraceId) || string(span.ParentSpanId) != string(whole[0].SpanId) {
			t.Errorf("%s is not in the run's span", span.Name)
		}
	}
	want := map[string]string{"service.name": "shelf-items", "service.version": "v1.2.3", "k8s.pod.name": "hook-1"}
	if diff := cmp.Diff(want, c.service); diff != "" {
		t.Errorf("resource: -want, +got:\n%s", diff)
	}
	if leaked(c.bodies) {
		t.Errorf("the traces show a secret: %q", c.bodies)
	}
}

// TestTraceOfFailure: the run's span tells its error.
func TestTraceOfFailure(t *testing.T) {
	c := newCollector(t)
	a := &app{read: func(context.Context, int) error { return status(400) }}
	r := execute(t, a, setup{args: []string{"plan"}, env: collecting(t, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", c.url+"/v1/traces")})
	spans := c.named("shelf-items plan")
	if r.code != run.ExitInvalid || len(spans) != 1 {
		t.Fatalf("exit %d, spans %v", r.code, c.spans)
	}
	if got := spans[0].Status; got.Code != trace.Status_STATUS_CODE_ERROR || !strings.Contains(got.Message, "400") {
		t.Errorf("status %v", got)
	}
}

// TestServiceName: the standard variable wins.
func TestServiceName(t *testing.T) {
	c := newCollector(t)
	env := collecting(t, "OTEL_EXPORTER_OTLP_ENDPOINT", c.url, "OTEL_SERVICE_NAME", "shelves-of-production")
	execute(t, &app{}, setup{args: []string{"plan"}, env: env})
	if got := c.service["service.name"]; got != "shelves-of-production" {
		t.Errorf("service.name is %q", got)
	}
}

func TestNoTraces(t *testing.T) {
	c := newCollector(t)
	cases := map[string]struct {
		reason string
		args   []string
		env    []string
	}{
		"Default":  {"none were asked for", []string{"plan"}, nil},
		"Disabled": {"they are switched off", []string{"plan"}, []string{"OTEL_EXPORTER_OTLP_ENDPOINT", c.url, "OTEL_SDK_DISABLED", "true"}},
		"Validate": {"no server is asked", []string{"validate"}, []string{"OTEL_EXPORTER_OTLP_ENDPOINT", c.url}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if r := execute(t, &app{}, setup{args: tc.args, env: collecting(t, tc.env...)}); r.code != run.ExitOK || len(c.spans) != 0 {
				t.Errorf("%s: exit %d, spans %v", tc.reason, r.code, c.spans)
			}
		})
	}
}

// TestTracesAreNoDuty: whatever is wrong with the traces, the run does its
// work, and the trouble is one warning in its own log.
func TestTracesAreNoDuty(t *testing.T) {
	c := newCollector(t)
	refusing := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(refusing.Close)
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	cases := map[string]struct {
		reason string
		env    []string
	}{
		"Refused":    {"a server that takes no traces", []string{"OTEL_EXPORTER_OTLP_ENDPOINT", refusing.URL}},
		"Gone":       {"no server listens", []string{"OTEL_EXPORTER_OTLP_ENDPOINT", gone.URL}},
		"Attributes": {"attributes that cannot be read", []string{"OTEL_EXPORTER_OTLP_ENDPOINT", c.url, "OTEL_RESOURCE_ATTRIBUTES", "no-value"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			s := apply()
			s.env = collecting(t, tc.env...)
			r := execute(t, &app{desired: owned("a")}, s)
			if r.code != run.ExitOK || r.outcome.Result != "converged" {
				t.Errorf("%s: exit %d, result %q: %s", tc.reason, r.code, r.outcome.Result, r.outcome.Error)
			}
			if strings.Count(r.stderr, `"level":"WARN"`) != 1 || !strings.Contains(r.stderr, "trace") {
				t.Errorf("%s: want one warning, got\n%s", tc.reason, r.stderr)
			}
		})
	}
}
