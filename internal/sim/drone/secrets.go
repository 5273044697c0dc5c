package drone

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
)

// secret belongs to a repository or to an organisation.
type secret struct {
	ID              int64  `json:"id,omitempty"`
	RepoID          int64  `json:"repo_id,omitempty"`
	Namespace       string `json:"namespace,omitempty"`
	Name            string `json:"name,omitempty"`
	PullRequest     bool   `json:"pull_request,omitempty"`
	PullRequestPush bool   `json:"pull_request_push,omitempty"`

	data string // never shown
}

type secretInput struct {
	Name            string  `json:"name"`
	Data            *string `json:"data"`
	PullRequest     *bool   `json:"pull_request"`
	PullRequestPush *bool   `json:"pull_request_push"`
}

var badSecretName = regexp.MustCompile(`[^a-zA-Z0-9-_.]+`)

func (s *secret) check() error {
	switch {
	case s.Name == "" || badSecretName.MatchString(s.Name):
		return badRequest("Invalid Secret Name")
	case s.data == "":
		return badRequest("Invalid Secret Value")
	}
	return nil
}

// holder is where the secrets of a call are: the repository, or else the
// organisation.
func (c *call) holder() (repo int64, namespace string) {
	if c.repo != nil {
		return c.repo.ID, ""
	}
	return 0, c.PathValue("namespace")
}

func (m *memory) listSecretsOf(c *call) []*secret {
	repo, namespace := c.holder()
	list := []*secret{}
	for _, s := range m.secrets {
		if s.RepoID == repo && strings.EqualFold(s.Namespace, namespace) {
			list = append(list, s)
		}
	}
	slices.SortFunc(list, func(a, b *secret) int { return cmp.Compare(a.Name, b.Name) })
	return list
}

// findSecret tells case apart in repositories and not in organisations.
func (m *memory) findSecret(c *call, name string) (*secret, error) {
	list := m.listSecretsOf(c)
	if i := slices.IndexFunc(list, func(s *secret) bool {
		return s.Name == name || s.RepoID == 0 && strings.EqualFold(s.Name, name)
	}); i >= 0 {
		return list[i], nil
	}
	return nil, noRows()
}

func (m *memory) listSecrets(c *call) (any, error) { return m.listSecretsOf(c), nil }

func (m *memory) showSecret(c *call) (any, error) { return m.findSecret(c, c.PathValue("secret")) }

// createSecret answers a name that is taken with the database's own words, and
// not with 409.
func (m *memory) createSecret(c *call) (any, error) {
	var in secretInput
	if err := c.input(&in); err != nil {
		return nil, err
	}
	s := &secret{Name: in.Name}
	s.RepoID, s.Namespace = c.holder()
	set(&s.data, in.Data)
	set(&s.PullRequest, in.PullRequest)
	set(&s.PullRequestPush, in.PullRequestPush)
	if err := s.check(); err != nil {
		return nil, err
	}
	if _, missing := m.findSecret(c, s.Name); missing == nil {
		return nil, s.taken()
	}
	s.ID = m.next()
	m.secrets = append(m.secrets, s)
	return s, nil
}

func (s *secret) taken() error {
	if s.RepoID == 0 {
		return crash("UNIQUE constraint failed: orgsecrets.secret_namespace, orgsecrets.secret_name")
	}
	return crash("UNIQUE constraint failed: secrets.secret_repo_id, secrets.secret_name")
}

func (m *memory) updateSecret(c *call) (any, error) {
	var in secretInput
	if err := c.input(&in); err != nil {
		return nil, err
	}
	s, err := m.findSecret(c, c.PathValue("secret"))
	if err != nil {
		return nil, err
	}
	changed := *s
	set(&changed.data, in.Data)
	set(&changed.PullRequest, in.PullRequest)
	set(&changed.PullRequestPush, in.PullRequestPush)
	if err := changed.check(); err != nil {
		return nil, err
	}
	*s = changed
	return s, nil
}

func (m *memory) deleteSecret(c *call) (any, error) {
	s, err := m.findSecret(c, c.PathValue("secret"))
	if err != nil {
		return nil, err
	}
	m.secrets = slices.DeleteFunc(m.secrets, func(other *secret) bool { return other == s })
	return nil, nil
}

// The secrets of organisations behave like those of repositories.

func (m *memory) listOrgSecrets(c *call) (any, error)  { return m.listSecrets(c) }
func (m *memory) showOrgSecret(c *call) (any, error)   { return m.showSecret(c) }
func (m *memory) createOrgSecret(c *call) (any, error) { return m.createSecret(c) }
func (m *memory) updateOrgSecret(c *call) (any, error) { return m.updateSecret(c) }
func (m *memory) deleteOrgSecret(c *call) (any, error) { return m.deleteSecret(c) }

func (m *memory) allOrgSecrets(*call) (any, error) {
	list := []*secret{}
	for _, s := range m.secrets {
		if s.RepoID == 0 {
			list = append(list, s)
		}
	}
	return list, nil
}
