package runner

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"otomi.io/tasks/tasks/run"
)

const shards = 3

// Shards is a task that several runs do side by side.
type Shards struct {
	Start func(args ...string) Raw // from any goroutine
	Read  func(Raw) Result
}

// Flags are those of each shard.
func (Shards) Flags() [][]string {
	var all [][]string
	for i := range shards {
		all = append(all, []string{"--shard", fmt.Sprintf("%d/%d", i, shards)})
	}
	return all
}

// Plan shows that the plans of all shards are together the one of the whole, and
// returns how many changes it has.
func (s Shards) Plan(t *testing.T, args ...string) int {
	t.Helper()
	args = append([]string{"plan"}, args...)
	whole := s.plan(t, args)
	var parts []string
	for _, shard := range s.Flags() {
		parts = append(parts, s.plan(t, slices.Concat(args, shard))...)
	}
	slices.Sort(whole)
	slices.Sort(parts)
	if diff := cmp.Diff(whole, parts); diff != "" {
		t.Errorf("the plan of one run and those of its shards (-one +shards):\n%s", diff)
	}
	return len(whole)
}

func (s Shards) plan(t *testing.T, args []string) []string {
	t.Helper()
	return Names(s.Read(s.Start(args...)).Want(t, run.ExitOK, "planned", 0).Lines)
}

// Apply runs all shards at once, again where a retry helps, and adds up what
// happened to the changes.
func (s Shards) Apply(t *testing.T, args ...string) map[string]int {
	t.Helper()
	runs := make([][]Raw, shards)
	var group sync.WaitGroup
	for i, shard := range s.Flags() {
		group.Go(func() { runs[i] = s.untilDone(slices.Concat([]string{"apply"}, args, shard)) })
	}
	group.Wait()
	sum := map[string]int{}
	for i := range runs {
		for n, raw := range runs[i] {
			r := s.Read(raw)
			if n == len(runs[i])-1 && r.Code != run.ExitOK {
				t.Errorf("shard %d ends with exit %d: %s\n%s", i, r.Code, r.Outcome.Error, r.Stderr)
			}
			for name, count := range r.Changes {
				sum[name] += count
			}
		}
	}
	return sum
}

// untilDone is a Job: it tries again, as long as the exit code says that this
// may help.
func (s Shards) untilDone(args []string) []Raw {
	const tries = 3
	var runs []Raw
	for len(runs) < tries && (len(runs) == 0 || runs[len(runs)-1].Code == run.ExitFailed) {
		runs = append(runs, s.Start(args...))
	}
	return runs
}
