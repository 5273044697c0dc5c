package gitearepos

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"code.gitea.io/sdk/gitea"
)

const org = "otomi"

// operator is a person at Gitea: the administrator with the SDK.
type operator struct {
	*env
	t  *testing.T
	gt *gitea.Client
}

func (b *env) operator(t *testing.T) *operator {
	t.Helper()
	gt, err := gitea.NewClient(b.URL, gitea.SetGiteaVersion(""), gitea.SetBasicAuth(b.Username, b.Password))
	if err != nil {
		t.Fatal(err)
	}
	return &operator{env: b, t: t, gt: gt}
}

// must ends the test when the person cannot even look.
func must[T any](h *operator, v T, _ *gitea.Response, err error) T {
	h.t.Helper()
	if err != nil {
		h.t.Fatalf("looking at Gitea: %v", err)
	}
	return v
}

// done ends the test when the operator's change fails.
func (h *operator) done(_ *gitea.Response, err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatalf("working in Gitea: %v", err)
	}
}

// raw sends what the SDK has no words for.
func (h *operator) raw(method, path string, body any) error {
	h.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(h.t.Context(), method, h.URL+"/api/v1"+path, bytes.NewReader(text))
	if err != nil {
		return err
	}
	req.SetBasicAuth(h.Username, h.Password)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode >= http.StatusBadRequest {
		answer, _ := io.ReadAll(resp.Body)
		return fmt.Errorf("%s %s: %s: %s", method, path, resp.Status, answer)
	}
	return nil
}

func all[T any](h *operator, list func(gitea.ListOptions) ([]T, *gitea.Response, error)) []T {
	h.t.Helper()
	var items []T
	for page := 1; ; page++ {
		found, resp, err := list(gitea.ListOptions{Page: page, PageSize: 50})
		if err != nil {
			h.t.Fatalf("looking at Gitea: %v", err)
		}
		items = append(items, found...)
		if len(found) == 0 || resp == nil {
			return items
		}
	}
}

func (h *operator) teams() []*gitea.Team {
	return all(h, func(o gitea.ListOptions) ([]*gitea.Team, *gitea.Response, error) {
		return h.gt.ListOrgTeams(org, gitea.ListTeamsOptions{ListOptions: o})
	})
}

func (h *operator) team(name string) *gitea.Team {
	h.t.Helper()
	for _, team := range h.teams() {
		if team.Name == name {
			return team
		}
	}
	h.t.Fatalf("there is no team %s", name)
	return nil
}

func (h *operator) repos() []*gitea.Repository {
	return all(h, func(o gitea.ListOptions) ([]*gitea.Repository, *gitea.Response, error) {
		return h.gt.ListOrgRepos(org, gitea.ListOrgReposOptions{ListOptions: o})
	})
}

func (h *operator) repo(name string) *gitea.Repository {
	h.t.Helper()
	repo, resp, err := h.gt.GetRepo(org, name)
	return must(h, repo, resp, err)
}

// teamsOf are the names of the teams that may see a repository.
func (h *operator) teamsOf(repo string) string {
	h.t.Helper()
	teams, resp, err := h.gt.GetRepoTeams(org, repo)
	var found []string
	for _, team := range must(h, teams, resp, err) {
		if team.Name != "Owners" {
			found = append(found, team.Name)
		}
	}
	slices.Sort(found)
	return strings.Join(found, " ")
}

func (h *operator) membersOf(team string) string {
	h.t.Helper()
	var found []string
	// Without a page: up to 1.19 every page misses the first members.
	members, resp, err := h.gt.ListTeamMembers(h.team(team).ID, gitea.ListTeamMembersOptions{ListOptions: gitea.ListOptions{Page: -1}})
	for _, user := range must(h, members, resp, err) {
		found = append(found, user.UserName)
	}
	slices.Sort(found)
	return strings.Join(found, " ")
}

func (h *operator) hooks(repo string) []*gitea.Hook {
	return all(h, func(o gitea.ListOptions) ([]*gitea.Hook, *gitea.Response, error) {
		return h.gt.ListRepoHooks(org, repo, gitea.ListHooksOptions{ListOptions: o})
	})
}

// orgHook is the only hook of the organisation.
func (h *operator) orgHook() *gitea.Hook {
	h.t.Helper()
	hooks, resp, err := h.gt.ListOrgHooks(org, gitea.ListHooksOptions{})
	if found := must(h, hooks, resp, err); len(found) == 1 {
		return found[0]
	}
	h.t.Fatalf("the organisation has %d hooks", len(hooks))
	return nil
}

