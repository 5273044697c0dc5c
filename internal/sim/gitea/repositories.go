package gitea

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strings"
	"time"
)

// repository is a repository without what is in it.
type repository struct {
	id                                        int64
	owner                                     *account
	name, description, website, defaultBranch string
	private, archived, template               bool
	created                                   time.Time
	branches, files                           map[string]bool // by name
	units                                     map[string]bool
	pulls                                     pullSettings
	tracker                                   InternalTracker
	projectsMode                              string
	teams                                     map[*team]bool
	collaborators                             map[*account]mode
	protections                               []*protection // oldest first
	issues                                    []issue
}

func (r *repository) fullName() string { return r.owner.name + "/" + r.name }

func (f CreateRepoOption) problem() error {
	return firstOf(
		required("Name", f.Name), nameRule(f.Name), noLonger("Name", &f.Name, 100), noLonger("Description", f.Description, 2048),
		refName("DefaultBranch", f.DefaultBranch), noLonger("DefaultBranch", f.DefaultBranch, 100),
	)
}

func (a api) CreateRepository(ctx context.Context, request CreateRepositoryRequestObject) (CreateRepositoryResponseObject, error) {
	c, f := callOf(ctx), *request.Body
	switch {
	case !c.org.visibleTo(c.caller):
		return nil, notFound()
	case !c.isAdmin() && !c.org.mayCreateRepository(c.caller):
		return nil, forbidden("User is not allowed to create repositories in this organization.")
	}
	if err := checkRepositoryName(f.Name); err != nil {
		return nil, err
	}
	if c.org.repository(f.Name) != nil {
		return nil, refused(http.StatusConflict, "The repository with the same name already exists.")
	}
	r := a.memory.addRepository(c.org, f)
	if !c.isAdmin() && rightsOf(c.caller, r).mode < admin {
		r.collaborators[c.caller] = admin
	}
	return CreateRepository201JSONResponse(c.repositoryJSON(r, rights{mode: owner, repo: r})), nil
}

func (m *memory) addRepository(owner *account, f CreateRepoOption) *repository {
	r := &repository{
		id: m.next("repository"), owner: owner, name: f.Name, description: value(f.Description), created: m.time(),
		private: value(f.Private) || m.forcePrivate, template: value(f.Template),
		defaultBranch: cmp.Or(value(f.DefaultBranch), "main"), branches: map[string]bool{},
		units: newUnits(value(f.Template)), pulls: newPullSettings(), tracker: newTracker(), projectsMode: projectsOfAll,
		teams: map[*team]bool{}, collaborators: map[*account]mode{},
	}
	if value(f.AutoInit) {
		r.branches[r.defaultBranch] = true
	}
	owner.repositories = append(owner.repositories, r)
	owner.named[strings.ToLower(r.name)] = r
	delete(owner.moved, strings.ToLower(r.name))
	for _, t := range owner.teams {
		if t.includesAll {
			t.addRepository(r)
		}
	}
	return r
}

func (m *memory) removeRepository(r *repository) {
	for t := range r.teams {
		delete(t.repositories, r)
	}
	for id, h := range m.hooks {
		if h.repo == r {
			delete(m.hooks, id)
		}
	}
	for id, k := range m.keys {
		if k.repo == r {
			delete(m.keys, id)
		}
	}
	delete(r.owner.named, strings.ToLower(r.name))
	r.owner.repositories = slices.DeleteFunc(r.owner.repositories, func(other *repository) bool { return other == r })
	for name, moved := range r.owner.moved {
		if moved == r {
			delete(r.owner.moved, name)
		}
	}
}

func (a api) GetRepository(ctx context.Context, _ GetRepositoryRequestObject) (GetRepositoryResponseObject, error) {
	c := callOf(ctx)
	return GetRepository200JSONResponse(c.repositoryJSON(c.repo, c.rights)), nil
}

func (a api) DeleteRepository(ctx context.Context, _ DeleteRepositoryRequestObject) (DeleteRepositoryResponseObject, error) {
	a.memory.removeRepository(callOf(ctx).repo)
	return DeleteRepository204Response{}, nil
}

// ListRepositories counts what the caller may not see, without showing it.
func (a api) ListRepositories(ctx context.Context, request ListRepositoriesRequestObject) (ListRepositoriesResponseObject, error) {
	c := callOf(ctx)
	all := filtered(c.org.repositories, func(r *repository) bool { return c.caller != nil || !r.private })
	p := window(c, all, request.Params.Page, request.Params.Limit)
	return ListRepositories200JSONResponse{Body: c.visible(p.part), Headers: ListRepositories200ResponseHeaders{p.link, p.count}}, nil
}

// visible leaves out what the caller may not see.
func (c *call) visible(all []*repository) []Repository {
	shown := make([]Repository, 0, len(all))
	for _, r := range all {
		if given := rightsOf(c.caller, r); given.any() {
			shown = append(shown, c.repositoryJSON(r, given))
		}
	}
	return shown
}

// ListCurrentUserRepositories are those that the caller reaches through a team or
// as a collaborator, an administrator too, and the public ones of their private
// organisations.
func (a api) ListCurrentUserRepositories(ctx context.Context, request ListCurrentUserRepositoriesRequestObject) (ListCurrentUserRepositoriesResponseObject, error) {
	c := callOf(ctx)
	var reached []*repository
	for _, org := range a.memory.sortedAccounts(func(o *account) bool { return len(o.repositories) > 0 }) {
		withPublic := org.visibility == private && org.hasMember(c.caller)
		reached = append(reached, filtered(org.repositories, func(r *repository) bool { return withPublic && !r.private || r.reachedBy(c.caller) })...)
	}
	slices.SortFunc(reached, func(a, b *repository) int {
		return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(a.owner.id, b.owner.id))
	})
	p := window(c, reached, request.Params.Page, request.Params.Limit)
	return ListCurrentUserRepositories200JSONResponse{Body: c.visible(p.part), Headers: ListCurrentUserRepositories200ResponseHeaders{p.link, p.count}}, nil
}

func (r *repository) reachedBy(u *account) bool {
	for t := range r.teams {
		if t.members[u] {
			return true
		}
	}
	return r.collaborators[u] > none
}
