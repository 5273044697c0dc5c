package harborprojects

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"otomi.io/tasks/tasks/harborprojects"
	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/run"
)

// credentials shows what a team gets to log in with, and that nothing of it is
// ever lost.
func credentials(t *testing.T, start Start) {
	t.Run("Handed", func(t *testing.T) { handed(t, start) })
	t.Run("Drift", func(t *testing.T) { credentialDrifts(t, start) })
	t.Run("Pending", func(t *testing.T) { pending(t, start) })
	t.Run("Rotation", func(t *testing.T) { rotation(t, start) })
	t.Run("RotateNow", func(t *testing.T) { rotateNow(t, start) })
	t.Run("Shared", func(t *testing.T) { shared(t, start) })
	t.Run("Expiry", func(t *testing.T) { expiry(t, start) })
	t.Run("Prefix", func(t *testing.T) { prefix(t, start) })
	t.Run("Adopt", func(t *testing.T) { adoptCredentials(t, start) })
	t.Run("Gone", func(t *testing.T) { goneTeam(t, start) })
	t.Run("Prove", func(t *testing.T) { proving(t, start) })
	t.Run("Folder", func(t *testing.T) { folder(t, start) })
}

// handed is what stands in the namespaces after a first run.
func handed(t *testing.T, start Start) {
	s := newSite(t, start)
	s.apply(t)
	s.allLogIn(t)
	for _, tc := range []struct {
		place    place
		kind     string
		username string
		can      []string
	}{
		{place{"team-a", "harbor-pullsecret", ".dockerconfigjson"}, "kubernetes.io/dockerconfigjson", "otomi-team-a-pull", []string{"pull"}},
		{place{"team-a", "harbor-pushsecret", ".dockerconfigjson"}, "kubernetes.io/dockerconfigjson", "otomi-team-a-push", []string{"pull", "push"}},
		{place{"team-a", "harbor-pushsecret-builds", "config.json"}, "Opaque", "otomi-team-a-builds", []string{"pull", "push"}},
	} {
		host, e := s.entry(tc.place)
		secret := s.secret(tc.place)
		if host != "harbor.example.com" || e.Username != tc.username || string(secret.Type) != tc.kind || secret.Labels["app.kubernetes.io/managed-by"] != "otomi-tasks" {
			t.Errorf("%s: type %s, user %s at %s, labels %v", tc.place, secret.Type, e.Username, host, secret.Labels)
		}
		if diff := cmp.Diff(tc.can, s.actions(tc.place, "team-a")); diff != "" {
			t.Errorf("%s may (-want +got):\n%s", tc.place, diff)
		}
		if got := s.actions(tc.place, "team-b"); len(got) > 0 {
			t.Errorf("%s may %v in another team's project", tc.place, got)
		}
	}
	if diff := cmp.Diff([]string{"harbor-pullsecret", "harbor-pushsecret", "theirs"}, s.pullSecrets(t, "team-a")); diff != "" {
		t.Errorf("pull secrets of the pods (-want +got):\n%s", diff)
	}
	before := s.robotLogins()
	again := s.settled(t, "--policy", "sync")
	if again.admin != 1 {
		t.Errorf("%d requests of the administrator in a run that finds nothing to do, want 1", again.admin)
	}
	if s.robotLogins() != before {
		t.Errorf("log-ins of robot accounts that had nothing to prove: %d, were %d", s.robotLogins(), before)
	}
	if kube, _ := s.secrets.Counts(); kube != 1+4*3 {
		t.Errorf("%d requests to Kubernetes, want 4 for each team and one for our state: %v", kube, s.secrets.Requests())
	}
}

// robotLogins are those of the teams' robot accounts.
func (s *site) robotLogins() int {
	n := 0
	for _, team := range []string{"a", "b", "c"} {
		for _, use := range []string{"pull", "push", "builds"} {
			for _, end := range []string{"", "-b"} {
				l := s.Harbor.Logins("otomi-team-" + team + "-" + use + end)
				n += l.Succeeded + l.Failed
			}
		}
	}
	return n
}

