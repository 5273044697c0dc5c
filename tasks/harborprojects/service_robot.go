package harborprojects

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"strings"

	"otomi.io/tasks/clients/harbor"
	"otomi.io/tasks/clients/response"
	"otomi.io/tasks/clients/transport"
	"otomi.io/tasks/tasks/document"
	"otomi.io/tasks/tasks/harborprojects/credential"
	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/values"
)

// serviceRobotName is the service robot's name without Harbor's prefix. The
// predecessor's robot account harbor is not ours.
const serviceRobotName = "otomi-tasks"

const serviceRobotPurpose = "does the work of a run"

// robotCredential is the name of the service robot's secret in our inventory.
const robotCredential = "runner"

// serviceRobotRights are what a run does as the service robot, and no more. A
// robot account gives to others only what it may do itself; none can write the
// configuration or change a robot account. It sees every project that it has
// rights in.
func serviceRobotRights() []string {
	var all []string
	for _, r := range []struct{ kind, namespace, resource, actions, reason string }{
		{systemLevel, wholeSystem, "project", "create", "a project for each team"},
		{systemLevel, wholeSystem, "quota", "list update", "what a project may store"},
		{systemLevel, wholeSystem, "robot", "create delete list read", "the teams' robot accounts"},
		{systemLevel, wholeSystem, "user-group", "create list", "the members"},
		{projectLevel, allProjects, "immutable-tag", "create delete list update", "tags that cannot be pushed again"},
		{projectLevel, allProjects, "member", "create list update", "who may do what in a project"},
		{projectLevel, allProjects, "project", "delete update", "the settings of a project, and its end"},
		{projectLevel, allProjects, "repository", "pull push", "given on to the teams' robot accounts"},
		{projectLevel, allProjects, "tag-retention", "create read update", "which images are kept"},
	} {
		for action := range strings.FieldsSeq(r.actions) {
			all = append(all, right(r.kind, r.namespace, r.resource, action))
		}
	}
	slices.Sort(all)
	return all
}

// The logins of the service robot.
const (
	robotWorks    = "works"
	robotRefused  = "refused"
	robotNoSecret = "no secret" // our inventory has none
)

func desiredServiceRobots() map[string]ServiceRobot {
	return map[string]ServiceRobot{serviceRobotName: {
		Meta: plan.Meta{Ownership: plan.Ours}, Lacks: []string{}, Exceeds: []string{}, Enabled: true, Duration: credential.Never, Login: robotWorks}}
}

// robots reads the robot accounts, as the service robot where it can: that is
// its proof. When it lacks a right the administrator does its work.
func (r *reader) robots(ctx context.Context) error {
	login, err := r.readAsServiceRobot(ctx)
	if err == nil && login != robotWorks {
		r.access.robot = nil
		r.accounts, err = r.listRobots(ctx, r.admin)
	}
	if err == nil {
		err = r.readVersion(ctx)
	}
	if err != nil {
		return err
	}
	found := r.accounts[serviceRobotName]
	if err := r.readRights(ctx, found); err != nil {
		return err
	}
	r.current.ServiceRobots = map[string]ServiceRobot{}
	if found != nil {
		r.addServiceRobot(found, login)
	}
	r.current.server.asRobot = r.access.robot != nil
	r.shareRights()
	return nil
}

func (r *reader) addServiceRobot(found *credential.Robot, login string) {
	wanted := r.current.server.rights
	robot := ServiceRobot{
		Meta:  plan.Meta{ID: fmt.Sprint(found.ID), Ownership: r.robotOwner(found, login)},
		Lacks: without(wanted, found.Permissions), Exceeds: without(found.Permissions, serviceRobotRights()),
		Enabled: !found.Disabled, Duration: found.Duration, Login: login}
	if robot.Ownership == plan.Foreign {
		robot.Extra = &plan.Extra{Owner: found.Mark.String()}
	}
	if len(robot.Lacks) > 0 {
		r.access.robot = nil
	}
	r.current.ServiceRobots[serviceRobotName] = robot
}

// robotOwner: the service robot is ours by its mark, or where our inventory has
// its secret.
func (r *reader) robotOwner(found *credential.Robot, login string) plan.Ownership {
	return r.claim(login != robotNoSecret).Owner(found, login == robotWorks)
}

// readVersion asks as anyone who has logged in: others do not see it.
func (r *reader) readVersion(ctx context.Context) error {
	r.access.admin = r.admin
	info, err := response.OK(r.access.any().GetSystemInfoWithResponse(ctx))
	if err != nil {
		return fmt.Errorf("reading the version of Harbor: %w", err)
	}
	version := harbor.ParseVersion(value(info.HarborVersion))
	r.version, r.access.version, r.current.server.version = version, version, version
	return nil
}

// readRights finds out which rights the service robot should have, from the
// server where it has not all that it ever needs.
func (r *reader) readRights(ctx context.Context, found *credential.Robot) error {
	version := r.access.version
	wanted := slices.DeleteFunc(serviceRobotRights(), func(right string) bool { return version.RefusesRobot(lastWord(right)) })
	if version.ListsRights() && (found == nil || len(without(wanted, found.Permissions)) > 0) {
		known, err := response.OK(r.admin.GetPermissionsWithResponse(ctx))
		if err != nil && !transport.IsNotFound(err) {
			return fmt.Errorf("reading the rights of robot accounts: %w", err)
		}
		if err == nil {
			wanted = slices.DeleteFunc(wanted, func(right string) bool { return !grants(known, right) })
		}
	}
	r.current.server.rights = wanted
	return nil
}

// lastWord is the resource and action of a right.
func lastWord(right string) string { return right[strings.LastIndex(right, " ")+1:] }

