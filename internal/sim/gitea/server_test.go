package gitea_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	sdk "code.gitea.io/sdk/gitea"
	"github.com/google/go-cmp/cmp"

	"otomi.io/tasks/internal/sim"
	"otomi.io/tasks/internal/sim/apitest"
	"otomi.io/tasks/internal/sim/gitea"
)

const (
	admin    = "otomi-admin"
	password = "otomi-admin-1"
)

// start serves a simulated Gitea with its organisation for the time of a test.
func start(t *testing.T, o gitea.Options) (*gitea.Server, string) {
	t.Helper()
	simulator := gitea.New(o)
	server := httptest.NewServer(simulator)
	t.Cleanup(server.Close)
	call(t, server.URL, "POST orgs", `{"username":"otomi"}`, nil)
	return simulator, server.URL
}

// call sends one request as the administrator and reads the answer, which must
// be a success.
func call(t *testing.T, base, do, body string, into any) {
	t.Helper()
	if status := try(t, base, do, body, into); status >= http.StatusBadRequest {
		t.Fatalf("%s %s: %d", do, body, status)
	}
}

func try(t *testing.T, base, do, body string, into any) int {
	t.Helper()
	method, path, _ := strings.Cut(do, " ")
	req := apitest.Request(t, method, base+"/api/v1/"+path, body)
	req.SetBasicAuth(admin, password)
	got := apitest.Send(t, http.DefaultClient, req)
	if into != nil {
		if err := json.Unmarshal(got.Body, into); err != nil {
			t.Fatalf("%s: reading %s: %v", do, got, err)
		}
	}
	return got.Status
}

func TestPageLimit(t *testing.T) {
	_, base := start(t, gitea.Options{PageLimit: 2})
	for i := range 40 {
		call(t, base, "POST orgs/otomi/teams", fmt.Sprintf(`{"name":"t%d","units_map":{"repo.code":"read"}}`, i), nil)
	}
	for query, want := range map[string]int{"": 30, "?limit=50": 2, "?limit=1": 1, "?limit=50&page=21": 1, "?limit=50&page=22": 0} {
		var page []any
		call(t, base, "GET orgs/otomi/teams"+query, "", &page)
		if len(page) != want {
			t.Errorf("the limit holds for those who ask for more, not for those who do not ask: %q has %d, want %d", query, len(page), want)
		}
	}
}

func TestForcePrivate(t *testing.T) {
	_, base := start(t, gitea.Options{ForcePrivate: true})
	var repo struct{ Private bool }
	call(t, base, "POST orgs/otomi/repos", `{"name":"r","private":false}`, &repo)
	if !repo.Private {
		t.Error("every new repository is private, whatever was asked")
	}
	call(t, base, "PATCH repos/otomi/r", `{"private":false}`, &repo)
	if repo.Private {
		t.Error("an administrator may still make it public")
	}
}

func TestAddBranch(t *testing.T) {
	simulator, base := start(t, gitea.Options{})
	call(t, base, "POST orgs/otomi/repos", `{"name":"values"}`, nil)
	type repository struct {
		Empty    bool
		Branch   string `json:"default_branch"`
		Branches int    `json:"branch_count"`
	}
	look := func() (r repository) { call(t, base, "GET repos/otomi/values", "", &r); return r }
	if diff := cmp.Diff(repository{true, "main", 0}, look()); diff != "" {
		t.Errorf("an empty repository (-want +got):\n%s", diff)
	}
	for _, branch := range []string{"trunk", "next"} {
		if err := simulator.AddBranch("OTOMI", "Values", branch); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(repository{false, "trunk", 2}, look()); diff != "" {
		t.Errorf("the first branch is the default one (-want +got):\n%s", diff)
	}
	if err := simulator.AddBranch("otomi", "none", "main"); err == nil {
		t.Error("a branch of no repository")
	}
}

func TestSecondFactor(t *testing.T) {
	simulator, base := start(t, gitea.Options{})
	var token struct{ SHA1 string }
	call(t, base, "POST users/otomi-admin/tokens", `{"name":"t","scopes":["all"]}`, &token)
	if err := simulator.EnrollSecondFactor(admin); err != nil {
		t.Fatal(err)
	}
	if status := try(t, base, "GET user", "", nil); status != http.StatusUnauthorized {
		t.Errorf("a password is no longer enough: %d", status)
	}
	client, err := sdk.NewClient(base, sdk.SetToken(token.SHA1))
	if err != nil {
		t.Fatal(err)
	}
	if user, _, err := client.GetMyUserInfo(); err != nil || user.UserName != admin {
		t.Errorf("a token still works: %+v %v", user, err)
	}
	if err := simulator.EnrollSecondFactor("nobody"); err == nil {
		t.Error("a second factor of an unknown user")
	}
}

// TestSDK lets the vendor's own client, which shares no code with ours, work and
// look.
func TestSDK(t *testing.T) {
	_, base := start(t, gitea.Options{})
	client, err := sdk.NewClient(base, sdk.SetBasicAuth(admin, password))
	if err != nil {
		t.Fatal(err)
	}
	team, _, err := client.CreateTeam("otomi", sdk.CreateTeamOption{Name: "team-a", Permission: sdk.AccessModeWrite, Units: []sdk.RepoUnitType{sdk.RepoUnitCode}})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := client.CreateOrgRepo("otomi", sdk.CreateRepoOption{Name: "values", Private: true, AutoInit: true}); err != nil {
		t.Fatal(err)
	}
	if _, err := client.AddRepoTeam("otomi", "values", "TEAM-A"); err != nil {
		t.Fatal(err)
	}
	if _, _, err := client.CreateRepoHook("otomi", "values", sdk.CreateHookOption{
		Type: sdk.HookTypeGitea, Active: true, Events: []string{"pull_request_only"}, Config: map[string]string{"url": "http://drone/hook", "content_type": "json", "secret": "s"},
	}); err != nil {
		t.Fatal(err)
	}
	repos, _, err := client.ListTeamRepositories(team.ID, sdk.ListTeamRepositoriesOptions{})
	if err != nil || len(repos) != 1 || repos[0].FullName != "otomi/values" || repos[0].Empty {
		t.Errorf("the repositories of the team: %v %v", repos, err)
	}
	hooks, _, err := client.ListRepoHooks("otomi", "values", sdk.ListHooksOptions{})
	if err != nil || len(hooks) != 1 || !hooks[0].Active || hooks[0].Config["secret"] != "" || !cmp.Equal(hooks[0].Events, []string{"pull_request"}) {
		t.Errorf("the hooks: %+v %v", hooks, err)
	}
}

// TestTogether lets many clients write at once; the race detector looks on.
func TestTogether(t *testing.T) {
	_, base := start(t, gitea.Options{})
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			name := fmt.Sprintf("team-%d", i)
			if status := try(t, base, "POST orgs/otomi/teams", fmt.Sprintf(`{"name":%q,"includes_all_repositories":true,"units_map":{"repo.code":"read"}}`, name), nil); status != http.StatusCreated {
				t.Errorf("team %s: %d", name, status)
			}
			if status := try(t, base, "POST orgs/otomi/repos", fmt.Sprintf(`{"name":%q}`, name), nil); status != http.StatusCreated {
				t.Errorf("repository %s: %d", name, status)
			}
			if status := try(t, base, "GET orgs/otomi/repos", "", nil); status != http.StatusOK {
				t.Errorf("list: %d", status)
			}
		})
	}
	wg.Wait()
	var repos []struct {
		Name string
	}
	call(t, base, "GET orgs/otomi/repos?limit=50", "", &repos)
	if len(repos) != 16 {
		t.Errorf("%d repositories, want 16", len(repos))
	}
}

