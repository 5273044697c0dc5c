package harbor

import (
	"context"
	"maps"
	"strconv"
	"strings"
	"time"
)

// project is one project with what lives inside it. Robots, quotas and
// retention policies are beside it.
type project struct {
	id, owner, allowlistID int64
	name                   string
	born                   time.Time
	metadata               map[string]string // as written: nothing is checked
	allowlist              CVEAllowlist      // its items and its end
	members                map[int64]*member
	robots                 map[int64]*robot // those of the project itself
	rules                  []*rule          // immutable tags, by id
	repositories           map[string]bool
}

func (p *project) key() (id int64, name string) { return p.id, p.name }

// ofProject is the name of what a project has one of.
func ofProject(id int64) string { return strconv.FormatInt(id, 10) }

func (r reference) missing() error { return notFound("project %s not found", r) }

func (m *memory) find(r reference) *project {
	if r.name != "" {
		return m.projects.byName[r.name]
	}
	return m.projects.byID[r.id]
}

// addProject makes a project, its creator's membership and its quota.
func (m *memory) addProject(name string, owner *user, metadata map[string]string, storage int64) *project {
	m.newest.allowlist++
	p := &project{
		id: m.projects.next(), owner: owner.id, allowlistID: m.newest.allowlist, name: name, born: m.time(), metadata: metadata,
		members: map[int64]*member{}, robots: map[int64]*robot{}, repositories: map[string]bool{},
	}
	m.projects.add(p)
	m.addMember(p, entity{isUser: true, id: owner.id}, projectAdmin)
	if m.configuration.flag("quota_per_project_enable") {
		m.addQuota(p, storage)
	}
	return p
}

func (a api) HeadProject(ctx context.Context, request HeadProjectRequestObject) (HeadProjectResponseObject, error) {
	if !callOf(ctx).caller.isAuthenticated() {
		return nil, unauthorized()
	}
	if r := (reference{name: request.Params.ProjectName}); a.find(r) == nil {
		return nil, r.missing()
	}
	return HeadProject200Response{}, nil
}

func (a api) GetProject(ctx context.Context, request GetProjectRequestObject) (GetProjectResponseObject, error) {
	p, err := a.inProject(ctx, request.ProjectNameOrID, right{"project", "read"})
	if err != nil {
		return nil, err
	}
	return GetProject200JSONResponse(a.shown(p, callOf(ctx).caller, true)), nil
}

func (a api) CreateProject(ctx context.Context, request CreateProjectRequestObject) (CreateProjectResponseObject, error) {
	c := callOf(ctx)
	if err := a.mayCreateProject(c.caller); err != nil {
		return nil, err
	}
	body := *request.Body
	name := value(body.ProjectName)
	metadata := metadataOf(body.Metadata)
	if metadata["public"] == "" {
		metadata["public"] = "false"
		if value(body.Public) {
			metadata["public"] = "true"
		}
	}
	if err := a.checkNewProject(body, name, metadata); err != nil {
		return nil, err
	}
	delete(metadata, "retention_id")
	delete(metadata, "proxy_speed_kb") // there are no proxy projects
	owner := c.caller.user
	if owner == nil {
		owner = a.users.byID[1] // what a robot makes belongs to the administrator
	}
	p := a.addProject(name, owner, metadata, a.storageFor(c.caller, body.StorageLimit))
	location := c.created(p.id)
	if c.nameInLocation {
		location = c.created(p.name)
	}
	return CreateProject201Response{CreateProject201ResponseHeaders{Location: location}}, nil
}

func (a api) mayCreateProject(c caller) error {
	switch {
	case !c.isAuthenticated():
		return unauthorized()
	case c.robot != nil && c.robot.project != 0:
		return forbidden("Only system level robot can create project")
	case a.configuration.text("project_creation_restriction") == "adminonly" && !a.canSystem(c, right{"project", "create"}):
		return forbidden("Only system admin can create project")
	}
	return nil
}

// storageFor: 0 and nothing are the default, which others than administrators always get.
func (a api) storageFor(c caller, limit *int64) int64 {
	if value(limit) == 0 || !a.canSystem(c, right{"project", "create"}) {
		return a.configuration.number("storage_per_project")
	}
	return *limit
}

const maxProjectName = 255

