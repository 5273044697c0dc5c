package harborprojects

import (
	"testing"
	"time"
)

// noon is the time of these tests.
func noon() time.Time { return time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC) }

const grace = 24 * time.Hour

// aged is a robot account that was made so long ago, and not changed since.
func aged(age time.Duration) *robot {
	at := noon().Add(-age)
	return &robot{id: 1, duration: never, expires: never, created: at, updated: at}
}

func (r *robot) disabledFor(d time.Duration) *robot {
	r.disabled, r.updated = true, noon().Add(-d)
	return r
}

func (r *robot) livingFor(days int64) *robot {
	r.duration, r.expires = days, r.created.AddDate(0, 0, int(days)).Unix()
	return r
}

func pullTicket() ticket { return ticket{"team-a", uses()[0]} }

func TestSlotOf(t *testing.T) {
	for name, tc := range map[string]struct {
		reason, username string
		want             slot
	}{
		"A":          {"the first slot has the predecessor's name", "otomi-team-a-pull", slotA},
		"B":          {"the second one its own", "otomi-team-a-pull-b", slotB},
		"OtherStart": {"an earlier prefix does not matter", "robot$team-a-pull-b", slotB},
		"NoPrefix":   {"there may be none", "team-a-pull", slotA},
		"OtherUse":   {"another use's robot account", "otomi-team-a-push", slotNone},
		"OtherTeam":  {"another team's robot account", "otomi-team-b-pull", slotNone},
		"Person":     {"somebody else", "admin", slotNone},
		"Nobody":     {"no name", "", slotNone},
	} {
		t.Run(name, func(t *testing.T) {
			if got := pullTicket().slotOf(tc.username); got != tc.want {
				t.Errorf("%s: slot %d, want %d", tc.reason, got, tc.want)
			}
		})
	}
}

func TestNext(t *testing.T) {
	for name, tc := range map[string]struct {
		reason string
		pair   pair
		used   slot
		login  login
		want   slot
	}{
		"First":            {"the first one", pair{}, slotNone, loginNone, slotA},
		"AWorks":           {"one that works is left alone", pair{aged(1), nil}, slotA, loginRotating, slotB},
		"BWorks":           {"back to the first slot", pair{nil, aged(1)}, slotB, loginRotating, slotA},
		"BWorksALeft":      {"even where something is left in it", pair{aged(1), aged(1)}, slotB, loginExpiring, slotA},
		"ADeadBFree":       {"the free one before one that is dead", pair{aged(1), nil}, slotA, loginRefused, slotB},
		"ADeadBServes":     {"a former one that works is worth more than a dead one", pair{aged(1), aged(2)}, slotA, loginRefused, slotA},
		"BDeadAServes":     {"whichever slot it is", pair{aged(2), aged(1)}, slotB, loginRefused, slotB},
		"ADeadBDisabled":   {"a disabled one serves nobody", pair{aged(1), aged(2).disabledFor(1)}, slotA, loginRefused, slotB},
		"AExpiredBServes":  {"an expired one serves nobody", pair{aged(2 * grace).livingFor(1), aged(3 * grace)}, slotA, loginExpired, slotA},
		"ADisabled":        {"a disabled one that is refused when it is enabled", pair{aged(1).disabledFor(1), nil}, slotA, loginDisabled, slotB},
		"Gone":             {"the robot account is gone, and its slot is free", pair{nil, aged(1)}, slotA, loginNobody, slotA},
		"UnknownBoth":      {"two whose secrets nobody knows: the older one goes", pair{aged(1), aged(2)}, slotNone, loginNone, slotB},
		"UnknownBothA":     {"whichever slot it is", pair{aged(2), aged(1)}, slotNone, loginNone, slotA},
		"UnknownADisabled": {"a disabled one first", pair{aged(1).disabledFor(1), aged(2)}, slotNone, loginNone, slotA},
	} {
		t.Run(name, func(t *testing.T) {
			if got := tc.pair.next(tc.used, tc.login, noon()); got != tc.want {
				t.Errorf("%s: slot %d, want %d", tc.reason, got, tc.want)
			}
		})
	}
}