// TestFaults: a write whose answer is lost has still happened.
func TestFaults(t *testing.T) {
	faults := &sim.Faults{}
	server := httptest.NewServer(faults.Wrap(gitea.New(gitea.Options{})))
	t.Cleanup(server.Close)
	faults.Inject(sim.Fault{Effect: sim.ResetAfter, WritesOnly: true})
	client, err := sdk.NewClient(server.URL, sdk.SetBasicAuth(admin, password))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := client.CreateOrg(sdk.CreateOrgOption{Name: "otomi"}); err == nil {
		t.Error("a lost answer is an error")
	}
	if org, _, err := client.GetOrg("Otomi"); err != nil || org.Name != "otomi" {
		t.Errorf("the organisation was made: %+v %v", org, err)
	}
}

// FuzzServer sends it anything: it must answer, and never with a fault of its own.
func FuzzServer(f *testing.F) {
	for _, seed := range []string{
		"POST /api/v1/orgs|{\"username\":\"a\"}", "PATCH /api/v1/repos/otomi/values|{\"name\":\"é\",\"has_issues\":null}", "GET /api/v1/orgs/otomi/teams?limit=x&page=99999999999|",
		"PUT /api/v1/teams/1/repos/%2F/%|", "GET /api/v1/repos/otomi/values/branch_protections/a%2Fb/c|", "POST /api/v1/repos/otomi/values/keys|{\"key\":\"ssh-rsa AAAA\",\"title\":\"t\"}",
		"POST /api/v1/repos/otomi/values/branch_protections|{\"rule_name\":\"[\",\"push_whitelist_teams\":[\"Owners\"]}", "POST /login/oauth/access_token|client_id=x",
	} {
		f.Add(seed)
	}
	simulator := gitea.New(gitea.Options{})
	for _, made := range []string{"POST /api/v1/orgs|{\"username\":\"otomi\"}", "POST /api/v1/orgs/otomi/repos|{\"name\":\"values\"}"} {
		serve(simulator, made)
	}
	f.Fuzz(func(t *testing.T, request string) {
		if answer := serve(simulator, request); answer != nil && strings.Contains(answer.Body.String(), "simulator: ") {
			t.Errorf("%q: %s", request, answer.Body)
		}
	})
}

// serve answers "METHOD PATH|BODY", or nothing where that is not a request.
func serve(h http.Handler, text string) *httptest.ResponseRecorder {
	do, body, _ := strings.Cut(text, "|")
	method, target, _ := strings.Cut(do, " ")
	req, err := http.NewRequest(method, target, strings.NewReader(body))
	if err != nil || !strings.HasPrefix(target, "/") {
		return nil
	}
	req.Host = "localhost"
	req.Header.Set("Content-Type", "application/json")
	req.SetBasicAuth(admin, password)
	answer := httptest.NewRecorder()
	h.ServeHTTP(answer, req)
	return answer
}
