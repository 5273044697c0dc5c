package drone

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"

	"github.com/drone/drone-go/drone"

	"otomi.io/tasks/clients/internal/address"
	"otomi.io/tasks/clients/response"
	"otomi.io/tasks/clients/transport"
)

// The types of drone-go's calls, so that callers need one package only.
type (
	// Build is one run of a pipeline.
	Build = drone.Build
	// Cron is a job that starts builds at its times.
	Cron = drone.Cron
	// CronPatch says what to change of a cron job.
	CronPatch = drone.CronPatch
	// ListOptions choose a page of a list.
	ListOptions = drone.ListOptions
	// Repo is a repository as Drone knows it.
	Repo = drone.Repo
	// RepoPatch says what to change of a repository.
	RepoPatch = drone.RepoPatch
	// Secret is one of a repository or of an organisation; its data is never returned.
	Secret = drone.Secret
	// Template is a pipeline that repositories of an organisation share.
	Template = drone.Template
	// User is an account of Drone.
	User = drone.User
)

// API is drone-go's client: one method for each call.
type API = drone.Client

// Client calls the API of one Drone server with the token of one user.
type Client struct {
	base   string
	origin address.Origin
	token  string

	version atomic.Pointer[string] // as the server said last
	http    *http.Client
}

// New returns a client of the Drone at baseURL: scheme, host and, where the server has one, its sub-path, but not /api. Retries and
// turning answers other than 2xx into errors are left to the http.Client. It fails when baseURL cannot be parsed.
func New(baseURL string, client *http.Client, token string) (*Client, error) {
	origin, err := address.NewOrigin("Drone", "token", baseURL)
	if err != nil {
		return nil, err
	}
	return &Client{base: strings.TrimSuffix(baseURL, "/"), origin: origin, token: token, http: client}, nil
}

// Format keeps the token out of everything that is printed.
func (c *Client) Format(s fmt.State, _ rune) {
	_, _ = io.WriteString(s, "Drone at "+transport.Redact(c.base))
}

// In gives drone-go's calls for one context: they end with it. drone-go itself takes none, and writes names into addresses as they
// are: an address that they would lead elsewhere is refused, but not one with "?" or "/" in a name.
func (c *Client) In(ctx context.Context) API {
	return drone.NewClient(c.base, &http.Client{
		Transport:     &call{client: c, ctx: ctx},
		CheckRedirect: c.http.CheckRedirect,
	})
}

// call is the transport of the calls of one context.
type call struct {
	client *Client
	ctx    context.Context //nolint:containedctx // drone-go's calls take no context of their own
}

// RoundTrip adds the token, which no other server must see.
func (c *call) RoundTrip(req *http.Request) (*http.Response, error) {
	if err := address.Check(c.ctx, req); err != nil {
		if req.Body != nil {
			_ = req.Body.Close()
		}
		return nil, err
	}
	if err := c.client.origin.Allow(req); err != nil {
		return nil, err
	}
	authorized := req.Clone(c.ctx)
	authorized.Header.Set("Authorization", "Bearer "+c.client.token)
	resp, err := c.client.http.Transport.RoundTrip(authorized)
	if err != nil {
		return nil, err
	}
	return onlyJSON(resp)
}

// onlyJSON refuses a success that Drone did not give, such as the login page of a proxy before it.
func onlyJSON(resp *http.Response) (*http.Response, error) {
	kind := resp.Header.Get("Content-Type")
	if resp.StatusCode != http.StatusOK || strings.HasPrefix(kind, "application/json") {
		return resp, nil
	}
	_ = resp.Body.Close()
	return nil, &response.UnexpectedError{Status: resp.StatusCode, ContentType: kind, Want: "JSON"}
}
