package run

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"k8s.io/apimachinery/pkg/util/validation"

	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/task"
	"otomi.io/tasks/tasks/typo"
)

// verb is what a person asks a task to do.
type verb string

const (
	verbPlan     verb = "plan"
	verbApply    verb = "apply"
	verbValidate verb = "validate"
	verbDoctor   verb = "doctor"
	verbRender   verb = task.VerbRender
	verbDump     verb = task.VerbDump
)

// envPrefix makes the variable of a flag: --allow-removals is
// OTOMI_TASKS_ALLOW_REMOVALS.
const envPrefix = "OTOMI_TASKS_"

// options are the flags of all verbs.
type options struct {
	values        []string
	policyName    string
	policy        plan.Policy
	teams         []string
	shardName     string
	shard         plan.Shard
	output        string
	by            string
	color         string
	full          bool
	report        string
	reportDir     string
	out           string // a plan is saved in this file
	saved         string // the argument of apply
	yes           bool
	detailedExit  bool
	allowRemovals map[string]int
	removalCap    float64
	accept        []string
	leavers       string
	installation  string
	platform      string
	timeout       time.Duration
	waitFor       time.Duration
	workers       int
	pageSize      int
	rate          float64
	logLevel      string
	logFormat     string
	termination   string
	kubeconfig    string
	namespace     string
	secretsDir    string
	release       string
	fromPlatform  []string
	lockWait      time.Duration
	fullEvery     time.Duration
}

func (r *runner) command() *cobra.Command {
	root := &cobra.Command{
		Use:           r.task.Name,
		Short:         r.task.Short,
		Long:          r.task.Short + "\n\nWithout a verb it plans.",
		Version:       r.process.Version,
		Args:          noArguments,
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE:          func(*cobra.Command, []string) error { return r.execute(verbPlan) },
	}
	root.SetArgs(slices.Concat([]string{}, r.process.Args)) // nil would be the arguments of this process
	root.SetIn(r.process.Stdin)
	root.SetOut(r.process.Stdout)
	root.SetErr(r.process.Stderr)
	root.SetVersionTemplate("{{.Name}} {{.Version}}\n")
	root.SetFlagErrorFunc(flagError)
	root.PersistentPreRunE = func(c *cobra.Command, _ []string) error { return fromEnvironment(c.Flags(), r.process.Env) }
	r.options.add(root.PersistentFlags())
	if r.task.Secrets {
		root.PersistentFlags().StringVar(&r.options.secretsDir, "secrets-dir", "", "write the Secrets as manifests into this `folder` instead of into a cluster")
		root.PersistentFlags().DurationVar(&r.options.fullEvery, "full-every", 0, "apply: read everything only at this age of the last such reading; before, what changed in the values, and nothing at the same commit. 0 is always")
	}
	if r.task.Flags != nil {
		r.task.Flags(root.PersistentFlags())
	}
	for _, v := range r.task.Verbs {
		root.AddCommand(r.verbCommand(verb(v.Name), v.Short))
	}
	root.AddCommand(
		r.verbCommand(verbPlan, "Show what apply would change; write nothing"),
		r.applyCommand(),
		r.verbCommand(verbValidate, "Check the values, offline"),
		r.verbCommand(verbRender, "Print what the values ask for, with file and line, offline"),
		r.verbCommand(verbDump, "Print what teams have on the server that the values do not name, as values; write nothing"),
		r.verbCommand(verbDoctor, "Check step by step what people get, and say what to do about the first thing broken; write nothing"),
		&cobra.Command{
			Use: "version", Short: "Print the version", Args: cobra.NoArgs,
			Run: func(c *cobra.Command, _ []string) { c.Println(r.task.Name, r.process.Version) },
		})
	return root
}

func (r *runner) verbCommand(v verb, short string) *cobra.Command {
	return &cobra.Command{
		Use: string(v), Short: short, Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return r.execute(v) },
	}
}

// applyCommand takes a saved plan, too.
func (r *runner) applyCommand() *cobra.Command {
	c := r.verbCommand(verbApply, "Show the plan and perform it; with a FILE, exactly the plan that plan --out saved there")
	c.Use, c.Args = "apply [FILE]", cobra.MaximumNArgs(1)
	c.RunE = func(_ *cobra.Command, args []string) error {
		if len(args) > 0 {
			r.options.saved = args[0]
		}
		return r.execute(verbApply)
	}
	return c
}

