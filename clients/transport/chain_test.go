package transport

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"golang.org/x/time/rate"
)

func TestChainStrictAndRaw(t *testing.T) {
	server := newFaultyServer(t, status(503), status(404))
	chain := New(freshConnections(t), Options{Retry: RetryOptions{Clock: newFakeClock()}})
	_, err := chain.Client.Do(newRequest(t, "GET", server.URL, "")) //nolint:bodyclose // it fails
	if !IsNotFound(err) {
		t.Errorf("the client makes errors of the last answer: %v", err)
	}
	resp, err := chain.PassThrough.Do(newRequest(t, "GET", server.URL, ""))
	if err != nil || resp.StatusCode != http.StatusNotFound || readBody(t, resp) != "body of Not Found" {
		t.Errorf("the raw client passes the answer on: %v", err)
	}
	if diff := cmp.Diff(Counts{Reads: 3}, chain.Counter.Counts()); diff != "" {
		t.Errorf("both clients are counted, each attempt by itself (-want +got):\n%s", diff)
	}
}

func TestChainRefusesOnce(t *testing.T) {
	var sent atomic.Int64
	var log bytes.Buffer
	clock := newFakeClock()
	chain := New(okBase(&sent), Options{Logger: textLogger(&log), Retry: RetryOptions{Clock: clock}})
	_, err := chain.Client.Do(newRequest(t, "DELETE", "http://server.test/roles/a", "")) //nolint:bodyclose // it fails
	if !is[*RefusedError](err) || Temporary(err) {
		t.Errorf("a closed gate refuses: %v", err)
	}
	want := `Delete "http://server.test/roles/a": refused: the run is read-only and DELETE writes`
	if diff := cmp.Diff(want, err.Error()); diff != "" {
		t.Errorf("the message says it all (-want +got):\n%s", diff)
	}
	if sent.Load() != 0 || len(clock.waited()) != 0 || log.Len() != 0 || chain.Counter.Counts() != (Counts{}) {
		t.Errorf("nothing is sent, repeated, logged or counted: %d, %v, %q, %+v",
			sent.Load(), clock.waited(), log.String(), chain.Counter.Counts())
	}
}

func TestChainReadOnlyRequests(t *testing.T) {
	server := newFaultyServer(t, reset, status(200))
	chain := New(freshConnections(t), Options{
		ReadOnlyRequests: []ReadOnlyRequest{{http.MethodPost, "/partial-export"}},
		Retry:            RetryOptions{Clock: newFakeClock()},
	})
	resp, err := chain.Client.Do(newRequest(t, "POST", server.URL+"/realms/otomi/partial-export", ""))
	if err != nil {
		t.Fatalf("exporting: %v", err)
	}
	_ = readBody(t, resp)
	if diff := cmp.Diff(Counts{Reads: 2}, chain.Counter.Counts()); diff != "" {
		t.Errorf("it passes, is repeated and counts as a read (-want +got):\n%s", diff)
	}
}

