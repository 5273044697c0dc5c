package harbor

import (
	"context"
	"encoding/json"
	"strconv"
	"time"
)

// metadataOf are the values that a body has.
func metadataOf(body *ProjectMetadata) map[string]string {
	values := map[string]string{}
	if body == nil {
		return values
	}
	text, err := json.Marshal(body)
	if err == nil {
		err = json.Unmarshal(text, &values)
	}
	if err != nil {
		return nil // it is all texts
	}
	if values["public"] == "" {
		delete(values, "public")
	}
	return values
}

func shownMetadata(values map[string]string) *ProjectMetadata {
	shown := &ProjectMetadata{}
	text, err := json.Marshal(values)
	if err == nil {
		err = json.Unmarshal(text, shown)
	}
	if err != nil {
		return nil // it is all texts
	}
	if shown.Severity != nil {
		shown.Severity = new(shownSeverity(*shown.Severity))
	}
	return shown
}

// short is the type that some numbers have in answers.
func short(n int64) *int32 {
	return new(int32(n)) //nolint:gosec // G115: ids and roles are small
}

// shown is a project as a caller sees it.
func (m *memory) shown(p *project, c caller, detail bool) Project {
	shown := Project{
		ProjectID: short(p.id), Name: &p.name, OwnerID: short(p.owner), RepoCount: new(len(p.repositories)),
		CreationTime: &p.born, UpdateTime: &p.born, CurrentUserRoleIds: new([]int32(nil)),
		CveAllowlist: &CVEAllowlist{CreationTime: &time.Time{}, UpdateTime: &time.Time{}, Items: new([]CVEAllowlistItem(nil))},
	}
	if c.user != nil {
		if membership := p.memberOf(entity{isUser: true, id: c.user.id}); membership != nil {
			shown.CurrentUserRoleID = new(membership.role)
			shown.CurrentUserRoleIds = &[]int32{*short(int64(membership.role))}
		}
	}
	if !detail {
		return shown
	}
	if owner := m.users.byID[p.owner]; owner != nil {
		shown.OwnerName = &owner.name
	}
	shown.Metadata = shownMetadata(p.metadata)
	list := shown.CveAllowlist
	list.ID, list.ProjectID, list.ExpiresAt, list.Items = new(int(p.allowlistID)), new(int(p.id)), p.allowlist.ExpiresAt, p.allowlist.Items
	if list.Items == nil {
		list.Items = &[]CVEAllowlistItem{}
	}
	return shown
}

func (a api) ListProjects(ctx context.Context, request ListProjectsRequestObject) (ListProjectsResponseObject, error) {
	params := request.Params
	q, err := newQuery(params.Q, params.Sort, params.Page, params.PageSize)
	if err != nil {
		return nil, err
	}
	if value(params.Name) != "" {
		q.keywords["name"] = pattern{fuzzy: true, any: []string{*params.Name}}
	}
	if value(params.Owner) != "" {
		q.keywords["owner"] = pattern{any: []string{*params.Owner}}
	}
	if params.Public != nil {
		q.keywords["public"] = pattern{any: []string{strconv.FormatBool(*params.Public)}}
	}
	c := callOf(ctx)
	found := search(named(a.projects, q, a.visible(c.caller)), q, a.projectField)
	detail := params.WithDetail == nil || *params.WithDetail
	return ListProjects200JSONResponse{
		Body:    each(cut(found, q.paging), func(p *project) Project { return a.shown(p, c.caller, detail) }),
		Headers: ListProjects200ResponseHeaders(c.listed(len(found), q.paging)),
	}, nil
}

// named spares the look through all objects where one name is asked for.
func named[T object](t *table[T], q query, visible func(T) bool) []T {
	wanted, byName := q.keywords["name"]
	if !byName || wanted.fuzzy || len(wanted.any) != 1 {
		return filtered(t.list, visible)
	}
	if found, exists := t.byName[wanted.any[0]]; exists {
		return filtered([]T{found}, visible)
	}
	return nil
}

// visible is which projects a caller sees at all: administrators, robots that
// may list and robots of all projects see all, the others their own and the
// public ones.
func (m *memory) visible(c caller) func(*project) bool {
	if m.canSystem(c, right{"project", "list"}) || (c.robot != nil && m.seesAll(c.robot)) {
		return func(*project) bool { return true }
	}
	return func(p *project) bool {
		switch {
		case p.metadata["public"] == "true":
			return true
		case c.user != nil:
			return p.memberOf(entity{isUser: true, id: c.user.id}) != nil
		}
		return c.robot != nil && c.robot.permissions[scope{projectLevel, p.id}] != nil
	}
}

// seesAll: a robot that has lost all its rights is not held back any more.
func (m *memory) seesAll(r *robot) bool {
	if r.permissions[everyProject()] != nil {
		return true
	}
	for s := range r.permissions {
		if m.isAlive(s) {
			return false
		}
	}
	return true
}

func (m *memory) projectField(p *project, name string) (text string, known bool) {
	switch name {
	case "Name", "name":
		return p.name, true
	case "Public", "public":
		return p.metadata["public"], true
	case "ProjectID", "project_id":
		return strconv.FormatInt(p.id, 10), true
	case "OwnerID", "owner_id":
		return strconv.FormatInt(p.owner, 10), true
	case "Owner", "owner":
		if u := m.users.byID[p.owner]; u != nil {
			return u.name, true
		}
		return "", true
	case "CreationTime", "creation_time", "UpdateTime", "update_time":
		return p.born.Format(sortableTime), true
	}
	return "", false
}

// sortableTime makes texts that sort in the order of the times.
const sortableTime = "2006-01-02T15:04:05.000"
