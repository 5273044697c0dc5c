package harborprojects

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"

	"otomi.io/tasks/clients/harbor"
	"otomi.io/tasks/clients/response"
	"otomi.io/tasks/clients/transport"
	"otomi.io/tasks/tasks/plan"
)

// each reads something of each of these projects. What read returns is kept
// while no other is.
func (r *reader) each(ctx context.Context, projects []string, read func(context.Context, string) (keep func(), err error)) error {
	var mu sync.Mutex
	return r.setting.Each(ctx, projects, func(ctx context.Context, name string) error {
		keep, err := read(ctx, name)
		if err != nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		keep()
		return nil
	})
}

// existing are the desired projects that Harbor has and that fit, by name.
func (r *reader) existing(fits func(name string, p Project) bool) []string {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(r.desired.Projects)) {
		if p, exists := r.current.Projects[name]; exists && fits(name, p) {
			names = append(names, name)
		}
	}
	return names
}

// members is the one list that Harbor has for each project only. Members that
// the values do not name are somebody else's.
func (r *reader) members(ctx context.Context) error {
	r.current.Members = map[string]Member{}
	all := r.existing(func(string, Project) bool { return true })
	return r.each(ctx, all, func(ctx context.Context, project string) (func(), error) {
		reps, err := r.listMembers(ctx, project)
		if err != nil {
			return nil, fmt.Errorf("reading the members of project %s: %w", project, err)
		}
		return func() { r.addMembers(project, reps) }, nil
	})
}

func (r *reader) listMembers(ctx context.Context, project string) ([]harbor.ProjectMemberEntity, error) {
	return transport.All(r.setting.PageSize, func(p transport.Page) ([]harbor.ProjectMemberEntity, error) {
		return response.OK(r.api.ListProjectMembersWithResponse(ctx, project, &harbor.ListProjectMembersParams{
			Page: number(p.Number), PageSize: number(p.Size)}))
	})
}

func (r *reader) addMembers(project string, reps []harbor.ProjectMemberEntity) {
	for _, rep := range reps {
		name := memberName(project, value(rep.EntityName))
		if desired, ours := r.desired.Members[name]; ours && value(rep.EntityType) == "g" {
			r.current.Members[name] = Member{Meta: plan.Meta{ID: strconv.Itoa(value(rep.ID)), Team: desired.Team}, Role: roleName(value(rep.RoleID))}
		}
	}
}

// retentions reads the policies of the projects that the values have one for.
func (r *reader) retentions(ctx context.Context) error {
	r.current.Retentions = map[string]Retention{}
	declared := r.existing(func(name string, p Project) bool {
		_, ours := r.desired.Retentions[name]
		return ours && p.RetentionID != ""
	})
	return r.each(ctx, declared, func(ctx context.Context, project string) (func(), error) {
		id := r.current.Projects[project].RetentionID
		found, err := r.retention(ctx, id)
		if err != nil {
			return nil, fmt.Errorf("reading retention policy %s of project %s: %w", id, project, err)
		}
		found.Meta = plan.Meta{ID: id, Team: r.desired.Retentions[project].Team}
		return func() { r.current.Retentions[project] = found }, nil
	})
}

func (r *reader) retention(ctx context.Context, id string) (Retention, error) {
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		return Retention{}, err
	}
	rep, err := response.OK(r.api.GetRetentionWithResponse(ctx, n))
	return retentionFrom(rep), err
}

// immutables reads the rules of the projects that the values have some for, or
// had.
func (r *reader) immutables(ctx context.Context) error {
	r.current.Immutables = map[string]Immutable{}
	owned := r.state.Owned(ownImmutable)
	of := map[string]bool{}
	for name := range owned {
		project, _, _ := strings.Cut(name, "/")
		of[project] = true
	}
	for _, i := range r.desired.Immutables {
		of[i.Project] = true
	}
	declared := r.existing(func(name string, _ Project) bool { return of[name] })
	return r.each(ctx, declared, func(ctx context.Context, project string) (func(), error) {
		reps, err := r.listImmutables(ctx, project)
		if err != nil {
			return nil, fmt.Errorf("reading the immutable tags of project %s: %w", project, err)
		}
		return func() { r.addImmutables(project, reps, owned) }, nil
	})
}

func (r *reader) listImmutables(ctx context.Context, project string) ([]harbor.ImmutableRule, error) {
	return transport.All(r.setting.PageSize, func(p transport.Page) ([]harbor.ImmutableRule, error) {
		return response.OK(r.api.ListImmutableRulesWithResponse(ctx, project, &harbor.ListImmutableRulesParams{
			Page: number(p.Number), PageSize: number(p.Size)}))
	})
}

// addImmutables takes the older one of two equal rules.
func (r *reader) addImmutables(project string, reps []harbor.ImmutableRule, owned map[string]string) {
	for _, rep := range reps {
		i := immutableFrom(rep)
		i.Project = project
		i.Meta = plan.Meta{ID: strconv.Itoa(value(rep.ID)), Team: r.desired.Projects[project].Team}
		_, ours := owned[project+"/"+i.ID]
		i.Ownership = plan.OursIf(ours, plan.Predecessor)
		if _, known := r.current.Immutables[i.name()]; !known {
			r.current.Immutables[i.name()] = i
		}
	}
}
