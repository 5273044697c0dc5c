package keycloak_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Nerzal/gocloak/v13"
	"github.com/google/go-cmp/cmp"

	"otomi.io/tasks/internal/sim/keycloak"
)

// ask sends one request straight into the server.
func ask(h http.Handler, method, address, token, body string) *httptest.ResponseRecorder {
	req := httptest.NewRequest(method, address, strings.NewReader(body))
	req.Header.Set("Content-Type", "application/json")
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	recorder := httptest.NewRecorder()
	h.ServeHTTP(recorder, req)
	return recorder
}

type tokens struct {
	Access  string `json:"access_token"`
	Refresh string `json:"refresh_token"`
	Expires int    `json:"expires_in"`
}

// logIn asks for tokens of realm master; changes are added to a right login.
func logIn(t *testing.T, h http.Handler, changes map[string]string) (tokens, int) {
	t.Helper()
	form := url.Values{"grant_type": {"password"}, "client_id": {"admin-cli"}, "username": {"admin"}, "password": {"admin"}}
	for key, v := range changes {
		form.Set(key, v)
	}
	req := httptest.NewRequest(http.MethodPost, "/realms/master/protocol/openid-connect/token", strings.NewReader(form.Encode()))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	recorder := httptest.NewRecorder()
	h.ServeHTTP(recorder, req)
	var got tokens
	if err := json.Unmarshal(recorder.Body.Bytes(), &got); err != nil {
		t.Fatalf("parsing %s: %v", recorder.Body, err)
	}
	return got, recorder.Code
}

// clock is moved by the test.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func TestTokensEnd(t *testing.T) {
	cases := map[string]struct {
		reason  string
		options keycloak.Options
		passed  time.Duration
		admin   int
		refresh int
	}{
		"Young":         {"a token is good for a minute", keycloak.Options{}, 59 * time.Second, 200, 200},
		"Old":           {"after it only the refresh token is", keycloak.Options{}, 60 * time.Second, 401, 200},
		"LongerByWish":  {"the life of tokens can be set", keycloak.Options{TokenLife: time.Hour}, 60 * time.Second, 200, 200},
		"ShorterByWish": {"the life of tokens can be set", keycloak.Options{TokenLife: 5 * time.Second}, 5 * time.Second, 401, 200},
		"AllOld":        {"a session that is not used ends", keycloak.Options{}, 30 * time.Minute, 401, 400},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			time := &clock{now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
			tc.options.Now = time.Now
			server := keycloak.New(tc.options)
			got, _ := logIn(t, server, nil)
			time.pass(tc.passed)
			if status := ask(server, "GET", "/admin/realms/master", got.Access, "").Code; status != tc.admin {
				t.Errorf("%s: the admin API answers %d, want %d", tc.reason, status, tc.admin)
			}
			if _, status := logIn(t, server, map[string]string{"grant_type": "refresh_token", "refresh_token": got.Refresh}); status != tc.refresh {
				t.Errorf("%s: the token endpoint answers %d, want %d", tc.reason, status, tc.refresh)
			}
		})
	}
}

func TestOptions(t *testing.T) {
	server := keycloak.New(keycloak.Options{Username: "boss", Password: "secret", TokenLife: 90 * time.Second, FullTokens: true})
	if _, status := logIn(t, server, nil); status != http.StatusUnauthorized {
		t.Errorf("the default administrator logs in: %d", status)
	}
	got, status := logIn(t, server, map[string]string{"username": "boss", "password": "secret"})
	if status != http.StatusOK || got.Expires != 90 {
		t.Errorf("got %d and a token for %d seconds, want 90", status, got.Expires)
	}
	if status := ask(server, "POST", "/admin/realms", got.Access, `{"realm":"new"}`).Code; status != http.StatusCreated {
		t.Fatalf("making a realm: %d", status)
	}
	if status := ask(server, "GET", "/admin/realms/new/roles", got.Access, "").Code; status != http.StatusForbidden {
		t.Errorf("a full token that is older than a realm sees it: %d", status)
	}
}

