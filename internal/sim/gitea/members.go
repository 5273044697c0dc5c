package gitea

import (
	"cmp"
	"context"
	"maps"
	"slices"
)

// sortedMembers are the members of a team by full name, then by name.
func (t *team) sortedMembers() []*account {
	return slices.SortedFunc(maps.Keys(t.members), func(a, b *account) int {
		return cmp.Or(cmp.Compare(a.fullName, b.fullName), cmp.Compare(a.name, b.name))
	})
}

func (a api) ListTeamMembers(ctx context.Context, request ListTeamMembersRequestObject) (ListTeamMembersResponseObject, error) {
	c := callOf(ctx)
	page := request.Params.Page
	if a.memory.before(20) {
		if value(page) == 0 {
			return ListTeamMembers200JSONResponse{Body: each(c.team.sortedMembers(), c.userJSON)}, nil
		}
		page = new(*page + 1) // every page misses the first members
	}
	p := window(c, c.team.sortedMembers(), page, request.Params.Limit)
	return ListTeamMembers200JSONResponse{Body: each(p.part, c.userJSON), Headers: ListTeamMembers200ResponseHeaders{p.link, p.count}}, nil
}

// member is whom a path names. An organisation will do, too.
func (m *memory) member(name string) (*account, error) {
	u, known := m.account(name)
	if !known {
		return nil, notFoundBecause("GetUserByName", "user does not exist [uid: 0, name: "+name+"]")
	}
	return u, nil
}

func (a api) GetTeamMember(ctx context.Context, request GetTeamMemberRequestObject) (GetTeamMemberResponseObject, error) {
	c := callOf(ctx)
	u, err := a.memory.member(request.Username)
	if err != nil {
		return nil, err
	}
	if !c.team.members[u] {
		return nil, notFound()
	}
	return GetTeamMember200JSONResponse(c.userJSON(u)), nil
}

func (a api) AddTeamMember(ctx context.Context, request AddTeamMemberRequestObject) (AddTeamMemberResponseObject, error) {
	u, err := a.memory.member(request.Username)
	if err != nil {
		return nil, err
	}
	callOf(ctx).team.members[u] = true
	return AddTeamMember204Response{}, nil
}

// RemoveTeamMember keeps the last owner.
func (a api) RemoveTeamMember(ctx context.Context, request RemoveTeamMemberRequestObject) (RemoveTeamMemberResponseObject, error) {
	t := callOf(ctx).team
	u, err := a.memory.member(request.Username)
	if err != nil {
		return nil, err
	}
	if t.isOwners() && t.members[u] && len(t.members) == 1 {
		return nil, crash("user is the last member of owner team [uid: %d]", u.id)
	}
	delete(t.members, u)
	return RemoveTeamMember204Response{}, nil
}
