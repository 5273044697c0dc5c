package gitea

import (
	"cmp"
	"context"
	"maps"
	"net/http"
	"slices"
	"strings"
)

func (t *team) addRepository(r *repository) { t.repositories[r], r.teams[t] = true, true }

func (t *team) addAllRepositories() {
	for _, r := range t.org.repositories {
		t.addRepository(r)
	}
}

// removeRepository passes over what a team of all repositories has.
func (t *team) removeRepository(r *repository) {
	if !t.includesAll {
		delete(t.repositories, r)
		delete(r.teams, t)
	}
}

// ListTeamRepositories is sorted by name, capitals first.
func (a api) ListTeamRepositories(ctx context.Context, request ListTeamRepositoriesRequestObject) (ListTeamRepositoriesResponseObject, error) {
	c := callOf(ctx)
	all := slices.SortedFunc(maps.Keys(c.team.repositories), func(a, b *repository) int { return cmp.Compare(a.name, b.name) })
	p := window(c, all, request.Params.Page, request.Params.Limit)
	shown := each(p.part, func(r *repository) Repository { return c.repositoryJSON(r, rightsOf(c.caller, r)) })
	return ListTeamRepositories200JSONResponse{Body: shown, Headers: ListTeamRepositories200ResponseHeaders{p.link, p.count}}, nil
}

// teamRepository is the repository that a path below a team names. The
// organisation in the path is not looked at: it is the team's.
func (c *call) teamRepository(name string) (*repository, error) {
	r := c.team.org.repository(name)
	if r == nil {
		return nil, notFound()
	}
	if rightsOf(c.caller, r).code() < admin {
		return nil, forbidden("Must have admin-level access to the repository")
	}
	return r, nil
}

func (a api) AddTeamRepository(ctx context.Context, request AddTeamRepositoryRequestObject) (AddTeamRepositoryResponseObject, error) {
	c := callOf(ctx)
	r, err := c.teamRepository(request.Repo)
	if err != nil {
		return nil, err
	}
	c.team.addRepository(r)
	return AddTeamRepository204Response{}, nil
}

func (a api) RemoveTeamRepository(ctx context.Context, request RemoveTeamRepositoryRequestObject) (RemoveTeamRepositoryResponseObject, error) {
	c := callOf(ctx)
	r, err := c.teamRepository(request.Repo)
	if err != nil {
		return nil, err
	}
	c.team.removeRepository(r)
	return RemoveTeamRepository204Response{}, nil
}

// ListRepositoryTeams has no pages; the owners come first, then capitals.
func (a api) ListRepositoryTeams(ctx context.Context, _ ListRepositoryTeamsRequestObject) (ListRepositoryTeamsResponseObject, error) {
	key := func(t *team) string {
		if strings.EqualFold(t.name, ownersName) {
			return ""
		}
		return t.name
	}
	all := slices.SortedFunc(maps.Keys(callOf(ctx).repo.teams), func(a, b *team) int { return cmp.Compare(key(a), key(b)) })
	return ListRepositoryTeams200JSONResponse{Body: each(all, teamJSON)}, nil
}

// repositoryTeam is the team that a path below a repository names.
func (c *call) repositoryTeam(name string) (*team, error) {
	t := c.repo.owner.team(name)
	if t == nil {
		return nil, refused(http.StatusNotFound, "%s", c.repo.owner.noTeam(name))
	}
	return t, nil
}

func (a api) GetRepositoryTeam(ctx context.Context, request GetRepositoryTeamRequestObject) (GetRepositoryTeamResponseObject, error) {
	c := callOf(ctx)
	t, err := c.repositoryTeam(request.Team)
	if err != nil {
		return nil, err
	}
	if !c.repo.teams[t] {
		return nil, notFound()
	}
	return GetRepositoryTeam200JSONResponse(teamJSON(t)), nil
}

// changeableTeam: an administrator of a repository needs the organisation's leave.
func (c *call) changeableTeam(name string) (*team, error) {
	if !c.repo.owner.adminsChangeTeams && c.rights.mode < owner {
		return nil, forbidden("user is nor repo admin nor owner")
	}
	return c.repositoryTeam(name)
}

func (a api) AddRepositoryTeam(ctx context.Context, request AddRepositoryTeamRequestObject) (AddRepositoryTeamResponseObject, error) {
	c := callOf(ctx)
	t, err := c.changeableTeam(request.Team)
	if err != nil {
		return nil, err
	}
	if c.repo.teams[t] {
		return nil, invalid("team '%s' is already added to repo", t.name)
	}
	t.addRepository(c.repo)
	return AddRepositoryTeam204Response{}, nil
}

func (a api) RemoveRepositoryTeam(ctx context.Context, request RemoveRepositoryTeamRequestObject) (RemoveRepositoryTeamResponseObject, error) {
	c := callOf(ctx)
	t, err := c.changeableTeam(request.Team)
	if err != nil {
		return nil, err
	}
	if !c.repo.teams[t] {
		return nil, invalid("team '%s' was not added to repo", t.name)
	}
	t.removeRepository(c.repo)
	return RemoveRepositoryTeam204Response{}, nil
}
