package gitea

import (
	"context"
	"strings"
)

func (f EditRepoOption) problem() error {
	return firstOf(
		nameRule(value(f.Name)), noLonger("Name", f.Name, 100), noLonger("Description", f.Description, 2048), noLonger("Website", f.Website, 1024),
		oneOf("ProjectsMode", value(f.ProjectsMode), "", "repo", "owner", projectsOfAll),
	)
}

func (a api) UpdateRepository(ctx context.Context, request UpdateRepositoryRequestObject) (UpdateRepositoryResponseObject, error) {
	c, f := callOf(ctx), *request.Body
	if f.Name != nil {
		if err := c.repo.rename(*f.Name); err != nil {
			return nil, err
		}
	}
	if value(f.Private) != c.repo.private && f.Private != nil && !*f.Private && a.memory.forcePrivate && !c.isAdmin() {
		return nil, invalid("cannot change private repository to public")
	}
	before := c.rights.json()
	c.repo.change(f)
	c.repo.changeUnits(f)
	shown := c.repositoryJSON(c.repo, c.rights)
	shown.Permissions = before // what the caller could do before
	return UpdateRepository200JSONResponse(shown), nil
}

// rename keeps a way from the old name, unless only its case differs.
func (r *repository) rename(name string) error {
	if strings.EqualFold(name, r.name) {
		r.name = name
		return nil
	}
	if err := checkRepositoryName(name); err != nil {
		return err
	}
	if r.owner.repository(name) != nil {
		return invalid("repository already exists [uname: %s, name: %s]", r.owner.name, name)
	}
	old := strings.ToLower(r.name)
	delete(r.owner.named, old)
	delete(r.owner.moved, strings.ToLower(name))
	r.owner.moved[old], r.owner.named[strings.ToLower(name)], r.name = r, r, name
	return nil
}

// change: a missing default branch is ignored.
func (r *repository) change(f EditRepoOption) {
	set(&r.description, f.Description)
	set(&r.website, f.Website)
	set(&r.private, f.Private)
	set(&r.template, f.Template)
	set(&r.archived, f.Archived)
	if branch := f.DefaultBranch; branch != nil && (len(r.branches) == 0 || r.branches[*branch]) {
		r.defaultBranch = *branch
	}
}

func (r *repository) changeUnits(f EditRepoOption) {
	for unit, on := range map[string]*bool{
		code: f.HasCode, "repo.wiki": f.HasWiki, "repo.releases": f.HasReleases,
		"repo.packages": f.HasPackages, "repo.actions": f.HasActions,
	} {
		if on != nil {
			r.units[unit] = *on
		}
	}
	r.changeIssues(f)
	r.changeProjects(f)
	r.changePulls(f)
}

// changeIssues looks at the tracker only beside the switch.
func (r *repository) changeIssues(f EditRepoOption) {
	if f.HasIssues == nil {
		return
	}
	if !r.units["repo.issues"] {
		r.tracker = newTracker()
	}
	if r.units["repo.issues"] = *f.HasIssues; f.InternalTracker != nil {
		r.tracker = *f.InternalTracker
	}
}

// changeProjects looks at the mode only beside the switch.
func (r *repository) changeProjects(f EditRepoOption) {
	if f.HasProjects == nil {
		return
	}
	if !r.units["repo.projects"] {
		r.projectsMode = projectsOfAll
	}
	if r.units["repo.projects"] = *f.HasProjects; *f.HasProjects {
		set(&r.projectsMode, f.ProjectsMode)
	}
}

// changePulls: a setting that differs turns pull requests on.
func (r *repository) changePulls(f EditRepoOption) {
	if f.HasPullRequests != nil && !*f.HasPullRequests {
		r.units[pulls] = false
		return
	}
	settings := r.pulls
	if !r.units[pulls] {
		settings = newPullSettings()
	}
	if settings.change(f) || value(f.HasPullRequests) {
		r.units[pulls], r.pulls = true, settings
	}
}
