package harbor

import (
	"net/http"
	"strings"
	"sync"
	"time"
)

// caller is who asks: a user, a robot account, or anonymous.
type caller struct {
	user  *user
	robot *robot
	name  string
}

func (c caller) isAuthenticated() bool { return c.user != nil || c.robot != nil }

func (c caller) isAdmin() bool { return c.user != nil && c.user.admin }

const sessionCookie = "sid"

// admit gives every client a session, and refuses writes of one that shows it:
// they would need a token against forged requests. It comes before the
// login.
func (m *memory) admit(w http.ResponseWriter, r *http.Request) error {
	carriesSession := len(r.CookiesNamed(sessionCookie)) > 0
	if !carriesSession {
		http.SetCookie(w, &http.Cookie{Name: sessionCookie, Value: newSecret(), Path: "/", HttpOnly: true}) //nolint:gosec // G124: as the real one over HTTP
	}
	if carriesSession && !isSafe(r) {
		return forbidden("CSRF token not found in request")
	}
	return nil
}

// isReadOnlyFor: a Harbor in read only mode still lets itself be configured.
func (m *memory) isReadOnlyFor(r *http.Request) bool {
	return m.configuration.flag("read_only") && !isSafe(r) && !strings.HasPrefix(r.URL.Path, apiBase+"/configurations")
}

// authenticate never refuses: a caller with a wrong password is anonymous, and may
// still see what is public.
func (m *memory) authenticate(r *http.Request) caller {
	name, secret, given := r.BasicAuth()
	if !given {
		return caller{}
	}
	found := m.basic(name, secret)
	m.logins.count(name, found.isAuthenticated())
	return found
}

func (m *memory) basic(name, secret string) caller {
	if found, alive := m.robotWith(name, secret); alive {
		return caller{robot: found, name: name}
	}
	// What looks like a robot with a wrong secret is tried as a user, too.
	found, right := m.userWith(name, secret)
	if !right {
		return caller{}
	}
	return caller{user: found, name: name}
}

// robotWith finds a robot by the prefix that is set now. No lock is looked
// at: a right secret works at once after a wrong one.
func (m *memory) robotWith(name, secret string) (*robot, bool) {
	bare, hasPrefix := strings.CutPrefix(name, m.prefix())
	found := m.robots.byName[bare]
	if !hasPrefix || found == nil || found.secret != secret || found.disabled {
		return nil, false
	}
	return found, found.expires == never || m.now().Unix() < found.expires
}

// userWith: the administrator's password counts in every mode, others' only
// where the accounts are Harbor's own.
func (m *memory) userWith(name, password string) (*user, bool) {
	found := m.users.byName[name]
	isFirst := found != nil && found.id == 1
	if !isFirst && m.configuration.text("auth_mode") != dbAuth {
		return nil, false
	}
	if m.logins.isLocked(name, m.now(), m.lockout) {
		return nil, false
	}
	if found == nil || found.password == "" || found.password != password {
		m.logins.lock(name, m.now())
		return nil, false
	}
	return found, true
}

// Logins counts attempts to log in.
type Logins struct{ Succeeded, Failed int }

// logins has a lock of its own: reads of the memory log in, too.
type logins struct {
	mu     *sync.Mutex
	counts map[string]Logins
	locked map[string]time.Time // since when, by name
}

func newLogins() logins {
	return logins{mu: &sync.Mutex{}, counts: map[string]Logins{}, locked: map[string]time.Time{}}
}

func (l *logins) count(name string, success bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	counted := l.counts[name]
	if success {
		counted.Succeeded++
	} else {
		counted.Failed++
	}
	l.counts[name] = counted
}

func (l *logins) of(name string) Logins {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.counts[name]
}

func (l *logins) lock(name string, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.locked[name] = now
}

func (l *logins) isLocked(name string, now time.Time, lockout time.Duration) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	since, locked := l.locked[name]
	return locked && lockout > 0 && now.Sub(since) <= lockout
}
