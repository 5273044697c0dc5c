package harbor

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"strconv"
	"strings"
	"time"
)

// The levels of robots, and the kinds of their permissions.
const (
	systemLevel  = "system"
	projectLevel = "project"
)

// never is the end of a robot that does not expire.
const never = -1

// robot is one robot account. Its name has no prefix: that is the server's.
type robot struct {
	id, project       int64 // project is 0 for robots of the system
	name, description string
	secret            string
	disabled          bool
	duration, expires int64 // days; seconds since 1970
	born, changed     time.Time
	creator           int64
	creatorType       string
	permissions       map[scope][]access // listed in no order
}

func (r *robot) key() (id int64, name string) { return r.id, r.name }

// scope is where a permission holds. A project that is gone stays in it, and is
// not the one which is made under its name later.
type scope struct {
	kind    string
	project int64 // 0: all projects, or the system
}

func everyProject() scope { return scope{kind: projectLevel} }

type access struct {
	right
	effect string // "" and "allow" allow
}

func (r *robot) has(s scope, wanted right) bool {
	allowed := false
	for _, a := range r.permissions[s] {
		if a.right == wanted {
			if a.effect == "deny" {
				return false
			}
			allowed = true
		}
	}
	return allowed
}

// prefix is what stands before the name of every robot.
func (m *memory) prefix() string { return m.configuration.text("robot_name_prefix") }

// isAlive says whether the project of a scope still exists.
func (m *memory) isAlive(s scope) bool { return s.project == 0 || m.projects.byID[s.project] != nil }

// namespace is how a scope is written.
func (m *memory) namespace(s scope) string {
	switch {
	case s.kind == systemLevel:
		return "/"
	case s.project == 0:
		return "*"
	}
	return m.projects.byID[s.project].name
}

func (r *robot) level() string {
	if r.project == 0 {
		return systemLevel
	}
	return projectLevel
}

func (m *memory) shownRobot(r *robot) Robot {
	permissions := []RobotPermission{}
	for s, list := range r.permissions {
		if !m.isAlive(s) {
			continue
		}
		shown := each(list, func(a access) Access {
			return Access{Resource: &a.resource, Action: &a.action, Effect: orNone(a.effect)}
		})
		permissions = append(permissions, RobotPermission{Kind: &s.kind, Namespace: new(m.namespace(s)), Access: &shown})
	}
	return Robot{
		ID: &r.id, Name: new(m.prefix() + r.name), Description: orNone(r.description), Level: new(r.level()),
		Disable: &r.disabled, Editable: new(true), Duration: &r.duration, ExpiresAt: &r.expires,
		CreatorRef: new(int(r.creator)), CreatorType: &r.creatorType, CreationTime: &r.born, UpdateTime: &r.changed,
		Permissions: &permissions,
	}
}

// ListRobots lists those of the system, unless one project's are asked for.
func (a api) ListRobots(ctx context.Context, request ListRobotsRequestObject) (ListRobotsResponseObject, error) {
	c := callOf(ctx)
	q, err := newQuery(request.Params.Q, request.Params.Sort, request.Params.Page, request.Params.PageSize)
	if err != nil {
		return nil, err
	}
	if !c.caller.isAuthenticated() {
		return nil, unauthorized()
	}
	project, err := listedProject(q)
	if err != nil {
		return nil, err
	}
	if err := a.requireRobotAccess(ctx, project, "list"); err != nil {
		return nil, err
	}
	delete(q.keywords, "ProjectID")
	_, asked := q.keywords["Level"]
	mixed := asked && project == 0 && a.minor < minorTidy
	ofLevel := named(a.robots, q, func(r *robot) bool { return r.project == project || mixed })
	found := search(ofLevel, q, (*robot).field)
	return ListRobots200JSONResponse{
		Body:    each(cut(found, q.paging), a.shownRobot),
		Headers: ListRobots200ResponseHeaders(c.listed(len(found), q.paging)),
	}, nil
}

// listedProject is 0 for the system.
func listedProject(q query) (int64, error) {
	level, given := q.keywords["Level"]
	switch {
	case !given || level.matches(systemLevel):
		return 0, nil
	case !level.matches(projectLevel):
		return 0, badRequest("bad request error level input")
	}
	wanted, given := q.keywords["ProjectID"]
	if !given {
		return 0, badRequest("must with project ID when to query project robots")
	}
	id, err := strconv.ParseInt(wanted.any[0], 10, 64)
	if err != nil || id <= 0 {
		return 0, badRequest("ProjectID must be a positive integer")
	}
	return id, nil
}

func (r *robot) field(name string) (text string, known bool) {
	switch name {
	case "Name", "name":
		return r.name, true
	case "Description", "description":
		return r.description, true
	case "ID", "id":
		return strconv.FormatInt(r.id, 10), true
	case "project_id":
		return strconv.FormatInt(r.project, 10), true // 0 means none
	case "Duration", "duration":
		return strconv.FormatInt(r.duration, 10), true
	case "Disabled", "disabled":
		return strconv.FormatBool(r.disabled), true
	case "ExpiresAt", "expiresat":
		return strconv.FormatInt(r.expires, 10), true
	case "CreationTime", "creation_time":
		return r.born.Format(sortableTime), true
	case "UpdateTime", "update_time":
		return r.changed.Format(sortableTime), true
	}
	return "", false
}

// requireRobotAccess: robots of a project belong to it, all others to the system.
func (m *memory) requireRobotAccess(ctx context.Context, project int64, action string) error {
	if project == 0 {
		return m.requireSystem(ctx, right{"robot", action})
	}
	if callOf(ctx).caller.isAdmin() {
		return nil // also where there is no such project
	}
	_, err := m.requireProject(ctx, reference{id: project}, right{"robot", action})
	return err
}

// robot finds a robot for a caller who may do that to it.
func (a api) robot(ctx context.Context, id int64, action string) (*robot, error) {
	if !callOf(ctx).caller.isAuthenticated() {
		return nil, unauthorized()
	}
	found := a.robots.byID[id]
	if found == nil {
		return nil, notFound("robot %d not found", id)
	}
	return found, a.requireRobotAccess(ctx, found.project, action)
}

func (a api) GetRobot(ctx context.Context, request GetRobotRequestObject) (GetRobotResponseObject, error) {
	found, err := a.robot(ctx, int64(request.RobotID), "read")
	if err != nil {
		return nil, err
	}
	return GetRobot200JSONResponse(a.shownRobot(found)), nil
}

func (a api) DeleteRobot(ctx context.Context, request DeleteRobotRequestObject) (DeleteRobotResponseObject, error) {
	found, err := a.robot(ctx, int64(request.RobotID), "delete")
	if err != nil {
		return nil, err
	}
	a.robots.remove(found)
	if p := a.projects.byID[found.project]; p != nil {
		delete(p.robots, found.id)
	}
	return DeleteRobot200Response{}, nil
}

const (
	minSecret = 8
	maxSecret = 128
)

// isStrong is the rule for secrets.
func isStrong(secret string) bool {
	return len(secret) >= minSecret && len(secret) <= maxSecret &&
		strings.ContainsAny(secret, "abcdefghijklmnopqrstuvwxyz") && strings.ContainsAny(secret, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") &&
		strings.ContainsAny(secret, "0123456789")
}

// newSecret makes 32 letters and digits.
func newSecret() string {
	for {
		var random [24]byte
		_, _ = rand.Read(random[:]) // it never fails
		secret := strings.NewReplacer("-", "a", "_", "B").Replace(base64.RawURLEncoding.EncodeToString(random[:]))
		if isStrong(secret) {
			return secret
		}
	}
}
