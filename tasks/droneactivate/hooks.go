package droneactivate

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"otomi.io/tasks/clients/answer"
	"otomi.io/tasks/clients/gitea"
	"otomi.io/tasks/clients/transport"
)

// Drone's hooks lead to /hook at an address of its own, which may be another than
// ours: the setting DRONE_SERVER_PROXY_HOST. Once we saw a hook being made, our
// inventory knows the address.
const (
	hookPath     = "/hook"
	ownedAddress = "hook-address"
	theAddress   = "drone"
)

// hooksOf lists a repository's hooks that lead to Drone, the newest last; none
// for a repository that Gitea does not have.
func (a *Application) hooksOf(ctx context.Context, slug string) ([]gitea.Hook, error) {
	all, err := a.allHooks(ctx, slug)
	if err != nil {
		return nil, err
	}
	addresses := a.hookAddresses()
	return slices.DeleteFunc(all, func(h gitea.Hook) bool { return !slices.Contains(addresses, target(h)) }), nil
}

func (a *Application) allHooks(ctx context.Context, slug string) ([]gitea.Hook, error) {
	namespace, repo := split(slug)
	all, err := transport.AllCapped(a.setting.PageSize, func(p transport.Page) ([]gitea.Hook, error) {
		return answer.OK(a.gitea.ListHooksWithResponse(ctx, namespace, repo, &gitea.ListHooksParams{Page: &p.Number, Limit: &p.Size}))
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

// hookAddresses are where Drone's hooks may lead.
func (a *Application) hookAddresses() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	addresses := []string{a.values.Apps.Drone.Address + hookPath}
	if learned := a.state.Owned(ownedAddress)[theAddress]; learned != "" {
		addresses = append(addresses, learned)
	}
	return addresses
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

// hookFrom describes the newest hook, and how many there are. Gitea splits up
// the events of pull requests; the one that they are named after stands for them.
func hookFrom(found []gitea.Hook) Hook {
	newest := found[len(found)-1]
	heard := []string{}
	for _, event := range events() {
		if slices.Contains(value(newest.Events), event) {
			heard = append(heard, event)
		}
	}
	return Hook{Copies: len(found), Active: value(newest.Active), Events: heard}
}

func value[T any](field *T) T {
	if field == nil {
		var none T
		return none
	}
	return *field
}
