package sim

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const long = "a body of which one half can be missing"

func TestFaultEffects(t *testing.T) {
	cases := map[string]struct {
		reason  string
		fault   Fault
		handled int32
		check   func(status int, body string, err error) bool
	}{
		"None": {"no fault, no harm", Fault{Path: "/other", Effect: ResetBefore}, 1,
			func(status int, body string, err error) bool { return status == 201 && body == long && err == nil }},
		"Refuse": {"the status is answered and nothing happens", Fault{Effect: Refuse, Status: 429}, 0,
			func(status int, _ string, err error) bool { return status == 429 && err == nil }},
		"RefuseByDefault": {"503 unless it says otherwise", Fault{Effect: Refuse}, 0,
			func(status int, _ string, err error) bool { return status == 503 && err == nil }},
		"ResetBefore": {"the connection is reset and nothing happens", Fault{Effect: ResetBefore}, 0,
			func(_ int, _ string, err error) bool {
				return errors.Is(err, syscall.ECONNRESET) || errors.Is(err, io.EOF)
			}},
		"ResetAfter": {"it happens and the answer is lost", Fault{Effect: ResetAfter}, 1,
			func(_ int, _ string, err error) bool {
				return errors.Is(err, syscall.ECONNRESET) || errors.Is(err, io.EOF)
			}},
		"CutBody": {"it happens and half of the answer is missing", Fault{Effect: CutBody}, 1,
			func(status int, body string, err error) bool {
				return status == 201 && body == long[:len(long)/2] && errors.Is(err, io.ErrUnexpectedEOF)
			}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			var faults Faults
			var handled atomic.Int32
			server := serve(t, faults.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				handled.Add(1)
				echo(w, r)
			})))
			faults.Inject(tc.fault)
			status, body, err := send(t, http.MethodPost, server.URL+"/x", long)
			if !tc.check(status, body, err) {
				t.Errorf("%s: got %d %q %v", tc.reason, status, body, err)
			}
			if handled.Load() != tc.handled {
				t.Errorf("%s: handled %d times, want %d", tc.reason, handled.Load(), tc.handled)
			}
		})
	}
}

func TestFaultHang(t *testing.T) {
	var faults Faults
	server := serve(t, faults.Wrap(http.HandlerFunc(echo)))
	faults.Inject(Fault{Effect: Hang})
	ctx, giveUp := context.WithCancel(t.Context())
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, server.URL, &goneAfter{strings.NewReader(long), giveUp})
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("the request hangs until its client gives up: got %v %v", resp, err)
	}
	if err == nil {
		_ = resp.Body.Close()
	}
}

// goneAfter is the body of a client that gives up when it has sent all.
type goneAfter struct {
	io.Reader
	giveUp func()
}

func (g *goneAfter) Read(p []byte) (int, error) {
	n, err := g.Reader.Read(p)
	if err != nil {
		g.giveUp()
	}
	return n, err
}

func TestFaultRetryAfter(t *testing.T) {
	var faults Faults
	server := serve(t, faults.Wrap(http.HandlerFunc(echo)))
	faults.Inject(Fault{Effect: Refuse, Status: 429, RetryAfter: 7e9})
	resp, err := http.Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if got := resp.Header.Get("Retry-After"); got != "7" {
		t.Errorf("got Retry-After %q, want 7", got)
	}
}

// TestFaultNumbers shows which of a row of requests are hit: r for a GET, w for a
// PUT, x for one that was hit.
func TestFaultNumbers(t *testing.T) {
	cases := map[string]struct {
		reason string
		faults []Fault
		want   string
	}{
		"First":     {"the first is meant unless a number says otherwise", []Fault{{}}, "xwrwrw"},
		"Third":     {"numbers begin at 1", []Fault{{Number: 3}}, "rwxwrw"},
		"TwoInARow": {"times counts on from the number", []Fault{{Number: 2, Times: 2}}, "rxxwrw"},
		"AllFrom":   {"a negative number of times never ends", []Fault{{Number: 3, Times: -1}}, "rwxxxx"},
		"Writes":    {"reads are not counted", []Fault{{WritesOnly: true, Number: 2}}, "rwrxrw"},
		"Method":    {"other methods are not counted", []Fault{{Method: "GET", Number: 2}}, "rwxwrw"},
		"Path":      {"other paths are not counted", []Fault{{Path: "/4"}}, "rwrwxw"},
		"Several":   {"each fault counts for itself", []Fault{{Number: 1}, {Number: 2}}, "xxrwrw"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			var faults Faults
			server := serve(t, faults.Wrap(http.HandlerFunc(echo)))
			for _, fault := range tc.faults {
				fault.Effect = Refuse
				faults.Inject(fault)
			}
			var got strings.Builder
			for i, method := range []string{"GET", "PUT", "GET", "PUT", "GET", "PUT"} {
				status, _, err := send(t, method, fmt.Sprintf("%s/%d", server.URL, i), "")
				if err != nil {
					t.Fatal(err)
				}
				got.WriteString(map[bool]string{true: "x", false: map[string]string{"GET": "r", "PUT": "w"}[method]}[status == 503])
			}
			if got.String() != tc.want {
				t.Errorf("%s: got %s, want %s", tc.reason, got.String(), tc.want)
			}
		})
	}
}

func TestFaultsClear(t *testing.T) {
	var faults Faults
	server := serve(t, faults.Wrap(http.HandlerFunc(echo)))
	faults.Inject(Fault{Effect: Refuse, Times: -1})
	faults.Clear()
	if status, _, err := send(t, http.MethodGet, server.URL, ""); status != http.StatusOK || err != nil {
		t.Errorf("a fault that was taken away still hits: %d %v", status, err)
	}
}

func TestWatch(t *testing.T) {
	var seen []string
	var faults Faults
	faults.Watch(func(n int, r Request) { seen = append(seen, fmt.Sprint(n, " ", r.Path)) })
	server := serve(t, faults.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/refused" {
			w.WriteHeader(http.StatusConflict)
		}
	})))
	faults.Inject(Fault{Effect: ResetAfter, Path: "/lost"}, Fault{Effect: Refuse, Path: "/broken"})
	for _, path := range []string{"/a", "/refused", "/lost", "/broken", "/b"} {
		_, _, err := send(t, http.MethodPut, server.URL+path, "")
		if lost := path == "/lost"; (err != nil) != lost {
			t.Errorf("%s: %v", path, err)
		}
		_, _, _ = send(t, http.MethodGet, server.URL+path, "")
	}
	if diff := cmp.Diff([]string{"1 /a", "2 /lost", "3 /b"}, slices.Clone(seen)); diff != "" {
		t.Errorf("writes that happened, also where the answer is lost (-want +got):\n%s", diff)
	}
	if reads, writes := faults.Counts(); reads != 5 || writes != 5 {
		t.Errorf("%d reads and %d writes arrived, want 5 of each", reads, writes)
	}
	if faults.Watcher() == nil {
		t.Error("there is no watcher")
	}
}
