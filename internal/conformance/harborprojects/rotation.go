package harborprojects

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"otomi.io/tasks/internal/testkit/runner"
	"otomi.io/tasks/tasks/harborprojects"
	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/run"
)

// rotation goes once around: b, the grace, disabled, deleted, and back to a.
func rotation(t *testing.T, start Start) {
	s := newSite(t, start)
	args := []string{"--rotate-after", "720h", "--grace", "24h"}
	pull := places("team-a")[0]
	s.apply(t, args...)
	old := s.copyOf(pull)
	steps := []struct {
		reason string
		pass   time.Duration
		lines  int // of the plan: one for each credential
		field  string
		user   string
		robots map[string]string // of pull
		old    bool              // the first credential in the Secret still logs in
		writes int
	}{
		{"a month is not over", 719 * time.Hour, 0, "", "otomi-team-a-pull", map[string]string{"otomi-team-a-pull": "enabled"}, true, 0},
		{"a new robot account beside the old one", 2 * time.Hour, 9, `login: "rotation due" -> "proved"`, "otomi-team-a-pull-b",
			map[string]string{"otomi-team-a-pull": "enabled", "otomi-team-a-pull-b": "enabled"}, true, 9},
		{"the old one still serves", 23 * time.Hour, 0, "", "otomi-team-a-pull-b",
			map[string]string{"otomi-team-a-pull": "enabled", "otomi-team-a-pull-b": "enabled"}, true, 0},
		{"its time is over", 2 * time.Hour, 9, `retiring: "team-a-builds: disable" -> ""`, "otomi-team-a-pull-b",
			map[string]string{"otomi-team-a-pull": "disabled", "otomi-team-a-pull-b": "enabled"}, false, 9},
		{"it can still be brought back", 23 * time.Hour, 0, "", "otomi-team-a-pull-b",
			map[string]string{"otomi-team-a-pull": "disabled", "otomi-team-a-pull-b": "enabled"}, false, 0},
		{"no one missed it", 2 * time.Hour, 9, `retiring: "team-a-builds: delete" -> ""`, "otomi-team-a-pull-b",
			map[string]string{"otomi-team-a-pull-b": "enabled"}, false, 9},
		{"a month later, back in the first slot", 720 * time.Hour, 9, `login: "rotation due" -> "proved"`, "otomi-team-a-pull",
			map[string]string{"otomi-team-a-pull": "enabled", "otomi-team-a-pull-b": "enabled"}, false, 9},
	}
	for _, step := range steps {
		s.clock.pass(step.pass)
		word := "converged"
		if step.lines == 0 {
			word = "unchanged"
		}
		r := s.run(t, append([]string{"apply"}, args...)...).want(t, run.ExitOK, word, step.writes)
		if len(r.Lines) != step.lines || step.lines > 0 && r.Lines[0].Fields[0].String() != step.field {
			t.Errorf("%s: %d lines, want %d with %s:\n%s", step.reason, len(r.Lines), step.lines, step.field, r.Stdout)
		}
		_, e := s.entry(pull)
		if e.Username != step.user {
			t.Errorf("%s: the Secret names %s, want %s", step.reason, e.Username, step.user)
		}
		got := s.robots(t, "team-a")
		for name := range got {
			if !strings.Contains(name, "-pull") {
				delete(got, name)
			}
		}
		if diff := cmp.Diff(step.robots, got); diff != "" {
			t.Errorf("%s: robot accounts (-want +got):\n%s", step.reason, diff)
		}
		if s.works(old) != step.old {
			t.Errorf("%s: the first credential works: %v", step.reason, !step.old)
		}
		s.allLogIn(t)
		s.settled(t, append(args, "--policy", "sync")...)
	}
}

func (s *site) copyOf(p place) entry {
	_, e := s.entry(p)
	return e
}

// works logs in with a credential that was once in a Secret.
func (s *site) works(e entry) bool {
	status, _ := (&console{env: s.env, t: s.guard.t}).as(e.Username, e.Password).try("GET", "/projects/team-a", nil)
	return status != 401
}