// grants tells whether robot accounts of this server may have a right.
func grants(known harbor.Permissions, right string) bool {
	of := value(known.System)
	if strings.HasPrefix(right, projectLevel) {
		of = value(known.Project)
	}
	return slices.ContainsFunc(of, func(p harbor.Permission) bool {
		return value(p.Resource)+":"+value(p.Action) == lastWord(right)
	})
}

// shareRights lets robot accounts that are as they should be have the list of
// rights that is desired: a large platform has tens of thousands.
func (r *reader) shareRights() {
	for name, c := range r.desired.Credentials {
		key, _ := credential.ParseKey(name)
		for _, found := range credential.PairOf(key, r.accounts) {
			if found != nil && slices.Equal(found.Permissions, c.Permissions) {
				found.Permissions = c.Permissions
			}
		}
	}
}

// readAsServiceRobot classifies the service robot's login, and where it works
// lists the robot accounts.
func (r *reader) readAsServiceRobot(ctx context.Context) (login string, err error) {
	if r.inventory.Credential(robotCredential).IsZero() {
		return robotNoSecret, nil
	}
	prefix := r.current.server.prefix
	if r.access.robot, err = r.asServiceRobot(prefix + serviceRobotName); err != nil {
		return "", err
	}
	r.accounts, err = r.listRobots(ctx, r.access.robot)
	if isRobotRefused(err) {
		return robotRefused, nil
	}
	return robotWorks, err
}

// without is what the first list has and the second one has not.
func without(list, other []string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(one string) bool { return slices.Contains(other, one) })
}

// serviceRobot makes or repairs the service robot, as the administrator. Its
// secret is stored before it is set, so that no run ever ends with a secret that
// is unknown.
func (w *writer) serviceRobot(ctx context.Context, c plan.Change[ServiceRobot]) error {
	mark, err := w.ownMark(ctx)
	if err != nil {
		return err
	}
	id, username, err := w.repairServiceRobot(ctx, c, mark)
	if err != nil {
		return err
	}
	if c.Action == plan.Create || w.inventory.Credential(robotCredential).IsZero() {
		err = w.resetServiceRobot(ctx, id, username)
	} else if err = w.verifyServiceRobot(ctx, username); isRobotRefused(err) {
		err = w.resetServiceRobot(ctx, id, username)
	}
	w.server.asRobot = err == nil
	return err
}

// repairServiceRobot makes the robot account, or gives back to it what it lacks.
func (w *writer) repairServiceRobot(ctx context.Context, c plan.Change[ServiceRobot], mark credential.Mark) (id int64, username string, err error) {
	if c.Action == plan.Create {
		created, err := response.Created(w.admin.CreateRobotWithResponse(ctx, harbor.RobotCreate{
			Name: new(serviceRobotName), Level: new(systemLevel), Duration: &c.After.Duration, Permissions: new(permissions(c.After.rights)),
			Description: new(mark.Describe(serviceRobotPurpose)),
		}))
		return value(created.ID), value(created.Name), err
	}
	if _, err := fmt.Sscan(c.Before.ID, &id); err != nil {
		return 0, "", err
	}
	read, err := w.admin.GetRobotWithResponse(ctx, robotID(id))
	found, err := response.OK(read, err)
	if err != nil {
		return 0, "", err
	}
	if c.Adopts || len(plan.Compare(c.After.settings(), c.Before.settings())) > 0 {
		err = w.put(ctx, id, read.Body, robotChange{
			Description: mark.Describe(serviceRobotPurpose), Duration: &c.After.Duration, Permissions: permissions(c.After.rights)})
	}
	return id, value(found.Name), err
}

// settings are those of the robot account, without the login.
func (r ServiceRobot) settings() ServiceRobot {
	r.Login = ""
	return r
}

// robotChange is what a PUT of a robot account changes; the rest is sent back as
// it was read.
type robotChange struct {
	Disable     bool                     `json:"disable"`
	Description string                   `json:"description,omitempty"`
	Duration    *int64                   `json:"duration,omitempty"`
	Permissions []harbor.RobotPermission `json:"permissions,omitempty"`
}

// put sends a whole robot account, as Harbor wants it, which only the
// administrator can.
func (w *writer) put(ctx context.Context, id int64, read []byte, c robotChange) error {
	doc, err := document.Merge(read, c)
	if err != nil {
		return err
	}
	_, err = w.admin.UpdateRobotWithBodyWithResponse(ctx, robotID(id), jsonType, strings.NewReader(string(doc)))
	return err
}

func (w *writer) resetServiceRobot(ctx context.Context, id int64, username string) error {
	secret := newSecret()
	w.inventory.KeepCredential(robotCredential, secret)
	if err := w.inventory.Save(ctx); err != nil {
		return err
	}
	if _, err := w.admin.SetRobotSecretWithResponse(ctx, robotID(id), harbor.RobotSec{Secret: new(secret.Reveal())}); err != nil {
		return err
	}
	return w.verifyServiceRobot(ctx, username)
}

func (w *writer) verifyServiceRobot(ctx context.Context, username string) error {
	api, err := w.asServiceRobot(username)
	if err != nil {
		return err
	}
	_, err = response.OK(api.ListRobotsWithResponse(ctx, &harbor.ListRobotsParams{Q: new("name=" + serviceRobotName), PageSize: new(int64(1))}))
	if err != nil {
		return fmt.Errorf("logging in as %s: %w", username, err)
	}
	return nil
}

// newSecret is one that Harbor takes: 8 to 128 characters, among them an upper
// case letter, a lower case one and a digit.
func newSecret() values.Secret { return values.NewSecret(rand.Text() + "aA1") }
