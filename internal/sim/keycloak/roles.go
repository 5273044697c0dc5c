package keycloak

import (
	"context"
	"net/http"
	"net/url"
	"slices"

	"github.com/google/uuid"
)

// role is a role of the realm, or of a client.
type role struct {
	rep     RoleRepresentation
	client  *client              // nil for a role of the realm
	holders map[*grants]struct{} // whom it is given to
	parts   map[string]*role     // by id: those that it includes
}

func (r *role) brief() RoleRepresentation {
	rep := r.rep
	rep.Attributes = nil
	return rep
}

func (r *role) shown() RoleRepresentation { return r.rep }

// rolesOf are the roles of a client, or of the realm when there is no client.
func (r *realm) rolesOf(c *client) table[*role] {
	if c == nil {
		return r.roles
	}
	return c.roles
}

// addRole stores a role; the server gives the id and looks at no other field
// that says where the role belongs.
func (r *realm) addRole(c *client, rep RoleRepresentation) *role {
	container := r.rep.ID
	if c != nil {
		container = c.rep.ID
	}
	added := &role{client: c, holders: map[*grants]struct{}{}, parts: map[string]*role{}, rep: RoleRepresentation{
		ID: new(uuid.NewString()), Name: rep.Name, Description: rep.Description, Attributes: rep.Attributes,
		Composite: new(value(rep.Composite) || rep.Composites != nil), ClientRole: new(c != nil), ContainerID: container,
	}}
	withDefault(&added.rep.Attributes, map[string][]string{})
	r.rolesOf(c).add(*added.rep.ID, value(rep.Name), added)
	r.rolesByID[*added.rep.ID] = added
	return added
}

// removeRole takes the role away from all who have it; mappers that name it
// stay.
func (r *realm) removeRole(gone *role) {
	for holder := range gone.holders {
		holder.remove(gone)
	}
	for _, other := range r.rolesByID {
		delete(other.parts, value(gone.rep.ID))
	}
	delete(r.rolesByID, value(gone.rep.ID))
	r.rolesOf(gone.client).remove(value(gone.rep.ID), value(gone.rep.Name))
}

// list is sorted and cut only when both bounds are given, or in a search; else it
// is all of them in no order.
func (t rolesPage) list(roles table[*role]) []RoleRepresentation {
	shown := (*role).brief
	if t.brief != nil && !*t.brief {
		shown = (*role).shown
	}
	if value(t.search) == "" && (t.first == nil || t.max == nil) {
		return each(roles.unsorted(), shown)
	}
	found := slices.DeleteFunc(roles.sorted(), func(r *role) bool { return !containsFold(value(r.rep.Name), value(t.search)) })
	return each(page(found, t.first, t.max, everything), shown)
}

// rolesPage are the parameters of a list of roles.
type rolesPage struct {
	brief      *bool
	first, max *int32
	search     *string
}

func (a admin) ListRoles(_ context.Context, request ListRolesRequestObject) (ListRolesResponseObject, error) {
	r, err := a.realm(request.Realm)
	if err != nil {
		return nil, err
	}
	p := request.Params
	return ListRoles200JSONResponse(rolesPage{p.BriefRepresentation, p.First, p.Max, p.Search}.list(r.roles)), nil
}

func (a admin) ListClientRoles(_ context.Context, request ListClientRolesRequestObject) (ListClientRolesResponseObject, error) {
	_, c, err := a.client(request.Realm, request.ClientUUID)
	if err != nil {
		return nil, err
	}
	p := request.Params
	return ListClientRoles200JSONResponse(rolesPage{p.BriefRepresentation, p.First, p.Max, p.Search}.list(c.roles)), nil
}

