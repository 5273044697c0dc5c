// Package address checks the addresses that the clients call.
package address

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"otomi.io/tasks/clients/transport"
)

// ErrPath says that a request was not sent because one of its path parameters is empty, "." or "..".
var ErrPath = errors.New("empty or relative name in the path")

// Join returns baseURL with the API's own path below it. It fails when baseURL cannot be parsed.
func Join(baseURL, path string) (string, error) {
	base, err := url.Parse(baseURL)
	if err != nil {
		return "", fmt.Errorf("reading the address of the server: %w", transport.RedactError(err))
	}
	return base.JoinPath(path).String(), nil
}

// Check is a request editor that refuses, with ErrPath, an address with an empty path parameter, or with "." or ".." for one. The
// generated code resolves such names like a browser does: deleting the role ".." calls the address of its realm with a slash
// behind it, and Keycloak 26.4.0 then deletes the realm. No operation ends in a slash by itself.
func Check(_ context.Context, request *http.Request) error {
	path := request.URL.EscapedPath()
	if strings.HasSuffix(path, "/") {
		return ErrPath
	}
	for _, relative := range []string{"//", "/./", "/../"} {
		if strings.Contains(path+"/", relative) {
			return ErrPath
		}
	}
	return nil
}
