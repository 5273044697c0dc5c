package inventory

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"otomi.io/tasks/tasks/kube"
	"otomi.io/tasks/tasks/values"
)

// maxSaves is how often a save starts again when others write meanwhile.
const maxSaves = 10

// Save writes what was noted since the last time, where the Secrets do not say
// so already. Where another run wrote meanwhile, the notes go on top of what it
// wrote. It returns kube.ErrConflict when that happens again and again, and a
// SizeError when it does not fit.
func (i *Inventory) Save(ctx context.Context) error {
	i.saving.Lock()
	defer i.saving.Unlock()
	err := i.write(ctx)
	for range maxSaves - 1 {
		if !errors.Is(err, kube.ErrConflict) {
			break
		}
		if err = i.rebase(ctx); err != nil {
			break
		}
		err = i.write(ctx)
	}
	if err != nil {
		return fmt.Errorf("saving the inventory: %w", err)
	}
	return nil
}

// rebase puts unsaved notes on top of what another run wrote. Where the Secret
// was deleted, only our notes are left.
func (i *Inventory) rebase(ctx context.Context) error {
	s, err := i.read(ctx)
	if err != nil {
		return err
	}
	if s.key == nil {
		i.stored = s
		return nil
	}
	i.mu.Lock()
	unsaved := i.unsaved
	i.mu.Unlock()
	i.use(s, unsaved)
	return nil
}

// write writes what differs from the Secrets, each over the version that was
// read.
func (i *Inventory) write(ctx context.Context) error {
	changed, notes, err := i.pending()
	if err != nil {
		return err
	}
	if len(changed) > 0 {
		if err := i.claimFormer(ctx); err != nil {
			return err
		}
	}
	if i.stored.divided {
		err = i.writeParts(ctx, changed)
	} else if err = i.writeWhole(ctx, changed); errors.Is(err, errDivided) {
		return i.write(ctx)
	}
	if err != nil {
		return err
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.unsaved = slices.Clone(i.unsaved[notes:]) // those that were saved need no memory
	i.keyStored = i.keyStored || i.stored.versions[0] != ""
	return nil
}

// pending are the texts to write by the number of their Secret, and how many
// notes are in them.
func (i *Inventory) pending() (changed map[int][]byte, notes int, err error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	changed = map[int][]byte{}
	for number, c := range i.content.divide(i.stored.divided) {
		text, err := c.text()
		if err != nil {
			return nil, 0, err
		}
		if sumOf(text) != i.stored.sums[number] || i.stored.mustWrite(number, i.options.Installation) {
			changed[number] = text
		}
	}
	return changed, len(i.unsaved), nil
}

// mustWrite tells whether a Secret is written though its notes are the same: the
// first one for its new owner, a part because readers would still use the first
// one in its place.
func (s *stored) mustWrite(number int, owner string) bool {
	if number == 0 {
		return s.owner != "" && s.owner != owner
	}
	return s.versions[number] == "" && s.packed != nil
}

// errDivided says that the inventory has become a divided one.
var errDivided = errors.New("the inventory was divided")

// writeWhole writes a small inventory. One that has become too large is only
// marked as divided: its parts come next.
func (i *Inventory) writeWhole(ctx context.Context, changed map[int][]byte) error {
	text, differs := changed[0]
	if !differs {
		return nil
	}
	packed, err := compress(text)
	if err != nil {
		return err
	}
	if len(packed) <= i.limit {
		return i.put(ctx, 0, packed, text)
	}
	i.stored.divided = true
	if err := i.put(ctx, 0, i.stored.packed, nil); err != nil {
		i.stored.divided = false
		return err
	}
	return errDivided
}

// writeParts writes parts, and takes the notes out of the first Secret once all
// parts exist.
func (i *Inventory) writeParts(ctx context.Context, changed map[int][]byte) error {
	for number := 1; number <= Parts; number++ {
		text, differs := changed[number]
		if !differs {
			continue
		}
		packed, err := compress(text)
		if err == nil && len(packed) > i.limit {
			err = &SizeError{len(packed), i.limit}
		}
		if err == nil {
			err = i.put(ctx, number, packed, text)
		}
		if err != nil {
			return err
		}
	}
	if i.stored.packed == nil && !i.stored.mustWrite(0, i.options.Installation) {
		return nil
	}
	err := i.put(ctx, 0, nil, nil)
	if err == nil {
		i.stored.packed = nil
	}
	return err
}

// put writes one Secret over the version that was read; without anything packed
// it holds no notes.
func (i *Inventory) put(ctx context.Context, number int, packed, text []byte) error {
	if packed == nil {
		var err error
		if packed, err = compress([]byte("{}")); err != nil {
			return err
		}
	}
	s := kube.Secret{Namespace: i.options.Namespace, Name: partName(i.options.Name, number), Data: map[string]values.Secret{contentKey: values.NewSecret(string(packed))}}
	if number == 0 {
		s.Data[hmacKey] = values.NewSecret(string(i.key))
	}
	if number == 0 && i.stored.divided {
		s.Data[partsKey] = values.NewSecret(fmt.Sprint(Parts))
	}
	version, err := i.store.WriteOver(ctx, i.marked(s), i.stored.versions[number])
	if err != nil {
		return err
	}
	i.stored.versions[number], i.stored.sums[number] = version, sumOf(text)
	if number == 0 {
		i.stored.owner = i.options.Installation
	}
	if number == 0 && !i.stored.divided {
		i.stored.packed = packed
	}
	return nil
}

// marked names our installation in a Secret.
func (i *Inventory) marked(s kube.Secret) kube.Secret {
	if i.options.Installation != "" {
		annotations := map[string]string{}
		maps.Copy(annotations, s.Annotations)
		annotations[installation] = i.options.Installation
		s.Annotations = annotations
	}
	return s
}

// claimFormer marks the Secret of an earlier release as read by this
// installation, so that no other one in the namespace takes the same objects for
// its own. The Secret stays for a release that is rolled back.
func (i *Inventory) claimFormer(ctx context.Context) error {
	former := i.stored.former
	if i.stored.formerVersion == "" || former.Annotations[installation] == i.options.Installation {
		return nil
	}
	version, err := i.store.WriteOver(ctx, i.marked(former), i.stored.formerVersion)
	if err == nil {
		i.stored.former, i.stored.formerVersion = i.marked(former), version
	}
	return err
}
