package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// prover runs the tests of rows, one row after the other.
type prover struct {
	root    string // of the repository
	results store
	again   bool
	program string // the tests
}

// all ends with an error when a row that was run, or had been, is not green.
func (p *prover) all(ctx context.Context, chosen []row) error {
	sources, commit, err := p.sources(ctx)
	if err != nil {
		return err
	}
	green := true
	for _, r := range chosen {
		kept, err := p.row(ctx, r, result{Sources: sources, Commit: commit})
		if err != nil {
			return fmt.Errorf("proving %s: %w", r.name(), err)
		}
		green = green && len(kept.Failed) == 0
		fmt.Fprintf(os.Stderr, "%s: %s, %d s, %d s of a processor\n", r.name(), verdict(kept), kept.Seconds, kept.CPU)
	}
	if !green {
		return errFailed
	}
	return nil
}

// build compiles the tests, once for all rows.
func (p *prover) build(ctx context.Context) error {
	if p.program != "" {
		return nil
	}
	program := filepath.Join(string(p.results), "e2e.test")
	cmd := exec.CommandContext(ctx, "go", "test", "-c", "-vet=off", "-tags=harbor,versions", "-o", program, ".")
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("compiling the tests: %w", err)
	}
	p.program = program
	return nil
}

// row returns what is known of a row, or runs its tests.
func (p *prover) row(ctx context.Context, r row, now result) (*result, error) {
	kept, err := p.results.read(r)
	if err != nil {
		return nil, err
	}
	if kept != nil && !p.again && now.Sources != "" && kept.Sources == now.Sources && len(kept.Failed) == 0 {
		return kept, nil
	}
	fmt.Fprintf(os.Stderr, "%s …\n", r.name())
	if err := p.build(ctx); err != nil {
		return nil, err
	}
	kept, err = p.test(ctx, r)
	if err != nil {
		return nil, err
	}
	kept.Sources, kept.Commit = now.Sources, now.Commit
	return kept, p.results.write(r, *kept)
}

// test runs the tests of a row; failures are not an error, an interruption is.
func (p *prover) test(ctx context.Context, r row) (*result, error) {
	output, err := os.Create(p.results.path(r, ".log"))
	if err != nil {
		return nil, err
	}
	defer output.Close()
	cmd := exec.CommandContext(ctx, p.program, "-test.v=test2json", "-test.timeout=90m", "-test.run="+r.tests.run, "-test.skip="+r.tests.skip)
	cmd.Env = append(os.Environ(), r.environment()...)
	cmd.Stdout, cmd.Stderr = output, output
	start := time.Now()
	testErr := cmd.Run()
	took := time.Since(start)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	found, err := p.events(ctx, output)
	found.Seconds = int(took.Seconds())
	found.CPU = int((cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds())
	if testErr != nil && len(found.Failed) == 0 {
		found.Failed = []string{"the tests as a whole: " + testErr.Error()}
	}
	return &found, err
}

// events reads what the tests have printed.
func (p *prover) events(ctx context.Context, output *os.File) (result, error) {
	if _, err := output.Seek(0, io.SeekStart); err != nil {
		return result{}, err
	}
	var events bytes.Buffer
	cmd := exec.CommandContext(ctx, "go", "tool", "test2json")
	cmd.Stdin, cmd.Stdout = output, &events
	if err := cmd.Run(); err != nil {
		return result{}, fmt.Errorf("reading the output of the tests: %w", err)
	}
	return readEvents(&events)
}

// sources identifies what the tests depend on, and the commit that it is from. It
// is empty while something of it is not committed.
func (p *prover) sources(ctx context.Context) (sources, commit string, err error) {
	folders := []string{"clients", "internal", "tasks", "test", "go.mod"}
	changed, err := p.git(ctx, append([]string{"status", "--porcelain", "--"}, folders...)...)
	if err != nil {
		return "", "", err
	}
	commit, err = p.git(ctx, "rev-parse", "--short=10", "HEAD")
	if err != nil || changed != "" {
		return "", commit + "+", err
	}
	args := []string{"rev-parse"}
	for _, folder := range folders {
		args = append(args, "HEAD:"+folder)
	}
	trees, err := p.git(ctx, args...)
	sum := sha256.Sum256([]byte(trees))
	return hex.EncodeToString(sum[:8]), commit, err
}

func (p *prover) git(ctx context.Context, args ...string) (string, error) {
	var stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, "git", args...)
	cmd.Dir, cmd.Stderr = p.root, &stderr
	output, err := cmd.Output()
	if err != nil {
		return "", errors.Join(fmt.Errorf("running git %s: %w", args[0], err), errors.New(stderr.String()))
	}
	return strings.TrimSpace(string(output)), nil
}
