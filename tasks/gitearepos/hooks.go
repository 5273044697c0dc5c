package gitearepos

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"otomi.io/tasks/clients/gitea"
	"otomi.io/tasks/clients/response"
	"otomi.io/tasks/clients/transport"
	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/values"
)

// everywhere stands for the organisation in the place of a repository: its hooks
// are told of all of them. No repository has that name.
const everywhere = "*"

func (r *reader) hooks(ctx context.Context) error {
	r.current.Hooks = map[string]Hook{}
	places := r.below(kindHook, repositoriesOf(r.desired.Hooks))
	return r.setting.Each(ctx, places, func(ctx context.Context, repo string) error {
		reps, err := transport.AllCounted(r.setting.PageSize, func(p transport.Page) ([]gitea.Hook, int, error) {
			return r.listHooks(ctx, repo, p)
		})
		if err != nil {
			return fmt.Errorf("reading the hooks of repository %s: %w", repo, err)
		}
		r.addHooks(repo, reps)
		return nil
	})
}

func (a *Application) listHooks(ctx context.Context, repo string, p transport.Page) ([]gitea.Hook, int, error) {
	if repo == everywhere {
		resp, err := a.api.ListOrganizationHooksWithResponse(ctx, organization, &gitea.ListOrganizationHooksParams{Page: &p.Number, Limit: &p.Size})
		if err != nil {
			return nil, 0, err
		}
		items, err := response.OK(resp, nil)
		return items, total(resp.HTTPResponse), err
	}
	resp, err := a.api.ListHooksWithResponse(ctx, organization, repo, &gitea.ListHooksParams{Page: &p.Number, Limit: &p.Size})
	if err != nil {
		return nil, 0, err
	}
	items, err := response.OK(resp, nil)
	return items, total(resp.HTTPResponse), err
}

// addHooks takes hooks with the same address for copies of one: that which is
// ours, else the oldest.
func (r *reader) addHooks(repo string, reps []gitea.Hook) {
	inventory := r.owned(kindHook)
	slices.SortFunc(reps, func(a, b gitea.Hook) int { return cmp.Compare(value(a.ID), value(b.ID)) })
	r.add(func(s *State) {
		for _, rep := range reps {
			name := below(repo, value(rep.Config)["url"])
			found := r.hookFrom(rep, repo, inventory[name])
			first, again := s.Hooks[name]
			switch {
			case !again:
			case found.Ours():
				found.Copies, found.Others = first.Copies+1, append(first.Others, first.ID)
			default:
				first.Copies, first.Others = first.Copies+1, append(first.Others, found.ID)
				found = first
			}
			s.Hooks[name] = found
		}
	})
}

func (r *reader) hookFrom(rep gitea.Hook, repo, note string) Hook {
	name := below(repo, value(rep.Config)["url"])
	ours := note == id(rep.ID)
	return Hook{
		Meta:       plan.Meta{ID: id(rep.ID), Team: r.current.Repositories[repo].Team, Ownership: plan.OursIf(ours, plan.Predecessor)},
		Repository: repo, URL: value(rep.Config)["url"], ContentType: value(rep.Config)["content_type"],
		Events: sorted(value(rep.Events)), BranchFilter: value(rep.BranchFilter), Active: value(rep.Active),
		Authorization: values.NewSecret(value(rep.AuthorizationHeader)), Secret: r.hookSecret(name, ours),
		Copies: 1,
	}
}

// hookSecret is what we know of a secret that Gitea never shows: the desired one
// where our fingerprint says so. Of a hook that was made by somebody else none
// is known, and none is not worth a new hook.
func (r *reader) hookSecret(name string, ours bool) values.Secret {
	wanted := r.desired.Hooks[name].Secret
	r.Application.mu.Lock()
	defer r.Application.mu.Unlock()
	switch {
	case ours && r.state.Matches(hookPrint(name), wanted):
		return wanted
	case ours && wanted.IsZero():
		return values.NewSecret("another")
	default:
		return values.Secret{}
	}
}

// hookPrint names the fingerprint of a hook's secret.
func hookPrint(name string) string { return kindHook + " " + name }

func (w *writer) hook(ctx context.Context, c plan.Change[Hook]) error {
	if c.Action == plan.Delete {
		return w.dropHook(ctx, c)
	}
	h := c.After
	if err := w.housed(h.Repository); err != nil {
		return err
	}
	var made string
	var stale []string // hooks that this one takes the place of
	var err error
	switch {
	case c.Action == plan.Adopt:
		made = c.Before.ID
	case c.Action == plan.Create:
		made, err = w.newHook(ctx, h)
	case c.Differs("secret"):
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
	option := gitea.CreateHookOption{
		Type: "gitea", Config: config, Events: &h.Declared, Active: &h.Active,
		BranchFilter: &h.BranchFilter, AuthorizationHeader: new(h.Authorization.Reveal())}
	var made gitea.Hook
	var err error
	if h.Repository == everywhere {
		made, err = response.Created(w.api.CreateOrganizationHookWithResponse(ctx, organization, option))
	} else {
		made, err = response.Created(w.api.CreateHookWithResponse(ctx, organization, h.Repository, option))
	}
	return id(made.ID), err
}

// changeHook sends all of the hook: Gitea empties what is left out.
func (w *writer) changeHook(ctx context.Context, c plan.Change[Hook]) error {
	h := c.After
	option := gitea.EditHookOption{
		Config: &map[string]string{"url": h.URL, "content_type": h.ContentType}, Events: &h.Declared, Active: &h.Active,
		BranchFilter: &h.BranchFilter, AuthorizationHeader: new(h.Authorization.Reveal())}
	var err error
	if h.Repository == everywhere {
		_, err = w.api.UpdateOrganizationHookWithResponse(ctx, organization, serverID(c.Before.ID), option)
	} else {
		_, err = w.api.UpdateHookWithResponse(ctx, organization, h.Repository, serverID(c.Before.ID), option)
	}
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
		var err error
		if repo == everywhere {
			_, err = w.api.DeleteOrganizationHookWithResponse(ctx, organization, serverID(id))
		} else {
			_, err = w.api.DeleteHookWithResponse(ctx, organization, repo, serverID(id))
		}
		if gone(err) != nil {
			return err
		}
	}
	return nil
}
