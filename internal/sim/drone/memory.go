package drone

import (
	"cmp"
	"crypto/rand"
	"slices"
	"strings"
	"time"
)

// memory is all that the server knows.
type memory struct {
	options Options
	gitea   *gitea
	ids     int64 // the newest id

	accounts  []*account
	sessions  map[string]*account // by the cookie _session_
	repos     []*repository
	perms     map[permKey]permissions
	secrets   []*secret // of repositories, and of organisations
	crons     []*cron
	templates []*template
}

func newMemory(o Options) *memory {
	m := &memory{options: o, gitea: newGitea(o), sessions: map[string]*account{}, perms: map[permKey]permissions{}}
	for _, u := range o.Users {
		m.addAccount(u)
	}
	return m
}

func (m *memory) addAccount(u User) *account {
	a := &account{
		ID: m.next(), Login: u.Login, Admin: u.Admin, Machine: u.Machine, Active: !u.Inactive,
		Created: m.now(), Updated: m.now(), token: cmp.Or(u.Token, rand.Text())}
	m.accounts = append(m.accounts, a)
	return a
}

func (m *memory) next() int64 {
	m.ids++
	return m.ids
}

func (m *memory) now() int64 {
	if m.options.Now != nil {
		return m.options.Now().Unix()
	}
	return time.Now().Unix()
}

// account is a user; what has no JSON name is never shown.
type account struct {
	ID        int64  `json:"id"`
	Login     string `json:"login"`
	Email     string `json:"email"`
	Machine   bool   `json:"machine"`
	Admin     bool   `json:"admin"`
	Active    bool   `json:"active"`
	Avatar    string `json:"avatar"`
	Syncing   bool   `json:"syncing"`
	Synced    int64  `json:"synced"`
	Created   int64  `json:"created"`
	Updated   int64  `json:"updated"`
	LastLogin int64  `json:"last_login"`

	token string // for Drone's API
	oauth oauthToken
}

func (m *memory) account(login string) *account {
	i := slices.IndexFunc(m.accounts, func(a *account) bool { return a.Login == login })
	if i < 0 {
		return nil
	}
	return m.accounts[i]
}

// repository is what Drone knows of one; Gitea's id makes it the same.
type repository struct {
	ID            int64        `json:"id"`
	UID           string       `json:"uid"`
	UserID        int64        `json:"user_id"`
	Namespace     string       `json:"namespace"`
	Name          string       `json:"name"`
	Slug          string       `json:"slug"`
	SCM           string       `json:"scm"`
	HTTPURL       string       `json:"git_http_url"`
	SSHURL        string       `json:"git_ssh_url"`
	Link          string       `json:"link"`
	Branch        string       `json:"default_branch"`
	Private       bool         `json:"private"`
	Visibility    string       `json:"visibility"`
	Active        bool         `json:"active"`
	Config        string       `json:"config_path"`
	Trusted       bool         `json:"trusted"`
	Protected     bool         `json:"protected"`
	IgnoreForks   bool         `json:"ignore_forks"`
	IgnorePulls   bool         `json:"ignore_pull_requests"`
	CancelPulls   bool         `json:"auto_cancel_pull_requests"`
	CancelPush    bool         `json:"auto_cancel_pushes"`
	CancelRunning bool         `json:"auto_cancel_running,omitempty"` // 2.x
	Timeout       int64        `json:"timeout"`
	Throttle      int64        `json:"throttle,omitempty"`
	Counter       int64        `json:"counter"`
	Synced        int64        `json:"synced"`
	Created       int64        `json:"created"`
	Updated       int64        `json:"updated"`
	Version       int64        `json:"version"`
	Permissions   *permissions `json:"permissions,omitempty"`

	signer string
	builds []build
}

// permKey is a user and a repository's UID.
type permKey struct {
	user int64
	uid  string
}

type permissions struct {
	Read  bool `json:"read"`
	Write bool `json:"write"`
	Admin bool `json:"admin"`
}

func (m *memory) repo(namespace, name string) *repository {
	i := slices.IndexFunc(m.repos, func(r *repository) bool { return r.Slug == namespace+"/"+name })
	if i < 0 {
		return nil
	}
	return m.repos[i]
}

// reposOf are the repositories that a user saw at the last sync, by their slug.
func (m *memory) reposOf(a *account) []repository {
	list := []repository{}
	for _, r := range m.repos {
		if _, seen := m.perms[permKey{a.ID, r.UID}]; seen {
			list = append(list, *r)
		}
	}
	slices.SortFunc(list, func(a, b repository) int { return strings.Compare(a.Slug, b.Slug) })
	return list
}

// build is one that a hook asked for; nothing runs it.
type build struct {
	ID      int64  `json:"id"`
	RepoID  int64  `json:"repo_id"`
	Trigger string `json:"trigger"`
	Number  int64  `json:"number"`
	Status  string `json:"status"`
	Event   string `json:"event"`
	Before  string `json:"before"`
	After   string `json:"after"`
	Ref     string `json:"ref"`
	Target  string `json:"target"`
	Created int64  `json:"created"`
}
