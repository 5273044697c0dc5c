package gitearepos

import (
	"context"
	"crypto/rand"

	"otomi.io/tasks/clients/gitea"
	"otomi.io/tasks/clients/response"
	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/task"
)

// firstPassword is the one that the values give, or one that nobody knows.
func firstPassword(u *User) string {
	if u.Password.IsZero() {
		return rand.Text() + "-aA1" // of every class that a server may demand
	}
	return u.Password.Reveal()
}

func (w *writer) repository(ctx context.Context, c plan.Change[Repository]) error {
	switch {
	case c.Action == plan.Delete:
		_, err := w.api.DeleteRepositoryWithResponse(ctx, organization, c.Before.Name)
		if err = gone(err); err == nil {
			w.forget(kindRepository, c.Name)
		}
		return err
	case c.Action == plan.Adopt:
		w.own(kindRepository, c.Name, repositoryNote(c.Before.ID, c.Team()))
		return nil
	case c.Action == plan.Create:
		return w.newRepository(ctx, c)
	}
	option := gitea.EditRepoOption{Description: c.After.Description, DefaultBranch: c.After.DefaultBranch}
	if c.Differs("private") { // it costs Gitea a look at every access
		option.Private = &c.After.Private
	}
	_, err := w.api.UpdateRepositoryWithResponse(ctx, organization, c.Before.Name, option)
	if err == nil {
		w.own(kindRepository, c.Name, repositoryNote(c.Before.ID, c.Team()))
	}
	return err
}

func (w *writer) newRepository(ctx context.Context, c plan.Change[Repository]) error {
	made, err := response.Created(w.api.CreateRepositoryWithResponse(ctx, organization, gitea.CreateRepoOption{
		Name: c.After.Name, Private: &c.After.Private, Description: c.After.Description, DefaultBranch: c.After.DefaultBranch, AutoInit: &c.After.AutoInit}))
	if err != nil {
		w.lost.Store(c.Name, true)
		return err
	}
	w.own(kindRepository, c.Name, repositoryNote(id(made.ID), c.Team()))
	w.mu.Lock()
	defer w.mu.Unlock()
	w.repos[c.Name] = id(made.ID)
	return nil
}

// housed tells whether the repository is there that something lies in.
func (w *writer) housed(repo string) error {
	if _, lost := w.lost.Load(repo); lost {
		return &task.SkipError{Reason: "repository " + repo + " could not be created"}
	}
	return nil
}

func (w *writer) protection(ctx context.Context, c plan.Change[Protection]) error {
	if c.Action == plan.Delete {
		_, err := w.api.DeleteBranchProtectionWithResponse(ctx, organization, c.Before.Repository, c.Before.Rule)
		if err = gone(err); err == nil {
			w.forget(kindProtection, c.Name)
		}
		return err
	}
	if c.Action == plan.Adopt {
		w.own(kindProtection, c.Name, c.Before.ID)
		return nil
	}
	if err := w.housed(c.After.Repository); err != nil {
		return err
	}
	made, err := w.sendProtection(ctx, c)
	if err == nil {
		w.own(kindProtection, c.Name, protectionID(made))
	}
	return err
}

func (w *writer) sendProtection(ctx context.Context, c plan.Change[Protection]) (gitea.BranchProtection, error) {
	rule := c.After
	if c.Action == plan.Create {
		option, err := as[gitea.CreateBranchProtectionOption](rule)
		if err != nil {
			return gitea.BranchProtection{}, err
		}
		option.RuleName = &rule.Rule
		return response.Created(w.api.CreateBranchProtectionWithResponse(ctx, organization, rule.Repository, option))
	}
	option, err := as[gitea.EditBranchProtectionOption](rule)
	if err != nil {
		return gitea.BranchProtection{}, err
	}
	return response.OK(w.api.UpdateBranchProtectionWithResponse(ctx, organization, rule.Repository, rule.Rule, option))
}

func (w *writer) deployKey(ctx context.Context, c plan.Change[DeployKey]) error {
	if c.Action == plan.Create {
		return w.newDeployKey(ctx, c)
	}
	if c.Action == plan.Adopt {
		w.own(kindKey, c.Name, c.Before.ID)
		return nil
	}
	_, err := w.api.DeleteDeployKeyWithResponse(ctx, organization, c.Before.Repository, serverID(c.Before.ID))
	if err = gone(err); err != nil {
		return err
	}
	w.forget(kindKey, c.Name)
	if c.Action == plan.Delete {
		return nil
	}
	return w.newDeployKey(ctx, c) // a key cannot be changed, and titles are unique
}

func (w *writer) newDeployKey(ctx context.Context, c plan.Change[DeployKey]) error {
	k := c.After
	if err := w.housed(k.Repository); err != nil {
		return err
	}
	made, err := response.Created(w.api.CreateDeployKeyWithResponse(ctx, organization, k.Repository, gitea.CreateKeyOption{
		Title: k.Title, Key: k.Key, ReadOnly: &k.ReadOnly}))
	if err == nil {
		w.own(kindKey, c.Name, id(made.ID))
	}
	return err
}
