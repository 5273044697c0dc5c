package gitea

import (
	"slices"

	"otomi.io/tasks/clients/internal/address"
)

// Client calls the API of one Gitea server. Each operation is a method <Operation>WithResponse.
type Client = ClientWithResponses

// New returns a client of the Gitea at baseURL: scheme, host and, where the server has one, its sub-path, but not /api/v1. Credentials,
// retries and turning answers other than 2xx into errors are left to the http.Client given with WithHTTPClient; without one,
// callers must look at StatusCode themselves. It fails when baseURL cannot be parsed.
func New(baseURL string, options ...ClientOption) (*Client, error) {
	server, err := address.Join(baseURL, "/api/v1")
	if err != nil {
		return nil, err
	}
	return NewClientWithResponses(server, slices.Insert(slices.Clone(options), 0, WithRequestEditorFn(address.Check))...)
}