func (o *options) add(f *pflag.FlagSet) {
	f.StringArrayVar(&o.values, "values", nil, "values `source`: a file, - for stdin, a directory in the Otomi layout, or git+https://host/repository.git?ref=branch&path=folder; repeatable, later ones win")
	f.StringVar(&o.policyName, "policy", string(plan.UpsertOnly), "which changes are performed: create-only, upsert-only or sync (deletes what is ours and no longer desired)")
	f.StringSliceVar(&o.teams, "team", nil, "only the objects of this `team`; repeatable")
	f.StringVar(&o.shardName, "shard", "", "only part `i/n` of the objects, i from 0: the teams whose ids' FNV-1a hash is i modulo n; the platform's own are in part 0")
	f.StringVarP(&o.output, "output", "o", "text", "how the plan is printed: text, json, or markdown for a comment under a pull request")
	f.StringVar(&o.by, "by", "team", "how a text is grouped: by team or by kind")
	f.StringVar(&o.color, "color", "auto", "always, never, or auto: on a terminal, unless NO_COLOR is set")
	f.BoolVar(&o.full, "full", false, "show all fields of what is created, not only those that matter to a reviewer")
	f.StringVar(&o.report, "report", "", "also write the plan and its result as a page to this `file`")
	f.StringVar(&o.reportDir, "report-dir", "", "also leave the report of a plan or an apply in this `folder`, as JSON and as a page, and an index of all reports there")
	f.StringVar(&o.out, "out", "", "plan: also save the plan in this `file`, for apply")
	f.BoolVar(&o.detailedExit, "detailed-exitcode", false, "plan exits 2 when there are differences")
	f.StringToIntVar(&o.allowRemovals, "allow-removals", nil, "lift the removal cap of a `kind=n` for exactly n removals")
	f.Float64Var(&o.removalCap, "removal-cap", 0.25, "greatest part of a kind's objects that one run may remove; one of a team is always allowed unless this is 0, and none of the platform's own unless this is 1")
	f.BoolVar(&o.yes, "yes", false, "on a terminal, take away without asking; elsewhere apply does not ask")
	f.StringSliceVar(&o.accept, "accept", nil, "accept the change of a dangerous `field`; repeatable")
	f.StringVar(&o.leavers, "leavers", task.LeaversShow, "what happens to accounts that the values no longer name: show, disable or remove")
	f.StringVar(&o.platform, "platform", "", "`release` of the platform, such as apl-4.5, for values that do not say theirs")
	f.StringVar(&o.installation, "installation", "", "`name` of this installation in its marks on the servers; without it <cluster.domainSuffix>/<namespace>, and /<release> where there is one")
	f.StringSliceVar(&o.fromPlatform, "from-platform", nil, "read `what` the values lack from the platform's own Secrets in the cluster: credentials, users")
	f.StringVar(&o.release, "release", "", "`name` of the Helm release: several in one namespace have an installation and an inventory each")
	f.DurationVar(&o.timeout, "timeout", 10*time.Minute, "time for the whole run; keep it below the Job's activeDeadlineSeconds")
	f.DurationVar(&o.waitFor, "wait", 5*time.Minute, "how long to wait until the server answers")
	f.IntVar(&o.workers, "workers", 8, "writes under way at once")
	f.IntVar(&o.pageSize, "page-size", 0, "objects asked for in one list request; 0 is the best for the server")
	f.Float64Var(&o.rate, "rate", 0, "greatest number of requests a second; 0 means no limit")
	f.StringVar(&o.logLevel, "log-level", "auto", "debug (logs each request), info, warn, error, or auto: warn on a terminal, info elsewhere")
	f.StringVar(&o.logFormat, "log-format", "auto", "text, json, or auto: text on a terminal, json elsewhere")
	f.StringVar(&o.kubeconfig, "kubeconfig", "", "`file` that names the cluster; without it KUBECONFIG, the pod's own ServiceAccount, or ~/.kube/config where the task keeps Secrets")
	f.StringVar(&o.namespace, "namespace", "", "`namespace` of the lock and of the task's state; without it the pod's, the kubeconfig's, or default")
	f.DurationVar(&o.lockWait, "lock-wait", 2*time.Minute, "how long to wait while another run of the task holds the lock")
	f.StringVar(&o.termination, "termination-log", "/dev/termination-log", "in a pod, the `file` for the reason of a failure")
}

// fromEnvironment sets the flags that the command line left out from their
// variables.
func fromEnvironment(flags *pflag.FlagSet, env map[string]string) error {
	var errs []error
	flags.VisitAll(func(f *pflag.Flag) {
		name := variableOf(f.Name)
		value, set := env[name]
		if f.Changed || !set || value == "" {
			return
		}
		if err := flags.Set(f.Name, value); err != nil {
			errs = append(errs, fmt.Errorf("reading %s: %w", name, err))
		}
	})
	errs = append(errs, misspeltVariables(flags, env)...)
	// An empty variable in a script must not turn one team into all of them.
	if team := flags.Lookup("team"); team != nil && team.Changed && strings.Trim(team.Value.String(), "[]") == "" {
		errs = append(errs, errors.New("--team must not be empty"))
	}
	return errors.Join(errs...)
}