// isName is the rule for projects and robots: words of lower case letters
// and digits with one of . _ - between them.
func isName(s string) bool {
	inWord := false
	for _, r := range s {
		isWord := (r >= 'a' && r <= 'z') || (r >= '0' && r <= '9')
		if !isWord && (!inWord || !strings.ContainsRune("._-", r)) {
			return false
		}
		inWord = isWord
	}
	return inWord
}

func (a api) checkNewProject(body ProjectReq, name string, metadata map[string]string) error {
	public := metadata["public"]
	switch {
	case len(name) > maxProjectName:
		return invalid("project_name in body should be at most 255 chars long")
	case body.RegistryID != nil:
		return badRequest("simulator: proxy projects are not simulated")
	case public != "true" && public != "false":
		return badRequest("metadata.public should only be 'true' or 'false', but got: '%s'", public)
	case metadata["retention_id"] != "":
		return badRequest("the retention_id in the request's payload when creating a project should be omitted, alternatively passing an empty string")
	}
	if value(body.StorageLimit) != 0 {
		if err := checkStorage(*body.StorageLimit); err != nil {
			return err
		}
	}
	switch {
	case name == "":
		return badRequest("Project name %s is illegal in length. (greater than %d or less than %d)", name, maxProjectName, 1)
	case !isName(name):
		return badRequest("project name is not in lower case or contains illegal characters")
	case a.projects.byName[name] != nil:
		a.projects.next()
		return conflict("The project named %s already exists", name)
	}
	return nil
}

// UpdateProject merges metadata; it touches neither the name nor the quota.
func (a api) UpdateProject(ctx context.Context, request UpdateProjectRequestObject) (UpdateProjectResponseObject, error) {
	p, err := a.inProject(ctx, request.ProjectNameOrID, right{"project", "update"})
	if err != nil {
		return nil, err
	}
	changes := metadataOf(request.Body.Metadata)
	delete(changes, "proxy_speed_kb")
	list := request.Body.CveAllowlist
	if list != nil && value(list.ProjectID) != 0 && int64(*list.ProjectID) != p.id {
		return nil, badRequest("project_id in cve_allowlist must be %d but it's %d", p.id, *list.ProjectID)
	}
	if id, given := changes["retention_id"]; given && (id == "" || id != p.metadata["retention_id"]) {
		return nil, badRequest("the retention_id in the request's payload when updating a project should be omitted, " +
			"alternatively passing the one that has already been associated to this project")
	}
	maps.Copy(p.metadata, changes)
	if list != nil {
		p.allowlist = CVEAllowlist{Items: list.Items, ExpiresAt: list.ExpiresAt}
	}
	return UpdateProject200Response{}, nil
}

// DeleteProject takes along everything but robots of the system and groups. A
// project of the same name is another one.
func (a api) DeleteProject(ctx context.Context, request DeleteProjectRequestObject) (DeleteProjectResponseObject, error) {
	r := callOf(ctx).reference(request.ProjectNameOrID)
	p, err := a.requireProject(ctx, r, right{"project", "delete"})
	switch {
	case err != nil:
		return nil, err
	case len(p.repositories) > 0:
		return nil, precondition("the project contains repositories, can not be deleted")
	}
	a.projects.remove(p)
	for _, r := range p.robots {
		a.robots.remove(r)
	}
	if q := a.quotas.byName[ofProject(p.id)]; q != nil {
		a.quotas.remove(q)
	}
	if policy := a.retentions.byName[ofProject(p.id)]; policy != nil && a.minor >= minorTidy {
		a.retentions.remove(policy)
	}
	return DeleteProject200Response{}, nil
}

// DeleteProjectMetadata looks at no key: it also makes a project forget its
// retention policy.
func (a api) DeleteProjectMetadata(ctx context.Context, request DeleteProjectMetadataRequestObject) (DeleteProjectMetadataResponseObject, error) {
	p, err := a.inProject(ctx, request.ProjectNameOrID, right{"metadata", "delete"})
	if err != nil {
		return nil, err
	}
	delete(p.metadata, request.MetaName)
	return DeleteProjectMetadata200Response{}, nil
}

// shownSeverity: an invalid severity comes back as unknown.
func shownSeverity(s string) string {
	s = strings.ToLower(s)
	switch s {
	case "none", "low", "medium", "high", "critical":
		return s
	case "negligible":
		return "none"
	}
	return "unknown"
}
