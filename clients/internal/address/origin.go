package address

import (
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"

	"otomi.io/tasks/clients/transport"
)

// OriginOf is scheme, host and port of an address: two addresses with the same one are the same server, which alone may see a credential.
func OriginOf(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return u.Scheme + "://" + net.JoinHostPort(strings.ToLower(u.Hostname()), port)
}

// Origin is the one server that may see a credential. The zero value allows no request.
type Origin struct {
	app, credential string // as messages call them
	origin          string
}

// NewOrigin is the server of an application at baseURL. When baseURL cannot be parsed it fails, and the Origin allows no request.
func NewOrigin(app, credential, baseURL string) (Origin, error) {
	o := Origin{app: app, credential: credential}
	base, err := url.Parse(baseURL)
	if err != nil {
		return o, fmt.Errorf("reading the address of the server: %w", transport.RedactError(err))
	}
	o.origin = OriginOf(base)
	return o, nil
}

// Allow refuses, with a *transport.RefusedError, a request to another server, as after a redirect: that server must not see the
// credential, and its answer tells nothing about the application. It closes the body of a refused request.
func (o Origin) Allow(req *http.Request) error {
	origin := OriginOf(req.URL)
	if origin == o.origin {
		return nil
	}
	if req.Body != nil {
		_ = req.Body.Close()
	}
	return &transport.RefusedError{
		Method: req.Method, URL: transport.Redact(req.URL.String()),
		Reason: fmt.Sprintf("%s is not the server of the %s, %s: use the address of %s itself", origin, o.credential, o.origin, o.app),
	}
}

// RefuseRedirect keeps a password where it was sent: the answers 307 and 308 ask to send it again, to wherever they point.
func (o Origin) RefuseRedirect(to *http.Request, _ []*http.Request) error {
	return fmt.Errorf("the server redirects the %s to %s: use the address of %s itself", o.credential, transport.Redact(to.URL.String()), o.app)
}
