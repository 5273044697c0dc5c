package harbor

import (
	"fmt"
	"io"
	"net/http"

	"otomi.io/tasks/clients/internal/address"
)

// Login is a user or a robot account with its password or secret. The zero value sends requests without a login.
type Login struct{ Username, Password string }

// Format keeps the password out of everything that is printed.
func (l Login) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, l.Username) }

// Authorize sends the login with every request to the server at baseURL, and refuses a request to another one, as after a redirect.
// It fails when baseURL cannot be parsed.
func (l Login) Authorize(baseURL string, base http.RoundTripper) (http.RoundTripper, error) {
	origin, err := address.NewOrigin("Harbor", "login", baseURL)
	return authorized{base, l, origin}, err
}

type authorized struct {
	base   http.RoundTripper
	login  Login
	origin address.Origin
}

func (a authorized) RoundTrip(request *http.Request) (*http.Response, error) {
	if err := a.origin.Allow(request); err != nil {
		return nil, err
	}
	if a.login == (Login{}) {
		return a.base.RoundTrip(request)
	}
	request = request.Clone(request.Context())
	request.SetBasicAuth(a.login.Username, a.login.Password)
	return a.base.RoundTrip(request)
}
