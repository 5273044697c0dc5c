package gitea

import (
	"context"
	"net/http"
	"slices"
	"strings"
)

func (f CreateUserOption) problem() error {
	return firstOf(
		required("Username", f.Username), username("Username", f.Username), noLonger("Username", &f.Username, 40), noLonger("FullName", f.FullName, 100),
		required("Email", f.Email), wrong("Email", "Email", checkEmail(f.Email) != nil), noLonger("Email", &f.Email, 254),
		noLonger("Password", f.Password, 255), oneOf("Visibility", value(f.Visibility), "", public, limited, private),
	)
}

func (f EditUserOption) problem() error {
	return firstOf(
		required("LoginName", f.LoginName), noLonger("Email", f.Email, 254), noLonger("FullName", f.FullName, 100), noLonger("Password", f.Password, 255),
		address("Website", f.Website), noLonger("Website", f.Website, 255), noLonger("Location", f.Location, 50), noLonger("Description", f.Description, 255),
		oneOf("Visibility", value(f.Visibility), "", public, limited, private),
	)
}

const passwordLength = 8

// CreateUser: a new user must change the password by default.
func (a api) CreateUser(ctx context.Context, request CreateUserRequestObject) (CreateUserResponseObject, error) {
	c, f := callOf(ctx), *request.Body
	if err := a.memory.checkNewUser(f); err != nil {
		return nil, err
	}
	u := &account{
		name: f.Username, email: f.Email, fullName: value(f.FullName), password: value(f.Password), loginName: value(f.LoginName),
		active: true, restricted: value(f.Restricted), mustChange: f.MustChangePassword == nil || *f.MustChangePassword, visibility: public,
	}
	if visibility := value(f.Visibility); visibility != "" {
		u.visibility = visibility
	}
	a.memory.addAccount(u)
	shown := c.userJSON(u)
	shown.Email = new(strings.ToLower(u.email)) // only here
	return CreateUser201JSONResponse(shown), nil
}

func (m *memory) checkNewUser(f CreateUserOption) error {
	if value(f.SourceID) != 0 {
		return noSource(*f.SourceID)
	}
	if len(value(f.Password)) < passwordLength {
		return refused(http.StatusBadRequest, "PasswordIsRequired")
	}
	if err := m.checkAccountName(f.Username); err != nil {
		return err
	}
	if _, used := m.userAt(f.Email); used {
		return invalid("e-mail already in use [email: %s]", f.Email)
	}
	return nil
}

// noSource: only accounts of the server itself are simulated.
func noSource(id int64) error { return invalid("login source does not exist [id: %d]", id) }

func (a api) GetUser(ctx context.Context, _ GetUserRequestObject) (GetUserResponseObject, error) {
	c := callOf(ctx)
	return GetUser200JSONResponse(c.userJSON(c.user)), nil
}

func (a api) GetCurrentUser(ctx context.Context, _ GetCurrentUserRequestObject) (GetCurrentUserResponseObject, error) {
	c := callOf(ctx)
	return GetCurrentUser200JSONResponse(c.userJSON(c.caller)), nil
}

func (a api) UpdateUser(ctx context.Context, request UpdateUserRequestObject) (UpdateUserResponseObject, error) {
	c, f := callOf(ctx), *request.Body
	if f.SourceID != 0 {
		return nil, crash("login source does not exist [id: %d]", f.SourceID)
	}
	if password := value(f.Password); password != "" && len(password) < passwordLength {
		return nil, refused(http.StatusBadRequest, "password must be at least %d characters", passwordLength)
	}
	c.user.changeLogIn(f)
	if f.Email != nil && !strings.EqualFold(*f.Email, c.user.email) {
		if err := a.memory.checkNewEmail(*f.Email); err != nil {
			return nil, err
		}
		c.user.email = *f.Email
	}
	if f.Admin != nil && !*f.Admin && a.memory.isLastAdmin(c.user) {
		return nil, refused(http.StatusBadRequest, "can not delete the last admin user [uid: %d]", c.user.id)
	}
	c.user.changeProfile(f)
	return UpdateUser200JSONResponse(c.userJSON(c.user)), nil
}

