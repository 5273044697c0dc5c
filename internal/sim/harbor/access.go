package harbor

import (
	"bufio"
	"context"
	_ "embed"
	"slices"
	"strings"
)

// permissions.txt has what Harbor 2.15.2 lists as the rights that robots may
// have: kind, resource and its actions, in the order of the answer.
//
//go:embed permissions.txt
var permissionsText string

// right is one action on one kind of thing.
type right struct{ resource, action string }

// rights are all that robots may have, by the kind of scope. Writing the
// configuration or changing a robot is not among them.
type rights map[string][]right

func newRights() rights {
	all := rights{}
	lines := bufio.NewScanner(strings.NewReader(permissionsText))
	for lines.Scan() {
		words := strings.Fields(lines.Text())
		kind, resource := words[0], words[1]
		for _, action := range words[2:] {
			all[kind] = append(all[kind], right{resource, action})
		}
	}
	return all
}

func (a api) GetPermissions(ctx context.Context, _ GetPermissionsRequestObject) (GetPermissionsResponseObject, error) {
	c := callOf(ctx).caller
	switch {
	case a.minor < minorRobotsAndRoles:
		return nil, notFound("path /api/v2.0/permissions was not found")
	case !c.isAuthenticated():
		return nil, unauthorized()
	case !c.isAdmin():
		return nil, forbidden("only admins(system and project) can access permissions")
	}
	shown := func(r right) Permission { return Permission{Resource: &r.resource, Action: &r.action} }
	system, project := each(a.rights[systemLevel], shown), each(a.rights[projectLevel], shown)
	return GetPermissions200JSONResponse{System: &system, Project: &project}, nil
}

// requireSystem says why the caller may not do something that belongs to no project.
func (m *memory) requireSystem(ctx context.Context, wanted right) error {
	c := callOf(ctx).caller
	switch {
	case !c.isAuthenticated():
		return unauthorized()
	case !m.canSystem(c, wanted):
		return forbidden(c.name)
	}
	return nil
}

func (m *memory) canSystem(c caller, wanted right) bool {
	return c.isAdmin() || (c.robot != nil && c.robot.has(scope{kind: systemLevel}, wanted))
}

// requireProject gives the project for which the caller has a right. Only the
// administrator learns that a project does not exist: all others may do nothing
// there, which is 403 or 401.
func (m *memory) requireProject(ctx context.Context, r reference, wanted right) (*project, error) {
	c := callOf(ctx).caller
	p := m.find(r)
	switch {
	case p != nil && m.canProject(c, p, wanted):
		return p, nil
	case !c.isAuthenticated():
		return nil, unauthorized()
	case !c.isAdmin():
		return nil, forbidden("forbidden")
	}
	return nil, r.missing()
}

// inProject is requireProject for a project in a path.
func (m *memory) inProject(ctx context.Context, nameOrID string, wanted right) (*project, error) {
	return m.requireProject(ctx, callOf(ctx).reference(nameOrID), wanted)
}

func (m *memory) canProject(c caller, p *project, wanted right) bool {
	switch {
	case c.isAdmin():
		return true
	case c.user != nil:
		return p.allowsEverybody(wanted) || p.allowsUser(c.user, wanted)
	case c.robot != nil:
		return m.canRobot(c.robot, p, wanted)
	}
	return p.allowsEverybody(wanted)
}

// canRobot: the right to the project itself does not include what is in it.
// (The real server is laxer where such a right spans all projects.)
func (m *memory) canRobot(r *robot, p *project, wanted right) bool {
	if wanted.resource == "member" && m.minor < minorRobotsAndRoles {
		return false
	}
	own := scope{projectLevel, p.id}
	if r.project == p.id && r.has(own, right{wanted.resource, "push"}) && wanted.action == "pull" {
		return true // only robots of a project pull because they push
	}
	return r.has(own, wanted) || (r.project == 0 && r.has(everyProject(), wanted)) ||
		(m.isOfProjects(r) && p.allowsEverybody(wanted))
}

// isOfProjects: a robot without a right in any project does not even have the
// rights that every caller has in a public one.
func (m *memory) isOfProjects(r *robot) bool {
	for s := range r.permissions {
		if s.kind == projectLevel && m.isAlive(s) {
			return true
		}
	}
	return r.project != 0
}

// allowsEverybody: what can be done in a public project without logging in.
func (p *project) allowsEverybody(wanted right) bool {
	if !isTrue(p.metadata["public"]) {
		return false
	}
	return slices.Contains([]right{
		{"project", "read"}, {"label", "read"}, {"label", "list"}, {"repository", "list"}, {"repository", "pull"},
		{"scan", "read"}, {"scanner", "read"}, {"tag", "list"}, {"artifact", "read"}, {"artifact", "list"},
		{"artifact-addition", "read"}, {"accessory", "list"},
	}, wanted)
}

// allowsUser is the outline of what the roles may do.
func (p *project) allowsUser(u *user, wanted right) bool {
	m := p.memberOf(entity{isUser: true, id: u.id})
	switch {
	case m == nil:
		return false
	case m.role == projectAdmin:
		return true
	case wanted.action == "push":
		return m.role == developer || m.role == maintainer
	case wanted.resource == "member" && m.role == limitedGuest:
		return false
	}
	return wanted.action == "read" || wanted.action == "list" || wanted.action == "pull"
}
