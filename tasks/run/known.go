package run

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"otomi.io/tasks/tasks/reading"
	"otomi.io/tasks/tasks/values"
)

// The readings of a run with --full-every, in its outcome.
const (
	readNothing = "nothing"
	readChanged = "changed teams"
	readAll     = "all"
)

// upToDate reads what earlier runs left, and tells whether there is nothing to do: the
// values are where they were. A run for some teams, or of a saved plan, is a
// person's, and always looks.
func (r *runner) upToDate(ctx context.Context) (nothing bool, err error) {
	if r.options.fullEvery == 0 || r.verb != verbApply || r.saved != nil || len(r.options.teams) > 0 {
		return false, nil
	}
	r.known, err = reading.Open(ctx, reading.Options{
		Store: r.kube.secrets, Inventory: r.inventory(r.options.installation), Every: r.options.fullEvery,
		Now: r.now(), Shard: r.options.shard, Settings: r.settings(),
	})
	if err != nil {
		return false, err
	}
	commits, err := r.commits(ctx)
	if err != nil {
		return false, err
	}
	if nothing = r.known.Covers(commits); nothing {
		r.report.read = readNothing
	}
	return nothing, nil
}

// narrow decides what is read of these values, and tells whether that is nothing.
func (r *runner) narrow(v values.Values) (nothing bool) {
	r.teams = len(v.Teams)
	r.scope, nothing = r.known.Scope(v, r.options.scope())
	switch {
	case r.known == nil:
	case nothing:
		r.report.read = readNothing
	case r.scope.ByName:
		r.report.read = readChanged
	default:
		r.report.read = readAll
	}
	return nothing
}

// invalidate drops what is known, before the first write.
func (r *runner) invalidate(ctx context.Context, v values.Values) error {
	defer r.openGates()()
	return r.known.Invalidate(ctx, r.setting(v).Inventory)
}

// keep lets the next run know that this one ended well.
func (r *runner) keep(ctx context.Context, v values.Values, p planned) error {
	defer r.openGates()()
	return r.known.Keep(ctx, r.setting(v).Inventory, v, r.scope, p.lines())
}

func (s *session) now() time.Time {
	if s.process.Clock != nil {
		return s.process.Clock.Now()
	}
	return time.Now()
}

// settings is everything beside the values that decides what a run does: its version,
// arguments and environment, without the names that each pod has for itself.
func (s *session) settings() string {
	own := []string{"HOSTNAME", "POD_NAME", "JOB_NAME", "JOB_UID"}
	parts := append([]string{s.process.Version}, s.process.Args...)
	for _, name := range slices.Sorted(maps.Keys(s.process.Env)) {
		if !slices.Contains(own, name) {
			parts = append(parts, name+"="+s.process.Env[name])
		}
	}
	return strings.Join(parts, "\x00")
}
