package plan

import (
	"bufio"
	"fmt"
	"io"
	"iter"
	"maps"
	"slices"
	"strings"
)

// Header says what a plan is about, in the order in which it is printed.
type Header []Note

// Note is one line of a header.
type Note struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// View says how a whole plan is printed for a person.
type View struct {
	Header Header
	// ByKind prints kind by kind in the order of dependency; without it team by team,
	// the platform's own first.
	ByKind bool
	// Color marks the lines with the colours of a terminal.
	Color bool
	// Full shows all fields of what is created, not only those that matter to a
	// reviewer, and folds nothing.
	Full bool
	// Limits are those that the plan will be held against.
	Limits Limits
}

// ref is one change of a plan: a large platform has tens of thousands, whose lines are
// made one by one.
type ref struct{ set, change int }

// group is what is printed below one heading.
type group struct {
	title, team string
	refs        []ref
}

func (v View) groups(sets []Set) []group {
	byTitle := map[string][]ref{}
	for i, set := range sets {
		for change, team := range set.teams() {
			title := set.name()
			if !v.ByKind {
				title = team
			}
			byTitle[title] = append(byTitle[title], ref{i, change})
		}
	}
	var all []group
	if !v.ByKind {
		for _, team := range slices.Sorted(maps.Keys(byTitle)) {
			all = append(all, group{Heading(team), team, byTitle[team]})
		}
		return all
	}
	for _, set := range sets {
		if refs := byTitle[set.name()]; len(refs) > 0 {
			all = append(all, group{set.name(), "", refs})
		}
	}
	return all
}

// Heading is what is printed above the changes of a team.
func Heading(team string) string {
	if team == "" {
		return "the platform's own"
	}
	return "team " + printable(team)
}

// WriteText prints the plan: what it is about, the changes below their headings, the
// counts of each kind and those of all.
func (v View) WriteText(w io.Writer, p Plan) error {
	b := bufio.NewWriter(w) // keeps its first error
	for _, note := range v.Header {
		fmt.Fprintf(b, "%-13s %s\n", note.Name, printable(note.Value))
	}
	sets := p.Kinds()
	groups := v.groups(sets)
	t := text{View: v, out: b, sets: sets}
	t.write(groups)
	if len(v.Header)+len(groups) > 0 {
		fmt.Fprintln(b)
	}
	v.writeKinds(b, sets)
	fmt.Fprintln(b, Count(Lines(p)))
	return b.Flush()
}

// coloured is a line in the colour of its sign.
func (v View) coloured(l Line) string {
	if !v.Color {
		return l.String()
	}
	colours := map[string]string{"+": "32", "~": "33", "-": "31", "=": "36", "!": "35"}
	return "\x1b[" + colours[l.sign()] + "m" + l.String() + "\x1b[0m"
}

// writeKinds counts the changes of each kind, and what is unchanged and others' of all.
func (v View) writeKinds(b *bufio.Writer, sets []Set) {
	var unchanged, others []string
	for _, set := range sets {
		if counts := Count(set.Lines()); counts != (Counts{}) {
			fmt.Fprintf(b, "%s: %s%s\n", set.name(), counts.brief(), v.Limits.note(set.removals()))
		}
		if n := set.unchanged(); n > 0 {
			unchanged = append(unchanged, fmt.Sprintf("%s %d", set.name(), n))
		}
		for _, owner := range slices.Sorted(maps.Keys(set.others())) {
			others = append(others, fmt.Sprintf("%s %d of %s", set.name(), set.others()[owner], owner))
		}
	}
	if len(unchanged) > 0 {
		fmt.Fprintf(b, "unchanged: %s\n", strings.Join(unchanged, ", "))
	}
	if len(others) > 0 {
		fmt.Fprintf(b, "left untouched: %s\n", strings.Join(others, ", "))
	}
}

// brief are the counts that are not zero.
func (c Counts) brief() string {
	var parts []string
	for _, part := range []struct {
		n    int
		word string
	}{{c.Create, "to create"}, {c.Update, "to update"}, {c.Delete, "to delete"}, {c.Adopt, "to adopt"}, {c.Blocked, "blocked"}} {
		if part.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", part.n, part.word))
		}
	}
	return strings.Join(parts, ", ")
}

// FullLines are all changes with all their fields, kind by kind in the order of
// dependency.
func FullLines(p Plan) iter.Seq[Line] {
	return func(yield func(Line) bool) {
		for _, set := range p.Kinds() {
			for i := range set.teams() {
				if !yield(set.line(i, true)) {
					return
				}
			}
		}
	}
}

// NameOf is the name of a kind.
func NameOf(s Set) string { return s.name() }

func (k *Kind[T]) name() string { return k.Name }

// teams are the teams of the changes, by the number of the change.
func (k *Kind[T]) teams() iter.Seq2[int, string] {
	return func(yield func(int, string) bool) {
		for i, c := range k.Changes {
			if !yield(i, c.Team()) {
				return
			}
		}
	}
}

func (k *Kind[T]) line(i int, full bool) Line { return k.print(k.Changes[i], full) }

// unchanged counts the objects without a change, 0 where only a part is looked at.
func (k *Kind[T]) unchanged() int {
	if k.narrowed {
		return 0
	}
	return k.asDesired
}

// others counts the objects of other owners that nothing asks for.
func (k *Kind[T]) others() map[string]int {
	if k.narrowed {
		return nil
	}
	return k.untouched
}
