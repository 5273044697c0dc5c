package gitearepos

import (
	"slices"
	"testing"

	"otomi.io/tasks/internal/testkit/runner"
)

// shards shows that runs side by side do together what one run does, and none of
// it twice, from an empty Gitea on: they share one state.
func shards(t *testing.T, s Server) {
	b := newEnv(t, s, Platform, Teams(30))
	side := runner.Shards{Start: b.start, Read: func(r runner.Raw) runner.Result { return b.read(t, r) }}
	planned := side.Plan(t)
	if made := side.Apply(t); made["created"] != planned {
		t.Errorf("%v was made in all, the plan has %d objects", made, planned)
	}
	b.settled(t, "--policy", "sync")
	for _, shard := range side.Flags() {
		b.settled(t, shard...)
	}

	b.values = slices.Delete(b.values, 1, 2) // thirty teams left
	prune := []string{"--policy", "sync", "--removal-cap", "1"}
	left := side.Plan(t, prune...)
	if gone := side.Apply(t, prune...); gone["deleted"] != left || left != 60 {
		t.Errorf("%v was done in all, the plan has %d deletions", gone, left)
	}
	b.settled(t, "--policy", "sync")
	readBack(t, b)
}
