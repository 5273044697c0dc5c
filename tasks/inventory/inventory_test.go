package inventory

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"otomi.io/tasks/tasks/kube"
	"otomi.io/tasks/tasks/values"
)

// TestSave: what was noted is there in the next run, and nothing is written
// without a difference.
func TestSave(t *testing.T) {
	t.Parallel()
	m := newMemory()
	first := opened(t, m)
	save(t, first)
	if m.writes != 0 {
		t.Errorf("saving an empty inventory took %d writes", m.writes)
	}
	first.Remember("red", values.NewSecret("geheim"))
	first.KeepCredential("runner", values.NewSecret("credential"))
	first.Own("robot", "team-red-pull", "slot a")
	save(t, first)
	save(t, first)
	second := opened(t, m)
	save(t, second)
	if m.writes != 1 {
		t.Errorf("saving one difference took %d writes", m.writes)
	}
	if !second.Matches("red", values.NewSecret("geheim")) || second.Matches("red", values.NewSecret("other")) || second.Matches("blue", values.NewSecret("geheim")) {
		t.Error("the fingerprint tells the wrong secret")
	}
	if second.Credential("runner").Reveal() != "credential" {
		t.Error("the credential got lost")
	}
	second.Forget("red")
	second.Disown("robot", "team-red-pull")
	save(t, second)
	third := opened(t, m)
	if diff := cmp.Diff([]any{[]string(nil), map[string]string(nil)}, []any{third.Remembered(), third.Owned("robot")}); diff != "" {
		t.Errorf("what was forgotten (-want +got):\n%s", diff)
	}
}

// noise is text that cannot be compressed, the same for the same seed.
func noise(seed, n int) string {
	random := rand.New(rand.NewPCG(uint64(seed), 1))
	var text strings.Builder
	for text.Len() < n {
		text.WriteByte(byte('!' + random.IntN(90)))
	}
	return text.String()
}

// fill notes objects of about a hundred bytes each.
func fill(i *Inventory, from, to int) {
	for n := from; n < to; n++ {
		i.Own("robot", fmt.Sprintf("team-%04d", n), fmt.Sprint(n)+noise(n, 100))
	}
}

// large is how many such objects do not fit into one Secret, small how many do.
const large, small = 300, 40

// TestDivide: an inventory that outgrows its Secret goes on in parts, each below
// the limit, of which a change writes only its own.
func TestDivide(t *testing.T) {
	t.Parallel()
	m := newMemory()
	i := opened(t, m)
	fill(i, 0, 10)
	save(t, i)
	fill(i, 10, large)
	save(t, i)
	if len(m.secrets) != 1+Parts {
		t.Fatalf("%d secrets", len(m.secrets))
	}
	again := opened(t, m)
	if got := len(again.Owned("robot")); got != large {
		t.Errorf("%d objects of %d", got, large)
	}
	before := m.writes
	save(t, again)
	again.Disown("robot", "team-0001")
	again.KeepCredential("team-0001", values.NewSecret("x"))
	save(t, again)
	if m.writes != before+1 {
		t.Errorf("one change took %d writes", m.writes-before)
	}
	last := opened(t, m)
	if _, still := last.Owned("robot")["team-0001"]; still || last.Credential("team-0001").Reveal() != "x" {
		t.Error("the change got lost")
	}
	last.KeepCredential("one", values.NewSecret(noise(0, testLimit*2)))
	if _, ok := errors.AsType[*SizeError](last.Save(t.Context())); !ok {
		t.Error("a part beyond the limit was not refused")
	}
}

// TestKill: whichever write a run is killed at, what was saved before is there,
// and the next run can save again.
func TestKill(t *testing.T) {
	t.Parallel()
	start := newMemory()
	i := opened(t, start)
	fill(i, 0, small)
	save(t, i)
	for _, late := range []bool{false, true} {
		for kill := 1; ; kill++ {
			m := start.clone()
			m.kill, m.late = kill, late
			i := opened(t, m)
			fill(i, small, large)
			i.Disown("robot", "team-0007")
			err := i.Save(t.Context())
			if err == nil {
				break
			}
			if !errors.Is(err, errKilled) {
				t.Fatalf("write %d, late %v: %v", kill, late, err)
			}
			m.kill = 0
			afterKill(t, opened(t, m), fmt.Sprintf("write %d, late %v", kill, late))
			next := opened(t, m)
			fill(next, small, large)
			next.Disown("robot", "team-0007")
			save(t, next)
			if got := len(opened(t, m).Owned("robot")); got != large-1 {
				t.Errorf("write %d, late %v: the next run saved %d of %d objects", kill, late, got, large-1)
			}
		}
	}
}

