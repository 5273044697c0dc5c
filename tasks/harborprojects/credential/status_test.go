package credential

import (
	"testing"
	"time"
)

// noon is the time of these tests.
func noon() time.Time { return time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC) }

const grace = 24 * time.Hour

// aged is a robot account that was made so long ago, and not changed since.
func aged(age time.Duration) *Robot {
	at := noon().Add(-age)
	return &Robot{ID: 1, Duration: Never, Expires: Never, Created: at, Updated: at, Mark: ours()}
}

func (r *Robot) disabledFor(d time.Duration) *Robot {
	r.Disabled, r.Updated = true, noon().Add(-d)
	return r
}

func (r *Robot) livingFor(days int64) *Robot {
	r.Duration, r.Expires = days, r.Created.AddDate(0, 0, int(days)).Unix()
	return r
}

func pullKey() Key { return Key{"team-a", Kinds()[0]} }

func ourClaim() Claim {
	return Claim{Installation: ours().Installation, Inventories: []string{ours().Inventory}}
}

func ours() Mark { return Mark{"example.com/otomi", "abc"} }

func (r *Robot) of(m Mark) *Robot {
	r.Mark = m
	return r
}

// facts are those of the pull credential in that slot.
func facts(p Pair, used Slot) Facts {
	f := Facts{Key: pullKey(), Robots: p, Claim: ourClaim(), Attempt: Works}
	if used != None {
		f.Username = "otomi-" + f.Key.Robot(used)
	}
	return f
}

func rules() Rules { return Rules{Now: noon(), Grace: grace} }

func TestSlotOf(t *testing.T) {
	for name, tc := range map[string]struct {
		reason, username string
		want             Slot
	}{
		"A":          {"the first slot has the predecessor's name", "otomi-team-a-pull", A},
		"B":          {"the second one its own", "otomi-team-a-pull-b", B},
		"OtherStart": {"an earlier prefix does not matter", "robot$team-a-pull-b", B},
		"NoPrefix":   {"there may be none", "team-a-pull", A},
		"OtherUse":   {"another use's robot account", "otomi-team-a-push", None},
		"OtherTeam":  {"another team's robot account", "otomi-team-b-pull", None},
		"Person":     {"another account", "admin", None},
		"Nobody":     {"no name", "", None},
	} {
		t.Run(name, func(t *testing.T) {
			if got := pullKey().SlotOf(tc.username); got != tc.want {
				t.Errorf("%s: Slot %d, want %d", tc.reason, got, tc.want)
			}
		})
	}
}

func TestNext(t *testing.T) {
	for name, tc := range map[string]struct {
		reason string
		pair   Pair
		used   Slot
		login  Login
		want   Slot
	}{
		"First":            {"the first one", Pair{}, None, NoLogin, A},
		"AWorks":           {"one that works is left alone", Pair{aged(1), nil}, A, Rotating, B},
		"BWorks":           {"back to the first slot", Pair{nil, aged(1)}, B, Rotating, A},
		"BWorksALeft":      {"even where something is left in it", Pair{aged(1), aged(1)}, B, Expiring, A},
		"ADeadBFree":       {"the free one before one that is refused", Pair{aged(1), nil}, A, Refused, B},
		"ADeadBServes":     {"a former one that works is spared before a refused one", Pair{aged(1), aged(2)}, A, Refused, A},
		"BDeadAServes":     {"in either slot", Pair{aged(2), aged(1)}, B, Refused, B},
		"ADeadBDisabled":   {"a disabled one is not in use", Pair{aged(1), aged(2).disabledFor(1)}, A, Refused, B},
		"AExpiredBServes":  {"an expired one is not in use", Pair{aged(2 * grace).livingFor(1), aged(3 * grace)}, A, Expired, A},
		"ADisabled":        {"a disabled one that is refused when it is enabled", Pair{aged(1).disabledFor(1), nil}, A, Disabled, B},
		"Gone":             {"the robot account is gone, and its slot is free", Pair{nil, aged(1)}, A, NoRobot, A},
		"UnknownBoth":      {"two with unknown secrets: the older one goes", Pair{aged(1), aged(2)}, None, NoLogin, B},
		"UnknownBothA":     {"in either slot", Pair{aged(2), aged(1)}, None, NoLogin, A},
		"UnknownADisabled": {"a disabled one first", Pair{aged(1).disabledFor(1), aged(2)}, None, NoLogin, A},
	} {
		t.Run(name, func(t *testing.T) {
			if got := next(tc.pair, tc.used, tc.login); got != tc.want {
				t.Errorf("%s: Slot %d, want %d", tc.reason, got, tc.want)
			}
		})
	}
}

