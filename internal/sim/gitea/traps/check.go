package traps

import (
	"fmt"
	"strings"
	"testing"

	"otomi.io/tasks/internal/sim/match"
)

// check runs a step and compares what it says.
func (s *session) check(t *testing.T, tr trap, st step) {
	t.Helper()
	got := s.send(t, st)
	at := fmt.Sprintf("%s\n%s %s %s", tr.reason, s.fill(st.by), s.fill(st.do), s.fill(st.body))
	if want := st.wanted(); want > 0 && got.status != want {
		t.Fatalf("%s\ngot %d %s, want %d", at, got.status, got.shown(), want)
	}
	s.keep(t, st, got)
	if st.want != "" {
		if problem := match.JSON(decode(t, []byte(s.fill(st.want))), decode(t, got.body)); problem != "" {
			t.Errorf("%s\n%s\nin %s", at, problem, got.shown())
		}
	}
	if st.not != "" && match.JSON(decode(t, []byte(s.fill(st.not))), decode(t, got.body)) == "" {
		t.Errorf("%s\ngot %s, want anything else", at, got.shown())
	}
	if st.exact != "" {
		if names := namesOf(decode(t, got.body)); names != s.fill(st.exact) {
			t.Errorf("%s\ngot %s, want %s", at, names, s.fill(st.exact))
		}
	}
	if st.count != "" {
		s.checkCount(t, at, st, got)
	}
}

func (s *session) checkCount(t *testing.T, at string, st step, got answer) {
	t.Helper()
	counts := got.header.Values("X-Total-Count")
	if len(counts) == 0 {
		counts = []string{"none"}
	}
	if strings.Join(counts, " ") != st.count {
		t.Errorf("%s\nX-Total-Count: got %s, want %s", at, counts, st.count)
	}
}

// namesOf are the names in a list, whatever the objects are called by.
func namesOf(list any) string {
	elements, _ := list.([]any)
	names := make([]string, 0, len(elements))
	for _, e := range elements {
		object, _ := e.(map[string]any)
		for _, key := range []string{"login", "rule_name", "title", "name"} {
			if name, found := object[key]; found {
				names = append(names, fmt.Sprint(name))
				break
			}
		}
	}
	return strings.Join(names, " ")
}

// cleanUp removes what bears the tag, and the token at last.
func (s *session) cleanUp(t *testing.T) {
	for _, org := range s.tagged(t, "orgs?limit=50", "name") {
		for _, repo := range s.names(t, "orgs/"+org+"/repos?limit=50", "name") {
			s.mustDo(t, step{do: "DELETE repos/" + org + "/" + repo})
		}
		s.mustDo(t, step{do: "DELETE orgs/" + org})
	}
	for _, user := range s.tagged(t, "admin/users?limit=50&q={tag}", "login") {
		s.mustDo(t, step{do: "DELETE admin/users/" + user + "?purge=true"})
	}
	s.mustDo(t, step{by: "password", do: "DELETE users/{admin}/tokens/{tag}"})
}

// tagged are the names in a list that begin with the tag.
func (s *session) tagged(t *testing.T, address, field string) (names []string) {
	for _, name := range s.names(t, address, field) {
		if strings.HasPrefix(strings.ToLower(name), s.kept["tag"]) {
			names = append(names, name)
		}
	}
	return names
}

// names reads a list to its end.
func (s *session) names(t *testing.T, address, field string) (names []string) {
	t.Helper()
	for page := 1; ; page++ {
		list, _ := decode(t, s.mustDo(t, step{do: fmt.Sprintf("GET %s&page=%d", address, page)}).body).([]any)
		if len(list) == 0 {
			return names
		}
		for _, element := range list {
			object, _ := element.(map[string]any)
			names = append(names, fmt.Sprint(object[field]))
		}
	}
}
