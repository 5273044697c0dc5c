package servers

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

const (
	roleVariable = "SERVERS_TEST_ROLE" // what this binary plays instead of the tests
	portVariable = "SERVERS_TEST_PORT"
)

// TestMain lets the test binary play the servers that the tests start.
func TestMain(m *testing.M) {
	switch role := os.Getenv(roleVariable); role {
	case "":
		os.Exit(m.Run())
	case "deaf":
		signal.Ignore(syscall.SIGTERM)
		listen()
	case "server":
		listen()
	case "broken":
		fmt.Fprintln(os.Stderr, "cannot read the configuration")
		os.Exit(3)
	case "parent":
		if _, err := launch(play(os.Getenv(portVariable), "server"), os.DevNull); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		select {}
	}
}

func listen() {
	server := &http.Server{Addr: "127.0.0.1:" + os.Getenv(portVariable), ReadHeaderTimeout: time.Minute}
	server.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/ready" {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	fmt.Fprintln(os.Stderr, server.ListenAndServe())
	os.Exit(1)
}

func play(port, role string) *exec.Cmd {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), roleVariable+"="+role, portVariable+"="+port)
	return cmd
}

// launchRole starts the test binary in a role and returns it with its address.
func launchRole(t *testing.T, role string) (*process, string) {
	t.Helper()
	port, err := FreePort(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	p, err := launch(play(strconv.Itoa(port), role), filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.abort(); err != nil {
			t.Error(err)
		}
	})
	return p, address(port)
}

func TestStop(t *testing.T) {
	cases := map[string]struct {
		reason  string
		role    string
		timeout time.Duration
		want    error
	}{
		"Polite": {
			reason:  "a server that heeds SIGTERM ends without an error",
			role:    "server",
			timeout: time.Minute,
		},
		"Deaf": {
			reason:  "a server that ignores SIGTERM is killed, and that is said",
			role:    "deaf",
			timeout: time.Millisecond,
			want:    errKilled,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			p, addr := launchRole(t, tc.role)
			if err := p.ready(t.Context(), "http://"+addr+"/ready"); err != nil {
				t.Fatal(err)
			}
			if err := p.stop(tc.timeout); !errors.Is(err, tc.want) {
				t.Errorf("%s: stop() = %v, want %v", tc.reason, err, tc.want)
			}
			if !p.ended() {
				t.Errorf("%s: it still runs", tc.reason)
			}
			if err := p.stop(tc.timeout); !errors.Is(err, errEnded) {
				t.Errorf("%s: a second stop() = %v, want %v", tc.reason, err, errEnded)
			}
		})
	}
}

func TestReady(t *testing.T) {
	cases := map[string]struct {
		reason string
		role   string
		path   string
		cancel bool
		want   error
		text   string
	}{
		"Answers": {
			reason: "a server that answers 200 is ready",
			role:   "server", path: "/ready",
		},
		"Unready": {
			reason: "an answer other than 200 is waited out, until ctx ends",
			role:   "server", path: "/starting", cancel: true,
			want: context.Canceled, text: "/starting",
		},
		"Broken": {
			reason: "a server that ends is not waited for, and its log is shown",
			role:   "broken", path: "/ready",
			want: errEnded, text: "cannot read the configuration",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			p, addr := launchRole(t, tc.role)
			if tc.cancel {
				if err := p.ready(ctx, "http://"+addr+"/ready"); err != nil {
					t.Fatal(err)
				}
				cancel()
			}
			err := p.ready(ctx, "http://"+addr+tc.path)
			if !errors.Is(err, tc.want) || (tc.want != nil && !strings.Contains(err.Error(), tc.text)) {
				t.Errorf("%s: ready() = %v, want %v with %q", tc.reason, err, tc.want, tc.text)
			}
		})
	}
}

func TestLaunchMissingProgram(t *testing.T) {
	_, err := launch(exec.Command(filepath.Join(t.TempDir(), "absent")), filepath.Join(t.TempDir(), "log"))
	if !errors.Is(err, os.ErrNotExist) {
		t.Errorf("launch of a missing program = %v, want %v", err, os.ErrNotExist)
	}
}

func TestFreePort(t *testing.T) {
	port, err := FreePort(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if port < firstPort || port > lastPort {
		t.Errorf("port %d is not between %d and %d", port, firstPort, lastPort)
	}
	listener, err := net.Listen("tcp", address(port))
	if err != nil {
		t.Fatalf("the port is not free: %v", err)
	}
	if err := listener.Close(); err != nil {
		t.Error(err)
	}
}
