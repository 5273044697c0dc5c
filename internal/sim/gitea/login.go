package gitea

import (
	"net/http"
	"strings"
)

// logIn finds out who asks: by a token, also one that stands for name or
// password, or by a password. Nothing at all is not logged in, anything wrong is 401,
// also where no login is needed. Up to 1.19 a wrong token is not logged in.
func (c *call) logIn(r *http.Request) error {
	kind, secret, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if isTokenKind(kind) {
		err := c.logInByToken(strings.TrimSpace(secret))
		if c.memory.before(20) {
			return nil
		}
		return err
	}
	name, password, given := r.BasicAuth()
	if !given || name == "" && password == "" {
		return nil
	}
	c.basic = true
	shown := password
	if password == "" || password == "x-oauth-basic" {
		shown = name
	}
	if c.logInByToken(shown) == nil {
		return nil
	}
	c.caller = c.memory.userWith(name, password)
	return wrongUnless(c.caller != nil)
}

func isTokenKind(kind string) bool {
	return strings.EqualFold(kind, "bearer") || strings.EqualFold(kind, "token")
}

// logInByToken: what an application got may do everything.
func (c *call) logInByToken(secret string) error {
	c.token = c.memory.tokens[secret]
	if u, known := c.memory.account(c.granted); known {
		c.token = &token{owner: u, scopes: scopes{allScopes}}
	}
	if c.token != nil {
		c.caller = c.token.owner
	}
	return wrongUnless(c.token != nil)
}

func wrongUnless(right bool) error {
	if right {
		return nil
	}
	return refused(http.StatusUnauthorized, "invalid username, password or token")
}

// userWith is the user with a name, or address, and a password. Who is prohibited
// or has a second factor has none.
func (m *memory) userWith(name, password string) *account {
	u, known := m.account(name)
	if !known {
		u, known = m.userAt(name)
	}
	if !known || u.isOrg || u.password == "" || u.password != password || u.prohibited || u.twoFactor {
		return nil
	}
	return u
}

// admit refuses users who may not call, whatever it is.
func (c *call) admit() error {
	switch u := c.caller; {
	case u == nil:
		return nil
	case !u.active || u.prohibited:
		return lockedOut("This account is prohibited from signing in, please contact your site administrator.")
	case u.mustChange:
		return lockedOut("You must change your password. Change it at: " + c.base + "//user/change_password")
	}
	return nil
}

// sudo lets an administrator act as another user.
func (c *call) sudo(r *http.Request) error {
	name := r.URL.Query().Get("sudo")
	if name == "" {
		name = r.Header.Get("Sudo")
	}
	if name == "" {
		return nil
	}
	if !c.isAdmin() {
		return lockedOut("Only administrators allowed to sudo.")
	}
	u, known := c.memory.account(name)
	if !known {
		return notFound()
	}
	c.caller = u
	return nil
}