func afterKill(t *testing.T, i *Inventory, when string) {
	t.Helper()
	owned := i.Owned("robot")
	for n := range small {
		name := fmt.Sprintf("team-%04d", n)
		if want := fmt.Sprint(n) + noise(n, 100); n != 7 && owned[name] != want {
			t.Fatalf("%s: %s is lost or another", when, name)
		}
	}
}

// TestSideBySide: runs that save at the same time keep each other's notes, also
// while they divide the  Run it with -race.
func TestSideBySide(t *testing.T) {
	t.Parallel()
	m := newMemory()
	var all sync.WaitGroup
	for shard := range 3 {
		i := opened(t, m)
		i.Remember(fmt.Sprint(shard), values.NewSecret("geheim"))
		all.Go(func() {
			for n := shard * 20; n < large; n += 60 {
				fill(i, n, n+20)
				if err := i.Save(t.Context()); err != nil {
					t.Errorf("shard %d: %v", shard, err)
				}
			}
		})
	}
	all.Wait()
	last := opened(t, m)
	owned := last.Owned("robot")
	for shard := range 3 {
		if name := fmt.Sprint(shard); !last.Matches(name, values.NewSecret("geheim")) {
			t.Errorf("the fingerprint of shard %s is lost, or of another key", name)
		}
	}
	for n := range large {
		if name := fmt.Sprintf("team-%04d", n); owned[name] == "" {
			t.Fatalf("%s is lost; %d objects are there", name, len(owned))
		}
	}
}

