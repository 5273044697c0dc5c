package forge

import (
	"net/http"
	"slices"
	"strconv"
)

// rightOf is what a user may do in a repository: "", read, write or admin. The
// administrator owns every organisation.
func (s *Server) rightOf(user string, r *repo) string {
	switch right := r.rights[user]; {
	case user == s.root:
		return admin
	case right == "" && !r.private:
		return "read"
	default:
		return right
	}
}

// in finds the repository of the call, for a user with at least this right.
func (s *Server) in(right string, h func(*call, *repo) (any, error)) func(*call) (any, error) {
	order := []string{"", "read", "write", admin}
	return func(c *call) (any, error) {
		i := slices.IndexFunc(s.repos, func(r *repo) bool { return r.owner == c.PathValue("owner") && r.name == c.PathValue("repo") })
		if i < 0 || s.rightOf(c.user, s.repos[i]) == "" {
			return nil, status(http.StatusNotFound)
		}
		if slices.Index(order, s.rightOf(c.user, s.repos[i])) < slices.Index(order, right) {
			return nil, status(http.StatusForbidden)
		}
		return h(c, s.repos[i])
	}
}

func (s *Server) rep(c *call, r *repo) map[string]any {
	right := s.rightOf(c.user, r)
	address := "http://" + c.Host + "/" + r.owner + "/" + r.name
	return map[string]any{
		"id": r.id, "owner": map[string]any{"login": r.owner}, "name": r.name, "full_name": r.owner + "/" + r.name,
		"private": r.private, "html_url": address, "clone_url": address + ".git", "ssh_url": "git@" + c.Host + ":" + r.owner + "/" + r.name + ".git",
		"default_branch": r.branch,
		"permissions":    map[string]bool{"admin": right == admin, "push": right == admin || right == "write", "pull": right != ""}}
}

func (s *Server) ownRepos(c *call) (any, error) {
	if c.user == "" {
		return nil, status(http.StatusUnauthorized)
	}
	list := []map[string]any{}
	for _, r := range s.repos {
		if c.user == s.root || r.rights[c.user] != "" {
			list = append(list, s.rep(c, r))
		}
	}
	return page(c, list), nil
}

type repoInput struct {
	Name    *string `json:"name"`
	Private *bool   `json:"private"`
	Branch  *string `json:"default_branch"`
}

func (s *Server) createRepo(c *call) (any, error) {
	r := &repo{id: s.next(), owner: c.PathValue("owner"), branch: "main", rights: map[string]string{}}
	if err := r.set(c); err != nil {
		return nil, err
	}
	s.repos = append(s.repos, r)
	return s.rep(c, r), nil
}

func (r *repo) set(c *call) error {
	var in repoInput
	if err := c.input(&in); err != nil {
		return err
	}
	set(&r.name, in.Name)
	set(&r.private, in.Private)
	set(&r.branch, in.Branch)
	return nil
}

func (s *Server) showRepo(c *call, r *repo) (any, error) { return s.rep(c, r), nil }

func (s *Server) updateRepo(c *call, r *repo) (any, error) {
	err := r.set(c)
	return s.rep(c, r), err
}

func (s *Server) deleteRepo(_ *call, r *repo) (any, error) {
	s.repos = slices.DeleteFunc(s.repos, func(other *repo) bool { return other == r })
	return nil, nil
}

func (s *Server) addCollaborator(c *call, r *repo) (any, error) {
	var in struct {
		Permission string `json:"permission"`
	}
	if err := c.input(&in); err != nil {
		return nil, err
	}
	r.rights[c.PathValue("user")] = in.Permission
	return nil, nil
}

func (s *Server) listHooks(c *call, r *repo) (any, error) {
	shown := []hook{}
	for _, h := range r.hooks {
		shown = append(shown, h.shown())
	}
	return page(c, shown), nil
}

// shown is a hook without its secret.
func (h hook) shown() hook {
	h.Config = map[string]string{"url": h.Config["url"], "content_type": h.Config["content_type"]}
	return h
}

func (s *Server) createHook(c *call, r *repo) (any, error) {
	var h hook
	if err := c.input(&h); err != nil {
		return nil, err
	}
	h.ID = s.next()
	r.hooks = append(r.hooks, h)
	return h.shown(), nil
}

func (r *repo) hook(c *call) (int, error) {
	i := slices.IndexFunc(r.hooks, func(h hook) bool { return strconv.FormatInt(h.ID, 10) == c.PathValue("id") })
	if i < 0 {
		return 0, status(http.StatusNotFound)
	}
	return i, nil
}

func (s *Server) updateHook(c *call, r *repo) (any, error) {
	i, err := r.hook(c)
	if err != nil {
		return nil, err
	}
	var in struct {
		Active *bool             `json:"active"`
		Events []string          `json:"events"`
		Config map[string]string `json:"config"`
	}
	if err := c.input(&in); err != nil {
		return nil, err
	}
	set(&r.hooks[i].Active, in.Active)
	if in.Events == nil {
		in.Events = []string{"push"}
	}
	r.hooks[i].Events = in.Events
	if in.Config != nil {
		r.hooks[i].Config = in.Config
	}
	return r.hooks[i].shown(), nil
}

func (s *Server) deleteHook(c *call, r *repo) (any, error) {
	i, err := r.hook(c)
	if err != nil {
		return nil, err
	}
	r.hooks = slices.Delete(r.hooks, i, i+1)
	return nil, nil
}
