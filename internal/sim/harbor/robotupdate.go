package harbor

import "context"

// UpdateRobot wants the whole robot: name with prefix and level as they
// are, permissions, and the description, which is cleared when it is left out.
// Only the duration stays when it is left out. Robots cannot do this: no list
// of rights has the update of robots.
func (a api) UpdateRobot(ctx context.Context, request UpdateRobotRequestObject) (UpdateRobotResponseObject, error) {
	c, body := callOf(ctx), *request.Body
	if !c.caller.isAuthenticated() {
		return nil, unauthorized()
	}
	r := a.robots.byID[int64(request.RobotID)]
	if r == nil {
		return nil, notFound("robot %d not found", request.RobotID)
	}
	duration := r.duration
	if body.Duration != nil {
		duration = *body.Duration
	}
	wanted := value(body.Permissions)
	if err := a.checkRobot(duration, value(body.Level), wanted); err != nil {
		return nil, err
	}
	if err := a.checkSameRobot(ctx, r, body); err != nil {
		return nil, err
	}
	permissions, err := a.permissionsOf(wanted)
	if err != nil {
		return nil, err
	}
	if r.duration != duration {
		r.duration = duration
		r.expire()
	}
	r.permissions, r.description, r.disabled, r.changed = permissions, value(body.Description), value(body.Disable), a.time()
	return UpdateRobot200Response{}, nil
}

func (a api) checkSameRobot(ctx context.Context, r *robot, body Robot) error {
	if r.project != 0 {
		named := reference{name: value((*body.Permissions)[0].Namespace)}
		switch p := a.find(named); {
		case p == nil:
			return named.missing()
		case p.id != r.project:
			return badRequest("cannot update the project id of robot")
		}
	}
	if err := a.requireRobotAccess(ctx, r.project, "update"); err != nil {
		return err
	}
	if value(body.Level) != r.level() || value(body.Name) != a.prefix()+r.name {
		return badRequest("cannot update the level or name of robot")
	}
	return nil
}

// SetRobotSecret takes a secret and says nothing, or makes one and tells it. The
// old one is refused at once.
func (a api) SetRobotSecret(ctx context.Context, request SetRobotSecretRequestObject) (SetRobotSecretResponseObject, error) {
	r, err := a.robot(ctx, int64(request.RobotID), "update")
	if err != nil {
		return nil, err
	}
	secret := value(request.Body.Secret)
	answer := RobotSec{}
	switch {
	case secret == "":
		secret = newSecret()
		answer.Secret = &secret
	case !isStrong(secret):
		return nil, badRequest("the secret must be %d-%d, inclusively, characters long with at least 1 uppercase letter, 1 lowercase letter and 1 number", minSecret, maxSecret)
	}
	r.secret, r.changed = secret, a.time()
	return SetRobotSecret200JSONResponse(answer), nil
}
