package gitea

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// The visibilities of users and organisations.
const (
	public  = "public"
	limited = "limited"
	private = "private"
)

// account is a user or an organisation: they share their names.
type account struct {
	id                                                           int64
	name, fullName, email                                        string
	description, website, location, visibility                   string
	created                                                      time.Time
	isOrg                                                        bool
	password, loginName                                          string
	admin, active, restricted, prohibited, mustChange, twoFactor bool

	// Of an organisation.
	adminsChangeTeams bool
	teams             []*team                // by name
	repositories      []*repository          // oldest first
	named, moved      map[string]*repository // by name, and by a former one, in small letters
}

// team is the team of a name.
func (a *account) team(name string) *team {
	if i, found := a.teamIndex(name); found {
		return a.teams[i]
	}
	return nil
}

func (a *account) teamIndex(name string) (int, bool) {
	return slices.BinarySearchFunc(a.teams, strings.ToLower(name), func(t *team, lower string) int {
		return cmp.Compare(strings.ToLower(t.name), lower)
	})
}

func (a *account) repository(name string) *repository { return a.named[strings.ToLower(name)] }

// hasMember: members of a team are members of the organisation.
func (a *account) hasMember(u *account) bool {
	return u != nil && slices.ContainsFunc(a.teams, func(t *team) bool { return t.members[u] })
}

// hasOwner: what counts is the name of the team.
func (a *account) hasOwner(u *account) bool {
	owners := a.team(ownersName)
	return u != nil && owners != nil && owners.members[u]
}

// mayCreateRepository says whether a team lets the user make repositories.
func (a *account) mayCreateRepository(u *account) bool {
	return slices.ContainsFunc(a.teams, func(t *team) bool { return t.canCreateRepos && t.members[u] })
}

// visibleTo says whether a user may know of an organisation.
func (a *account) visibleTo(u *account) bool {
	switch {
	case u == nil:
		return a.visibility == public
	case u.admin, a == u, a.visibility == public, a.hasMember(u):
		return true
	}
	return a.visibility == limited && !u.restricted
}

// userJSON is an account as every caller gets it, signed in or not; only the account
// itself and administrators see all of it.
func (c *call) userJSON(a *account) User {
	return c.userFor(a, c.caller != nil, c.isAdmin() || c.is(a))
}

func (c *call) userFor(a *account, signedIn, trusted bool) User {
	email := fmt.Sprintf("%d+%s@noreply.localhost", a.id, strings.ToLower(a.name))
	if signedIn {
		email = a.email
	}
	u := User{
		ID: &a.id, Login: &a.name, FullName: &a.fullName, Email: &email, Created: &a.created,
		Description: &a.description, Website: &a.website, Location: &a.location, Visibility: &a.visibility,
		Restricted: &a.restricted, AvatarURL: new(c.avatar(a)), HTMLURL: new(c.base + "/" + a.name),
		FollowersCount: new(int64(0)), FollowingCount: new(int64(0)), StarredReposCount: new(int64(0)), Language: new(""),
		IsAdmin: new(false), Active: new(false), ProhibitLogin: new(false), LoginName: new(""), SourceID: new(int64(0)),
	}
	if trusted {
		u.IsAdmin, u.Active, u.ProhibitLogin = &a.admin, new(a.active || a.isOrg), &a.prohibited
		u.LoginName = &a.loginName
	}
	return u
}

func (c *call) avatar(a *account) string { return fmt.Sprintf("%s/avatars/%032x", c.base, a.id) }
