package keycloakroles

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"

	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/task"
)

// What --accept must name.
const (
	// AcceptAlias, before a second identity provider takes the place of ours:
	// people who logged in through the old one would become new users.
	AcceptAlias = "identity-provider.alias"
	// AcceptDisabled, before people who log in through the external provider are
	// locked out.
	AcceptDisabled = "identity-provider.enabled"
	// AcceptRealm, before a second realm takes the place of ours, or one that the
	// platform did not make is taken over.
	AcceptRealm = "realm"
	// AcceptAdministrators, before the platform's administrators lose their role.
	AcceptAdministrators = "administrators"
	// AcceptRedirects, before applications can no longer use the login.
	AcceptRedirects = "client.redirectUris"
	// AcceptEmail, before an account that we did not make gets another address:
	// its password can be reset by mail.
	AcceptEmail = "user.email"
)

// disableProviders closes the providers of ours that the values no longer name:
// people would go on logging in through them, with their roles. They are not
// deleted, because the links to their users would go with them.
func (p *Plan) disableProviders(desired, current State) {
	for _, alias := range slices.Sorted(maps.Keys(current.Providers)) {
		before := current.Providers[alias]
		if _, wanted := desired.Providers[alias]; wanted || !before.Enabled {
			continue
		}
		after := before
		after.Enabled, after.ClientSecret = false, before.ClientSecret
		c := plan.Change[Provider]{
			Action: plan.Update, Name: alias, Before: &before, After: &after, Reason: plan.Compare(after, before)}
		if len(desired.Providers) == 0 { // else the alias was renamed, which needs another --accept
			c.Loss = fmt.Sprintf("the login of the %d users who are linked to %s", current.linked[alias], alias)
			c.Danger = AcceptDisabled
			c.DangerReason = fmt.Sprintf("people who log in through %s would be locked out: %d users are linked", alias, current.linked[alias])
		}
		p.Providers.Changes = append(p.Providers.Changes, c)
	}
}

// addLeavers says what happens to the accounts that we gave and the values no
// longer name.
func (p *Plan) addLeavers(desired, current State) {
	for _, name := range slices.Sorted(maps.Keys(current.Users)) {
		before := current.Users[name]
		if _, declared := desired.Users[name]; declared || len(desired.Users) == 0 {
			continue
		}
		c := plan.Change[User]{Action: plan.Delete, Name: name, Before: &before}
		switch disabled := !value(before.Enabled); {
		case desired.leavers == task.LeaversRemove:
		case disabled:
			continue
		case desired.leavers == task.LeaversDisable:
			c.Action, c.After = plan.Update, &User{Meta: before.Meta, Enabled: new(false)}
			c.Reason, c.Loss = plan.Compare(*c.After, before), "the account"
		default:
			c.Blocked = "the values no longer name the user: --leavers disable or remove acts on the account"
		}
		p.Users.Changes = append(p.Users.Changes, c)
	}
}

// keepUnlisted does not adopt the users that no group of ours can list.
func (p *Plan) keepUnlisted(desired, current State) {
	listed := map[string]bool{}
	for name, group := range desired.Groups {
		for _, user := range group.Members {
			listed[user] = listed[user] || current.Groups[name].Ownership != plan.Foreign
		}
	}
	p.Users.Changes = slices.DeleteFunc(p.Users.Changes, func(c plan.Change[User]) bool {
		return c.Action == plan.Adopt && c.Foreign == "" && !listed[c.Name]
	})
}

// holdBackForeign holds back what would change a part of something that belongs
// to another owner.
func (p *Plan) holdBackForeign() {
	clients, providers := foreign(p.Clients), foreign(p.Providers)
	groups, users := foreign(p.Groups), foreign(p.Users)
	follow(&p.Mappers, func(m Mapper) string {
		if m.Parent.Kind == scopeKind {
			return ""
		}
		return clients[m.Parent.Name]
	})
	follow(&p.ProviderMappers, func(m ProviderMapper) string { return providers[m.Provider] })
	follow(&p.GroupRoles, func(r GroupRole) string { return groups[r.Group] })
	follow(&p.Memberships, func(m Membership) string { return groups[m.Group] + users[m.User] })
}

