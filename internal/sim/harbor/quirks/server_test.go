package quirks

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"otomi.io/tasks/internal/sim/harbor"
)

// TestAccounts: the administrator is who the options say.
func TestAccounts(t *testing.T) {
	scenario{exchanges: []exchange{
		{as: asAdmin, request: "GET /users/current", status: 401, code: "UNAUTHORIZED"},
		{as: "root:pass", request: "GET /users/current", status: 200, want: `{"user_id":1,"username":"root","sysadmin_flag":true}`},
	}}.play(t, harbor.New(harbor.Options{Username: "root", Password: "pass"}))
}

// TestSession: each answer offers a session.
func TestSession(t *testing.T) {
	answer := serve(harbor.New(harbor.Options{}), exchange{as: asAdmin, request: "GET /projects"})
	cookies := answer.Result().Cookies()
	if len(cookies) != 1 || cookies[0].Name != "sid" || cookies[0].Value == "" {
		t.Errorf("cookies %v: a login with a password gives a session", cookies)
	}
}

// TestLockout: a wrong password locks the account.
func TestLockout(t *testing.T) {
	now := newClock()
	server := harbor.New(harbor.Options{Now: now.Now, Lockout: 1500 * time.Millisecond})
	scenario{exchanges: do(withProjects("a"), withRobot(1, "pull", pullIn("a")))}.play(t, server)
	locked := []exchange{
		{as: "admin:wrong", request: "GET /users/current", status: 401},
		{as: asAdmin, request: "GET /users/current", status: 401},
		{as: "robot$pull:wrong", request: "GET /projects/a", status: 401},
		{as: asPull, request: "GET /projects/a", status: 403},
	}
	scenario{reason: "a wrong password locks its account, a wrong secret does not lock out the right one", exchanges: locked}.play(t, server)
	now.pass(1501 * time.Millisecond)
	scenario{reason: "the lock ends", exchanges: []exchange{{as: asAdmin, request: "GET /users/current", status: 200}}}.play(t, server)
	got := []harbor.Logins{server.Logins("admin"), server.Logins("robot$pull"), server.Logins("nobody")}
	if diff := cmp.Diff([]harbor.Logins{{Succeeded: 4, Failed: 2}, {Succeeded: 1, Failed: 1}, {}}, got); diff != "" {
		t.Errorf("logins (-want +got):\n%s", diff)
	}
}

// TestGroupRace: while one request is on its way, another one makes its group.
func TestGroupRace(t *testing.T) {
	cases := map[string]struct {
		reason  string
		options harbor.Options
		request string
		body    string
		status  int
	}{
		"Membership":   {"the second insert breaks the constraint", harbor.Options{GroupRace: true}, "/projects/b/members", `{"role_id":1,"member_group":{"group_name":"team-admin","group_type":3}}`, 500},
		"Group":        {"here, too", harbor.Options{GroupRace: true}, "/usergroups", `{"group_name":"team-admin","group_type":3}`, 500},
		"NotAskedFor":  {"without the option there is no race", harbor.Options{}, "/projects/b/members", `{"role_id":1,"member_group":{"group_name":"team-admin","group_type":3}}`, 201},
		"AnotherGroup": {"only the same group is raced for", harbor.Options{GroupRace: true}, "/projects/b/members", `{"role_id":1,"member_group":{"group_name":"other","group_type":3}}`, 201},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			server := harbor.New(c.options)
			scenario{exchanges: do(withOIDC(), withProjects("a", "b"))}.play(t, server)
			body := &lateBody{Reader: strings.NewReader(c.body), asked: make(chan struct{}), released: make(chan struct{})}
			request := httptest.NewRequest(http.MethodPost, apiBase+c.request, body)
			request.Header.Set("Content-Type", "application/json")
			request.SetBasicAuth("admin", "Harbor12345")
			answer := httptest.NewRecorder()
			var done sync.WaitGroup
			done.Go(func() { server.ServeHTTP(answer, request) })
			<-body.asked
			scenario{reason: "the first one wins", exchanges: []exchange{{as: asAdmin, request: "POST /projects/a/members",
				body: `{"role_id":1,"member_group":{"group_name":"team-admin","group_type":3}}`, status: 201}}}.play(t, server)
			close(body.released)
			done.Wait()
			if answer.Code != c.status {
				t.Errorf("status %d, want %d: %s: %s", answer.Code, c.status, c.reason, answer.Body)
			}
		})
	}
}

