package forge

import (
	"crypto/rand"
	"net/http"
	"slices"
	"strconv"

	"otomi.io/tasks/internal/sim/giteaweb"
)

func (s *Server) handlers() map[string]func(*call) (any, error) {
	return map[string]func(*call) (any, error){
		"GET /user":                                      s.self,
		"GET /user/repos":                                s.ownRepos,
		"POST /admin/users":                              s.createUser,
		"PATCH /admin/users/{user}":                      s.updateUser,
		"GET /user/applications/oauth2":                  s.listApps,
		"POST /user/applications/oauth2":                 s.createApp,
		"PATCH /user/applications/oauth2/{id}":           s.updateApp,
		"DELETE /user/applications/oauth2/{id}":          s.deleteApp,
		"POST /orgs":                                     func(*call) (any, error) { return map[string]string{}, nil },
		"POST /orgs/{owner}/repos":                       s.createRepo,
		"GET /repos/{owner}/{repo}":                      s.in("read", s.showRepo),
		"PATCH /repos/{owner}/{repo}":                    s.in(admin, s.updateRepo),
		"DELETE /repos/{owner}/{repo}":                   s.in(admin, s.deleteRepo),
		"PUT /repos/{owner}/{repo}/collaborators/{user}": s.in(admin, s.addCollaborator),
		"GET /repos/{owner}/{repo}/hooks":                s.in(admin, s.listHooks),
		"POST /repos/{owner}/{repo}/hooks":               s.in(admin, s.createHook),
		"PATCH /repos/{owner}/{repo}/hooks/{id}":         s.in(admin, s.updateHook),
		"DELETE /repos/{owner}/{repo}/hooks/{id}":        s.in(admin, s.deleteHook),
	}
}

func (s *Server) self(c *call) (any, error) {
	if c.user == "" {
		return nil, status(http.StatusUnauthorized)
	}
	return map[string]any{"login": c.user, "email": c.user + "@example.com", "is_admin": c.user == s.root}, nil
}

type userInput struct {
	Username           *string `json:"username"`
	Password           *string `json:"password"`
	MustChangePassword *bool   `json:"must_change_password"`
	ProhibitLogin      *bool   `json:"prohibit_login"`
}

func (s *Server) createUser(c *call) (any, error) {
	in := userInput{MustChangePassword: new(true)}
	if err := c.input(&in); err != nil || in.Username == nil {
		return nil, status(http.StatusUnprocessableEntity)
	}
	s.users[*in.Username] = &giteaweb.Account{Name: *in.Username}
	in.apply(s.users[*in.Username])
	return map[string]any{"login": *in.Username}, nil
}

func (in userInput) apply(a *giteaweb.Account) {
	set(&a.Password, in.Password)
	set(&a.MustChangePassword, in.MustChangePassword)
	set(&a.Prohibited, in.ProhibitLogin)
}

func set[T any](field, to *T) {
	if to != nil {
		*field = *to
	}
}

func (s *Server) updateUser(c *call) (any, error) {
	var in userInput
	if err := c.input(&in); err != nil {
		return nil, err
	}
	a, known := s.users[c.PathValue("user")]
	if !known {
		return nil, status(http.StatusNotFound)
	}
	in.apply(a)
	return map[string]any{"login": a.Name}, nil
}

type appInput struct {
	Name         string   `json:"name"`
	RedirectURIs []string `json:"redirect_uris"`
	Confidential bool     `json:"confidential_client"`
}

func (s *Server) listApps(c *call) (any, error) {
	list := []map[string]any{}
	for _, a := range s.apps {
		list = append(list, appRep(a, ""))
	}
	return page(c, list), nil
}

func appRep(a *giteaweb.Application, secret string) map[string]any {
	return map[string]any{
		"id": a.ID, "name": a.Name, "client_id": a.ClientID, "client_secret": secret, "redirect_uris": a.RedirectURIs, "confidential_client": !a.Public}
}

func (s *Server) createApp(c *call) (any, error) {
	a := &giteaweb.Application{ID: s.next(), ClientID: rand.Text()}
	if err := setApp(c, a); err != nil {
		return nil, err
	}
	s.apps = append(s.apps, a)
	return appRep(a, a.Secret), nil
}

// setApp makes a new secret, whatever else is changed.
func setApp(c *call, a *giteaweb.Application) error {
	var in appInput
	if err := c.input(&in); err != nil {
		return err
	}
	a.Name, a.RedirectURIs, a.Public, a.Secret = in.Name, in.RedirectURIs, !in.Confidential, rand.Text()
	return nil
}

func (s *Server) app(c *call) (int, error) {
	i := slices.IndexFunc(s.apps, func(a *giteaweb.Application) bool { return strconv.FormatInt(a.ID, 10) == c.PathValue("id") })
	if i < 0 {
		return 0, status(http.StatusNotFound)
	}
	return i, nil
}

func (s *Server) updateApp(c *call) (any, error) {
	i, err := s.app(c)
	if err != nil {
		return nil, err
	}
	err = setApp(c, s.apps[i])
	return appRep(s.apps[i], s.apps[i].Secret), err
}

func (s *Server) deleteApp(c *call) (any, error) {
	i, err := s.app(c)
	if err != nil {
		return nil, err
	}
	s.apps = slices.Delete(s.apps, i, i+1)
	return nil, nil
}
