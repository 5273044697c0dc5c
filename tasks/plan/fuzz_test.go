package plan_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"otomi.io/tasks/tasks/plan"
)

// FuzzDiff makes two arbitrary states, performs the plan on one of them and
// expects what the other one declares.
func FuzzDiff(f *testing.F) {
	f.Add([]byte("a\x01b\x02c\x03"), []byte("a\x01d\xff"))
	f.Add([]byte{}, []byte("\x00\x01\x02\x03\x04\x05\x06\x07"))
	f.Add([]byte("aaaabbbb\xff\xfe\x80"), []byte("bbbbaaaa\x80\xfe\xff"))
	f.Fuzz(func(t *testing.T, left, right []byte) {
		desired, current := readState(left), readState(right)
		before := deepCopy(desired, current)
		k := plan.Diff("box", desired, current)
		checkOrder(t, k.Changes)
		applied := perform(t, current, k.Changes)
		if again := plan.Diff("box", desired, applied); len(again.Changes) != 0 {
			t.Errorf("after the apply there is still %v", again.Changes)
		}
		for _, name := range names(current) {
			if _, wanted := desired[name]; !wanted && !current[name].Ours() {
				if diff := cmp.Diff(current[name], applied[name], comparable()...); diff != "" {
					t.Errorf("foreign object %q changed: -before, +after:\n%s", name, diff)
				}
			}
		}
		if diff := cmp.Diff(before, deepCopy(desired, current), comparable()...); diff != "" {
			t.Errorf("Diff(...) changed its arguments: -before, +after:\n%s", diff)
		}
	})
}

func comparable() []cmp.Option {
	return []cmp.Option{cmpopts.IgnoreUnexported(box{}), cmp.AllowUnexported(secret{})}
}

// checkOrder wants creates and updates by name, then deletions by name, and
// each name once.
func checkOrder(t *testing.T, changes []plan.Change[box]) {
	t.Helper()
	seen := map[string]plan.Action{}
	for i, c := range changes {
		if other, twice := seen[c.Name]; twice {
			t.Errorf("%q has two changes: %s and %s", c.Name, other, c.Action)
		}
		seen[c.Name] = c.Action
		if i == 0 {
			continue
		}
		last := changes[i-1]
		switch lastDeletes, deletes := last.Action == plan.Delete, c.Action == plan.Delete; {
		case lastDeletes && !deletes:
			t.Errorf("%q is deleted before %q is not", last.Name, c.Name)
		case lastDeletes == deletes && last.Name >= c.Name:
			t.Errorf("%q comes before %q", last.Name, c.Name)
		}
	}
}

// perform does what a task does: it merges what is declared over the current state.
func perform(t *testing.T, current map[string]box, changes []plan.Change[box]) map[string]box {
	t.Helper()
	applied := maps.Clone(current)
	for _, c := range changes {
		_, exists := current[c.Name]
		switch {
		case c.Action == plan.Create && !exists && c.Before == nil:
			applied[c.Name] = *c.After
		case c.Action == plan.Update && exists && len(c.Reason) > 0:
			applied[c.Name] = merge(*c.Before, *c.After)
		case c.Action == plan.Delete && exists && c.After == nil && c.Before.Ours():
			delete(applied, c.Name)
		default:
			t.Errorf("%s of %q, which exists: %v", c.Action, c.Name, exists)
		}
	}
	return applied
}

func merge(base, over box) box {
	base.Title, base.Count, base.Key = over.Title, over.Count, over.Key
	if over.Note != nil {
		base.Note = over.Note
	}
	if over.Tags != nil {
		base.Tags = over.Tags
	}
	if over.Spare != nil {
		merged := lid{Weight: over.Spare.Weight, Colour: over.Spare.Colour}
		if merged.Colour == nil && base.Spare != nil {
			merged.Colour = base.Spare.Colour
		}
		base.Spare = &merged
	}
	base.Config = maps.Clone(base.Config)
	for key, value := range over.Config {
		if base.Config == nil {
			base.Config = map[string]string{}
		}
		base.Config[key] = value
	}
	return base
}

// readState turns bytes into objects; every sequence is one state.
func readState(data []byte) map[string]box {
	r := reader{data}
	state := map[string]box{}
	for len(r.data) > 0 {
		name := r.text()
		flags := r.byte()
		b := box{
			Meta:  plan.Meta{Ownership: plan.OursIf(flags&1 != 0, plan.Unowned), Team: r.text()},
			Title: r.text(), Count: int(r.byte()), Key: secret{r.text()},
		}
		if flags&2 != 0 {
			b.Note = new(r.text())
		}
		if flags&4 != 0 {
			b.Tags = r.texts()
		}
		if flags&8 != 0 {
			b.Config = map[string]string{r.text(): r.text(), r.text(): r.text()}
		}
		if flags&16 != 0 {
			b.Spare = &lid{Weight: int(r.byte())}
		}
		if flags&32 != 0 && b.Spare != nil {
			b.Spare.Colour = new(r.text())
		}
		state[name] = b
	}
	return state
}

type reader struct{ data []byte }

func (r *reader) byte() byte {
	if len(r.data) == 0 {
		return 0
	}
	b := r.data[0]
	r.data = r.data[1:]
	return b
}

// text is none to three bytes long, so that names meet often.
func (r *reader) text() string {
	n := min(int(r.byte())%4, len(r.data))
	text := string(r.data[:n])
	r.data = r.data[n:]
	return text
}

func (r *reader) texts() []string {
	texts := make([]string, int(r.byte())%3)
	for i := range texts {
		texts[i] = r.text()
	}
	return texts
}

func deepCopy(states ...map[string]box) []map[string]box {
	copies := make([]map[string]box, len(states))
	for i, state := range states {
		copies[i] = map[string]box{}
		for name, b := range state {
			b.Tags, b.Config = slices.Clone(b.Tags), maps.Clone(b.Config)
			copies[i][name] = b
		}
	}
	return copies
}