// TestMasterStays is not among the quirks: it must not be tried on a server that is needed.
func TestMasterStays(t *testing.T) {
	server := keycloak.New(keycloak.Options{})
	login, _ := logIn(t, server, nil)
	for method, body := range map[string]string{"DELETE": "", "PUT": `{"realm":"renamed"}`} {
		if status := ask(server, method, "/admin/realms/master", login.Access, body).Code; status != http.StatusBadRequest {
			t.Errorf("%s of realm master: got %d, want 400", method, status)
		}
	}
	if status := ask(server, "GET", "/admin/realms/master", login.Access, "").Code; status != http.StatusOK {
		t.Errorf("realm master is gone: %d", status)
	}
}

// TestOtherClient looks at the server through gocloak, which parses what it gets
// by its own rules.
func TestOtherClient(t *testing.T) {
	server := httptest.NewServer(keycloak.New(keycloak.Options{}))
	t.Cleanup(server.Close)
	ctx, client := context.Background(), gocloak.NewClient(server.URL)
	login, err := client.LoginAdmin(ctx, "admin", "admin", "master")
	if err != nil {
		t.Fatalf("logging in: %v", err)
	}
	if _, claims, err := client.DecodeAccessToken(ctx, login.AccessToken, "master"); err != nil || (*claims)["azp"] != "admin-cli" {
		t.Errorf("decoding the token with the realm's keys: %v %v", claims, err)
	}
	if _, err := client.CreateRealm(ctx, login.AccessToken, gocloak.RealmRepresentation{Realm: gocloak.StringP("r"), Enabled: gocloak.BoolP(true)}); err != nil {
		t.Fatalf("making a realm: %v", err)
	}
	id, err := client.CreateGroup(ctx, login.AccessToken, "r", gocloak.Group{Name: gocloak.StringP("g"), Attributes: &map[string][]string{"k": {"v"}}})
	if err != nil {
		t.Fatalf("making a group: %v", err)
	}
	group, err := client.GetGroup(ctx, login.AccessToken, "r", id)
	if err != nil {
		t.Fatalf("reading the group: %v", err)
	}
	if diff := cmp.Diff(map[string][]string{"k": {"v"}}, *group.Attributes); diff != "" {
		t.Errorf("attributes (-want +got):\n%s", diff)
	}
}

