package values

import "strings"

// platformTeam is the key of teamConfig that is no team: what belongs to it
// is the platform's own (role and group team-admin).
const platformTeam = "admin"

// teamPrefix begins the names of all that belongs to a team.
const teamPrefix = "team-"

// readTeams reads every key of teamConfig that limit lets through, over what
// all teams have; a nil limit lets all through.
func readTeams(c cursor, limit map[string]bool, all Team, into map[string]Team) {
	if c.node.isNull() {
		return
	}
	people := newPeople()
	folded := map[string]field{}
	for _, f := range c.node.fields {
		if f.name == platformTeam || limit != nil && !limit[f.name] {
			continue
		}
		name := cursor{reader: c.reader, path: join(c.path, f.name), node: &node{at: f.at}}
		checkTeamID(name, f, folded)
		team := cursor{reader: c.reader, path: name.path, node: f.value}
		into[f.name] = readTeam(team, all, people)
	}
}

// checkTeamID keeps the rules of every application for the names made of the
// id: Kubernetes' labels, and the case folding of Gitea and Harbor.
func checkTeamID(name cursor, f field, folded map[string]field) {
	if dnsName(teamPrefix+f.name) != "" || dnsName(f.name) != "" {
		name.fail("team id %s is not a DNS label (a-z, 0-9 and -, at most 58)", quote(f.name))
	}
	low := strings.ToLower(f.name)
	if low == platformTeam {
		name.fail("team id %s collides with the platform's own team-%s", quote(f.name), platformTeam)
	}
	if other, taken := folded[low]; taken {
		name.fail("team id %s differs from %s only in case", quote(f.name), quote(other.name))
	}
	folded[low] = f
}

func readTeam(c cursor, all Team, people *people) Team {
	out := all
	if c.node.isNull() {
		return out
	}
	if c.node.kind != mapping {
		c.want("a mapping")
		return out
	}
	c.section("oidc").child("groupMapping").text(&out.OIDC.GroupMapping)
	c.child("password").secret(&out.Password)
	c.section("selfService").child("apps").texts(&out.SelfService.Apps)
	readTeamHarbor(c.section("harbor"), &out.Harbor)
	for _, item := range c.child("users").items() {
		if user, sound := readUser(item); sound {
			people.add(item, c.path, user)
			out.Users = append(out.Users, user)
		}
	}
	return out
}

// readUser returns a user and whether it is one.
func readUser(c cursor) (User, bool) {
	var out User
	if c.node.kind != mapping {
		c.want("a mapping")
		return out, false
	}
	before := len(c.reader.problems)
	c.child("email").text(&out.Email, email)
	c.child("username").text(&out.Username, username)
	c.child("firstName").text(&out.FirstName, personName)
	c.child("lastName").text(&out.LastName, personName)
	c.child("initialPassword").secret(&out.InitialPassword)
	if len(c.reader.problems) > before {
		return out, false
	}
	if out.Email == "" {
		c.fail("has no email")
		return out, false
	}
	out.Email = strings.ToLower(out.Email)
	setDefault(&out.Username, out.Email)
	out.Username = strings.ToLower(out.Username)
	return out, true
}

// entry is one user in the list of one team.
type entry struct {
	user User
	team string // path
}

// people finds users that contradict each other, in all teams together.
type people struct {
	byName, byEmail map[string]entry
}

func newPeople() *people {
	return &people{byName: map[string]entry{}, byEmail: map[string]entry{}}
}

func (p *people) add(c cursor, team string, u User) {
	named, nameTaken := p.byName[u.Username]
	mailed, emailTaken := p.byEmail[u.Email]
	switch {
	case u.Username == firstAdminName || u.Email == firstAdminEmail:
		c.fail("is the platform's own user %s (%s)", firstAdminName, firstAdminEmail)
	case nameTaken && named.team == team:
		c.fail("user %s stands twice in %s", quote(u.Username), team)
	case nameTaken && named.user != u:
		c.fail("user %s has other attributes in %s", quote(u.Username), named.team)
	case emailTaken && mailed.user.Username != u.Username:
		c.fail("user %s has the e-mail address of %s in %s", quote(u.Username), quote(mailed.user.Username), mailed.team)
	}
	if !nameTaken {
		p.byName[u.Username] = entry{user: u, team: team}
	}
	if !emailTaken {
		p.byEmail[u.Email] = entry{user: u, team: team}
	}
}
