package harbor

import (
	"context"
	"math"
	"slices"
)

// CreateRobot ignores the secret of the body, and that it be disabled.
func (a api) CreateRobot(ctx context.Context, request CreateRobotRequestObject) (CreateRobotResponseObject, error) {
	c, body := callOf(ctx), *request.Body
	if !isName(value(body.Name)) {
		return nil, badRequest("robot name is not in lower case or contains illegal characters")
	}
	wanted := value(body.Permissions)
	if err := a.checkRobot(value(body.Duration), value(body.Level), wanted); err != nil {
		return nil, err
	}
	project, err := a.projectOfRobot(ctx, value(body.Level), value(wanted[0].Namespace))
	if err != nil {
		return nil, err
	}
	if c.caller.robot != nil && !a.covers(c.caller.robot, wanted) {
		return nil, denied("permission scope is invalid. It must be equal to or more restrictive than the creator robot's permissions: " + c.caller.name)
	}
	made, err := a.addRobot(c.caller, project, body)
	if err != nil {
		return nil, err
	}
	return CreateRobot201JSONResponse{
		Body: RobotCreated{
			ID: &made.id, Name: new(a.prefix() + made.name), Secret: &made.secret, CreationTime: &made.born, ExpiresAt: &made.expires,
		},
		Headers: CreateRobot201ResponseHeaders{Location: c.created(made.id)},
	}, nil
}

// projectOfRobot is nil for a robot of the system.
func (a api) projectOfRobot(ctx context.Context, level, namespace string) (*project, error) {
	if level == systemLevel {
		return nil, a.requireSystem(ctx, right{"robot", "create"})
	}
	return a.requireProject(ctx, reference{name: namespace}, right{"robot", "create"})
}

// addRobot uses up an id also where the name is taken or a project is missing.
func (a api) addRobot(by caller, p *project, body RobotCreate) (*robot, error) {
	made := &robot{
		id: a.robots.next(), name: value(body.Name), description: value(body.Description), secret: newSecret(),
		duration: value(body.Duration), born: a.time(), changed: a.time(), creator: 1, creatorType: "local",
	}
	made.expire()
	if p != nil {
		made.project, made.name = p.id, p.name+"+"+made.name
	}
	if a.robots.byName[made.name] != nil {
		return nil, conflict("robot account %d:%s already exists", made.project, made.name)
	}
	if by.robot != nil {
		made.creator, made.creatorType = by.robot.id, "robot"
	} else {
		made.creator = by.user.id
	}
	var err error
	if made.permissions, err = a.permissionsOf(value(body.Permissions)); err != nil {
		return nil, err
	}
	a.robots.add(made)
	if p != nil {
		p.robots[made.id] = made
	}
	return made, nil
}

// expire: a robot's days count from its creation, also when they change.
func (r *robot) expire() {
	r.expires = never
	if r.duration != never {
		r.expires = r.born.AddDate(0, 0, int(r.duration)).Unix()
	}
}

// checkRobot is what a new robot and a changed one have to fulfil, for any caller.
func (a api) checkRobot(duration int64, level string, wanted []RobotPermission) error {
	switch {
	case duration != never && (duration <= 0 || duration >= math.MaxInt32):
		return badRequest("bad request error duration input: %d, duration must be either -1(Never) or a positive integer", duration)
	case level != systemLevel && level != projectLevel:
		return badRequest("bad request error level input: %s", level)
	case len(wanted) == 0:
		return badRequest("bad request empty permission")
	}
	for _, p := range wanted {
		if len(value(p.Access)) == 0 {
			return badRequest("bad request empty access")
		}
	}
	if level == projectLevel && len(wanted) > 1 {
		return badRequest("bad request permission")
	}
	return a.checkRights(wanted)
}

// checkRights takes only what GetPermissions lists: there is no "*".
func (a api) checkRights(wanted []RobotPermission) error {
	for _, p := range wanted {
		known, isKind := a.rights[value(p.Kind)]
		if !isKind {
			return badRequest("bad request permission level: %s", value(p.Kind))
		}
		for _, one := range value(p.Access) {
			if r := (right{value(one.Resource), value(one.Action)}); !slices.Contains(known, r) {
				return badRequest("bad request permission: %s:%s", r.resource, r.action)
			}
		}
	}
	return nil
}

// permissionsOf finds the projects that are named.
func (a api) permissionsOf(wanted []RobotPermission) (map[scope][]access, error) {
	permissions := map[scope][]access{}
	for _, p := range wanted {
		s, err := a.scopeOf(value(p.Kind), value(p.Namespace))
		if err != nil {
			return nil, err
		}
		for _, one := range value(p.Access) {
			added := accessOf(one)
			if !slices.Contains(permissions[s], added) {
				permissions[s] = append(permissions[s], added)
			}
		}
	}
	return permissions, nil
}

func accessOf(a Access) access {
	return access{right{value(a.Resource), value(a.Action)}, value(a.Effect)}
}

func (a api) scopeOf(kind, namespace string) (scope, error) {
	switch {
	case kind == systemLevel && namespace != "/":
		return scope{}, badRequest("unknown namespace")
	case kind == systemLevel:
		return scope{kind: systemLevel}, nil
	case namespace == "*":
		return everyProject(), nil
	}
	r := reference{name: namespace}
	p := a.find(r)
	if p == nil {
		return scope{}, r.missing()
	}
	return scope{projectLevel, p.id}, nil
}

// covers says whether a robot has all the rights that it gives away. Rights
// in one project hide those in all of them.
func (a api) covers(creator *robot, wanted []RobotPermission) bool {
	for _, p := range wanted {
		own, found := []access(nil), false
		if s, err := a.scopeOf(value(p.Kind), value(p.Namespace)); err == nil {
			own, found = creator.permissions[s]
		}
		if !found && value(p.Kind) == projectLevel {
			own = creator.permissions[everyProject()]
		}
		for _, one := range value(p.Access) {
			if !slices.Contains(own, accessOf(one)) {
				return false
			}
		}
	}
	return true
}
