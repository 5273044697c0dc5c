package harbor

import (
	"context"
	"net/http"
	"strings"
)

// The types of groups.
const (
	ldapGroup = 1
	httpGroup = 2
	oidcGroup = 3
)

// group is a group of people. Its name is unique, whatever its type.
type group struct {
	id   int64
	name string
	kind int
	born int64 // by memory.clock
}

func (g *group) key() (id int64, name string) { return g.id, g.name }

func (m *memory) addGroup(name string, kind int) *group {
	g := &group{id: m.groups.next(), name: name, kind: kind, born: m.clock.Add(1)}
	m.groups.add(g)
	return g
}

// lostRace says whether a group was made while the request was under way: both
// looked for the group before either had made it.
func (m *memory) lostRace(ctx context.Context, g *group) bool {
	return m.groupRace && g.born > callOf(ctx).arrived
}

// groupEntity: under OIDC every group that is not known yet is made, as one of
// OIDC whatever type was asked for; the other modes would look it up.
func (a api) groupEntity(ctx context.Context, name string, kind int) (e entity, made *group, err error) {
	found := a.groups.byName[name]
	switch {
	case found != nil && a.lostRace(ctx, found):
		a.groups.next()
		return e, nil, crash()
	case found != nil && found.kind == kind:
		return entity{false, found.id}, nil, nil
	case a.configuration.text("auth_mode") != oidcAuth:
		return e, nil, notFound("%s not found: not supported", name)
	case found != nil && found.kind == oidcGroup:
		return entity{false, found.id}, nil, nil
	case found != nil:
		a.groups.next()
		return e, nil, crash() // the name is taken by a group of another type
	}
	made = a.addGroup(name, oidcGroup)
	return entity{false, made.id}, made, nil
}

func (g *group) shown() UserGroup {
	return UserGroup{ID: new(int(g.id)), GroupName: &g.name, GroupType: orNone(g.kind)}
}

func (a api) ListUserGroups(ctx context.Context, request ListUserGroupsRequestObject) (ListUserGroupsResponseObject, error) {
	p, err := newPaging(request.Params.Page, request.Params.PageSize)
	if err != nil {
		return nil, err
	}
	if err := a.requireSystem(ctx, right{"user-group", "list"}); err != nil {
		return nil, err
	}
	part := strings.ToLower(value(request.Params.GroupName))
	only := map[string]int{"ldap_auth": ldapGroup, "http_auth": httpGroup}[a.configuration.text("auth_mode")]
	found := filtered(a.groups.list, func(g *group) bool {
		return strings.Contains(strings.ToLower(g.name), part) && (only == 0 || g.kind == only)
	})
	return ListUserGroups200JSONResponse{
		Body:    each(cut(found, p), (*group).shown),
		Headers: ListUserGroups200ResponseHeaders(callOf(ctx).listed(len(found), p)),
	}, nil
}

func (a api) CreateUserGroup(ctx context.Context, request CreateUserGroupRequestObject) (CreateUserGroupResponseObject, error) {
	if err := a.requireSystem(ctx, right{"user-group", "create"}); err != nil {
		return nil, err
	}
	wanted := value(request.Body)
	name, kind := value(wanted.GroupName), value(wanted.GroupType)
	if name == "" {
		return nil, mute(http.StatusBadRequest)
	}
	switch found := a.groups.byName[name]; {
	case found == nil:
	case a.lostRace(ctx, found) || found.kind != kind:
		a.groups.next()
		return nil, crash() // the name is unique, but only type and name together are looked for
	default:
		return nil, conflict("duplicate user group, group name:%s, group type: %d, ldap group DN: ", name, kind)
	}
	location := callOf(ctx).created(a.addGroup(name, kind).id)
	return CreateUserGroup201Response{CreateUserGroup201ResponseHeaders{Location: location}}, nil
}

// GetUserGroup does not tell the id.
func (a api) GetUserGroup(ctx context.Context, request GetUserGroupRequestObject) (GetUserGroupResponseObject, error) {
	if err := a.requireSystem(ctx, right{"user-group", "read"}); err != nil {
		return nil, err
	}
	found := a.groups.byID[request.GroupID]
	switch {
	case request.GroupID <= 0:
		return nil, badRequest("the group id should be provided")
	case found == nil:
		return nil, notFound("the user group with id %d is not found", request.GroupID)
	}
	shown := found.shown()
	shown.ID = nil
	return GetUserGroup200JSONResponse(shown), nil
}

// DeleteUserGroup takes the memberships along; an absent group is not an error.
func (a api) DeleteUserGroup(ctx context.Context, request DeleteUserGroupRequestObject) (DeleteUserGroupResponseObject, error) {
	if err := a.requireSystem(ctx, right{"user-group", "delete"}); err != nil {
		return nil, err
	}
	if request.GroupID <= 0 {
		return nil, badRequest("the group id should be provided")
	}
	found := a.groups.byID[int64(request.GroupID)]
	if found == nil {
		return DeleteUserGroup200Response{}, nil
	}
	a.groups.remove(found)
	for _, p := range a.projects.list {
		if m := p.memberOf(entity{false, found.id}); m != nil {
			delete(p.members, m.id)
		}
	}
	return DeleteUserGroup200Response{}, nil
}
