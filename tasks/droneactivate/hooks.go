package droneactivate

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"otomi.io/tasks/clients/gitea"
	"otomi.io/tasks/clients/response"
	"otomi.io/tasks/clients/transport"
	"otomi.io/tasks/tasks/inventory"
)

// Drone's hooks lead to /hook at its own address, or at another one that its
// setting DRONE_SERVER_PROXY_HOST names and nothing tells. Our inventory knows the
// addresses that we saw hooks being made for, and Drone's own at that time.
const (
	hookPath     = "/hook"
	hookType     = "gitea"
	ownedAddress = "hook-address"
)

// addresses are where Drone's hooks may lead.
type addresses struct {
	drone     string // where we reach Drone
	public    string // where people reach it; "" where it does not say
	inventory *inventory.Inventory
}

// valid are where Drone's hooks lead now.
func (a addresses) valid() []string {
	all := []string{a.drone + hookPath}
	if a.public != "" {
		all = append(all, a.public+hookPath)
	}
	for address, public := range a.inventory.Owned(ownedAddress) {
		if public == a.public {
			all = append(all, address)
		}
	}
	return all
}

// known are where Drone's hooks ever led.
func (a addresses) known() []string {
	return slices.Collect(maps.Keys(a.inventory.Owned(ownedAddress)))
}

// learned tells whether a hook was seen being made for Drone's present address.
func (a addresses) learned() bool {
	for _, public := range a.inventory.Owned(ownedAddress) {
		if public == a.public {
			return true
		}
	}
	return false
}

// hooks are those of a repository that lead to Drone, oldest first.
type hooks struct {
	valid []gitea.Hook
	stale []gitea.Hook // to where Drone was before
	// blocked says why nothing of the repository is changed.
	blocked string
}

// hooksOf lists a repository's hooks that lead to Drone; none for a repository
// that Gitea does not have. A hook of another type, as for a chat, has a body that
// Drone does not read: it is not Drone's.
func (a *Application) hooksOf(ctx context.Context, at addresses, slug string) (hooks, error) {
	all, err := a.allHooks(ctx, slug)
	if err != nil {
		return hooks{}, err
	}
	valid, known := at.valid(), at.known()
	var found hooks
	for _, h := range all {
		switch to := target(h); {
		case response.Value(h.Type) != hookType:
		case slices.Contains(valid, to):
			found.valid = append(found.valid, h)
		case slices.Contains(known, to):
			found.stale = append(found.stale, h)
		}
	}
	return found, nil
}

func (a *Application) allHooks(ctx context.Context, slug string) ([]gitea.Hook, error) {
	namespace, repo := split(slug)
	all, err := transport.AllCounted(a.setting.PageSize, func(p transport.Page) ([]gitea.Hook, int, error) {
		read, err := a.gitea.ListHooksWithResponse(ctx, namespace, repo, &gitea.ListHooksParams{Page: &p.Number, Limit: &p.Size})
		page, err := response.OK(read, err)
		if err != nil {
			return nil, 0, err
		}
		if to := answeredFor(read.HTTPResponse); !sameName(to, slug) {
			return nil, 0, &RenamedError{From: slug, To: to}
		}
		return page, response.Total(read.HTTPResponse), nil
	})
	if transport.IsUnauthorized(err) {
		err = fmt.Errorf("logging in as %s with %s: %w", a.values.Apps.Gitea.AdminUsername, a.giteaCredential(), err)
	}
	if err := ignoreNotFound(err); err != nil {
		return nil, fmt.Errorf("reading the hooks of %s: %w", slug, err)
	}
	slices.SortFunc(all, func(x, y gitea.Hook) int { return cmp.Compare(response.Value(x.ID), response.Value(y.ID)) })
	return all, nil
}

// answeredFor is the repository whose hooks an answer holds: Gitea redirects
// requests for an old name.
func answeredFor(resp *http.Response) string {
	path := strings.TrimSuffix(resp.Request.URL.Path, "/hooks")
	return path[strings.LastIndex(path, "/repos/")+len("/repos/"):]
}

// giteaCredential names the setting that logs us in at Gitea.
func (a *Application) giteaCredential() string {
	if a.values.Apps.Gitea.AdminToken.IsZero() {
		return "apps.gitea.adminPassword"
	}
	return "apps.gitea.adminToken"
}

// target is where a hook leads, without its query: a secret is in it.
func target(h gitea.Hook) string {
	u, err := url.Parse(response.Value(h.Config)["url"])
	if err != nil {
		return ""
	}
	return u.Scheme + "://" + u.Host + u.Path
}

// looksLikeDrones tells hooks that some Drone made.
func looksLikeDrones(h gitea.Hook) bool {
	u, err := url.Parse(response.Value(h.Config)["url"])
	return err == nil && strings.HasSuffix(u.Path, hookPath) && u.Query().Get("secret") != ""
}

// hook describes the newest good hook, and how many there are. Gitea splits up
// the events of pull requests; only the one that they are named after is compared.
func (h hooks) hook() Hook {
	out := Hook{Copies: len(h.valid) + len(h.stale), Events: []string{}}
	if len(h.valid) == 0 {
		return out
	}
	newest := h.valid[len(h.valid)-1]
	out.Active = response.Value(newest.Active)
	for _, event := range events() {
		if slices.Contains(response.Value(newest.Events), event) {
			out.Events = append(out.Events, event)
		}
	}
	return out
}

// heard tells whether the newest hook delivers all events that Drone needs.
func (h hooks) heard(wanted Hook) bool {
	got := h.hook()
	return got.Active && slices.Equal(got.Events, wanted.Events)
}

// all are those that lead to Drone; surplus are all but the newest good one.
func (h hooks) all() []gitea.Hook { return slices.Concat(h.stale, h.valid) }

func (h hooks) surplus() []gitea.Hook {
	return slices.Concat(h.stale, h.valid[:max(0, len(h.valid)-1)])
}
