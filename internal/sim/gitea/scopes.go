package gitea

import (
	"errors"
	"net/http"
	"slices"
	"strings"
)

// scopes are the rights of a token, in the server's order and without those that
// others hold already: "read:user" is held by "write:user", and that by "all".
type scopes []string

func scopeKinds() []string {
	return []string{"activitypub", "admin", "misc", "notification", "organization", "package", "issue", "repository", "user"}
}

const (
	allScopes  = "all"
	publicOnly = "public-only"
)

var errScope = errors.New("invalid access token scope")

// newScopes puts scopes in order. Up to 1.19 they were others, of which only those
// for everything are simulated.
func (m *memory) newScopes(wanted []string) (scopes, error) {
	if m.before(20) {
		for _, name := range wanted {
			if name != allScopes && name != "sudo" {
				return nil, refused(http.StatusBadRequest, "%v", errScope)
			}
		}
		return wanted, nil
	}
	known := []string{allScopes, publicOnly}
	for _, kind := range scopeKinds() {
		known = append(known, "write:"+kind, "read:"+kind)
	}
	for _, name := range wanted {
		if name != "" && !slices.Contains(known, name) {
			return nil, refused(http.StatusBadRequest, "invalid access token scope provided: %v: %s", errScope, name)
		}
	}
	return scopes(wanted).tidy(), nil
}

func (s scopes) tidy() (tidied scopes) {
	if slices.Contains(s, publicOnly) {
		tidied = append(tidied, publicOnly)
	}
	written := 0
	var each scopes
	for _, kind := range scopeKinds() {
		switch {
		case s.holds("write:" + kind):
			each = append(each, "write:"+kind)
			written++
		case s.holds("read:" + kind):
			each = append(each, "read:"+kind)
		}
	}
	if written == len(scopeKinds()) {
		each = scopes{allScopes}
	}
	return append(tidied, each...)
}

// holds says whether a right is among the scopes or follows from one of them.
func (s scopes) holds(right string) bool {
	return slices.ContainsFunc(s, func(has string) bool {
		return has == right || has == allScopes || strings.TrimPrefix(has, "write:") == strings.TrimPrefix(right, "read:")
	})
}

// scope demands rights of a token; a password needs none.
func scope(kinds ...string) guard {
	return func(c *call, r *http.Request) error {
		if c.token == nil {
			return nil
		}
		level := "write:"
		if r.Method == http.MethodGet {
			level = "read:"
		}
		required := each(kinds, func(kind string) string { return level + kind })
		for _, right := range required {
			if !c.token.scopes.holds(right) {
				if c.memory.before(23) {
					return forbidden("token does not have at least one of required scope(s): %v", required)
				}
				return forbidden("token does not have at least one of required scope(s), required=%v, token scope=%s", required, strings.Join(c.token.scopes, ","))
			}
		}
		c.publicOnly = slices.Contains(c.token.scopes, publicOnly)
		return nil
	}
}