func TestRedirects(t *testing.T) {
	mux := http.NewServeMux()
	plain := httptest.NewServer(mux)
	secure := httptest.NewTLSServer(mux)
	t.Cleanup(plain.Close)
	t.Cleanup(secure.Close)
	another := strings.Replace(plain.URL, "127.0.0.1", "localhost", 1)
	mux.HandleFunc("/end", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		_, _ = fmt.Fprintf(w, "%s %s", r.Method, body)
	})
	redirect := func(path string, code int, to string) { mux.Handle(path, http.RedirectHandler(to, code)) }
	redirect("/found", 302, plain.URL+"/end")
	redirect("/permanent", 308, plain.URL+"/end")
	redirect("/elsewhere", 307, another+"/end")
	redirect("/downgrade", 302, plain.URL+"/end")
	redirect("/loop", 302, "/loop")
	ca := writeFile(t, certificatePEM(secure))
	cases := map[string]struct {
		reason  string
		method  string
		url     string
		body    string
		refused string
	}{
		"GetFound":      {"a read follows", "GET", plain.URL + "/found", "GET ", ""},
		"GetElsewhere":  {"a read follows to another host", "GET", plain.URL + "/elsewhere", "GET ", ""},
		"PutPermanent":  {"a write follows where it stays a write", "PUT", plain.URL + "/permanent", "PUT {}", ""},
		"PostFound":     {"a write must not become a read", "POST", plain.URL + "/found", "", "a redirect that would lose it"},
		"PostElsewhere": {"a write must not reach another host", "POST", plain.URL + "/elsewhere", "", "to another host"},
		"Downgrade":     {"credentials must not leave https", "GET", secure.URL + "/downgrade", "", "leaves https"},
		"Loop":          {"an end to it", "GET", plain.URL + "/loop", "", "too many redirects"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			base, err := Base(BaseOptions{CAFile: ca})
			if err != nil {
				t.Fatalf("making the base: %v", err)
			}
			chain := New(base, Options{Retry: RetryOptions{Clock: newFakeClock()}})
			chain.Gate.Open()
			body := ""
			if tc.method != "GET" {
				body = "{}"
			}
			resp, err := chain.Client.Do(newRequest(t, tc.method, tc.url, body))
			got := ""
			if err == nil {
				got = readBody(t, resp)
			}
			refused, _ := errors.AsType[*RefusedError](err)
			if (refused != nil) != (tc.refused != "") || refused != nil && !strings.Contains(refused.Reason, tc.refused) {
				t.Errorf("%s: want refused %q, got %v", tc.reason, tc.refused, err)
			}
			if diff := cmp.Diff(tc.body, got); diff != "" || Temporary(err) {
				t.Errorf("%s: %v (-want +got):\n%s", tc.reason, err, diff)
			}
		})
	}
}

func TestLimit(t *testing.T) {
	var sent atomic.Int64
	base := okBase(&sent)
	limiter := rate.NewLimiter(rate.Every(time.Hour), 2)
	rt := Limit(base, limiter)
	for range 2 {
		resp, err := rt.RoundTrip(newRequest(t, "GET", "http://server.test/", ""))
		if err != nil {
			t.Fatalf("within the burst: %v", err)
		}
		_ = readBody(t, resp)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	_, err := rt.RoundTrip(newRequest(t, "GET", "http://server.test/", "").WithContext(ctx)) //nolint:bodyclose // it fails
	if !is[*RefusedError](err) || sent.Load() != 2 {
		t.Errorf("a turn after the deadline is refused at once: %v, %d sent", err, sent.Load())
	}
	cancel()
	_, err = rt.RoundTrip(newRequest(t, "GET", "http://server.test/", "").WithContext(ctx)) //nolint:bodyclose // it fails
	if !errors.Is(err, context.Canceled) {
		t.Errorf("cancelling ends the wait: %v", err)
	}
}

// TestNothingToDo: what is not asked for costs nothing.
func TestNothingToDo(t *testing.T) {
	base := freshConnections(t)
	for name, rt := range map[string]http.RoundTripper{"Limit": Limit(base, nil), "Log": Log(base, nil), "Trace": Trace(base, nil)} {
		if rt != http.RoundTripper(base) {
			t.Errorf("%s(base, nil) is base", name)
		}
	}
}

func TestLog(t *testing.T) {
	cases := map[string]struct {
		reason string
		base   tripper
		want   string
	}{
		"Answer": {
			"status and time", func(*http.Request) (*http.Response, error) { return answer(201, "s3cr3t"), nil },
			"level=DEBUG msg=request method=POST url=\"http://server.test/x?code=***\" status=201 ms=N\n",
		},
		"Error": {
			"error and time", func(*http.Request) (*http.Response, error) { return nil, errors.New("boom") },
			"level=DEBUG msg=request method=POST url=\"http://server.test/x?code=***\" error=boom ms=N\n",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			req := newRequest(t, "POST", "http://u:s3cr3t@server.test/x?code=s3cr3t", "s3cr3t")
			req.Header.Set("Authorization", "Bearer s3cr3t")
			if resp, err := Log(tc.base, textLogger(&out)).RoundTrip(req); err == nil {
				_ = readBody(t, resp)
			}
			got := regexp.MustCompile(`ms=\d+`).ReplaceAllString(out.String(), "ms=N")
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s, and nothing secret (-want +got):\n%s", tc.reason, diff)
			}
		})
	}
}

