package cluster

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Nerzal/gocloak/v13"

	"otomi.io/tasks/internal/sim"
	"otomi.io/tasks/internal/sim/keycloak"
)

const (
	hookJob  = "core-keycloak-roles" // and the name of its CronJob
	password = "not-a-real-admin"
	// clientSecret and adminPassword are in the Otomi Values.
	clientSecret  = "not-a-real-client-secret"
	adminPassword = "not-a-real-person"
)

// secrets must not be seen anywhere.
func secrets() []string { return []string{password, clientSecret, adminPassword} }

// server is a simulated Keycloak on an address that pods reach.
type server struct {
	url    string
	log    sim.Log
	faults sim.Faults
	gate   gate
}

func newKeycloak(t *testing.T) *server {
	t.Helper()
	s := &server{}
	app := keycloak.New(keycloak.Options{Password: password})
	s.url = serve(t, s.log.Wrap(s.gate.wrap(s.faults.Wrap(app))), nil)
	return s
}

// gate holds requests back, so that a run stands still in the middle.
type gate struct {
	mu   sync.Mutex
	held *held
}

type held struct {
	path              string
	arrived, released chan struct{}
	once              sync.Once
}

// hold holds what creates something at such a path back until release is called.
func (g *gate) hold(path string) (arrived <-chan struct{}, release func()) {
	h := &held{path: path, arrived: make(chan struct{}), released: make(chan struct{})}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.held = h
	return h.arrived, sync.OnceFunc(func() { close(h.released) })
}

func (g *gate) wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		g.mu.Lock()
		h := g.held
		g.mu.Unlock()
		if h != nil && r.Method == http.MethodPost && strings.Contains(r.URL.Path, h.path) {
			h.once.Do(func() { close(h.arrived) })
			select {
			case <-h.released:
			case <-r.Context().Done():
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

// await waits for something that a run should do.
func await(t *testing.T, what string, happened <-chan struct{}) {
	t.Helper()
	select {
	case <-happened:
	case <-time.After(patience):
		t.Fatalf("waiting until %s", what)
	}
}

// values make keycloak-roles the only task, and these its teams.
func (s *server) values(teams ...string) string {
	return fmt.Sprintf(`
otomiValues:
  inline:
    cluster: {domainSuffix: example.com}
    otomi: {hasExternalIDP: false, adminPassword: %s}
    apps:
      keycloak: {theme: keycloak, idp: {clientID: otomi, clientSecret: %s}}
    teamConfig: {%s}
tasks:
  harbor-projects: {enabled: false}
  gitea-repos: {enabled: false}
  drone-activate: {enabled: false}
  keycloak-roles:
    extraEnv: {KEYCLOAK_ADDRESS_INTERNAL: "%s"}
    credentials: {KEYCLOAK_ADMIN_PASSWORD: {value: %s}}
`, adminPassword, clientSecret, strings.Join(entries(teams), ", "), s.url, password)
}

func entries(teams []string) []string {
	all := make([]string, 0, len(teams))
	for _, team := range teams {
		all = append(all, team+": {}")
	}
	return all
}

// admin is a client of the server that shares no code with the tasks.
func (s *server) admin(t *testing.T) (*gocloak.GoCloak, string) {
	t.Helper()
	client := gocloak.NewClient(s.url)
	token, err := client.LoginAdmin(t.Context(), "admin", password, "master")
	if err != nil {
		t.Fatal(err)
	}
	return client, token.AccessToken
}

// teams are those whose roles the server has.
func (s *server) teams(t *testing.T) []string {
	t.Helper()
	client, token := s.admin(t)
	roles, err := client.GetRealmRoles(t.Context(), token, "otomi", gocloak.GetRoleParams{Max: gocloak.IntP(10000)})
	if err != nil {
		t.Fatal(err)
	}
	var teams []string
	for _, role := range roles {
		if team, found := strings.CutPrefix(*role.Name, "team-"); found && team != "admin" {
			teams = append(teams, team)
		}
	}
	slices.Sort(teams)
	return teams
}

// address is that of a user.
func (s *server) address(t *testing.T, username string) string {
	t.Helper()
	client, token := s.admin(t)
	found, err := client.GetUsers(t.Context(), token, "otomi", gocloak.GetUsersParams{Username: &username, Exact: gocloak.BoolP(true)})
	if err != nil || len(found) != 1 {
		t.Fatalf("%d users %s, want one: %v", len(found), username, err)
	}
	return *found[0].Email
}

// dropRole makes drift.
func (s *server) dropRole(t *testing.T, role string) {
	t.Helper()
	client, token := s.admin(t)
	if err := client.DeleteRealmRole(t.Context(), token, "otomi", role); err != nil {
		t.Fatal(err)
	}
}
