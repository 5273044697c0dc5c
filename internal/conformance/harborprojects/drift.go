package harborprojects

import (
	"maps"
	"testing"

	"github.com/google/go-cmp/cmp"

	"otomi.io/tasks/internal/sim/harbor"
	"otomi.io/tasks/internal/testkit/runner"
	"otomi.io/tasks/tasks/run"
)

// drift is one change made by hand, and what repairs it.
type drift struct {
	reason string
	make   func(*console)
	want   []string // "action kind name", the whole plan
	writes int      // requests that change something in Harbor
}

// drifts makes each drift alone: one run repairs exactly that, the next one
// finds nothing.
func drifts(t *testing.T, start Start) {
	b := newEnv(t, start(t, harbor.Options{}), Platform)
	b.apply(t)
	all := settingDrifts()
	for _, more := range []map[string]drift{projectDrifts(), memberDrifts(), ruleDrifts()} {
		maps.Copy(all, more)
	}
	if b.Minor > 0 && b.Minor < 15 { // the project still names the policy, and must be told to forget it
		gone := all["RetentionGone"]
		gone.writes++
		all["RetentionGone"] = gone
	}
	accepted := map[string][]string{ // people lose what the administrator gave them by hand
		"Setting/oidc_admin_group": {"--allow-removals", "configuration=1"}, "Setting/oidc_user_claim": {"--allow-removals", "configuration=1"},
	}
	for name, d := range all {
		t.Run(name, func(t *testing.T) { d.run(t, b, accepted[name]...) })
	}
}

func (d drift) run(t *testing.T, b *env, args ...string) {
	b.settled(t, "--policy", "sync")
	d.make(b.console(t))
	r := b.run(t, append([]string{"apply", "--policy", "sync"}, args...)...).want(t, run.ExitOK, "converged", d.writes)
	if diff := cmp.Diff(d.want, runner.Names(r.Lines)); diff != "" {
		t.Errorf("%s: plan (-want +got):\n%s", d.reason, diff)
	}
	b.settled(t, "--policy", "sync")
}
