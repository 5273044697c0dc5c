package droneactivate

import (
	"context"
	"fmt"
	"net/http"

	"otomi.io/tasks/clients/drone"
	"otomi.io/tasks/clients/gitea"
	"otomi.io/tasks/clients/transport"
	"otomi.io/tasks/tasks/task"
	"otomi.io/tasks/tasks/values"
)

// name is the binary's.
const name = "drone-activate"

// The versions of Drone that are supported.
const oldest, newest = "1.10", "2.28"

// hookPage is the most that Gitea gives in one list request.
const hookPage = 50

// Task is drone-activate as the loop knows it.
func Task() task.Task {
	return task.Task{
		Name:    name,
		Short:   "Make Drone build the repositories that the Otomi Values name",
		App:     values.AppDrone,
		Secrets: true,
		Connect: task.Typed(Connect),
		Dump: []task.DumpRule{
			{State: "Repos", Path: "drone.repos", List: true, Fields: map[string]string{
				"name": "name", "configPath": "Config", "visibility": "Visibility", "timeout": "Timeout", "throttle": "Throttle", "trusted": "Trusted",
				"protected": "Protected", "ignoreForks": "IgnoreForks", "ignorePulls": "IgnorePulls", "cancelPulls": "CancelPulls",
				"cancelPushes": "CancelPush", "cancelRunning": "CancelRunning"}},
			{State: "Crons", Path: "drone.repos", List: true, Parent: "Parent", Below: "cron", Fields: map[string]string{
				"name": "Name", "expression": "Expr", "branch": "Branch", "target": "Target", "disabled": "Disabled"}},
		},
	}
}

// Application is a Drone and the Gitea that it builds from, with the values that
// they should equal.
type Application struct {
	values    values.Values
	setting   task.Setting
	drone     *drone.Client
	gitea     *gitea.Client     // nil where the values do not say how to log in
	giteaHTTP *http.Client      // the same login, for requests that the client has no operation for
	noRetry   *http.Client      // without a token
	browser   http.RoundTripper // passes redirects and pages on
}

// Connect makes the application; it sends nothing.
func Connect(v values.Values, c *transport.Chain, s task.Setting) (task.Converger[State, *Plan], error) {
	if s.PageSize == 0 {
		s.PageSize = hookPage
	}
	a := &Application{values: v, setting: s, noRetry: c.NoRetry, browser: c.PassThrough.Transport}
	var err error
	if a.drone, err = drone.New(v.Apps.Drone.Address, c.Client, v.Apps.Drone.AdminToken.Reveal()); err != nil {
		return nil, fmt.Errorf("preparing the Drone client: %w", err)
	}
	if !canReadHooks(v) {
		return a, nil
	}
	g := v.Apps.Gitea
	session := gitea.NewSession(g.Address, c.Client, gitea.Credentials{
		Username: g.AdminUsername, Password: g.AdminPassword.Reveal(), Token: g.AdminToken.Reveal()})
	a.giteaHTTP = &http.Client{Transport: session.Authorize(c.Client.Transport), CheckRedirect: c.Client.CheckRedirect}
	if a.gitea, err = gitea.New(g.Address, gitea.WithHTTPClient(a.giteaHTTP)); err != nil {
		return nil, fmt.Errorf("preparing the Gitea client: %w", err)
	}
	return a, nil
}

// Server is the Drone as it answered so far.
func (a *Application) Server() task.Server {
	if reason := a.none(); reason != "" {
		return task.Server{Application: reason}
	}
	return task.Server{
		Application: "Drone", Version: a.drone.Version(), Oldest: oldest, Newest: newest,
		Address: a.values.Apps.Drone.Address, Account: a.values.Apps.Drone.AdminUser}
}

// none says why there is no Drone to work on; "" where there is one.
func (a *Application) none() string {
	switch {
	case !a.values.Platform.Drone.Exists:
		return "none: " + a.values.Platform.String() + " has no Drone"
	case !a.values.Apps.Drone.Enabled:
		return "none: Drone is switched off (apps.drone.enabled)"
	}
	return ""
}

// Ready asks Drone for its version and Gitea for its health, which needs no login.
func (a *Application) Ready(ctx context.Context) error {
	if a.none() != "" {
		return nil
	}
	if err := a.drone.Ready(ctx, a.noRetry); err != nil || a.gitea == nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, a.values.Apps.Gitea.Address+"/api/healthz", http.NoBody)
	if err != nil {
		return err
	}
	resp, err := a.noRetry.Do(req)
	if err != nil {
		return err
	}
	return resp.Body.Close()
}

// Desired is the state of the values.
func (a *Application) Desired(context.Context, task.Scope) (State, error) {
	return Desired(a.values), nil
}
