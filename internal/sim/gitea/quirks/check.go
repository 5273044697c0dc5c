package quirks

import (
	"fmt"
	"strings"
	"testing"

	"otomi.io/tasks/internal/sim/apitest"
)

// check runs a step and compares what it says.
func (s *session) check(t *testing.T, tr quirk, st step) apitest.Answer {
	t.Helper()
	got := s.send(t, st)
	at := fmt.Sprintf("%s\n%s %s %s", tr.reason, s.kept.Fill(st.by), s.kept.Fill(st.do), s.kept.Fill(st.body))
	s.kept.Check(t, at, got, apitest.Want{Status: apitest.Status(st.do, st.status), JSON: st.want, As: st.as})
	if st.not != "" && got.Lacks(t, s.kept.Fill(st.not)) == "" {
		t.Errorf("%s\ngot %s, want anything else", at, got)
	}
	if st.exact != "" {
		if names := got.Names(t, "login", "rule_name", "title", "name"); names != s.kept.Fill(st.exact) {
			t.Errorf("%s\ngot %s, want %s", at, names, s.kept.Fill(st.exact))
		}
	}
	if st.count != "" {
		s.checkCount(t, at, st, got)
	}
	return got
}

func (s *session) checkCount(t *testing.T, at string, st step, got apitest.Answer) {
	t.Helper()
	counts := got.Header.Values("X-Total-Count")
	if len(counts) == 0 {
		counts = []string{"none"}
	}
	if strings.Join(counts, " ") != st.count {
		t.Errorf("%s\nX-Total-Count: got %s, want %s", at, counts, st.count)
	}
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
		list, _ := s.mustDo(t, step{do: fmt.Sprintf("GET %s&page=%d", address, page)}).JSON(t).([]any)
		if len(list) == 0 {
			return names
		}
		for _, element := range list {
			object, _ := element.(map[string]any)
			names = append(names, fmt.Sprint(object[field]))
		}
	}
}
