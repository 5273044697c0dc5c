package kube

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"slices"

	"otomi.io/tasks/tasks/values"
)

// MaxSecretBytes is what Kubernetes lets the values of one Secret hold.
const MaxSecretBytes = 1 << 20

const (
	keyBytes   = 32
	printBytes = 16 // of the HMAC: 15,000 prints must fit into one Secret
)

// The keys of the state Secret.
const (
	hmacKey    = "hmac.key"
	contentKey = "state.json.gz"
)

// StateSizeError is a state that no Secret can hold.
type StateSizeError struct{ Bytes int }

func (e *StateSizeError) Error() string {
	return fmt.Sprintf("the state has %d bytes, more than the %d that a secret holds: run in shards", e.Bytes, MaxSecretBytes)
}

// State is what a task must remember between its runs, in one Secret: the
// fingerprints of what servers never return, credentials of its own, and the
// inventory of what it made. It is read once; Save writes it only where it
// differs. Runs side by side, such as shards, keep each other's notes. It is not
// for several goroutines at once.
type State struct {
	vault           vault
	namespace, name string
	version         string
	key             []byte
	content         content
	saved           []byte // content as the Secret holds it
	unsaved         []note
}

// note is one change of the state.
type note struct {
	what noted
	// kind is of the inventory only.
	kind, name, text string
	secret           values.Secret
}

type noted int

const (
	remembered noted = iota
	forgotten
	kept
	owned
	disowned
)

// content is the part that grows.
type content struct {
	Fingerprints map[string][]byte            `json:"fingerprints,omitempty"`
	Credentials  map[string]string            `json:"credentials,omitempty"`
	Inventory    map[string]map[string]string `json:"inventory,omitempty"` // kind -> name -> note
}

// OpenState reads the state Secret from a *Cluster or a *Directory. Where there
// is none the state is empty and has a new key, and nothing is written yet. A
// Secret that cannot be read is an error: an empty state in its place would
// forget what is ours.
func OpenState(ctx context.Context, from vault, namespace, name string) (*State, error) {
	s := &State{vault: from, namespace: namespace, name: name}
	if err := s.read(ctx); err != nil {
		return nil, fmt.Errorf("opening the state: %w", err)
	}
	return s, nil
}

func (s *State) read(ctx context.Context) error {
	held, version, err := s.vault.versioned(ctx, s.namespace, s.name)
	if err != nil {
		return err
	}
	s.version, s.content, s.saved = version, content{}, nil
	if version == "" {
		s.key = make([]byte, keyBytes)
		rand.Read(s.key) // never returns an error
		return nil
	}
	s.key, s.saved = []byte(held.Data[hmacKey].Reveal()), []byte(held.Data[contentKey].Reveal())
	if len(s.key) != keyBytes {
		return fmt.Errorf("secret %s/%s has no key of %d bytes in %s", s.namespace, s.name, keyBytes, hmacKey)
	}
	if s.content, err = unpack(s.saved); err != nil {
		return fmt.Errorf("reading %s of secret %s/%s: %w", contentKey, s.namespace, s.name, err)
	}
	return nil
}

// maxSaves is how often a save begins anew when others write in between.
const maxSaves = 10

// Save writes what was noted since the last time, where the Secret does not say
// so already. Where somebody else wrote in between, the notes go on top of what
// he wrote. It returns ErrConflict when that happens again and again, and a
// StateSizeError when it does not fit.
func (s *State) Save(ctx context.Context) error {
	err := s.write(ctx)
	for range maxSaves - 1 {
		if !errors.Is(err, ErrConflict) {
			break
		}
		known := *s
		if err = s.read(ctx); err != nil {
			break
		}
		if s.version == "" { // somebody deleted it: what was known is all there is
			s.key, s.content = known.key, known.content
		}
		for _, n := range s.unsaved {
			s.apply(n) // fingerprints, too: the key may be another one
		}
		err = s.write(ctx)
	}
	if err != nil {
		return fmt.Errorf("saving the state: %w", err)
	}
	s.unsaved = nil
	return nil
}

// write writes what differs from the Secret, over the version that was read.
func (s *State) write(ctx context.Context) error {
	packed, err := pack(s.content)
	if err != nil {
		return err
	}
	if s.version != "" && bytes.Equal(packed, s.saved) || s.version == "" && s.content.empty() {
		return nil
	}
	if size := len(packed) + keyBytes; size > MaxSecretBytes {
		return &StateSizeError{size}
	}
	version, err := s.vault.swap(ctx, Secret{Namespace: s.namespace, Name: s.name, Data: map[string]values.Secret{
		hmacKey: values.NewSecret(string(s.key)), contentKey: values.NewSecret(string(packed)),
	}}, s.version)
	if err != nil {
		return err
	}
	s.version, s.saved = version, packed
	return nil
}

// print binds a secret to its name, so that equal secrets have unequal prints.
func (s *State) print(name string, secret values.Secret) []byte {
	mac := hmac.New(sha256.New, s.key)
	fmt.Fprintf(mac, "%d:%s%s", len(name), name, secret.Reveal()) // a hash takes every write
	return mac.Sum(nil)[:printBytes]
}

// Remember keeps the fingerprint of a secret that was written under a name.
func (s *State) Remember(name string, secret values.Secret) {
	s.note(note{what: remembered, name: name, secret: secret})
}

// Matches tells whether this secret was the last one remembered under the name.
func (s *State) Matches(name string, secret values.Secret) bool {
	return hmac.Equal(s.content.Fingerprints[name], s.print(name, secret))
}

// Remembered returns the names that have a fingerprint, in no order.
func (s *State) Remembered() []string { return slices.Collect(maps.Keys(s.content.Fingerprints)) }

// Forget drops the fingerprint and the credential of a name.
func (s *State) Forget(name string) { s.note(note{what: forgotten, name: name}) }

// Credential returns a secret that the task keeps for itself, the zero one
// when it has none.
func (s *State) Credential(name string) values.Secret {
	return values.NewSecret(s.content.Credentials[name])
}

// KeepCredential keeps a secret for the task itself.
func (s *State) KeepCredential(name string, secret values.Secret) {
	s.note(note{what: kept, name: name, secret: secret})
}

// Own notes that an object of a kind is ours. The note is the task's own, and
// may be empty; no secret belongs into it.
func (s *State) Own(kind, name, text string) {
	s.note(note{what: owned, kind: kind, name: name, text: text})
}

// Disown notes that an object is gone.
func (s *State) Disown(kind, name string) {
	s.note(note{what: disowned, kind: kind, name: name})
}

func (s *State) note(n note) {
	s.unsaved = append(s.unsaved, n)
	s.apply(n)
}

func (s *State) apply(n note) {
	c := &s.content
	switch n.what {
	case remembered:
		put(&c.Fingerprints, n.name, s.print(n.name, n.secret))
	case forgotten:
		delete(c.Fingerprints, n.name)
		delete(c.Credentials, n.name)
	case kept:
		put(&c.Credentials, n.name, n.secret.Reveal())
	case owned:
		kind := c.Inventory[n.kind]
		put(&kind, n.name, n.text)
		put(&c.Inventory, n.kind, kind)
	case disowned:
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
func (s *State) Owned(kind string) map[string]string { return maps.Clone(s.content.Inventory[kind]) }
