package run

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/values"
)

// maxDistance is how many letters a typo may differ by.
const maxDistance = 2

// didYouMean ends an error about a name with the known one that is nearest, if any is
// near.
func didYouMean(name string, known []string) string {
	best, least := "", maxDistance+1
	for _, k := range known {
		if d := distance(name, k); d < least && d < len(k) {
			best, least = k, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf(", did you mean %s?", best)
}

// distance is Levenshtein's: the letters to add, drop or replace.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replaced := diagonal
			if a[i] != b[j] {
				replaced++
			}
			diagonal = row[j+1]
			row[j+1] = min(replaced, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

// noArguments refuses arguments; an unknown verb may be a typo.
func noArguments(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	var verbs []string
	for _, known := range c.Commands() {
		verbs = append(verbs, known.Name())
	}
	return fmt.Errorf("unknown command %q for %q%s", args[0], c.CommandPath(), didYouMean(args[0], verbs))
}

// flagError names the flag that a misspelt one is nearest to.
func flagError(c *cobra.Command, err error) error {
	_, name, unknown := strings.Cut(err.Error(), "unknown flag: --")
	if !unknown {
		return err
	}
	return fmt.Errorf("%w%s", err, didYouMean("--"+name, flagNames(c.Flags(), func(f string) string { return "--" + f })))
}

func flagNames(flags *pflag.FlagSet, spell func(string) string) []string {
	var names []string
	flags.VisitAll(func(f *pflag.Flag) { names = append(names, spell(f.Name)) })
	return names
}

func variableOf(flag string) string {
	return envPrefix + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// misspeltVariables finds those that are nearly the variable of a flag. Variables of
// other tasks are none of them.
func misspeltVariables(flags *pflag.FlagSet, env map[string]string) []error {
	known := append(flagNames(flags, variableOf), envPrefix+"GIT_USERNAME", envPrefix+"GIT_PASSWORD", envPrefix+"GIT_USERNAME_FILE", envPrefix+"GIT_PASSWORD_FILE")
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(env)) {
		if !strings.HasPrefix(name, envPrefix) || slices.Contains(known, name) {
			continue
		}
		if suggestion := didYouMean(name, known); suggestion != "" {
			errs = append(errs, fmt.Errorf("unknown variable %s%s", name, suggestion))
		}
	}
	return errs
}

// checkNames refuses kinds that the task does not have, and warns of accepted fields
// that nothing in the plan asks for.
func (r *runner) checkNames(p planned) error {
	var kinds []string
	for _, set := range p.Kinds() {
		kinds = append(kinds, plan.NameOf(set))
	}
	for _, kind := range slices.Sorted(maps.Keys(r.options.allowRemovals)) {
		if !slices.Contains(kinds, kind) {
			return usageError{fmt.Errorf("--allow-removals %s: no such kind%s", kind, didYouMean(kind, kinds))}
		}
	}
	if len(r.options.accept) == 0 {
		return nil
	}
	dangers := map[string]bool{plan.NoTeams: true, plan.AcceptOwner: true}
	for line := range plan.Lines(p) {
		dangers[line.Danger] = true
	}
	for _, name := range r.options.accept {
		if !dangers[name] {
			r.log.Warn("--accept " + name + ": nothing in the plan asks for it" + didYouMean(name, slices.Sorted(maps.Keys(dangers))))
		}
	}
	return nil
}

// platformTeam is a team in Harbor and in Gitea, and in no values.
const platformTeam = "admin"

// checkTeams refuses teams that the values do not name.
func (r *runner) checkTeams(v values.Values) error {
	for _, team := range r.options.teams {
		if _, known := v.Teams[team]; !known && team != platformTeam {
			return usageError{fmt.Errorf("--team %s: no such team in the values%s", team, didYouMean(team, v.TeamIDs()))}
		}
	}
	return nil
}
