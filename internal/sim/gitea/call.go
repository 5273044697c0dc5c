package gitea

import (
	"context"
	"net/http"
	"net/url"
)

// call is one request: who asks and what the path names.
type call struct {
	memory  *memory
	base    string // scheme and host as the client wrote them
	url     *url.URL
	caller  *account // nil is not logged in
	token   *token   // what the caller showed, unless it was a password
	basic   bool     // the caller used basic authentication
	failed  error    // the login was refused
	granted string

	publicOnly bool // the token sees only what is public

	org    *account
	user   *account
	team   *team
	repo   *repository
	rights rights // of the caller in the repository
}

type callKey struct{}

func withCall(ctx context.Context, c *call) context.Context {
	return context.WithValue(ctx, callKey{}, c)
}

func callOf(ctx context.Context) *call {
	c, _ := ctx.Value(callKey{}).(*call)
	return c
}

// newCall finds out who asks; granted is the user that an application's token
// stands for, if the request has one.
func (m *memory) newCall(r *http.Request, granted string) *call {
	c := &call{memory: m, base: "http://" + r.Host, url: r.URL, granted: granted}
	if c.failed = c.logIn(r); c.failed == nil {
		c.failed = c.admit()
	}
	if c.failed == nil {
		c.failed = c.sudo(r)
	}
	return c
}

func (c *call) isAdmin() bool { return c.caller != nil && c.caller.admin }

// is tells whether the account is the caller's.
func (c *call) is(a *account) bool { return c.caller != nil && c.caller == a }

// guard refuses what the caller may not do, before the body is read.
func (m *memory) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := callOf(r.Context())
		if c.failed != nil {
			refuse(w, r, c.failed)
			return
		}
		for _, check := range guardsOf(r.Pattern) {
			if err := check(c, r); err != nil {
				refuse(w, r, err)
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}
