package drone

import (
	"cmp"
	"crypto/rand"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// allRepos is the administrators' list, in pages of 25 unless asked for others.
func (m *memory) allRepos(c *call) (any, error) {
	size, _ := strconv.Atoi(c.FormValue("per_page"))
	page, _ := strconv.Atoi(c.FormValue("page"))
	if size < 1 {
		size = 25
	}
	all := slices.SortedFunc(slices.Values(m.repos), func(a, b *repository) int { return cmp.Compare(a.ID, b.ID) })
	first := min(len(all), max(0, page-1)*size)
	return all[first:min(len(all), first+size)], nil
}

// showRepo is the one answer with the viewer's permissions.
func (m *memory) showRepo(c *call) (any, error) {
	shown := *c.repo
	shown.Permissions = c.perm
	return shown, nil
}

type repoInput struct {
	Visibility    *string `json:"visibility"`
	Config        *string `json:"config_path"`
	Trusted       *bool   `json:"trusted"`
	Protected     *bool   `json:"protected"`
	IgnoreForks   *bool   `json:"ignore_forks"`
	IgnorePulls   *bool   `json:"ignore_pull_requests"`
	CancelPulls   *bool   `json:"auto_cancel_pull_requests"`
	CancelPush    *bool   `json:"auto_cancel_pushes"`
	CancelRunning *bool   `json:"auto_cancel_running"`
	Timeout       *int64  `json:"timeout"`
	Throttle      *int64  `json:"throttle"`
	Counter       *int64  `json:"counter"`
}

// updateRepo takes any text for a visibility, and takes no notice of what only
// Drone's administrators may change.
func (m *memory) updateRepo(c *call) (any, error) {
	var in repoInput
	if err := c.input(&in); err != nil {
		return nil, err
	}
	r := c.repo
	set(&r.Visibility, in.Visibility)
	set(&r.Config, in.Config)
	set(&r.Protected, in.Protected)
	set(&r.IgnoreForks, in.IgnoreForks)
	set(&r.IgnorePulls, in.IgnorePulls)
	set(&r.CancelPulls, in.CancelPulls)
	set(&r.CancelPush, in.CancelPush)
	if !m.version1() {
		set(&r.CancelRunning, in.CancelRunning)
	}
	if c.viewer.Admin {
		set(&r.Trusted, in.Trusted)
		set(&r.Timeout, in.Timeout)
		set(&r.Throttle, in.Throttle)
		set(&r.Counter, in.Counter)
	}
	m.touch(r)
	return *r, nil
}

func set[T any](field, to *T) {
	if to != nil {
		*field = *to
	}
}

// touch does not change when it was updated, as the real one does not.
func (m *memory) touch(r *repository) { r.Version++ }

// enableRepo recreates the hook and makes the caller the owner, also where the
// repository is active already. What is empty gets its default.
func (m *memory) enableRepo(c *call) (any, error) {
	r := *c.repo
	r.Active, r.UserID = true, c.viewer.ID
	r.Config = cmp.Or(r.Config, ".drone.yml")
	r.Timeout = cmp.Or(r.Timeout, 60)
	r.signer = cmp.Or(r.signer, rand.Text())
	if err := m.makeHook(c, c.viewer, &r); err != nil {
		return nil, err
	}
	if m.options.Limit > 0 && m.active(r.ID) >= m.options.Limit {
		return nil, refusal{http.StatusPaymentRequired, "Repository limit exceeded"}
	}
	*c.repo = r
	m.touch(c.repo)
	return *c.repo, nil
}

// active counts the other active repositories.
func (m *memory) active(except int64) int {
	n := 0
	for _, r := range m.repos {
		if r.Active && r.ID != except {
			n++
		}
	}
	return n
}

func (m *memory) makeHook(c *call, owner *account, r *repository) error {
	if err := m.renew(owner); err != nil {
		return err
	}
	return m.gitea.replaceHook(owner, r.Slug, cmp.Or(m.options.HookAddress, m.address(c.Request)), r.signer)
}

// disableRepo leaves the hook where it is.
func (m *memory) disableRepo(c *call) (any, error) {
	c.repo.Active = false
	m.touch(c.repo)
	if c.FormValue("remove") == "true" {
		m.repos = slices.DeleteFunc(m.repos, func(r *repository) bool { return r == c.repo })
	}
	return *c.repo, nil
}

func (m *memory) chownRepo(c *call) (any, error) {
	c.repo.UserID = c.viewer.ID
	m.touch(c.repo)
	return *c.repo, nil
}

// repairRepo works with the owner's token and not with the caller's.
func (m *memory) repairRepo(c *call) (any, error) {
	i := slices.IndexFunc(m.accounts, func(a *account) bool { return a.ID == c.repo.UserID })
	if i < 0 {
		return nil, noRows()
	}
	owner := m.accounts[i]
	if err := m.renew(owner); err != nil {
		return nil, refusal{http.StatusNotFound, err.Error()}
	}
	remote, err := m.gitea.repo(owner, c.repo.Slug)
	if err != nil {
		return nil, refusal{http.StatusNotFound, err.Error()}
	}
	m.merge(remote.repository())
	if err := m.makeHook(c, owner, c.repo); err != nil {
		return nil, err
	}
	return *c.repo, nil
}

// builds are the newest first, in pages of 25.
func (m *memory) builds(c *call) (any, error) {
	list := slices.Clone(c.repo.builds)
	slices.Reverse(list)
	if list == nil {
		list = []build{}
	}
	return list[:min(len(list), 25)], nil
}

// hook takes Gitea's news of a push. A request with the secret is accepted; a
// repository that is not active answers 200 and builds nothing.
func (m *memory) hook(w http.ResponseWriter, r *http.Request) {
	c := &call{Request: r}
	var push struct {
		Ref    string `json:"ref"`
		Before string `json:"before"`
		After  string `json:"after"`
		Repo   struct {
			FullName string `json:"full_name"`
		} `json:"repository"`
	}
	if c.input(&push) != nil {
		http.Error(w, "", http.StatusBadRequest)
		return
	}
	owner, name, _ := strings.Cut(push.Repo.FullName, "/")
	repo := m.repo(owner, name)
	switch {
	case repo == nil:
		w.WriteHeader(http.StatusNotFound)
	case r.URL.Query().Get("secret") != repo.signer:
		w.WriteHeader(http.StatusBadRequest)
	case repo.Active && r.Header.Get("X-Gitea-Event") == "push":
		m.addBuild(repo, push.Ref, push.Before, push.After)
	}
}

func (m *memory) addBuild(r *repository, ref, before, after string) {
	r.Counter++
	r.builds = append(r.builds, build{
		ID: m.next(), RepoID: r.ID, Trigger: "@hook", Number: r.Counter, Status: "pending", Event: "push",
		Before: before, After: after, Ref: ref, Target: strings.TrimPrefix(ref, "refs/heads/"), Created: m.now()})
}