func TestWaits(t *testing.T) {
	const until = "the former robot account team-a-pull serves until 2026-11-23T06:00:00Z"
	for name, tc := range map[string]struct {
		reason string
		pair   pair
		used   slot
		want   string
	}{
		"Alone":    {"there is room", pair{aged(time.Hour), nil}, slotA, ""},
		"Grace":    {"somebody may still log in as the former one", pair{aged(30 * time.Hour), aged(6 * time.Hour)}, slotB, until},
		"Over":     {"its time is over", pair{aged(60 * time.Hour), aged(24 * time.Hour)}, slotB, ""},
		"Disabled": {"nobody can log in any more", pair{aged(30 * time.Hour).disabledFor(time.Hour), aged(6 * time.Hour)}, slotB, ""},
		"Expired":  {"nobody can log in any more", pair{aged(30 * time.Hour).livingFor(1), aged(6 * time.Hour)}, slotB, ""},
		"Younger":  {"one that is younger was never handed out", pair{aged(time.Hour), aged(6 * time.Hour)}, slotB, ""},
	} {
		t.Run(name, func(t *testing.T) {
			if got := pullTicket().waits(tc.pair, tc.used, grace, noon()); got != tc.want {
				t.Errorf("%s: %q, want %q", tc.reason, got, tc.want)
			}
		})
	}
}

func TestDue(t *testing.T) {
	for name, tc := range map[string]struct {
		reason string
		pair   pair // b is in use
		want   due
	}{
		"Alone":       {"nothing is left", pair{nil, aged(time.Hour)}, dueNothing},
		"Serves":      {"its successor is younger than the grace", pair{aged(90 * time.Hour), aged(23 * time.Hour)}, dueNothing},
		"Over":        {"its successor has been there for the whole grace", pair{aged(90 * time.Hour), aged(24 * time.Hour)}, dueDisable},
		"Disabled":    {"it can be brought back", pair{aged(90 * time.Hour).disabledFor(23 * time.Hour), aged(48 * time.Hour)}, dueNothing},
		"DisabledFor": {"nobody has missed it", pair{aged(90 * time.Hour).disabledFor(24 * time.Hour), aged(48 * time.Hour)}, dueDelete},
		"ByHand":      {"somebody disabled it before it had a successor", pair{aged(90 * time.Hour).disabledFor(60 * time.Hour), aged(23 * time.Hour)}, dueNothing},
		"Younger":     {"left over by a run that was killed", pair{aged(time.Hour), aged(90 * time.Hour)}, dueNothing},
		"YoungerOver": {"the same, a day later", pair{aged(24 * time.Hour), aged(90 * time.Hour)}, dueDisable},
	} {
		t.Run(name, func(t *testing.T) {
			if got := tc.pair.due(slotB, grace, noon()); got != tc.want {
				t.Errorf("%s: %q, want %q", tc.reason, got, tc.want)
			}
		})
	}
}

func TestExpiresSoon(t *testing.T) {
	const day = 24 * time.Hour
	for name, tc := range map[string]struct {
		reason string
		robot  *robot
		want   bool
	}{
		"Never":    {"it has no end", aged(1000 * day), false},
		"Early":    {"more than a third of its time is left", aged(19 * day).livingFor(30), false},
		"Late":     {"less than a third is left", aged(21 * day).livingFor(30), true},
		"Short":    {"of two days the grace is one", aged(25 * time.Hour).livingFor(2), true},
		"VeryNew":  {"a new one is never old", aged(time.Hour).livingFor(1), false},
		"HalfADay": {"of one day it is half", aged(13 * time.Hour).livingFor(1), true},
		"Ages":     {"five million years are no overflow", aged(time.Hour).livingFor(1<<31 - 2), false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := tc.robot.expiresSoon(grace, noon()); got != tc.want {
				t.Errorf("%s: %v", tc.reason, got)
			}
		})
	}
}