// lateBody arrives when it is released.
type lateBody struct {
	io.Reader
	once            sync.Once
	asked, released chan struct{}
}

func (b *lateBody) Read(p []byte) (int, error) {
	b.once.Do(func() { close(b.asked) })
	<-b.released
	return b.Reader.Read(p)
}

func (b *lateBody) Close() error { return nil }

// TestRegistry follows what `docker login` does, and what a token says.
func TestRegistry(t *testing.T) {
	now := newClock()
	server := harbor.New(harbor.Options{Now: now.Now})
	scenario{exchanges: do(withProjects("a"), withRobot(1, "pull", pullIn("a")))}.play(t, server)
	challenge := `Bearer realm="http://example.com/service/token",service="harbor-registry"`
	scenario{reason: "the login of docker", exchanges: []exchange{
		{as: anonymous, request: "GET /v2/", status: 401, code: "UNAUTHORIZED", headers: map[string]string{"Www-Authenticate": challenge}},
		{as: "robot$pull:wrong", request: "GET /v2/", status: 401, headers: map[string]string{"Www-Authenticate": `Basic realm="harbor"`}},
		{as: asPull, request: "GET /v2/", status: 200},
		{as: "robot$pull:wrong", request: "GET /service/token?service=harbor-registry", status: 401},
		{as: asPull, request: "GET /service/token?service=other", status: 400},
	}}.play(t, server)
	token := func(as string) (bearer string, access any) {
		answer := serve(server, exchange{as: as, request: "GET /service/token?service=harbor-registry&scope=repository:a/app:pull,push+repository:nosuch/app:pull"})
		var body struct {
			Token string `json:"token"`
		}
		if err := json.Unmarshal(answer.Body.Bytes(), &body); err != nil {
			t.Fatal(err)
		}
		return body.Token, claimsOf(t, body.Token)["access"]
	}
	bearer, access := token(asPull)
	want := parse(t, `[{"type":"repository","name":"a/app","actions":["pull"]},{"type":"repository","name":"nosuch/app","actions":[]}]`)
	if diff := cmp.Diff(want, access); diff != "" {
		t.Errorf("access of the pull robot: it cannot push (-want +got):\n%s", diff)
	}
	shown := map[string]string{"Authorization": "Bearer " + bearer}
	scenario{reason: "a token is good for the registry only", exchanges: []exchange{
		{request: "GET /v2/", header: shown, status: 200},
		{request: "GET /projects/a", header: shown, status: 401},
	}}.play(t, server)
	unauthenticated, _ := token(anonymous)
	now.pass(31 * time.Minute)
	scenario{reason: "a token expires; an unknown one is refused", exchanges: []exchange{
		{request: "GET /v2/", header: shown, status: 401},
		{request: "GET /v2/", header: map[string]string{"Authorization": "Bearer " + unauthenticated}, status: 401},
	}}.play(t, server)
}

func claimsOf(t *testing.T, token string) map[string]any {
	t.Helper()
	var claims map[string]any
	parts := strings.Split(token, ".")
	text, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &claims); err != nil {
		t.Fatal(err)
	}
	return claims
}

// TestManyClients is for the race detector.
func TestManyClients(t *testing.T) {
	server := httptest.NewServer(harbor.New(harbor.Options{GroupRace: true}))
	defer server.Close()
	var clients sync.WaitGroup
	for i := range 4 {
		clients.Go(func() {
			for j := range 25 {
				name := fmt.Sprintf("p%d-%d", i, j)
				for _, e := range []exchange{
					{request: "POST /projects", body: fmt.Sprintf(`{"project_name":%q}`, name), status: 201},
					{request: "POST /robots", body: robotBody(name, pullIn(name)), status: 201},
					{request: "GET /robots?page_size=100", status: 200},
					{request: "GET /projects?page_size=100", status: 200},
					{request: "DELETE /projects/" + name, status: 200},
				} {
					if status, err := over(t.Context(), server, e); err != nil || status != e.status {
						t.Errorf("%s: status %d, error %v", e.request, status, err)
					}
				}
			}
		})
	}
	clients.Wait()
}

