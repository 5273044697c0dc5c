// Package inventory is what a task remembers between its runs: fingerprints of
// what servers never return, credentials of its own, and what it made.
//
// It is stored in one Secret, and in Parts more once it has outgrown that one:
//
//	state     NAME               NAME-1 to NAME-8         the notes about an object are read from
//	small     key, notes         none                     NAME
//	dividing  key, notes, parts  some of them             its part, or NAME where the part is absent
//	divided   key, parts         those that hold notes    its part
//
// An object's part is the hash of its name. Each Secret is written only over the
// version that was read, and is complete by itself. A run that is killed between
// two writes loses nothing that an earlier one saved, and runs side by side,
// such as shards, keep each other's notes.
package inventory

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strconv"
	"sync"

	"otomi.io/tasks/tasks/kube"
)

const (
	// MaxSecretBytes is what Kubernetes lets the values of one Secret hold.
	MaxSecretBytes = 1 << 20
	// Parts is how many Secrets a large inventory has beside its own. They are
	// bounded so that a role can name them.
	Parts = 8

	maxPacked  = MaxSecretBytes - 1024 // the key and the mark are stored beside it
	keyBytes   = 32
	printBytes = 16 // of the HMAC: the inventory of 5,000 teams stays small
)

// The keys of the Secrets, and the annotation that names the installation.
const (
	hmacKey      = "hmac.key"
	contentKey   = "state.json.gz"
	partsKey     = "parts"
	installation = "otomi.io/installation"
)

// Options say which inventory is opened, and by whom.
type Options struct {
	Namespace, Name string
	// Former is the Secret's name in earlier releases. It is read as long as there
	// is none called Name, and never written but for the mark of the
	// installation that took it. "" means that there was none.
	Former string
	// Installation is stored with the inventory.
	Installation string
	// TakeOver accepts the inventory of another installation.
	TakeOver bool
}

// SizeError is an inventory that its Secrets cannot hold.
type SizeError struct{ Bytes, Limit int }

func (e *SizeError) Error() string {
	return fmt.Sprintf("one part of the inventory has %d bytes, more than the %d that a secret holds: divide the teams between several releases", e.Bytes, e.Limit)
}

// UnreadableError is an inventory that was edited, or of which something is
// missing. No retry repairs it.
type UnreadableError struct {
	Namespace, Name, Key string
	Err                  error // never shows the content
}

func (e *UnreadableError) Error() string {
	return fmt.Sprintf("reading %s of secret %s/%s: %v: restore the secret, or delete it: what is on the server is adopted", e.Key, e.Namespace, e.Name, e.Err)
}

func (e *UnreadableError) Unwrap() error { return e.Err }

// OwnerError is an inventory that another installation wrote, as after a restore
// from another cluster. What is in it may be about other servers.
type OwnerError struct{ Namespace, Name, Owner, Installation string }

func (e *OwnerError) Error() string {
	return fmt.Sprintf("secret %s/%s belongs to installation %q, and this run is of %q: run as that one with --installation or --release, "+
		"or take it over with --accept owner; one that was restored from another cluster can be deleted: what is on the server is adopted, and nothing is lost",
		e.Namespace, e.Name, e.Owner, e.Installation)
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

// Inventory is read once; Save writes it only where it differs. It may be used
// from many goroutines.
type Inventory struct {
	store   Store
	options Options
	limit   int // of the packed notes in one Secret, in bytes

	saving sync.Mutex // one write at a time; taken before mu
	stored stored     // guarded by saving

	mu        sync.Mutex // guards what follows; never held during a request
	key       []byte
	keyStored bool
	content   content
	unsaved   []note
	// observed is what this run saw, and no later one may rely on.
	observed map[string]map[string]string
}

// stored is what the Secrets held when they were read or written last.
type stored struct {
	key     []byte
	content content
	// owner is the installation that wrote it, "" for none that is known.
	owner   string
	divided bool
	// packed are the notes in the first Secret; nil for none.
	packed []byte
	// versions and sums are by number: 0 is the first Secret, the parts follow.
	versions [Parts + 1]string
	sums     [Parts + 1]sum
	// former is the Secret of an earlier release that this was read from.
	former        kube.Secret
	formerVersion string
}

// Open reads the inventory. Where there is none it is empty and has a new key,
// and nothing is written yet. One that cannot be read is an error: an empty
// inventory in its place would forget what is ours. That of another installation
// is an OwnerError.
func Open(ctx context.Context, from Store, o Options) (*Inventory, error) {
	return open(ctx, from, o, maxPacked)
}

func open(ctx context.Context, from Store, o Options, limit int) (*Inventory, error) {
	i := &Inventory{store: from, options: o, limit: limit}
	if err := i.Reopen(ctx); err != nil {
		return nil, err
	}
	return i, nil
}

// Reopen reads the Secrets again and drops what was not saved.
func (i *Inventory) Reopen(ctx context.Context) error {
	i.saving.Lock()
	defer i.saving.Unlock()
	s, err := i.read(ctx)
	if err != nil {
		return fmt.Errorf("opening the inventory: %w", err)
	}
	if s.key == nil {
		s.key = make([]byte, keyBytes)
		rand.Read(s.key) // never returns an error
	}
	i.use(s, nil)
	return nil
}

// use works on with what the Secrets hold, and notes on top of it.
func (i *Inventory) use(s stored, unsaved []note) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.key, i.keyStored, i.content, i.unsaved = s.key, s.versions[0] != "", s.content, unsaved
	s.content = content{} // it is one's own from here on
	i.stored = s
	for _, n := range unsaved {
		i.apply(n) // fingerprints, too: the key may be another one
	}
}

