// Package inventory is what a task remembers between its runs: fingerprints of
// what servers never return, credentials of its own, and what it made.
package inventory

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"otomi.io/tasks/tasks/kube"
	"otomi.io/tasks/tasks/values"
)

// MaxSecretBytes is what Kubernetes lets the values of one Secret hold.
const MaxSecretBytes = 1 << 20

const (
	keyBytes   = 32
	printBytes = 16 // of the HMAC: 15,000 prints must fit into one Secret
)

// The keys of the inventory's Secret.
const (
	hmacKey    = "hmac.key"
	contentKey = "state.json.gz"
)

// SizeError is an inventory that no Secret can hold.
type SizeError struct{ Bytes int }

func (e *SizeError) Error() string {
	return fmt.Sprintf("the inventory has %d bytes, more than the %d that a secret holds: run in shards", e.Bytes, MaxSecretBytes)
}

// Store keeps a Secret that is written only over the version that was read: a
// *kube.Cluster or a *kube.Directory.
type Store interface {
	// ReadVersion also returns the version; "" means that there is no Secret.
	ReadVersion(ctx context.Context, namespace, name string) (kube.Secret, string, error)
	// WriteOver writes over that version and returns the new one, or
	// kube.ErrConflict.
	WriteOver(ctx context.Context, s kube.Secret, version string) (string, error)
}

// Inventory is kept in one Secret. It is read once; Save writes it only where
// it differs. Runs side by side, such as shards, keep each other's notes. It may
// be used from many goroutines.
type Inventory struct {
	store           Store
	namespace, name string

	saving sync.Mutex // one write at a time; taken before mu

	mu      sync.Mutex // guards what follows; never held during a request
	version string
	key     []byte
	content content
	saved   []byte // content as the Secret holds it
	unsaved []note
	// observed is what this run saw, and no later one may rely on.
	observed map[string]map[string]string
}

// note is one change of the inventory.
type note struct {
	action noteAction
	// kind is of the objects only.
	kind, name, text string
	secret           values.Secret
}

type noteAction int

const (
	remember noteAction = iota
	forget
	keep
	own
	disown
)

// content is the part that grows.
type content struct {
	Fingerprints map[string][]byte            `json:"fingerprints,omitempty"`
	Credentials  map[string]string            `json:"credentials,omitempty"`
	Inventory    map[string]map[string]string `json:"inventory,omitempty"` // kind -> name -> note
}

// held is what the Secret holds.
type held struct {
	version string
	key     []byte
	content content
	packed  []byte
}

// Open reads the inventory's Secret. Where there is none the inventory is empty
// and has a new key, and nothing is written yet. A Secret that cannot be read is
// an error: an empty inventory in its place would forget what is ours.
func Open(ctx context.Context, from Store, namespace, name string) (*Inventory, error) {
	i := &Inventory{store: from, namespace: namespace, name: name}
	if err := i.Reopen(ctx); err != nil {
		return nil, err
	}
	return i, nil
}

