package harborprojects

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"otomi.io/tasks/internal/sim"
	"otomi.io/tasks/internal/testkit/runner"
	"otomi.io/tasks/tasks/run"
)

// Neighbours proves that an installation is not alone: whatever another one does
// beside it, every credential that worked before works at every instant, and what
// the other one made stays as it is.
func Neighbours(t *testing.T, start Start) {
	t.Run("Laptop", func(t *testing.T) { laptop(t, start) })
	t.Run("LaptopFirst", func(t *testing.T) { laptopFirst(t, start) })
	t.Run("Clusters", func(t *testing.T) { clusters(t, start) })
	t.Run("OtherTeams", func(t *testing.T) { otherTeams(t, start) })
	t.Run("Older", func(t *testing.T) { olderInventory(t, start) })
	t.Run("Kills", func(t *testing.T) { neighbourKills(t, start) })
	t.Run("OwnLogins", func(t *testing.T) { ownLogins(t, start) })
	t.Run("Dollar", func(t *testing.T) { dollar(t, start) })
	t.Run("Unmarked", func(t *testing.T) { unmarked(t, start) })
}

// neighbour is another cluster at the same Harbor. Both are watched.
func (s *site) neighbour(t testing.TB, installation string, teams []string, values ...string) *site {
	t.Helper()
	other := newCluster(t, s.Server, s.clock, teams, values...)
	other.flags = append(other.flags, "--installation", installation)
	s.Faults.Watch(func(int, sim.Request) { s.guard.look(); other.guard.look() })
	return other
}

// robotsBut are all robot accounts of Harbor but those with a word in their name,
// byte for byte.
func (s *site) robotsBut(t testing.TB, word string) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, r := range s.console(t).list("/robots?page_size=100") {
		name := fmt.Sprint(r["name"])
		permissions, _ := r["permissions"].([]any)
		slices.SortFunc(permissions, func(a, b any) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
		text, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(name, word) {
			all[name] = string(text)
		}
	}
	return all
}

func policiesOf() []string { return []string{"create-only", "upsert-only", "sync"} }

// laptop runs from empty folders, which the manual recommends to look around.
func laptop(t *testing.T, start Start) {
	s := newSite(t, start)
	s.apply(t)
	before := s.robotsBut(t, "nobody")
	cluster := s.flags
	for _, policy := range policiesOf() {
		for range 2 {
			s.clock.pass(25 * time.Hour)
			s.flags = append(slices.Clone(cluster), "--secrets-dir", t.TempDir())
			r := s.run(t, "apply", "--policy", policy)
			blocked := 0
			for _, l := range r.Lines {
				if l.Kind == "credential" && strings.Contains(l.Blocked, "belongs to installation example.com/otomi") {
					blocked++
				}
			}
			if blocked != 9 {
				t.Errorf("%s: %d credentials are shown with their owner, want 9:\n%s", policy, blocked, r.Stdout)
			}
		}
	}
	s.flags = cluster
	if diff := cmp.Diff(before, s.robotsBut(t, "nobody")); diff != "" {
		t.Errorf("a laptop changed robot accounts (-before +after):\n%s", diff)
	}
	s.allLogIn(t)
	s.settled(t, "--policy", "sync")
}

// laptopFirst: the second installation shows whose the credentials are, takes them
// over with --accept, and leaves the first one the grace time.
func laptopFirst(t *testing.T, start Start) {
	s := newSite(t, start)
	cluster, folder := s.flags, t.TempDir()
	s.flags = append(slices.Clone(cluster), "--secrets-dir", folder, "--installation", "laptop")
	s.apply(t)
	before := s.robotsBut(t, "nobody")
	s.flags = cluster
	r := s.run(t, "apply", "--policy", "sync")
	if !strings.Contains(r.Stdout, `"blocked":"belongs to installation laptop (inventory `) {
		t.Errorf("the owner is not shown:\n%s", r.Stdout)
	}
	if diff := cmp.Diff(before, s.robotsBut(t, "nobody")); diff != "" {
		t.Errorf("robot accounts changed without --accept (-before +after):\n%s", diff)
	}
	s.apply(t, "--accept", "owner")
	s.allLogIn(t)
	for name, text := range s.robotsBut(t, "otomi-tasks") {
		if first, known := before[name]; known && first != text {
			t.Errorf("robot account %s of the laptop changed: %s, was %s", name, text, first)
		}
	}
	s.settled(t, "--policy", "sync")
}

// clusters with the same teams, under other names and under the same one, in
// turns, for days.
func clusters(t *testing.T, start Start) {
	for name, installation := range map[string]string{"OtherName": "blue", "SameName": "example.com/otomi"} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, start)
			s.apply(t, "--rotate-after", "720h")
			other := s.neighbour(t, installation, []string{"team-a", "team-b", "team-c"}, Platform)
			for _, policy := range policiesOf() {
				for _, one := range []*site{other, s, other} {
					s.clock.pass(25 * time.Hour)
					one.run(t, "apply", "--policy", policy, "--rotate-after", "720h")
				}
				s.allLogIn(t)
			}
			s.clock.pass(721 * time.Hour) // the first one rotates, whatever the other one does
			for range 4 {
				if r := s.run(t, "apply", "--policy", "sync", "--rotate-after", "720h"); r.Code != run.ExitOK {
					t.Errorf("the first cluster does not rotate: %s", r)
				}
				other.run(t, "apply", "--policy", "sync", "--rotate-after", "720h")
				s.clock.pass(25 * time.Hour)
				s.allLogIn(t)
			}
		})
	}
}