// foreign are the owners of the foreign objects that a plan would adopt.
func foreign[T plan.Object](k plan.Kind[T]) map[string]string {
	owners := map[string]string{}
	for _, c := range k.Changes {
		if c.Foreign != "" {
			owners[c.Name] = c.Foreign
		}
	}
	return owners
}

// follow lets the parts of a foreign object wait for the same word.
func follow[T plan.Object](k *plan.Kind[T], owner func(T) string) {
	for i, c := range k.Changes {
		part := c.After
		if part == nil {
			part = c.Before
		}
		k.Changes[i].Foreign = owner(*part)
	}
}

// holdBackTaken holds back the users whose address another user has: Keycloak
// refuses the second one.
func (p *Plan) holdBackTaken(current State) {
	for i, c := range p.Users.Changes {
		holder := current.holders[c.Name]
		if holder == "" || c.Action == plan.Delete || c.Action == plan.Update && !c.Differs("email") {
			continue
		}
		p.Users.Changes[i].Blocked = fmt.Sprintf("user %s has the e-mail address %s already: rename or delete it in Keycloak", holder, *c.After.Email)
		p.Users.Changes[i].Breaks = "user " + c.Name + " gets no account"
		for j, m := range p.Memberships.Changes {
			if m.Action == plan.Create && m.After.User == c.Name {
				p.Memberships.Changes[j].Blocked = "user " + c.Name + " cannot be created"
			}
		}
	}
}

// markDangers finds what a person must accept.
func (p *Plan) markDangers(desired, current State) {
	danger(&p.Realms, AcceptRealm, "the realm is not the one that this installation had: its users and sessions are others",
		func(c plan.Change[Realm]) bool { return renamesRealm(c, desired.Realms, current.Realms) })
	renamed := len(current.Providers) > len(known(current.Providers, desired.Providers))
	danger(&p.Providers, AcceptAlias, "people who logged in through the former provider would become new users",
		func(c plan.Change[Provider]) bool { return renamed && (c.Action == plan.Create || c.Adopts) })
	const rightless = "the platform would have no administrators"
	danger(&p.ProviderMappers, AcceptAdministrators, rightless, func(c plan.Change[ProviderMapper]) bool { return c.Action == plan.Delete && c.Before.administrators })
	danger(&p.Groups, AcceptAdministrators, rightless, func(c plan.Change[Group]) bool { return c.Action == plan.Delete && c.Before.administrators })
	danger(&p.Users, AcceptEmail, "the account is not ours, and its password can be reset by mail",
		func(c plan.Change[User]) bool { return c.Differs("email") && c.Adopts && value(c.Before.Email) != "" })
	for i, c := range p.Clients.Changes {
		p.Clients.Changes[i].Loss = lostRedirects(c)
	}
	danger(&p.Clients, AcceptRedirects, "applications at these addresses can no longer log people in", func(c plan.Change[Client]) bool { return c.Loss != "" })
}

func danger[T plan.Object](k *plan.Kind[T], field, reason string, dangerous func(plan.Change[T]) bool) {
	for i, c := range k.Changes {
		if c.Danger == "" && dangerous(c) {
			k.Changes[i].Danger, k.Changes[i].DangerReason = field, reason
		}
	}
}

// renamesRealm recognises a second realm beside ours, and one that the platform
// did not make. A realm of an earlier release may be another installation's.
func renamesRealm(c plan.Change[Realm], desired, current map[string]Realm) bool {
	if c.Adopts && c.Before.Ownership == plan.Unowned {
		return true
	}
	for name, r := range current {
		if _, named := desired[name]; !named && (c.Action == plan.Create || c.Adopts && r.Ours()) {
			return true
		}
	}
	return false
}

// lostRedirects tells which redirect URIs the values take away. Where the last run
// declared the same ones, the others came from elsewhere and are drift.
func lostRedirects(c plan.Change[Client]) string {
	if c.Action != plan.Update || c.Before.written == digest(c.After.RedirectURIs) {
		return ""
	}
	lost := slices.DeleteFunc(slices.Clone(c.Before.RedirectURIs), func(uri string) bool { return slices.Contains(c.After.RedirectURIs, uri) })
	if len(lost) == 0 {
		return ""
	}
	return fmt.Sprintf("%d redirect URIs", len(lost))
}

// digest names a list in a few characters.
func digest(list []string) string {
	sum := sha256.Sum256([]byte(strings.Join(sorted(list), "\n")))
	return hex.EncodeToString(sum[:8])
}
