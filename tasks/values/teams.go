package values

import (
	"slices"
	"strings"

	"otomi.io/tasks/tasks/platform"
	"otomi.io/tasks/tasks/typo"
	"otomi.io/tasks/tasks/values/rule"
	"otomi.io/tasks/tasks/values/tree"
)

// Team is teamConfig.<id>.
type Team struct {
	OIDC        TeamOIDC
	Password    Secret
	SelfService SelfService
	Users       []User
	Harbor      TeamHarbor
	Gitea       TeamGitea
	Drone       TeamDrone
}

// TeamOIDC is teamConfig.<id>.oidc.
type TeamOIDC struct {
	// GroupMapping is the group at the external provider whose members are
	// the team; "" maps none. Several teams may share a group.
	GroupMapping string
}

// SelfService is teamConfig.<id>.selfService.
type SelfService struct {
	Apps []string
}

// User is an entry of teamConfig.<id>.users. A person in several teams
// is in each of them with the same attributes.
type User struct {
	// Username and Email are in lower case, as Keycloak keeps them. Username
	// defaults to Email.
	Username, Email     string
	FirstName, LastName string
	// InitialPassword is for the creation of the user only.
	InitialPassword Secret
}

// PlatformTeam is the key of teamConfig that is not a team: what belongs to it
// is the platform's own (role and group team-admin).
const PlatformTeam = "admin"

// teamPrefix begins the names of all that belongs to a team.
const teamPrefix = "team-"

// readTeams reads every key of teamConfig that limit lets through, over what
// all teams have; a nil limit lets all through.
func readTeams(c tree.Cursor, limit map[string]bool, all Team, v *Values) {
	if c.Node.IsNull() {
		return
	}
	people := newPeople(v.Platform.Keycloak.FirstAdmin)
	folded := map[string]tree.Field{}
	for _, f := range c.Node.Fields {
		if f.Name == PlatformTeam {
			v.readAdminTeam(tree.Cursor{Reader: c.Reader, Path: tree.Join(c.Path, f.Name), Node: f.Value}, all)
			continue
		}
		if limit != nil && !limit[f.Name] {
			continue
		}
		name := tree.Cursor{Reader: c.Reader, Path: tree.Join(c.Path, f.Name), Node: &tree.Node{At: f.At}}
		checkTeamID(name, f, folded)
		team := tree.Cursor{Reader: c.Reader, Path: name.Path, Node: f.Value}
		v.Teams[f.Name] = readTeam(team, all, people, v)
	}
}

// readAdminTeam reads the key that is not a team for Keycloak, where it is one for
// Harbor and Gitea.
func (v *Values) readAdminTeam(c tree.Cursor, all Team) {
	if v.Platform.Versioned() {
		v.AdminTeam = new(readTeam(c, all, newPeople(v.Platform.Keycloak.FirstAdmin), v))
	}
}

// checkTeamID keeps the rules of every application for the names made of the
// id: Kubernetes' labels, and the case folding of Gitea and Harbor.
func checkTeamID(name tree.Cursor, f tree.Field, folded map[string]tree.Field) {
	if rule.DNSLabel(teamPrefix+f.Name) != "" || rule.DNSLabel(f.Name) != "" {
		name.Fail("team id %s is not a DNS label (a-z, 0-9 and -, at most 58)", tree.Quote(f.Name))
	}
	low := strings.ToLower(f.Name)
	if low == PlatformTeam {
		name.Fail("team id %s collides with the platform's own team-%s", tree.Quote(f.Name), PlatformTeam)
	}
	if other, taken := folded[low]; taken {
		name.Fail("team id %s differs from %s only in case", tree.Quote(f.Name), tree.Quote(other.Name))
	}
	folded[low] = f
}

func readTeam(c tree.Cursor, all Team, people *people, v *Values) Team {
	out := all
	if c.Node.IsNull() {
		return out
	}
	if c.Node.Kind != tree.Mapping {
		c.TypeMismatch("a mapping")
		return out
	}
	readSettings(c, teamSettings(&out))
	warnTypos(c, v)
	for _, item := range c.Child("users").Items() {
		if user, valid := readUser(item); valid {
			people.add(item, c.Path, user)
			out.Users = append(out.Users, user)
		}
	}
	return out
}

