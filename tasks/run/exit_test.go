package run_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"otomi.io/tasks/tasks/kube"
	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/run"
	"otomi.io/tasks/tasks/task"
)

type exitCase struct {
	reason string
	app    *app
	setup  setup
	code   int
	result string
	// says is part of what the log and the outcome say of the failure.
	says string
	// untouched is a run that must not even ask whether the server is ready.
	untouched bool
}

func TestExitCodes(t *testing.T) {
	t.Parallel()
	for _, table := range []map[string]exitCase{successes(), mistakes(t), refusals(), failures()} {
		for name, tc := range table {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				r := execute(t, tc.app, tc.setup)
				if r.code != tc.code || r.outcome.Result != tc.result {
					t.Errorf("%s\nexit %d, result %q, want %d, %q\nstderr: %s", tc.reason, r.code, r.outcome.Result, tc.code, tc.result, r.stderr)
				}
				if complaint := r.complaint(t); !strings.Contains(complaint, tc.says) || complaint != r.outcome.Error {
					t.Errorf("%s\nwant %q in the log and in the outcome, got\n%s%s", tc.reason, tc.says, r.stderr, r.outcome.Error)
				}
				if (tc.code == run.ExitOK || tc.code == run.ExitDifferences) != (r.outcome.Error == "") {
					t.Errorf("%s\nexit %d with the error %q", tc.reason, r.code, r.outcome.Error)
				}
				if tc.untouched && tc.app.asked+tc.app.reads > 0 {
					t.Errorf("%s\nthe server was asked %d times", tc.reason, tc.app.asked+tc.app.reads)
				}
			})
		}
	}
}

func successes() map[string]exitCase {
	args := func(a ...string) setup { return setup{args: a} }
	return map[string]exitCase{
		"Unchanged":     {reason: "nothing to do", app: &app{desired: owned("a"), current: owned("a")}, setup: args("apply"), result: "unchanged"},
		"UnchangedPlan": {reason: "nothing to plan", app: &app{}, setup: args("plan"), result: "unchanged"},
		"Planned":       {reason: "differences alone are not a failure", app: &app{desired: owned("a")}, setup: args("plan"), result: "planned"},
		"Converged":     {reason: "applied, and nothing is left", app: &app{desired: owned("a")}, setup: args("apply"), result: "converged"},
		"Valid":         {reason: "the values can be checked without a server", app: &app{}, setup: args("validate", "--values", "testdata/values.yaml"), result: "valid", untouched: true},
		"OnlyBlocked":   {reason: "what the policy blocks is not pending", app: &app{current: owned("a"), desired: owned("b")}, setup: args("apply", "--policy", "create-only"), result: "converged"},
		"Differences":   {reason: "plan --detailed-exitcode", app: &app{desired: owned("a")}, setup: args("plan", "--detailed-exitcode"), code: run.ExitDifferences, result: "planned"},
		"NoDifferences": {reason: "none are found", app: &app{desired: owned("a"), current: owned("a")}, setup: args("plan", "--detailed-exitcode"), result: "unchanged"},
		"BlockedRepair": {reason: "an apply would change nothing, and the server is not as it should be", app: &app{current: shelf{"a": coloured("old")}, desired: shelf{"a": coloured("new")}}, setup: args("plan", "--detailed-exitcode", "--policy", "create-only"), code: run.ExitDifferences, result: "unchanged"},
		"LeftOver":      {reason: "what the policy leaves alone is not a difference", app: &app{current: owned("a", "b"), desired: owned("b")}, setup: args("plan", "--detailed-exitcode"), result: "unchanged"},
		"DetailedApply": {reason: "the flag is for plan only", app: &app{desired: owned("a")}, setup: args("apply", "--detailed-exitcode"), result: "converged"},
		"Unmissed":      {reason: "what is blocked and breaks nothing", app: &app{desired: owned("a"), marks: blocked("")}, setup: args("apply"), result: "unchanged"},
		"Accepted":      {reason: "a person meant the danger", app: &app{desired: owned("a"), marks: dangerous}, setup: args("apply", "--accept", "prefix"), result: "converged"},
	}
}

