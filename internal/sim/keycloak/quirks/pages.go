package quirks

import (
	"fmt"
	"net/http"
	"testing"
)

// runPageQuirks counts what lists give when there is more than fits a page.
func runPageQuirks(t *testing.T, s *session) {
	s.fillPages(t)
	s.logIn(t)
	for address, want := range map[string]int{
		"users": 100, "users?first=5": 100, "users?first=100": 10, "users?max=-1": 110, "users?max=1000": 110, "users?max=0": 0,
		"groups": 111, "groups?first=100": 11, "groups?max=7": 7, "groups?search=p0&max=1000": 100,
		"roles": 113, "roles?first=100": 113, "roles?max=7": 113, "roles?first=100&max=1000": 13, "roles?search=p0": 100, "roles?search=p0&max=7": 7,
		"identity-provider/instances": 100, "identity-provider/instances?first=100": 10, "identity-provider/instances?first=0&max=1000": 110,
		"groups/{pagegroup}/children": 10, "groups/{pagegroup}/children?max=100": 12,
		"groups/{pagegroup}/members": 100, "groups/{pagegroup}/members?first=100": 10, "groups/{pagegroup}/members?max=1000": 110,
	} {
		t.Run(address, func(t *testing.T) {
			got := s.send(t, step{do: "GET " + address})
			list, _ := got.JSON(t).([]any)
			if got.Status != http.StatusOK || len(list) != want {
				t.Errorf("each list has a limit of its own: got %d and %d elements, want %d", got.Status, len(list), want)
			}
		})
	}
}

const pageObjects = 110

// fillPages makes 110 users, roles and providers, and 111 groups of which one
// has all users as members.
func (s *session) fillPages(t *testing.T) {
	t.Helper()
	s.mustDo(t, step{do: "POST groups", body: `{"name":"all"}`, as: "pagegroup"})
	for i := range 12 {
		s.mustDo(t, step{do: "POST groups/{pagegroup}/children", body: fmt.Sprintf(`{"name":"c%03d"}`, i)})
	}
	for i := range pageObjects {
		if i%20 == 0 {
			s.logIn(t)
		}
		s.mustDo(t, step{do: "POST users", body: fmt.Sprintf(`{"username":"p%03d","groups":["/all"]}`, i)})
		s.mustDo(t, step{do: "POST groups", body: fmt.Sprintf(`{"name":"p%03d"}`, i)})
		s.mustDo(t, step{do: "POST roles", body: fmt.Sprintf(`{"name":"p%03d"}`, i)})
		s.mustDo(t, step{do: "POST identity-provider/instances", body: fmt.Sprintf(`{"alias":"p%03d","providerId":"oidc","config":{}}`, i)})
	}
}