// warnTypos names keys that are nearly those of a team.
func warnTypos(c tree.Cursor, v *Values) {
	known := []string{"oidc", "password", "selfService", "users", "harbor", "gitea", "drone", "settings", "services"}
	for _, f := range c.Node.Fields {
		if near := typo.Near(f.Name, known); near != "" && !slices.Contains(known, f.Name) {
			v.Warnings = append(v.Warnings, f.At.Problem(tree.Join(c.Path, f.Name), "is not read: did you mean %s?", near))
		}
	}
}

// teamSettings are below teamConfig.<id>. What is in lists is read by functions
// that know all teams.
func teamSettings(t *Team) []setting {
	return []setting{
		{path: "oidc.groupMapping", aliases: []string{"settings.oidc.groupMapping"}, reading: text(&t.OIDC.GroupMapping)},
		{path: "password", aliases: []string{"settings.password"}, reading: secret(&t.Password)},
		{path: "selfService.apps", aliases: []string{"settings.selfService.apps"}, reading: texts(&t.SelfService.Apps)},
		{path: "users", fallback: "username: the email"},
		{path: "harbor", reading: structure(func(c tree.Cursor) { readTeamHarbor(c, &t.Harbor) })},
		{path: "drone.repos", fallback: unmanaged},
	}
}

// teamRows are all settings below teamConfig.<id>, those of its sections too.
func teamRows() []setting {
	var t Team
	all := teamSettings(&t)
	below := func(section string, settings []setting) {
		for _, s := range settings {
			s.path = section + "." + s.path
			all = append(all, s)
		}
	}
	below("harbor", teamHarborSettings(&t.Harbor))
	below("gitea", (&giteaReader{}).teamSettings(&t.Gitea, ""))
	return all
}

// readUser returns a user and whether it is one.
func readUser(c tree.Cursor) (User, bool) {
	var out User
	if c.Node.Kind != tree.Mapping {
		c.TypeMismatch("a mapping")
		return out, false
	}
	mark := c.Mark()
	c.Child("email").Text(&out.Email, rule.Email)
	c.Child("username").Text(&out.Username, rule.KeycloakUsername)
	c.Child("firstName").Text(&out.FirstName, rule.PersonName)
	c.Child("lastName").Text(&out.LastName, rule.PersonName)
	c.Child("initialPassword").Secret(&out.InitialPassword)
	if c.Failed(mark) {
		return out, false
	}
	if out.Email == "" {
		c.Fail("has no email")
		return out, false
	}
	out.Email = strings.ToLower(out.Email)
	setDefault(&out.Username, out.Email)
	out.Username = strings.ToLower(out.Username)
	if fault := rule.KeycloakUsername(out.Username); fault != "" {
		c.Child("email").Fail("%s is the username, too, and %s: say another username", tree.Quote(out.Email), fault)
		return out, false
	}
	return out, true
}

// entry is one user in the list of one team.
type entry struct {
	user User
	team string // path
}

// people finds users that contradict each other, in all teams together.
type people struct {
	first           platform.FirstAdmin
	byName, byEmail map[string]entry
}

func newPeople(first platform.FirstAdmin) *people {
	return &people{first: first, byName: map[string]entry{}, byEmail: map[string]entry{}}
}

func (p *people) add(c tree.Cursor, team string, u User) {
	named, nameTaken := p.byName[u.Username]
	mailed, emailTaken := p.byEmail[u.Email]
	switch {
	case u.Username == p.first.Username || u.Email == p.first.Email:
		c.Fail("is the platform's own user %s (%s)", p.first.Username, p.first.Email)
	case nameTaken && named.team == team:
		c.Fail("duplicate user %s in %s", tree.Quote(u.Username), team)
	case nameTaken && named.user != u:
		c.Fail("user %s has other attributes in %s", tree.Quote(u.Username), named.team)
	case emailTaken && mailed.user.Username != u.Username:
		c.Fail("user %s has the e-mail address of %s in %s", tree.Quote(u.Username), tree.Quote(mailed.user.Username), mailed.team)
	}
	if !nameTaken {
		p.byName[u.Username] = entry{user: u, team: team}
	}
	if !emailTaken {
		p.byEmail[u.Email] = entry{user: u, team: team}
	}
}
