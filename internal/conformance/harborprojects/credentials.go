package harborprojects

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"otomi.io/tasks/internal/testkit/runner"
	"otomi.io/tasks/tasks/run"
)

// credentials shows what a team gets to log in with, and that nothing of it is
// ever lost.
func credentials(t *testing.T, start Start) {
	t.Run("Handed", func(t *testing.T) { handed(t, start) })
	t.Run("Drift", func(t *testing.T) { credentialDrifts(t, start) })
	t.Run("Pending", func(t *testing.T) { pending(t, start) })
	t.Run("Shared", func(t *testing.T) { shared(t, start) })
	t.Run("Prefix", func(t *testing.T) { prefix(t, start) })
	t.Run("Adopt", func(t *testing.T) { adoptCredentials(t, start) })
	t.Run("Gone", func(t *testing.T) { goneTeam(t, start) })
	t.Run("Prove", func(t *testing.T) { proving(t, start) })
	t.Run("Shards", func(t *testing.T) { shards(t, start) })
	t.Run("Folder", func(t *testing.T) { folder(t, start) })
}

// Age lets time pass, for which the server's clock must be that of its options.
func Age(t *testing.T, start Start) {
	t.Run("Rotation", func(t *testing.T) { rotation(t, start) })
	t.Run("RotateNow", func(t *testing.T) { rotateNow(t, start) })
	t.Run("Expiry", func(t *testing.T) { expiry(t, start) })
}

// handed is what the namespaces hold after a first run.
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
	if want := 1 + s.membersByAdmin(3); again.admin != want {
		t.Errorf("%d requests of the administrator in a run that finds nothing to do, want %d", again.admin, want)
	}
	if s.robotLogins() != before {
		t.Errorf("logins of robot accounts that had nothing to prove: %d, were %d", s.robotLogins(), before)
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
	if r.Outcome.Changes == nil || !strings.Contains(r.Stdout, `"blocked":"namespace team-d does not exist yet, or has no service account default yet"`) {
		t.Errorf("the team that waits is not shown:\n%s", r.Stdout)
	}
	s.settled(t)
	if robots := s.robots(t, "team-d"); len(robots) > 0 {
		t.Errorf("robot accounts without a place for their secrets: %v", robots)
	}
	s.addNamespace(t, "team-d")
	r = s.apply(t)
	if diff := cmp.Diff([]string{"create credential team-d/builds", "create credential team-d/pull", "create credential team-d/push"}, runner.Names(r.Lines)); diff != "" {
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
	for _, r := range s.console(t).list("/robots?page_size=100&q=name%3D~" + project + "-") {
		state := "enabled"
		if r["disable"] == true {
			state = "disabled"
		}
		all[fmt.Sprint(r["name"])] = state
	}
	return all
}

// adoptCredentials takes over the predecessor's robot accounts and Secrets
// without a new secret where they work.
func adoptCredentials(t *testing.T, start Start) {
	s := newSite(t, start)
	h := s.console(t)
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
	h := s.console(t)
	h.post("/robots", object{"name": "team-d-theirs", "level": "system", "duration": -1, "permissions": robotRights("team-d", "pull")})
	builds := h.robot("otomi-team-d-builds", nil)
	wider, _ := builds["permissions"].([]any)
	h.put(h.robotPath("otomi-team-d-builds"), h.robot("otomi-team-d-builds", object{"permissions": append(wider, robotRights("team-c", "pull")...)}))
	h.mark(place{"team-d", "harbor-pushsecret", ""}, "somebody")
	s.values = slices.Delete(s.values, 1, 2)
	r := s.settled(t)
	if len(r.Lines) != 4 || r.Lines[1].Blocked != "policy upsert-only" {
		t.Errorf("what the policy keeps is not shown: %v", r.Lines)
	}
	r = s.apply(t, "--policy", "sync", "--allow-removals", "credential=3")
	if diff := cmp.Diff([]string{"delete credential team-d/builds", "delete credential team-d/pull", "delete credential team-d/push"}, runner.Names(r.Lines)[1:]); diff != "" {
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

// proving counts the logins that each setting of --prove makes.
func proving(t *testing.T, start Start) {
	s := newSite(t, start)
	s.apply(t)
	for _, tc := range []struct {
		reason, when string
		logins       int
	}{
		{"nothing changed since they worked", "changed", 0},
		{"always prove", "always", 9},
		{"never prove", "never", 0},
	} {
		before := s.robotLogins()
		s.settled(t, "--prove", tc.when)
		if got := s.robotLogins() - before; got != tc.logins {
			t.Errorf("--prove %s, %s: %d logins, want %d", tc.when, tc.reason, got, tc.logins)
		}
	}
	s.guard.away(func() {
		s.console(t).secret("otomi-team-a-pull")
		before := s.robotLogins()
		s.run(t, "apply", "--prove", "never").want(t, run.ExitOK, "converged", 0)
		if s.robotLogins() != before || s.logsIn(places("team-a")[0]) {
			t.Error("an unproven login is not assumed to work")
		}
	})
	s.settled(t)
	s.run(t, "apply", "--prove", "always").want(t, run.ExitOK, "converged", 1)
	s.allLogIn(t)
}

// folder publishes the same as manifests.
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

// shards do side by side what one run does, and remember it in one place.
func shards(t *testing.T, start Start) {
	s := newSite(t, start)
	const count = 3
	together := func(word string) {
		var group sync.WaitGroup
		for i := range count {
			group.Go(func() {
				r := s.run(t, "apply", "--policy", "sync", "--shard", fmt.Sprintf("%d/%d", i, count))
				if r.Code != run.ExitOK || word != "" && r.Outcome.Result != word {
					t.Errorf("shard %d: exit %d %s\n%s%s", i, r.Code, r.Outcome.Result, r.Stdout, r.Stderr)
				}
			})
		}
		group.Wait()
	}
	together("")
	s.allLogIn(t)
	before := s.robotLogins()
	together("unchanged")
	s.settled(t, "--policy", "sync")
	if s.robotLogins() != before {
		t.Errorf("what one shard proved the others, or a run of all, do not know: %d logins", s.robotLogins()-before)
	}
}