func mistakes(t *testing.T) map[string]exitCase {
	t.Helper()
	broken := filepath.Join(t.TempDir(), "broken.yaml")
	if err := os.WriteFile(broken, []byte("otomi:\n  hasExternalIDP: perhaps\ncluster: {domainSuffix: 3}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	env := func(name, value string) setup {
		return setup{args: []string{"apply"}, env: map[string]string{name: value}}
	}
	cases := map[string]exitCase{
		"UnknownFlag":     {reason: "a flag that does not exist", setup: setup{args: []string{"apply", "--polcy", "sync"}}, says: "unknown flag: --polcy, did you mean --policy?"},
		"UnknownVerb":     {reason: "a verb that does not exist", setup: setup{args: []string{"aply"}}, says: `unknown command "aply" for "shelf-items", did you mean apply?`},
		"FarVerb":         {reason: "nothing near", setup: setup{args: []string{"destroy"}}, says: `unknown command "destroy" for "shelf-items"`},
		"UnknownVariable": {reason: "nearly the variable of a flag", setup: env("OTOMI_TASKS_POLCY", "sync"), says: "unknown variable OTOMI_TASKS_POLCY, did you mean OTOMI_TASKS_POLICY?"},
		"UnknownTeam":     {reason: "a team that the values do not name", setup: setup{args: []string{"validate", "--values", "testdata/values.yaml", "--team", "rad"}}, says: "--team rad: no such team in the values, did you mean red?"},
		"Argument":        {reason: "verbs take no arguments", setup: setup{args: []string{"plan", "now"}}, says: "now"},
		"NoSavedPlan":     {reason: "a plan that was not saved", setup: setup{args: []string{"apply", "now"}}, says: "reading the saved plan"},
		"NotASavedPlan":   {reason: "another file", setup: setup{args: []string{"apply", broken}}, says: "reading the saved plan"},
		"BadDuration":     {reason: "a flag that cannot be read", setup: setup{args: []string{"apply", "--timeout", "soon"}}, says: "timeout"},
		"BadRemovals":     {reason: "a number is missing", setup: setup{args: []string{"apply", "--allow-removals", "item"}}, says: "allow-removals"},
		"BadPolicy":       {reason: "a policy that does not exist", setup: setup{args: []string{"apply", "--policy", "delete"}}, says: "delete"},
		"BadOutput":       {reason: "a form that does not exist", setup: setup{args: []string{"plan", "--output", "yaml"}}, says: "--output"},
		"BadLeavers":      {reason: "an unknown policy", setup: setup{args: []string{"plan", "--leavers", "fire"}}, says: "--leavers"},
		"BadName":         {reason: "a name that no mark can carry", setup: setup{args: []string{"plan", "--installation", "my cluster"}}, says: "--installation"},
		"BadLogLevel":     {reason: "a level that does not exist", setup: setup{args: []string{"plan", "--log-level", "loud"}}, says: "--log-level"},
		"BadLogFormat":    {reason: "a form that does not exist", setup: setup{args: []string{"plan", "--log-format", "xml"}}, says: "--log-format"},
		"NoWorkers":       {reason: "there would be no worker", setup: setup{args: []string{"apply", "--workers", "0"}}, says: "--workers"},
		"NegativePage":    {reason: "no page is that small", setup: setup{args: []string{"apply", "--page-size", "-1"}}, says: "--page-size"},
		"NegativeRate":    {reason: "no request would leave", setup: setup{args: []string{"apply", "--rate", "-1"}}, says: "--rate"},
		"NoRate":          {reason: "not a number", setup: setup{args: []string{"apply", "--rate", "NaN"}}, says: "--rate"},
		"NoTime":          {reason: "no time at all", setup: setup{args: []string{"apply", "--timeout", "0s"}}, says: "--timeout"},
		"NegativeWait":    {reason: "no time at all", setup: setup{args: []string{"apply", "--wait", "-1s"}}, says: "--wait"},
		"CapAboveOne":     {reason: "25 is meant as 0.25", setup: setup{args: []string{"apply", "--removal-cap", "25"}}, says: "--removal-cap"},
		"CapNoNumber":     {reason: "not a number", setup: setup{args: []string{"apply", "--removal-cap", "NaN"}}, says: "--removal-cap"},
		"BadEnvironment":  {reason: "a variable that cannot be read is named", setup: env("OTOMI_TASKS_WORKERS", "many"), says: "OTOMI_TASKS_WORKERS"},
		"BadEnvPolicy":    {reason: "a variable with a wrong policy", setup: env("OTOMI_TASKS_POLICY", "none"), says: "none"},
		"SeveralMistakes": {reason: "all at once", setup: setup{args: []string{"apply", "--workers", "0", "--rate", "-1"}}, says: "--workers must be at least 1\n--rate must not be negative"},
		"BadValues":       {reason: "values of wrong types, with their places", setup: setup{args: []string{"apply", "--values", broken}}, says: broken + ":2:"},
		"BadValidate":     {reason: "validate finds the same", setup: setup{args: []string{"validate", "--values", broken}}, says: broken + ":2:"},
		"MissingValues":   {reason: "a source that does not exist", setup: setup{args: []string{"plan", "--values", broken + ".bak"}}, says: "broken.yaml.bak"},
		"LackingValues":   {reason: "what the application needs is missing", setup: setup{args: []string{"plan", "--values", "testdata/values.yaml"}, valuesFor: "keycloak"}, says: "apps.keycloak.idp.clientSecret"},
		"NoCAFile":        {reason: "no retry makes that file", setup: env("NODE_EXTRA_CA_CERTS", broken+".pem"), says: "broken.yaml.pem"},
		"BadStdin":        {reason: "values from stdin", setup: setup{args: []string{"plan", "--values", "-"}, stdin: "- a\n"}, says: "-:1:1"},
	}
	for name, tc := range cases {
		tc.app, tc.code, tc.result, tc.untouched = &app{}, run.ExitInvalid, "invalid", true
		cases[name] = tc
	}
	return cases
}

// dangerous marks every change.
func dangerous(p *shelfPlan) {
	for i := range p.Items.Changes {
		p.Items.Changes[i].Danger = "prefix"
	}
}

// blocked blocks every change, and says what does not work without it.
func blocked(breaks string) func(*shelfPlan) {
	return func(p *shelfPlan) {
		for i := range p.Items.Changes {
			p.Items.Changes[i].Blocked, p.Items.Changes[i].Breaks = "the Secret has another type", breaks
		}
	}
}

func refusals() map[string]exitCase {
	sync := func(args ...string) setup {
		return setup{args: append([]string{"apply", "--policy", "sync"}, args...)}
	}
	return map[string]exitCase{
		"Removals":     {reason: "more than the cap", app: &app{current: owned("a", "b", "c"), desired: owned("c")}, setup: sync(), code: run.ExitRefused, result: "refused", says: "--allow-removals item=2"},
		"RemovalsPlan": {reason: "a plan tells it, too", app: &app{current: owned("a", "b", "c"), desired: owned("c")}, setup: setup{args: []string{"plan", "--policy", "sync"}}, code: run.ExitRefused, result: "refused", says: "item=2"},
		"NotEqual":     {reason: "another number than the plan's", app: &app{current: owned("a", "b", "c"), desired: owned("c")}, setup: sync("--allow-removals", "item=1"), code: run.ExitRefused, result: "refused", says: "--allow-removals says 1"},
		"NoTeams":      {reason: "the last teams are gone", app: &app{current: owned("a")}, setup: sync(), code: run.ExitRefused, result: "refused", says: "--accept no-teams"},
		"UnknownKind":  {reason: "a kind that the task does not have", app: &app{desired: owned("a")}, setup: setup{args: []string{"apply", "--allow-removals", "itme=1"}}, code: run.ExitInvalid, result: "invalid", says: "--allow-removals itme: no such kind, did you mean item?"},
		"Danger":       {reason: "it was not accepted", app: &app{desired: owned("a"), marks: dangerous}, setup: setup{args: []string{"apply"}}, code: run.ExitRefused, result: "refused", says: "--accept prefix"},
		"Locked":       {reason: "another run is at work", app: &app{}, setup: setup{args: []string{"apply"}, locker: &fakeLocker{err: fmt.Errorf("locking: %w", &kube.LockedError{Holder: "hook-job-x"})}}, code: run.ExitLocked, result: "locked", says: "hook-job-x"},
		"LockFails":    {reason: "an unreadable lock is not held", app: &app{}, setup: setup{args: []string{"apply"}, locker: &fakeLocker{err: errors.New("no such API")}}, code: run.ExitFailed, result: "failed", says: "no such API"},
	}
}

func failures() map[string]exitCase {
	args := func(a ...string) setup { return setup{args: a} }
	answer := func(err error) func(context.Context, plan.Change[item]) (bool, error) {
		return func(context.Context, plan.Change[item]) (bool, error) { return false, err }
	}
	read := func(err error) func(context.Context, int) error {
		return func(context.Context, int) error { return err }
	}
	return map[string]exitCase{
		"ChangeFails":   {reason: "an object failed", app: &app{desired: owned("a"), write: answer(errors.New("no space left"))}, setup: apply(), code: run.ExitFailed, result: "failed", says: "creating item a: no space left"},
		"ReadFails":     {reason: "half a state is useless", app: &app{desired: owned("a"), read: read(errors.New("half a page"))}, setup: args("plan"), code: run.ExitFailed, result: "failed", says: "half a page"},
		"DesiredFails":  {reason: "the desired state is unknown", app: &app{unwanted: errors.New("no discovery")}, setup: args("plan"), code: run.ExitFailed, result: "failed", says: "no discovery"},
		"Forgets":       {reason: "the server said yes and holds something else", app: &app{desired: owned("a"), write: answer(nil)}, setup: apply(), code: run.ExitUnsettled, result: "unsettled", says: "1 to create"},
		"RefusedAnswer": {reason: "an answer 400 is a wrong input, not a login", app: &app{desired: owned("a"), read: read(status(400))}, setup: args("plan"), code: run.ExitInvalid, result: "invalid", says: "400"},
		"Unprocessable": {reason: "no retry changes a rule of the server", app: &app{desired: owned("a"), write: answer(status(422))}, setup: apply(), code: run.ExitInvalid, result: "invalid", says: "creating item a: 422"},
		"Breaks":        {reason: "nothing is done, and a team depends on it", app: &app{desired: owned("a"), marks: blocked("team red cannot pull images")}, setup: args("apply"), code: run.ExitUnsettled, result: "unsettled", says: "team red cannot pull images: create item a is blocked: the Secret has another type"},
		"Fault":         {reason: "a task knows what its error means", app: &app{unwanted: &task.Fault{Class: task.ClassInvalid, Cause: "unusable discovery document", Err: errors.New("no issuer")}}, setup: args("plan"), code: run.ExitInvalid, result: "invalid", says: "unusable discovery document: no issuer"},
		"NotRefused":    {reason: "an error that can say refused, and does not", app: &app{desired: owned("a"), read: read(refusal{false})}, setup: args("plan"), code: run.ExitFailed, result: "failed", says: "wrong user name"},
	}
}

// TestUnauthorized: one attempt and no more, wherever the refusal comes, for
// servers lock the accounts of those who try again.
func TestUnauthorized(t *testing.T) {
	t.Parallel()
	errs := map[string]error{
		"401":    status(401),
		"403":    status(403),
		"LogIn":  fmt.Errorf("logging in as admin: %w", refusal{true}),
		"Joined": errors.Join(errors.New("something else"), status(401)),
	}
	places := map[string]struct {
		refuse func(*app, error)
		want   []int // asked for readiness, reads, changes
	}{
		"Ready": {func(a *app, err error) { a.ready = func(context.Context) error { return err } }, []int{1, 0, 0}},
		"Read":  {func(a *app, err error) { a.read = func(context.Context, int) error { return err } }, []int{1, 1, 0}},
		"Change": {func(a *app, err error) {
			a.write = func(context.Context, plan.Change[item]) (bool, error) { return false, err }
		}, []int{1, 1, 1}},
	}
	for place, p := range places {
		for name, err := range errs {
			t.Run(place+name, func(t *testing.T) {
				t.Parallel()
				a := &app{desired: owned("a", "b", "c")}
				p.refuse(a, err)
				want := slices.Clone(p.want)
				if place+name == "Change403" {
					want[2] = len(a.desired) // one object's trouble, until it is everyone's
				}
				r := execute(t, a, apply())
				if r.code != run.ExitUnauthorized || r.outcome.Result != "unauthorized" {
					t.Errorf("exit %d, result %q, want %d", r.code, r.outcome.Result, run.ExitUnauthorized)
				}
				if diff := cmp.Diff(want, []int{a.asked, a.reads, len(a.attempts)}); diff != "" {
					t.Errorf("ready, reads, changes: -want, +got:\n%s", diff)
				}
			})
		}
	}
}

// TestLock: only an apply locks, under the task's name, and it always unlocks.
func TestLock(t *testing.T) {
	t.Parallel()
	broken := func(context.Context, int) error { return errors.New("broken") }
	cases := map[string]struct {
		reason string
		app    *app
		args   []string
		want   fakeLocker
	}{
		"Plan":        {"a plan takes no lock", &app{}, []string{"plan"}, fakeLocker{}},
		"Validate":    {"nor does this", &app{}, []string{"validate"}, fakeLocker{}},
		"Apply":       {"one writer", &app{desired: owned("a")}, []string{"apply"}, fakeLocker{names: []string{"shelf-items"}, locked: 1, unlocks: 1}},
		"FailedApply": {"it is given back after a failure", &app{read: broken}, []string{"apply"}, fakeLocker{names: []string{"shelf-items"}, locked: 1, unlocks: 1}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := &fakeLocker{}
			execute(t, tc.app, setup{args: tc.args, locker: l})
			if diff := cmp.Diff(tc.want, *l, cmp.AllowUnexported(fakeLocker{})); diff != "" {
				t.Errorf("%s: -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}
