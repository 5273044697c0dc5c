package gitea

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// memory is all that the server knows.
type memory struct {
	now          func() time.Time
	version      string
	minor        int // of the version
	pageLimit    int
	forcePrivate bool
	noHooks      bool

	accounts     map[string]*account // users and organisations, by name in small letters
	teams        map[int64]*team
	tokens       map[string]*token // by what is shown
	applications map[int64]*application
	hooks        map[int64]*hook
	keys         map[int64]*deployKey
	issued       map[string]int64 // the newest id of each kind
}

func newMemory(o Options) *memory {
	m := &memory{
		now: o.Now, version: cmp.Or(o.Version, newest), pageLimit: o.PageLimit, forcePrivate: o.ForcePrivate, noHooks: o.NoHooks,
		accounts: map[string]*account{}, teams: map[int64]*team{}, tokens: map[string]*token{},
		applications: map[int64]*application{}, hooks: map[int64]*hook{}, keys: map[int64]*deployKey{},
		issued: map[string]int64{},
	}
	if m.now == nil {
		m.now = time.Now
	}
	if _, err := fmt.Sscanf(m.version, "1.%d", &m.minor); err != nil {
		m.minor = math.MaxInt // of an unknown newer version
	}
	if m.pageLimit == 0 {
		m.pageLimit = 50
	}
	name := cmp.Or(o.Username, "otomi-admin")
	m.addAccount(&account{
		name: name, email: name + "@example.com", password: cmp.Or(o.Password, "otomi-admin-1"),
		admin: true, active: true, visibility: public,
	})
	return m
}

// before tells whether the server is older than Gitea 1.minor.
func (m *memory) before(minor int) bool { return m.minor < minor }

// next uses up an id.
func (m *memory) next(kind string) int64 {
	m.issued[kind]++
	return m.issued[kind]
}

// time is the moment as the database keeps it.
func (m *memory) time() time.Time { return m.now().UTC().Truncate(time.Second) }

// account is the user or the organisation of a name.
func (m *memory) account(name string) (*account, bool) {
	a, known := m.accounts[strings.ToLower(name)]
	return a, known
}

// userAt is the user of an address.
func (m *memory) userAt(email string) (*account, bool) {
	for _, a := range m.accounts {
		if !a.isOrg && strings.EqualFold(a.email, email) {
			return a, true
		}
	}
	return nil, false
}

func (m *memory) addAccount(a *account) {
	a.id, a.created = m.next("account"), m.time()
	a.named, a.moved = map[string]*repository{}, map[string]*repository{}
	m.accounts[strings.ToLower(a.name)] = a
}

// sortedAccounts are those that are wanted, by name.
func (m *memory) sortedAccounts(wanted func(*account) bool) []*account {
	all := filtered(slices.Collect(maps.Values(m.accounts)), wanted)
	slices.SortFunc(all, func(a, b *account) int { return cmp.Compare(a.name, b.name) })
	return all
}

// byID is the list of what a map holds, oldest first.
func byID[T any](m map[int64]T, wanted func(T) bool) []T {
	list := make([]T, 0, len(m))
	for _, id := range slices.Sorted(maps.Keys(m)) {
		if wanted(m[id]) {
			list = append(list, m[id])
		}
	}
	return list
}

// idOf is the id in a path; an invalid one is not found.
func idOf(text string) int64 {
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0
	}
	return id
}
