package gitearepos

import (
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"otomi.io/tasks/tasks/run"
)

const shardCount = 3

// shards shows that runs side by side do together what one run does, and none of
// it twice, from an empty Gitea on: they share one state.
func shards(t *testing.T, s Server) {
	b := newBench(t, s, Platform, Teams(30))
	whole := names(b.run(t, "plan").want(t, run.ExitOK, "planned", 0).lines)
	var parts []string
	for i := range shardCount {
		parts = append(parts, names(b.run(t, "plan", "--shard", shardName(i)).want(t, run.ExitOK, "planned", 0).lines)...)
	}
	slices.Sort(whole)
	slices.Sort(parts)
	if diff := cmp.Diff(whole, parts); diff != "" {
		t.Errorf("the plan of one run and those of its shards (-one +shards):\n%s", diff)
	}
	if made := b.sideBySide(t, "apply"); made["created"] != len(whole) {
		t.Errorf("%d objects were made in all, the plan has %d", made["created"], len(whole))
	}
	b.settled(t, "--policy", "sync")
	for i := range shardCount {
		b.settled(t, "--shard", shardName(i))
	}

	b.values = slices.Delete(b.values, 1, 2) // thirty teams left
	left := b.run(t, "plan", "--policy", "sync", "--removal-cap", "1").lines
	if gone := b.sideBySide(t, "apply", "--policy", "sync", "--removal-cap", "1"); gone["deleted"] != len(left) || len(left) != 60 {
		t.Errorf("%d objects were deleted in all, the plan has %d", gone["deleted"], len(left))
	}
	b.settled(t, "--policy", "sync")
	readBack(t, b)
}

func shardName(i int) string { return fmt.Sprintf("%d/%d", i, shardCount) }

// sideBySide runs all shards at once, again where a retry helps, and adds up
// what became of the changes.
func (b *bench) sideBySide(t *testing.T, args ...string) map[string]int {
	t.Helper()
	runs := make([][]raw, shardCount)
	var group sync.WaitGroup
	for i := range runs {
		group.Go(func() { runs[i] = b.untilDone(slices.Concat(args, []string{"--shard", shardName(i)})) })
	}
	group.Wait()
	sum := map[string]int{}
	for i := range runs {
		for n, process := range runs[i] {
			r := process.parse(t)
			if n == len(runs[i])-1 && r.code != run.ExitOK {
				t.Errorf("shard %d ends with exit %d: %s\n%s", i, r.code, r.outcome.Error, r.stderr)
			}
			for name, n := range r.results(t) {
				sum[name] += n
			}
		}
	}
	return sum
}

// untilDone is a Job: it tries again, as long as the exit code says that this
// may help.
func (b *bench) untilDone(args []string) []raw {
	const tries = 3
	var runs []raw
	for len(runs) < tries && (len(runs) == 0 || runs[len(runs)-1].code == run.ExitFailed) {
		runs = append(runs, b.start(args...))
	}
	return runs
}

// results are what became of the changes, by their names in the outcome.
func (r result) results(t *testing.T) map[string]int {
	t.Helper()
	text, err := json.Marshal(r.outcome.Changes)
	if err != nil {
		t.Fatal(err)
	}
	counts := map[string]int{}
	if err := json.Unmarshal(text, &counts); err != nil {
		t.Fatalf("the outcome has no counts of changes: %v\n%s", err, r.stdout)
	}
	return counts
}
