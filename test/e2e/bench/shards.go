package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"text/tabwriter"
	"time"
)

// shardCounts are into how many parts the teams are divided.
func shardCounts() []int { return []int{1, 3, 8} }

// shards measures the same platform done by one run and by several side by side, each
// time on a fresh simulator.
func (b benchmark) shards(ctx context.Context, sizes []int) error {
	b.table = tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(b.table, "teams\tshards\trun\tseconds\treads of all\tof the busiest\twrites\tpeak MiB\t")
	for _, n := range sizes {
		for _, count := range shardCounts() {
			err := b.withSimulator(ctx, func(a address) error { return b.sideBySide(ctx, a, n, count) })
			if err != nil {
				return fmt.Errorf("%d teams, %d shards: %w", n, count, err)
			}
		}
	}
	return b.table.Flush()
}

func (b benchmark) sideBySide(ctx context.Context, a address, n, count int) error {
	place := filepath.Join(b.dir, fmt.Sprintf("%s-%d-of-%d", b.binary, n, count))
	for _, step := range []string{"first", "second"} {
		if err := os.WriteFile(place+".yaml", []byte(b.values("shards", n)), 0o600); err != nil {
			return err
		}
		started := time.Now()
		all, err := b.eachShard(ctx, a, place, count)
		if err != nil {
			return fmt.Errorf("%s run: %w", step, err)
		}
		seconds := time.Since(started).Seconds()
		var sum, most figures
		for _, f := range all {
			sum.reads, sum.writes = sum.reads+f.reads, sum.writes+f.writes
			most.reads, most.mebibytes = max(most.reads, f.reads), max(most.mebibytes, f.mebibytes)
		}
		fmt.Fprintf(b.table, "%d\t%d\t%s\t%.2f\t%d\t%d\t%d\t%.1f\t\n", n, count, step, seconds, sum.reads, most.reads, sum.writes, most.mebibytes)
	}
	return nil
}

// eachShard runs all shards at once.
func (b benchmark) eachShard(ctx context.Context, a address, place string, count int) ([]figures, error) {
	all, errs := make([]figures, count), make([]error, count)
	var group sync.WaitGroup
	for i := range count {
		group.Go(func() { all[i], errs[i] = b.once(ctx, place, a, []string{"--shard", fmt.Sprintf("%d/%d", i, count)}) })
	}
	group.Wait()
	for i, err := range errs {
		if err != nil {
			return nil, fmt.Errorf("shard %d: %w", i, err)
		}
	}
	return all, nil
}
