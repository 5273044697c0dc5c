package inventory

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"

	"otomi.io/tasks/tasks/values"
)

// note is one change of the inventory.
type note struct {
	action noteAction
	// kind is of the objects only.
	kind, name, text string
	// secret is kept as long as the key may become another run's, print after that.
	secret values.Secret
	print  []byte
}

type noteAction int

const (
	remember noteAction = iota
	forget
	keep
	own
	disown
)

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

// Disown notes that an object no longer exists.
func (i *Inventory) Disown(kind, name string) {
	i.note(note{action: disown, kind: kind, name: name})
}

// Owned returns the names of our objects of a kind with their notes.
func (i *Inventory) Owned(kind string) map[string]string {
	i.mu.Lock()
	defer i.mu.Unlock()
	return maps.Clone(i.content.Inventory[kind])
}

// Note is what is noted about our object of a kind, and whether it is ours.
func (i *Inventory) Note(kind, name string) (text string, ours bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	text, ours = i.content.Inventory[kind][name]
	return text, ours
}

func (i *Inventory) note(n note) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if n.action == remember && i.keyStored {
		n.print, n.secret = i.print(n.name, n.secret), values.Secret{}
	}
	i.unsaved = append(i.unsaved, n)
	i.apply(n)
}

func (i *Inventory) apply(n note) {
	c := &i.content
	switch n.action {
	case remember:
		if n.print == nil {
			n.print = i.print(n.name, n.secret)
		}
		put(&c.Fingerprints, n.name, n.print)
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

// print binds a secret to its name, so that equal secrets have unequal prints.
func (i *Inventory) print(name string, secret values.Secret) []byte {
	mac := hmac.New(sha256.New, i.key)
	fmt.Fprintf(mac, "%d:%s%s", len(name), name, secret.Reveal()) // a hash takes every write
	return mac.Sum(nil)[:printBytes]
}

func put[T any](into *map[string]T, name string, value T) {
	if *into == nil {
		*into = map[string]T{}
	}
	(*into)[name] = value
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
