package gitearepos

import (
	"cmp"
	"context"
	"strings"

	"otomi.io/tasks/clients/gitea"
	"otomi.io/tasks/tasks/inventory"
	"otomi.io/tasks/tasks/values"
)

// authenticate opens the inventory, uses the token that is stored in it, and asks
// which account that is and which version the server has.
func (a *Application) authenticate(ctx context.Context, api *gitea.Client) (gitea.Identity, error) {
	if err := a.open(ctx); err != nil {
		return gitea.Identity{}, err
	}
	return a.session.Identify(ctx, api)
}

// open reads the inventory once. Where other shards write it, too, it is read
// each time, so that what they adopt is seen.
func (a *Application) open(ctx context.Context) error {
	if a.inventory != nil {
		if a.setting.Shard.Count > 0 {
			return a.inventory.Reopen(ctx)
		}
		return nil
	}
	opened, err := inventory.Open(ctx, a.setting.Secrets, a.setting.Inventory)
	if err != nil {
		return err
	}
	a.inventory = opened
	if !a.values.Apps.Gitea.AdminToken.IsZero() {
		return nil
	}
	for _, version := range []gitea.Version{{}, {Major: 1}} { // the scopes follow from the version, which is not known yet
		if token := opened.Credential(a.tokenKey(version)); !token.IsZero() {
			a.session.Use(token.Reveal())
		}
	}
	return nil
}

// scopes are the least that a token needs for these values. A server that cannot
// limit tokens gets the scope for everything, and sudo for the accounts.
func (a *Application) scopes(version gitea.Version) []string {
	accounts := len(desiredUsers(a.values)) > 0
	scopes, administers := []string{"write:organization", "write:repository", "write:user"}, "write:admin"
	if !version.Supports(gitea.ScopedTokens) {
		scopes, administers = []string{"all"}, "sudo"
	}
	if accounts {
		scopes = append(scopes, administers)
	}
	return scopes
}

// tokenKey changes with the account and the scopes: values that name another one
// or need more of them get another token.
func (a *Application) tokenKey(version gitea.Version) string {
	return "token " + a.values.Apps.Gitea.AdminUsername + " " + strings.Join(a.scopes(version), " ") + a.shard()
}

// tokenName is different for each inventory and shard: a token that is made anew
// replaces the one of the same name, which must be nobody else's.
func (a *Application) tokenName() string {
	return cmp.Or(a.setting.Installation, a.setting.Namespace) + "/" + a.setting.Inventory.Name + " " + a.inventory.ID() + a.shard()
}

func (a *Application) shard() string {
	if a.setting.Shard.Count == 0 {
		return ""
	}
	return " " + a.setting.Shard.String()
}

// takeToken makes a token where we still work with the password, and keeps it.
func (a *Application) takeToken(ctx context.Context, version gitea.Version) error {
	if a.session.HasToken() {
		return nil
	}
	token, err := a.session.MakeToken(ctx, a.tokenName(), a.scopes(version)...)
	if err != nil {
		return err
	}
	a.inventory.KeepCredential(a.tokenKey(version), values.NewSecret(token))
	return a.inventory.Save(ctx)
}
