package quirks

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"otomi.io/tasks/clients/drone"
	"otomi.io/tasks/internal/sim/apitest"
)

// session talks to both servers.
type session struct {
	pair Pair
	kept apitest.Captures
}

// prepare makes the users and the organisation.
func (s *session) prepare(t *testing.T) {
	t.Helper()
	for _, st := range []step{
		{by: gitea, do: "POST /orgs", body: `{"username":"{org}"}`},
		{by: gitea, do: "POST /orgs/{org}/repos", body: `{"name":"{repo}","private":true,"auto_init":true,"default_branch":"main"}`},
		{by: gitea, do: "POST /admin/users", body: `{"username":"{plain}","email":"{plain}@example.com","password":"{password}","must_change_password":false}`},
		{by: gitea, do: "POST /admin/users", body: `{"username":"{robot}","email":"{robot}@example.com","password":"{password}","must_change_password":false}`},
	} {
		s.check(t, quirk{reason: "preparing"}, st)
	}
}

// request makes a step's request.
func (s *session) request(t *testing.T, st step) *http.Request {
	t.Helper()
	method, path, _ := strings.Cut(s.kept.Fill(st.do), " ")
	target := s.pair.Drone + path
	switch {
	case st.by == gitea:
		target = s.pair.Gitea + "/api/v1" + path
	case !strings.HasPrefix(path, "/"):
		target = strings.TrimSuffix(s.pair.Drone+s.kept.Fill("/api/repos/{org}/{repo}/")+path, "/")
	}
	req := apitest.Request(t, method, target, s.kept.Fill(st.body))
	switch st.by {
	case gitea:
		req.SetBasicAuth(s.pair.Username, s.pair.Password)
	case anonymous:
	case "":
		req.Header.Set("Authorization", "Bearer "+s.pair.Token)
	default:
		req.Header.Set("Authorization", "Bearer "+s.kept[st.by+"-token"])
	}
	return req
}

func (st step) wanted() int {
	if st.by == gitea {
		return apitest.Status(st.do, st.status)
	}
	return cmp.Or(st.status, http.StatusOK)
}

// check runs a step and compares what comes of it.
func (s *session) check(t *testing.T, tr quirk, st step) {
	t.Helper()
	verb, whom, _ := strings.Cut(s.kept.Fill(st.do), " ")
	switch verb {
	case logIn:
		s.checkLogin(t, tr, st, whom)
		return
	case revoke:
		s.revoke(t, whom)
		return
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	got := apitest.Send(t, client, s.request(t, st))
	at := fmt.Sprintf("%s\n%s %s %s", tr.reason, st.by, s.kept.Fill(st.do), s.kept.Fill(st.body))
	s.kept.Check(t, at, got, apitest.Want{Status: st.wanted(), JSON: st.want, As: st.as})
	if st.exact != "" && string(got.Body) != st.exact {
		t.Errorf("%s\ngot %s, want %q", at, got, st.exact)
	}
}

func (s *session) checkLogin(t *testing.T, tr quirk, st step, whom string) {
	t.Helper()
	err := drone.Login(t.Context(), drone.LoginOptions{
		Drone: s.pair.Drone, Gitea: s.pair.Gitea, Transport: http.DefaultTransport,
		Account: drone.Account{Username: whom, Password: s.kept["password"]}})
	refused, ok := errors.AsType[*drone.LoginError](err)
	switch {
	case err != nil && !ok:
		t.Fatalf("%s\n%s: %v", tr.reason, st.do, err)
	case ok && refused.Cause != st.login, !ok && st.login != "":
		t.Fatalf("%s\n%s: got %v, want %q", tr.reason, st.do, err, st.login)
	}
}

var revokePattern = regexp.MustCompile(`data-url="(/user/settings/applications/oauth2/[0-9]+/revoke/[0-9]+)"`)

// revoke takes back the only grant of a user with a browser's means.
func (s *session) revoke(t *testing.T, whom string) {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	browser := &http.Client{Jar: jar}
	browse(t, browser, s.pair.Gitea+"/user/login", url.Values{"user_name": {whom}, "password": {s.kept["password"]}})
	page := browse(t, browser, s.pair.Gitea+"/user/settings/applications", nil)
	found := revokePattern.FindSubmatch(page)
	if found == nil {
		t.Fatalf("revoking the grant of %s: there is none", whom)
	}
	browse(t, browser, s.pair.Gitea+string(found[1]), url.Values{})
}

// browse gets a page, or posts a form where there is one.
func browse(t *testing.T, browser *http.Client, address string, form url.Values) []byte {
	t.Helper()
	method, kind := http.MethodGet, ""
	if form != nil {
		method, kind = http.MethodPost, "application/x-www-form-urlencoded"
	}
	req := apitest.Request(t, method, address, form.Encode())
	req.Header.Set("Content-Type", kind)
	got := apitest.Send(t, browser, req)
	if got.Status != http.StatusOK {
		t.Fatalf("%s %s: %d", method, address, got.Status)
	}
	return got.Body
}

func replaceURL(body, url string) string { return strings.ReplaceAll(body, "{url}", url) }
