package address

import (
	"fmt"
	"net/http"
	"net/url"

	"otomi.io/tasks/clients/transport"
)

// Home is the one server that may see a credential. The zero value is none: it admits no request.
type Home struct {
	app, credential string // as messages call them
	origin          string
}

// NewHome is the server of an application at baseURL. Where that cannot be parsed it fails, and the Home admits no request.
func NewHome(app, credential, baseURL string) (Home, error) {
	h := Home{app: app, credential: credential}
	base, err := url.Parse(baseURL)
	if err != nil {
		return h, fmt.Errorf("reading the address of the server: %w", err)
	}
	h.origin = Origin(base)
	return h, nil
}

// Admit refuses, with a *transport.RefusedError, a request to another server, as after a redirect: that server must not see the
// credential, and what it says without one tells nothing of the application. It closes the body of such a request.
func (h Home) Admit(req *http.Request) error {
	origin := Origin(req.URL)
	if origin == h.origin {
		return nil
	}
	if req.Body != nil {
		_ = req.Body.Close()
	}
	return &transport.RefusedError{
		Method: req.Method, URL: transport.Redact(req.URL.String()),
		Reason: fmt.Sprintf("%s is not the server of the %s, %s: use the address of %s itself", origin, h.credential, h.origin, h.app),
	}
}

// RefuseRedirect keeps a password where it was sent: the answers 307 and 308 ask to send it once more, to wherever they point.
func (h Home) RefuseRedirect(to *http.Request, _ []*http.Request) error {
	return fmt.Errorf("the server redirects the %s to %s: use the address of %s itself", h.credential, transport.Redact(to.URL.String()), h.app)
}
