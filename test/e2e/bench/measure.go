package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"
)

// address is where an application runs and who may change it.
type address struct {
	URL      string `json:"url"`
	Username string `json:"username"`
	Password string `json:"password"`
}

// bench measures one task.
type benchmark struct {
	subject
	dir   string
	table *tabwriter.Writer
}

func (b benchmark) run(ctx context.Context) error {
	if b.real != nil {
		if err := b.onReal(ctx); err != nil {
			return err
		}
	}
	return b.onSimulator(ctx)
}

// onReal measures on a server that a first platform has warmed up, or each size
// on a fresh one.
func (b benchmark) onReal(ctx context.Context) error {
	sizes := []int{1, 10, 100, 500}
	if !b.freshServer {
		return b.onServer(ctx, sizes...)
	}
	for _, n := range sizes {
		if err := b.onServer(ctx, n); err != nil {
			return err
		}
	}
	return nil
}

func (b benchmark) onServer(ctx context.Context, sizes ...int) (err error) {
	server, stop, err := b.real(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()
	if !b.freshServer {
		if err := b.measure(ctx, "warm-up", server, b.warmUp); err != nil {
			return err
		}
	}
	for _, n := range sizes {
		if err := b.measure(ctx, "real", server, n); err != nil {
			return err
		}
	}
	return nil
}

// onSimulator measures on servers that answer at once, a fresh one for each
// size: what is left is the task's own time and memory.
func (b benchmark) onSimulator(ctx context.Context) error {
	for _, n := range b.simulated {
		if err := b.withSimulator(ctx, func(a address) error { return b.measure(ctx, "simulator", a, n) }); err != nil {
			return err
		}
	}
	return nil
}

// withSimulator runs something against a fresh simulator.
func (b benchmark) withSimulator(ctx context.Context, do func(address) error) error {
	simulator := exec.CommandContext(ctx, filepath.Join(b.dir, "simulator"), "--"+b.app, "127.0.0.1:0")
	out, err := simulator.StdoutPipe()
	if err != nil {
		return err
	}
	if err := simulator.Start(); err != nil {
		return err
	}
	defer func() {
		_ = simulator.Process.Signal(syscall.SIGTERM)
		_ = simulator.Wait()
	}()
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err != nil {
		return fmt.Errorf("starting the simulator: %w", err)
	}
	var started map[string]address
	if err := json.Unmarshal(line, &started); err != nil {
		return err
	}
	return do(started[b.app])
}

// step is one run of a task.
type step struct {
	name  string
	teams int
	flags []string
}

// steps are on nothing, again, perhaps with other flags, and after a team came.
func (b benchmark) steps(n int) []step {
	steps := []step{{name: "first", teams: n}, {name: "second", teams: n}}
	if b.flags != nil {
		steps = append(steps, step{"second, " + strings.Join(b.flags, " "), n, b.flags})
	}
	return append(steps, step{name: "one more team", teams: n + 1})
}

func (b benchmark) measure(ctx context.Context, server string, a address, n int) error {
	place := filepath.Join(b.dir, fmt.Sprintf("%s-%s-%d", b.binary, server, n))
	for _, step := range b.steps(n) {
		if err := os.WriteFile(place+".yaml", []byte(b.values(fmt.Sprintf("%s-%d", server, n), step.teams)), 0o600); err != nil {
			return err
		}
		f, err := b.once(ctx, place, a, step.flags)
		if err != nil {
			return fmt.Errorf("%s, %d teams, %s run: %w", server, n, step.name, err)
		}
		fmt.Fprintf(b.table, "%s\t%d\t%s\t%.2f\t%d\t%d\t%.1f\t\n", server, n, step.name, f.seconds, f.reads+f.writes, f.writes, f.mebibytes)
	}
	return nil
}

// figures are what one run of the whole process cost.
type figures struct {
	seconds, mebibytes float64
	reads, writes      int
}

func (b benchmark) once(ctx context.Context, place string, a address, flags []string) (figures, error) {
	args := slices.Concat([]string{"apply", "--values", place + ".yaml", "--log-level", "warn"}, b.args(place), flags)
	cmd := exec.CommandContext(ctx, filepath.Join(b.dir, b.binary), args...)
	cmd.Env = append(os.Environ(), b.env(a)...)
	started := time.Now()
	out, err := cmd.Output()
	seconds := time.Since(started).Seconds()
	if err != nil {
		return figures{}, fmt.Errorf("%w\n%s", err, out)
	}
	rows := strings.Split(strings.TrimSpace(string(out)), "\n")
	var outcome struct{ Requests struct{ Reads, Writes int } }
	if err := json.Unmarshal([]byte(rows[len(rows)-1]), &outcome); err != nil {
		return figures{}, err
	}
	usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		return figures{}, errors.New("this system does not tell a process's memory")
	}
	return figures{seconds, float64(usage.Maxrss) / 1024, outcome.Requests.Reads, outcome.Requests.Writes}, nil
}
