// Command refresh makes the pruned OpenAPI 3 specs of the applications from the artifacts that their vendors publish.
//
// For each folder beside it that holds a SOURCE file it fetches the pinned artifact, compares the checksum of the
// vendor's spec with the one in SOURCE, converts Swagger 2 to OpenAPI 3, keeps the operations of operations.yaml under
// the names given there, drops prose and writes spec.json. The same artifact and list give the same bytes.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	specs := flag.String("specs", "..", "folder that holds one folder per application")
	accept := flag.Bool("accept", false, "write the checksum of a changed artifact to SOURCE instead of refusing it")
	flag.Parse()
	if err := refreshAll(ctx, *specs, flag.Args(), *accept); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// refreshAll refreshes the named applications, or every folder with a SOURCE file when none is named.
func refreshAll(ctx context.Context, specs string, apps []string, accept bool) error {
	if len(apps) == 0 {
		found, err := filepath.Glob(filepath.Join(specs, "*", sourceFile))
		if err != nil {
			return fmt.Errorf("listing %s: %w", specs, err)
		}
		for _, path := range found {
			apps = append(apps, filepath.Base(filepath.Dir(path)))
		}
	}
	var problems []error
	for _, app := range apps {
		if err := refresh(ctx, filepath.Join(specs, app), accept); err != nil {
			problems = append(problems, fmt.Errorf("refreshing %s: %w", app, err))
		}
	}
	return errors.Join(problems...)
}

// refresh makes spec.json in one application's folder.
func refresh(ctx context.Context, folder string, accept bool) error {
	source, err := readSource(folder)
	if err != nil {
		return err
	}
	wanted, err := readOperations(folder)
	if err != nil {
		return err
	}
	artifact, err := fetch(ctx, source)
	if err != nil {
		return fmt.Errorf("fetching %s %s: %w", source.Artifact, source.Version, err)
	}
	if err := checkSum(folder, source, artifact, accept); err != nil {
		return err
	}
	spec, err := toOpenAPI3(artifact)
	if err != nil {
		return err
	}
	if err := prune(spec, wanted); err != nil {
		return err
	}
	spec["info"] = tree{"title": filepath.Base(folder), "version": source.Version}
	return writeSpec(folder, spec)
}
