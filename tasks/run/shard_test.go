package run_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/run"
	"otomi.io/tasks/tasks/task"
)

// The shards of these names, of three: the platform's and blue's are in the
// first one, ops' and search's in the second, red's in the third.
func sharded() shelf {
	s := shelf{"platform": {Meta: plan.Meta{Ownership: plan.Ours}}}
	for _, team := range []string{"blue", "ops", "search", "red"} {
		s["of "+team] = item{Meta: plan.Meta{Ownership: plan.Ours, Team: team}}
	}
	return s
}

// arrives lets shard 0 make the platform's object before a read.
func (a *app) arrives(read int) *app {
	a.read = func(_ context.Context, n int) error {
		if n == read {
			a.hold(plan.Change[item]{Action: plan.Create, Name: "platform", After: &item{}})
		}
		return nil
	}
	return a
}

func TestShards(t *testing.T) {
	t.Parallel()
	refuse := func(reads ...int) func(context.Context, int) error {
		return func(_ context.Context, n int) error {
			if slices.Contains(reads, n) {
				return status(403)
			}
			return nil
		}
	}
	withPlatform := shelf{"platform": {Meta: plan.Meta{Ownership: plan.Ours}}}
	settled := shelf{"of ops": sharded()["of ops"], "of search": sharded()["of search"]}
	cases := map[string]struct {
		reason string
		app    *app
		args   []string
		code   int
		says   string
		begun  []string
		reads  int
		// seconds are those that the run waits; the clock stands still otherwise.
		seconds [2]float64
	}{
		"Zero":      {"shard 0 does not wait", &app{}, []string{"apply", "--shard", "0/3"}, run.ExitOK, "", []string{"create of blue", "create platform"}, 2, [2]float64{0, 0}},
		"Complete":  {"where all exists, no shard waits", &app{current: withPlatform}, []string{"apply", "--shard", "1/3"}, run.ExitOK, "", []string{"create of ops", "create of search"}, 2, [2]float64{0, 0}},
		"Waits":     {"until shard 0 has made what is the platform's", (&app{}).arrives(4), []string{"apply", "--shard", "1/3"}, run.ExitOK, "", []string{"create of ops", "create of search"}, 5, [2]float64{0.1, 2}},
		"Third":     {"nothing is made twice", (&app{}).arrives(2), []string{"apply", "--shard", "2/3"}, run.ExitOK, "", []string{"create of red"}, 3, [2]float64{0, 1}},
		"Idle":      {"a shard without changes does not wait", &app{current: settled}, []string{"apply", "--shard", "1/3"}, run.ExitOK, "", nil, 1, [2]float64{0, 0}},
		"Plan":      {"a plan shows, and does not wait", &app{}, []string{"plan", "--shard", "1/3"}, run.ExitOK, "", nil, 1, [2]float64{0, 0}},
		"Narrowed":  {"a team of the shard", &app{current: withPlatform}, []string{"apply", "--shard", "1/3", "--team", "ops,red"}, run.ExitOK, "", []string{"create of ops"}, 2, [2]float64{0, 0}},
		"GivesUp":   {"without it nothing is written, and a retry may help", &app{}, []string{"apply", "--shard", "1/3", "--wait", "30s"}, run.ExitFailed, "other shards have not made what this one depends on: item platform", nil, -1, [2]float64{30, 32}},
		"Changed":   {"also for what is to be changed", (&app{current: shelf{"platform": coloured("old")}}).arrives(3), []string{"apply", "--shard", "1/3"}, run.ExitOK, "", []string{"create of ops", "create of search"}, 4, [2]float64{0.1, 1}},
		"Young":     {"a token that is older than the realm", &app{current: withPlatform, read: refuse(1)}, []string{"apply", "--shard", "1/3"}, run.ExitOK, "", []string{"create of ops", "create of search"}, 3, [2]float64{0, 0}},
		"NoRights":  {"an account without the right is reported at once", &app{current: withPlatform, read: refuse(1, 2, 3, 4)}, []string{"apply", "--shard", "1/3"}, run.ExitUnauthorized, "403", nil, 3, [2]float64{0, 0}},
		"ZeroTries": {"no token is too old for shard 0", &app{current: withPlatform, read: refuse(1)}, []string{"apply", "--shard", "0/3"}, run.ExitUnauthorized, "403", nil, 1, [2]float64{0, 0}},
		"TimeIsUp":  {"the run's time is over before", &app{}, []string{"apply", "--shard", "1/3", "--timeout", "20s"}, run.ExitFailed, "item platform", nil, -1, [2]float64{20, 20}},
		"Unknown":   {"there is no fourth of three", &app{}, []string{"apply", "--shard", "3/3"}, run.ExitInvalid, `shard "3/3"`, nil, 0, [2]float64{0, 0}},
		"NoTeam":    {"an unknown team", &app{}, []string{"apply", "--shard", "0/3", "--team", "rde"}, run.ExitInvalid, "no such team", nil, 1, [2]float64{0, 0}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				tc.app.desired, tc.app.current = sharded(), maps.Clone(tc.app.current)
				r := execute(t, tc.app, setup{args: append(tc.args, "--workers", "1")})
				if r.code != tc.code || !strings.Contains(r.outcome.Error, tc.says) {
					t.Errorf("%s: exit %d, want %d and %q\n%s", tc.reason, r.code, tc.code, tc.says, r.output())
				}
				if diff := cmp.Diff(tc.begun, tc.app.begun()); diff != "" {
					t.Errorf("%s: changes: -want, +got:\n%s", tc.reason, diff)
				}
				if tc.reads >= 0 && tc.app.reads != tc.reads {
					t.Errorf("%s: %d reads, want %d", tc.reason, tc.app.reads, tc.reads)
				}
				if s := r.outcome.Seconds; s < tc.seconds[0] || s > tc.seconds[1] {
					t.Errorf("%s: the run took %v s, want %v", tc.reason, s, tc.seconds)
				}
			})
		})
	}
}

