package gitea

import (
	"cmp"
	"context"
	"maps"
	"slices"
)

// collaborator is the user that a path names; an unknown one is a 422 here.
func (m *memory) collaborator(name string) (*account, error) {
	u, known := m.account(name)
	if !known {
		return nil, invalid("user does not exist [uid: 0, name: %s]", name)
	}
	return u, nil
}

func (a api) ListCollaborators(ctx context.Context, request ListCollaboratorsRequestObject) (ListCollaboratorsResponseObject, error) {
	c := callOf(ctx)
	all := slices.SortedFunc(maps.Keys(c.repo.collaborators), func(a, b *account) int { return cmp.Compare(a.id, b.id) })
	p := window(c, all, request.Params.Page, request.Params.Limit)
	return ListCollaborators200JSONResponse{Body: each(p.part, c.userJSON), Headers: ListCollaborators200ResponseHeaders{XTotalCount: p.count}}, nil
}

func (a api) GetCollaborator(ctx context.Context, request GetCollaboratorRequestObject) (GetCollaboratorResponseObject, error) {
	u, err := a.memory.collaborator(request.Collaborator)
	if err != nil {
		return nil, err
	}
	if callOf(ctx).repo.collaborators[u] == none {
		return nil, notFound()
	}
	return GetCollaborator204Response{}, nil
}

// AddCollaborator gives the right to write unless another is asked for.
func (a api) AddCollaborator(ctx context.Context, request AddCollaboratorRequestObject) (AddCollaboratorResponseObject, error) {
	u, err := a.memory.collaborator(request.Collaborator)
	if err != nil {
		return nil, err
	}
	given := parseMode(cmp.Or(string(value(request.Body.Permission)), "write"))
	switch {
	case !u.active && !u.isOrg:
		return nil, crash("collaborator's account is inactive")
	case given == none:
		return nil, crash("Invalid access mode")
	}
	callOf(ctx).repo.collaborators[u] = given
	return AddCollaborator204Response{}, nil
}

func (a api) RemoveCollaborator(ctx context.Context, request RemoveCollaboratorRequestObject) (RemoveCollaboratorResponseObject, error) {
	u, err := a.memory.collaborator(request.Collaborator)
	if err != nil {
		return nil, err
	}
	delete(callOf(ctx).repo.collaborators, u)
	return RemoveCollaborator204Response{}, nil
}
