package credential

import (
	"slices"
	"strings"
	"time"

	"otomi.io/tasks/tasks/plan"
)

// Robot is one robot account of Harbor, as far as a credential needs it: there
// are three or more for each team.
type Robot struct {
	ID               int64
	Disabled         bool
	Duration         int64 // days, -1 for one that never expires
	Expires          int64 // seconds since 1970, -1 never
	Created, Updated time.Time
	Permissions      []string // such as project team-a repository:pull, sorted
	Mark             Mark
}

// Never is the duration and the end of a robot account that does not expire.
const Never = -1

// Expired tells whether the robot account's time is over.
func (r *Robot) Expired(now time.Time) bool { return r.Expires != Never && now.Unix() >= r.Expires }

// Usable tells whether a client that has the secret can log in.
func (r *Robot) Usable(now time.Time) bool { return r != nil && !r.Disabled && !r.Expired(now) }

// Only tells whether a robot account has rights in that project alone, or in
// none any more, as when the project is gone.
func (r *Robot) Only(project string) bool {
	return !slices.ContainsFunc(r.Permissions, func(right string) bool {
		return !strings.HasPrefix(right, "project "+project+" ")
	})
}

// expiresSoon tells that a third of the robot account's time is left, or so
// little that its successor would not leave it the whole grace time.
func (r *Robot) expiresSoon(grace time.Duration, now time.Time) bool {
	if r.Expires == Never {
		return false
	}
	const day = 24 * 60 * 60
	life, left := r.Duration*day, r.Expires-now.Unix()
	return left < max(life/3, min(int64(grace/time.Second), life/2))
}

// Mark is in the description of each robot account that we make: the name of
// the installation, and the number of its inventory, which tells a copy of the
// installation from the installation. The zero value means no mark.
type Mark struct{ Installation, Inventory string }

const markWords = "made by otomi-tasks for "

// Describe is the description of a robot account with the mark.
func (m Mark) Describe(purpose string) string {
	return purpose + ", " + markWords + m.String()
}

// String is how messages name the owner.
func (m Mark) String() string {
	if m == (Mark{}) {
		return ""
	}
	return m.Installation + " (inventory " + m.Inventory + ")"
}

// ReadMark finds the mark in a description.
func ReadMark(description string) Mark {
	_, text, found := strings.Cut(description, markWords)
	i := strings.LastIndex(text, " (inventory ")
	if !found || i < 0 || !strings.HasSuffix(text, ")") {
		return Mark{}
	}
	return Mark{Installation: text[:i], Inventory: text[i+len(" (inventory ") : len(text)-1]}
}

// Claim is what this installation can say for itself.
type Claim struct {
	Installation string
	// Inventories are our numbers: shards that begin at once have one each.
	Inventories []string
	// HandedOut says that the inventory has a fingerprint of the credential.
	HandedOut bool
	// Leaves says that unmarked robot accounts belong to the platform's operator,
	// which recreates them when they are gone.
	Leaves bool
}

// Owner tells whose a robot account is. LogsIn says that the Secret in the
// credential's namespace logs in as it.
func (c Claim) Owner(r *Robot, logsIn bool) plan.Ownership {
	unknown := r.Mark == Mark{}
	switch {
	case !unknown && slices.Contains(c.Inventories, r.Mark.Inventory):
		return plan.Ours // also under a name that the installation had before
	case !unknown && r.Mark.Installation != c.Installation:
		return plan.Foreign
	case c.HandedOut:
		return plan.Ours
	case logsIn:
		return plan.Predecessor
	}
	return plan.Foreign
}

// mayReplace tells whether a robot account may be deleted for a new one.
func (c Claim) mayReplace(r *Robot, now time.Time) bool {
	return r == nil || c.Owner(r, false) == plan.Ours || r.Mark == Mark{} && !r.Usable(now)
}

// mayRetire tells whether a robot account may be disabled and deleted once its
// successor serves.
func (c Claim) mayRetire(r *Robot) bool {
	return c.Owner(r, false) == plan.Ours && (!c.Leaves || r.Mark != Mark{})
}
