package harborprojects

import (
	"context"
	"fmt"
	"net/http"
	"sync"

	"otomi.io/tasks/clients/harbor"
	"otomi.io/tasks/clients/response"
	"otomi.io/tasks/clients/transport"
	"otomi.io/tasks/tasks/inventory"
	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/task"
	"otomi.io/tasks/tasks/values"
)

// name is the binary's.
const name = "harbor-projects"

// pageSize is the most that Harbor gives in one list request.
const pageSize = 100

// Task is harbor-projects as the loop knows it.
func Task() task.Task {
	o := &options{}
	return task.Task{
		Name:    name,
		Short:   "Make Harbor's projects, members and robot accounts equal to the Otomi Values",
		App:     values.AppHarbor,
		Secrets: true,
		Flags:   o.add,
		Verbs:   []task.Verb{{Name: verbRotate, Short: "Apply, and give every robot account a new secret"}},
		Connect: task.Typed(o.connect),
	}
}

// Application is one Harbor server with the values that it shall equal.
type Application struct {
	values  values.Values
	setting task.Setting
	options options
	address string
	client  *http.Client // without a login
	probe   *http.Client // without retries
	admin   *harbor.Client

	mu      sync.Mutex // guards state and rotated
	state   *inventory.Inventory
	rotated map[string]bool // credentials that this run gave a new secret

	seen seen // by the last reading
}

func (o *options) connect(v values.Values, c *transport.Chain, s task.Setting) (task.Converger[State, *Plan], error) {
	if s.PageSize == 0 {
		s.PageSize = pageSize
	}
	a := &Application{values: v, setting: s, options: *o, address: v.Apps.Harbor.Address, client: c.Client, probe: c.NoRetry}
	var err error
	a.admin, err = a.as(harbor.Login{Username: v.Apps.Harbor.AdminUsername, Password: v.Apps.Harbor.AdminPassword.Reveal()})
	return a, err
}

// as is a client that logs in that way.
func (a *Application) as(login harbor.Login) (*harbor.Client, error) {
	client := &http.Client{Transport: login.Authorize(a.client.Transport), CheckRedirect: a.client.CheckRedirect}
	api, err := harbor.New(a.address, harbor.WithHTTPClient(client))
	if err != nil {
		return nil, fmt.Errorf("preparing the Harbor client: %w", err)
	}
	return api, nil
}

// Ready asks for what Harbor tells anybody as soon as its core has started.
func (a *Application) Ready(ctx context.Context) error {
	if !a.values.Apps.Harbor.Enabled {
		return nil
	}
	api, err := harbor.New(a.address, harbor.WithHTTPClient(a.probe))
	if err != nil {
		return fmt.Errorf("preparing the Harbor client: %w", err)
	}
	_, err = response.OK(api.GetSystemInfoWithResponse(ctx))
	return err
}

// Desired is the state of the values; nothing where Harbor is switched off.
func (a *Application) Desired(context.Context) (State, error) { return Desired(a.values), nil }

// Plan is the pure difference of two states. A run for some teams leaves the
// platform's own alone, and so the prefix of the teams' robot accounts.
func (a *Application) Plan(desired, current State) *Plan {
	if len(a.setting.Teams) > 0 {
		desired.Configurations = nil
	} else {
		desired.Configurations = namingRobots(desired.Configurations, current.Configurations)
	}
	return Diff(desired, current)
}

// open reads our state anew: the last apply may not have saved it, and another
// shard may have made the runner.
func (a *Application) open(ctx context.Context) error {
	state, err := inventory.Open(ctx, a.setting.Secrets, a.setting.Inventory)
	if err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.state = state
	return nil
}

var _ plan.Plan = (*Plan)(nil)
