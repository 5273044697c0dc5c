package harbor

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"otomi.io/tasks/clients/internal/address"
)

// ErrCookieJar says that the http.Client given to New keeps cookies.
var ErrCookieJar = errors.New("harbor refuses writes of a client that keeps its session cookie")

// Client calls the API of one Harbor server. Each operation is a method <Operation>WithResponse.
type Client = ClientWithResponses

// New returns a client of the Harbor at baseURL: scheme and host, without /api. Credentials, retries and turning answers other than
// 2xx into errors are left to the http.Client given with WithHTTPClient; without one, callers must look at
// StatusCode themselves. It fails when baseURL cannot be parsed, and with ErrCookieJar when that http.Client has a cookie jar.
func New(baseURL string, options ...ClientOption) (*Client, error) {
	server, err := address.Join(baseURL, "/api/v2.0")
	if err != nil {
		return nil, err
	}
	// Without this header the server takes a project whose name is a number for an id.
	named := WithRequestEditorFn(func(_ context.Context, request *http.Request) error {
		request.Header.Set("X-Is-Resource-Name", "true")
		return nil
	})
	all := slices.Concat([]ClientOption{WithRequestEditorFn(address.Check), named}, options, []ClientOption{refuseCookies})
	return NewClientWithResponses(server, all...)
}

// refuseCookies refuses a cookie jar: the server sets a session cookie on each login with a password, and a write that carries
// it needs a CSRF token.
func refuseCookies(requests *Requests) error {
	if client, ok := requests.Client.(*http.Client); ok && client.Jar != nil {
		return ErrCookieJar
	}
	return nil
}
