package droneactivate

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"otomi.io/tasks/clients/gitea"
	"otomi.io/tasks/clients/response"
	"otomi.io/tasks/clients/transport"
)

// Drone's hooks lead to /hook at its own address, or at another one that its
// setting DRONE_SERVER_PROXY_HOST names and nothing tells. Our inventory knows the
// addresses that we saw hooks being made for, and Drone's own at that time.
const (
	hookPath     = "/hook"
	ownedAddress = "hook-address"
)

// hooks are those of a repository that lead to Drone, oldest first.
type hooks struct {
	valid []gitea.Hook
	stale []gitea.Hook // to where Drone was before
}

// hooksOf lists a repository's hooks that lead to Drone; none for a repository
// that Gitea does not have.
func (a *Application) hooksOf(ctx context.Context, slug string) (hooks, error) {
	all, err := a.allHooks(ctx, slug)
	if err != nil {
		return hooks{}, err
	}
	valid, known := a.hookAddresses()
	var found hooks
	for _, h := range all {
		switch at := target(h); {
		case slices.Contains(valid, at):
			found.valid = append(found.valid, h)
		case slices.Contains(known, at):
			found.stale = append(found.stale, h)
		}
	}
	return found, nil
}

func (a *Application) allHooks(ctx context.Context, slug string) ([]gitea.Hook, error) {
	namespace, repo := split(slug)
	seen, total := 0, ""
	all, err := transport.AllCapped(a.setting.PageSize, func(p transport.Page) ([]gitea.Hook, error) {
		if p.Number > 1 && strconv.Itoa(seen) == total {
			return nil, nil // Gitea said how many there are
		}
		read, err := a.gitea.ListHooksWithResponse(ctx, namespace, repo, &gitea.ListHooksParams{Page: &p.Number, Limit: &p.Size})
		page, err := response.OK(read, err)
		if err == nil {
			seen, total = seen+len(page), read.HTTPResponse.Header.Get("X-Total-Count")
		}
		return page, err
	})
	if transport.IsUnauthorized(err) {
		err = fmt.Errorf("logging in as %s with %s: %w", a.values.Apps.Gitea.AdminUsername, a.giteaCredential(), err)
	}
	if err := absent(err); err != nil {
		return nil, fmt.Errorf("reading the hooks of %s: %w", slug, err)
	}
	slices.SortFunc(all, func(x, y gitea.Hook) int { return cmp.Compare(value(x.ID), value(y.ID)) })
	return all, nil
}

// giteaCredential names the setting that logs us in at Gitea.
func (a *Application) giteaCredential() string {
	if a.values.Apps.Gitea.AdminToken.IsZero() {
		return "apps.gitea.adminPassword"
	}
	return "apps.gitea.adminToken"
}

// hookAddresses are where Drone's hooks may lead, and where they ever led.
func (a *Application) hookAddresses() (valid, known []string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	valid = []string{a.values.Apps.Drone.Address + hookPath}
	if a.public != "" {
		valid = append(valid, a.public+hookPath)
	}
	for address, public := range a.state.Owned(ownedAddress) {
		if public == a.public {
			valid = append(valid, address)
		}
		known = append(known, address)
	}
	return valid, known
}

// target is where a hook leads, without its query: a secret is in it.
func target(h gitea.Hook) string {
	u, err := url.Parse(value(h.Config)["url"])
	if err != nil {
		return ""
	}
	return u.Scheme + "://" + u.Host + u.Path
}

// looksLikeDrones tells hooks that some Drone made.
func looksLikeDrones(h gitea.Hook) bool {
	u, err := url.Parse(value(h.Config)["url"])
	return err == nil && strings.HasSuffix(u.Path, hookPath) && u.Query().Get("secret") != ""
}

// hook describes the newest good hook, and how many there are. Gitea splits up
// the events of pull requests; the one that they are named after stands for them.
func (h hooks) hook() Hook {
	out := Hook{Copies: len(h.valid) + len(h.stale), Events: []string{}}
	if len(h.valid) == 0 {
		return out
	}
	newest := h.valid[len(h.valid)-1]
	out.Active = value(newest.Active)
	for _, event := range events() {
		if slices.Contains(value(newest.Events), event) {
			out.Events = append(out.Events, event)
		}
	}
	return out
}

// heard tells whether the newest hook says all that Drone wants to hear.
func (h hooks) heard(wanted Hook) bool {
	got := h.hook()
	return got.Active && slices.Equal(got.Events, wanted.Events)
}

// all are those that lead to Drone; surplus are all but the newest good one.
func (h hooks) all() []gitea.Hook { return slices.Concat(h.stale, h.valid) }

func (h hooks) surplus() []gitea.Hook {
	return slices.Concat(h.stale, h.valid[:max(0, len(h.valid)-1)])
}

func value[T any](field *T) T {
	if field == nil {
		var none T
		return none
	}
	return *field
}
