package keycloak

import (
	"context"
	"strings"
)

// group is a group; the names of siblings are unique.
type group struct {
	id, name    string
	description *string
	attributes  map[string][]string
	parent      *group
	children    map[string]*group // by name
	grants      *grants
	members     map[string]*user // by username
}

func (g *group) path() string {
	if g.parent == nil {
		return "/" + g.name
	}
	return g.parent.path() + "/" + g.name
}

// groupAt is the group at a path, nil where there is none.
func (r *realm) groupAt(path string) (g *group) {
	siblings := r.topGroups
	for name := range strings.SplitSeq(strings.TrimPrefix(path, "/"), "/") {
		if g = siblings[name]; g == nil {
			return nil
		}
		siblings = g.children
	}
	return g
}

// view says how much of a group is shown.
type view struct {
	brief, count, access bool
}

func (v view) of(g *group) GroupRepresentation {
	rep := GroupRepresentation{ID: &g.id, Name: &g.name, Description: g.description, Path: new(g.path()), SubGroups: &[]GroupRepresentation{}}
	if g.parent != nil {
		rep.ParentID = &g.parent.id
	}
	if !v.brief {
		rep.Attributes, rep.RealmRoles, rep.ClientRoles = &g.attributes, new(g.grants.realmRoles()), new(g.grants.clientRoles())
	}
	if v.count {
		rep.SubGroupCount = new(int64(len(g.children)))
	}
	if v.access {
		rep.Access = &map[string]bool{"view": true, "viewMembers": true, "manageMembers": true, "manage": true, "manageMembership": true}
	}
	return rep
}

// siblings are the groups among which a child of parent has its name.
func (r *realm) siblings(parent *group) map[string]*group {
	if parent == nil {
		return r.topGroups
	}
	return parent.children
}

func (r *realm) addGroup(parent *group, rep GroupRepresentation) *group {
	g := &group{
		id: orNew(rep.ID), name: value(rep.Name), description: rep.Description, attributes: withoutEmptyLists(value(rep.Attributes)),
		parent: parent, children: map[string]*group{}, grants: newGrants(), members: map[string]*user{},
	}
	r.groups[g.id] = g
	r.siblings(parent)[g.name] = g
	return g
}

// removeGroup takes the group, and those below it, away from their members.
func (r *realm) removeGroup(g *group) {
	for _, child := range g.children {
		r.removeGroup(child)
	}
	for _, member := range g.members {
		delete(member.groups, g.id)
	}
	g.grants.clear()
	delete(r.groups, g.id)
	delete(r.siblings(g.parent), g.name)
}

func (a admin) group(realm, id string) (*realm, *group, error) {
	r, err := a.realm(realm)
	if err != nil {
		return nil, nil, err
	}
	if g, exists := r.groups[id]; exists {
		return r, g, nil
	}
	return nil, nil, notFound("Could not find group by id")
}

// ListGroups gives the groups at the top, sorted by name and without a limit of
// its own; a search looks below them too, and shows what it finds there inside
// of the groups at the top.
func (a admin) ListGroups(_ context.Context, request ListGroupsRequestObject) (ListGroupsResponseObject, error) {
	r, err := a.realm(request.Realm)
	if err != nil {
		return nil, err
	}
	p := request.Params
	v := view{brief: p.BriefRepresentation == nil || *p.BriefRepresentation, count: p.SubGroupsCount == nil || *p.SubGroupsCount, access: true}
	if value(p.Search) == "" {
		return ListGroups200JSONResponse(each(page(inOrder(r.topGroups), p.First, p.Max, everything), v.of)), nil
	}
	wanted := groupSearch{view: v, text: *p.Search, exact: value(p.Exact)}
	if p.PopulateHierarchy != nil && !*p.PopulateHierarchy {
		return ListGroups200JSONResponse(each(page(wanted.flat(r.topGroups), p.First, p.Max, everything), v.of)), nil
	}
	return ListGroups200JSONResponse(page(wanted.tree(r.topGroups), p.First, p.Max, everything)), nil
}

// CreateGroup looks at name, description and attributes only.
func (a admin) CreateGroup(ctx context.Context, request CreateGroupRequestObject) (CreateGroupResponseObject, error) {
	r, err := a.realm(request.Realm)
	if err != nil {
		return nil, err
	}
	rep := *request.Body
	name := strings.TrimSpace(value(rep.Name))
	switch {
	case name == "":
		return nil, invalid("Group name is missing")
	case rep.ID != nil:
		return nil, notFound("Could not find child by id") // an id asks for a move, which is not simulated
	case r.topGroups[name] != nil:
		return nil, conflict("Top level group named '%s' already exists.", name)
	}
	g := r.addGroup(nil, rep)
	return CreateGroup201Response{CreateGroup201ResponseHeaders{Location: created(ctx, g.id)}}, nil
}

// countSince is the first version that counts the groups below a group; before,
// they are inside of it.
const countSince = 23

func (a admin) GetGroup(_ context.Context, request GetGroupRequestObject) (GetGroupResponseObject, error) {
	_, g, err := a.group(request.Realm, request.GroupID)
	if err != nil {
		return nil, err
	}
	v := view{count: a.version >= countSince, access: true}
	rep := v.of(g)
	if !v.count {
		rep.SubGroups = new(each(inOrder(g.children), v.of))
	}
	return GetGroup200JSONResponse(rep), nil
}

// UpdateGroup replaces attributes when they are given and erases a description
// that is not.
func (a admin) UpdateGroup(_ context.Context, request UpdateGroupRequestObject) (UpdateGroupResponseObject, error) {
	r, g, err := a.group(request.Realm, request.GroupID)
	if err != nil {
		return nil, err
	}
	rep := *request.Body
	name := value(rep.Name)
	if strings.TrimSpace(name) == "" {
		return nil, invalid("Group name is missing")
	}
	siblings := r.siblings(g.parent)
	if other := siblings[name]; other != nil && other != g {
		return nil, conflict("Sibling group named '%s' already exists.", name)
	}
	delete(siblings, g.name)
	siblings[name] = g
	g.name, g.description = name, rep.Description
	if rep.Attributes != nil {
		g.attributes = withoutEmptyLists(*rep.Attributes)
	}
	return UpdateGroup204Response{}, nil
}

func (a admin) DeleteGroup(_ context.Context, request DeleteGroupRequestObject) (DeleteGroupResponseObject, error) {
	r, g, err := a.group(request.Realm, request.GroupID)
	if err != nil {
		return nil, err
	}
	r.removeGroup(g)
	return DeleteGroup204Response{}, nil
}

// ListGroupMembers is sorted by username, 100 unless asked for more.
func (a admin) ListGroupMembers(_ context.Context, request ListGroupMembersRequestObject) (ListGroupMembersResponseObject, error) {
	_, g, err := a.group(request.Realm, request.GroupID)
	if err != nil {
		return nil, err
	}
	shown := (*user).shown
	if value(request.Params.BriefRepresentation) {
		shown = (*user).brief
	}
	return ListGroupMembers200JSONResponse(each(page(inOrder(g.members), request.Params.First, request.Params.Max, hundred), shown)), nil
}