// Reopen reads the Secret again and drops what was not saved.
func (i *Inventory) Reopen(ctx context.Context) error {
	h, err := i.read(ctx)
	if err != nil {
		return fmt.Errorf("opening the inventory: %w", err)
	}
	if h.version == "" {
		h.key = make([]byte, keyBytes)
		rand.Read(h.key) // never returns an error
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.version, i.key, i.content, i.saved, i.unsaved = h.version, h.key, h.content, h.packed, nil
	return nil
}

func (i *Inventory) read(ctx context.Context) (h held, err error) {
	secret, version, err := i.store.ReadVersion(ctx, i.namespace, i.name)
	if err != nil || version == "" {
		return held{}, err
	}
	h = held{version: version, key: []byte(secret.Data[hmacKey].Reveal()), packed: []byte(secret.Data[contentKey].Reveal())}
	if len(h.key) != keyBytes {
		return held{}, fmt.Errorf("secret %s/%s has no key of %d bytes in %s", i.namespace, i.name, keyBytes, hmacKey)
	}
	if h.content, err = unpack(h.packed); err != nil {
		return held{}, fmt.Errorf("reading %s of secret %s/%s: %w", contentKey, i.namespace, i.name, err)
	}
	return h, nil
}

// maxSaves is how often a save begins anew when others write in between.
const maxSaves = 10

// Save writes what was noted since the last time, where the Secret does not say
// so already. Where another run wrote in between, the notes go on top of what it
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

// rebase puts what is unsaved on top of what another run wrote. Where the Secret
// was deleted, what was known is all there is.
func (i *Inventory) rebase(ctx context.Context) error {
	h, err := i.read(ctx)
	if err != nil {
		return err
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.version, i.saved = h.version, h.packed
	if h.version == "" {
		return nil
	}
	i.key, i.content = h.key, h.content
	for _, n := range i.unsaved {
		i.apply(n) // fingerprints, too: the key may be another one
	}
	return nil
}

// write writes what differs from the Secret, over the version that was read.
func (i *Inventory) write(ctx context.Context) error {
	packed, version, key, notes, err := i.pending()
	if err != nil || packed == nil {
		return err
	}
	if size := len(packed) + keyBytes; size > MaxSecretBytes {
		return &SizeError{size}
	}
	version, err = i.store.WriteOver(ctx, kube.Secret{Namespace: i.namespace, Name: i.name, Data: map[string]values.Secret{
		hmacKey: values.NewSecret(string(key)), contentKey: values.NewSecret(string(packed)),
	}}, version)
	if err != nil {
		return err
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.version, i.saved, i.unsaved = version, packed, i.unsaved[notes:]
	return nil
}

// pending is the content to write, nil where the Secret holds it already, and
// how many notes are in it.
func (i *Inventory) pending() (packed []byte, version string, key []byte, notes int, err error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	packed, err = pack(i.content)
	if err != nil {
		return nil, "", nil, 0, err
	}
	if i.version != "" && bytes.Equal(packed, i.saved) || i.version == "" && i.content.empty() {
		i.unsaved = nil
		return nil, "", nil, 0, nil
	}
	return packed, i.version, i.key, len(i.unsaved), nil
}

// print binds a secret to its name, so that equal secrets have unequal prints.
func (i *Inventory) print(name string, secret values.Secret) []byte {
	mac := hmac.New(sha256.New, i.key)
	fmt.Fprintf(mac, "%d:%s%s", len(name), name, secret.Reveal()) // a hash takes every write
	return mac.Sum(nil)[:printBytes]
}

// ID tells this inventory from every other one. It is not secret.
func (i *Inventory) ID() string {
	i.mu.Lock()
	defer i.mu.Unlock()
	return hex.EncodeToString(i.print("", values.NewSecret("id"))[:4])
}

// Observe replaces what this run has seen of a kind. It is never saved.
func (i *Inventory) Observe(kind string, seen map[string]string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	put(&i.observed, kind, maps.Clone(seen))
}

// Observed is what this run has seen of a kind.
func (i *Inventory) Observed(kind string) map[string]string {
	i.mu.Lock()
	defer i.mu.Unlock()
	return maps.Clone(i.observed[kind])
}

// Remember keeps the fingerprint of a secret that was written under a name.
func (i *Inventory) Remember(name string, secret values.Secret) {
	i.note(note{action: remember, name: name, secret: secret})
}

// Matches tells whether this secret was the last one remembered under the name.
func (i *Inventory) Matches(name string, secret values.Secret) bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	return hmac.Equal(i.content.Fingerprints[name], i.print(name, secret))
}

// Remembered returns the names that have a fingerprint, in no order.
func (i *Inventory) Remembered() []string {
	i.mu.Lock()
	defer i.mu.Unlock()
	return slices.Collect(maps.Keys(i.content.Fingerprints))
}

// Forget drops the fingerprint and the credential of a name.
func (i *Inventory) Forget(name string) { i.note(note{action: forget, name: name}) }

// Credential returns a secret that the task keeps for itself, the zero one
// when it has none.
func (i *Inventory) Credential(name string) values.Secret {
	i.mu.Lock()
	defer i.mu.Unlock()
	return values.NewSecret(i.content.Credentials[name])
}

// KeepCredential keeps a secret for the task itself.
func (i *Inventory) KeepCredential(name string, secret values.Secret) {
	i.note(note{action: keep, name: name, secret: secret})
}

// Own notes that an object of a kind is ours. The note is the task's own, and
// may be empty; no secret belongs into it.
func (i *Inventory) Own(kind, name, text string) {
	i.note(note{action: own, kind: kind, name: name, text: text})
}

// Disown notes that an object is gone.
func (i *Inventory) Disown(kind, name string) {
	i.note(note{action: disown, kind: kind, name: name})
}

func (i *Inventory) note(n note) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.unsaved = append(i.unsaved, n)
	i.apply(n)
}

func (i *Inventory) apply(n note) {
	c := &i.content
	switch n.action {
	case remember:
		put(&c.Fingerprints, n.name, i.print(n.name, n.secret))
	case forget:
		delete(c.Fingerprints, n.name)
		delete(c.Credentials, n.name)
	case keep:
		put(&c.Credentials, n.name, n.secret.Reveal())
	case own:
		kind := c.Inventory[n.kind]
		put(&kind, n.name, n.text)
		put(&c.Inventory, n.kind, kind)
	case disown:
		delete(c.Inventory[n.kind], n.name)
		if len(c.Inventory[n.kind]) == 0 {
			delete(c.Inventory, n.kind)
		}
	}
}

func put[T any](into *map[string]T, name string, value T) {
	if *into == nil {
		*into = map[string]T{}
	}
	(*into)[name] = value
}

// Owned returns the names of our objects of a kind with their notes.
func (i *Inventory) Owned(kind string) map[string]string {
	i.mu.Lock()
	defer i.mu.Unlock()
	return maps.Clone(i.content.Inventory[kind])
}
