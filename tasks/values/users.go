package values

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"otomi.io/tasks/tasks/platform"
	"otomi.io/tasks/tasks/values/rule"
	"otomi.io/tasks/tasks/values/tree"
)

// PlatformUser is an entry of users: a person, whichever teams they are in.
type PlatformUser struct {
	// Email is in lower case; it is the username, too.
	Email, FirstName, LastName string
	// InitialPassword is for the creation of the user only.
	InitialPassword Secret
	// Groups are all that the person is a member of, in order.
	Groups []string
	// Teams are ids.
	Teams []string
	// Nickname is the attribute nickname, "" where the platform has none: the
	// name of the account in Gitea.
	Nickname string
}

// readPlatformUsers reads the people of the platform, whichever teams they are in.
func readPlatformUsers(list tree.Cursor, v *Values) {
	names := v.Platform.Keycloak
	if !names.UsersInValues && names.UsersNamespace == "" {
		return
	}
	seen := map[string]string{}
	for _, item := range list.Items() {
		u, valid := readPlatformUser(item, v)
		if !valid {
			continue
		}
		if first, taken := seen[u.Email]; taken {
			item.Fail("duplicate user %s, first in %s", tree.Quote(u.Email), first)
			continue
		}
		seen[u.Email] = item.Path
		v.Users = append(v.Users, u)
	}
	slices.SortFunc(v.Users, func(a, b PlatformUser) int { return strings.Compare(a.Email, b.Email) })
}

func readPlatformUser(c tree.Cursor, v *Values) (PlatformUser, bool) {
	var u PlatformUser
	if c.Node.Kind != tree.Mapping {
		c.TypeMismatch("a mapping")
		return u, false
	}
	mark := c.Mark()
	var platformAdmin, teamAdmin bool
	c.Child("email").Text(&u.Email, rule.Email, rule.EmailAsUsername)
	c.Child("firstName").Text(&u.FirstName, rule.PersonName)
	c.Child("lastName").Text(&u.LastName, rule.PersonName)
	c.Child("initialPassword").Secret(&u.InitialPassword)
	c.Child("isPlatformAdmin").Flag(&platformAdmin)
	c.Child("isTeamAdmin").Flag(&teamAdmin)
	c.Child("teams").Texts(&u.Teams)
	c.Child("groups").Texts(&u.Groups)
	for _, name := range []string{"email", "firstName", "lastName"} {
		c.Needs(name, c.Node.Get(name).ScalarText())
	}
	if c.Failed(mark) {
		return u, false
	}
	u.Email = strings.ToLower(u.Email)
	if v.Platform.Keycloak.Nickname {
		u.Nickname = nickname(u.Email)
	}
	u.Teams = knownTeams(c, u, v)
	u.Groups = groupsOf(u, platformAdmin, teamAdmin, v.Platform.Keycloak)
	if len(u.Groups) == 0 {
		v.Warnings = append(v.Warnings, c.Node.At.Problem(c.Path, "user %s is in no team and administers nothing", tree.Quote(u.Email)))
	}
	return u, true
}

// knownTeams leaves out teams that are gone, as the platform does.
func knownTeams(c tree.Cursor, u PlatformUser, v *Values) []string {
	var out []string
	for _, id := range u.Teams {
		if _, known := v.Teams[id]; known || id == PlatformTeam {
			out = append(out, id)
			continue
		}
		v.Warnings = append(v.Warnings, c.Node.At.Problem(tree.Join(c.Path, "teams"), "user %s is in unknown team %s, which is left out", tree.Quote(u.Email), tree.Quote(id)))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func groupsOf(u PlatformUser, platformAdmin, teamAdmin bool, k platform.Keycloak) []string {
	out := slices.Clone(u.Groups) // of the variable USERS
	if platformAdmin {
		out = append(out, k.Access(platform.PlatformAdmin).Group)
	}
	if teamAdmin {
		out = append(out, k.Access(platform.TeamAdmin).Group)
	}
	for _, id := range u.Teams {
		out = append(out, TeamName(id))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

var (
	notInNickname = regexp.MustCompile(`[^A-Za-z0-9._-]`)
	marksInARow   = regexp.MustCompile(`[-_.]+`)
)

// nickname is the platform's: the name of the account in Gitea.
func nickname(email string) string {
	name := strings.NewReplacer("@", "-", ".", "-").Replace(email)
	name = marksInARow.ReplaceAllString(notInNickname.ReplaceAllString(name, ""), "-")
	return strings.ToLower(strings.Trim(name, "-"))
}

// sealedUsers lists the people that the platform keeps as Secrets.
func (l *loader) sealedUsers(ctx context.Context, root *tree.Node, g platform.Generation) (*tree.Node, error) {
	namespace := g.Keycloak.UsersNamespace
	list, err := l.request.Secrets.List(ctx, namespace)
	if err != nil {
		return root, fmt.Errorf("reading the Secrets of namespace %s: %w", namespace, err)
	}
	users := &tree.Node{Kind: tree.Sequence}
	for name, data := range list {
		if data["email"].IsZero() {
			continue
		}
		users.Items = append(users.Items, userNode(data, tree.InFile("Secret "+namespace+"/"+name)))
	}
	slices.SortFunc(users.Items, func(a, b *tree.Node) int {
		return strings.Compare(a.Get("email").ScalarText(), b.Get("email").ScalarText())
	})
	return tree.Merge(root, tree.Nest(users, "users")), nil
}

// userNode is a person as the files of other generations have them.
func userNode(data map[string]Secret, at tree.Position) *tree.Node {
	out := &tree.Node{Kind: tree.Mapping, At: at}
	for _, name := range []string{"email", "firstName", "lastName", "initialPassword", "isPlatformAdmin", "isTeamAdmin", "teams"} {
		text := data[name].Reveal()
		value := tree.NewScalar(tree.TagText, text, at)
		switch {
		case text == "":
			continue
		case name == "teams":
			// What is not JSON is reported as a text where a list is wanted.
			if list, problems := tree.ParseAny("", []byte(text)); len(problems) == 0 && list != nil {
				value = list.Moved(at)
			}
		case strings.HasPrefix(name, "is"):
			value.Tag = tree.TagBool
		}
		out.Set(name, value)
	}
	return out
}