func TestTrace(t *testing.T) {
	type span struct {
		Name, Kind string
		Status     codes.Code
		Events     int
		Attributes map[string]string
	}
	attributes := func(more ...string) map[string]string {
		all := map[string]string{
			"http.request.method": "PUT", "url.full": "https://server.test/x?token=***",
			"server.address": "server.test", "server.port": "443",
		}
		for i := 0; i < len(more); i += 2 {
			all[more[i]] = more[i+1]
		}
		return all
	}
	cases := map[string]struct {
		reason string
		status int
		err    error
		want   span
	}{
		"OK":       {"a success has no status", 204, nil, span{"PUT", "client", codes.Unset, 0, attributes("http.response.status_code", "204")}},
		"NotFound": {"4xx is an error of the client's span", 404, nil, span{"PUT", "client", codes.Error, 0, attributes("http.response.status_code", "404", "error.type", "404")}},
		"Error":    {"an error is recorded", 0, errors.New("boom"), span{"PUT", "client", codes.Error, 1, attributes("error.type", "*errors.errorString")}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			recorder := tracetest.NewSpanRecorder()
			provider := trace.NewTracerProvider(trace.WithSpanProcessor(recorder))
			base := tripper(func(*http.Request) (*http.Response, error) {
				if tc.err != nil {
					return nil, tc.err
				}
				return answer(tc.status, ""), nil
			})
			resp, err := Trace(base, provider).RoundTrip(newRequest(t, "PUT", "https://u:p@server.test/x?token=s3cr3t", ""))
			if err == nil {
				_ = readBody(t, resp)
			}
			if !errors.Is(err, tc.err) {
				t.Errorf("the error is passed on: %v", err)
			}
			ended := recorder.Ended()
			if len(ended) != 1 {
				t.Fatalf("one span for each request, ended: %d", len(ended))
			}
			s := ended[0]
			got := span{s.Name(), s.SpanKind().String(), s.Status().Code, len(s.Events()), map[string]string{}}
			for _, a := range s.Attributes() {
				got.Attributes[string(a.Key)] = a.Value.String()
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tc.reason, diff)
			}
		})
	}
}

func TestTracePropagation(t *testing.T) {
	before := otel.GetTextMapPropagator()
	t.Cleanup(func() { otel.SetTextMapPropagator(before) })
	cases := []struct {
		reason     string
		propagator propagation.TextMapPropagator
		want       bool
	}{
		{"without a propagator the server learns nothing", propagation.NewCompositeTextMapPropagator(), false},
		{"with one the server learns the trace", propagation.TraceContext{}, true},
	}
	for _, tc := range cases {
		otel.SetTextMapPropagator(tc.propagator)
		got := ""
		base := tripper(func(r *http.Request) (*http.Response, error) {
			got = r.Header.Get("Traceparent")
			return answer(200, ""), nil
		})
		req := newRequest(t, "GET", "http://server.test:8080/", "")
		resp, err := Trace(base, trace.NewTracerProvider()).RoundTrip(req)
		if err != nil {
			t.Fatalf("getting: %v", err)
		}
		_ = readBody(t, resp)
		if (got != "") != tc.want || req.Header.Get("Traceparent") != "" {
			t.Errorf("%s, and the caller's request stays as it is: %q", tc.reason, got)
		}
	}
}
