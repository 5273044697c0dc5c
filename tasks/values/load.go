package values

import (
	"context"
	"fmt"
	"slices"

	"otomi.io/tasks/tasks/platform"
)

// Load reads, merges, decrypts and validates the values. What is wrong with
// them comes back as Problems, all of it at once; any other error is the
// context's or the Remote's.
func Load(ctx context.Context, r Request) (Values, error) {
	if !slices.Contains([]string{"", AppKeycloak, AppHarbor, AppGitea, AppDrone}, r.App) {
		return Values{}, fmt.Errorf("loading values: unknown application %q", r.App)
	}
	e := environment{env: r.Env}
	l := loader{request: r, keys: ageKeys{env: r.Env}, root: e.base()}
	if err := l.load(ctx); err != nil {
		return Values{}, fmt.Errorf("loading values: %w", err)
	}
	root, limit := e.teams(merge(l.root, e.overlay()))
	root = e.groups(root)
	wait := e.wait()

	rd := reader{problems: slices.Concat(l.problems, e.problems)}
	complete := len(rd.problems) == 0
	v := rd.decode(root, limit, platform.Unversioned())
	readWait(cursor{reader: &rd, node: wait}, &v.Wait)
	v.ExtraCAFile = r.Env[extraCAVariable]
	// What is missing may stand in what could not be read.
	if complete {
		rd.require(root, v, r.App)
	}
	if len(rd.problems) > 0 {
		return Values{}, rd.problems.sorted()
	}
	return v, nil
}
