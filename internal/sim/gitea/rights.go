package gitea

import (
	"context"
	"maps"
	"net/http"
	"slices"
)

// rights are what a user may do in a repository: in all of it, or unit by unit
// where teams say so.
type rights struct {
	mode  mode
	units map[string]mode // nil: the mode counts for all
	repo  *repository
}

// any says whether the repository can be seen at all: one unit is enough.
func (r rights) any() bool {
	return r.mode >= read || slices.ContainsFunc(slices.Collect(maps.Values(r.units)), func(m mode) bool { return m >= read })
}

// code is the right to what is in Git.
func (r rights) code() mode {
	switch {
	case !r.repo.units[code]:
		return none
	case r.units == nil || r.mode >= admin:
		return r.mode
	}
	return r.units[code]
}

// rightsOf adds up what the account, the collaborators and the teams give.
func rightsOf(u *account, r *repository) rights {
	given := rights{repo: r}
	switch {
	case u == nil && r.private, !r.owner.visibleTo(u) && r.collaborators[u] == none:
		return given
	case u == nil:
		given.mode = read
		return given
	case u.admin, u == r.owner:
		given.mode = owner
		return given
	}
	least := none
	switch {
	case r.private:
	case !u.restricted:
		least, given.mode = read, read
	case r.owner.visibility == public:
		given.mode = read // but where a team says so, that counts
	}
	given.mode = max(given.mode, r.collaborators[u])
	given.addTeams(u, least)
	return given
}

// addTeams: a team that administers owns its repositories.
func (r *rights) addTeams(u *account, least mode) {
	var units map[string]mode
	for t := range r.repo.teams {
		if !t.members[u] {
			continue
		}
		if t.mode >= admin {
			r.mode, r.units = owner, nil
			return
		}
		if units == nil {
			units = map[string]mode{}
		}
		for unit := range r.repo.units {
			units[unit] = max(units[unit], least, t.units[unit], r.repo.collaborators[u])
		}
	}
	r.units = units
}

func (r rights) json() *Permission {
	return &Permission{Admin: new(r.mode >= admin), Push: new(r.code() >= write), Pull: new(r.code() >= read)}
}

func (a api) GetRepositoryPermission(ctx context.Context, request GetRepositoryPermissionRequestObject) (GetRepositoryPermissionResponseObject, error) {
	c := callOf(ctx)
	u, known := a.memory.account(request.Collaborator)
	if isSelf := known && c.is(u); !c.isAdmin() && !isSelf && c.rights.mode < admin {
		return nil, forbidden("Only admins can query all permissions, repo admins can query all repo permissions, collaborators can query only their own")
	}
	if !known {
		return nil, refused(http.StatusNotFound, "user does not exist [uid: 0, name: %s]", request.Collaborator)
	}
	mode := rightsOf(u, c.repo).mode.String()
	return GetRepositoryPermission200JSONResponse{Permission: &mode, RoleName: &mode, User: new(c.userFor(u, true, u == c.repo.owner))}, nil
}
