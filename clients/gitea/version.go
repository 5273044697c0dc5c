package gitea

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"strconv"

	"otomi.io/tasks/clients/response"
	"otomi.io/tasks/clients/transport"
)

// Oldest and Newest are the versions between which everything was tried.
const (
	Oldest = "1.19"
	Newest = "1.26"
)

// Version is the version of a server; the zero value is one that it does not tell, and is taken for the newest.
type Version struct {
	Major, Minor int
	Text         string // as the server says it
}

var versionPattern = regexp.MustCompile(`^v?(\d+)\.(\d+)`)

// ParseVersion reads a version such as 1.26.0 or 1.22.3+dev; the zero value for any other text.
func ParseVersion(text string) Version {
	found := versionPattern.FindStringSubmatch(text)
	if found == nil {
		return Version{Text: text}
	}
	major, _ := strconv.Atoi(found[1]) // digits only
	minor, _ := strconv.Atoi(found[2])
	return Version{Major: major, Minor: minor, Text: text}
}

// Capability is something that some of the supported versions cannot do.
type Capability int

// The capabilities.
const (
	// ScopedTokens: an access token may be limited to reading or writing one kind of object.
	ScopedTokens Capability = iota
	// MemberPages: the list of a team's members comes in pages. Before, every page misses the first members, and a request without
	// a page gives all.
	MemberPages
	// HookBranches: a hook shows its branch filter.
	HookBranches
	// SkipConsent: an OAuth2 application may let people in without asking them.
	SkipConsent
	// AdminPages: the administrator's pages are below /-/admin, before below /admin.
	AdminPages
	// PlainForms: the forms of the pages have no field _csrf.
	PlainForms
	// TwoFactorPolicy: a login source names its policy, before it had a switch.
	TwoFactorPolicy
)

// since is the first minor version of Gitea 1 with a capability.
func (c Capability) since() int {
	return map[Capability]int{ScopedTokens: 20, MemberPages: 20, HookBranches: 20, SkipConsent: 23, AdminPages: 23, TwoFactorPolicy: 24, PlainForms: 26}[c]
}

// Supports tells whether the server can do something.
func (v Version) Supports(c Capability) bool { return v.Major != 1 || v.Minor >= c.since() }

// HasEvent tells whether the server knows an event of hooks, by the newest's name for it.
func (v Version) HasEvent(event string) bool {
	since := map[string]int{"pull_request_review_request": 21, "status": 24, "workflow_job": 24, "workflow_run": 25}[event]
	return v.Major != 1 || v.Minor >= since
}

// Identity is what a session knows of its server: who it is there, and the server's version.
type Identity struct {
	Login   string
	Version Version
}

// Known is what Identify found; the zero value before.
func (s *Session) Known() Identity {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.identity
}

// Identify asks both, once in a session. The first request proves the login. A server that hides its version is not an error.
func (s *Session) Identify(ctx context.Context, api *Client) (Identity, error) {
	if known := s.Known(); known.Login != "" {
		return known, nil
	}
	user, err := response.OK(api.GetCurrentUserWithResponse(ctx))
	if err != nil {
		return Identity{}, fmt.Errorf("logging in as %s: %w", s.credentials.Username, err)
	}
	found := Identity{Login: response.Value(user.Login)}
	if found.Login == "" {
		return Identity{}, fmt.Errorf("logging in as %s: %w", s.credentials.Username, &response.UnexpectedError{
			Status: http.StatusOK, ContentType: "application/json", Want: "an account with a login"})
	}
	server, err := response.OK(api.GetVersionWithResponse(ctx))
	if err != nil && !transport.IsForbidden(err) && !transport.IsNotFound(err) {
		return Identity{}, fmt.Errorf("reading the version: %w", err)
	}
	found.Version = ParseVersion(response.Value(server.Version))
	s.mu.Lock()
	defer s.mu.Unlock()
	s.identity = found
	return found, nil
}
