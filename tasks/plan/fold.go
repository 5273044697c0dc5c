package plan

import (
	"bufio"
	"fmt"
	"slices"
	"strings"
)

// A plan of more than foldAbove changes is folded: of each group so many lines are
// shown, those first that a reviewer must see, and teams whose changes are alike
// share one line with some of their names.
const (
	foldAbove = 200
	maxShown  = 20
	maxNames  = 6
)

// text is a plan that is being printed.
type text struct {
	View
	out  *bufio.Writer
	sets []Set
}

func (t *text) write(groups []group) {
	changes := 0
	for _, g := range groups {
		changes += len(g.refs)
	}
	if t.Full || changes <= foldAbove {
		for _, g := range groups {
			t.writeGroup(g, len(g.refs))
		}
		return
	}
	t.writeFolded(groups)
	fmt.Fprintln(t.out, "\n(folded: --full shows every change with all its fields)")
}

// writeGroup prints at most so many changes of a group, and counts the others.
func (t *text) writeGroup(g group, limit int) {
	lines := t.lines(g)
	fmt.Fprintf(t.out, "\n%s (%d)\n", g.title, len(lines))
	if len(lines) > limit {
		slices.SortStableFunc(lines, byUrgency)
	}
	shown := lines[:min(limit, len(lines))]
	for _, line := range shown {
		fmt.Fprintln(t.out, t.coloured(line))
		writeFields(t.out, line, t.Full)
	}
	if rest := lines[len(shown):]; len(rest) > 0 {
		fmt.Fprintf(t.out, "  %d more: %s\n", len(rest), Count(slices.Values(rest)).brief())
	}
}

func (t *text) lines(g group) []Line {
	lines := make([]Line, 0, len(g.refs))
	for _, r := range g.refs {
		lines = append(lines, t.sets[r.set].line(r.change, t.Full))
	}
	return lines
}

// byUrgency puts first what a reviewer must see.
func byUrgency(a, b Line) int {
	switch {
	case a.urgent() == b.urgent():
		return 0
	case a.urgent():
		return -1
	default:
		return 1
	}
}

func (l Line) urgent() bool { return l.risky() || l.Blocked != "" && l.Breaks != "" }

// alike are teams with the same changes.
type alike struct {
	changes string
	groups  []group
}

// writeFolded prints groups in which there is something to see, and below them what
// is alike.
func (t *text) writeFolded(groups []group) {
	var patterns []*alike
	known := map[string]*alike{}
	for _, g := range groups {
		lines := t.lines(g)
		if t.ByKind || g.team == "" || slices.ContainsFunc(lines, Line.urgent) {
			t.writeGroup(g, maxShown)
			continue
		}
		changes := pattern(lines)
		if known[changes] == nil {
			known[changes] = &alike{changes: changes}
			patterns = append(patterns, known[changes])
		}
		known[changes].groups = append(known[changes].groups, g)
	}
	for _, p := range patterns {
		t.writeAlike(p)
	}
}

func (t *text) writeAlike(p *alike) {
	if len(p.groups) == 1 {
		t.writeGroup(p.groups[0], maxShown)
		return
	}
	var names []string
	for _, g := range p.groups[:min(maxNames, len(p.groups))] {
		names = append(names, printable(g.team))
	}
	if rest := len(p.groups) - len(names); rest > 0 {
		names = append(names, fmt.Sprintf("%d more", rest))
	}
	fmt.Fprintf(t.out, "\n%d teams alike, each %s\n    %s\n", len(p.groups), p.changes, strings.Join(names, ", "))
}

// pattern says what changes, without names.
func pattern(lines []Line) string {
	var order []string
	counts := map[string]int{}
	for _, l := range lines {
		key := l.sign() + " " + l.Kind
		if counts[key]++; counts[key] == 1 {
			order = append(order, key)
		}
	}
	var parts []string
	for _, key := range order {
		parts = append(parts, fmt.Sprintf("%s %d", key, counts[key]))
	}
	return fmt.Sprintf("%s (%s)", Count(slices.Values(lines)).brief(), strings.Join(parts, ", "))
}
