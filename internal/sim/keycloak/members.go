package keycloak

import (
	"context"
	"net/http"
	"slices"
)

func (u *user) join(g *group) {
	u.groups[g.id] = g
	g.members[u.name()] = u
}

// membership finds a user and a group of one realm.
func (a admin) membership(realm, userID, groupID string) (*user, *group, error) {
	r, u, err := a.user(realm, userID)
	if err != nil {
		return nil, nil, err
	}
	if g, exists := r.groups[groupID]; exists {
		return u, g, nil
	}
	return nil, nil, notFound("Group not found")
}

// ListUserGroups is sorted by name and has no limit of its own.
func (a admin) ListUserGroups(_ context.Context, request ListUserGroupsRequestObject) (ListUserGroupsResponseObject, error) {
	_, u, err := a.user(request.Realm, request.UserID)
	if err != nil {
		return nil, err
	}
	p := request.Params
	byPath := map[string]*group{}
	for _, g := range u.groups {
		if containsFold(g.name, value(p.Search)) {
			byPath[g.name+"\x00"+g.path()] = g
		}
	}
	v := view{brief: p.BriefRepresentation == nil || *p.BriefRepresentation}
	return ListUserGroups200JSONResponse(each(page(inOrder(byPath), p.First, p.Max, everything), v.of)), nil
}

func (a admin) AddUserToGroup(_ context.Context, request AddUserToGroupRequestObject) (AddUserToGroupResponseObject, error) {
	u, g, err := a.membership(request.Realm, request.UserID, request.GroupID)
	if err != nil {
		return nil, err
	}
	u.join(g)
	return AddUserToGroup204Response{}, nil
}

func (a admin) RemoveUserFromGroup(_ context.Context, request RemoveUserFromGroupRequestObject) (RemoveUserFromGroupResponseObject, error) {
	u, g, err := a.membership(request.Realm, request.UserID, request.GroupID)
	if err != nil {
		return nil, err
	}
	delete(u.groups, g.id)
	delete(g.members, u.name())
	return RemoveUserFromGroup204Response{}, nil
}

func (a admin) ResetUserPassword(_ context.Context, request ResetUserPasswordRequestObject) (ResetUserPasswordResponseObject, error) {
	_, u, err := a.user(request.Realm, request.UserID)
	if err != nil {
		return nil, err
	}
	switch {
	case request.Body.Value == nil:
		return nil, refusal{http.StatusBadRequest, failure{Error: "No password provided"}}
	case *request.Body.Value == "":
		return nil, refusal{http.StatusBadRequest, failure{Error: "Empty password not allowed"}}
	}
	u.setPassword(*request.Body)
	return ResetUserPassword204Response{}, nil
}

// ListUsers is sorted by username, 100 unless asked for more, and shows
// service accounts only where one field is asked for.
func (a admin) ListUsers(_ context.Context, request ListUsersRequestObject) (ListUsersResponseObject, error) {
	r, err := a.realm(request.Realm)
	if err != nil {
		return nil, err
	}
	found := page(r.usersLike(request.Params), request.Params.First, request.Params.Max, hundred)
	return ListUsers200JSONResponse(each(found, func(u *user) UserRepresentation {
		rep := u.shown()
		if value(request.Params.BriefRepresentation) {
			rep.Attributes = nil
		}
		rep.Access = &map[string]bool{"manage": true}
		rep.UserProfileMetadata = r.userProfile
		return rep
	})), nil
}

func (r *realm) usersLike(p ListUsersParams) []*user {
	if p.Username != nil && value(p.Exact) {
		if u := r.userNamed(*p.Username); u != nil && u.matches(p) {
			return []*user{u}
		}
		return nil
	}
	return slices.DeleteFunc(r.users.sorted(), func(u *user) bool { return !u.matches(p) })
}
