package transport

import (
	"net/http"
	"sync/atomic"
)

// Counts are the requests sent so far.
type Counts struct {
	Reads  int `json:"reads"`
	Writes int `json:"writes"`
}

// Counter counts the requests that went out, each retry by itself. One for which no connection
// could be made does not count. It may be used from many goroutines.
type Counter struct {
	next          http.RoundTripper
	readOnly      []ReadOnlyRequest
	reads, writes atomic.Int64
}

// NewCounter gives a counter at zero. The named read-like requests count as reads.
func NewCounter(next http.RoundTripper, readOnly ...ReadOnlyRequest) *Counter {
	return &Counter{next: next, readOnly: readOnly}
}

// Counts gives the numbers of requests whose answers began or failed to.
func (c *Counter) Counts() Counts {
	return Counts{Reads: int(c.reads.Load()), Writes: int(c.writes.Load())}
}

// RoundTrip passes the request on and counts it.
func (c *Counter) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := c.next.RoundTrip(req)
	switch {
	case err != nil && unsent(err):
	case reads(req, c.readOnly):
		c.reads.Add(1)
	default:
		c.writes.Add(1)
	}
	return resp, err
}
