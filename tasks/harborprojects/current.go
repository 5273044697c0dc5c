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
	"otomi.io/tasks/tasks/harborprojects/credential"
	"otomi.io/tasks/tasks/inventory"
	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/task"
	"otomi.io/tasks/tasks/values"
)

// The kinds of our inventory: projects by name, with the id as a note, and rules
// of immutable tags by project and id. One that was deleted and made again
// is not ours.
const (
	ownProject   = "project"
	ownImmutable = "immutable"
)

// Current reads what desired names, in lists that grow by page, but for the
// members of each project. One failed list fails all: nothing is planned on half
// a state.
func (a *Application) Current(ctx context.Context, desired State, s task.Scope) (State, error) {
	if !a.values.Apps.Harbor.Enabled {
		return State{}, nil
	}
	var err error // the inventory is read again: the last apply may not have saved it, and another shard may have
	if a.inventory, err = inventory.Open(ctx, a.setting.Secrets, a.setting.Inventory); err != nil {
		return State{}, err
	}
	r := &reader{Application: a, scope: s, desired: desired}
	for _, read := range []func(context.Context) error{
		r.configuration, r.robots, r.groups, r.projects, r.quotas, r.members, r.retentions, r.immutables, r.credentials,
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
	scope            task.Scope
	desired, current State
	// access reads as the service robot where that works, else as the administrator.
	access access
	// accounts are the robot accounts of Harbor by their name without prefix.
	accounts map[string]*credential.Robot
	mu       sync.Mutex // guards what is read of several teams at once
}

// eachProject reads something of each of these projects, and keeps it while
// nothing else is kept.
func eachProject[T any](ctx context.Context, r *reader, projects []string, read func(context.Context, string) (T, error), keep func(string, T)) error {
	return r.setting.Each(ctx, projects, func(ctx context.Context, name string) error {
		found, err := read(ctx, name)
		if err != nil {
			return err
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		keep(name, found)
		return nil
	})
}

// existing are the desired projects in the scope that Harbor has and that fit, by name.
func (r *reader) existing(fits func(name string, p Project) bool) []string {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(r.desired.Projects)) {
		if p, exists := r.current.Projects[name]; exists && r.scope.Reads(p.Team) && fits(name, p) {
			names = append(names, name)
		}
	}
	return names
}

// groups are found by a part of their name.
func (r *reader) groups(ctx context.Context) error {
	parts := []string{teamPrefix}
	if !strings.Contains(r.values.Platform.Harbor.MemberGroup, teamPrefix) {
		parts[0] = strings.TrimSuffix(teamPrefix, "-")
	}
	if r.scope.ByName && len(r.desired.Groups) < len(r.values.Teams)/r.setting.PageSize {
		parts = slices.Sorted(maps.Keys(r.desired.Groups))
	}
	r.current.Groups = map[string]Group{}
	for _, part := range parts {
		if err := r.groupsWith(ctx, part); err != nil {
			return fmt.Errorf("reading groups: %w", err)
		}
	}
	return nil
}

func (r *reader) groupsWith(ctx context.Context, part string) error {
	return transport.Each(r.setting.PageSize, func(p transport.Page) ([]harbor.UserGroup, error) {
		return response.OK(r.access.to("user-group:list").ListUserGroupsWithResponse(ctx, &harbor.ListUserGroupsParams{
			Page: number(p.Number), PageSize: number(p.Size), GroupName: &part}))
	}, func(page []harbor.UserGroup) {
		for _, rep := range page {
			name := value(rep.GroupName)
			if desired, ours := r.desired.Groups[name]; ours {
				r.current.Groups[name] = Group{Meta: plan.Meta{ID: strconv.Itoa(value(rep.ID)), Team: desired.Team}, Type: value(rep.GroupType)}
			}
		}
	})
}

// projects are ours by name or by inventory; any other one of that name is
// left untouched.
func (r *reader) projects(ctx context.Context) error {
	if err := r.countRobots(ctx); err != nil {
		return err
	}
	queries := []string{"name=~" + teamPrefix}
	if r.scope.ByName {
		queries = namedQueries(r.scope.Teams, func(team string) []string { return []string{values.TeamName(team)} })
	}
	r.current.Projects = map[string]Project{}
	owned := r.inventory.Owned(ownProject)
	for _, query := range queries {
		reps, err := listProjects(ctx, r.access.any(), query, r.setting.PageSize)
		if err != nil {
			return fmt.Errorf("reading projects: %w", err)
		}
		for _, rep := range reps {
			name, p := value(rep.Name), projectFrom(rep)
			p.Ownership = plan.OursIf(owned[name] == p.ID, plan.Predecessor)
			r.addProject(name, p)
		}
	}
	return nil
}

func (r *reader) addProject(name string, p Project) {
	_, wanted := r.desired.Projects[name]
	if !wanted && p.Ours() && p.Extra == nil {
		p.Extra = r.othersIn(name)
	}
	if wanted || p.Ours() || r.setting.Dumps() {
		r.current.Projects[name] = p
	}
}

// othersIn says why a project must not be deleted: another installation has
// robot accounts for it.
func (r *reader) othersIn(project string) *plan.Extra {
	for _, kind := range credential.Kinds() {
		key := credential.Key{Project: project, Kind: kind}
		claim := r.claim(slices.Contains(r.inventory.Remembered(), key.String()))
		for _, robot := range credential.PairOf(key, r.accounts) {
			if robot != nil && robot.Mark != (credential.Mark{}) && claim.Owner(robot, false) == plan.Foreign {
				return &plan.Extra{DeletionBlockedBy: "has robot accounts of installation " + robot.Mark.String()}
			}
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

// projectFrom reads a project of a list. Harbor keeps flags as text, checks
// none, and takes one that it does not have for false.
func projectFrom(rep harbor.Project) Project {
	m := value(rep.Metadata)
	p := Project{
		Meta:   plan.Meta{ID: strconv.Itoa(int(value(rep.ProjectID))), Team: teamOf(value(rep.Name))},
		Public: flagFrom(m.Public), AutoScan: flagFrom(m.AutoScan), AutoSBOM: flagFrom(m.AutoSbomGeneration),
		PreventVulnerable: flagFrom(m.PreventVul), Severity: m.Severity, RetentionID: value(m.RetentionID),
	}
	switch n := value(rep.RepoCount); n {
	case 0:
	case 1:
		p.Extra = &plan.Extra{DeletionBlockedBy: "holds 1 repository"}
	default:
		p.Extra = &plan.Extra{DeletionBlockedBy: "holds " + strconv.Itoa(n) + " repositories"}
	}
	return p
}

// flagFrom is nil for text that is not a flag.
func flagFrom(text *string) *bool {
	switch strings.ToLower(value(text)) {
	case "true", "1":
		return new(true)
	case "false", "0", "":
		return new(false)
	}
	return nil
}

// quotas are read where the values set one: the list is of all projects.
func (r *reader) quotas(ctx context.Context) error {
	r.current.Quotas = map[string]Quota{}
	if len(r.desired.Quotas) == 0 && !r.setting.Dumps() {
		return nil
	}
	reps, err := listQuotas(ctx, r.access.to("quota:list"), r.setting.PageSize)
	if err != nil {
		return fmt.Errorf("reading quotas: %w", err)
	}
	for _, rep := range reps {
		name := quotaOf(rep)
		if _, ours := r.desired.Quotas[name]; ours || r.setting.Dumps() {
			r.current.Quotas[name] = Quota{
				Meta: plan.Meta{ID: strconv.Itoa(value(rep.ID)), Team: teamOf(name)}, Storage: value(rep.Hard)["storage"]}
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
	name, _ := value(rep.Ref)["name"].(string) // "" for a quota without a name
	return name
}

// members is the only list that Harbor has only for each project. Members that
// the values do not name are left untouched.
func (r *reader) members(ctx context.Context) error {
	r.current.Members = map[string]Member{}
	all := r.existing(func(string, Project) bool { return true })
	return eachProject(ctx, r, all, r.listMembers, r.addMembers)
}

func (r *reader) listMembers(ctx context.Context, project string) ([]harbor.ProjectMemberEntity, error) {
	reps, err := transport.All(r.setting.PageSize, func(p transport.Page) ([]harbor.ProjectMemberEntity, error) {
		return response.OK(r.access.to("member:list").ListProjectMembersWithResponse(ctx, project, &harbor.ListProjectMembersParams{
			Page: number(p.Number), PageSize: number(p.Size)}))
	})
	if err != nil {
		return nil, fmt.Errorf("reading the members of project %s: %w", project, err)
	}
	return reps, nil
}

func (r *reader) addMembers(project string, reps []harbor.ProjectMemberEntity) {
	for _, rep := range reps {
		name := memberName(project, value(rep.EntityName))
		if desired, ours := r.desired.Members[name]; ours && value(rep.EntityType) == "g" {
			r.current.Members[name] = Member{Meta: plan.Meta{ID: strconv.Itoa(value(rep.ID)), Team: desired.Team}, Role: roleName(value(rep.RoleID))}
		}
	}
}

// roles are those of members by Harbor's numbers.
func roles() map[string]int {
	return map[string]int{roleProjectAdmin: 1, roleDeveloper: 2, roleGuest: 3, roleMaintainer: 4, roleLimitedGuest: 5}
}

func roleName(number int) string {
	for name, n := range roles() {
		if n == number {
			return name
		}
	}
	return "role " + strconv.Itoa(number)
}

func number(n int) *int64 { return new(int64(n)) }
