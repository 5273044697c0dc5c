package keycloak

import (
	"context"
)

// all are the role and those that it includes.
func (r *role) all() []*role {
	list := []*role{r}
	for _, part := range inOrder(r.parts) {
		list = append(list, part.all()...)
	}
	return list
}

func (a admin) ListRoleComposites(_ context.Context, request ListRoleCompositesRequestObject) (ListRoleCompositesResponseObject, error) {
	_, found, err := a.roleByID(request.Realm, request.RoleID)
	if err != nil {
		return nil, err
	}
	return ListRoleComposites200JSONResponse(each(inOrder(found.parts), (*role).brief)), nil
}

func (a admin) AddRoleComposites(_ context.Context, request AddRoleCompositesRequestObject) (AddRoleCompositesResponseObject, error) {
	r, found, err := a.role(request.Realm, request.RoleName)
	if err != nil {
		return nil, err
	}
	for _, rep := range *request.Body {
		part := r.rolesByID[value(rep.ID)]
		if part == nil {
			return nil, notFound("Could not find composite role")
		}
		found.include(part)
	}
	return AddRoleComposites204Response{}, nil
}

func (r *role) include(part *role) {
	r.parts[value(part.rep.ID)] = part
	r.rep.Composite = new(true)
}