// TestShardsShare: a change that depends on what a team of another shard shares
// is tried again when that is there, whichever shard it is in.
func TestShardsShare(t *testing.T) {
	t.Parallel()
	shared := item{Meta: plan.Meta{Ownership: plan.Ours, Team: "ops", Extra: &plan.Extra{Shared: []string{"red"}}}}
	cases := map[string]struct {
		reason   string
		arrives  int // with this read
		code     int
		attempts []string
		seconds  float64
	}{
		"Comes": {"it comes while the run waits", 4, run.ExitOK, []string{"create of red", "create of red"}, 1},
		"Never": {"it does not come: a retry may help", 0, run.ExitFailed, []string{"create of red"}, 30},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				a := &app{desired: sharded(), current: shelf{"platform": sharded()["platform"]}}
				a.desired["shared"] = shared
				a.read = func(_ context.Context, n int) error {
					if n == tc.arrives {
						a.hold(plan.Change[item]{Action: plan.Create, Name: "shared", After: &shared})
					}
					return nil
				}
				a.write = func(context.Context, plan.Change[item]) (bool, error) {
					if _, there := a.current["shared"]; !there {
						return false, &task.SkipError{Reason: "shared does not exist"}
					}
					return true, nil
				}
				r := execute(t, a, setup{args: []string{"apply", "--shard", "2/3", "--wait", "30s", "--workers", "1"}})
				if r.code != tc.code || r.outcome.Seconds > tc.seconds {
					t.Errorf("%s: exit %d after %v s\n%s", tc.reason, r.code, r.outcome.Seconds, r.output())
				}
				if diff := cmp.Diff(tc.attempts, a.attempts); diff != "" {
					t.Errorf("%s: -want, +got:\n%s", tc.reason, diff)
				}
				if tc.code != run.ExitOK && !strings.Contains(r.outcome.Error, "other shards have not made what this one depends on: item shared") {
					t.Errorf("%s: the reason is not told: %s", tc.reason, r.outcome.Error)
				}
			})
		})
	}
}

// TestShardStops: the signal ends the waiting, and no change begins after it.
func TestShardStops(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		stop := make(chan struct{})
		a := &app{desired: sharded()}
		a.read = func(_ context.Context, n int) error {
			if n == 3 {
				close(stop)
			}
			return nil
		}
		r := execute(t, a, setup{args: []string{"apply", "--shard", "1/3"}, stop: stop})
		if r.code != run.ExitFailed || r.outcome.Result != "stopped" || len(a.attempts) > 0 || r.outcome.Seconds > 1 {
			t.Errorf("exit %d %s after %v s, %v\n%s", r.code, r.outcome.Result, r.outcome.Seconds, a.attempts, r.output())
		}
	})
}

// TestShardByName: the lock, the outcome and the log tell the shard; the only
// one of one is the whole task.
func TestShardByName(t *testing.T) {
	t.Parallel()
	for shard, want := range map[string][2]string{"": {"shelf-items", ""}, "0/1": {"shelf-items", ""}, "2/3": {"shelf-items-2-of-3", "2/3"}} {
		l := &fakeLocker{err: errors.New("taken")}
		r := execute(t, &app{}, setup{args: []string{"apply"}, env: map[string]string{"OTOMI_TASKS_SHARD": shard}, locker: l})
		execute(t, &app{}, setup{args: []string{"apply", "--release", "core"}, env: map[string]string{"OTOMI_TASKS_SHARD": shard}, locker: l})
		if diff := cmp.Diff([]string{want[0], "core-" + want[0]}, l.names); diff != "" || r.outcome.Shard != want[1] {
			t.Errorf("%q: shard %q, locks: -want, +got:\n%s", shard, r.outcome.Shard, diff)
		}
	}
}
