package gitea

import (
	"encoding/json"
	"net/http"
	"strings"
)

// plainRoutes are those that are not generated: issues of a repository, which are
// only counted, and what a user may do in an organisation.
func (m *memory) plainRoutes() *http.ServeMux {
	mux := http.NewServeMux()
	for pattern, answer := range map[string]func(*call, *http.Request) (any, error){
		"GET /repos/{owner}/{repo}/issues":             listIssues,
		"POST /repos/{owner}/{repo}/issues":            addIssue,
		"PATCH /repos/{owner}/{repo}/issues/{number}":  closeIssue,
		"GET /repos/{owner}/{repo}/releases":           noList,
		"GET /users/{username}/orgs/{org}/permissions": organizationRights,
		"GET /repos/{owner}/{repo}/wiki/pages":         noWiki,
	} {
		method, path, _ := strings.Cut(pattern, " ")
		mux.HandleFunc(method+" "+apiBase+path, func(w http.ResponseWriter, r *http.Request) {
			c := callOf(r.Context())
			err := firstOf(c.failed, signedIn(c, r))
			var body any
			if err == nil {
				body, err = answer(c, r)
			}
			if err != nil {
				refuse(w, r, err)
				return
			}
			w.Header().Set("Content-Type", "application/json;charset=utf-8")
			if r.Method == http.MethodPost || r.Method == http.MethodPatch {
				w.WriteHeader(http.StatusCreated)
			}
			_ = json.NewEncoder(w).Encode(body) // into memory
		})
	}
	return mux
}

// issue has a number and a state.
type issue struct {
	Number int64  `json:"number"`
	State  string `json:"state"`
}

func listIssues(c *call, r *http.Request) (any, error) {
	if err := firstOf(scope("issue")(c, r), repositoryFound(c, r)); err != nil {
		return nil, err
	}
	all := r.URL.Query().Get("state") == "all"
	return filtered(c.repo.issues, func(i issue) bool { return all || i.State == "open" }), nil
}

func addIssue(c *call, r *http.Request) (any, error) {
	if err := firstOf(scope("issue")(c, r), repositoryFound(c, r)); err != nil {
		return nil, err
	}
	c.repo.issues = append(c.repo.issues, issue{int64(len(c.repo.issues) + 1), "open"})
	return c.repo.issues[len(c.repo.issues)-1], nil
}

func closeIssue(c *call, r *http.Request) (any, error) {
	if err := firstOf(scope("issue")(c, r), repositoryFound(c, r)); err != nil {
		return nil, err
	}
	n := idOf(r.PathValue("number"))
	if n < 1 || n > int64(len(c.repo.issues)) {
		return nil, notFound()
	}
	c.repo.issues[n-1].State = "closed"
	return c.repo.issues[n-1], nil
}

func noList(c *call, r *http.Request) (any, error) { return []issue{}, repositoryFound(c, r) }

func noWiki(c *call, r *http.Request) (any, error) {
	return nil, firstOf(repositoryFound(c, r), notFound())
}

func organizationRights(c *call, r *http.Request) (any, error) {
	err := userNamed(c, r)
	if err == nil {
		err = orgNamed(c, r)
	}
	if err != nil {
		return nil, err
	}
	owner := c.org.hasOwner(c.user)
	return map[string]bool{"is_owner": owner, "is_admin": owner, "can_create_repository": owner}, nil
}
