package credential

import (
	"fmt"
	"slices"
	"time"

	"otomi.io/tasks/tasks/plan"
)

// Login says in a word or two whether Harbor accepts the Secret's name and
// password. The words are shown in plans.
type Login string

// The states of a login. Proved is what we want; with rotating and expiring ones
// the Secret works still, with the others it does not.
const (
	Proved   Login = "proved"           // logged in once, and nothing has changed since
	Works    Login = "works"            // logged in just now, which is not noted yet
	Expiring Login = "expires soon"     // in the last third of its time
	Rotating Login = "rotation due"     // older than wanted, or the operator asked
	Disabled Login = "disabled"         // the robot account is
	Expired  Login = "expired"          // the robot account is
	Refused  Login = "refused"          // Harbor refuses name and password
	NoRobot  Login = "no robot account" // the Secret names none that exists
	NoLogin  Login = "no login"         // the Secret holds none
)

// Ages tells that a new robot account is wanted while this one works.
func (l Login) Ages() bool { return l == Expiring || l == Rotating }

// Works tells that the Secret lets its holder in.
func (l Login) Works() bool { return l == Proved || l == Works || l.Ages() }

// Dead tells that only a new robot account helps.
func (l Login) Dead() bool { return slices.Contains([]Login{Expired, Refused, NoRobot, NoLogin}, l) }

// Due is what has to be done with the robot account that is not in use.
type Due int8

// The steps: the former robot account is first disabled, so that it can be
// brought back at once should a client miss it.
const (
	Nothing Due = iota
	Disable
	Delete
)

// String is the word for it in a plan.
func (d Due) String() string { return [...]string{"nothing", "disable", "delete"}[d] }

// Facts are what was read of a credential.
type Facts struct {
	Key    Key
	Claim  Claim
	Robots Pair
	// Username is the Secret's, "" where there is no login in it.
	Username string
	// Attempt is Proved, Works or Refused where the robot account in use can log in.
	Attempt Login
}

// Rules are what the flags and the clock say.
type Rules struct {
	Now   time.Time
	Grace time.Duration
	// RotateAfter is the age at which a robot account is replaced; 0 is never.
	RotateAfter time.Duration
	// RotateBefore is when a robot account must have been made to be replaced
	// whatever its age; zero is never.
	RotateBefore time.Time
}

// Status is what is known of a credential.
type Status struct {
	Login Login
	// Slot is the one whose robot account the Secret names, Next where a new robot
	// account has its place.
	Slot, Next Slot
	// Due is what has to be done with the former robot account.
	Due Due
	// Waits says why the robot account cannot get a successor yet.
	Waits string
	// Owner says whose the credential is.
	Owner plan.Ownership
	// Holder is the robot account that blocks a new one and is not
	// ours; nil for none.
	Holder *Robot
}

// Used is the robot account that the Secret names where it can log in; nil
// otherwise.
func (f Facts) Used(now time.Time) *Robot {
	if used := f.Robots.In(f.Key.SlotOf(f.Username)); used.Usable(now) {
		return used
	}
	return nil
}

// Assess says what the facts mean.
func (f Facts) Assess(r Rules) Status {
	s := Status{Slot: f.Key.SlotOf(f.Username)}
	used := f.Robots.In(s.Slot)
	s.Login = f.login(used, r.Now)
	if s.Login.Works() {
		s.Due = f.due(s.Slot, r)
		s.Waits = f.waits(s.Slot, r)
		s.Login = r.age(used, s.Login)
	}
	s.Next, s.Holder = f.next(s.Slot, s.Login, r.Now)
	s.Owner = f.owner(used, s)
	return s
}

// owner tells whose the credential is: of one that cannot log in there is nothing to
// own but what blocks a new one.
func (f Facts) owner(used *Robot, s Status) plan.Ownership {
	switch {
	case s.Login.Works(), s.Login == Disabled:
		return f.Claim.Owner(used, true)
	case s.Holder != nil:
		return plan.Foreign
	}
	return plan.OursIf(f.Claim.HandedOut, plan.Predecessor)
}

