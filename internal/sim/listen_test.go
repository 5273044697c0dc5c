package sim

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// serve listens with h for the time of a test.
func serve(t *testing.T, h http.Handler) *Running {
	t.Helper()
	running, err := Listen("127.0.0.1:0", h)
	if err != nil {
		t.Fatalf("listening: %v", err)
	}
	t.Cleanup(func() {
		if err := running.Close(); err != nil {
			t.Errorf("closing: %v", err)
		}
	})
	return running
}

// echo answers with the body of the request, as a write that succeeds.
func echo(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodPost {
		w.WriteHeader(http.StatusCreated)
	}
	_, _ = io.Copy(w, r.Body)
}

// send sends one request on a connection of its own.
func send(t *testing.T, method, address, body string) (status int, got string, err error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		t.Fatalf("preparing: %v", err)
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(data), err
}

func TestListen(t *testing.T) {
	cases := map[string]struct {
		reason, addr string
		works        bool
	}{
		"FreePort":     {"port 0 takes a free one", "127.0.0.1:0", true},
		"NoHost":       {"an empty host is loopback", ":0", true},
		"Localhost":    {"a name of loopback is taken", "localhost:0", true},
		"Everywhere":   {"other machines must not reach a simulator", "0.0.0.0:0", false},
		"NoPort":       {"an address has a port", "127.0.0.1", false},
		"NotANumber":   {"a port is a number or a known name", "127.0.0.1:nosuch", false},
		"ForeignHost":  {"an address of another machine cannot be listened on", "192.0.2.1:0", false},
		"EmptyAddress": {"an empty address is invalid", "", false},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			running, err := Listen(tc.addr, http.HandlerFunc(echo))
			if (err == nil) != tc.works {
				t.Fatalf("%s: %v", tc.reason, err)
			}
			if err != nil {
				return
			}
			if status, got, err := send(t, http.MethodPost, running.URL, "hello"); err != nil || status != http.StatusCreated || got != "hello" {
				t.Errorf("%s: got %d %q %v", tc.reason, status, got, err)
			}
			if err := running.Close(); err != nil {
				t.Errorf("closing: %v", err)
			}
			if _, _, err := send(t, http.MethodGet, running.URL, ""); err == nil {
				t.Error("a closed server answers")
			}
		})
	}
}

func TestListenTakenPort(t *testing.T) {
	first := serve(t, http.HandlerFunc(echo))
	if second, err := Listen(strings.TrimPrefix(first.URL, "http://"), http.HandlerFunc(echo)); err == nil {
		t.Errorf("two servers on one port: %v", second.Close())
	}
}

func TestCloseEndsRequests(t *testing.T) {
	arrived := make(chan struct{})
	running, err := Listen("127.0.0.1:0", http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(arrived)
		<-r.Context().Done()
	}))
	if err != nil {
		t.Fatal(err)
	}
	answered := make(chan error, 1)
	go func() {
		_, _, err := send(t, http.MethodGet, running.URL, "")
		answered <- err
	}()
	<-arrived
	if err := running.Close(); err != nil {
		t.Errorf("closing: %v", err)
	}
	select {
	case err := <-answered:
		if err == nil {
			t.Error("a request was answered by a server that closed")
		}
	case <-time.After(time.Minute):
		t.Error("a request outlives its server")
	}
}