func TestWaits(t *testing.T) {
	const until = "the former robot account team-a-pull serves until 2026-11-23T06:00:00Z"
	for name, tc := range map[string]struct {
		reason string
		pair   Pair
		used   Slot
		want   string
	}{
		"Alone":    {"there is room", Pair{aged(time.Hour), nil}, A, ""},
		"Grace":    {"the former one can still log in", Pair{aged(30 * time.Hour), aged(6 * time.Hour)}, B, until},
		"Over":     {"its time is over", Pair{aged(60 * time.Hour), aged(24 * time.Hour)}, B, ""},
		"Disabled": {"it cannot log in any more", Pair{aged(30 * time.Hour).disabledFor(time.Hour), aged(6 * time.Hour)}, B, ""},
		"Expired":  {"it cannot log in any more", Pair{aged(30 * time.Hour).livingFor(1), aged(6 * time.Hour)}, B, ""},
		"Younger":  {"one that is younger was never published", Pair{aged(time.Hour), aged(6 * time.Hour)}, B, ""},
	} {
		t.Run(name, func(t *testing.T) {
			if got := facts(tc.pair, tc.used).waits(tc.used, rules()); got != tc.want {
				t.Errorf("%s: %q, want %q", tc.reason, got, tc.want)
			}
		})
	}
}

func TestDue(t *testing.T) {
	for name, tc := range map[string]struct {
		reason string
		pair   Pair // b is in use
		want   Due
	}{
		"Alone":       {"nothing is left", Pair{nil, aged(time.Hour)}, Nothing},
		"Serves":      {"its successor is younger than the grace", Pair{aged(90 * time.Hour), aged(23 * time.Hour)}, Nothing},
		"Over":        {"its successor has been there for the whole grace", Pair{aged(90 * time.Hour), aged(24 * time.Hour)}, Disable},
		"Disabled":    {"it can be brought back", Pair{aged(90 * time.Hour).disabledFor(23 * time.Hour), aged(48 * time.Hour)}, Nothing},
		"DisabledFor": {"no one has missed it", Pair{aged(90 * time.Hour).disabledFor(24 * time.Hour), aged(48 * time.Hour)}, Delete},
		"ByHand":      {"it was disabled by hand before it had a successor", Pair{aged(90 * time.Hour).disabledFor(60 * time.Hour), aged(23 * time.Hour)}, Nothing},
		"Younger":     {"left over by a run that was killed", Pair{aged(time.Hour), aged(90 * time.Hour)}, Nothing},
		"YoungerOver": {"the same, a day later", Pair{aged(24 * time.Hour), aged(90 * time.Hour)}, Disable},
	} {
		t.Run(name, func(t *testing.T) {
			if got := facts(tc.pair, B).due(B, rules()); got != tc.want {
				t.Errorf("%s: %q, want %q", tc.reason, got, tc.want)
			}
		})
	}
}

func TestExpiresSoon(t *testing.T) {
	const day = 24 * time.Hour
	for name, tc := range map[string]struct {
		reason string
		robot  *Robot
		want   bool
	}{
		"Never":    {"it has no end", aged(1000 * day), false},
		"Early":    {"more than a third of its time is left", aged(19 * day).livingFor(30), false},
		"Late":     {"less than a third is left", aged(21 * day).livingFor(30), true},
		"Short":    {"of two days the grace is one", aged(25 * time.Hour).livingFor(2), true},
		"VeryNew":  {"a new one is never old", aged(time.Hour).livingFor(1), false},
		"HalfADay": {"of one day it is half", aged(13 * time.Hour).livingFor(1), true},
		"Ages":     {"five million years do not overflow", aged(time.Hour).livingFor(1<<31 - 2), false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := tc.robot.expiresSoon(grace, noon()); got != tc.want {
				t.Errorf("%s: %v", tc.reason, got)
			}
		})
	}
}

func next(p Pair, used Slot, l Login) Slot {
	s, _ := facts(p, used).next(used, l, noon())
	return s
}

func TestOnly(t *testing.T) {
	for name, tc := range map[string]struct {
		reason      string
		permissions []string
		want        bool
	}{
		"Ours":   {"rights in the project", []string{"project team-a repository:pull", "project team-a repository:push"}, true},
		"None":   {"the project is gone", []string{}, true},
		"More":   {"it is used for another project, too", []string{"project team-a repository:pull", "project team-b repository:pull"}, false},
		"Prefix": {"a project whose name begins alike", []string{"project team-ab repository:pull"}, false},
		"System": {"rights in the system", []string{"system / project:list"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := (&Robot{Permissions: tc.permissions}).Only("team-a"); got != tc.want {
				t.Errorf("%s: %v", tc.reason, got)
			}
		})
	}
}