func (m *memory) checkNewEmail(email string) error {
	if err := checkEmail(email); err != nil {
		return refused(http.StatusBadRequest, "%s", messageOf(err))
	}
	if _, used := m.userAt(email); used {
		return refused(http.StatusBadRequest, "e-mail already in use [email: %s]", email)
	}
	return nil
}

// changeLogIn: the name for logging in is always set. It is kept even if
// what comes after fails.
func (a *account) changeLogIn(f EditUserOption) {
	a.loginName = f.LoginName
	if value(f.Password) != "" {
		a.password = *f.Password
	}
	set(&a.mustChange, f.MustChangePassword)
	set(&a.prohibited, f.ProhibitLogin)
}

func (a *account) changeProfile(f EditUserOption) {
	set(&a.fullName, f.FullName)
	set(&a.website, f.Website)
	set(&a.location, f.Location)
	set(&a.description, f.Description)
	set(&a.active, f.Active)
	set(&a.admin, f.Admin)
	set(&a.restricted, f.Restricted)
	if visibility := value(f.Visibility); visibility != "" {
		a.visibility = visibility
	}
}

// DeleteUser refuses what would leave something without an owner, unless
// that may go, too.
func (a api) DeleteUser(ctx context.Context, request DeleteUserRequestObject) (DeleteUserResponseObject, error) {
	c := callOf(ctx)
	switch u := c.user; {
	case u.isOrg:
		return nil, invalid("%s is an organization not a user", u.name)
	case c.is(u):
		return nil, invalid("you cannot delete yourself")
	case a.memory.isLastAdmin(u) && u.active:
		return nil, invalid("can not delete the last admin user [uid: %d]", u.id)
	case value(request.Params.Purge):
		a.memory.leaveAll(u)
	case len(a.memory.orgsOf(u)) > 0:
		return nil, invalid("user still has membership of organizations [uid: %d]", u.id)
	}
	a.memory.removeUser(c.user)
	return DeleteUser204Response{}, nil
}

func (m *memory) isLastAdmin(u *account) bool {
	return u.admin && len(m.sortedAccounts(func(a *account) bool { return a.admin })) == 1
}

// leaveAll takes along the organisations without another owner.
func (m *memory) leaveAll(u *account) {
	for _, org := range m.orgsOf(u) {
		if owners := org.team(ownersName); owners != nil && owners.members[u] && len(owners.members) == 1 {
			m.removeOrg(org)
			continue
		}
		for _, t := range org.teams {
			delete(t.members, u)
		}
	}
}

func (m *memory) removeUser(u *account) {
	for secret, t := range m.tokens {
		if t.owner == u {
			delete(m.tokens, secret)
		}
	}
	for id, app := range m.applications {
		if app.owner == u {
			delete(m.applications, id)
		}
	}
	delete(m.accounts, strings.ToLower(u.name))
}

// ListUsers looks for a part of name, full name or address.
func (a api) ListUsers(ctx context.Context, request ListUsersRequestObject) (ListUsersResponseObject, error) {
	c, q := callOf(ctx), request.Params
	found := a.memory.sortedAccounts(func(u *account) bool {
		return !u.isOrg && slices.ContainsFunc([]string{u.name, u.fullName, u.email}, func(text string) bool { return containsFold(text, value(q.Q)) }) &&
			is(q.IsActive, u.active) && is(q.IsAdmin, u.admin) && is(q.IsRestricted, u.restricted) && is(q.IsProhibitLogin, u.prohibited) && is(q.Is2FaEnabled, false) &&
			(value(q.LoginName) == "" || u.loginName == *q.LoginName) && value(q.SourceID) == 0 && (value(q.Visibility) == "" || u.visibility == *q.Visibility)
	})
	p := window(c, found, q.Page, q.Limit)
	return ListUsers200JSONResponse{Body: each(p.part, c.userJSON), Headers: ListUsers200ResponseHeaders{p.link, p.count}}, nil
}

// is says whether a flag has the wanted value, if any is wanted.
func is(wanted *bool, flag bool) bool { return wanted == nil || *wanted == flag }
