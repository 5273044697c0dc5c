// Package address checks the addresses that the generated clients call.
package address

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// ErrPath says that a request was not sent because one of its path parameters is empty, "." or "..".
var ErrPath = errors.New("empty or relative name in the path")

// Join returns baseURL with the API's own path below it. It fails when baseURL cannot be parsed.
func Join(baseURL, path string) (string, error) {
	base, err := url.Parse(baseURL)
	if err != nil {
		return "", fmt.Errorf("reading the address of the server: %w", err)
	}
	return base.JoinPath(path).String(), nil
}

// Check is a request editor that refuses, with ErrPath, an address whose last path parameter is empty, "." or "..", or whose other ones
// are empty. The generated code resolves such names like a browser does: deleting the role ".." calls the address of its realm with
// a slash behind it, and Keycloak 26.4.0 then deletes the realm. No operation ends in a slash by itself.
func Check(_ context.Context, request *http.Request) error {
	if path := request.URL.EscapedPath(); strings.HasSuffix(path, "/") || strings.Contains(path, "//") {
		return ErrPath
	}
	return nil
}
