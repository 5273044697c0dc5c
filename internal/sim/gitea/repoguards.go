package gitea

import (
	"net/http"
	"strings"
)

func repositoryNamed() []guard {
	return []guard{scope("repository"), repositoryFound, repositoryPublic}
}

func repositoryFound(c *call, r *http.Request) error {
	owner, known := c.memory.account(r.PathValue("owner"))
	if !known {
		return notFoundBecause("GetUserByName", "user redirect does not exist [name: "+r.PathValue("owner")+"]")
	}
	name := r.PathValue("repo")
	if c.repo = owner.repository(name); c.repo == nil {
		return c.moved(owner, name)
	}
	if c.rights = rightsOf(c.caller, c.repo); !c.rights.any() {
		return notFound()
	}
	return nil
}

// moved redirects from an old name to the new one.
func (c *call) moved(owner *account, name string) error {
	repo := owner.moved[strings.ToLower(name)]
	if repo == nil {
		return notFound()
	}
	old := "/repos/" + owner.name + "/" + name
	address := strings.Replace(c.url.RequestURI(), old, "/repos/"+owner.name+"/"+repo.name, 1)
	return refusal{status: http.StatusTemporaryRedirect, address: address}
}

func repositoryPublic(c *call, _ *http.Request) error {
	if c.publicOnly && c.repo.private {
		return forbidden("token scope is limited to public repos")
	}
	return nil
}

// anyReader: what is public for all is not enough here, but that is not simulated.
func anyReader(c *call, _ *http.Request) error {
	if !c.rights.any() && !c.isAdmin() {
		return forbidden("user should have any permission to read repository or permissions of site admin")
	}
	return nil
}

func repositoryAdmin(c *call, _ *http.Request) error {
	if c.rights.mode < admin && !c.isAdmin() {
		return forbidden("user should be an owner or a collaborator with admin write of a repository")
	}
	return nil
}

func repositoryOwner(c *call, _ *http.Request) error {
	if c.rights.mode < owner && !c.isAdmin() {
		return forbidden("user should be the owner of the repo")
	}
	return nil
}

// notArchived comes after the body was read.
func notArchived(c *call) error {
	if c.repo.archived {
		return refused(http.StatusLocked, "%s is archived", c.repo.fullName())
	}
	return nil
}
