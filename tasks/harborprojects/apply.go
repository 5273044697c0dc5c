package harborprojects

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"otomi.io/tasks/clients/harbor"
	"otomi.io/tasks/clients/response"
	"otomi.io/tasks/clients/transport"
	"otomi.io/tasks/tasks/harborprojects/credential"
	"otomi.io/tasks/tasks/kube"
	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/task"
	"otomi.io/tasks/tasks/values"
)

// Apply performs the plan: dependencies first, deletions last and in reverse. One
// object has one writer at a time. What we must remember is saved at the end; a
// run that is killed before finds it out again.
func (a *Application) Apply(ctx context.Context, p *Plan, j *task.Journal) {
	w := &writer{Application: a, server: p.server}
	task.Upsert(ctx, j, &p.Configurations, w.configuration)
	task.Upsert(ctx, j, &p.ServiceRobots, w.serviceRobot)
	if err := w.begin(ctx, p.prefix); err != nil {
		j.Fail(err)
		return
	}
	task.Upsert(ctx, j, &p.Groups, w.group)
	task.Upsert(ctx, j, &p.Projects, w.project)
	task.Upsert(ctx, j, &p.Quotas, w.quota)
	task.Upsert(ctx, j, &p.Members, w.member)
	task.Upsert(ctx, j, &p.Retentions, w.retention)
	task.Upsert(ctx, j, &p.Immutables, w.immutable)
	p.Groups.Changes, p.Members.Changes = nil, nil // performed, never deleted, and thousands on a first run
	change := w.credential
	if w.server.prefix != p.prefix { // renaming robot accounts in use would need --accept
		change = func(context.Context, plan.Change[Credential]) error {
			return &task.SkipError{Reason: "the prefix of robot accounts is not yet " + p.prefix}
		}
	}
	task.Upsert(ctx, j, &p.Credentials, change)

	task.Remove(ctx, j, &p.Credentials, w.credential)
	task.Remove(ctx, j, &p.Immutables, w.immutable)
	task.Remove(ctx, j, &p.Projects, w.project)
	if err := w.end(ctx); err != nil {
		j.Fail(err)
	}
}

// writer turns one change into its calls.
type writer struct {
	*Application
	// server is as it was read, and later as this apply left it.
	server server
	// access writes as the service robot where that works, else as the administrator.
	access access
	// projects is what this apply learnt of projects.
	projects createdProjects

	configuring sync.Mutex             // around the configuration
	marking     sync.Mutex             // around the number of the inventory
	mu          sync.Mutex             // guards what follows
	accounts    map[string]*sync.Mutex // of the namespaces, around their ServiceAccounts
	verified    []verified             // and not yet remembered
	unread      []verified             // whose robot accounts could not be read
}

// verified is a credential that works since a moment ago.
type verified struct {
	robot    string
	key      string
	password values.Secret
}

// begin uses the service robot for the rest of the apply, where it works. Its
// name changes with the prefix.
func (w *writer) begin(ctx context.Context, planned string) (err error) {
	if planned != w.server.prefix {
		if w.server.prefix, err = w.readPrefix(ctx); err != nil {
			return err
		}
	}
	w.access, err = w.accessTo(w.server)
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

// lockServiceAccount keeps others from the ServiceAccount of a namespace until
// the returned function is called.
func (w *writer) lockServiceAccount(namespace string) (unlock func()) {
	w.mu.Lock()
	if w.accounts == nil {
		w.accounts = map[string]*sync.Mutex{}
	}
	if w.accounts[namespace] == nil {
		w.accounts[namespace] = &sync.Mutex{}
	}
	lock := w.accounts[namespace]
	w.mu.Unlock()
	lock.Lock()
	return lock.Unlock
}

// markVerified remembers what works as soon as one request can ask for as many:
// the passwords of a first run would be several megabytes.
func (w *writer) markVerified(ctx context.Context, k credential.Key, s credential.Slot, password values.Secret) {
	w.mu.Lock()
	w.verified = append(w.verified, verified{k.Robot(s), k.String(), password})
	var some []verified
	if len(w.verified) >= maxNames {
		some, w.verified = w.verified, nil
	}
	w.mu.Unlock()
	if w.rememberVerified(ctx, some) != nil { // end asks again, and tells
		w.mu.Lock()
		defer w.mu.Unlock()
		w.unread = append(w.unread, some...)
	}
}

// end remembers what works now and saves our inventory.
func (w *writer) end(ctx context.Context) error {
	return errors.Join(w.rememberVerified(ctx, append(w.unread, w.verified...)), w.inventory.Save(ctx))
}

// rememberVerified reads the robot accounts again: what is remembered holds the
// time of their last change, which no answer to a write tells.
func (w *writer) rememberVerified(ctx context.Context, all []verified) error {
	for some := range slices.Chunk(all, maxNames) {
		names := make([]string, 0, len(some))
		for _, v := range some {
			names = append(names, v.robot)
		}
		robots, err := listNamed(ctx, w.access.to("robot:list"), w.server.prefix, names)
		if err != nil {
			return err
		}
		for _, v := range some {
			if r := robots[v.robot]; r != nil {
				w.inventory.Remember(v.key, w.fingerprint(r, v.password))
			}
		}
	}
	return nil
}

// changedSince is the error of a deletion of something that is no longer what the
// plan showed.
func changedSince(what string) error { return fmt.Errorf("%s: %w", what, kube.ErrConflict) }

// createdProjects is what this apply learnt of projects, for what lives inside
// them.
type createdProjects struct {
	mu     sync.Mutex
	ids    map[string]string // of projects, "" of one that could not be made
	quotas map[string]int    // ids by project; nil before they are asked for
}

func (p *createdProjects) note(project, id string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ids == nil {
		p.ids = map[string]string{}
	}
	p.ids[project] = id
}

// id is that of a project which this apply made, else the one that was read.
func (p *createdProjects) id(project, read string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if id := p.ids[project]; id != "" {
		return id
	}
	return read
}

// parent is an error where the project could not be made: Harbor would refuse
// what lives inside it as if a right were missing.
func (p *createdProjects) parent(project string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if id, tried := p.ids[project]; tried && id == "" {
		return missingProject(project)
	}
	return nil
}

func missingProject(project string) error {
	return &task.SkipError{Reason: "project " + project + " does not exist"}
}

// isGone tells a project that is no longer there from a right that is missing:
// Harbor answers 403 to a robot account in both cases.
func (w *writer) isGone(ctx context.Context, project string, err error) bool {
	if transport.IsNotFound(err) {
		return true
	}
	if !isForbidden(err) {
		return false
	}
	left, err := w.projectNamed(ctx, project)
	return err == nil && left == nil
}

// writeError is the error of a write into a project that existed when it was read.
func (w *writer) writeError(ctx context.Context, project string, err error) error {
	if isForbidden(err) && w.isGone(ctx, project, err) {
		return missingProject(project)
	}
	return err
}

func isForbidden(err error) bool { return transport.IsForbidden(err) || isRobotRefused(err) }

// projectNamed is nil where there is no such project.
func (w *writer) projectNamed(ctx context.Context, name string) (*harbor.Project, error) {
	found, err := listProjects(ctx, w.access.any(), "name="+name, w.setting.PageSize)
	if err != nil {
		return nil, fmt.Errorf("reading project %s: %w", name, err)
	}
	for _, p := range found {
		if value(p.Name) == name {
			return &p, nil
		}
	}
	return nil, nil
}