// rotateNow gives everything a new secret, but only once in the grace time.
func rotateNow(t *testing.T, start Start) {
	s := newSite(t, start)
	s.apply(t)
	first := s.copyOf(places("team-b")[0])
	rotated := s.clock.Now()
	one := s.run(t, "rotate", "--team", "a").want(t, run.ExitOK, "converged", 3)
	if diff := cmp.Diff([]string{"update credential team-a/builds", "update credential team-a/pull", "update credential team-a/push"}, runner.Names(one.Lines)); diff != "" {
		t.Errorf("one team's plan (-want +got):\n%s", diff)
	}
	all := s.run(t, "rotate").want(t, run.ExitOK, "converged", 6)
	text, serves := strings.CutPrefix(all.Lines[0].Blocked, "the former robot account team-a-builds serves until ")
	until, err := time.Parse(time.RFC3339, text)
	if grace := until.Sub(rotated); !serves || err != nil || grace < 24*time.Hour-time.Second || grace > 24*time.Hour+time.Minute {
		t.Errorf("what was rotated just now: blocked %q", all.Lines[0].Blocked)
	}
	s.run(t, "rotate").want(t, run.ExitOK, "unchanged", 0)
	if !s.works(first) {
		t.Error("the former credential is gone before its grace is over")
	}
	s.settled(t, "--policy", "sync")
	s.clock.pass(25 * time.Hour)
	s.run(t, "rotate").want(t, run.ExitOK, "converged", 18) // each former one is replaced
	s.allLogIn(t)
	s.settled(t)
}

// shared: a former robot account that is used for more than the team's
// project is left alone.
func shared(t *testing.T, start Start) {
	s := newSite(t, start)
	s.apply(t)
	s.run(t, "rotate", "--team", "a").want(t, run.ExitOK, "converged", 3)
	s.console(t).changeRobot("otomi-team-a-pull", object{"permissions": append(robotRights("team-a", "pull"), robotRights("library", "pull")...)})
	for range 3 {
		s.clock.pass(25 * time.Hour)
		s.run(t, "apply")
	}
	want := map[string]string{"otomi-team-a-pull": "enabled", "otomi-team-a-pull-b": "enabled", "otomi-team-a-push-b": "enabled", "otomi-team-a-builds-b": "enabled"}
	if diff := cmp.Diff(want, s.robots(t, "team-a")); diff != "" {
		t.Errorf("robot accounts (-want +got):\n%s", diff)
	}
	s.settled(t, "--policy", "sync")
}

// expiry: a robot account with an end gets its successor in time, also when the
// values bring the end.
func expiry(t *testing.T, start Start) {
	s := newSite(t, start)
	s.apply(t)
	s.values.Add(t, "apps: {harbor: {robotDuration: 30}}")
	r := s.run(t, "apply").want(t, run.ExitOK, "converged", 9)
	if got := r.Lines[1].Fields[0].String(); got != "duration: never expires -> 30 days" {
		t.Errorf("the plan says %s", got)
	}
	for range 4 {
		s.clock.pass(19 * 24 * time.Hour)
		s.run(t, "apply")
		s.settled(t)
		s.clock.pass(2 * 24 * time.Hour)
		r := s.run(t, "apply").want(t, run.ExitOK, "converged", runner.AnyWrites)
		if !slices.ContainsFunc(r.Lines, func(l plan.Line) bool {
			return l.Name == "team-a/pull" && l.Fields[0].String() == `login: "expires soon" -> "proved"`
		}) {
			t.Errorf("no successor in the last third:\n%s", r.Stdout)
		}
		s.allLogIn(t)
	}
	s.guard.away(func() { s.clock.pass(40 * 24 * time.Hour) })
	r = s.apply(t)
	if !strings.Contains(r.Stdout, `"before":"\"expired\""`) {
		t.Errorf("the plan does not show that all has expired:\n%s", r.Stdout)
	}
	s.allLogIn(t)
	s.settled(t)
}

// prefix: with a new prefix every Secret gets the new name in the same run, and
// keeps its password.
func prefix(t *testing.T, start Start) {
	s := newSite(t, start)
	s.apply(t)
	before := s.copyOf(places("team-a")[0])
	s.values.Add(t, "apps: {harbor: {robotNamePrefix: robot+}}")
	s.run(t, "apply").want(t, run.ExitRefused, "refused", 0)
	s.settled(t, "--team", "a")
	s.guard.away(func() {
		r := s.run(t, "apply", "--accept", harborprojects.AcceptPrefix).want(t, run.ExitOK, "converged", 1)
		if len(r.Lines) != 10 || r.secrets != 9 {
			t.Errorf("%d lines and %d Secrets written, want 10 and 9:\n%s", len(r.Lines), r.secrets, r.Stdout)
		}
	})
	after := s.copyOf(places("team-a")[0])
	if after.Username != "robot+team-a-pull" || after.Password != before.Password {
		t.Errorf("the Secret names %s, same password %v", after.Username, after.Password == before.Password)
	}
	s.allLogIn(t)
	s.settled(t, "--policy", "sync")
	// It is changed back by hand: the values are right, and so are the names.
	s.guard.away(func() {
		s.console(t).setting("robot_name_prefix", "otomi-")
		s.apply(t, "--accept", harborprojects.AcceptPrefix)
	})
	s.allLogIn(t)
	s.settled(t)
}
