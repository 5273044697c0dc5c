package keycloak

import (
	"context"
	"slices"
	"strings"

	"github.com/google/uuid"
)

// hundred is the limit of the lists that have one.
const hundred = 100

// user is a user of a realm, or the service account of a client.
type user struct {
	rep      UserRepresentation
	password string
	groups   map[string]*group // by id
	grants   *grants
	client   *client         // of a service account
	links    map[string]bool // by the alias of the identity provider
}

func (u *user) name() string { return value(u.rep.Username) }

// brief is the user in a short list of members.
func (u *user) brief() UserRepresentation {
	r := u.rep
	return UserRepresentation{ID: r.ID, Username: r.Username, FirstName: r.FirstName, LastName: r.LastName,
		Email: r.Email, EmailVerified: r.EmailVerified, Enabled: r.Enabled, CreatedTimestamp: r.CreatedTimestamp}
}

// shown is the user without what depends on who asks.
func (u *user) shown() UserRepresentation {
	rep := u.rep
	rep.Totp, rep.NotBefore, rep.DisableableCredentialTypes = new(false), new(int32(0)), &[]string{}
	return rep
}

func (u *user) withAccess() UserRepresentation {
	rep := u.shown()
	rep.Access = &map[string]bool{"manageGroupMembership": true, "resetPassword": true, "view": true, "mapRoles": true, "impersonate": true, "manage": true}
	return rep
}

// addUser stores a user that was checked; what is not kept of the body is not
// looked at.
func (r *realm) addUser(rep UserRepresentation) *user {
	u := &user{links: map[string]bool{}, groups: map[string]*group{}, grants: newGrants(), rep: UserRepresentation{
		ID: new(uuid.NewString()), Username: new(strings.ToLower(value(rep.Username))), CreatedTimestamp: rep.CreatedTimestamp,
		FirstName: filled(rep.FirstName), LastName: filled(rep.LastName),
		Enabled: new(value(rep.Enabled)), EmailVerified: new(value(rep.EmailVerified)), RequiredActions: new(knownActions(rep.RequiredActions)),
	}}
	r.setEmail(u, rep.Email)
	u.setPasswords(rep.Credentials)
	if r.defaultRole != nil {
		u.grants.add(r.defaultRole)
	}
	r.users.add(*u.rep.ID, u.name(), u)
	return u
}

// filled is nil where the text is empty.
func filled(text *string) *string {
	if value(text) == "" {
		return nil
	}
	return text
}

func lower(text *string) *string { return filled(new(strings.ToLower(value(text)))) }

// knownActions drops required actions that do not exist.
func knownActions(actions *[]string) []string {
	return slices.DeleteFunc(append([]string{}, value(actions)...), func(action string) bool {
		return !slices.Contains([]string{"CONFIGURE_TOTP", "TERMS_AND_CONDITIONS", "UPDATE_PASSWORD", "UPDATE_PROFILE", "VERIFY_EMAIL",
			"delete_account", "UPDATE_EMAIL", "webauthn-register", "webauthn-register-passwordless", "VERIFY_PROFILE",
			"delete_credential", "idp_link", "CONFIGURE_RECOVERY_AUTHN_CODES", "update_user_locale"}, action)
	})
}

// setPasswords: a temporary one must be changed at the next login, each time
// that it is sent.
func (u *user) setPasswords(credentials *[]CredentialRepresentation) {
	for _, c := range value(credentials) {
		if value(c.Type) == "password" && value(c.Value) != "" {
			u.setPassword(c)
		}
	}
}

func (u *user) setPassword(c CredentialRepresentation) {
	u.password = *c.Value
	actions := slices.DeleteFunc(slices.Clone(*u.rep.RequiredActions), func(action string) bool { return action == "UPDATE_PASSWORD" })
	if value(c.Temporary) {
		actions = append(actions, "UPDATE_PASSWORD")
	}
	u.rep.RequiredActions = &actions
}

func (r *realm) removeUser(u *user) {
	for _, g := range u.groups {
		delete(g.members, u.name())
	}
	u.grants.clear()
	r.setEmail(u, nil)
	r.users.remove(value(u.rep.ID), u.name())
}

func (r *realm) renameUser(u *user, name string) {
	name = strings.ToLower(name)
	for _, g := range u.groups {
		delete(g.members, u.name())
		g.members[name] = u
	}
	r.users.rename(u.name(), name)
	u.rep.Username = &name
}

// userAtLogin finds a user by what was typed into the login form.
func (r *realm) userAtLogin(name string) *user {
	if u := r.users.byName[strings.ToLower(name)]; u != nil {
		return u
	}
	if value(r.rep.LoginWithEmailAllowed) {
		return r.userByEmail(name)
	}
	return nil
}

