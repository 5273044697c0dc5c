package harborprojects

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"otomi.io/tasks/clients/harbor"
	"otomi.io/tasks/clients/response"
	"otomi.io/tasks/tasks/values"
)

// seen is what the last reading found, for the writer.
type seen struct {
	prefix string            // of the names of robot accounts
	robots map[string]*robot // by name without the prefix
	runner bool              // it works, and may do all that a run does
	// projects are the ids of ours, as Harbor's retention policies name them.
	projects map[string]string
}

// writer turns one change into its calls.
type writer struct {
	*Application
	// api writes as the runner where that works, else as the administrator.
	api *harbor.Client
	// prefix is what Harbor puts before the names of robot accounts now.
	prefix string
	// made is what this apply learnt of projects.
	made made

	mine     sync.Mutex             // guards what follows
	accounts map[string]*sync.Mutex // of the namespaces, around their ServiceAccounts
	notes    []note
}

// note is a credential that works since a moment ago.
type note struct {
	name     string // team-a/pull
	slot     slot
	password values.Secret
}

func (n note) robot() string {
	t, _ := ticketOf(n.name)
	return t.robot(n.slot)
}

// begin takes the runner for all that follows, where it works. It goes by
// another name when the prefix was changed.
func (w *writer) begin(ctx context.Context, planned string) (err error) {
	w.api, w.prefix = w.admin, w.seen.prefix
	if planned != w.seen.prefix {
		if w.prefix, err = w.readPrefix(ctx); err != nil {
			return err
		}
	}
	if w.seen.runner {
		w.api, err = w.asRunner(w.prefix + runnerName)
	}
	return err
}

// readPrefix asks Harbor: the answer to the change may have been lost.
func (w *writer) readPrefix(ctx context.Context) (string, error) {
	c, err := response.OK(w.admin.GetConfigurationWithResponse(ctx))
	if err != nil {
		return "", fmt.Errorf("reading the prefix of robot accounts: %w", err)
	}
	if c.RobotNamePrefix == nil {
		return "", nil
	}
	return value(c.RobotNamePrefix.Value), nil
}

// alone keeps others from the ServiceAccount of a namespace until the returned
// function is called.
func (w *writer) alone(namespace string) (done func()) {
	w.mine.Lock()
	if w.accounts == nil {
		w.accounts = map[string]*sync.Mutex{}
	}
	if w.accounts[namespace] == nil {
		w.accounts[namespace] = &sync.Mutex{}
	}
	lock := w.accounts[namespace]
	w.mine.Unlock()
	lock.Lock()
	return lock.Unlock
}

func (w *writer) note(t ticket, s slot, password values.Secret) {
	w.mine.Lock()
	defer w.mine.Unlock()
	w.notes = append(w.notes, note{t.name(), s, password})
}

// end remembers what works now and saves our state.
func (w *writer) end(ctx context.Context) error {
	err := w.rememberNotes(ctx)
	w.mu.Lock()
	defer w.mu.Unlock()
	return errors.Join(err, w.state.Save(ctx))
}

// rememberNotes reads the robot accounts again: what is remembered holds the
// time of their last change, which no answer to a write tells.
func (w *writer) rememberNotes(ctx context.Context) error {
	for some := range slices.Chunk(w.notes, maxNames) {
		names := make([]string, 0, len(some))
		for _, n := range some {
			names = append(names, n.robot())
		}
		robots, err := listNamed(ctx, w.api, w.prefix, names)
		if err != nil {
			return err
		}
		for _, n := range some {
			if r := robots[n.robot()]; r != nil {
				w.remember(n.name, r, n.password)
			}
		}
		clear(some) // thousands of passwords are no longer needed
	}
	return nil
}
