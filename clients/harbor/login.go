package harbor

import (
	"fmt"
	"io"
	"net/http"
)

// Login is a user or a robot account with its password or secret.
type Login struct{ Username, Password string }

// Format keeps the password out of everything that is printed.
func (l Login) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, l.Username) }

// Authorize sends the login with every request.
func (l Login) Authorize(base http.RoundTripper) http.RoundTripper { return authorized{base, l} }

type authorized struct {
	base  http.RoundTripper
	login Login
}

func (a authorized) RoundTrip(request *http.Request) (*http.Response, error) {
	request = request.Clone(request.Context())
	request.SetBasicAuth(a.login.Username, a.login.Password)
	return a.base.RoundTrip(request)
}
