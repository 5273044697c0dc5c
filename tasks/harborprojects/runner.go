package harborprojects

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"otomi.io/tasks/clients/harbor"
	"otomi.io/tasks/clients/response"
	"otomi.io/tasks/clients/transport"
	"otomi.io/tasks/tasks/document"
	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/values"
)

// runnerName is the runner's name without Harbor's prefix. The predecessor's
// robot account harbor is not ours.
const runnerName = "otomi-tasks"

// runnerRights are what a run does as the runner, and no more. A robot account
// gives to others only what it may do itself; none can write the configuration
// or change a robot account. It sees every project that it has rights in.
func runnerRights() []string {
	var all []string
	for _, r := range []struct{ kind, namespace, resource, actions, reason string }{
		{systemLevel, wholeSystem, "project", "create", "a project for each team"},
		{systemLevel, wholeSystem, "quota", "list update", "what a project may store"},
		{systemLevel, wholeSystem, "robot", "create delete list read", "the teams' robot accounts"},
		{systemLevel, wholeSystem, "user-group", "create list", "the members"},
		{projectLevel, allProjects, "immutable-tag", "create delete list update", "tags that nobody can push again"},
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

// The log-ins of the runner.
const (
	runnerWorks    = "works"
	runnerRefused  = "refused"
	runnerNoSecret = "no secret" // our state has none
)

func desiredRunners() map[string]Runner {
	return map[string]Runner{runnerName: {Lacks: []string{}, Exceeds: []string{}, Enabled: true, Duration: never, Login: runnerWorks}}
}

// robots reads the robot accounts, as the runner where it can: that is its
// proof. What it may not do any more is done as the administrator.
func (r *reader) robots(ctx context.Context) error {
	login, err := r.readAsRunner(ctx)
	if err == nil && login != runnerWorks {
		r.api = r.admin
		r.accounts, err = listRobots(ctx, r.admin, r.setting.PageSize, r.prefix, "")
	}
	if err != nil {
		return err
	}
	r.current.Runners = map[string]Runner{}
	if found := r.accounts[runnerName]; found != nil {
		runner := Runner{
			Lacks: without(runnerRights(), found.permissions), Exceeds: without(found.permissions, runnerRights()),
			Enabled: !found.disabled, Duration: found.duration, Login: login}
		r.current.Runners[runnerName] = runner
		if len(runner.Lacks) > 0 {
			r.api = r.admin
		}
	}
	r.share()
	r.seen = seen{prefix: r.prefix, robots: r.accounts, runner: r.api != r.admin}
	r.current.prefix = r.prefix
	return nil
}

// share lets robot accounts that are as they should be have the list of rights
// that is desired: a large platform has tens of thousands.
func (r *reader) share() {
	for name, c := range r.desired.Credentials {
		t, _ := ticketOf(name)
		for _, found := range t.pair(r.accounts) {
			if found != nil && slices.Equal(found.permissions, c.Permissions) {
				found.permissions = c.Permissions
			}
		}
	}
}

// readAsRunner says what the runner's log-in is worth, and leaves the list of
// the robot accounts where it works.
func (r *reader) readAsRunner(ctx context.Context) (login string, err error) {
	if r.runnerSecret().IsZero() {
		return runnerNoSecret, nil
	}
	if r.api, err = r.asRunner(r.prefix + runnerName); err != nil {
		return "", err
	}
	r.accounts, err = listRobots(ctx, r.api, r.setting.PageSize, r.prefix, "")
	if isRunnerRefused(err) {
		return runnerRefused, nil
	}
	return runnerWorks, err
}

// without is what the first list has and the second one has not.
func without(list, other []string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(one string) bool { return slices.Contains(other, one) })
}

func (a *Application) runnerSecret() values.Secret {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.state.Credential(runnerCredential)
}

// RunnerError is what Harbor refuses to the runner. It is no matter of the
// credentials that a person gave: the next reading finds out what the runner
// lacks, and the next apply mends it.
type RunnerError struct{ Reason string }

func (e *RunnerError) Error() string {
	return "harbor refused this to robot account " + runnerName + ": " + e.Reason
}

func isRunnerRefused(err error) bool {
	_, refused := errors.AsType[*RunnerError](err)
	return refused
}

// asRunner is a client for the runner under its full name.
func (a *Application) asRunner(username string) (*harbor.Client, error) {
	login := harbor.Login{Username: username, Password: a.runnerSecret().Reveal()}
	client := &http.Client{Transport: excused{login.Authorize(a.client.Transport)}, CheckRedirect: a.client.CheckRedirect}
	return harbor.New(a.address, harbor.WithHTTPClient(client))
}

// excused turns refusals into RunnerErrors.
type excused struct{ next http.RoundTripper }

func (e excused) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := e.next.RoundTrip(request)
	if transport.IsUnauthorized(err) || transport.IsForbidden(err) {
		return nil, &RunnerError{err.Error()}
	}
	return response, err
}

