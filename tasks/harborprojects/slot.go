package harborprojects

import (
	"fmt"
	"strings"
	"time"
)

// slot is one of the two robot accounts that a credential can have. A new
// secret is always that of a new robot account in the other slot, so that the
// former one works until its grace is over.
type slot int8

const (
	slotNone slot = iota - 1
	slotA
	slotB
)

func (s slot) other() slot { return slotB - s }

// robot is the name of the robot account without Harbor's prefix.
func (t ticket) robot(s slot) string {
	name := t.project + "-" + t.use.name
	if s == slotB {
		name += "-b"
	}
	return name
}

// slotOf finds the slot that a user name means, whatever prefix it has.
func (t ticket) slotOf(username string) slot {
	for _, s := range []slot{slotA, slotB} {
		if strings.HasSuffix(username, t.robot(s)) {
			return s
		}
	}
	return slotNone
}

// pair are the robot accounts in both slots, nil where there is none.
type pair [2]*robot

func (t ticket) pair(robots map[string]*robot) pair {
	return pair{robots[t.robot(slotA)], robots[t.robot(slotB)]}
}

func (p pair) in(s slot) *robot {
	if s == slotNone {
		return nil
	}
	return p[s]
}

// next is where a new robot account has its place. One that works is never
// given up for it as long as there is another place.
func (p pair) next(used slot, login login, now time.Time) slot {
	if login.works() {
		return used.other()
	}
	for _, s := range []slot{slotA, slotB} {
		if p[s] == nil {
			return s
		}
	}
	older := slotA
	if p[slotB].created.Before(p[slotA].created) {
		older = slotB
	}
	switch {
	case !p[older].usable(now):
		return older
	case !p[older.other()].usable(now):
		return older.other()
	case used != slotNone:
		return used // what the Secret says of it is dead
	}
	return older
}

// waits tells why the robot account in use cannot get a successor yet: the
// place is taken by its predecessor, which somebody may still log in as. A
// younger one there was never handed out.
func (t ticket) waits(p pair, used slot, grace time.Duration, now time.Time) string {
	other := p.in(used.other())
	if !other.usable(now) || !other.created.Before(p[used].created) {
		return ""
	}
	end := p[used].created.Add(grace)
	if !now.Before(end) {
		return ""
	}
	return fmt.Sprintf("the former robot account %s serves until %s", t.robot(used.other()), end.UTC().Format(time.RFC3339))
}

// due is what has to be done with the robot account that is not in use.
type due int8

const (
	dueNothing due = iota
	dueDisable
	dueDelete
)

// String is the word for it in a plan.
func (d due) String() string { return [...]string{"nothing", "disable", "delete"}[d] }

// due: the former robot account is disabled when its successor has been there
// for the grace time, so that it can be brought back at once should somebody
// miss it, and deleted when it has been disabled for as long.
func (p pair) due(used slot, grace time.Duration, now time.Time) due {
	other := p[used.other()]
	switch {
	case other == nil:
		return dueNothing
	case other.disabled && !now.Before(latest(p[used].created, other.updated).Add(grace)):
		return dueDelete
	case !other.disabled && !now.Before(latest(p[used].created, other.created).Add(grace)):
		return dueDisable
	}
	return dueNothing
}

// expiresSoon tells that a third of the robot account's time is left, or so
// little that its successor would not leave it the whole grace time.
func (r *robot) expiresSoon(grace time.Duration, now time.Time) bool {
	if r.expires == never {
		return false
	}
	const day = 24 * 60 * 60
	life, left := r.duration*day, r.expires-now.Unix()
	return left < max(life/3, min(int64(grace/time.Second), life/2))
}
