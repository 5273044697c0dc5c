package inventory

import (
	"context"
	"errors"
	"maps"
	"strconv"
	"sync"
	"testing"

	"otomi.io/tasks/tasks/kube"
)

// memory is a store without a cluster. As Kubernetes does, it refuses a write
// over another version than the last, and a Secret above its limit.
type memory struct {
	mu       sync.Mutex
	secrets  map[string]kube.Secret
	versions map[string]int
	writes   int
	// kill ends the run at the write of that number, after it was made where
	// late is set. 0 never does.
	kill int
	late bool
}

// testLimit is a small Secret, so that large inventories are quick.
const testLimit = 8000

var (
	errKilled   = errors.New("killed")
	errTooLarge = errors.New("more than a secret holds")
)

func newMemory() *memory {
	return &memory{secrets: map[string]kube.Secret{}, versions: map[string]int{}}
}

func (m *memory) ReadVersion(_ context.Context, _, name string) (kube.Secret, string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s, found := m.secrets[name]
	if !found {
		return kube.Secret{}, "", nil
	}
	return s, strconv.Itoa(m.versions[name]), nil
}

func (m *memory) WriteOver(_ context.Context, s kube.Secret, version string) (string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	have, found := m.secrets[s.Name]
	if found && version != strconv.Itoa(m.versions[s.Name]) || !found && version != "" {
		return "", kube.ErrConflict
	}
	m.writes++
	if m.kill == m.writes && !m.late {
		return "", errKilled
	}
	if size(s) > testLimit+keyBytes+len(partsKey) {
		return "", errTooLarge
	}
	m.secrets[s.Name] = merge(have, s)
	m.versions[s.Name]++
	if m.kill == m.writes {
		return "", errKilled
	}
	return strconv.Itoa(m.versions[s.Name]), nil
}

// merge keeps, as a patch does, what the new Secret does not name.
func merge(have, s kube.Secret) kube.Secret {
	data, annotations := maps.Clone(have.Data), maps.Clone(have.Annotations)
	if data == nil {
		data = maps.Clone(s.Data)
	}
	if annotations == nil {
		annotations = map[string]string{}
	}
	maps.Copy(data, s.Data)
	maps.Copy(annotations, s.Annotations)
	s.Data, s.Annotations = data, annotations
	return s
}

func size(s kube.Secret) int {
	n := 0
	for _, value := range s.Data {
		n += len(value.Reveal())
	}
	return n
}

// clone is the same store before anything else happens to it.
func (m *memory) clone() *memory {
	return &memory{secrets: maps.Clone(m.secrets), versions: maps.Clone(m.versions)}
}

func opened(t *testing.T, m *memory, change ...func(*Options)) *Inventory {
	t.Helper()
	o := Options{Namespace: "otomi", Name: "state", Installation: "example.com/otomi"}
	for _, f := range change {
		f(&o)
	}
	i, err := open(t.Context(), m, o, testLimit)
	if err != nil {
		t.Fatalf("opening the inventory: %v", err)
	}
	return i
}

func save(t *testing.T, i *Inventory) {
	t.Helper()
	if err := i.Save(t.Context()); err != nil {
		t.Fatalf("saving the inventory: %v", err)
	}
}
