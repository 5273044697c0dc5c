// Command versions runs the end-to-end tests on every version of the servers:
//
//	go -C test/e2e run ./versions [-ci] [-part] [-again] [NAME...]
//
// NAME chooses rows, as in keycloak or "keycloak 22". What passed on the same
// sources is not run again. The results are kept in bin/versions, with the tests'
// output; the table of them is docs/proven.md.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// errFailed says that a row is not green.
var errFailed = errors.New("not all versions pass")

func main() {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
	cancel()
	if err != nil {
		fmt.Fprintln(os.Stderr, "versions:", err)
		os.Exit(1)
	}
}

// options are those of the command line.
type options struct {
	ci, part, again bool
	names           []string
}

func parse(args []string) (options, error) {
	var o options
	flags := flag.NewFlagSet("versions", flag.ContinueOnError)
	flags.BoolVar(&o.ci, "ci", false, "run what CI runs beside the default versions, and leave docs/proven.md as it is")
	flags.BoolVar(&o.part, "part", false, "run of each row only what CI would run of it")
	flags.BoolVar(&o.again, "again", false, "run what passed, too")
	err := flags.Parse(args)
	o.names, o.part = flags.Args(), o.part || o.ci
	return o, err
}

// chosen is whether a row is to be run.
func (o options) chosen(r row) bool {
	if o.ci {
		return r.when == inCI
	}
	return len(o.names) == 0 || o.rank(r) >= 0
}

// rows are those to be run, in the order of the names.
func (o options) rows() []row {
	all := slices.DeleteFunc(rows(), func(r row) bool { return !o.chosen(r) || r.missing() })
	slices.SortStableFunc(all, func(a, b row) int { return cmp.Compare(o.rank(a), o.rank(b)) })
	if o.part {
		for i := range all {
			all[i] = all[i].part()
		}
	}
	return all
}

// rank is the place of a row's name on the command line.
func (o options) rank(r row) int {
	return slices.IndexFunc(o.names, func(name string) bool { return strings.HasPrefix(strings.ToLower(r.name()), strings.ToLower(name)) })
}

func run(ctx context.Context, args []string) error {
	o, err := parse(args)
	if err != nil {
		return err
	}
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		return err
	}
	results := store(filepath.Join(root, "bin", "versions"))
	kept := results
	if o.part {
		kept = results.parts()
	}
	if err := os.MkdirAll(string(results.parts()), 0o750); err != nil {
		return err
	}
	p := prover{root: root, results: kept, again: o.again || o.ci}
	runErr := p.all(ctx, o.rows())
	if o.ci {
		return runErr
	}
	return errors.Join(runErr, write(root, results))
}

// write puts the results into docs/proven.md and the README.
func write(root string, results store) error {
	table, err := document(rows(), results)
	if err != nil {
		return err
	}
	fmt.Fprint(os.Stdout, "\n"+table)
	if err := os.WriteFile(filepath.Join(root, "docs", "proven.md"), []byte(table), 0o600); err != nil {
		return err
	}
	short, err := summary(rows(), results)
	if err != nil {
		return err
	}
	readme := filepath.Join(root, "README.md")
	page, err := os.ReadFile(readme)
	if err != nil {
		return err
	}
	replaced, err := replaceSummary(string(page), short)
	if err != nil {
		return fmt.Errorf("%s: %w", readme, err)
	}
	return os.WriteFile(readme, []byte(replaced), 0o600)
}
