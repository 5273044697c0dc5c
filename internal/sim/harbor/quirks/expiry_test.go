package quirks

import (
	"fmt"
	"testing"
	"time"

	"otomi.io/tasks/internal/sim/harbor"
)

// TestExpiry: the days of a robot count from its creation.
func TestExpiry(t *testing.T) {
	const day = 24 * time.Hour
	now := newClock()
	server := harbor.New(harbor.Options{Now: now.Now})
	put := func(rest string) exchange {
		return exchange{as: asAdmin, request: "PUT /robots/1", body: `{"name":"robot$pull","level":"system","permissions":[` + pullIn("a") + `],` + rest + `}`, status: 200}
	}
	end := func(days int) exchange {
		want := fmt.Sprintf(`{"expires_at":%d}`, newClock().now.AddDate(0, 0, days).Unix())
		return exchange{as: asAdmin, request: "GET /robots/1", status: 200, want: want}
	}
	alive := exchange{as: asPull, request: "GET /projects/a", status: 403}
	dead := exchange{as: asPull, request: "GET /projects/a", status: 401}
	chapters := []struct {
		reason    string
		pass      time.Duration
		exchanges []exchange
	}{
		{"no end", 0, do(withProjects("a"), withRobot(1, "pull", pullIn("a")), []exchange{{as: asAdmin, request: "GET /robots/1", status: 200, want: `{"expires_at":-1}`}})},
		{"still no end", 100 * day, []exchange{alive}},
		{"ten days from the creation are over already", 0, []exchange{put(`"duration":10`), end(10), dead}},
		{"101 days are not", 0, []exchange{put(`"duration":101`), end(101), alive}},
		{"the same duration changes nothing", 0, []exchange{put(`"duration":101,"description":"x"`), end(101), alive}},
		{"it ends on the second", day, []exchange{dead}},
		{"without an end again, but disabled", 0, []exchange{put(`"duration":-1,"disable":true`), dead, put(`"disable":false`), alive}},
	}
	for _, c := range chapters {
		now.pass(c.pass)
		scenario{reason: c.reason, exchanges: c.exchanges}.play(t, server)
	}
}

// TestPermissionsInNoOrder: a client that compares lists is found out.
func TestPermissionsInNoOrder(t *testing.T) {
	server := harbor.New(harbor.Options{})
	var permissions string
	for i, project := range []string{"a", "b", "c", "d", "e", "f"} {
		scenario{exchanges: withProjects(project)}.play(t, server)
		if i > 0 {
			permissions += ","
		}
		permissions += pullIn(project)
	}
	scenario{exchanges: withRobot(1, "pull", permissions)}.play(t, server)
	seen := map[string]bool{}
	for range 100 {
		seen[serve(server, exchange{as: asAdmin, request: "GET /robots/1"}).Body.String()] = true
	}
	if len(seen) < 2 {
		t.Error("the permissions came 100 times in the same order: a client that compares lists would not be found out")
	}
}

// clock is a time that only a test moves.
type clock struct{ now time.Time }

func newClock() *clock { return &clock{time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time { return c.now }

func (c *clock) pass(d time.Duration) { c.now = c.now.Add(d) }
