package sim

import (
	"bytes"
	"maps"
	"net/http"
	"strconv"
)

// Answer is an http.ResponseWriter that keeps all in memory, so that an answer
// can be looked at, lost or cut before it is sent.
type Answer struct {
	Status int
	Body   bytes.Buffer

	header http.Header
}

// Header is what will be sent as the header.
func (a *Answer) Header() http.Header {
	if a.header == nil {
		a.header = http.Header{}
	}
	return a.header
}

// WriteHeader keeps the first status, as a connection does.
func (a *Answer) WriteHeader(status int) {
	if a.Status == 0 {
		a.Status = status
	}
}

func (a *Answer) Write(p []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.Body.Write(p)
}

// Send writes the answer to w. An error means that the client went away.
func (a *Answer) Send(w http.ResponseWriter) error {
	a.sendHeader(w)
	_, err := w.Write(a.Body.Bytes())
	return err
}

// sendHeader promises the whole body, whatever is sent of it.
func (a *Answer) sendHeader(w http.ResponseWriter) {
	a.WriteHeader(http.StatusOK)
	maps.Copy(w.Header(), a.Header())
	if a.Status != http.StatusNoContent {
		w.Header().Set("Content-Length", strconv.Itoa(a.Body.Len()))
	}
	w.WriteHeader(a.Status)
}