// otherTeams: a cluster with other teams takes nothing from the first one, under
// sync and when its own teams leave.
func otherTeams(t *testing.T, start Start) {
	s := newSite(t, start)
	s.apply(t)
	before := s.robotsBut(t, "-d-")
	other := s.neighbour(t, "blue", []string{"team-d"}, strings.ReplaceAll(Small, "{a: {}}", "{d: {}}"))
	other.apply(t, "--policy", "sync")
	other.allLogIn(t)
	s.settled(t, "--policy", "sync")
	shown := other.run(t, "plan", "--policy", "sync", "--accept", "owner")
	if n := strings.Count(shown.Stdout, `"blocked":"belongs to installation example.com/otomi (inventory `); n != 9 {
		t.Errorf("%d credentials of the first cluster are shown with their owner, want 9:\n%s", n, shown.Stdout)
	}
	other.values = runner.Sources(t, strings.ReplaceAll(Small, "{a: {}}", "{}"))
	other.guard.watch(false)
	other.run(t, "apply", "--policy", "sync", "--accept", "no-teams", "--allow-removals", "credential=3")
	if diff := cmp.Diff(before, s.robotsBut(t, "-d-")); diff != "" {
		t.Errorf("the other cluster changed robot accounts of the first one (-before +after):\n%s", diff)
	}
	if status, _ := s.console(t).try(http.MethodGet, "/projects/team-d", nil); status != http.StatusNotFound {
		t.Errorf("the other cluster's own project is still there: %d", status)
	}
	s.allLogIn(t)
}

// olderInventory is a backup from before the last rotation.
func olderInventory(t *testing.T, start Start) {
	s := newSite(t, start)
	s.apply(t)
	secrets := s.cluster.CoreV1().Secrets("otomi")
	old, err := secrets.Get(context.Background(), "otomi-tasks-harbor-projects", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	s.run(t, "rotate").want(t, run.ExitOK, "converged", runner.AnyWrites)
	s.clock.pass(time.Hour)
	s.restoreSecret(t, old)
	for range 3 {
		s.apply(t, "--policy", "sync")
		s.allLogIn(t)
		s.clock.pass(25 * time.Hour)
	}
}

func (s *site) restoreSecret(t testing.TB, old *corev1.Secret) {
	t.Helper()
	secrets := s.cluster.CoreV1().Secrets(old.Namespace)
	if err := secrets.Delete(context.Background(), old.Name, metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	restored := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: old.Name, Labels: old.Labels}, Type: old.Type, Data: old.Data}
	if _, err := secrets.Create(context.Background(), restored, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
}

// neighbourKills ends a second cluster's runs after each of their writes, with
// and without --accept.
func neighbourKills(t *testing.T, start Start) {
	for name, args := range map[string][]string{
		"Shown": {"apply", "--policy", "sync"}, "Accepted": {"apply", "--policy", "sync", "--accept", "owner"},
	} {
		scenario := func(t testing.TB) (*site, *site) {
			s := buildSite(t, start, []string{"team-a"}, Small)
			s.apply(t)
			return s, s.neighbour(t, "blue", []string{"team-a"}, Small)
		}
		_, counted := scenario(t)
		counted.Faults.Clear()
		_, before := counted.Faults.Counts()
		counted.run(t, args...)
		_, after := counted.Faults.Counts()
		for n := 1; n <= after-before; n++ {
			t.Run(fmt.Sprintf("%s/Write%d", name, n), func(t *testing.T) {
				first, second := scenario(t)
				runner.Kill(second.Faults, n, n%2 == 0)
				second.run(t, args...)
				second.Faults.Clear()
				second.run(t, args...)
				first.guard.look()
				first.allLogIn(t)
				first.run(t, "apply", "--policy", "sync")
				first.allLogIn(t)
			})
		}
	}
}

// unmarked robot accounts of the platform's names, with no Secret that logs in
// as them, belong to an unknown owner.
func unmarked(t *testing.T, start Start) {
	s := newSite(t, start)
	h := s.console(t)
	h.setting("robot_name_prefix", "otomi-")
	h.post("/projects", object{"project_name": "team-a"})
	pull := places("team-a")[0]
	e := h.oldCredential(pull)
	h.deleteSecret(pull)
	for _, policy := range policiesOf() {
		r := s.run(t, "apply", "--policy", policy)
		if !strings.Contains(r.Stdout, "belongs to an unknown owner") || !s.works(e) || s.secret(pull) != nil {
			t.Errorf("%s: a robot account that works and is not proven to be ours:\n%s", policy, r.Stdout)
		}
	}
	s.guard.watch(true)
	s.apply(t, "--accept", "owner")
	if !s.works(e) {
		t.Error("the former robot account is gone at once")
	}
	s.allLogIn(t)
	s.settled(t, "--policy", "sync")
}
