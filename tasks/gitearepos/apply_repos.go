package gitearepos

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"otomi.io/tasks/clients/gitea"
	"otomi.io/tasks/clients/response"
	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/task"
)

func (w *writer) repository(ctx context.Context, c plan.Change[Repository]) error {
	switch c.Action {
	case plan.Delete:
		return w.deleteRepository(ctx, c)
	case plan.Adopt:
		w.ownRepository(c, c.Before.ID)
		return nil
	case plan.Create:
		return w.createRepository(ctx, c)
	case plan.Update:
	}
	option := gitea.EditRepoOption{Description: c.After.Description, DefaultBranch: c.After.DefaultBranch}
	if c.Differs("private") { // it costs Gitea a look at every access
		option.Private = &c.After.Private
	}
	_, err := w.api.UpdateRepositoryWithResponse(ctx, organization, c.Before.Name, option)
	if err == nil {
		w.ownRepository(c, c.Before.ID)
	}
	return err
}

func (w *writer) createRepository(ctx context.Context, c plan.Change[Repository]) error {
	made, err := response.Created(w.api.CreateRepositoryWithResponse(ctx, organization, gitea.CreateRepoOption{
		Name: c.After.Name, Private: &c.After.Private, Description: c.After.Description, DefaultBranch: c.After.DefaultBranch, AutoInit: &c.After.AutoInit}))
	if err != nil {
		w.failedRepo.Store(c.Name, true)
		return abandon(w, kindRepository, c, err)
	}
	w.ownRepository(c, id(made.ID))
	w.newRepos.Store(c.Name, id(made.ID))
	return nil
}

func (w *writer) ownRepository(c plan.Change[Repository], id string) {
	own(w, kindRepository, objectNote(id, c.Team()), c)
	w.describe(kindRepository, c.Name, c.After.Description)
}

// deleteRepository reads the repository again: it must be the same one, and
// still hold nothing.
func (w *writer) deleteRepository(ctx context.Context, c plan.Change[Repository]) error {
	now, err := response.OK(w.api.GetRepositoryWithResponse(ctx, organization, c.Before.Name))
	if err != nil {
		return w.gone(err, kindRepository, c.Name)
	}
	if id(now.ID) != c.Before.ID || fold(response.Value(now.Name)) != c.Name {
		return changed("it was renamed or recreated")
	}
	held, err := w.contents(ctx, now)
	if held != "" && err == nil {
		w.inventory.Own(kindKept, c.Name, held)
		return &task.SkipError{Reason: held}
	}
	if err == nil {
		_, err = w.api.DeleteRepositoryWithResponse(ctx, organization, c.Before.Name)
	}
	return w.gone(err, kindRepository, c.Name)
}

// contents is what a repository holds although it may have no commits.
func (a *Application) contents(ctx context.Context, repo gitea.Repository) (string, error) {
	if held := heldBy(repo); held != "" {
		return held, nil
	}
	for _, list := range []struct{ path, what string }{
		{"issues?state=all&limit=1", "issues or pull requests"}, {"releases?limit=1", "releases"}, {"wiki/pages?limit=1", "a wiki"},
	} {
		found, err := a.holdsAny(ctx, response.Value(repo.Name)+"/"+list.path)
		if lacks, ok := errors.AsType[*gitea.ScopeError](err); ok {
			return "may hold " + list.what + ": " + lacks.Error(), nil
		}
		if err != nil {
			return "", fmt.Errorf("looking for %s: %w", list.what, err)
		}
		if found {
			return "holds " + list.what, nil
		}
	}
	return "", nil
}

// holdsAny tells whether a list below a repository has an item. A part that is
// switched off is not found.
func (a *Application) holdsAny(ctx context.Context, path string) (bool, error) {
	var items []json.RawMessage
	_, err := a.get(ctx, "repos/"+organization+"/"+path, &items)
	return len(items) > 0, err
}

// requireRepository fails where the repository that something is in could not be
// created.
func (w *writer) requireRepository(repo string) error {
	if _, failed := w.failedRepo.Load(repo); failed {
		return &task.SkipError{Reason: "repository " + repo + " could not be created"}
	}
	return nil
}

// repositoryID is the id of a repository that was there or has been created.
func (w *writer) repositoryID(name string) string {
	if made, ok := w.newRepos.Load(name); ok {
		return fmt.Sprint(made)
	}
	return w.plan.facts.repositoryIDs[name]
}

func (w *writer) protection(ctx context.Context, c plan.Change[Protection]) error {
	switch c.Action {
	case plan.Delete:
		return w.deleteProtection(ctx, c)
	case plan.Adopt:
		own(w, kindProtection, c.Before.ID, c)
		return nil
	case plan.Create, plan.Update:
	}
	if err := w.requireRepository(c.After.Repository); err != nil {
		return err
	}
	made, err := w.sendProtection(ctx, c)
	if err != nil {
		return abandon(w, kindProtection, c, err)
	}
	own(w, kindProtection, protectionID(made), c)
	return leftOut(*c.After, made)
}

