package drone

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"otomi.io/tasks/clients/transport"
)

// Permissions are what Gitea lets a user do in a repository.
type Permissions struct {
	Read  bool `json:"read"`
	Write bool `json:"write"`
	Admin bool `json:"admin"`
}

// RemoteRepo is a repository as Gitea shows it to the user.
type RemoteRepo struct {
	Slug        string      `json:"slug"`
	Branch      string      `json:"default_branch"`
	Private     bool        `json:"private"`
	Permissions Permissions `json:"permissions"`
}

// RemoteRepo asks Gitea for a repository, with Drone's access to Gitea. One that it answers with the right to write proves this access.
// Its errors are told apart by [NoGrant] and [NotInGitea].
func (c *Client) RemoteRepo(ctx context.Context, namespace, name string) (*RemoteRepo, error) {
	repo := new(RemoteRepo)
	return repo, c.send(ctx, http.MethodGet, []string{"user", "remote", "repos", namespace, name}, nil, repo)
}

// ProveAccess asks Gitea for the user's own repositories, all of them, which needs a login. Gitea 1.19 treats a token that it no
// longer knows as no login, and shows what is public.
func (c *Client) ProveAccess(ctx context.Context) error {
	return c.send(ctx, http.MethodGet, []string{"user", "remote", "repos"}, nil, nil)
}

// NoGrant reports whether an error of a call that asks Gitea says that Drone has no access to it as this user: the user never logged in at
// Drone, or the grant was revoked, or Gitea no longer knows Drone. Drone passes on Gitea's status text, or the words of its refusal
// to renew the token.
func NoGrant(err error) bool {
	e, ok := errors.AsType[*transport.StatusError](err)
	if !ok || e.Status != http.StatusInternalServerError {
		return false
	}
	return e.Message == http.StatusText(http.StatusUnauthorized) || slices.ContainsFunc(
		[]string{"refresh token", "grant does not exist", "token was already used", "client secret", "cannot load client"},
		func(words string) bool { return strings.Contains(e.Message, words) })
}

// NotInGitea reports whether an error of a call that asks Gitea says that there is no such repository for this user.
func NotInGitea(err error) bool {
	e, ok := errors.AsType[*transport.StatusError](err)
	return ok && e.Status == http.StatusInternalServerError && e.Message == http.StatusText(http.StatusNotFound)
}

// Ready asks for the version, which needs no token, and keeps it.
func (c *Client) Ready(ctx context.Context, probe *http.Client) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base+"/version", http.NoBody)
	if err != nil {
		return err
	}
	resp, err := probe.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	var answer struct {
		Version string `json:"version"`
	}
	if err := json.NewDecoder(io.LimitReader(resp.Body, maxPage)).Decode(&answer); err != nil {
		return fmt.Errorf("reading the version of Drone: %w", err)
	}
	if answer.Version == "" {
		return fmt.Errorf("reading the version of Drone: %w", errNoVersion)
	}
	c.version.Store(&answer.Version)
	return nil
}

// errNoVersion is an answer of another application.
var errNoVersion = errors.New("the answer holds none: the address is not that of Drone")

// Version is what the server said when it was asked whether it is ready; "" before.
func (c *Client) Version() string {
	if version := c.version.Load(); version != nil {
		return *version
	}
	return ""
}

// SecretPatch says what to change of a secret; nil stays as it is. drone-go leaves false out and so cannot take a permission away.
type SecretPatch struct {
	Data            *string `json:"data,omitempty"`
	PullRequest     *bool   `json:"pull_request,omitempty"`
	PullRequestPush *bool   `json:"pull_request_push,omitempty"`
}

// PatchSecret changes a secret of a repository.
func (c *Client) PatchSecret(ctx context.Context, namespace, repo, secret string, p SecretPatch) error {
	return c.send(ctx, http.MethodPatch, []string{"repos", namespace, repo, "secrets", secret}, p, nil)
}

// PatchOrgSecret changes a secret of an organisation.
func (c *Client) PatchOrgSecret(ctx context.Context, namespace, secret string, p SecretPatch) error {
	return c.send(ctx, http.MethodPatch, []string{"secrets", namespace, secret}, p, nil)
}

// send makes one call in drone-go's way; path are the names below /api.
func (c *Client) send(ctx context.Context, method string, path []string, in, out any) error {
	target := c.base + "/api"
	for _, name := range path {
		target += "/" + url.PathEscape(name)
	}
	var body io.Reader
	if in != nil {
		encoded, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(encoded)
	}
	req, err := http.NewRequestWithContext(ctx, method, target, body)
	if err != nil {
		return err
	}
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	client := &http.Client{Transport: &call{client: c, ctx: ctx}, CheckRedirect: c.http.CheckRedirect}
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if out == nil {
		return nil
	}
	return json.NewDecoder(resp.Body).Decode(out)
}