// TestParallelWriters makes what a first run makes, with many workers at once.
func TestParallelWriters(t *testing.T) {
	const workers, teams = 16, 10
	server := keycloak.New(keycloak.Options{})
	login, _ := logIn(t, server, nil)
	if status := ask(server, "POST", "/admin/realms", login.Access, `{"realm":"r","enabled":true}`).Code; status != http.StatusCreated {
		t.Fatalf("making a realm: %d", status)
	}
	var group sync.WaitGroup
	for w := range workers {
		group.Go(func() {
			for i := range teams {
				if err := makeTeam(server, login.Access, fmt.Sprintf("team-%02d-%02d", w, i)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	var groups []struct {
		RealmRoles []string `json:"realmRoles"`
	}
	list := ask(server, "GET", "/admin/realms/r/groups?briefRepresentation=false", login.Access, "")
	if err := json.Unmarshal(list.Body.Bytes(), &groups); err != nil {
		t.Fatal(err)
	}
	given := 0
	for _, g := range groups {
		given += len(g.RealmRoles)
	}
	if len(groups) != workers*teams || given != workers*teams {
		t.Errorf("got %d groups with %d roles, want %d of each", len(groups), given, workers*teams)
	}
}

// makeTeam makes a role, a group that has it, and a user in that group.
func makeTeam(h http.Handler, token, name string) error {
	at := "/admin/realms/r/"
	if status := ask(h, "POST", at+"roles", token, `{"name":"`+name+`"}`).Code; status != http.StatusCreated {
		return fmt.Errorf("making role %s: %d", name, status)
	}
	var role struct{ ID, Name string }
	if err := json.NewDecoder(ask(h, "GET", at+"roles/"+name, token, "").Body).Decode(&role); err != nil {
		return fmt.Errorf("reading role %s: %w", name, err)
	}
	made := ask(h, "POST", at+"groups", token, `{"name":"`+name+`"}`)
	if made.Code != http.StatusCreated {
		return fmt.Errorf("making group %s: %d", name, made.Code)
	}
	mappings := at + "groups/" + path.Base(made.Header().Get("Location")) + "/role-mappings/realm"
	if status := ask(h, "POST", mappings, token, `[{"id":"`+role.ID+`","name":"`+role.Name+`"}]`).Code; status != http.StatusNoContent {
		return fmt.Errorf("giving role %s: %d", name, status)
	}
	if status := ask(h, "POST", at+"users", token, `{"username":"`+name+`","email":"`+name+`@example.com","groups":["/`+name+`"]}`).Code; status != http.StatusCreated {
		return fmt.Errorf("making user %s: %d", name, status)
	}
	return nil
}

// BenchmarkTeams is what one more team costs in a realm that has b.N of them.
func BenchmarkTeams(b *testing.B) {
	server := keycloak.New(keycloak.Options{TokenLife: time.Hour})
	var login tokens
	req := httptest.NewRequest(http.MethodPost, "/realms/master/protocol/openid-connect/token", strings.NewReader("grant_type=password&client_id=admin-cli&username=admin&password=admin"))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	recorder := httptest.NewRecorder()
	server.ServeHTTP(recorder, req)
	if err := json.Unmarshal(recorder.Body.Bytes(), &login); err != nil {
		b.Fatal(err)
	}
	ask(server, "POST", "/admin/realms", login.Access, `{"realm":"r","enabled":true}`)
	i := 0
	for b.Loop() {
		i++
		if err := makeTeam(server, login.Access, fmt.Sprintf("team-%d", i)); err != nil {
			b.Fatal(err)
		}
	}
}

// FuzzRequests sends whatever a client could: the server must answer each with
// a status of its own, and be of use afterwards.
func FuzzRequests(f *testing.F) {
	for _, seed := range []struct{ method, path, body string }{
		{"GET", "/admin/realms/r/groups?first=-1&max=99999999999", ""},
		{"POST", "/admin/realms", `{"realm":"{realm}\"","attributes":{"a":null}}`},
		{"PUT", "/admin/realms/r", `{"attributes":{"clientSessionIdleTimeout":"x"},"browserSecurityHeaders":{}}`},
		{"POST", "/admin/realms/r/clients", `{"clientId":"c","redirectUris":["http:","https://[::1/x"],"webOrigins":null,"protocolMappers":[{}]}`},
		{"POST", "/admin/realms/r/client-scopes", `{"name":"s","protocol":"openid-connect","protocolMappers":[{"config":null}]}`},
		{"POST", "/admin/realms/r/users", `{"username":"\u0000","email":"@","groups":["","/"]}`},
		{"POST", "/admin/realms/r/identity-provider/instances", `{"alias":"/","providerId":"oidc","config":{"tokenUrl":"http://:/"}}`},
		{"DELETE", "/admin/realms/r/roles/%2F", "[]"},
		{"POST", "/realms/r/protocol/openid-connect/token", "grant_type=%zz"},
		{"GET", "//../admin/./realms/%2e%2e/", ""},
	} {
		f.Add(seed.method, seed.path, seed.body)
	}
	server := keycloak.New(keycloak.Options{TokenLife: 24 * time.Hour})
	f.Fuzz(func(t *testing.T, method, address, body string) {
		if _, err := http.NewRequest(method, address, nil); err != nil || !strings.HasPrefix(address, "/") || strings.ContainsAny(address, " \t\r\n\x00") {
			return // no client can send it
		}
		login, _ := logIn(t, server, nil)
		ask(server, "POST", "/admin/realms", login.Access, `{"realm":"r","enabled":true}`)
		got := ask(server, method, address, login.Access, body)
		if got.Code < 200 || got.Code > 599 || got.Code == 500 && strings.Contains(got.Body.String(), "simulator") {
			t.Errorf("%s %s %s: got %d %s", method, address, body, got.Code, got.Body)
		}
		if status := ask(server, "GET", "/realms/master", "", "").Code; status != http.StatusOK {
			t.Errorf("%s %s %s: the server is of no use afterwards: %d", method, address, body, status)
		}
	})
}
