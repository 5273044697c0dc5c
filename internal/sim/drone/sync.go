package drone

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

const (
	visibilityPublic   = "public"
	visibilityPrivate  = "private"
	visibilityInternal = "internal"
)

func (m *memory) version(*call) (any, error) {
	return map[string]string{"source": "https://github.com/drone/drone.git", "version": cmp.Or(m.options.Version, Newest)}, nil
}

func (m *memory) version1() bool { return strings.HasPrefix(m.options.Version, "1.") }

func (m *memory) ownRepos(c *call) (any, error) { return m.reposOf(c.viewer), nil }

// sync reads the viewer's repositories at Gitea. With async=true it answers
// before that is done; here it is done by then, and its failure is not told.
func (m *memory) sync(c *call) (any, error) {
	err := m.syncWith(c.viewer)
	if c.FormValue("async") == "true" {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return m.reposOf(c.viewer), nil
}

// syncWith makes what Drone knows equal to the list at Gitea. What is no longer
// on it is not forgotten: only this user no longer sees it. Permissions are
// asked for again when they are used.
func (m *memory) syncWith(a *account) error {
	a.Synced = m.now()
	if err := m.renew(a); err != nil {
		return err
	}
	remote, err := m.gitea.allRepos(a)
	if err != nil {
		return err
	}
	listed := map[string]bool{}
	for _, r := range remote {
		seen := r.repository()
		listed[seen.UID] = true
		m.merge(seen)
		m.perms[permKey{a.ID, seen.UID}] = r.permissions()
	}
	for _, r := range m.repos {
		if !listed[r.UID] {
			delete(m.perms, permKey{a.ID, r.UID})
		}
	}
	return nil
}

// merge takes over one repository. One of the same name with another id was
// deleted at Gitea and made again: Drone forgets it, its settings and secrets.
func (m *memory) merge(remote repository) {
	m.repos = slices.DeleteFunc(m.repos, func(known *repository) bool { return known.Slug == remote.Slug && known.UID != remote.UID })
	i := slices.IndexFunc(m.repos, func(known *repository) bool { return known.UID == remote.UID })
	if i < 0 {
		remote.ID, remote.Version = m.next(), 1
		remote.Created, remote.Updated, remote.Synced = m.now(), m.now(), m.now()
		m.repos = append(m.repos, &remote)
		return
	}
	known := m.repos[i]
	known.Namespace, known.Name, known.Slug = remote.Namespace, remote.Name, remote.Slug
	known.HTTPURL, known.SSHURL, known.Link = remote.HTTPURL, remote.SSHURL, remote.Link
	known.Branch, known.Private, known.Synced = remote.Branch, remote.Private, m.now()
}

// remoteRepos asks Gitea for the viewer's whole list.
func (m *memory) remoteRepos(c *call) (any, error) {
	if err := m.renew(c.viewer); err != nil {
		return nil, err
	}
	remote, err := m.gitea.allRepos(c.viewer)
	list := make([]repository, 0, len(remote))
	for _, r := range remote {
		list = append(list, r.repository())
	}
	return list, err
}

// remoteRepo asks Gitea with the viewer's token, and without one where the viewer has
// none.
func (m *memory) remoteRepo(c *call) (any, error) {
	if err := m.renew(c.viewer); err != nil {
		return nil, err
	}
	remote, err := m.gitea.repo(c.viewer, c.PathValue("owner")+"/"+c.PathValue("name"))
	shown, p := remote.repository(), remote.permissions()
	shown.Permissions = &p
	return shown, err
}

// repository is what Drone makes of one at Gitea.
func (r scmRepo) repository() repository {
	visibility := visibilityPublic
	if r.Private {
		visibility = visibilityPrivate
	}
	return repository{
		UID: strconv.FormatInt(r.ID, 10), Namespace: r.Owner.Login, Name: r.Name, Slug: r.Owner.Login + "/" + r.Name,
		HTTPURL: r.CloneURL, SSHURL: r.SSHURL, Link: r.HTMLURL, Branch: r.DefaultBranch, Private: r.Private, Visibility: visibility}
}
