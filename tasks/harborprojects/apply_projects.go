package harborprojects

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"otomi.io/tasks/clients/harbor"
	"otomi.io/tasks/clients/response"
	"otomi.io/tasks/clients/transport"
	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/task"
)

// made is what this apply learnt of projects, for what lives inside them.
type made struct {
	mu     sync.Mutex
	ids    map[string]string // of projects, "" of one that could not be made
	quotas map[string]int    // ids by project; nil before they are asked for
}

func (m *made) note(project, id string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.ids == nil {
		m.ids = map[string]string{}
	}
	m.ids[project] = id
}

// parent is an error where the project could not be made: Harbor would refuse
// what lives inside it as if a right were missing.
func (m *made) parent(project string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if id, tried := m.ids[project]; tried && id == "" {
		return absent(project)
	}
	return nil
}

func absent(project string) error {
	return &task.SkipError{Reason: "project " + project + " does not exist"}
}

// group is made before it is a member anywhere: the same one as a new member of
// several projects at once answers 500.
func (w *writer) group(ctx context.Context, c plan.Change[Group]) error {
	_, err := w.api.CreateUserGroupWithResponse(ctx, harbor.UserGroup{GroupName: &c.Name, GroupType: &c.After.Type})
	return err
}

func (w *writer) project(ctx context.Context, c plan.Change[Project]) error {
	switch c.Action {
	case plan.Delete:
		return w.deleteProject(ctx, c)
	case plan.Create:
		return w.createProject(ctx, c)
	case plan.Update, plan.Adopt:
	}
	if c.Action == plan.Update {
		_, err := w.api.UpdateProjectWithResponse(ctx, c.Name, harbor.ProjectReq{Metadata: c.After.metadata()})
		if err != nil {
			return w.inside(ctx, c.Name, err)
		}
	}
	w.own(ownProject, c.Name, c.Before.ID)
	return nil
}

func (w *writer) createProject(ctx context.Context, c plan.Change[Project]) error {
	created, err := w.api.CreateProjectWithResponse(ctx, harbor.ProjectReq{ProjectName: &c.Name, Metadata: c.After.metadata()})
	var id string
	if err == nil {
		id, err = response.ID(created.HTTPResponse)
	}
	w.made.note(c.Name, id)
	if err != nil {
		return err
	}
	w.own(ownProject, c.Name, id)
	return nil
}

// deleteProject takes along what lives inside the project.
func (w *writer) deleteProject(ctx context.Context, c plan.Change[Project]) error {
	_, err := w.api.DeleteProjectWithResponse(ctx, c.Name)
	if err != nil && !w.isGone(ctx, c.Name, err) {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.state.Disown(ownProject, c.Name)
	for name := range w.state.Owned(ownImmutable) {
		if strings.HasPrefix(name, c.Name+"/") {
			w.state.Disown(ownImmutable, name)
		}
	}
	return nil
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
	left, err := listProjects(ctx, w.api, "name="+project, w.setting.PageSize)
	return err == nil && len(left) == 0
}

// inside is the error of a write into a project that existed when it was read.
func (w *writer) inside(ctx context.Context, project string, err error) error {
	if isForbidden(err) && w.isGone(ctx, project, err) {
		return absent(project)
	}
	return err
}

func isForbidden(err error) bool { return transport.IsForbidden(err) || isRunnerRefused(err) }

func (w *writer) own(kind, name, id string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.state.Own(kind, name, id)
}

func (w *writer) quota(ctx context.Context, c plan.Change[Quota]) error {
	if err := w.made.parent(c.Name); err != nil {
		return err
	}
	id, err := w.quotaID(ctx, c)
	if err != nil {
		return err
	}
	_, err = w.api.UpdateQuotaWithResponse(ctx, id, harbor.QuotaUpdateReq{Hard: &harbor.ResourceList{"storage": c.After.Storage}})
	return err
}

// quotaID looks for the quota that Harbor made with the project.
func (w *writer) quotaID(ctx context.Context, c plan.Change[Quota]) (int, error) {
	if c.Before != nil {
		return strconv.Atoi(c.Before.ID)
	}
	w.made.mu.Lock()
	defer w.made.mu.Unlock()
	if w.made.quotas == nil {
		reps, err := listQuotas(ctx, w.api, w.setting.PageSize)
		if err != nil {
			return 0, fmt.Errorf("reading quotas: %w", err)
		}
		w.made.quotas = map[string]int{}
		for _, rep := range reps {
			w.made.quotas[quotaOf(rep)] = value(rep.ID)
		}
	}
	id, exists := w.made.quotas[c.Name]
	if !exists {
		return 0, &task.SkipError{Reason: noQuota}
	}
	return id, nil
}
