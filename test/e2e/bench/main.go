// Command bench measures the tasks as whole processes and prints the figures
// beside those of their peers. It judges nothing.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"text/tabwriter"
)

func main() {
	shards := flag.String("shards", "", "measure shards instead, on simulators with these numbers of `teams`, such as 300,5000")
	flag.Parse()
	if err := run(context.Background(), flag.Args(), *shards); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// run measures the tasks named, or all of them.
func run(ctx context.Context, names []string, shards string) error {
	sizes, err := numbers(shards)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := build(ctx, dir); err != nil {
		return err
	}
	chosen, err := choose(subjects(), names)
	if err != nil {
		return err
	}
	for _, s := range chosen {
		if len(sizes) > 0 {
			fmt.Fprintf(os.Stdout, "%s\n\n", s.binary)
			if err := (benchmark{subject: s, dir: dir}).shards(ctx, sizes); err != nil {
				return err
			}
			continue
		}
		fmt.Fprintf(os.Stdout, "%s\n\n%s\n", s.binary, s.peers)
		table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
		fmt.Fprintln(table, "server\tteams\trun\tseconds\trequests\twrites\tpeak MiB\t")
		b := benchmark{subject: s, dir: dir, table: table}
		if err := errors.Join(b.run(ctx), table.Flush()); err != nil {
			return err
		}
		fmt.Fprintln(os.Stdout)
	}
	return nil
}

// numbers reads such as 300,5000.
func numbers(text string) ([]int, error) {
	var all []int
	for part := range strings.SplitSeq(text, ",") {
		if part == "" {
			continue
		}
		n, err := strconv.Atoi(part)
		if err != nil {
			return nil, fmt.Errorf("reading the numbers of teams: %w", err)
		}
		all = append(all, n)
	}
	return all, nil
}

// build puts every binary of the product into dir.
func build(ctx context.Context, dir string) error {
	build := exec.CommandContext(ctx, "go", "build", "-tags", "grpcnotrace", "-trimpath", "-o", dir+string(filepath.Separator), "./cmd/...")
	build.Dir = filepath.Join("..", "..") // the product's module, with its own dependencies
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("building the binaries: %w\n%s", err, out)
	}
	return nil
}

func choose(all []subject, names []string) ([]subject, error) {
	if len(names) == 0 {
		return all, nil
	}
	var chosen []subject
	for _, name := range names {
		before := len(chosen)
		for _, s := range all {
			if s.binary == name {
				chosen = append(chosen, s)
			}
		}
		if len(chosen) == before {
			return nil, fmt.Errorf("no task %q", name)
		}
	}
	return chosen, nil
}