func over(ctx context.Context, server *httptest.Server, e exchange) (status int, err error) {
	method, path, _ := strings.Cut(e.request, " ")
	request, err := http.NewRequestWithContext(ctx, method, server.URL+apiBase+path, strings.NewReader(e.body))
	if err != nil {
		return 0, err
	}
	request.Header.Set("Content-Type", "application/json")
	request.SetBasicAuth("admin", "Harbor12345")
	answer, err := server.Client().Do(request)
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	_, err = io.Copy(io.Discard, answer.Body)
	return answer.StatusCode, err
}

// BenchmarkRound is what a run without differences reads of 5,000 teams.
func BenchmarkRound(b *testing.B) {
	server := harbor.New(harbor.Options{})
	for i := range 5000 {
		name := fmt.Sprintf("team-%04d", i)
		serve(server, exchange{as: asAdmin, request: "POST /projects", body: fmt.Sprintf(`{"project_name":%q}`, name)})
		for _, purpose := range []string{"pull", "push", "builds"} {
			serve(server, exchange{as: asAdmin, request: "POST /robots", body: robotBody(name+"-"+purpose, pullIn(name))})
		}
	}
	b.ResetTimer()
	for range b.N {
		for page := range 50 {
			serve(server, exchange{as: asAdmin, request: fmt.Sprintf("GET /projects?page_size=100&page=%d", page+1)})
			serve(server, exchange{as: asAdmin, request: fmt.Sprintf("GET /quotas?page_size=100&page=%d", page+1)})
		}
		for page := range 150 {
			serve(server, exchange{as: asAdmin, request: fmt.Sprintf("GET /robots?page_size=100&page=%d", page+1)})
		}
		for i := range 5000 {
			serve(server, exchange{as: asAdmin, request: fmt.Sprintf("GET /projects/team-%04d/members", i)})
		}
	}
}

func FuzzServer(f *testing.F) {
	f.Add("GET", "/projects?q=name%3D~a&sort=-name,id&page=2", "")
	f.Add("GET", "/robots?q=Level%3Dproject,ProjectID%3D1", "")
	f.Add("POST", "/robots", `{"name":"a","level":"project","duration":1,"permissions":[{"kind":"project","namespace":"library","access":[{"resource":"repository","action":"pull"}]}]}`)
	f.Add("PUT", "/robots/1", `{"name":"robot$a","level":"system","permissions":[{}]}`)
	f.Add("POST", "/retentions", `{"scope":{"level":"project","ref":1},"trigger":{"kind":"Schedule","settings":{"cron":7}}}`)
	f.Add("PUT", "/configurations", `{"auth_mode":"oidc_auth","storage_per_project":1}`)
	f.Add("POST", "/projects/1/members", `{"role_id":1,"member_group":{"group_name":"a"},"member_user":{"user_id":1}}`)
	f.Add("POST", "/projects/library/immutabletagrules", `{"scope_selectors":{"a":null}}`)
	f.Add("PUT", "/projects/library", `{"metadata":{"severity":""},"cve_allowlist":{}}`)
	f.Fuzz(func(t *testing.T, method, path, body string) {
		server := harbor.New(harbor.Options{})
		request, err := http.NewRequestWithContext(t.Context(), method, "http://harbor"+apiBase+path, strings.NewReader(body))
		if err != nil {
			return // not a request that a client could send
		}
		request.SetBasicAuth("admin", "Harbor12345")
		request.Header.Set("Content-Type", "application/json")
		answer := httptest.NewRecorder()
		server.ServeHTTP(answer, request)
		if answer.Code >= 500 && strings.Contains(answer.Body.String(), "simulator") && answer.Code != http.StatusNotImplemented {
			t.Errorf("%s %s %s: %d %s", method, path, body, answer.Code, answer.Body)
		}
		// The memory is whole: what is listed can be shown.
		for _, list := range []string{"/projects", "/robots", "/quotas", "/usergroups", "/configurations", "/projects/1/members"} {
			again := serve(server, exchange{as: asAdmin, request: "GET " + list})
			if again.Code != http.StatusOK && again.Code != http.StatusNotFound {
				t.Errorf("%s after %s %s %s: %d", list, method, path, body, again.Code)
			}
		}
	})
}