// userByEmail is any user with that address: there may be several.
func (r *realm) userByEmail(address string) *user {
	for u := range r.emails[strings.ToLower(address)] {
		return u
	}
	return nil
}

func (r *realm) setEmail(u *user, address *string) {
	delete(r.emails[value(u.rep.Email)], u)
	u.rep.Email = lower(address)
	if u.rep.Email == nil {
		return
	}
	if r.emails[*u.rep.Email] == nil {
		r.emails[*u.rep.Email] = map[*user]struct{}{}
	}
	r.emails[*u.rep.Email][u] = struct{}{}
}

func (a admin) user(realm, id string) (*realm, *user, error) {
	r, err := a.realm(realm)
	if err != nil {
		return nil, nil, err
	}
	if u, exists := r.users.byID[id]; exists {
		return r, u, nil
	}
	return nil, nil, notFound("User not found")
}

func (a admin) CreateUser(ctx context.Context, request CreateUserRequestObject) (CreateUserResponseObject, error) {
	r, err := a.realm(request.Realm)
	if err != nil {
		return nil, err
	}
	rep := *request.Body
	if value(r.rep.RegistrationEmailAsUsername) && value(rep.Email) != "" {
		rep.Username = rep.Email
	}
	if err := r.checkNewUser(rep); err != nil {
		return nil, err
	}
	groups, err := r.groupsByPath(value(rep.Groups))
	if err != nil {
		return nil, err
	}
	rep.CreatedTimestamp = new(a.now().UnixMilli())
	u := r.addUser(rep)
	a.keepAttributes(r, u, rep)
	for _, g := range groups {
		u.join(g)
	}
	return CreateUser201Response{CreateUser201ResponseHeaders{Location: created(ctx, *u.rep.ID)}}, nil
}

// groupsByPath: one path that does not exist brings the request down.
func (r *realm) groupsByPath(paths []string) ([]*group, error) {
	groups := make([]*group, 0, len(paths))
	for _, path := range paths {
		g := r.groupAt(path)
		if g == nil {
			return nil, crash()
		}
		groups = append(groups, g)
	}
	return groups, nil
}

func (a admin) GetUser(_ context.Context, request GetUserRequestObject) (GetUserResponseObject, error) {
	r, u, err := a.user(request.Realm, request.UserID)
	if err != nil {
		return nil, err
	}
	rep := u.withAccess()
	if value(request.Params.UserProfileMetadata) {
		rep.UserProfileMetadata = r.userProfile
	}
	return GetUser200JSONResponse(rep), nil
}

// UpdateUser keeps what is left out, unless there are attributes in the body:
// then names and address that are not there are cleared too.
func (a admin) UpdateUser(_ context.Context, request UpdateUserRequestObject) (UpdateUserResponseObject, error) {
	r, u, err := a.user(request.Realm, request.UserID)
	if err != nil {
		return nil, err
	}
	rep := *request.Body
	if err := r.checkUserUpdate(u, rep); err != nil {
		return nil, err
	}
	if rep.Username != nil {
		r.renameUser(u, *rep.Username)
	}
	cleared := rep.Attributes != nil
	if cleared || rep.FirstName != nil {
		u.rep.FirstName = filled(rep.FirstName)
	}
	if cleared || rep.LastName != nil {
		u.rep.LastName = filled(rep.LastName)
	}
	if cleared || rep.Email != nil {
		r.setEmail(u, rep.Email)
	}
	merge(&u.rep, UserRepresentation{Enabled: rep.Enabled, EmailVerified: rep.EmailVerified})
	a.keepAttributes(r, u, rep)
	if rep.RequiredActions != nil {
		u.rep.RequiredActions = new(knownActions(rep.RequiredActions))
	}
	u.setPasswords(rep.Credentials)
	return UpdateUser204Response{}, nil
}

// keepAttributes drops what the user profile does not allow.
func (a admin) keepAttributes(r *realm, u *user, rep UserRepresentation) {
	if rep.Attributes == nil || !a.keepsUnmanaged(r) {
		return
	}
	if kept := withoutEmptyLists(*rep.Attributes); len(kept) > 0 {
		u.rep.Attributes = &kept
		return
	}
	u.rep.Attributes = nil
}

func (a admin) DeleteUser(_ context.Context, request DeleteUserRequestObject) (DeleteUserResponseObject, error) {
	r, u, err := a.user(request.Realm, request.UserID)
	if err != nil {
		return nil, err
	}
	r.removeUser(u)
	return DeleteUser204Response{}, nil
}