// deleteProtection looks at the rule once more: one of that name may have been made
// anew.
func (w *writer) deleteProtection(ctx context.Context, c plan.Change[Protection]) error {
	now, err := response.OK(w.api.GetBranchProtectionWithResponse(ctx, organization, c.Before.Repository, c.Before.Rule))
	if err == nil && protectionID(now) != c.Before.ID {
		return changed("it was made anew")
	}
	if err == nil {
		_, err = w.api.DeleteBranchProtectionWithResponse(ctx, organization, c.Before.Repository, c.Before.Rule)
	}
	return w.gone(err, kindProtection, c.Name)
}

// leftOut names the people whom Gitea did not take into the lists.
func leftOut(rule Protection, made gitea.BranchProtection) error {
	taken := people(slices.Concat(response.Value(made.PushWhitelistUsernames), response.Value(made.MergeWhitelistUsernames)))
	out := slices.DeleteFunc(slices.Concat(rule.PushUsers, rule.MergeUsers), func(user string) bool { return slices.Contains(taken, user) })
	if len(out) == 0 {
		return nil
	}
	return fmt.Errorf("the server left %s out of the lists: the account may not write to repository %s", strings.Join(out, ", "), rule.Repository)
}

func (w *writer) sendProtection(ctx context.Context, c plan.Change[Protection]) (gitea.BranchProtection, error) {
	rule := c.After
	if c.Action == plan.Create {
		option, err := sharedFields[gitea.CreateBranchProtectionOption](rule)
		if err != nil {
			return gitea.BranchProtection{}, err
		}
		option.RuleName = &rule.Rule
		return response.Created(w.api.CreateBranchProtectionWithResponse(ctx, organization, rule.Repository, option))
	}
	option, err := sharedFields[gitea.EditBranchProtectionOption](rule)
	if err != nil {
		return gitea.BranchProtection{}, err
	}
	return response.OK(w.api.UpdateBranchProtectionWithResponse(ctx, organization, rule.Repository, rule.Rule, option))
}

// sharedFields takes over what two types have under the same JSON name: one of ours
// and one of the client's.
func sharedFields[T any](from any) (to T, err error) {
	text, err := json.Marshal(from)
	if err == nil {
		err = json.Unmarshal(text, &to)
	}
	return to, err
}

// A deploy key cannot be changed, and both its title and its content are unique in
// a repository:
//
//	difference   steps                                      refused halfway
//	content      add the new key under a title of its own,  the old key stays
//	             delete the old one, delete and add the
//	             new one under the declared title
//	right only   delete the key, add it again               the old right comes back
const successorTitle = " (successor)"

func (w *writer) deployKey(ctx context.Context, c plan.Change[DeployKey]) error {
	switch c.Action {
	case plan.Adopt:
		own(w, kindKey, c.Before.ID, c)
		return nil
	case plan.Delete:
		return w.gone(w.deleteDeployKey(ctx, *c.Before), kindKey, c.Name)
	case plan.Update:
		return w.replaceDeployKey(ctx, c)
	case plan.Create:
	}
	return w.addDeployKey(ctx, c, *c.After)
}

func (w *writer) replaceDeployKey(ctx context.Context, c plan.Change[DeployKey]) error {
	successor, tried := *c.After, DeployKey{}
	if c.Before.Key != c.After.Key {
		successor.Title += successorTitle
		made, err := w.createDeployKey(ctx, successor)
		if err != nil {
			return err
		}
		tried = successor
		tried.ID = id(made.ID)
	}
	for _, old := range []DeployKey{*c.Before, tried} {
		if err := w.deleteDeployKey(ctx, old); err != nil {
			return err
		}
	}
	err := w.addDeployKey(ctx, c, *c.After)
	if err != nil && tried.ID == "" {
		_ = w.addDeployKey(ctx, c, *c.Before) // the first error is the one to tell
	}
	return err
}

// deleteDeployKey deletes a key that still has its title; one without an id was
// never made.
func (w *writer) deleteDeployKey(ctx context.Context, k DeployKey) error {
	if k.ID == "" {
		return nil
	}
	now, err := response.OK(w.api.GetDeployKeyWithResponse(ctx, organization, k.Repository, serverID(k.ID)))
	if err == nil && response.Value(now.Title) != k.Title {
		return changed("it is another key")
	}
	if err == nil {
		_, err = w.api.DeleteDeployKeyWithResponse(ctx, organization, k.Repository, serverID(k.ID))
	}
	return ignoreNotFound(err)
}

func (w *writer) addDeployKey(ctx context.Context, c plan.Change[DeployKey], k DeployKey) error {
	if err := w.requireRepository(k.Repository); err != nil {
		return err
	}
	made, err := w.createDeployKey(ctx, k)
	if err != nil {
		return abandon(w, kindKey, c, err)
	}
	own(w, kindKey, id(made.ID), c)
	return nil
}

func (w *writer) createDeployKey(ctx context.Context, k DeployKey) (gitea.DeployKey, error) {
	return response.Created(w.api.CreateDeployKeyWithResponse(ctx, organization, k.Repository, gitea.CreateKeyOption{
		Title: k.Title, Key: k.Key, ReadOnly: &k.ReadOnly}))
}
