package drone

import (
	"crypto/rand"
	"regexp"
)

func (m *memory) self(c *call) (any, error) { return *c.viewer, nil }

func (m *memory) listUsers(*call) (any, error) { return m.accounts, nil }

var goodLogin = regexp.MustCompile(`^[a-zA-Z0-9_-]{1,50}$`)

// createUser makes an account before its first login, with the token that is
// given. The token is shown for machines only.
func (m *memory) createUser(c *call) (any, error) {
	var in struct {
		Login   string `json:"login"`
		Admin   bool   `json:"admin"`
		Machine bool   `json:"machine"`
		Token   string `json:"token"`
	}
	if err := c.input(&in); err != nil {
		return nil, err
	}
	switch {
	case !goodLogin.MatchString(in.Login):
		return nil, badRequest("Invalid character in username")
	case m.account(in.Login) != nil:
		return nil, crash("UNIQUE constraint failed: users.user_login")
	case in.Token == "":
		in.Token = rand.Text()
	}
	a := m.addAccount(User{Login: in.Login, Token: in.Token, Admin: in.Admin, Machine: in.Machine})
	if !a.Machine {
		return a, nil
	}
	return struct {
		*account
		Token string `json:"token"`
	}{a, in.Token}, nil
}

// updateUser takes no token, which only its owner can change.
func (m *memory) updateUser(c *call) (any, error) {
	var in struct {
		Active *bool `json:"active"`
		Admin  *bool `json:"admin"`
	}
	a := m.account(c.PathValue("user"))
	if a == nil {
		return nil, noRows()
	}
	if err := c.input(&in); err != nil {
		return nil, err
	}
	set(&a.Active, in.Active)
	set(&a.Admin, in.Admin)
	return a, nil
}
