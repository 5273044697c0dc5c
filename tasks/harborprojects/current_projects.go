package harborprojects

import (
	"context"
	"fmt"
	"strconv"

	"otomi.io/tasks/clients/harbor"
	"otomi.io/tasks/clients/response"
	"otomi.io/tasks/clients/transport"
	"otomi.io/tasks/tasks/plan"
)

// The kinds of our inventory: projects by name, with the id as a note, and rules
// of immutable tags by project and id. One that somebody deleted and made again
// is not ours.
const (
	ownProject   = "project"
	ownImmutable = "immutable"
)

func (r *reader) groups(ctx context.Context) error {
	reps, err := transport.All(r.setting.PageSize, func(p transport.Page) ([]harbor.UserGroup, error) {
		return response.OK(r.api.ListUserGroupsWithResponse(ctx, &harbor.ListUserGroupsParams{
			Page: number(p.Number), PageSize: number(p.Size), GroupName: new(teamPrefix)}))
	})
	if err != nil {
		return fmt.Errorf("reading groups: %w", err)
	}
	r.current.Groups = map[string]Group{}
	for _, rep := range reps {
		name := value(rep.GroupName)
		if desired, ours := r.desired.Groups[name]; ours {
			r.current.Groups[name] = Group{Meta: plan.Meta{ID: strconv.Itoa(value(rep.ID)), Team: desired.Team}, Type: value(rep.GroupType)}
		}
	}
	return nil
}

// projects are ours by name or by inventory; what else there is of that name is
// somebody else's.
func (r *reader) projects(ctx context.Context) error {
	if err := r.countRobots(ctx); err != nil {
		return err
	}
	reps, err := listProjects(ctx, r.api, "name=~"+teamPrefix, r.setting.PageSize)
	if err != nil {
		return fmt.Errorf("reading projects: %w", err)
	}
	r.current.Projects, r.seen.projects = map[string]Project{}, map[string]string{}
	owned := r.state.Owned(ownProject)
	for _, rep := range reps {
		name, p := value(rep.Name), projectFrom(rep)
		p.Ownership = plan.OursIf(owned[name] == p.ID, plan.Predecessor)
		if _, wanted := r.desired.Projects[name]; wanted || p.Ours() {
			r.current.Projects[name], r.seen.projects[name] = p, p.ID
		}
	}
	return nil
}

// listProjects reads the projects that a query of Harbor's selects, all for "".
func listProjects(ctx context.Context, api *harbor.Client, query string, size int) ([]harbor.Project, error) {
	return transport.All(size, func(p transport.Page) ([]harbor.Project, error) {
		return response.OK(api.ListProjectsWithResponse(ctx, &harbor.ListProjectsParams{Q: &query, Page: number(p.Number), PageSize: number(p.Size)}))
	})
}

// anyProjectRobot looks for robot accounts inside of projects, which no list of
// all shows, and which the runner may not see.
func (r *reader) anyProjectRobot(ctx context.Context) (bool, error) {
	reps, err := listProjects(ctx, r.admin, "", r.setting.PageSize)
	if err != nil {
		return false, fmt.Errorf("reading projects: %w", err)
	}
	for _, rep := range reps {
		robots, err := response.OK(r.admin.ListRobotsWithResponse(ctx, &harbor.ListRobotsParams{
			Q: new(fmt.Sprintf("Level=project,ProjectID=%d", value(rep.ProjectID))), PageSize: number(1)}))
		if err != nil {
			return false, fmt.Errorf("reading the robot accounts of project %s: %w", value(rep.Name), err)
		}
		if len(robots) > 0 {
			return true, nil
		}
	}
	return false, nil
}

// quotas are read where the values set one: the list is of all projects.
func (r *reader) quotas(ctx context.Context) error {
	r.current.Quotas = map[string]Quota{}
	if len(r.desired.Quotas) == 0 {
		return nil
	}
	reps, err := listQuotas(ctx, r.api, r.setting.PageSize)
	if err != nil {
		return fmt.Errorf("reading quotas: %w", err)
	}
	for _, rep := range reps {
		name := quotaOf(rep)
		if desired, ours := r.desired.Quotas[name]; ours {
			r.current.Quotas[name] = Quota{
				Meta: plan.Meta{ID: strconv.Itoa(value(rep.ID)), Team: desired.Team}, Storage: value(rep.Hard)["storage"]}
		}
	}
	return nil
}

// listQuotas begins with the oldest, so that a project that is made meanwhile
// moves nothing to another page.
func listQuotas(ctx context.Context, api *harbor.Client, size int) ([]harbor.Quota, error) {
	return transport.All(size, func(p transport.Page) ([]harbor.Quota, error) {
		return response.OK(api.ListQuotasWithResponse(ctx, &harbor.ListQuotasParams{
			Reference: new("project"), Sort: new("creation_time"), Page: number(p.Number), PageSize: number(p.Size)}))
	})
}

// quotaOf is the project that a quota is for.
func quotaOf(rep harbor.Quota) string {
	name, _ := value(rep.Ref)["name"].(string) // a quota without a name is nobody's
	return name
}

func number(n int) *int64 { return new(int64(n)) }
