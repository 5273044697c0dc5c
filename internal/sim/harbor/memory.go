package harbor

import (
	"sync/atomic"
	"time"
)

// api answers the API.
type api struct{ *memory }

// memory is all that the server knows.
type memory struct {
	now       func() time.Time
	lockout   time.Duration
	groupRace bool
	minor     int // of the version
	issuer    func(url string) error

	clock         atomic.Int64 // counts arrivals and births
	configuration configuration
	rights        rights
	logins        logins
	signer        signer

	users      *table[*user]
	groups     *table[*group]
	projects   *table[*project]
	robots     *table[*robot]
	quotas     *table[*quota]
	retentions *table[*retention]
	newest     newest
}

// The minor versions of Harbor 2 that differ.
const (
	newestMinor         = 15
	minorRobotsAndRoles = 10 // robot accounts see members, and their rights are listed
	minorTidy           = 15 // deleted policies are forgotten, robot accounts of projects are not the system's
)

// newest are the ids last given to what lives inside projects.
type newest struct{ member, allowlist, rule int64 }

func newMemory(o Options) *memory {
	m := &memory{
		now: o.Now, lockout: o.Lockout, groupRace: o.GroupRace, minor: o.Minor, issuer: o.Issuer,
		configuration: newConfiguration(), rights: newRights(), logins: newLogins(), signer: newSigner(),
		users: newTable(byName[*user]), groups: newTable(byID[*group]), projects: newTable(byName[*project]),
		robots: newTable(byName[*robot]), quotas: newTable(byID[*quota]), retentions: newTable(byID[*retention]),
	}
	if m.minor == 0 {
		m.minor = newestMinor
	}
	if m.issuer == nil {
		m.issuer = func(string) error { return nil }
	}
	if m.now == nil {
		m.now = time.Now
	}
	admin := m.addUser(user{name: o.Username, password: o.Password, admin: true, realName: "system admin", comment: "admin user"}.orDefault())
	m.addProject("library", admin, map[string]string{"public": "true"}, m.configuration.number("storage_per_project"))
	if o.Overwrite != nil {
		m.configuration.overwrite(o.Overwrite)
	}
	return m
}

// time is the clock in the precision that answers have.
func (m *memory) time() time.Time { return m.now().UTC().Truncate(time.Millisecond) }
