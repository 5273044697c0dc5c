package gitea

import (
	"net/http"
	"slices"
	"strings"
)

// guard is one reason to refuse a request. Those that name something keep it in
// the call.
type guard func(*call, *http.Request) error

// guardsOf are the guards of a route in the server's order: what the caller is
// told depends on it.
func guardsOf(pattern string) []guard {
	method, path, _ := strings.Cut(pattern, " ")
	path = strings.TrimPrefix(path, apiBase)
	for _, g := range groups() {
		if rest, within := strings.CutPrefix(path, g.prefix); within && (rest == "" || rest[0] == '/') {
			return slices.Concat(g.guards, g.more[method+" "+rest])
		}
	}
	return nil
}

// group is the routes below a prefix. Some are guarded further, by method and the
// rest of the path.
type group struct {
	prefix string
	guards []guard
	more   map[string][]guard
}

func groups() []group {
	named := slices.Concat(repositoryNamed(), []guard{signedIn})
	return []group{
		{"/users/{username}/tokens", []guard{scope("user"), userNamed, selfOrAdmin, basicOnly}, nil},
		{"/users/{username}", []guard{scope("user"), userNamed, userVisible}, nil},
		{"/user/orgs", []guard{signedIn, scope("user", "organization")}, nil},
		{"/user/repos", []guard{scope("user"), signedIn, scope("repository")}, nil},
		{"/user", []guard{scope("user"), signedIn}, nil},
		{"/admin", []guard{scope("admin"), signedIn, siteAdmin}, map[string][]guard{
			"PATCH /users/{username}": {userNamed}, "DELETE /users/{username}": {userNamed},
		}},
		{"/orgs/{org}/teams", []guard{scope("organization"), orgNamed, signedIn, orgMember}, map[string][]guard{"POST ": {orgOwner}}},
		{"/orgs/{org}/hooks", []guard{scope("organization"), orgNamed, signedIn, orgOwner, hooksEnabled}, nil},
		{"/orgs/{org}", []guard{scope("organization"), orgNamed}, map[string][]guard{
			"PATCH ": {signedIn, orgOwner}, "DELETE ": {signedIn, orgOwner}, "POST /repos": {signedIn},
		}},
		{"/orgs", []guard{scope("organization")}, map[string][]guard{"POST ": {signedIn}}},
		{"/teams/{id}", []guard{scope("organization"), teamNamed, signedIn, teamMember}, map[string][]guard{
			"PATCH ": {teamOwner}, "DELETE ": {teamOwner},
			"PUT /members/{username}": {teamOwner}, "DELETE /members/{username}": {teamOwner},
		}},
		{"/repos/{owner}/{repo}/hooks", append(named, repositoryAdmin, hooksEnabled), nil},
		{"/repos/{owner}/{repo}/keys", append(named, repositoryAdmin), nil},
		{"/repos/{owner}/{repo}/branch_protections", append(named, repositoryAdmin), nil},
		{"/repos/{owner}/{repo}/teams", named, map[string][]guard{"PUT /{team}": {repositoryAdmin}, "DELETE /{team}": {repositoryAdmin}}},
		{"/repos/{owner}/{repo}/collaborators", named, map[string][]guard{
			"GET ": {anyReader}, "GET /{collaborator}": {anyReader}, "PUT /{collaborator}": {repositoryAdmin}, "DELETE /{collaborator}": {repositoryAdmin},
		}},
		{"/repos/{owner}/{repo}/branches", append(repositoryNamed(), codeReader), nil},
		{"/repos/{owner}/{repo}", repositoryNamed(), map[string][]guard{
			"PATCH ": {signedIn, repositoryAdmin}, "DELETE ": {signedIn, repositoryOwner},
		}},
	}
}

func hooksEnabled(c *call, _ *http.Request) error {
	if c.memory.noHooks {
		return forbidden("webhooks disabled by administrator")
	}
	return nil
}

func signedIn(c *call, _ *http.Request) error {
	if c.caller == nil {
		return refused(http.StatusUnauthorized, "token is required")
	}
	return nil
}

// basicOnly: a token that comes as a password will do.
func basicOnly(c *call, _ *http.Request) error {
	if !c.basic {
		return refused(http.StatusUnauthorized, "auth required")
	}
	return nil
}

func siteAdmin(c *call, _ *http.Request) error {
	if !c.isAdmin() {
		return forbidden("user should be the site admin")
	}
	return nil
}

func selfOrAdmin(c *call, _ *http.Request) error {
	if !c.isAdmin() && !c.is(c.user) {
		return forbidden("doer should be the site admin or be same as the contextUser")
	}
	return nil
}

func userNamed(c *call, r *http.Request) error {
	u, known := c.memory.account(r.PathValue("username"))
	if !known {
		return refused(http.StatusNotFound, "user redirect does not exist [name: %s]", r.PathValue("username"))
	}
	c.user = u
	return nil
}

func userVisible(c *call, _ *http.Request) error {
	u := c.user
	if u.isOrg || c.isAdmin() || c.is(u) || u.visibility == public || u.visibility == limited && c.caller != nil {
		return nil
	}
	return notFoundBecause("Visit Project")
}

func orgNamed(c *call, r *http.Request) error {
	org, known := c.memory.account(r.PathValue("org"))
	if !known || !org.isOrg {
		return notFoundBecause("GetOrgByName", "user redirect does not exist [name: "+r.PathValue("org")+"]")
	}
	c.org = org
	if c.publicOnly && org.visibility != public {
		return forbidden("token scope is limited to public orgs")
	}
	return nil
}

func orgMember(c *call, _ *http.Request) error {
	if !c.isAdmin() && !c.org.hasMember(c.caller) {
		return forbidden("Must be an organization member")
	}
	return nil
}

func orgOwner(c *call, _ *http.Request) error {
	if !c.isAdmin() && !c.org.hasOwner(c.caller) {
		return forbidden("Must be an organization owner")
	}
	return nil
}

func teamNamed(c *call, r *http.Request) error {
	if c.team = c.memory.teams[idOf(r.PathValue("id"))]; c.team == nil {
		return notFound()
	}
	return nil
}

func teamMember(c *call, _ *http.Request) error {
	switch {
	case c.isAdmin(), c.team.org.hasOwner(c.caller), c.team.members[c.caller]:
		return nil
	case c.team.org.hasMember(c.caller):
		return forbidden("Must be a team member")
	}
	return notFound()
}

func teamOwner(c *call, _ *http.Request) error {
	if !c.isAdmin() && !c.team.org.hasOwner(c.caller) {
		return notFound()
	}
	return nil
}
