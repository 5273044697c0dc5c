// Command release puts together what a release of Otomi Tasks consists of. The same commit gives the same bytes.
//
//	release chart    package the chart, as an archive and as an OCI image layout, into bin/chart
//	release push     push that chart to REGISTRY
//	release dist     put everything below dist: archives, images, chart, manuals, notes, provenance, checksums
//
// It works on the checkout in ROOT and takes what it needs to know from the environment: VERSION, REVISION,
// SOURCE_DATE_EPOCH, HELM, REGISTRY, PLAIN_HTTP (yes for a registry without TLS).
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// build is what is released.
type build struct {
	root, version, revision string
	// time is that of the commit: no clock is read.
	time time.Time
	helm string
}

func main() {
	if err := execute(context.Background(), os.Args[1:], environment(), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func environment() map[string]string {
	env := map[string]string{}
	for _, entry := range os.Environ() {
		name, value, _ := strings.Cut(entry, "=")
		env[name] = value
	}
	return env
}

func execute(ctx context.Context, args []string, env map[string]string, stdout io.Writer) error {
	b, err := newBuild(env)
	if err != nil {
		return err
	}
	switch strings.Join(args, " ") {
	case "chart":
		return b.packageChart(ctx)
	case "push":
		return b.pushChart(ctx, env, stdout)
	case "dist":
		return b.distribute()
	}
	return errors.New("usage: release chart|push|dist")
}

func newBuild(env map[string]string) (build, error) {
	for _, name := range []string{"ROOT", "VERSION", "REVISION", "SOURCE_DATE_EPOCH"} {
		if env[name] == "" {
			return build{}, fmt.Errorf("%s is not set", name)
		}
	}
	seconds, err := strconv.ParseInt(env["SOURCE_DATE_EPOCH"], 10, 64)
	if err != nil {
		return build{}, fmt.Errorf("reading SOURCE_DATE_EPOCH: %w", err)
	}
	return build{
		root: env["ROOT"], version: env["VERSION"], revision: env["REVISION"], helm: env["HELM"],
		time: time.Unix(seconds, 0).UTC(),
	}, nil
}

// path is that of a file or folder of the checkout.
func (b build) path(parts ...string) string {
	return filepath.Join(append([]string{b.root}, parts...)...)
}
