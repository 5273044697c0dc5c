package harborprojects

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"otomi.io/tasks/clients/harbor"
	"otomi.io/tasks/clients/response"
	"otomi.io/tasks/clients/transport"
	"otomi.io/tasks/tasks/plan"
)

func (i Immutable) name() string { return i.Project + "/" + i.Repositories + " " + i.Tags }

// immutables reads the rules of the projects that the values have some for, or
// had.
func (r *reader) immutables(ctx context.Context) error {
	r.current.Immutables = map[string]Immutable{}
	owned := r.inventory.Owned(ownImmutable)
	of := map[string]bool{}
	for name := range owned {
		project, _, _ := strings.Cut(name, "/")
		of[project] = true
	}
	for _, i := range r.desired.Immutables {
		of[i.Project] = true
	}
	declared := r.existing(func(name string, _ Project) bool { return of[name] })
	return eachProject(ctx, r, declared, r.listImmutables, func(project string, reps []harbor.ImmutableRule) {
		r.addImmutables(project, reps, owned)
	})
}

func (r *reader) listImmutables(ctx context.Context, project string) ([]harbor.ImmutableRule, error) {
	reps, err := listImmutables(ctx, r.access.to("immutable-tag:list"), project, r.setting.PageSize)
	if err != nil {
		return nil, fmt.Errorf("reading the immutable tags of project %s: %w", project, err)
	}
	return reps, nil
}

func listImmutables(ctx context.Context, api *harbor.Client, project string, size int) ([]harbor.ImmutableRule, error) {
	return transport.All(size, func(p transport.Page) ([]harbor.ImmutableRule, error) {
		return response.OK(api.ListImmutableRulesWithResponse(ctx, project, &harbor.ListImmutableRulesParams{
			Page: number(p.Number), PageSize: number(p.Size)}))
	})
}

// addImmutables takes the older one of two equal rules.
func (r *reader) addImmutables(project string, reps []harbor.ImmutableRule, owned map[string]string) {
	for _, rep := range reps {
		i := immutableFrom(rep)
		i.Project = project
		i.Meta = plan.Meta{ID: strconv.Itoa(value(rep.ID)), Team: r.desired.Projects[project].Team}
		how, ours := owned[project+"/"+i.ID]
		i.Ownership = plan.OursIf(ours, plan.Predecessor)
		if how == adopted {
			i.Ownership = plan.Adopted
		}
		if _, known := r.current.Immutables[i.name()]; !known {
			r.current.Immutables[i.name()] = i
		}
	}
}

func (w *writer) immutable(ctx context.Context, c plan.Change[Immutable]) error {
	switch c.Action {
	case plan.Delete:
		return w.deleteImmutable(ctx, c)
	case plan.Create:
		return w.createImmutable(ctx, *c.After)
	case plan.Update, plan.Adopt:
	}
	if c.Differs("disabled") {
		if err := w.switchImmutable(ctx, *c.After, c.Before.ID); err != nil {
			return err
		}
	}
	if c.Adopts {
		w.inventory.Own(ownImmutable, c.After.Project+"/"+c.Before.ID, adopted)
	}
	return nil
}

// adopted is the note of a rule that we did not make: it is not deleted.
const adopted = "adopted"

// createImmutable switches a rule off that should be: Harbor makes each one
// switched on.
func (w *writer) createImmutable(ctx context.Context, i Immutable) error {
	if err := w.projects.parent(i.Project); err != nil {
		return err
	}
	created, err := w.access.to("immutable-tag:create").CreateImmutableRuleWithResponse(ctx, i.Project, i.harbor())
	if err != nil {
		return w.writeError(ctx, i.Project, err)
	}
	id, err := response.ID(created.HTTPResponse)
	if err != nil {
		return err
	}
	w.inventory.Own(ownImmutable, i.Project+"/"+id, i.Repositories+" "+i.Tags) // one that is edited by hand stays ours
	if !i.Disabled {
		return nil
	}
	return w.switchImmutable(ctx, i, id)
}

