package sim

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Effect is what happens to a request that a Fault hits.
type Effect string

// The effects. Nothing is written where the effect strikes before handling.
const (
	Refuse      Effect = "refuse"       // Status is answered before handling
	ResetBefore Effect = "reset before" // the connection is reset before handling
	ResetAfter  Effect = "reset after"  // handled, but the answer is lost
	CutBody     Effect = "cut body"     // handled, but half of the body is missing
	Hang        Effect = "hang"         // not handled, no answer until the client gives up
)

// Fault is one thing that should go wrong. Empty fields match every request.
type Fault struct {
	Effect     Effect
	WritesOnly bool
	Method     string
	Path       string // a part of path and query
	Number     int    // the first matching request that is hit, from 1; 0 is 1
	Times      int    // how many in a row are hit; 0 is 1, below 0 all from there
	Status     int    // of Refuse; 0 is 503
	RetryAfter time.Duration
}

func (f Fault) matches(r Request) bool {
	return (!f.WritesOnly || r.IsWrite()) && (f.Method == "" || f.Method == r.Method) && strings.Contains(r.Path, f.Path)
}

// hits says whether the n-th matching request is struck.
func (f Fault) hits(n int) bool {
	first, times := max(f.Number, 1), f.Times
	if times == 0 {
		times = 1
	}
	return n >= first && (times < 0 || n < first+times)
}

// Faults breaks requests on their way; the zero value breaks none.
type Faults struct {
	mu       sync.Mutex
	armed    []*armed
	arrived  struct{ reads, writes int }
	happened int // writes
	watcher  Watcher
}

// Watcher is called when a write has happened and before its answer is sent, with
// its number from 1: the moment at which a run hurts most to be killed.
type Watcher func(n int, r Request)

// Watch sends all writes from now on to w instead of the former watcher; nil is
// no watcher.
func (f *Faults) Watch(w Watcher) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.watcher = w
}

// Watcher is who sees the writes now.
func (f *Faults) Watcher() Watcher {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.watcher
}

type armed struct {
	Fault
	seen int
}

// Inject adds faults; each counts the requests that arrive from now on.
func (f *Faults) Inject(faults ...Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, fault := range faults {
		f.armed = append(f.armed, &armed{Fault: fault})
	}
}

// Clear takes all faults away.
func (f *Faults) Clear() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.armed = nil
}

// Counts are how many requests arrived that read and that write, as Log counts them.
func (f *Faults) Counts() (reads, writes int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.arrived.reads, f.arrived.writes
}

// strike counts the request in every fault and returns the first that hits it.
func (f *Faults) strike(r Request) (hit Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if r.IsWrite() {
		f.arrived.writes++
	} else {
		f.arrived.reads++
	}
	for _, a := range f.armed {
		if !a.matches(r) {
			continue
		}
		a.seen++
		if hit.Effect == "" && a.hits(a.seen) {
			hit = a.Fault
		}
	}
	return hit
}

// Wrap puts the faults before next.
func (f *Faults) Wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		request := requestOf(r)
		fault := f.strike(request)
		// The whole body is taken first: only then the server notices a client that leaves.
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		switch fault.Effect {
		case Refuse:
			fault.refuse(w)
		case ResetBefore:
			reset(w)
		case Hang:
			<-r.Context().Done()
		default:
			r.Body = io.NopCloser(bytes.NewReader(body))
			f.pass(w, r, next, request, fault.Effect)
		}
	})
}

// pass lets the request be handled, and spoils its answer where the effect says so.
func (f *Faults) pass(w http.ResponseWriter, r *http.Request, next http.Handler, request Request, effect Effect) {
	var answer Answer
	next.ServeHTTP(&answer, r)
	if request.IsWrite() && answer.Status < http.StatusBadRequest {
		f.wrote(request)
	}
	switch effect {
	case ResetAfter:
		reset(w)
	case CutBody:
		cut(w, &answer)
	default:
		_ = answer.Send(w) // a client that left does not matter to the server
	}
}

func (f *Faults) wrote(r Request) {
	f.mu.Lock()
	f.happened++
	n, watcher := f.happened, f.watcher
	f.mu.Unlock()
	if watcher != nil {
		watcher(n, r)
	}
}

func (f Fault) refuse(w http.ResponseWriter) {
	status := f.Status
	if status == 0 {
		status = http.StatusServiceUnavailable
	}
	if f.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(f.RetryAfter.Round(time.Second)/time.Second)))
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, `{"error":%q}`, http.StatusText(status))
}

// cut sends the header, which promises the whole body, and half of the body.
func cut(w http.ResponseWriter, answer *Answer) {
	answer.sendHeader(w)
	body := answer.Body.Bytes()
	_, _ = w.Write(body[:len(body)/2])
	_ = http.NewResponseController(w).Flush()
	if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
		_ = conn.Close()
	}
}

// reset ends the connection the hard way: what was not sent yet is dropped.
func reset(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}
