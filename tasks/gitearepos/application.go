package gitearepos

import (
	"context"
	"fmt"
	"net/http"

	"github.com/spf13/pflag"

	"otomi.io/tasks/clients/gitea"
	"otomi.io/tasks/clients/transport"
	"otomi.io/tasks/tasks/inventory"
	"otomi.io/tasks/tasks/task"
	"otomi.io/tasks/tasks/values"
)

// name is the binary's.
const name = "gitea-repos"

// pageSize is the most that Gitea gives in one list request, unless it was set
// to give less or more.
const pageSize = 50

// Task is gitea-repos as the loop knows it.
func Task() task.Task {
	o := &options{}
	return task.Task{
		Name:             name,
		Short:            "Make Gitea's organisation, teams, repositories and hooks equal to the Otomi Values",
		App:              values.AppGitea,
		Secrets:          true,
		Flags:            o.add,
		ReadOnlyRequests: []transport.ReadOnlyRequest{{Method: http.MethodPost, PathSuffix: tokenPath}},
		Connect:          task.Typed(o.connect),
	}
}

// options are the flags that only this task has.
type options struct {
	// trustAccess spares the one question for each repository that no list of
	// Gitea's answers.
	trustAccess bool
}

func (o *options) add(f *pflag.FlagSet) {
	f.BoolVar(&o.trustAccess, "trust-access", false,
		"take who may see a repository for unchanged where that was right before: spares one request for each repository, but what was changed by hand stays unseen")
}

// Application is one Gitea server with the values that it should equal.
type Application struct {
	values    values.Values
	setting   task.Setting
	options   options
	session   *gitea.Session
	api       *gitea.Client
	probe     *gitea.Client // without retries
	client    *http.Client  // for what the generated client does not know
	plain     *http.Client  // without a login; answers of any status
	inventory *inventory.Inventory
}

// connect makes the application; it sends nothing.
func (o *options) connect(v values.Values, c *transport.Chain, s task.Setting) (task.Converger[State, *Plan], error) {
	g := v.Apps.Gitea
	if s.PageSize == 0 {
		s.PageSize = pageSize
	}
	a := &Application{values: v, setting: s, options: *o, plain: c.PassThrough}
	a.session = gitea.NewSession(g.Address, c.Client, gitea.Credentials{
		Username: g.AdminUsername, Password: g.AdminPassword.Reveal(), Token: g.AdminToken.Reveal()})
	a.client = a.authorized(c.Client)
	var err error
	if a.api, err = gitea.New(g.Address, gitea.WithHTTPClient(a.client)); err == nil {
		a.probe, err = gitea.New(g.Address, gitea.WithHTTPClient(a.authorized(c.NoRetry)))
	}
	if err != nil {
		return nil, fmt.Errorf("preparing the Gitea client: %w", err)
	}
	return a, nil
}

// authorized is a client that logs in.
func (a *Application) authorized(c *http.Client) *http.Client {
	return &http.Client{Transport: a.session.Authorize(c.Transport), CheckRedirect: c.CheckRedirect}
}

// Ready proves the login.
func (a *Application) Ready(ctx context.Context) error {
	if !a.values.Apps.Gitea.Enabled {
		return nil
	}
	_, err := a.authenticate(ctx, a.probe)
	return err
}

// Desired is the state of the values; nothing where Gitea is switched off.
func (a *Application) Desired(context.Context) (State, error) { return Desired(a.values), nil }

// Plan is the pure difference of two states.
func (a *Application) Plan(desired, current State) *Plan { return Diff(desired, current) }

var _ task.Converger[State, *Plan] = (*Application)(nil)