// switchImmutable turns a rule on or off. A PUT that also changed something
// else would only do the former.
func (w *writer) switchImmutable(ctx context.Context, i Immutable, id string) error {
	n, err := strconv.Atoi(id)
	if err != nil {
		return err
	}
	rule := i.harbor()
	rule.ID = &n
	_, err = w.access.to("immutable-tag:update").UpdateImmutableRuleWithResponse(ctx, i.Project, int64(n), rule)
	return w.writeError(ctx, i.Project, err)
}

// deleteImmutable deletes the rule that the plan showed, and no other.
func (w *writer) deleteImmutable(ctx context.Context, c plan.Change[Immutable]) error {
	id, err := strconv.ParseInt(c.Before.ID, 10, 64)
	if err != nil {
		return err
	}
	project := c.Before.Project
	reps, err := listImmutables(ctx, w.access.to("immutable-tag:list"), project, w.setting.PageSize)
	if err != nil {
		return w.writeError(ctx, project, err)
	}
	at := slices.IndexFunc(reps, func(rep harbor.ImmutableRule) bool { return int64(value(rep.ID)) == id })
	if at >= 0 {
		found := immutableFrom(reps[at])
		if found.Repositories != c.Before.Repositories || found.Tags != c.Before.Tags {
			return changedSince("rule " + c.Before.ID + " of project " + project)
		}
		_, err = w.access.to("immutable-tag:delete").DeleteImmutableRuleWithResponse(ctx, project, id)
	}
	if err != nil && !transport.IsNotFound(err) {
		return w.writeError(ctx, project, err)
	}
	w.inventory.Disown(ownImmutable, project+"/"+c.Before.ID)
	return nil
}

// What rules are made of.
const (
	doublestar   = "doublestar" // the only kind of pattern
	repository   = "repository" // the only scope
	repoMatches  = "repoMatches"
	repoExcludes = "repoExcludes"
	tagMatches   = "matches"
	tagExcludes  = "excludes"
	excluding    = "!" // ours, before a pattern
)

// decorated cuts a pattern into Harbor's decoration and pattern.
func decorated(pattern, matches, excludes string) (decoration, plain string) {
	if plain, found := strings.CutPrefix(pattern, excluding); found {
		return excludes, plain
	}
	return matches, pattern
}

// selector is what both kinds of rules have in common, as Harbor has it.
type selector struct{ kind, decoration, pattern string }

// patternOf joins Harbor's selectors to one pattern. Several of them, or one of
// another kind, become a text that no pattern of ours equals.
func patternOf(selectors []selector, matches, excludes string) string {
	all := make([]string, 0, len(selectors))
	for _, s := range selectors {
		switch {
		case s.kind == doublestar && s.decoration == matches && !strings.HasPrefix(s.pattern, excluding):
			all = append(all, s.pattern)
		case s.kind == doublestar && s.decoration == excludes:
			all = append(all, excluding+s.pattern)
		default:
			all = append(all, s.kind+" "+s.decoration+" "+s.pattern)
		}
	}
	return strings.Join(all, " and ")
}

func (i Immutable) harbor() harbor.ImmutableRule {
	scope, repositories := decorated(i.Repositories, repoMatches, repoExcludes)
	decoration, tags := decorated(i.Tags, tagMatches, tagExcludes)
	return harbor.ImmutableRule{
		Action: new("immutable"), Template: new("immutable_template"), Disabled: new(i.Disabled),
		ScopeSelectors: &map[string][]harbor.ImmutableSelector{
			repository: {{Kind: new(doublestar), Decoration: &scope, Pattern: &repositories}}},
		TagSelectors: &[]harbor.ImmutableSelector{{Kind: new(doublestar), Decoration: &decoration, Pattern: &tags}},
	}
}

func immutableFrom(rep harbor.ImmutableRule) Immutable {
	return Immutable{
		Repositories: patternOf(immutableSelectors(value(rep.ScopeSelectors)[repository]), repoMatches, repoExcludes),
		Tags:         patternOf(immutableSelectors(value(rep.TagSelectors)), tagMatches, tagExcludes),
		Disabled:     value(rep.Disabled),
	}
}

func immutableSelectors(reps []harbor.ImmutableSelector) []selector {
	all := make([]selector, 0, len(reps))
	for _, s := range reps {
		all = append(all, selector{value(s.Kind), value(s.Decoration), value(s.Pattern)})
	}
	return all
}