// pending: a team whose namespace is not there yet waits, and gets everything
// in the next run.
func pending(t *testing.T, start Start) {
	s := newSite(t, start, "teamConfig: {d: {}}")
	r := s.apply(t)
	if r.outcome.Changes == nil || !strings.Contains(r.stdout, `"blocked":"namespace team-d does not exist yet, or has no service account default yet"`) {
		t.Errorf("the team that waits is not shown:\n%s", r.stdout)
	}
	s.settled(t)
	if robots := s.robots(t, "team-d"); len(robots) > 0 {
		t.Errorf("robot accounts without a place for their secrets: %v", robots)
	}
	s.addNamespace(t, "team-d")
	r = s.apply(t)
	if diff := cmp.Diff([]string{"create credential team-d/builds", "create credential team-d/pull", "create credential team-d/push"}, names(r.lines)); diff != "" {
		t.Errorf("plan (-want +got):\n%s", diff)
	}
	for _, p := range places("team-d") {
		if !s.logsIn(p) {
			t.Errorf("%s does not log in", p)
		}
	}
	s.settled(t)
}

// robots are the states of a team's robot accounts by their names.
func (s *site) robots(t testing.TB, project string) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, r := range s.hand(t).list("/robots?page_size=100&q=name%3D~" + project + "-") {
		state := "enabled"
		if r["disable"] == true {
			state = "disabled"
		}
		all[fmt.Sprint(r["name"])] = state
	}
	return all
}

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
		old    bool              // what stood in the Secret first still logs in
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
		{"nobody missed it", 2 * time.Hour, 9, `retiring: "team-a-builds: delete" -> ""`, "otomi-team-a-pull-b",
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
		if len(r.lines) != step.lines || step.lines > 0 && r.lines[0].Fields[0].String() != step.field {
			t.Errorf("%s: %d lines, want %d with %s:\n%s", step.reason, len(r.lines), step.lines, step.field, r.stdout)
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

// works logs in with something that stood in a Secret once.
func (s *site) works(e entry) bool {
	status, _ := (&hand{bench: s.bench, t: s.guard.t}).as(e.Username, e.Password).try("GET", "/projects/team-a", nil)
	return status != 401
}

// rotateNow gives everything a new secret, but only once in the grace time.
func rotateNow(t *testing.T, start Start) {
	s := newSite(t, start)
	s.apply(t)
	first := s.copyOf(places("team-b")[0])
	one := s.run(t, "rotate", "--team", "a").want(t, run.ExitOK, "converged", 3)
	if diff := cmp.Diff([]string{"update credential team-a/builds", "update credential team-a/pull", "update credential team-a/push"}, names(one.lines)); diff != "" {
		t.Errorf("one team's plan (-want +got):\n%s", diff)
	}
	all := s.run(t, "rotate").want(t, run.ExitOK, "converged", 6)
	if got := all.lines[0].Blocked; !strings.HasPrefix(got, "the former robot account team-a-builds serves until 2026-11-23T12:00:0") {
		t.Errorf("what was rotated just now: blocked %q", got)
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

// shared: a former robot account that somebody uses for more than the team's
// project is left alone.
func shared(t *testing.T, start Start) {
	s := newSite(t, start)
	s.apply(t)
	s.run(t, "rotate", "--team", "a").want(t, run.ExitOK, "converged", 3)
	s.hand(t).changeRobot("otomi-team-a-pull", object{"permissions": append(robotRights("team-a", "pull"), robotRights("library", "pull")...)})
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
	s.addValues(t, "apps: {harbor: {robotDuration: 30}}")
	r := s.run(t, "apply").want(t, run.ExitOK, "converged", 9)
	if got := r.lines[1].Fields[0].String(); got != "duration: -1 -> 30" {
		t.Errorf("the plan says %s", got)
	}
	for range 4 {
		s.clock.pass(19 * 24 * time.Hour)
		s.run(t, "apply")
		s.settled(t)
		s.clock.pass(2 * 24 * time.Hour)
		r := s.run(t, "apply").want(t, run.ExitOK, "converged", anyWrites)
		if !slices.ContainsFunc(r.lines, func(l plan.Line) bool {
			return l.Name == "team-a/pull" && l.Fields[0].String() == `login: "expires soon" -> "proved"`
		}) {
			t.Errorf("no successor in the last third:\n%s", r.stdout)
		}
		s.allLogIn(t)
	}
	s.guard.away(func() { s.clock.pass(40 * 24 * time.Hour) })
	r = s.apply(t)
	if !strings.Contains(r.stdout, `"before":"\"expired\""`) {
		t.Errorf("nobody noticed that all has expired:\n%s", r.stdout)
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
	s.addValues(t, "apps: {harbor: {robotNamePrefix: robot+}}")
	s.run(t, "apply").want(t, run.ExitRefused, "refused", 0)
	s.settled(t, "--team", "a")
	s.guard.away(func() {
		r := s.run(t, "apply", "--accept", harborprojects.AcceptPrefix).want(t, run.ExitOK, "converged", 1)
		if len(r.lines) != 10 || r.secrets != 9 {
			t.Errorf("%d lines and %d Secrets written, want 10 and 9:\n%s", len(r.lines), r.secrets, r.stdout)
		}
	})
	after := s.copyOf(places("team-a")[0])
	if after.Username != "robot+team-a-pull" || after.Password != before.Password {
		t.Errorf("the Secret names %s, same password %v", after.Username, after.Password == before.Password)
	}
	s.allLogIn(t)
	s.settled(t, "--policy", "sync")
	// Somebody else changes it back: the values are right, and so are the names.
	s.guard.away(func() {
		s.hand(t).setting("robot_name_prefix", "otomi-")
		s.apply(t, "--accept", harborprojects.AcceptPrefix)
	})
	s.allLogIn(t)
	s.settled(t)
}

// adoptCredentials takes over the predecessor's robot accounts and Secrets
// without a new secret where they work.
func adoptCredentials(t *testing.T, start Start) {
	s := newSite(t, start)
	h := s.hand(t)
	h.setting("robot_name_prefix", "otomi-")
	old := map[place]entry{}
	for _, team := range []string{"team-a", "team-b"} {
		h.post("/projects", object{"project_name": team})
		for _, p := range places(team) {
			e := h.oldCredential(p)
			if p.String() == "team-b/harbor-pullsecret" {
				h.put(h.robotPath(e.Username), h.robot(e.Username, object{"disable": true}))
			}
			old[p] = e
		}
	}
	h.post("/robots", object{"name": "harbor", "level": "system", "duration": -1, "permissions": robotRights("library", "pull")})
	theirs := h.find("/robots?page_size=100", "name", "otomi-harbor")
	s.apply(t)
	for p, e := range old {
		if got := s.copyOf(p); got.Username != e.Username || got.Password != e.Password {
			t.Errorf("%s has a new credential: %s, was %s", p, got.Username, e.Username)
		}
		if s.secret(p).Labels["app.kubernetes.io/managed-by"] != "otomi-tasks" {
			t.Errorf("%s does not carry our mark", p)
		}
	}
	s.allLogIn(t)
	if diff := cmp.Diff(theirs, h.find("/robots?page_size=100", "name", "otomi-harbor")); diff != "" {
		t.Errorf("the predecessor's own robot account changed:\n%s", diff)
	}
	s.settled(t, "--policy", "sync")
}

// goneTeam takes back what a team had when it leaves the values, and leaves what
// was never ours.
func goneTeam(t *testing.T, start Start) {
	s := newSite(t, start, "teamConfig: {d: {}}")
	s.addNamespace(t, "team-d")
	s.apply(t)
	h := s.hand(t)
	h.post("/robots", object{"name": "team-d-theirs", "level": "system", "duration": -1, "permissions": robotRights("team-d", "pull")})
	builds := h.robot("otomi-team-d-builds", nil)
	wider, _ := builds["permissions"].([]any)
	h.put(h.robotPath("otomi-team-d-builds"), h.robot("otomi-team-d-builds", object{"permissions": append(wider, robotRights("team-c", "pull")...)}))
	h.mark(place{"team-d", "harbor-pushsecret", ""}, "somebody")
	s.values = slices.Delete(s.values, 1, 2)
	r := s.settled(t)
	if len(r.lines) != 4 || r.lines[1].Blocked != "policy upsert-only" {
		t.Errorf("what the policy keeps is not shown: %v", r.lines)
	}
	r = s.apply(t, "--policy", "sync", "--allow-removals", "credential=3")
	if diff := cmp.Diff([]string{"delete credential team-d/builds", "delete credential team-d/pull", "delete credential team-d/push"}, names(r.lines)[1:]); diff != "" {
		t.Errorf("plan (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]string{"otomi-team-d-theirs": "enabled", "otomi-team-d-builds": "enabled"}, s.robots(t, "team-d")); diff != "" {
		t.Errorf("robot accounts: what also serves others, and what was never ours, stays (-want +got):\n%s", diff)
	}
	for i, p := range places("team-d") {
		if got := s.secret(p); (got != nil) != (i == 1) {
			t.Errorf("%s is there: %v", p, got != nil)
		}
	}
	if diff := cmp.Diff([]string{"theirs"}, s.pullSecrets(t, "team-d")); diff != "" {
		t.Errorf("pull secrets of the pods (-want +got):\n%s", diff)
	}
	s.settled(t, "--policy", "sync")
	s.allLogIn(t)
}

// proving counts the log-ins that each setting of --prove makes.
func proving(t *testing.T, start Start) {
	s := newSite(t, start)
	s.apply(t)
	for _, tc := range []struct {
		reason, when string
		logins       int
	}{
		{"nothing changed since they worked", "changed", 0},
		{"somebody wants to know", "always", 9},
		{"somebody does not", "never", 0},
	} {
		before := s.robotLogins()
		s.settled(t, "--prove", tc.when)
		if got := s.robotLogins() - before; got != tc.logins {
			t.Errorf("--prove %s, %s: %d log-ins, want %d", tc.when, tc.reason, got, tc.logins)
		}
	}
	s.guard.away(func() {
		s.hand(t).secret("otomi-team-a-pull")
		before := s.robotLogins()
		s.run(t, "apply", "--prove", "never").want(t, run.ExitOK, "converged", 0)
		if s.robotLogins() != before || s.logsIn(places("team-a")[0]) {
			t.Error("what nobody proves is not believed")
		}
	})
	s.settled(t)
	s.run(t, "apply", "--prove", "always").want(t, run.ExitOK, "converged", 1)
	s.allLogIn(t)
}

// folder hands out the same as manifests.
func folder(t *testing.T, start Start) {
	s := newSite(t, start)
	to := t.TempDir()
	s.apply(t, "--secrets-dir", to)
	s.settled(t, "--secrets-dir", to, "--policy", "sync")
	for _, p := range places("team-a", "team-b", "team-c") {
		file := filepath.Join(to, p.namespace, "secret-"+p.secret+".yaml")
		info, err := os.Stat(file)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", file, info, err)
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var manifest corev1.Secret
		if err := yaml.Unmarshal(text, &manifest); err != nil {
			t.Fatal(err)
		}
		if _, err := s.cluster.CoreV1().Secrets(p.namespace).Create(context.Background(), &manifest, metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	account, err := os.ReadFile(filepath.Join(to, "team-b", "serviceaccount-default.yaml"))
	if err != nil || !strings.Contains(string(account), "- name: harbor-pullsecret\n") || !strings.Contains(string(account), "- name: harbor-pushsecret\n") {
		t.Errorf("the manifest of the service account: %v\n%s", err, account)
	}
	s.allLogIn(t)
}