// check finds every invalid option.
func (o *options) check() error {
	var errs []error
	policy, err := plan.ParsePolicy(o.policyName)
	errs = append(errs, err)
	o.policy = policy
	shard, err := plan.ParseShard(o.shardName)
	errs = append(errs, err)
	o.shard = shard
	errs = append(errs,
		oneOf("output", o.output, "text", "json", "markdown"),
		oneOf("by", o.by, "team", "kind"),
		oneOf("color", o.color, "auto", "always", "never"),
		oneOf("leavers", o.leavers, task.LeaversShow, task.LeaversDisable, task.LeaversRemove),
		require(o.platformKnown(), "--from-platform must be credentials or users"),
		require(o.release == "" || len(validation.IsDNS1123Subdomain(o.release)) == 0, "--release must be a name of lower-case letters, digits, - and ."),
		require(isName(o.installation), "--installation must be at most 100 printable characters without blanks"),
		oneOf("log-level", o.logLevel, "auto", "debug", "info", "warn", "error"),
		oneOf("log-format", o.logFormat, "auto", "text", "json"),
		require(o.workers > 0, "--workers must be at least 1"),
		require(o.pageSize >= 0, "--page-size must not be negative"),
		require(o.rate >= 0, "--rate must not be negative"),
		require(o.fullEvery >= 0, "--full-every must not be negative"),
		require(o.lockWait >= 0, "--lock-wait must not be negative"),
		require(o.timeout > 0 && o.waitFor > 0, "--timeout and --wait must be positive"),
		require(o.removalCap >= 0 && o.removalCap <= 1, "--removal-cap must lie between 0 and 1"))
	return errors.Join(errs...)
}

// platformKnown tells whether what is read from the platform can be.
func (o *options) platformKnown() bool {
	return !slices.ContainsFunc(o.fromPlatform, func(what string) bool { return what != "credentials" && what != "users" })
}

func oneOf(flag, value string, allowed ...string) error {
	for _, a := range allowed {
		if value == a {
			return nil
		}
	}
	return fmt.Errorf("--%s %q: want one of %s", flag, value, strings.Join(allowed, ", "))
}

func require(holds bool, message string) error {
	if holds {
		return nil
	}
	return errors.New(message)
}

func (o *options) limits() plan.Limits {
	return plan.Limits{RemovalFraction: o.removalCap, AllowRemovals: o.allowRemovals, Accept: o.accept}
}

// scope is what the flags let a run look at.
func (o *options) scope() task.Scope { return task.Scope{Selection: o.selection()} }

func (o *options) groupsByKind() bool { return o.by == "kind" }

func (o *options) selection() plan.Selection { return plan.Selection{Teams: o.teams, Shard: o.shard} }

// noArguments refuses arguments; an unknown verb may be a typo.
func noArguments(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	var verbs []string
	for _, known := range c.Commands() {
		verbs = append(verbs, known.Name())
	}
	return fmt.Errorf("unknown command %q for %q%s", args[0], c.CommandPath(), typo.DidYouMean(args[0], verbs))
}

// flagError names the flag that a misspelt one is nearest to.
func flagError(c *cobra.Command, err error) error {
	_, name, unknown := strings.Cut(err.Error(), "unknown flag: --")
	if !unknown {
		return err
	}
	return fmt.Errorf("%w%s", err, typo.DidYouMean("--"+name, flagNames(c.Flags(), func(f string) string { return "--" + f })))
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
// other tasks do not count.
func misspeltVariables(flags *pflag.FlagSet, env map[string]string) []error {
	known := []string{"GIT_USERNAME", "GIT_PASSWORD", "GIT_USERNAME_FILE", "GIT_PASSWORD_FILE"}
	for _, name := range flagNames(flags, variableOf) {
		known = append(known, strings.TrimPrefix(name, envPrefix))
	}
	var errs []error
	for _, variable := range slices.Sorted(maps.Keys(env)) {
		name, ours := strings.CutPrefix(variable, envPrefix)
		if near := typo.Near(name, known); ours && !slices.Contains(known, name) && near != "" {
			errs = append(errs, fmt.Errorf("unknown variable %s, did you mean %s%s?", variable, envPrefix, near))
		}
	}
	return errs
}
