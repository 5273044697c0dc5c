package traps

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"otomi.io/tasks/clients/drone"
	"otomi.io/tasks/internal/sim/match"
)

// session talks to both servers.
type session struct {
	pair Pair
	kept map[string]string
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
		s.check(t, trap{reason: "preparing"}, st)
	}
}

func (s *session) fill(text string) string {
	for name, v := range s.kept {
		text = strings.ReplaceAll(text, "{"+name+"}", v)
	}
	return text
}

type answer struct {
	status int
	body   []byte
}

// request makes a step's request.
func (s *session) request(t *testing.T, st step) *http.Request {
	t.Helper()
	method, path, _ := strings.Cut(s.fill(st.do), " ")
	target := s.pair.Drone + path
	switch {
	case st.by == gitea:
		target = s.pair.Gitea + "/api/v1" + path
	case !strings.HasPrefix(path, "/"):
		target = strings.TrimSuffix(s.pair.Drone+s.fill("/api/repos/{org}/{repo}/")+path, "/")
	}
	req, err := http.NewRequestWithContext(t.Context(), method, target, bytes.NewReader([]byte(s.fill(st.body))))
	if err != nil {
		t.Fatalf("preparing %s: %v", st.do, err)
	}
	if st.body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	switch st.by {
	case gitea:
		req.SetBasicAuth(s.pair.Username, s.pair.Password)
	case nobody:
	case "":
		req.Header.Set("Authorization", "Bearer "+s.pair.Token)
	default:
		req.Header.Set("Authorization", "Bearer "+s.kept[st.by+"-token"])
	}
	return req
}

func (s *session) send(t *testing.T, req *http.Request) answer {
	t.Helper()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatalf("sending %s %s: %v", req.Method, req.URL, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("reading the answer to %s %s: %v", req.Method, req.URL, err)
	}
	return answer{resp.StatusCode, body}
}

func (st step) wanted() int {
	switch {
	case st.status != 0:
		return st.status
	case st.by != gitea:
		return http.StatusOK
	case strings.HasPrefix(st.do, http.MethodPost):
		return http.StatusCreated
	case strings.HasPrefix(st.do, http.MethodDelete), strings.HasPrefix(st.do, http.MethodPut):
		return http.StatusNoContent
	}
	return http.StatusOK
}

// check runs a step and compares what comes of it.
func (s *session) check(t *testing.T, tr trap, st step) {
	t.Helper()
	verb, whom, _ := strings.Cut(s.fill(st.do), " ")
	switch verb {
	case logIn:
		s.checkLogin(t, tr, st, whom)
		return
	case revoke:
		s.revoke(t, whom)
		return
	}
	got := s.send(t, s.request(t, st))
	at := fmt.Sprintf("%s\n%s %s %s\n%d %.900s", tr.reason, st.by, s.fill(st.do), s.fill(st.body), got.status, got.body)
	if want := st.wanted(); want > 0 && got.status != want {
		t.Fatalf("%s\nwant status %d", at, want)
	}
	if st.exact != "" && string(got.body) != st.exact {
		t.Errorf("%s\nwant %q", at, st.exact)
	}
	if st.want != "" {
		if problem := match.JSON(decode(t, []byte(s.fill(st.want))), decode(t, got.body)); problem != "" {
			t.Errorf("%s\n%s", at, problem)
		}
	}
	s.keep(t, st, got)
}

func (s *session) checkLogin(t *testing.T, tr trap, st step, whom string) {
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
	req, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", kind)
	resp, err := browser.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s %s: %d %v", method, address, resp.StatusCode, err)
	}
	return body
}

// keep remembers an id, or another field, for later steps.
func (s *session) keep(t *testing.T, st step, got answer) {
	t.Helper()
	if st.as == "" {
		return
	}
	field := st.field
	if field == "" {
		field = "id"
	}
	body := decode(t, got.body)
	if list, ok := body.([]any); ok && len(list) > 0 {
		body = list[0]
	}
	object, _ := body.(map[string]any)
	v, found := object[field]
	if !found {
		t.Fatalf("%s: no %s in %s", st.do, field, got.body)
	}
	s.kept[st.as] = fmt.Sprint(v)
}

func decode(t *testing.T, data []byte) any {
	t.Helper()
	if len(data) == 0 {
		return nil
	}
	var v any
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatalf("parsing %s: %v", data, err)
	}
	return v
}

func replaceURL(body, url string) string { return strings.ReplaceAll(body, "{url}", url) }
