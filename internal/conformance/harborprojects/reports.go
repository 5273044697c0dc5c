package harborprojects

import (
	"strings"
	"testing"
)

// dollar keeps Harbor's own prefix, whose $ shells and templates take for a variable:
// pods log in with what is in the Secret (goharbor/harbor#15410). A robot account that
// was deleted gets a successor, and the Secret names it
// (goharbor/terraform-provider-harbor#156).
func dollar(t *testing.T, start Start) {
	s := newSite(t, start, "apps: {harbor: {robotNamePrefix: 'robot$'}}")
	s.apply(t)
	s.allLogIn(t)
	pull := places("team-b")[0]
	_, e := s.entry(pull)
	if !strings.HasPrefix(e.Username, "robot$team-b-") {
		t.Errorf("the user in the Secret is %q", e.Username)
	}
	h := s.console(t)
	s.guard.away(func() { h.remove("/robots/" + id(h.find("/robots?page_size=100", "name", e.Username))) })
	s.guard.watch(false)
	s.apply(t)
	s.allLogIn(t)
	s.settled(t, "--policy", "sync")
}
