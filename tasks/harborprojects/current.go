package harborprojects

import (
	"context"

	"otomi.io/tasks/clients/harbor"
)

// Current reads what desired speaks of, in lists that grow by page, but for the
// members of each project. One failed list fails all: nothing is planned on half
// a state.
func (a *Application) Current(ctx context.Context, desired State) (State, error) {
	if !a.values.Apps.Harbor.Enabled {
		return State{}, nil
	}
	r := &reader{Application: a, desired: desired}
	for _, read := range []func(context.Context) error{
		a.open, r.configuration, r.robots, r.groups, r.projects, r.quotas, r.members, r.retentions, r.immutables, r.credentials,
	} {
		if err := read(ctx); err != nil {
			return State{}, err
		}
	}
	return r.current, nil
}

// reader fills the current state list by list.
type reader struct {
	*Application
	desired, current State
	// api reads as the runner where that works, else as the administrator.
	api *harbor.Client
	// prefix is what Harbor puts before the name of every robot account.
	prefix string
	// accounts are the robot accounts of Harbor by their name without prefix.
	accounts map[string]*robot
}