func (a admin) CreateRole(ctx context.Context, request CreateRoleRequestObject) (CreateRoleResponseObject, error) {
	r, err := a.realm(request.Realm)
	if err != nil {
		return nil, err
	}
	rep := *request.Body
	switch {
	case rep.Name == nil:
		return nil, refusal{http.StatusBadRequest, failure{Error: "role has no name"}}
	case r.roles.byName[*rep.Name] != nil:
		return nil, conflict("Role with name %s already exists", *rep.Name)
	case len(*rep.Name) > maxName:
		return nil, crash()
	}
	r.addRole(nil, rep)
	return CreateRole201Response{CreateRole201ResponseHeaders{Location: created(ctx, url.PathEscape(*rep.Name))}}, nil
}

// maxName is how many bytes of a name the database takes.
const maxName = 255

func (a admin) role(realm, name string) (*realm, *role, error) {
	r, err := a.realm(realm)
	if err != nil {
		return nil, nil, err
	}
	if found, exists := r.roles.byName[name]; exists {
		return r, found, nil
	}
	return nil, nil, notFound("Could not find role")
}

func (a admin) roleByID(realm, id string) (*realm, *role, error) {
	r, err := a.realm(realm)
	if err != nil {
		return nil, nil, err
	}
	if found, exists := r.rolesByID[id]; exists {
		return r, found, nil
	}
	return nil, nil, notFound("Could not find role with id")
}

func (a admin) GetRole(_ context.Context, request GetRoleRequestObject) (GetRoleResponseObject, error) {
	_, found, err := a.role(request.Realm, request.RoleName)
	if err != nil {
		return nil, err
	}
	return GetRole200JSONResponse(found.shown()), nil
}

func (a admin) GetRoleByID(_ context.Context, request GetRoleByIDRequestObject) (GetRoleByIDResponseObject, error) {
	_, found, err := a.roleByID(request.Realm, request.RoleID)
	if err != nil {
		return nil, err
	}
	return GetRoleByID200JSONResponse(found.shown()), nil
}

func (a admin) UpdateRole(_ context.Context, request UpdateRoleRequestObject) (UpdateRoleResponseObject, error) {
	r, found, err := a.role(request.Realm, request.RoleName)
	if err != nil {
		return nil, err
	}
	return UpdateRole204Response{}, r.updateRole(found, *request.Body)
}

func (a admin) UpdateRoleByID(_ context.Context, request UpdateRoleByIDRequestObject) (UpdateRoleByIDResponseObject, error) {
	r, found, err := a.roleByID(request.Realm, request.RoleID)
	if err != nil {
		return nil, err
	}
	return UpdateRoleByID204Response{}, r.updateRole(found, *request.Body)
}

// updateRole erases a description that is left out and keeps attributes that are.
func (r *realm) updateRole(changed *role, rep RoleRepresentation) error {
	if rep.Name == nil {
		return crash()
	}
	siblings, old := r.rolesOf(changed.client), value(changed.rep.Name)
	if *rep.Name != old {
		if siblings.byName[*rep.Name] != nil {
			return duplicate()
		}
		siblings.rename(old, *rep.Name)
	}
	changed.rep.Name, changed.rep.Description = rep.Name, rep.Description
	if rep.Attributes != nil {
		changed.rep.Attributes = rep.Attributes
	}
	return nil
}

func (a admin) DeleteRole(_ context.Context, request DeleteRoleRequestObject) (DeleteRoleResponseObject, error) {
	r, found, err := a.role(request.Realm, request.RoleName)
	if err != nil {
		return nil, err
	}
	return DeleteRole204Response{}, r.deleteRole(found)
}

func (a admin) DeleteRoleByID(_ context.Context, request DeleteRoleByIDRequestObject) (DeleteRoleByIDResponseObject, error) {
	r, found, err := a.roleByID(request.Realm, request.RoleID)
	if err != nil {
		return nil, err
	}
	return DeleteRoleByID204Response{}, r.deleteRole(found)
}

func (r *realm) deleteRole(found *role) error {
	if found == r.defaultRole {
		return invalid("%s is default role of the realm and cannot be removed.", value(found.rep.Name))
	}
	r.removeRole(found)
	return nil
}
