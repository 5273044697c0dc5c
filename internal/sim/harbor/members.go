package harbor

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// The roles of members.
const (
	projectAdmin = 1
	developer    = 2
	guest        = 3
	maintainer   = 4
	limitedGuest = 5
)

// roleName is empty for an unknown role.
func roleName(role int) string {
	names := map[int]string{
		projectAdmin: "projectAdmin", developer: "developer", guest: "guest", maintainer: "maintainer", limitedGuest: "limitedGuest",
	}
	return names[role]
}

// entity is who a member is.
type entity struct {
	isUser bool // else a group
	id     int64
}

type member struct {
	id     int64
	entity entity
	role   int
}

func (m *memory) addMember(p *project, e entity, role int) *member {
	m.newest.member++
	added := &member{m.newest.member, e, role}
	p.members[added.id] = added
	return added
}

func (p *project) memberOf(e entity) *member {
	for _, m := range p.members {
		if m.entity == e {
			return m
		}
	}
	return nil
}

func (m *memory) nameOf(e entity) string {
	if e.isUser {
		return m.users.byID[e.id].name
	}
	return m.groups.byID[e.id].name
}

func (m *memory) shownMember(p *project, of *member) ProjectMemberEntity {
	kind := "g"
	if of.entity.isUser {
		kind = "u"
	}
	return ProjectMemberEntity{
		ID: new(int(of.id)), ProjectID: new(int(p.id)), EntityID: new(int(of.entity.id)), EntityName: new(m.nameOf(of.entity)),
		EntityType: &kind, RoleID: &of.role, RoleName: new(roleName(of.role)),
	}
}

// ListProjectMembers counts all members, also those that it does not list:
// for a name it finds the whole name only, and a role that does not exist hides
// its member.
func (a api) ListProjectMembers(ctx context.Context, request ListProjectMembersRequestObject) (ListProjectMembersResponseObject, error) {
	q, err := newPaging(request.Params.Page, request.Params.PageSize)
	if err != nil {
		return nil, err
	}
	p, err := a.inProject(ctx, request.ProjectNameOrID, right{"member", "list"})
	if err != nil {
		return nil, err
	}
	shown := make([]ProjectMemberEntity, 0, len(p.members))
	for _, m := range p.members {
		one := a.shownMember(p, m)
		if name := value(request.Params.Entityname); roleName(m.role) != "" && (name == "" || name == *one.EntityName) {
			shown = append(shown, one)
		}
	}
	slices.SortFunc(shown, func(a, b ProjectMemberEntity) int {
		return strings.Compare(fmt.Sprintf("%s %09d", *a.EntityName, *a.ID), fmt.Sprintf("%s %09d", *b.EntityName, *b.ID))
	})
	return ListProjectMembers200JSONResponse{
		Body:    cut(shown, q),
		Headers: ListProjectMembers200ResponseHeaders(callOf(ctx).listed(len(p.members), q)),
	}, nil
}

func (a api) GetProjectMember(ctx context.Context, request GetProjectMemberRequestObject) (GetProjectMemberResponseObject, error) {
	p, err := a.inProject(ctx, request.ProjectNameOrID, right{"member", "read"})
	if err != nil {
		return nil, err
	}
	found := p.members[request.Mid]
	switch {
	case request.Mid == 0:
		return nil, badRequest("the member id can not be empty!")
	case found == nil || roleName(found.role) == "":
		return nil, notFound("the project member is not found, project id %d, member id %d", p.id, request.Mid)
	}
	return GetProjectMember200JSONResponse(a.shownMember(p, found)), nil
}

// CreateProjectMember makes a group that does not exist yet; when the
// membership fails after that, the group is gone again, its id used up.
func (a api) CreateProjectMember(ctx context.Context, request CreateProjectMemberRequestObject) (CreateProjectMemberResponseObject, error) {
	p, err := a.inProject(ctx, request.ProjectNameOrID, right{"member", "create"})
	if err != nil {
		return nil, err
	}
	if request.Body == nil {
		return nil, badRequest("the project member should provide")
	}
	e, made, err := a.entityOf(ctx, *request.Body)
	if err != nil {
		return nil, err
	}
	role := value(request.Body.RoleID)
	switch {
	case p.memberOf(e) != nil:
		return nil, conflict("The project member specified already exist")
	case roleName(role) == "":
		if made != nil {
			a.groups.remove(made)
		}
		return nil, badRequest("Failed to update project member, role is not in 1,2,3")
	}
	added := a.addMember(p, e, role)
	location := fmt.Sprintf("%s/projects/%s/members/%d", apiBase, callOf(ctx).reference(request.ProjectNameOrID), added.id)
	return CreateProjectMember201Response{CreateProjectMember201ResponseHeaders{Location: location}}, nil
}

// entityOf finds whom a new membership is for, and makes the group where it may.
func (a api) entityOf(ctx context.Context, body ProjectMember) (e entity, made *group, err error) {
	u, g := value(body.MemberUser), value(body.MemberGroup)
	switch {
	case value(u.UserID) > 0:
		id := int64(*u.UserID)
		if a.users.byID[id] == nil {
			return e, nil, badRequest("Failed to get user %d: user %d not found", id, id)
		}
		return entity{true, id}, nil, nil
	case value(g.ID) > 0:
		if a.groups.byID[int64(*g.ID)] == nil {
			return e, nil, badRequest("Group %d not found", *g.ID)
		}
		return entity{false, int64(*g.ID)}, nil, nil
	case value(u.Username) != "":
		return a.userEntity(*u.Username)
	case value(g.LdapGroupDn) != "":
		return e, nil, notFound("%s not found: simulator: LDAP is not simulated", *g.LdapGroupDn)
	case value(g.GroupName) != "":
		return a.groupEntity(ctx, *g.GroupName, value(g.GroupType))
	}
	return e, nil, crash()
}

// userEntity: a person who never logged in does not exist.
func (a api) userEntity(name string) (entity, *group, error) {
	if u := a.users.byName[name]; u != nil {
		return entity{true, u.id}, nil, nil
	}
	if a.configuration.text("auth_mode") == dbAuth {
		return entity{}, nil, notFound("user %s is not found", name)
	}
	return entity{}, nil, notFound("%s not found: not supported", name)
}

// UpdateProjectMember changes the role and checks nothing, not even the member.
func (a api) UpdateProjectMember(ctx context.Context, request UpdateProjectMemberRequestObject) (UpdateProjectMemberResponseObject, error) {
	p, err := a.inProject(ctx, request.ProjectNameOrID, right{"member", "update"})
	switch {
	case err != nil:
		return nil, err
	case request.Body == nil:
		return nil, badRequest("role can not be empty")
	case request.Mid == 0:
		return nil, badRequest("member id can not be empty")
	}
	if found := p.members[request.Mid]; found != nil {
		found.role = value(request.Body.RoleID)
	}
	return UpdateProjectMember200Response{}, nil
}

func (a api) DeleteProjectMember(ctx context.Context, request DeleteProjectMemberRequestObject) (DeleteProjectMemberResponseObject, error) {
	p, err := a.inProject(ctx, request.ProjectNameOrID, right{"member", "delete"})
	switch {
	case err != nil:
		return nil, err
	case request.Mid == 0:
		return nil, badRequest("the project member id is required.")
	}
	delete(p.members, request.Mid) // deleting an absent one is not an error
	return DeleteProjectMember200Response{}, nil
}