// runner makes or mends the runner, as the administrator.
func (w *writer) runner(ctx context.Context, c plan.Change[Runner]) error {
	id, username, err := w.runnerAccount(ctx, c)
	if err != nil {
		return err
	}
	if c.Action == plan.Create || w.runnerSecret().IsZero() {
		err = w.renewRunner(ctx, id, username)
	} else if err = w.proveRunner(ctx, username); isRunnerRefused(err) {
		err = w.renewRunner(ctx, id, username)
	}
	w.seen.runner = err == nil
	return err
}

// runnerAccount makes the robot account, or gives back to it what it lacks.
func (w *writer) runnerAccount(ctx context.Context, c plan.Change[Runner]) (id int64, username string, err error) {
	if c.Action == plan.Create {
		made, err := response.Created(w.admin.CreateRobotWithResponse(ctx, harbor.RobotCreate{
			Name: new(runnerName), Level: new(systemLevel), Duration: &c.After.Duration, Permissions: new(permissions(runnerRights())),
			Description: new("Does the work of otomi-tasks"),
		}))
		return value(made.ID), value(made.Name), err
	}
	id = w.seen.robots[runnerName].id
	read, err := w.admin.GetRobotWithResponse(ctx, robotID(id))
	found, err := response.OK(read, err)
	if err != nil {
		return 0, "", err
	}
	if len(plan.Compare(c.After.settings(), c.Before.settings())) > 0 {
		err = w.put(ctx, id, read.Body, change{Disable: false, Duration: &c.After.Duration, Permissions: permissions(runnerRights())})
	}
	return id, value(found.Name), err
}

// settings are those of the robot account, without the log-in.
func (r Runner) settings() Runner {
	r.Login = ""
	return r
}

// change is what a PUT of a robot account changes; the rest is sent back as it
// was read.
type change struct {
	Disable     bool                     `json:"disable"`
	Duration    *int64                   `json:"duration,omitempty"`
	Permissions []harbor.RobotPermission `json:"permissions,omitempty"`
}

// put sends a whole robot account, as Harbor wants it, which only the
// administrator can.
func (w *writer) put(ctx context.Context, id int64, read []byte, c change) error {
	doc, err := document.Merge(read, c)
	if err != nil {
		return err
	}
	_, err = w.admin.UpdateRobotWithBodyWithResponse(ctx, robotID(id), jsonType, strings.NewReader(string(doc)))
	return err
}

// renewRunner gives the runner a secret of ours. It is stored before it is set,
// so that no run ever ends with a secret that nobody knows.
func (w *writer) renewRunner(ctx context.Context, id int64, username string) error {
	secret := newSecret()
	if err := w.keepRunner(ctx, secret); err != nil {
		return err
	}
	if _, err := w.admin.SetRobotSecretWithResponse(ctx, robotID(id), harbor.RobotSec{Secret: new(secret.Reveal())}); err != nil {
		return err
	}
	return w.proveRunner(ctx, username)
}

func (w *writer) keepRunner(ctx context.Context, secret values.Secret) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.state.KeepCredential(runnerCredential, secret)
	return w.state.Save(ctx)
}

func (w *writer) proveRunner(ctx context.Context, username string) error {
	api, err := w.asRunner(username)
	if err != nil {
		return err
	}
	_, err = response.OK(api.ListRobotsWithResponse(ctx, &harbor.ListRobotsParams{Q: new("name=" + runnerName), PageSize: new(int64(1))}))
	if err != nil {
		return fmt.Errorf("logging in as %s: %w", username, err)
	}
	return nil
}

// newSecret is one that Harbor takes: 8 to 128 characters, among them an upper
// case letter, a lower case one and a digit.
func newSecret() values.Secret { return values.NewSecret(rand.Text() + "aA1") }
