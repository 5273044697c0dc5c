package e2e

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/Nerzal/gocloak/v13"

	suite "otomi.io/tasks/internal/conformance/keycloakroles"
)

const masterRealm = "master"

// testAdminToken shows runs that outlive the token they began with.
func testAdminToken(t *testing.T, s suite.Server) {
	t.Run("Expires", func(t *testing.T) { testTokenExpires(t, s) })
	t.Run("SessionEnds", func(t *testing.T) { testSessionEnds(t, s) })
}

// moreTeams are 80 writes over the local platform.
func moreTeams() string {
	var b strings.Builder
	b.WriteString(local)
	for i := range 20 {
		fmt.Fprintf(&b, "  t%02d: {}\n", i)
	}
	return b.String()
}

// testTokenExpires gives the administrator tokens of one second: the run
// refreshes them, and logs in only once.
func testTokenExpires(t *testing.T, s suite.Server) {
	p := newPlatform(t, s, "login-expires", local)
	p.changeMaster(t, func(r *gocloak.RealmRepresentation) {
		r.AccessTokenLifespan = new(1)
		r.EventsEnabled, r.EnabledEventTypes = new(true), &[]string{"REFRESH_TOKEN"}
	})
	p.declare(t, moreTeams())
	p.applyWith(t, "converged", io.Discard, "--rate", "40") // two seconds at least, however fast the machine
	refreshed, err := p.kc.GetEvents(t.Context(), p.admin(t), masterRealm, gocloak.GetEventsParams{Client: new("admin-cli")})
	if err != nil {
		t.Fatalf("reading the events: %v", err)
	}
	sessions := map[string]int{}
	for _, e := range refreshed {
		sessions[*e.SessionID]++
	}
	if len(sessions) != 1 {
		t.Errorf("refreshes by session: %v, want some and all in the session of one login", sessions)
	}
}

// testSessionEnds throws the administrator out after the plan was printed and
// before it is applied: neither the token nor its refresh works any more.
func testSessionEnds(t *testing.T, s suite.Server) {
	p := newPlatform(t, s, "login-ends", local)
	p.declare(t, moreTeams())
	out := &thrower{t: t, platform: p}
	p.applyWith(t, "converged", out)
	if !out.done {
		t.Fatal("no session was ended")
	}
	p.settled(t)
}

// thrower ends all sessions of the administrator when the run first prints.
type thrower struct {
	t        *testing.T
	platform *platform
	done     bool
}

func (w *thrower) Write(b []byte) (int, error) {
	if w.done {
		return len(b), nil
	}
	w.done = true
	p, ctx := w.platform, w.t.Context()
	master, admin := &platform{Server: p.Server, kc: p.kc, realm: masterRealm}, p.admin(w.t)
	if err := p.kc.LogoutAllSessions(ctx, admin, masterRealm, master.userID(w.t, p.Username)); err != nil {
		return 0, err
	}
	_, err := p.kc.GetRealm(ctx, admin, p.realm)
	var refusal *gocloak.APIError
	if !errors.As(err, &refusal) || refusal.Code != http.StatusUnauthorized {
		w.t.Errorf("a token of an ended session gets %v, want status 401", err)
	}
	return len(b), nil
}

// changeMaster changes the administrators' realm until the test ends.
func (p *platform) changeMaster(t *testing.T, change func(*gocloak.RealmRepresentation)) {
	t.Helper()
	before, err := p.kc.GetRealm(t.Context(), p.admin(t), masterRealm)
	if err != nil {
		t.Fatal(err)
	}
	changed := *before
	change(&changed)
	if err := p.kc.UpdateRealm(t.Context(), p.admin(t), changed); err != nil {
		t.Fatalf("changing realm %s: %v", masterRealm, err)
	}
	t.Cleanup(func() { p.restoreMaster(t, *before) })
}

func (p *platform) restoreMaster(t *testing.T, before gocloak.RealmRepresentation) {
	ctx := context.Background()
	admin, err := p.kc.LoginAdmin(ctx, p.Username, p.Password, masterRealm)
	if err == nil {
		err = p.kc.UpdateRealm(ctx, admin.AccessToken, before)
	}
	if err != nil {
		t.Errorf("restoring realm %s: %v", masterRealm, err)
	}
}
