package keycloakroles

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

// shared lets one person be in two teams whose objects are in different shards.
const shared = `
teamConfig:
  a:
    users: [{username: alice, email: alice@example.com, firstName: Alice, lastName: Ash, initialPassword: Alice-pass-1}]
  t0001:
    users: [{username: alice, email: alice@example.com, firstName: Alice, lastName: Ash, initialPassword: Alice-pass-1}]
  t0002:
    users: [{username: alice, email: alice@example.com, firstName: Alice, lastName: Ash, initialPassword: Alice-pass-1}]
`

// shards shows that runs side by side do together what one run does, and none
// of it twice, from a server without the realm on.
func shards(t *testing.T, s Server) {
	b := newBench(t, s, Platform, Teams(300), shared)
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

	made := b.sideBySide(t, "apply")
	if n := made["created"] + made["updated"]; n != len(whole) {
		t.Errorf("%d changes were made in all, the plan has %d", n, len(whole))
	}
	readBack(t, b)
	b.settled(t, "--policy", "sync")

	b.addValues(t, Teams(270))
	b.values[1], b.values = b.values[len(b.values)-1], b.values[:len(b.values)-1]
	left := b.run(t, "plan", "--policy", "sync").lines
	if gone := b.sideBySide(t, "apply", "--policy", "sync"); gone["deleted"] != len(left) || len(left) < 60 {
		t.Errorf("%d objects were deleted in all, the plan has %d", gone["deleted"], len(left))
	}
	b.settled(t, "--policy", "sync")
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
		for n, r := range runs[i] {
			parsed := parse(t, r.code, r.stdout, r.stderr)
			if n == len(runs[i])-1 && r.code != run.ExitOK {
				t.Errorf("shard %d ends with exit %d: %s\n%s", i, r.code, parsed.outcome.Error, r.stderr)
			}
			for name, n := range parsed.results(t) {
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
