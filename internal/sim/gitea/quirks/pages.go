package quirks

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

const pageObjects = 53

// runPageQuirks counts what lists give when there is more than fits a page:
// 30 unless asked, 50 at most, whatever is asked.
func runPageQuirks(t *testing.T, s *session) {
	s.fillPages(t)
	for address, want := range map[string]int{
		"orgs/{org}/teams": 30, "orgs/{org}/teams?limit=1000": 50, "orgs/{org}/teams?limit=1000&page=2": 5, "orgs/{org}/teams?limit=20&page=3": 15, "orgs/{org}/teams?page=9": 0, "orgs/{org}/teams?limit=-1": 30,
		"teams/{team}/members": 30, "teams/{team}/members?limit=100&page=2": 3,
		"repos/{org}/r/teams": 55, "repos/{org}/r/teams?limit=5": 55,
		"repos/{org}/r/hooks": 30, "repos/{org}/r/hooks?limit=100": 50, "repos/{org}/r/hooks?limit=50&page=2": 3,
		"orgs/{org}/hooks?limit=51":        50,
		"repos/{org}/r/branch_protections": 53, "repos/{org}/r/branch_protections?limit=5": 53,
		"admin/users?q={tag}": 30, "admin/users?q={tag}&limit=100": 50,
		"orgs/{org}/repos": 1,
	} {
		t.Run(address, func(t *testing.T) {
			got := s.send(t, step{do: "GET " + address})
			list, _ := got.JSON(t).([]any)
			if got.Status != http.StatusOK || len(list) != want {
				t.Errorf("pages are cut silently: got %d and %d elements, want %d", got.Status, len(list), want)
			}
		})
	}
	t.Run("Headers", func(t *testing.T) { s.pageHeaders(t) })
}

// pageHeaders looks at the headers, which not every list has.
func (s *session) pageHeaders(t *testing.T) {
	at := s.kept["base"] + "/api/v1/orgs/" + s.kept["org"] + "/teams?"
	link := fmt.Sprintf(`<%[1]slimit=20&page=3>; rel="next",<%[1]slimit=20&page=3>; rel="last",<%[1]slimit=20&page=1>; rel="first",<%[1]slimit=20&page=1>; rel="prev"`, at)
	for address, want := range map[string][2]string{
		"orgs/{org}/teams?limit=20&page=2":         {"55", link},
		"orgs/{org}/teams?limit=100":               {"55", fmt.Sprintf(`<%[1]slimit=100&page=2>; rel="next",<%[1]slimit=100&page=2>; rel="last"`, at)},
		"orgs/{org}/teams?page=9":                  {"55", fmt.Sprintf(`<%[1]spage=1>; rel="first",<%[1]spage=1>; rel="prev"`, at)},
		"repos/{org}/r/hooks?limit=20":             {"53", ""},
		"repos/{org}/r/teams":                      {"", ""},
		"repos/{org}/r/branch_protections":         {"", ""},
		"users/{admin}/tokens?limit=1&page=999999": {"{any}", ""},
		"orgs/{org}/repos":                         {"1", ""},
	} {
		t.Run(address, func(t *testing.T) {
			by := ""
			if strings.HasPrefix(address, "users/") {
				by = "password"
			}
			got := s.send(t, step{do: "GET " + address, by: by})
			for i, name := range []string{"X-Total-Count", "Link"} {
				if shown := got.Header.Get(name); want[i] != "{any}" && shown != want[i] {
					t.Errorf("%s: got %q, want %q", name, shown, want[i])
				}
			}
		})
	}
}

// fillPages makes 53 teams and another, all of one repository, with 53 users as
// members of the first, and 53 hooks of both kinds and branch protections.
func (s *session) fillPages(t *testing.T) {
	t.Helper()
	s.mustDo(t, step{do: "POST orgs/{org}/repos", body: `{"name":"r"}`})
	s.mustDo(t, step{do: "POST orgs/{org}/teams", body: `{"name":"all","includes_all_repositories":true,"units_map":{"repo.code":"read"}}`, as: "team"})
	for i := range pageObjects {
		s.mustDo(t, step{do: "POST admin/users", body: fmt.Sprintf(`{"username":"{tag}-%03d","email":"{tag}-%03d@example.com","password":"{password}"}`, i, i)})
		s.mustDo(t, step{do: fmt.Sprintf("PUT teams/{team}/members/{tag}-%03d", i)})
		s.mustDo(t, step{do: "POST orgs/{org}/teams", body: fmt.Sprintf(`{"name":"t%03d","includes_all_repositories":true,"units_map":{"repo.code":"read"}}`, i)})
		for _, at := range []string{"repos/{org}/r", "orgs/{org}"} {
			s.mustDo(t, step{do: "POST " + at + "/hooks", body: fmt.Sprintf(`{"type":"gitea","config":{"url":"http://h%03d/","content_type":"json"}}`, i)})
		}
		s.mustDo(t, step{do: "POST repos/{org}/r/branch_protections", body: fmt.Sprintf(`{"rule_name":"b%03d"}`, i)})
	}
}
