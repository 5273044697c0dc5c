package drone

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// gitea is the server that Drone builds from, asked with the OAuth tokens of
// Drone's users.
type gitea struct {
	base                   string
	clientID, clientSecret string
	http                   *http.Client
}

func newGitea(o Options) *gitea {
	return &gitea{
		base: strings.TrimSuffix(o.Gitea, "/"), clientID: o.ClientID, clientSecret: o.ClientSecret,
		http: &http.Client{Timeout: 30 * time.Second}}
}

// oauthToken is what Gitea gave Drone for one user.
type oauthToken struct {
	Access  string `json:"access_token"`
	Refresh string `json:"refresh_token"`
	Life    int64  `json:"expires_in"` // seconds
	expires int64
}

// tokenError is why Gitea gave none.
type tokenError struct {
	Code        string `json:"error"`
	Description string `json:"error_description"`
}

// token exchanges a code or a refresh token.
func (g *gitea) token(form url.Values, now int64) (oauthToken, *tokenError, error) {
	form.Set("client_id", g.clientID)
	form.Set("client_secret", g.clientSecret)
	req, err := http.NewRequest(http.MethodPost, g.base+"/login/oauth/access_token", strings.NewReader(form.Encode())) //nolint:noctx // Drone gives none either
	if err != nil {
		return oauthToken{}, nil, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept", "application/json")
	resp, err := g.http.Do(req)
	if err != nil {
		return oauthToken{}, nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode >= http.StatusMultipleChoices {
		refused := new(tokenError)
		return oauthToken{}, refused, json.NewDecoder(resp.Body).Decode(refused)
	}
	var t oauthToken
	err = json.NewDecoder(resp.Body).Decode(&t)
	t.expires = now + t.Life
	return t, nil, err
}

// renew takes a new token a minute before the old one ends. A user who never
// logged in has none to renew, and goes on with none.
func (m *memory) renew(a *account) error {
	if a.oauth.Refresh == "" || a.oauth.expires-60 > m.now() {
		return nil
	}
	t, refused, err := m.gitea.token(url.Values{"grant_type": {"refresh_token"}, "refresh_token": {a.oauth.Refresh}}, m.now())
	switch {
	case err != nil:
		return crash(err.Error())
	case refused != nil:
		return crash(refused.Description)
	}
	a.oauth = t
	return nil
}

// scmRepo is a repository as Gitea shows it.
type scmRepo struct {
	ID    int64 `json:"id"`
	Owner struct {
		Login string `json:"login"`
	} `json:"owner"`
	Name          string `json:"name"`
	Private       bool   `json:"private"`
	HTMLURL       string `json:"html_url"`
	SSHURL        string `json:"ssh_url"`
	CloneURL      string `json:"clone_url"`
	DefaultBranch string `json:"default_branch"`
	Permissions   struct {
		Admin bool `json:"admin"`
		Push  bool `json:"push"`
		Pull  bool `json:"pull"`
	} `json:"permissions"`
}

func (r scmRepo) permissions() permissions {
	return permissions{Read: r.Permissions.Pull, Write: r.Permissions.Push, Admin: r.Permissions.Admin}
}

// allRepos reads the list of a user's repositories, page by page as the Link
// header says.
func (g *gitea) allRepos(a *account) ([]scmRepo, error) {
	var all []scmRepo
	for page := 1; ; page++ {
		var list []scmRepo
		header, err := g.call(a, http.MethodGet, fmt.Sprintf("user/repos?limit=100&page=%d", page), nil, &list)
		if err != nil {
			return nil, err
		}
		all = append(all, list...)
		if !strings.Contains(header.Get("Link"), `rel="next"`) {
			return all, nil
		}
	}
}

func (g *gitea) repo(a *account, slug string) (scmRepo, error) {
	var r scmRepo
	_, err := g.call(a, http.MethodGet, "repos/"+slug, nil, &r)
	return r, err
}

func (g *gitea) user(a *account) (login, email string, err error) {
	var u struct {
		Login string `json:"login"`
		Email string `json:"email"`
	}
	_, err = g.call(a, http.MethodGet, "user", nil, &u)
	return u.Login, u.Email, err
}

// scmHook is a hook of a repository.
type scmHook struct {
	ID     int64             `json:"id,omitempty"`
	Type   string            `json:"type"`
	Events []string          `json:"events"`
	Active bool              `json:"active"`
	Config map[string]string `json:"config"`
}

// replaceHook takes away the first hook that leads to Drone's host, of those on
// the first page, and makes a new one.
func (g *gitea) replaceHook(a *account, slug, drone, secret string) error {
	target, err := url.Parse(drone + "/hook")
	if err != nil {
		return crash(err.Error())
	}
	var hooks []scmHook
	if _, err := g.call(a, http.MethodGet, "repos/"+slug+"/hooks?limit=100", nil, &hooks); err != nil {
		return err
	}
	for _, h := range hooks {
		if u, err := url.Parse(h.Config["url"]); err == nil && u.Host == target.Host {
			if _, err := g.call(a, http.MethodDelete, fmt.Sprintf("repos/%s/hooks/%d", slug, h.ID), nil, nil); err != nil {
				return err
			}
			break
		}
	}
	target.RawQuery = url.Values{"secret": {secret}}.Encode()
	_, err = g.call(a, http.MethodPost, "repos/"+slug+"/hooks", scmHook{
		Type: "gitea", Active: true, Events: []string{"pull_request", "create", "delete", "push"},
		Config: map[string]string{"url": target.String(), "content_type": "json", "secret": secret}}, nil)
	return err
}

// call asks Gitea's API. A refusal is passed on by its status text and nothing
// else.
func (g *gitea) call(a *account, method, path string, in, out any) (http.Header, error) {
	var body io.Reader
	if in != nil {
		encoded, err := json.Marshal(in)
		if err != nil {
			return nil, crash(err.Error())
		}
		body = bytes.NewReader(encoded)
	}
	req, err := http.NewRequest(method, g.base+"/api/v1/"+path, body) //nolint:noctx // Gitea is asked to the end, as Drone does
	if err != nil {
		return nil, crash(err.Error())
	}
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if a.oauth.Access != "" {
		req.Header.Set("Authorization", "Bearer "+a.oauth.Access)
	}
	resp, err := g.http.Do(req)
	if err != nil {
		return nil, crash(err.Error())
	}
	defer resp.Body.Close()
	if resp.StatusCode > http.StatusMultipleChoices {
		return nil, crash(http.StatusText(resp.StatusCode))
	}
	if out == nil {
		return resp.Header, nil
	}
	if err := json.NewDecoder(resp.Body).Decode(out); err != nil {
		return nil, crash(err.Error())
	}
	return resp.Header, nil
}
