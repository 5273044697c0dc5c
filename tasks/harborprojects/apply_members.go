package harborprojects

import (
	"context"
	"strconv"

	"otomi.io/tasks/clients/harbor"
	"otomi.io/tasks/clients/response"
	"otomi.io/tasks/clients/transport"
	"otomi.io/tasks/tasks/plan"
)

func (w *writer) member(ctx context.Context, c plan.Change[Member]) error {
	project, group := memberOf(c.Name)
	if err := w.made.parent(project); err != nil {
		return err
	}
	role := roles()[c.After.Role]
	if c.Action == plan.Create {
		_, err := w.api.CreateProjectMemberWithResponse(ctx, project, harbor.ProjectMember{
			RoleID: &role, MemberGroup: &harbor.UserGroup{GroupName: &group, GroupType: new(oidcGroup)}})
		return w.inside(ctx, project, err)
	}
	id, err := strconv.ParseInt(c.Before.ID, 10, 64)
	if err != nil {
		return err
	}
	_, err = w.api.UpdateProjectMemberWithResponse(ctx, project, id, harbor.RoleRequest{RoleID: &role})
	return w.inside(ctx, project, err)
}

// retention writes the whole policy: all of it is declared.
func (w *writer) retention(ctx context.Context, c plan.Change[Retention]) error {
	if err := w.made.parent(c.Name); err != nil {
		return err
	}
	project, err := w.projectID(c.Name)
	if err != nil {
		return err
	}
	if c.Action == plan.Create {
		_, err := w.api.CreateRetentionWithResponse(ctx, c.After.harbor(project))
		return w.inside(ctx, c.Name, err)
	}
	id, err := strconv.ParseInt(c.Before.ID, 10, 64)
	if err != nil {
		return err
	}
	_, err = w.api.UpdateRetentionWithResponse(ctx, id, c.After.harbor(project))
	return w.inside(ctx, c.Name, err)
}

// projectID knows the projects that this apply made, and those that were there.
func (w *writer) projectID(name string) (int, error) {
	w.made.mu.Lock()
	defer w.made.mu.Unlock()
	for _, ids := range []map[string]string{w.made.ids, w.seen.projects} {
		if id := ids[name]; id != "" {
			return strconv.Atoi(id)
		}
	}
	return 0, absent(name)
}

func (w *writer) immutable(ctx context.Context, c plan.Change[Immutable]) error {
	switch c.Action {
	case plan.Delete:
		return w.deleteImmutable(ctx, c)
	case plan.Create:
		return w.createImmutable(ctx, *c.After)
	case plan.Update, plan.Adopt:
	}
	if c.Differs("disabled") {
		if err := w.switchImmutable(ctx, *c.After, c.Before.ID); err != nil {
			return err
		}
	}
	w.ownImmutable(*c.After, c.Before.ID)
	return nil
}

// ownImmutable notes a rule by its id: one of ours that somebody edited stays
// ours.
func (w *writer) ownImmutable(i Immutable, id string) {
	w.own(ownImmutable, i.Project+"/"+id, i.Repositories+" "+i.Tags)
}

// createImmutable switches a rule off that shall be: Harbor makes each one
// switched on.
func (w *writer) createImmutable(ctx context.Context, i Immutable) error {
	if err := w.made.parent(i.Project); err != nil {
		return err
	}
	created, err := w.api.CreateImmutableRuleWithResponse(ctx, i.Project, i.harbor())
	if err != nil {
		return w.inside(ctx, i.Project, err)
	}
	id, err := response.ID(created.HTTPResponse)
	if err != nil {
		return err
	}
	w.ownImmutable(i, id)
	if !i.Disabled {
		return nil
	}
	return w.switchImmutable(ctx, i, id)
}

// switchImmutable turns a rule on or off. A PUT that also changed something
// else would only do the former.
func (w *writer) switchImmutable(ctx context.Context, i Immutable, id string) error {
	n, err := strconv.Atoi(id)
	if err != nil {
		return err
	}
	rule := i.harbor()
	rule.ID = &n
	_, err = w.api.UpdateImmutableRuleWithResponse(ctx, i.Project, int64(n), rule)
	return w.inside(ctx, i.Project, err)
}

func (w *writer) deleteImmutable(ctx context.Context, c plan.Change[Immutable]) error {
	id, err := strconv.ParseInt(c.Before.ID, 10, 64)
	if err != nil {
		return err
	}
	_, err = w.api.DeleteImmutableRuleWithResponse(ctx, c.Before.Project, id)
	if err != nil && !transport.IsNotFound(err) {
		return w.inside(ctx, c.Before.Project, err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.state.Disown(ownImmutable, c.Before.Project+"/"+c.Before.ID)
	return nil
}
