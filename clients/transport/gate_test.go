package transport

import (
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// okBase answers 200 and counts.
func okBase(sent *atomic.Int64) http.RoundTripper {
	return tripper(func(*http.Request) (*http.Response, error) {
		sent.Add(1)
		return answer(http.StatusOK, "ok"), nil
	})
}

func TestGate(t *testing.T) {
	token := ReadOnlyRequest{http.MethodPost, "/protocol/openid-connect/token"}
	cases := map[string]struct {
		reason string
		open   bool
		method string
		path   string
		passes bool
	}{
		"Get":            {"reads pass", false, "GET", "/roles", true},
		"EmptyMethod":    {"net/http takes it for GET", false, "", "/roles", true},
		"Head":           {"reads pass", false, "HEAD", "/roles", true},
		"Options":        {"reads pass", false, "OPTIONS", "/roles", true},
		"Post":           {"writes do not", false, "POST", "/roles", false},
		"Put":            {"writes do not", false, "PUT", "/roles/a", false},
		"Patch":          {"writes do not", false, "PATCH", "/roles/a", false},
		"Delete":         {"writes do not", false, "DELETE", "/roles/a", false},
		"UnknownMethod":  {"what is not known to be a read is a write", false, "MKCOL", "/roles", false},
		"LowerCase":      {"net/http sends it as it is written", false, "get", "/roles", false},
		"ReadOnly":       {"a login changes nothing", false, "POST", "/realms/master/protocol/openid-connect/token", true},
		"ReadOnlyMethod": {"another method on the same path", false, "DELETE", "/realms/master/protocol/openid-connect/token", false},
		"ReadOnlyQuery":  {"a query is not a path", false, "POST", "/roles?x=/protocol/openid-connect/token", false},
		"ReadOnlyInside": {"the path goes on", false, "POST", "/protocol/openid-connect/token/x", false},
		"ReadOnlyPart":   {"only whole segments", false, "POST", "/xprotocol/openid-connect/token", false},
		"OpenPost":       {"an open gate lets writes pass", true, "POST", "/roles", true},
		"OpenDelete":     {"an open gate lets writes pass", true, "DELETE", "/roles/a", true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			var sent atomic.Int64
			gate := NewGate(okBase(&sent), token)
			if tc.open {
				gate.Open()
			}
			closed := false
			req := newRequest(t, "GET", "http://server.test"+tc.path, "")
			req.Method, req.Body = tc.method, closeNoter{strings.NewReader("{}"), &closed}
			resp, err := gate.RoundTrip(req)
			if err == nil {
				_ = readBody(t, resp)
			}
			if is[*RefusedError](err) == tc.passes || (sent.Load() == 1) != tc.passes {
				t.Errorf("%s: %v, %d sent", tc.reason, err, sent.Load())
			}
			if !tc.passes && !closed {
				t.Error("the body of a refused request is closed")
			}
		})
	}
}

func TestReadOnlyRequestNeedsSlash(t *testing.T) {
	for _, suffix := range []string{"", "token"} {
		gate := NewGate(okBase(new(atomic.Int64)), ReadOnlyRequest{http.MethodPost, suffix})
		_, err := gate.RoundTrip(newRequest(t, "POST", "http://server.test/token", "")) //nolint:bodyclose // it fails
		if !is[*RefusedError](err) {
			t.Errorf("the suffix %q would fit too much: %v", suffix, err)
		}
	}
}

func TestGateClosesAgain(t *testing.T) {
	var sent atomic.Int64
	gate := NewGate(okBase(&sent))
	gate.Open()
	gate.Close()
	_, err := gate.RoundTrip(newRequest(t, "PUT", "http://u:p@server.test/x?token=y", "{}")) //nolint:bodyclose // it fails
	want := &RefusedError{Method: "PUT", URL: "http://server.test/x?token=***", Reason: "the run is read-only and PUT writes"}
	got, _ := errors.AsType[*RefusedError](err)
	if diff := cmp.Diff(want, got); diff != "" || sent.Load() != 0 {
		t.Errorf("closed again, %d sent (-want +got):\n%s", sent.Load(), diff)
	}
}

func TestCounter(t *testing.T) {
	type request struct{ method, path string }
	errs := map[string]error{
		"/dial":  &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED},
		"/reset": &net.OpError{Op: "read", Err: syscall.ECONNRESET},
	}
	base := tripper(func(r *http.Request) (*http.Response, error) {
		if err := errs[r.URL.Path]; err != nil {
			return nil, err
		}
		return answer(http.StatusInternalServerError, ""), nil
	})
	cases := map[string]struct {
		reason   string
		requests []request
		want     Counts
	}{
		"None":     {"zero at first", nil, Counts{}},
		"Reads":    {"three methods read", []request{{"GET", "/"}, {"HEAD", "/"}, {"OPTIONS", "/"}}, Counts{Reads: 3}},
		"Writes":   {"the others write, even without effect", []request{{"POST", "/"}, {"PUT", "/"}, {"PATCH", "/"}, {"DELETE", "/"}}, Counts{Writes: 4}},
		"ReadOnly": {"a login reads", []request{{"POST", "/x/token"}}, Counts{Reads: 1}},
		"Dial":     {"without a connection nothing went out", []request{{"GET", "/dial"}, {"POST", "/dial"}}, Counts{}},
		"Reset":    {"something went out before the reset", []request{{"GET", "/reset"}, {"POST", "/reset"}}, Counts{1, 1}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			counter := NewCounter(base, ReadOnlyRequest{http.MethodPost, "/token"})
			for _, r := range tc.requests {
				if resp, err := counter.RoundTrip(newRequest(t, r.method, "http://server.test"+r.path, "")); err == nil {
					_ = readBody(t, resp)
				}
			}
			if diff := cmp.Diff(tc.want, counter.Counts()); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tc.reason, diff)
			}
		})
	}
}

// TestConcurrentUse has work for the race detector: many goroutines, one chain, a gate that moves.
func TestConcurrentUse(t *testing.T) {
	const workers, each = 16, 20
	var sent atomic.Int64
	chain := New(okBase(&sent), Options{})
	var all sync.WaitGroup
	for worker := range workers {
		all.Go(func() {
			for n := range each {
				if worker == 0 {
					chain.Gate.Open()
					chain.Gate.Close()
				}
				method := []string{"GET", "PUT"}[n%2]
				resp, err := chain.Client.Do(newRequest(t, method, "http://server.test/", ""))
				if err == nil {
					_, _ = io.Copy(io.Discard, resp.Body)
					_ = resp.Body.Close()
				} else if !is[*RefusedError](err) {
					t.Errorf("%s: %v", method, err)
				}
			}
		})
	}
	all.Wait()
	got := chain.Counter.Counts()
	if got.Reads != workers*each/2 || got.Reads+got.Writes != int(sent.Load()) {
		t.Errorf("all that was sent is counted: %+v of %d", got, sent.Load())
	}
}
