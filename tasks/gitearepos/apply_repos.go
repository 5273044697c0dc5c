package gitearepos

import (
	"context"
	"crypto/rand"

	"otomi.io/tasks/clients/answer"
	"otomi.io/tasks/clients/gitea"
	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/run"
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
	case adopts(c.Reason):
		w.own(kindRepository, c.Name, c.Before.ID)
		return nil
	case c.Action == plan.Create:
		return w.newRepository(ctx, c)
	}
	option := gitea.EditRepoOption{Description: c.After.Description, DefaultBranch: c.After.DefaultBranch}
	if differs(c.Reason, "private") { // it costs Gitea a look at every access
		option.Private = &c.After.Private
	}
	_, err := w.api.UpdateRepositoryWithResponse(ctx, organization, c.Before.Name, option)
	if err == nil {
		w.own(kindRepository, c.Name, c.Before.ID)
	}
	return err
}

func (w *writer) newRepository(ctx context.Context, c plan.Change[Repository]) error {
	made, err := answer.Created(w.api.CreateRepositoryWithResponse(ctx, organization, gitea.CreateRepoOption{
		Name: c.After.Name, Private: &c.After.Private, Description: c.After.Description, DefaultBranch: c.After.DefaultBranch, AutoInit: &c.After.AutoInit}))
	if err != nil {
		w.lost.Store(c.Name, true)
		return err
	}
	w.own(kindRepository, c.Name, id(made.ID))
	return nil
}

// housed tells whether the repository is there that something lies in.
func (w *writer) housed(repo string) error {
	if _, lost := w.lost.Load(repo); lost {
		return &run.SkipError{Reason: "repository " + repo + " could not be created"}
	}
	return nil
}

func (w *writer) access(ctx context.Context, c plan.Change[Access]) error {
	a := c.After
	if c.Action == plan.Delete {
		a = c.Before
	}
	team := w.teamID(a.TeamName)
	if team == 0 {
		return &run.SkipError{Reason: "team " + a.TeamName + " does not exist"}
	}
	if err := w.housed(a.Repository); err != nil {
		return err
	}
	if c.Action == plan.Delete {
		_, err := w.api.RemoveTeamRepositoryWithResponse(ctx, team, organization, a.Repository)
		return gone(err)
	}
	_, err := w.api.AddTeamRepositoryWithResponse(ctx, team, organization, a.Repository)
	return err
}

func (w *writer) protection(ctx context.Context, c plan.Change[Protection]) error {
	if c.Action == plan.Delete {
		_, err := w.api.DeleteBranchProtectionWithResponse(ctx, organization, c.Before.Repository, c.Before.Rule)
		if err = gone(err); err == nil {
			w.forget(kindProtection, c.Name)
		}
		return err
	}
	if adopts(c.Reason) {
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
		return answer.Created(w.api.CreateBranchProtectionWithResponse(ctx, organization, rule.Repository, option))
	}
	option, err := as[gitea.EditBranchProtectionOption](rule)
	if err != nil {
		return gitea.BranchProtection{}, err
	}
	return answer.OK(w.api.UpdateBranchProtectionWithResponse(ctx, organization, rule.Repository, rule.Rule, option))
}

func (w *writer) hook(ctx context.Context, c plan.Change[Hook]) error {
	if c.Action == plan.Delete {
		return w.dropHook(ctx, c)
	}
	h := c.After
	if err := w.housed(h.Repository); err != nil {
		return err
	}
	made, stale := "", []string(nil)
	var err error
	switch {
	case adopts(c.Reason):
		made = c.Before.ID
	case c.Action == plan.Create:
		made, err = w.newHook(ctx, h)
	case differs(c.Reason, "secret"):
		// A secret cannot be changed. The new hook is there before the old one goes.
		made, err = w.newHook(ctx, h)
		stale = append(c.Before.Others, c.Before.ID)
	default:
		made, err = c.Before.ID, w.changeHook(ctx, c)
		stale = c.Before.Others
	}
	if err != nil {
		return err
	}
	w.keepHook(c.Name, made, h)
	return w.deleteHooks(ctx, h.Repository, stale)
}

// keepHook remembers the secret, also that there is none.
func (w *writer) keepHook(name, id string, h *Hook) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.state.Own(kindHook, name, id)
	w.state.Remember(hookPrint(name), h.Secret)
}

func (w *writer) newHook(ctx context.Context, h *Hook) (string, error) {
	config := gitea.CreateHookOptionConfig{"url": h.URL, "content_type": h.ContentType}
	if !h.Secret.IsZero() {
		config["secret"] = h.Secret.Reveal()
	}
	made, err := answer.Created(w.api.CreateHookWithResponse(ctx, organization, h.Repository, gitea.CreateHookOption{
		Type: "gitea", Config: config, Events: &h.Declared, Active: &h.Active,
		BranchFilter: &h.BranchFilter, AuthorizationHeader: new(h.Authorization.Reveal())}))
	return id(made.ID), err
}

// changeHook sends all of the hook: Gitea empties what is left out.
func (w *writer) changeHook(ctx context.Context, c plan.Change[Hook]) error {
	h := c.After
	_, err := w.api.UpdateHookWithResponse(ctx, organization, h.Repository, serverID(c.Before.ID), gitea.EditHookOption{
		Config: &map[string]string{"url": h.URL, "content_type": h.ContentType}, Events: &h.Declared, Active: &h.Active,
		BranchFilter: &h.BranchFilter, AuthorizationHeader: new(h.Authorization.Reveal())})
	return err
}

func (w *writer) dropHook(ctx context.Context, c plan.Change[Hook]) error {
	err := w.deleteHooks(ctx, c.Before.Repository, []string{c.Before.ID})
	if err == nil {
		w.forget(kindHook, c.Name, hookPrint(c.Name))
	}
	return err
}

func (w *writer) deleteHooks(ctx context.Context, repo string, ids []string) error {
	for _, id := range ids {
		if _, err := w.api.DeleteHookWithResponse(ctx, organization, repo, serverID(id)); gone(err) != nil {
			return err
		}
	}
	return nil
}

func (w *writer) deployKey(ctx context.Context, c plan.Change[DeployKey]) error {
	if c.Action == plan.Create {
		return w.newDeployKey(ctx, c)
	}
	if adopts(c.Reason) {
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
	made, err := answer.Created(w.api.CreateDeployKeyWithResponse(ctx, organization, k.Repository, gitea.CreateKeyOption{
		Title: k.Title, Key: k.Key, ReadOnly: &k.ReadOnly}))
	if err == nil {
		w.own(kindKey, c.Name, id(made.ID))
	}
	return err
}