// TestGoroutines: one inventory serves many goroutines, which note while it is
// saved. Run it with -race.
func TestGoroutines(t *testing.T) {
	t.Parallel()
	m := newMemory()
	i := opened(t, m)
	var all sync.WaitGroup
	for worker := range 8 {
		all.Go(func() {
			for n := range 25 {
				name := fmt.Sprintf("%d-%d", worker, n)
				i.Remember(name, values.NewSecret(name))
				i.Own("robot", name, "")
				i.KeepCredential(name, values.NewSecret(name))
				_, _, _ = i.Owned("robot"), i.Remembered(), i.Credential(name)
				if !i.Matches(name, values.NewSecret(name)) {
					t.Errorf("%s does not match", name)
				}
				if err := i.Save(t.Context()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if got := len(opened(t, m).Owned("robot")); got != 200 {
		t.Errorf("%d of 200 objects", got)
	}
}

// TestOwner: the inventory of another installation is read only by who takes it
// over.
func TestOwner(t *testing.T) {
	t.Parallel()
	as := func(name string) func(*Options) {
		return func(o *Options) { o.Installation = name }
	}
	takeOver := func(o *Options) { o.TakeOver = true }
	cases := map[string]struct {
		reason        string
		writer, opens string
		takeOver      bool
		refused       bool
	}{
		"Same":     {reason: "it is ours", writer: "a/otomi", opens: "a/otomi"},
		"Unnamed":  {reason: "earlier releases stored no name", writer: "", opens: "a/otomi"},
		"Other":    {reason: "it was restored from another cluster", writer: "b/otomi", opens: "a/otomi", refused: true},
		"Accepted": {reason: "a person wants it", writer: "b/otomi", opens: "a/otomi", takeOver: true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMemory()
			i := opened(t, m, as(tc.writer))
			i.Own("robot", "x", "")
			save(t, i)
			o := Options{Namespace: "otomi", Name: "state"}
			as(tc.opens)(&o)
			if tc.takeOver {
				takeOver(&o)
			}
			_, err := Open(t.Context(), m, o)
			_, refused := errors.AsType[*OwnerError](err)
			if refused != tc.refused || refused && !strings.Contains(err.Error(), "--accept owner") {
				t.Fatalf("%s: %v", tc.reason, err)
			}
			if refused {
				return
			}
			ours := opened(t, m, as(tc.opens), takeOver)
			save(t, ours)
			ours.Own("robot", "y", "")
			save(t, ours)
			if got := len(opened(t, m, as(tc.opens)).Owned("robot")); got != 2 {
				t.Errorf("%s: %d objects afterwards", tc.reason, got)
			}
		})
	}
}

// TestFormer: the Secret of an earlier release is read until something is
// written, and belongs to one installation only.
func TestFormer(t *testing.T) {
	t.Parallel()
	m := newMemory()
	old := opened(t, m, func(o *Options) { o.Name, o.Installation = "old", "" })
	old.Remember("red", values.NewSecret("x"))
	old.Own("robot", "x", "")
	save(t, old)
	as := func(release string) func(*Options) {
		return func(o *Options) { o.Name, o.Former, o.Installation = release, "old", "a/otomi/"+release }
	}
	before := m.writes
	one := opened(t, m, as("one"))
	save(t, one)
	if m.writes != before || !one.Matches("red", values.NewSecret("x")) {
		t.Errorf("reading the former secret: %d writes, remembered %v", m.writes-before, one.Remembered())
	}
	one.Own("robot", "y", "")
	save(t, one)
	if got := len(opened(t, m, as("one")).Owned("robot")); got != 2 {
		t.Errorf("%d objects of 2", got)
	}
	if got := opened(t, m, as("two")).Owned("robot"); len(got) != 0 {
		t.Errorf("another release took %v, too", got)
	}
	names := []string{}
	for name := range m.secrets {
		names = append(names, name)
	}
	slices.Sort(names)
	if diff := cmp.Diff([]string{"old", "one"}, names); diff != "" {
		t.Errorf("secrets (-want +got):\n%s", diff)
	}
}

// TestLost: a Secret that was deleted while a run had it open is written whole.
func TestLost(t *testing.T) {
	t.Parallel()
	m := newMemory()
	i := opened(t, m)
	i.Own("robot", "x", "")
	save(t, i)
	delete(m.secrets, "state")
	i.Own("robot", "y", "")
	save(t, i)
	if got := len(opened(t, m).Owned("robot")); got != 2 {
		t.Errorf("%d objects of 2", got)
	}
}

// TestUnreadable: what cannot be read is never taken for an empty inventory, and
// the error says what to do and shows nothing of it.
func TestUnreadable(t *testing.T) {
	t.Parallel()
	key := values.NewSecret(noise(0, keyBytes))
	cases := map[string]struct {
		reason string
		data   map[string]values.Secret
	}{
		"NoKey":   {"without the key no fingerprint can be compared", nil},
		"NoNotes": {"the notes were removed", map[string]values.Secret{hmacKey: key}},
		"Edited":  {"a person edited them", map[string]values.Secret{hmacKey: key, contentKey: values.NewSecret("geheim")}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMemory()
			m.secrets["state"] = kube.Secret{Namespace: "otomi", Name: "state", Data: tc.data}
			_, err := Open(t.Context(), m, Options{Namespace: "otomi", Name: "state"})
			if err == nil || strings.Contains(err.Error(), "geheim") || !strings.Contains(err.Error(), "delete it") {
				t.Errorf("%s: %v", tc.reason, err)
			}
		})
	}
}

// TestPrints: equal secrets under two names, or under two keys, have different
// prints.
func TestPrints(t *testing.T) {
	t.Parallel()
	one, other := opened(t, newMemory()), opened(t, newMemory())
	for _, name := range []string{"a", "b", "ab"} {
		one.Remember(name, values.NewSecret("b"))
	}
	other.Remember("a", values.NewSecret("b"))
	prints := one.content.Fingerprints
	if bytes.Equal(prints["a"], prints["b"]) || bytes.Equal(prints["a"], other.content.Fingerprints["a"]) {
		t.Error("equal secrets have equal prints")
	}
	one.Forget("ab")
	if one.Matches("ab", values.NewSecret("b")) || !one.Matches("a", values.NewSecret("b")) || one.Matches("never", values.Secret{}) {
		t.Error("the prints are mixed up")
	}
}

// TestDirectory: a folder of manifests stores it, too.
func TestDirectory(t *testing.T) {
	t.Parallel()
	d, o := kube.NewDirectory(t.TempDir()), Options{Namespace: "otomi", Name: "state", Installation: "laptop"}
	for _, objects := range []int{small, large} {
		i, err := open(t.Context(), d, o, testLimit)
		if err != nil {
			t.Fatal(err)
		}
		fill(i, 0, objects)
		save(t, i)
		again, err := open(t.Context(), d, o, testLimit)
		if err != nil || len(again.Owned("robot")) != objects {
			t.Errorf("%d objects of %d: %v", len(again.Owned("robot")), objects, err)
		}
	}
}
