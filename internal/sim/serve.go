package sim

import (
	"bytes"
	"io"
	"net/http"
	"sync"
)

const maxBody = 32 << 20

// Serve takes a whole request, has it answered and sends the answer, which is
// complete by then. The body can also be read from the request.
func Serve(w http.ResponseWriter, r *http.Request, answer func(w *Answer, r *http.Request, body []byte)) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		return // the client left, or sends without end
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	var a Answer
	answer(&a, r, body)
	_ = a.Send(w) // a client that left does not matter to the server
}

// Lock is one lock for all that a server knows: every request is one
// transaction, so that nothing of the memory is seen while it changes.
type Lock struct{ sync.RWMutex }

// Hold takes the lock, for reading alone where the request changes nothing.
func (l *Lock) Hold(r *http.Request) (release func()) {
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		l.RLock()
		return l.RUnlock
	}
	l.Lock()
	return l.Unlock
}
