package run

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/reading"
	"otomi.io/tasks/tasks/task"
	"otomi.io/tasks/tasks/values"
)

// A write that is undone in the same way again and again has another writer. What
// an apply wrote is left with its lock, and counted by the next one that writes
// it again:
//
//	in the plan   remembered   then
//	yes           no           remembered once
//	yes           yes          counted; from the third time on the log and doctor name it
//	no            yes          kept for a week
const (
	undoneTimes = 3
	rememberFor = 7 * 24 * time.Hour
	// maxWrites bounds what one Lease holds.
	maxWrites = 20
)

const docsOtherWriter = "docs/platforms.md#beside-the-operators"

// memory is a Locker that keeps a text for the next run.
type memory interface {
	Recall(ctx context.Context, name string) (string, error)
	Remember(text string)
}

// write is one change that an apply performed, and how often.
type write struct {
	Digest string    `json:"digest"` // of the change with its fields
	Change string    `json:"change"`
	Times  int       `json:"times"`
	Last   time.Time `json:"last"`
}

// writesOf are the creates and updates of a plan: what may be undone.
func writesOf(p plan.Plan) []write {
	var all []write
	for line := range plan.Lines(p) {
		if len(all) == maxWrites {
			break
		}
		if line.Blocked != "" || line.Adopts || line.Action != plan.Create && line.Action != plan.Update {
			continue
		}
		var fields []string
		for _, f := range line.Fields {
			fields = append(fields, f.Path)
		}
		text, _ := json.Marshal(line) // a line holds texts only
		sum := sha256.Sum256(text)
		change := strings.TrimSpace(fmt.Sprintf("%s %s %s %s", line.Action, line.Kind, line.Name, strings.Join(fields, ", ")))
		all = append(all, write{Digest: hex.EncodeToString(sum[:8]), Change: change, Times: 1})
	}
	return all
}

// counted adds the writes of this run to those that are remembered.
func counted(remembered, written []write, now time.Time) []write {
	var all []write
	for _, w := range written {
		if i := slices.IndexFunc(remembered, func(r write) bool { return r.Digest == w.Digest }); i >= 0 {
			w.Times += remembered[i].Times
		}
		w.Last = now
		all = append(all, w)
	}
	for _, r := range remembered {
		again := slices.ContainsFunc(written, func(w write) bool { return w.Digest == r.Digest })
		if !again && now.Sub(r.Last) < rememberFor {
			all = append(all, r)
		}
	}
	slices.SortStableFunc(all, func(a, b write) int { return b.Times - a.Times })
	return all[:min(len(all), maxWrites)]
}

// undone are those that another writer takes back.
func undone(all []write) (changes []string) {
	for _, w := range all {
		if w.Times >= undoneTimes {
			changes = append(changes, fmt.Sprintf("%s (%d times)", w.Change, w.Times))
		}
	}
	return changes
}

// recall is what earlier runs wrote; nothing where no lock keeps it.
func (s *session) recall(ctx context.Context) (all []write, keeper memory) {
	keeper, ok := s.locker().(memory)
	if !ok {
		return nil, nil
	}
	text, err := keeper.Recall(ctx, s.lockName())
	if err == nil && text != "" {
		err = json.Unmarshal([]byte(text), &all)
	}
	if err != nil {
		s.log.Debug("not known: what earlier runs wrote", "reason", err)
	}
	return all, keeper
}

// noteWrites remembers what was written, and warns of what was undone before.
func (r *runner) noteWrites(ctx context.Context, written []write) {
	all, keeper := r.recall(ctx)
	if keeper == nil {
		return
	}
	all = counted(all, written, r.setting(values.Values{}).Now())
	for _, change := range undone(all) {
		r.log.Warn("another writer undoes this", "change", change, "docs", docsOtherWriter)
	}
	text, err := json.Marshal(all)
	if err == nil {
		keeper.Remember(string(text))
	}
}

// otherWriter names the platform's operator where it runs beside us, and what was
// undone; without a cluster there is nothing to look at.
func (r *runner) otherWriter(v values.Values) []task.Check {
	if _, keeps := r.locker().(memory); !keeps {
		return nil
	}
	return []task.Check{{Name: "other writers", Run: func(ctx context.Context) (string, error) {
		operator := r.operator(ctx, v.Platform.Operator(r.task.App))
		all, _ := r.recall(ctx)
		if changes := undone(all); len(changes) > 0 {
			return "", &task.Fault{Class: task.ClassUnsettled, Docs: docsOtherWriter,
				Cause:  join("; ", append([]string{"undone again and again: " + changes[0]}, append(changes[1:], operator)...)...),
				Remedy: "find what else writes there, and stop one of the two: of the platform's operator, scale the Deployment to 0"}
		}
		return cmp.Or(operator, "none known") + ", and nothing was undone three times", nil
	}}}
}

// operator says that the platform's runs, where the account may see it.
func (r *runner) operator(ctx context.Context, name string) string {
	if name == "" || r.kube.cluster == nil {
		return ""
	}
	replicas, err := r.kube.cluster.Replicas(ctx, name, name)
	switch {
	case err != nil:
		return fmt.Sprintf("not known whether Deployment %s/%[1]s runs: %v", name, err)
	case replicas == 0:
		return ""
	default:
		return fmt.Sprintf("the platform's Deployment %s/%[1]s writes there, too", name)
	}
}

// The readings of a run with --full-every, in its outcome.
const (
	readNothing = "nothing"
	readChanged = "changed teams"
	readAll     = "all"
)

// scope is what the flags let a run look at.
func (o *options) scope() task.Scope { return task.Scope{Selection: o.selection()} }

func (o *options) selection() plan.Selection { return plan.Selection{Teams: o.teams, Shard: o.shard} }

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