func (f Facts) login(used *Robot, now time.Time) Login {
	switch {
	case f.Username == "":
		return NoLogin
	case used == nil:
		return NoRobot
	case used.Disabled:
		return Disabled
	case used.Expired(now):
		return Expired
	}
	return f.Attempt
}

// age says what time does to a login that works.
func (r Rules) age(used *Robot, l Login) Login {
	switch {
	case used.expiresSoon(r.Grace, r.Now):
		return Expiring
	case used.Created.Before(r.RotateBefore), r.RotateAfter > 0 && !r.Now.Before(used.Created.Add(r.RotateAfter)):
		return Rotating
	}
	return l
}

// due: the former robot account is disabled when its successor has been there
// for the grace time, and deleted when it has been disabled for as long. One with
// rights elsewhere serves others, too.
func (f Facts) due(used Slot, r Rules) Due {
	other := f.Robots[used.Other()]
	if other == nil || !other.Only(f.Key.Project) || !f.Claim.mayRetire(other) {
		return Nothing
	}
	since := f.Robots[used].Created
	switch {
	case other.Disabled && !r.Now.Before(latest(since, other.Updated).Add(r.Grace)):
		return Delete
	case !other.Disabled && !r.Now.Before(latest(since, other.Created).Add(r.Grace)):
		return Disable
	}
	return Nothing
}

// waits: the other slot is taken by the predecessor of the robot account in use,
// which pods may still log in as. A younger one there was never published.
func (f Facts) waits(used Slot, r Rules) string {
	other, since := f.Robots[used.Other()], f.Robots[used].Created
	if !other.Usable(r.Now) || !other.Created.Before(since) || !r.Now.Before(since.Add(r.Grace)) {
		return ""
	}
	return fmt.Sprintf("the former robot account %s serves until %s", f.Key.Robot(used.Other()), since.Add(r.Grace).UTC().Format(time.RFC3339))
}

// next is where a new robot account has its place, and the robot account of
// another owner that blocks it. A credential that was never ours gets no
// robot account beside another owner's.
func (f Facts) next(used Slot, l Login, now time.Time) (Slot, *Robot) {
	if l.Works() {
		return used.Other(), f.held(used.Other(), now)
	}
	var free []Slot
	for _, s := range []Slot{A, B} {
		if f.held(s, now) == nil {
			free = append(free, s)
		}
	}
	switch len(free) {
	case 0:
		s := f.Robots.oldest(used, now)
		return s, f.Robots[s]
	case 1:
		holder := f.Robots[free[0].Other()]
		if f.Claim.HandedOut || f.Robots[free[0]] != nil {
			holder = nil
		}
		return free[0], holder
	}
	return f.Robots.oldest(used, now), nil
}

// held is the robot account in a slot that must not be replaced.
func (f Facts) held(s Slot, now time.Time) *Robot {
	if f.Claim.mayReplace(f.Robots[s], now) {
		return nil
	}
	return f.Robots[s]
}

// Pair are the robot accounts in both slots, nil where there is none.
type Pair [2]*Robot

// PairOf finds both robot accounts of a credential by their names.
func PairOf(k Key, robots map[string]*Robot) Pair {
	return Pair{robots[k.Robot(A)], robots[k.Robot(B)]}
}

// In is the robot account in a slot; nil for None.
func (p Pair) In(s Slot) *Robot {
	if s == None {
		return nil
	}
	return p[s]
}

// oldest is the slot whose robot account is worth the least: none at all, then
// one that cannot log in, the one that the Secret names in vain, the older one.
func (p Pair) oldest(used Slot, now time.Time) Slot {
	for _, s := range []Slot{A, B} {
		if p[s] == nil {
			return s
		}
	}
	older := A
	if p[B].Created.Before(p[A].Created) {
		older = B
	}
	switch {
	case !p[older].Usable(now):
		return older
	case !p[older.Other()].Usable(now):
		return older.Other()
	case used != None:
		return used
	}
	return older
}

// latest is the later one.
func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// Owned is the mark of a foreign credential's owner.
func (s Status) Owned(used *Robot) Mark {
	if used != nil && s.Login.Works() {
		return used.Mark
	}
	if s.Holder != nil {
		return s.Holder.Mark
	}
	return Mark{}
}
