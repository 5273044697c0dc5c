package gitea

import "reflect"

// pullSettings are the settings of pull requests, by the names that they have in
// requests and answers.
type pullSettings struct {
	AllowMergeCommits, AllowRebase, AllowRebaseExplicit, AllowSquashMerge, AllowFastForwardOnlyMerge bool
	AllowManualMerge, AutodetectManualMerge, AllowRebaseUpdate, IgnoreWhitespaceConflicts            bool
	DefaultDeleteBranchAfterMerge, DefaultAllowMaintainerEdit                                        bool
	DefaultMergeStyle                                                                                string
}

const (
	mergeCommit   = "merge"
	projectsOfAll = "all"
)

func newPullSettings() pullSettings {
	return pullSettings{
		AllowMergeCommits: true, AllowRebase: true, AllowRebaseExplicit: true, AllowSquashMerge: true, AllowFastForwardOnlyMerge: true,
		AllowRebaseUpdate: true, DefaultAllowMaintainerEdit: true, DefaultMergeStyle: mergeCommit,
	}
}

// noPulls is what a repository without pull requests shows.
func noPulls() pullSettings {
	return pullSettings{AllowManualMerge: true, DefaultMergeStyle: mergeCommit}
}

func newTracker() InternalTracker {
	return InternalTracker{EnableTimeTracker: new(true), AllowOnlyContributorsToTrackTime: new(true), EnableIssueDependencies: new(true)}
}

// newUnits are on from the start; a template runs no actions.
func newUnits(template bool) map[string]bool {
	units := map[string]bool{}
	for _, unit := range allUnits() {
		units[unit] = true
	}
	units["repo.ext_wiki"], units["repo.ext_issues"], units["repo.actions"] = false, false, !template
	return units
}

// change takes over what was given, and says whether that made a difference.
func (p *pullSettings) change(f EditRepoOption) (changed bool) {
	settings, given := reflect.ValueOf(p).Elem(), reflect.ValueOf(f)
	for i := range settings.NumField() {
		field := given.FieldByName(settings.Type().Field(i).Name)
		if !field.IsNil() && !field.Elem().Equal(settings.Field(i)) {
			settings.Field(i).Set(field.Elem())
			changed = true
		}
	}
	return changed
}

func (p pullSettings) show(r *Repository) {
	settings, shown := reflect.ValueOf(&p).Elem(), reflect.ValueOf(r).Elem()
	for i := range settings.NumField() {
		shown.FieldByName(settings.Type().Field(i).Name).Set(settings.Field(i).Addr())
	}
}

// repositoryJSON is a repository as a caller with these rights gets it.
func (c *call) repositoryJSON(r *repository, given rights) Repository {
	address := c.base + "/" + r.fullName()
	shown := Repository{
		ID: &r.id, Name: &r.name, FullName: new(r.fullName()), Owner: new(c.userFor(r.owner, given.mode > none, false)),
		Description: &r.description, Website: &r.website, DefaultBranch: &r.defaultBranch, CreatedAt: &r.created, UpdatedAt: &r.created,
		Private: &r.private, Archived: &r.archived, Template: &r.template, Empty: new(len(r.branches) == 0), BranchCount: new(int64(len(r.branches))),
		Internal: new(!r.private && r.owner.visibility == private), Fork: new(false), Mirror: new(false), Size: new(int64(25)), OriginalURL: new(""),
		HTMLURL: &address, CloneURL: new(address + ".git"), URL: new(c.base + apiBase + "/repos/" + r.fullName()), ObjectFormatName: new(RepositoryObjectFormatName("sha1")),
		Permissions: given.json(), ProjectsMode: &r.projectsMode,
		HasCode: new(r.units[code]), HasIssues: new(r.units["repo.issues"]), HasWiki: new(r.units["repo.wiki"]), HasPullRequests: new(r.units[pulls]),
		HasProjects: new(r.units["repo.projects"]), HasReleases: new(r.units["repo.releases"]), HasPackages: new(r.units["repo.packages"]), HasActions: new(r.units["repo.actions"]),
	}
	if r.units["repo.issues"] {
		shown.InternalTracker = &r.tracker
	}
	if !r.units["repo.projects"] {
		shown.ProjectsMode = new(projectsOfAll)
	}
	settings := noPulls()
	if r.units[pulls] {
		settings = r.pulls
	}
	settings.show(&shown)
	return shown
}
