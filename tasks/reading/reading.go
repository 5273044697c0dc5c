// Package reading decides how much of an application a run has to look at: nothing,
// the teams that changed in the values, or all. What it goes by is stored in the
// task's inventory when a run ended well, and dropped before a run writes:
//
//	the values                the last whole reading   the run reads
//	same commit, or content   is young enough          nothing
//	other content of teams    is young enough          these teams
//	a team is gone, or what
//	is the platform's differs any                      all
//	any                       is too old, or unknown   all
//
// A change made by hand on a server is seen by the next whole reading.
package reading

import (
	"context"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"

	"otomi.io/tasks/tasks/inventory"
	"otomi.io/tasks/tasks/plan"
	"otomi.io/tasks/tasks/task"
	"otomi.io/tasks/tasks/values"
)

// ownReading is the kind of the inventory that holds the times of whole readings, by
// shard.
const ownReading = "whole-reading"

// The names of fingerprints begin with these.
const (
	stampPrint  = "reading stamp "
	valuesPrint = "reading values "
	teamPrint   = "reading team "
)

// Options say whose memory it is and what it is good for.
type Options struct {
	Store     inventory.Store
	Inventory inventory.Options
	// Every is the age at which a whole reading is due.
	Every time.Duration
	Now   time.Time
	Shard plan.Shard
	// Settings is everything beside the values that decides what a run does.
	Settings string
}

// Memory is what earlier runs left. A nil Memory knows nothing and keeps nothing.
type Memory struct {
	options   Options
	inventory *inventory.Inventory
	last      string // when the last whole reading was
	young     bool   // it is
	stamp     string
}

// Open reads what earlier runs left. It takes any installation's inventory for the
// sake of looking; whose it is shows when the task opens it.
func Open(ctx context.Context, o Options) (*Memory, error) {
	looked := o.Inventory
	looked.TakeOver = true
	known, err := inventory.Open(ctx, o.Store, looked)
	if err != nil {
		return nil, err
	}
	m := &Memory{options: o, inventory: known}
	m.last = known.Owned(ownReading)[m.shard()]
	last, err := time.Parse(time.RFC3339, m.last)
	age := o.Now.Sub(last)
	m.young = err == nil && age >= 0 && age < o.Every
	return m, nil
}

func (m *Memory) shard() string {
	if m.options.Shard.Count == 0 {
		return "all"
	}
	return m.options.Shard.String()
}

// Covers tells whether values of this commit were applied to the end, so that a run
// has nothing to look at. "" means no commit.
func (m *Memory) Covers(commit string) bool {
	if m == nil || commit == "" {
		return false
	}
	m.stamp = m.options.Settings + " " + commit
	return m.young && m.inventory.Matches(stampPrint+m.shard(), values.NewSecret(m.stamp))
}

// Scope is what a run has to read of these values, at most whole; nothing is true
// where that is nothing at all.
func (m *Memory) Scope(v values.Values, whole task.Scope) (scope task.Scope, nothing bool) {
	if m == nil || !m.young {
		return whole, false
	}
	platform, teams := v.Digests()
	if !m.inventory.Matches(valuesPrint+m.shard(), m.settings(platform)) {
		return whole, false
	}
	var changed []string
	for id, digest := range teams {
		if whole.Reads(id) && !m.inventory.Matches(teamPrint+id, digest) {
			changed = append(changed, id)
		}
	}
	slices.Sort(changed)
	if len(m.gone(teams)) > 0 { // what is removed is measured against all
		return whole, false
	}
	return whole.Only(changed, false, len(teams)), len(changed) == 0
}

// gone are the teams of the shard that the values no longer name.
func (m *Memory) gone(teams map[string]values.Secret) []string {
	var gone []string
	for _, name := range m.inventory.Remembered() {
		team, is := strings.CutPrefix(name, teamPrint)
		if _, stays := teams[team]; is && !stays && m.options.Shard.Holds(team) {
			gone = append(gone, team)
		}
	}
	return gone
}

func (m *Memory) settings(platform values.Secret) values.Secret {
	return values.NewSecret(m.options.Settings + " " + platform.Reveal())
}

// Invalidate drops what is known before a run writes: one that is killed leaves
// something that only a whole reading finds.
func (m *Memory) Invalidate(ctx context.Context, as inventory.Options) error {
	if m == nil {
		return nil
	}
	if err := m.open(ctx, as); err != nil {
		return err
	}
	m.inventory.Disown(ownReading, m.shard())
	m.inventory.Forget(stampPrint + m.shard())
	m.inventory.Forget(valuesPrint + m.shard())
	return m.inventory.Save(ctx)
}

// open reads the inventory as its owner: the task has written it since.
func (m *Memory) open(ctx context.Context, as inventory.Options) (err error) {
	m.inventory, err = inventory.Open(ctx, m.options.Store, as)
	return err
}

// Keep stores that the values were applied to the end, as far as the scope went. Teams
// with something that is blocked and may not stay so are read again by the next run.
func (m *Memory) Keep(ctx context.Context, as inventory.Options, v values.Values, scope task.Scope, left iter.Seq[plan.Line]) error {
	if m == nil {
		return nil
	}
	if err := m.open(ctx, as); err != nil {
		return err
	}
	if !scope.ByName {
		m.last = m.options.Now.UTC().Format(time.RFC3339)
	}
	platform, teams := v.Digests()
	for _, team := range m.gone(teams) {
		m.inventory.Forget(teamPrint + team)
	}
	waiting := waiting(left)
	for id := range maps.Keys(teams) {
		if !scope.Reads(id) {
			continue
		}
		if waiting[id] {
			m.inventory.Forget(teamPrint + id)
		} else if !m.inventory.Matches(teamPrint+id, teams[id]) {
			m.inventory.Remember(teamPrint+id, teams[id])
		}
	}
	m.inventory.Own(ownReading, m.shard(), m.last)
	m.inventory.Remember(valuesPrint+m.shard(), m.settings(platform))
	if m.stamp != "" && len(waiting) == 0 {
		m.inventory.Remember(stampPrint+m.shard(), values.NewSecret(m.stamp))
	}
	return m.inventory.Save(ctx)
}

// waiting are the teams of which something is blocked that the policy allows: a
// namespace may come at any moment.
func waiting(left iter.Seq[plan.Line]) map[string]bool {
	teams := map[string]bool{}
	for line := range left {
		if line.Team != "" && line.Action != plan.Delete && line.Blocked != "" && !strings.HasPrefix(line.Blocked, "policy ") {
			teams[line.Team] = true
		}
	}
	return teams
}
