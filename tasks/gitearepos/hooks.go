package gitearepos

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"otomi.io/tasks/clients/gitea"
	"otomi.io/tasks/clients/response"
	"otomi.io/tasks/clients/transport"
	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/values"
)

// hookType is Gitea's own kind of webhook. Those of chat services, such as slack,
// are foreign, whatever their address.
const hookType = "gitea"

// everywhere stands for the organisation in the place of a repository: its hooks
// get the events of all of them. No repository has that name.
const everywhere = "*"

func desiredHook(h values.GiteaHook, repo string, meta plan.Meta) Hook {
	return Hook{
		Meta: meta, Repository: repo, URL: h.URL, ContentType: h.ContentType, Events: expand(h.Events), Declared: h.Events,
		BranchFilter: h.BranchFilter, Branches: h.BranchFilter, Active: h.Active, Authorization: h.Authorization, Secret: h.Secret, Copies: 1,
	}
}

// expand lists the events as Gitea does: some names stand for several.
func expand(events []string) []string {
	all := map[string]bool{}
	for _, event := range events {
		for _, e := range eventsOf(event) {
			all[e] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}

func eventsOf(event string) []string {
	switch event {
	case "issues":
		return []string{"issues", "issue_assign", "issue_label", "issue_milestone", "issue_comment"}
	case "pull_request":
		return []string{"pull_request", "pull_request_assign", "pull_request_label", "pull_request_milestone", "pull_request_comment",
			"pull_request_review", "pull_request_review_request", "pull_request_sync"}
	default:
		return []string{strings.TrimSuffix(event, "_only")}
	}
}

// reviewEvents are what servers up to 1.23 say instead of pull_request_review.
func reviewEvents() []string {
	return []string{"pull_request_review_approved", "pull_request_review_rejected", "pull_request_review_comment"}
}

// unified spells the events of a server as the newest does.
func unified(events []string) []string {
	isReview := func(event string) bool { return slices.Contains(reviewEvents(), event) }
	if len(events)-len(slices.DeleteFunc(slices.Clone(events), isReview)) < len(reviewEvents()) {
		return sorted(events)
	}
	return sorted(append(slices.DeleteFunc(slices.Clone(events), isReview), "pull_request_review"))
}

// asShown is the hook as a server of this version shows it once it is as declared.
func (h Hook) asShown(version gitea.Version, before Hook) Hook {
	h.Events = slices.DeleteFunc(slices.Clone(h.Events), func(event string) bool { return !version.HasEvent(event) })
	if !version.Supports(gitea.HookBranches) {
		h.BranchFilter = before.BranchFilter
	}
	return h
}

// unknownEvents are those declared one by one that the server does not know.
func (h Hook) unknownEvents(version gitea.Version) []string {
	return slices.DeleteFunc(slices.Clone(h.Declared), version.HasEvent)
}

// hooks notes where the server refuses all of them: that does not leave
// everything else undone.
func (r *reader) hooks(ctx context.Context) error {
	r.current.Hooks = map[string]Hook{}
	places := r.repositoriesToRead(kindHook, repositoriesOf(r.desired.Hooks))
	return r.setting.Each(ctx, places, func(ctx context.Context, repo string) error {
		reps, err := r.listHooks(ctx, repo)
		if refused, ok := errors.AsType[*transport.StatusError](err); ok && refused.Status == http.StatusForbidden && strings.Contains(refused.Message, "webhooks disabled") {
			r.add(func(s *State) { s.HooksDisabled = "webhooks are disabled on this server (DISABLE_WEBHOOKS)" })
			return nil
		}
		if err != nil {
			return fmt.Errorf("reading the hooks of repository %s: %w", repo, err)
		}
		r.addHooks(repo, reps)
		return nil
	})
}

func (a *Application) listHooks(ctx context.Context, repo string) ([]gitea.Hook, error) {
	if repo == everywhere {
		return response.Counted(a.setting.PageSize, func(p transport.Page) (*gitea.ListOrganizationHooksResponse, error) {
			return a.api.ListOrganizationHooksWithResponse(ctx, organization, &gitea.ListOrganizationHooksParams{Page: &p.Number, Limit: &p.Size})
		}, func(r *gitea.ListOrganizationHooksResponse) *http.Response { return r.HTTPResponse })
	}
	return response.Counted(a.setting.PageSize, func(p transport.Page) (*gitea.ListHooksResponse, error) {
		return a.api.ListHooksWithResponse(ctx, organization, repo, &gitea.ListHooksParams{Page: &p.Number, Limit: &p.Size})
	}, func(r *gitea.ListHooksResponse) *http.Response { return r.HTTPResponse })
}

// addHooks takes hooks with the same address for copies of one hook: of ours,
// else of the oldest.
func (r *reader) addHooks(repo string, reps []gitea.Hook) {
	slices.SortFunc(reps, func(a, b gitea.Hook) int { return cmp.Compare(response.Value(a.ID), response.Value(b.ID)) })
	r.add(func(s *State) {
		for _, rep := range reps {
			if response.Value(rep.Type) != hookType {
				continue
			}
			name := inRepository(repo, response.Value(rep.Config)["url"])
			found := r.hookFrom(rep, repo)
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

// hookFrom takes a hook that we did not make for the predecessor's where no secret
// is declared. With one it has another owner, who may work with another secret.
func (r *reader) hookFrom(rep gitea.Hook, repo string) Hook {
	name := inRepository(repo, response.Value(rep.Config)["url"])
	owner := r.ownership(kindHook, name, id(rep.ID), r.desired.Hooks[name].Secret.IsZero())
	return Hook{
		Meta:       plan.Meta{ID: id(rep.ID), Team: r.current.Repositories[repo].Team, Ownership: owner},
		Repository: repo, URL: response.Value(rep.Config)["url"], ContentType: response.Value(rep.Config)["content_type"],
		Events: unified(response.Value(rep.Events)), BranchFilter: response.Value(rep.BranchFilter), Active: response.Value(rep.Active),
		Authorization: values.NewSecret(response.Value(rep.AuthorizationHeader)), Secret: r.hookSecret(name, plan.Meta{Ownership: owner}.Ours()),
		Copies: 1,
	}
}

// hookSecret is what we know of a secret that Gitea never shows: the desired one
// where our fingerprint says so. The secret of a foreign hook
// is unknown, and a declaration without one does not need a new hook.
func (r *reader) hookSecret(name string, ours bool) values.Secret {
	wanted := r.desired.Hooks[name].Secret
	switch {
	case ours && r.inventory.Matches(hookPrint(name), wanted):
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
		err := w.deleteHooks(ctx, c.Name, c.Before.Repository, []string{c.Before.ID})
		return w.gone(err, kindHook, c.Name, hookPrint(c.Name))
	}
	h := c.After
	if err := w.requireRepository(h.Repository); err != nil {
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
		return abandon(w, kindHook, c, err)
	}
	own(w, kindHook, made, c)
	w.inventory.Remember(hookPrint(c.Name), h.Secret) // also that there is none
	return w.deleteHooks(ctx, c.Name, h.Repository, stale)
}

func (w *writer) newHook(ctx context.Context, h *Hook) (string, error) {
	config := gitea.CreateHookOptionConfig{"url": h.URL, "content_type": h.ContentType}
	if !h.Secret.IsZero() {
		config["secret"] = h.Secret.Reveal()
	}
	option := gitea.CreateHookOption{
		Type: hookType, Config: config, Events: &h.Declared, Active: &h.Active,
		BranchFilter: &h.Branches, AuthorizationHeader: new(h.Authorization.Reveal())}
	var made gitea.Hook
	var err error
	if h.Repository == everywhere {
		made, err = response.Created(w.api.CreateOrganizationHookWithResponse(ctx, organization, option))
	} else {
		made, err = response.Created(w.api.CreateHookWithResponse(ctx, organization, h.Repository, option))
	}
	return id(made.ID), err
}

// changeHook sends the whole hook: Gitea empties omitted fields.
func (w *writer) changeHook(ctx context.Context, c plan.Change[Hook]) error {
	h := c.After
	option := gitea.EditHookOption{
		Config: &map[string]string{"url": h.URL, "content_type": h.ContentType}, Events: &h.Declared, Active: &h.Active,
		BranchFilter: &h.Branches, AuthorizationHeader: new(h.Authorization.Reveal())}
	var err error
	if h.Repository == everywhere {
		_, err = w.api.UpdateOrganizationHookWithResponse(ctx, organization, serverID(c.Before.ID), option)
	} else {
		_, err = w.api.UpdateHookWithResponse(ctx, organization, h.Repository, serverID(c.Before.ID), option)
	}
	return err
}

// deleteHooks deletes those that still lead to the address in their name.
func (w *writer) deleteHooks(ctx context.Context, name, repo string, ids []string) error {
	for _, id := range ids {
		now, err := w.readHook(ctx, repo, serverID(id))
		if err == nil && inRepository(repo, response.Value(now.Config)["url"]) != name {
			return changed("it leads to another address")
		}
		switch {
		case err != nil:
		case repo == everywhere:
			_, err = w.api.DeleteOrganizationHookWithResponse(ctx, organization, serverID(id))
		default:
			_, err = w.api.DeleteHookWithResponse(ctx, organization, repo, serverID(id))
		}
		if ignoreNotFound(err) != nil {
			return err
		}
	}
	return nil
}

func (w *writer) readHook(ctx context.Context, repo string, id int64) (gitea.Hook, error) {
	if repo == everywhere {
		return response.OK(w.api.GetOrganizationHookWithResponse(ctx, organization, id))
	}
	return response.OK(w.api.GetHookWithResponse(ctx, organization, repo, id))
}
