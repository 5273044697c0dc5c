package harborprojects

import (
	"context"
	"maps"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"otomi.io/tasks/internal/sim"
	"otomi.io/tasks/internal/testkit/runner"
	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/run"
)

// soak is a long life: two installations at one Harbor, with drift, faults and kills
// in any order.
type soak struct {
	*site
	other  *site
	random *rand.Rand
	drifts map[string]drift
}

// Soak lives through rounds of drift as long as more says so. An undisturbed run writes
// what repairs the drift and nothing else; after a fault or a kill one more run does the
// rest. Alone says that nothing else runs in this process, so that its memory and files
// can be measured.
func Soak(t *testing.T, start Start, seed uint64, alone bool, more func(round int) bool) {
	s := newSoak(t, start, seed)
	state, early := s.stateBytes(t), usage{}
	for round := 0; more(round); round++ {
		s.round(t)
		if round%10 == 0 {
			s.other.settled(t, "--policy", "sync")
		}
		if round == 100 {
			early = measure(t)
		}
		if t.Failed() {
			t.Fatalf("round %d of seed %d", round, seed)
		}
	}
	s.other.settled(t, "--policy", "sync")
	if got := s.stateBytes(t); got > 2*state {
		t.Errorf("the state has grown from %d to %d bytes", state, got)
	}
	late := measure(t)
	if alone && early.bytes > 0 && (late.bytes > 2*early.bytes || late.files > early.files+10) {
		t.Errorf("%d MiB and %d open files, after 100 rounds %d and %d", late.bytes>>20, late.files, early.bytes>>20, early.files)
	}
}

func newSoak(t *testing.T, start Start, seed uint64) *soak {
	t.Helper()
	s := &soak{site: newSite(t, start), random: rand.New(rand.NewPCG(seed, 0)), drifts: projectDrifts()} //nolint:gosec // the same each time
	s.other = s.neighbour(t, "other.example.com/otomi", []string{"team-x"}, strings.Replace(Small, "{a: {}}", "{x: {}}", 1))
	s.Faults.Watch(nil)
	maps.Copy(s.drifts, memberDrifts())
	maps.Copy(s.drifts, ruleDrifts())
	delete(s.drifts, "GroupAdminGone") // it is the neighbour's, too
	s.apply(t)
	s.other.apply(t)
	return s
}

// round makes one drift and repairs it, perhaps disturbed.
func (s *soak) round(t *testing.T) {
	t.Helper()
	names := slices.Sorted(maps.Keys(s.drifts))
	name := names[s.random.IntN(len(names))]
	d := s.drifts[name]
	d.make(s.console(t))
	switch s.random.IntN(4) {
	case 0:
		effects := []sim.Effect{sim.Refuse, sim.ResetBefore, sim.ResetAfter, sim.CutBody}
		s.Faults.Inject(sim.Fault{Effect: effects[s.random.IntN(len(effects))], Number: 1 + s.random.IntN(60)})
		s.disturbed(t, name)
	case 1:
		runner.Kill(s.Faults, 1+s.random.IntN(d.writes), s.random.IntN(2) == 0)
		s.disturbed(t, name)
	default:
		r := s.run(t, "apply", "--policy", "sync").want(t, run.ExitOK, "converged", d.writes)
		mine := slices.DeleteFunc(r.Lines, func(l plan.Line) bool { return l.Blocked != "" }) // the neighbour's are shown
		if diff := cmp.Diff(d.want, runner.Names(mine)); diff != "" {
			t.Errorf("%s: plan (-want +got):\n%s", name, diff)
		}
	}
	s.settled(t, "--policy", "sync")
	s.Log.Reset()
}

func (s *soak) disturbed(t *testing.T, name string) {
	t.Helper()
	harmed := s.run(t, "apply", "--policy", "sync")
	s.Faults.Clear()
	s.Faults.Watch(nil)
	if harmed.Code != run.ExitOK && harmed.Code != run.ExitFailed {
		t.Errorf("%s: a disturbed run ends with %d\n%s", name, harmed.Code, harmed.Raw)
	}
	if r := s.run(t, "apply", "--policy", "sync"); r.Code != run.ExitOK {
		t.Errorf("%s: the run after a disturbed one ends with %d\n%s", name, r.Code, r.Raw)
	}
}

// stateBytes is what the Secrets of our state hold.
func (s *soak) stateBytes(t *testing.T) (n int) {
	t.Helper()
	secrets, err := s.cluster.CoreV1().Secrets("otomi").List(context.Background(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range secrets.Items {
		for _, value := range secret.Data {
			n += len(value)
		}
	}
	return n
}

// usage is what this process holds.
type usage struct {
	bytes uint64
	files int
}

func measure(t *testing.T) usage {
	t.Helper()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	files, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Logf("open files are not known here: %v", err)
	}
	return usage{m.HeapAlloc, len(files)}
}
