package harborprojects

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"otomi.io/tasks/clients/harbor"
	"otomi.io/tasks/clients/response"
	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/task"
)

// group is made before it is a member anywhere: the same one as a new member of
// several projects at once answers 500.
func (w *writer) group(ctx context.Context, c plan.Change[Group]) error {
	_, err := w.access.to("user-group:create").CreateUserGroupWithResponse(ctx, harbor.UserGroup{GroupName: &c.Name, GroupType: &c.After.Type})
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
		_, err := w.access.to("project:update").UpdateProjectWithResponse(ctx, c.Name, harbor.ProjectReq{Metadata: c.After.metadata()})
		if err != nil {
			return w.writeError(ctx, c.Name, err)
		}
	}
	w.inventory.Own(ownProject, c.Name, c.Before.ID)
	return nil
}

func (w *writer) createProject(ctx context.Context, c plan.Change[Project]) error {
	created, err := w.access.to("project:create").CreateProjectWithResponse(ctx, harbor.ProjectReq{ProjectName: &c.Name, Metadata: c.After.metadata()})
	var id string
	if err == nil {
		id, err = response.ID(created.HTTPResponse)
	}
	w.projects.note(c.Name, id)
	if err != nil {
		return err
	}
	w.inventory.Own(ownProject, c.Name, id)
	return nil
}

// metadata is what we declare of a project, as Harbor's text.
func (p Project) metadata() *harbor.ProjectMetadata {
	return &harbor.ProjectMetadata{
		Public: flagText(p.Public), AutoScan: flagText(p.AutoScan), AutoSbomGeneration: flagText(p.AutoSBOM),
		PreventVul: flagText(p.PreventVulnerable), Severity: p.Severity,
	}
}

func flagText(flag *bool) *string {
	if flag == nil {
		return nil
	}
	return new(strconv.FormatBool(*flag))
}

// deleteProject takes along what lives inside the project. It must still be the
// one that the plan showed, and empty.
func (w *writer) deleteProject(ctx context.Context, c plan.Change[Project]) error {
	found, err := w.projectNamed(ctx, c.Name)
	if err != nil {
		return err
	}
	if found != nil {
		if now := projectFrom(*found); now.ID != c.Before.ID || now.Extra != nil {
			return changedSince("project " + c.Name)
		}
		_, err = w.access.to("project:delete").DeleteProjectWithResponse(ctx, c.Name)
	}
	if err != nil && !w.isGone(ctx, c.Name, err) {
		return err
	}
	w.inventory.Disown(ownProject, c.Name)
	for name := range w.inventory.Owned(ownImmutable) {
		if strings.HasPrefix(name, c.Name+"/") {
			w.inventory.Disown(ownImmutable, name)
		}
	}
	return nil
}

func (w *writer) quota(ctx context.Context, c plan.Change[Quota]) error {
	if err := w.projects.parent(c.Name); err != nil {
		return err
	}
	id, err := w.quotaID(ctx, c)
	if err != nil {
		return err
	}
	_, err = w.access.to("quota:update").UpdateQuotaWithResponse(ctx, id, harbor.QuotaUpdateReq{Hard: &harbor.ResourceList{"storage": c.After.Storage}})
	return err
}

// quotaID looks for the quota that Harbor made with the project.
func (w *writer) quotaID(ctx context.Context, c plan.Change[Quota]) (int, error) {
	if c.Before != nil {
		return strconv.Atoi(c.Before.ID)
	}
	w.projects.mu.Lock()
	defer w.projects.mu.Unlock()
	if w.projects.quotas == nil {
		reps, err := listQuotas(ctx, w.access.to("quota:list"), w.setting.PageSize)
		if err != nil {
			return 0, fmt.Errorf("reading quotas: %w", err)
		}
		w.projects.quotas = map[string]int{}
		for _, rep := range reps {
			w.projects.quotas[quotaOf(rep)] = value(rep.ID)
		}
	}
	id, exists := w.projects.quotas[c.Name]
	if !exists {
		return 0, &task.SkipError{Reason: noQuota}
	}
	return id, nil
}

func (w *writer) member(ctx context.Context, c plan.Change[Member]) error {
	project, group := memberOf(c.Name)
	if err := w.projects.parent(project); err != nil {
		return err
	}
	role := roles()[c.After.Role]
	if c.Action == plan.Create {
		_, err := w.access.to("member:create").CreateProjectMemberWithResponse(ctx, project, harbor.ProjectMember{
			RoleID: &role, MemberGroup: &harbor.UserGroup{GroupName: &group, GroupType: new(oidcGroup)}})
		return w.writeError(ctx, project, err)
	}
	id, err := strconv.ParseInt(c.Before.ID, 10, 64)
	if err != nil {
		return err
	}
	_, err = w.access.to("member:update").UpdateProjectMemberWithResponse(ctx, project, id, harbor.RoleRequest{RoleID: &role})
	return w.writeError(ctx, project, err)
}
