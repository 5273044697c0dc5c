package sim

import (
	"net/http"
	"slices"
	"strings"
	"sync"
)

// Request is one request that arrived. Status is 0 while it runs, and stays 0
// when the connection broke before an answer.
type Request struct {
	Method string
	Path   string // with the query
	Status int
}

// IsWrite says whether the request asks for a change. A POST for a token asks
// for none.
func (r Request) IsWrite() bool {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions:
		return false
	}
	path, _, _ := strings.Cut(r.Path, "?")
	return !strings.HasSuffix(path, "/token") && !strings.HasSuffix(path, "/access_token")
}

func requestOf(r *http.Request) Request { return Request{Method: r.Method, Path: r.URL.RequestURI()} }

// Log is an ordered log of requests; the zero value is ready.
type Log struct {
	mu       sync.Mutex
	requests []*Request
}

// Wrap notes every request before next sees it, and its status afterwards.
func (l *Log) Wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		noted := requestOf(r)
		l.mu.Lock()
		l.requests = append(l.requests, &noted)
		l.mu.Unlock()
		next.ServeHTTP(&statusWriter{ResponseWriter: w, log: l, noted: &noted}, r)
	})
}

// Requests are all requests since the last Reset, in the order of their arrival.
func (l *Log) Requests() []Request {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := make([]Request, 0, len(l.requests))
	for _, r := range l.requests {
		all = append(all, *r)
	}
	return all
}

// Writes are the requests that ask for a change.
func (l *Log) Writes() []Request {
	return slices.DeleteFunc(l.Requests(), func(r Request) bool { return !r.IsWrite() })
}

// Counts are how many requests read and how many write.
func (l *Log) Counts() (reads, writes int) {
	all := len(l.Requests())
	writes = len(l.Writes())
	return all - writes, writes
}

// Reset forgets all.
func (l *Log) Reset() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.requests = nil
}

// statusWriter notes the status before the client can see it, so that the log
// is never behind its reader.
type statusWriter struct {
	http.ResponseWriter
	log   *Log
	noted *Request
}

func (w *statusWriter) WriteHeader(status int) {
	w.log.mu.Lock()
	w.noted.Status = status
	w.log.mu.Unlock()
	w.ResponseWriter.WriteHeader(status)
}

func (w *statusWriter) Write(p []byte) (int, error) {
	if w.noted.Status == 0 { // only this goroutine writes it
		w.WriteHeader(http.StatusOK)
	}
	return w.ResponseWriter.Write(p)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
