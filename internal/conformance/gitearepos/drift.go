package gitearepos

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"otomi.io/tasks/internal/testkit/runner"
	"otomi.io/tasks/tasks/run"
)

// drift is one change made by hand, and what repairs it.
type drift struct {
	reason string
	make   func(*operator)
	want   []string // "action kind name", the whole plan
	writes int      // requests to Gitea that change something
	args   []string // that the repair needs
	since  int      // the first minor version of Gitea 1 that shows it; 0 is every one
}

// drifts makes each drift alone: one run repairs exactly that, the next one
// finds nothing.
func drifts(t *testing.T, s Server) {
	b := newEnv(t, s, Platform)
	b.apply(t)
	minor := b.operator(t).minor()
	kinds := []map[string]drift{
		teamDrifts(), rightsDrifts(), repositoryDrifts(), hookDrifts(), organizationHookDrifts(), ruleDrifts(), keyDrifts(), peopleDrifts(), applicationDrifts()}
	for _, kind := range kinds {
		for name, d := range kind {
			if d.since > minor {
				continue
			}
			t.Run(name, func(t *testing.T) { d.run(t, b) })
		}
	}
	readBack(t, b)
}

func (d drift) run(t *testing.T, b *env) {
	b.settled(t, "--policy", "sync")
	d.make(b.operator(t))
	r := b.run(t, append([]string{"apply", "--policy", "sync"}, d.args...)...).Want(t, run.ExitOK, "converged", d.writes)
	if diff := cmp.Diff(d.want, runner.Names(r.Lines)); diff != "" {
		t.Errorf("%s: plan (-want +got):\n%s", d.reason, diff)
	}
	b.settled(t, "--policy", "sync")
}
