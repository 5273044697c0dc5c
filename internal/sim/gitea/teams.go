package gitea

import (
	"context"
	"slices"
)

// ownersName makes a team the owners of its organisation.
const ownersName = "Owners"

// team is a team of an organisation.
type team struct {
	id                          int64
	org                         *account
	name, description           string
	mode                        mode // none unless it administers: the units count
	units                       map[string]mode
	includesAll, canCreateRepos bool
	members                     map[*account]bool
	repositories                map[*repository]bool
}

func (t *team) isOwners() bool { return t.name == ownersName }

func (f CreateTeamOption) problem() error {
	return firstOf(required("Name", f.Name), nameRule(f.Name), noLonger("Name", &f.Name, 255), noLonger("Description", f.Description, 255))
}

func (f EditTeamOption) problem() error {
	return firstOf(nameRule(f.Name), noLonger("Name", &f.Name, 255), noLonger("Description", f.Description, 255))
}

// teamJSON leaves the organisation out, as all lists do.
func teamJSON(t *team) Team {
	names, byName := t.shownUnits()
	return Team{
		ID: &t.id, Name: &t.name, Description: &t.description, Permission: new(TeamPermission(t.mode.String())),
		Units: names, UnitsMap: &byName, IncludesAllRepositories: &t.includesAll, CanCreateOrgRepo: &t.canCreateRepos,
	}
}

func (c *call) teamWithOrg(t *team) Team {
	shown := teamJSON(t)
	shown.Organization = new(c.orgJSON(t.org))
	return shown
}

func (a api) CreateTeam(ctx context.Context, request CreateTeamRequestObject) (CreateTeamResponseObject, error) {
	c, f := callOf(ctx), *request.Body
	permission := string(value(f.Permission))
	t := &team{
		org: c.org, name: f.Name, description: value(f.Description),
		includesAll: value(f.IncludesAllRepositories), canCreateRepos: value(f.CanCreateOrgRepo),
	}
	if err := t.setUnits(permission, f.Units, f.UnitsMap); err != nil {
		return nil, err
	}
	switch {
	case t.units == nil:
		return nil, crash("units permission should not be empty")
	case f.Name == "new":
		return nil, crash("name is reserved [name: %s]", f.Name)
	case c.org.team(f.Name) != nil:
		return nil, invalid("%s", c.org.teamExists(f.Name))
	}
	a.memory.addTeam(t)
	if t.includesAll {
		t.addAllRepositories()
	}
	return CreateTeam201JSONResponse(c.teamWithOrg(t)), nil
}

// setUnits: only admin is kept as a permission.
func (t *team) setUnits(permission string, list *[]string, byName *map[string]string) error {
	t.mode = none
	if permission == "admin" {
		t.mode, t.units = admin, adminUnits(admin)
		return nil
	}
	units, err := unitsOf(permission, list, byName)
	if units != nil {
		t.units = units
	}
	return err
}

func (a api) GetTeam(ctx context.Context, _ GetTeamRequestObject) (GetTeamResponseObject, error) {
	c := callOf(ctx)
	return GetTeam200JSONResponse(c.teamWithOrg(c.team)), nil
}

func (a api) UpdateTeam(ctx context.Context, request UpdateTeamRequestObject) (UpdateTeamResponseObject, error) {
	t, f := callOf(ctx).team, *request.Body
	changed := *t // the error of a name that is taken leaves nothing behind
	if err := changed.change(f); err != nil {
		return nil, err
	}
	if other := t.org.team(changed.name); other != nil && other != t {
		return nil, crash("%s", t.org.teamExists(changed.name))
	}
	a.memory.renameTeam(t, changed)
	if t.includesAll && value(f.IncludesAllRepositories) {
		t.addAllRepositories()
	}
	return UpdateTeam200JSONResponse(teamJSON(t)), nil
}

// change takes over what was given. Whether the team has all repositories is
// looked at only beside a permission; the owners keep what they have.
func (t *team) change(f EditTeamOption) error {
	wasOwners, permission := t.isOwners(), string(value(f.Permission))
	if f.CanCreateOrgRepo != nil {
		t.canCreateRepos = wasOwners || *f.CanCreateOrgRepo
	}
	if f.Name != "" {
		t.name = f.Name
	}
	set(&t.description, f.Description)
	if t.isOwners() || permission == "" {
		return t.changeUnits(t.mode, permission, f)
	}
	set(&t.includesAll, f.IncludesAllRepositories)
	if permission == "admin" {
		return t.changeUnits(admin, permission, f)
	}
	return t.changeUnits(none, permission, f)
}

func (t *team) changeUnits(m mode, permission string, f EditTeamOption) error {
	if t.mode = m; m >= admin {
		t.units = adminUnits(admin)
		return nil
	}
	units, err := unitsOf(permission, f.Units, f.UnitsMap)
	if units != nil {
		t.units = units
	}
	return err
}

func (a api) DeleteTeam(ctx context.Context, _ DeleteTeamRequestObject) (DeleteTeamResponseObject, error) {
	a.memory.removeTeam(callOf(ctx).team)
	return DeleteTeam204Response{}, nil
}

func (a api) ListTeams(ctx context.Context, request ListTeamsRequestObject) (ListTeamsResponseObject, error) {
	c := callOf(ctx)
	p := window(c, c.org.teams, request.Params.Page, request.Params.Limit)
	return ListTeams200JSONResponse{Body: each(p.part, teamJSON), Headers: ListTeams200ResponseHeaders{p.link, p.count}}, nil
}

// SearchTeams shows a caller only their own teams.
func (a api) SearchTeams(ctx context.Context, request SearchTeamsRequestObject) (SearchTeamsResponseObject, error) {
	c, part := callOf(ctx), value(request.Params.Q)
	inDescription := request.Params.IncludeDesc == nil || *request.Params.IncludeDesc
	found := filtered(c.org.teams, func(t *team) bool {
		hit := containsFold(t.name, part) || inDescription && containsFold(t.description, part)
		return hit && (c.isAdmin() || t.members[c.caller])
	})
	p := window(c, found, request.Params.Page, request.Params.Limit)
	return SearchTeams200JSONResponse{Data: new(each(p.part, teamJSON)), Ok: new(true)}, nil
}

// addTeam puts a team among those of its organisation.
func (m *memory) addTeam(t *team) *team {
	t.id, t.members, t.repositories = m.next("team"), map[*account]bool{}, map[*repository]bool{}
	m.teams[t.id] = t
	t.org.placeTeam(t)
	return t
}

func (a *account) placeTeam(t *team) {
	i, _ := a.teamIndex(t.name)
	a.teams = slices.Insert(a.teams, i, t)
}

// renameTeam keeps the teams in order.
func (m *memory) renameTeam(t *team, changed team) {
	t.org.dropTeam(t)
	*t = changed
	t.org.placeTeam(t)
}

func (a *account) dropTeam(t *team) {
	a.teams = slices.DeleteFunc(a.teams, func(other *team) bool { return other == t })
}

func (m *memory) removeTeam(t *team) {
	delete(m.teams, t.id)
	t.org.dropTeam(t)
	for _, r := range t.org.repositories {
		delete(r.teams, t)
	}
}