// hook is the one with that address.
func (h *operator) hook(repo, url string) *gitea.Hook {
	h.t.Helper()
	for _, hook := range h.hooks(repo) {
		if hook.Config["url"] == url {
			return hook
		}
	}
	h.t.Fatalf("there is no hook %s of %s", url, repo)
	return nil
}

// key is a deploy key of shop.
func (h *operator) key(title string) *gitea.DeployKey {
	h.t.Helper()
	for _, key := range all(h, func(o gitea.ListOptions) ([]*gitea.DeployKey, *gitea.Response, error) {
		return h.gt.ListDeployKeys(org, "shop", gitea.ListDeployKeysOptions{ListOptions: o})
	}) {
		if key.Title == title {
			return key
		}
	}
	h.t.Fatalf("there is no deploy key %s", title)
	return nil
}

func (h *operator) apps() []*gitea.Oauth2 {
	return all(h, func(o gitea.ListOptions) ([]*gitea.Oauth2, *gitea.Response, error) {
		return h.gt.ListOauth2(gitea.ListOauth2Option{ListOptions: o})
	})
}

func (h *operator) app() *gitea.Oauth2 {
	h.t.Helper()
	for _, app := range h.apps() {
		if app.Name == "otomi-drone" {
			return app
		}
	}
	h.t.Fatal("there is no application otomi-drone")
	return nil
}

func (h *operator) tokens() []*gitea.AccessToken {
	return all(h, func(o gitea.ListOptions) ([]*gitea.AccessToken, *gitea.Response, error) {
		return h.gt.ListAccessTokens(gitea.ListAccessTokensOptions{ListOptions: o})
	})
}

// minor is the server's version of Gitea 1.
func (h *operator) minor() (minor int) {
	h.t.Helper()
	version, resp, err := h.gt.ServerVersion()
	if _, err := fmt.Sscanf(must(h, version, resp, err), "1.%d", &minor); err != nil {
		h.t.Fatalf("reading the version: %v", err)
	}
	return minor
}

// branch puts a branch into a repository that has main, unless it is there.
func (h *operator) branch(repo, name string) {
	h.t.Helper()
	if h.Branch != nil {
		if err := h.Branch(org, repo, name); err != nil {
			h.t.Fatal(err)
		}
		return
	}
	if _, _, err := h.gt.GetRepoBranch(org, repo, name); err != nil {
		made, resp, err := h.gt.CreateBranch(org, repo, gitea.CreateBranchOption{BranchName: name, OldBranchName: "main"})
		must(h, made, resp, err)
	}
}

// account makes a local account.
func (h *operator) account(name string) {
	h.t.Helper()
	user, resp, err := h.gt.AdminCreateUser(gitea.CreateUserOption{
		Username: name, Email: name + "@example.com", Password: "Person-pass-1", MustChangePassword: new(false)})
	must(h, user, resp, err)
}

// sweep empties the server and makes the people whom the values name.
func (h *operator) sweep() {
	h.t.Helper()
	if _, resp, err := h.gt.GetOrg(org); err == nil {
		for _, repo := range h.repos() {
			h.done(h.gt.DeleteRepo(org, repo.Name))
		}
		h.done(h.gt.DeleteOrg(org))
	} else if resp == nil || resp.StatusCode != http.StatusNotFound {
		h.t.Fatalf("looking at Gitea: %v", err)
	}
	for _, name := range []string{"team-a", "team-b", "team-admin"} {
		if _, _, err := h.gt.GetOrg(name); err == nil {
			h.done(h.gt.DeleteOrg(name))
		}
	}
	for _, app := range h.apps() {
		h.done(h.gt.DeleteOauth2(app.ID))
	}
	for _, token := range h.tokens() {
		h.done(h.gt.DeleteAccessToken(token.ID))
	}
	for _, user := range all(h, func(o gitea.ListOptions) ([]*gitea.User, *gitea.Response, error) {
		return h.gt.AdminListUsers(gitea.AdminListUsersOptions{ListOptions: o})
	}) {
		if user.UserName != h.Username {
			h.done(h.gt.AdminDeleteUser(user.UserName))
		}
	}
	h.account("alice")
	h.account("ada")
}
