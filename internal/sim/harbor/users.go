package harbor

import (
	"context"
	"net/mail"
	"time"
)

// user is an account of a person. Without a password it can log in through
// OIDC only, which is not simulated.
type user struct {
	id                                       int64
	name, password, email, realName, comment string
	admin                                    bool
	born                                     time.Time
}

func (u *user) key() (id int64, name string) { return u.id, u.name }

// orDefault fills in the administrator of a fresh installation.
func (u user) orDefault() user {
	if u.name == "" {
		u.name = "admin"
	}
	if u.password == "" {
		u.password = "Harbor12345"
	}
	return u
}

func (m *memory) addUser(u user) *user {
	u.id = m.users.next()
	u.born = m.time()
	m.users.add(&u)
	return &u
}

// people are all users but the first administrator, whom no list shows.
func (m *memory) people() []*user {
	return filtered(m.users.list, func(u *user) bool { return u.id != 1 })
}

func (u *user) shown() UserResp {
	return UserResp{
		UserID: new(int(u.id)), Username: &u.name, Email: orNone(u.email), Realname: orNone(u.realName), Comment: orNone(u.comment),
		SysadminFlag: &u.admin, AdminRoleInAuth: new(false), CreationTime: &u.born, UpdateTime: &u.born,
	}
}

func (a api) GetCurrentUser(ctx context.Context, _ GetCurrentUserRequestObject) (GetCurrentUserResponseObject, error) {
	c := callOf(ctx).caller
	switch {
	case !c.isAuthenticated():
		return nil, unauthorized()
	case c.robot != nil:
		return nil, precondition("get current user not available for security context: robot")
	}
	return GetCurrentUser200JSONResponse(c.user.shown()), nil
}

func (a api) ListUsers(ctx context.Context, request ListUsersRequestObject) (ListUsersResponseObject, error) {
	q, err := newQuery(request.Params.Q, request.Params.Sort, request.Params.Page, request.Params.PageSize)
	if err != nil {
		return nil, err
	}
	if err := a.requireSystem(ctx, right{"user", "list"}); err != nil {
		return nil, err
	}
	found := search(a.people(), q, (*user).field)
	return ListUsers200JSONResponse{
		Body:    each(cut(found, q.paging), (*user).shown),
		Headers: ListUsers200ResponseHeaders(callOf(ctx).listed(len(found), q.paging)),
	}, nil
}

func (u *user) field(name string) (text string, known bool) {
	switch name {
	case "Username", "username":
		return u.name, true
	case "Email", "email":
		return u.email, true
	}
	return "", false
}

func (a api) CreateUser(ctx context.Context, request CreateUserRequestObject) (CreateUserResponseObject, error) {
	if mode := a.configuration.text("auth_mode"); mode != dbAuth {
		return nil, forbidden("creating local user is not allowed under auth mode: " + mode)
	}
	if err := a.requireSystem(ctx, right{"user", "create"}); err != nil {
		return nil, err
	}
	wanted := user{
		name: value(request.Body.Username), password: value(request.Body.Password), email: value(request.Body.Email),
		realName: value(request.Body.Realname), comment: value(request.Body.Comment),
	}
	if err := a.checkUser(wanted); err != nil {
		return nil, err
	}
	location := callOf(ctx).created(a.addUser(wanted).id)
	return CreateUser201Response{CreateUser201ResponseHeaders{Location: location}}, nil
}

func (a api) checkUser(u user) error {
	switch {
	case !isStrong(u.password):
		return badRequest("the password or secret must be longer than 8 chars with at least 1 uppercase letter, 1 lowercase letter and 1 number")
	case u.email == "":
		return badRequest("email can't be empty")
	case u.realName == "":
		return badRequest("realname with illegal length")
	case u.name == "":
		return badRequest("username with illegal length")
	}
	if _, err := mail.ParseAddress(u.email); err != nil {
		return badRequest("email with illegal format")
	}
	for _, other := range a.users.list {
		if other.name == u.name || other.email == u.email {
			return conflict("user %s or email %s already exists", u.name, u.email)
		}
	}
	return nil
}