// read reads the Secrets, or what an earlier release stored under another name.
// Without any it returns no key.
func (i *Inventory) read(ctx context.Context) (stored, error) {
	s, _, err := i.readFrom(ctx, i.options.Name)
	if former := i.options.Former; err == nil && s.key == nil && former != "" && former != i.options.Name {
		s, err = i.readFormer(ctx)
	}
	if err == nil {
		err = s.sumUp()
	}
	return s, err
}

// readFormer leaves out what another installation has taken.
func (i *Inventory) readFormer(ctx context.Context) (stored, error) {
	s, secret, err := i.readFrom(ctx, i.options.Former)
	if _, taken := errors.AsType[*OwnerError](err); taken || err == nil && s.owner != "" && s.owner != i.options.Installation {
		return stored{}, nil
	}
	return stored{key: s.key, content: s.content, former: secret, formerVersion: s.versions[0]}, err
}

// readFrom reads the Secret of that name and its parts.
func (i *Inventory) readFrom(ctx context.Context, name string) (stored, kube.Secret, error) {
	secret, version, err := i.store.ReadVersion(ctx, i.options.Namespace, name)
	if err != nil || version == "" {
		return stored{}, kube.Secret{}, err
	}
	s, err := i.parse(secret)
	s.versions[0] = version
	if err == nil && s.divided {
		err = i.readParts(ctx, &s, name)
	}
	return s, secret, err
}

// readParts puts what the parts hold in the place of what the first Secret says
// about the same objects.
func (i *Inventory) readParts(ctx context.Context, s *stored, name string) error {
	first := s.content.divide(true)
	s.content = content{}
	for number := 1; number <= Parts; number++ {
		secret, version, err := i.store.ReadVersion(ctx, i.options.Namespace, partName(name, number))
		if err != nil {
			return err
		}
		part := first[number]
		if version != "" {
			part, err = parseContent(secret)
		}
		if err != nil {
			return err
		}
		s.versions[number] = version
		s.content.add(part)
	}
	return nil
}

// parse reads the first Secret.
func (i *Inventory) parse(secret kube.Secret) (stored, error) {
	s := stored{
		key: []byte(secret.Data[hmacKey].Reveal()), packed: []byte(secret.Data[contentKey].Reveal()),
		owner: secret.Annotations[installation], divided: !secret.Data[partsKey].IsZero(),
	}
	if s.owner != "" && s.owner != i.options.Installation && !i.options.TakeOver {
		return stored{}, &OwnerError{secret.Namespace, secret.Name, s.owner, i.options.Installation}
	}
	if len(s.key) != keyBytes {
		return stored{}, &UnreadableError{secret.Namespace, secret.Name, hmacKey, fmt.Errorf("%d bytes where %d are wanted", len(s.key), keyBytes)}
	}
	var err error
	if s.content, err = parseContent(secret); err != nil {
		return stored{}, err
	}
	if s.divided && s.content.empty() {
		s.packed = nil
	}
	return s, nil
}

func parseContent(secret kube.Secret) (content, error) {
	c, err := unpack([]byte(secret.Data[contentKey].Reveal()))
	if err != nil {
		return content{}, &UnreadableError{secret.Namespace, secret.Name, contentKey, err}
	}
	return c, nil
}

// partName is the name of the Secret of that number.
func partName(name string, number int) string {
	if number == 0 {
		return name
	}
	return name + "-" + strconv.Itoa(number)
}
